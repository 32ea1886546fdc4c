/* The DNS service in the kernel's receive path, request by request: what its core pays, and what its
 * client's. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "tg_peer.h"
#include "tg_timing.h"
#include "tg_xdp_bed.h"

enum {
    COMMAND_END = UINT32_MAX,
    PATIENCE_MS = 20, /* for a burst to come back whole */
    TRIES = 50,       /* bursts of which some were disturbed */
    BASELINES = 51,
};

enum { POLL = 64 }; /* packets that one poll of the kernel's takes */
enum { DELIVERED, DROPPED, SINGLE };

/* What waits for the service, and whether its client is to hear of it. */
static const struct scene {
    unsigned burst;
    bool dropped;
} scenes[] = {[DELIVERED] = {POLL, false}, [DROPPED] = {POLL, true}, [SINGLE] = {1, false}};

enum { ASLEEP, AT_WORK };

/* Real-time priorities: what the probe holds the core with, and what lets the service have it. */
enum { HELD = 1, RELEASED = 2 };

struct answers {
    struct tg_xdp_bed bed;
    struct tg_peer peer;
    const struct tg_clock *clock;
    bool started;
    unsigned burst, heard; /* requests, and replies that the client gets */
    uint32_t turn;
    double release_ns; /* what letting the service run takes where it has nothing to do */
};

/* The client, on the other core: for each odd number that it sees it sends a burst, answers with the next
 * even one, and counts replies in `stamp` until the burst is whole. */
static void be_client(struct tg_peer *peer)
{
    struct answers *a = peer->argument;
    uint64_t seen = 0;
    for (;;) {
        uint64_t word = peer->page->word;
        if (word == COMMAND_END)
            return;
        if (word == seen || word % 2 == 0) {
            peer->page->stamp += tg_xdp_bed_take(&a->bed);
            continue;
        }
        int fault = 0;
        for (unsigned left = a->burst; left && !fault;) {
            unsigned part = left < TG_XDP_SEND_MAX ? left : TG_XDP_SEND_MAX;
            fault = tg_xdp_bed_send(&a->bed, part);
            left -= part;
        }
        peer->page->code = fault;
        seen = word + 1;
        peer->page->word = seen;
    }
}

static int set_class(pid_t pid, int policy, int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    return sched_setscheduler(pid, policy, &parameter);
}

/* Lets the service's thread have the core until it has nothing more to do, and times that. */
static double release(struct answers *a, uint64_t *begin)
{
    pid_t thread = tg_xdp_lodger_thread(a->bed.service);
    *begin = tg_clock_begin();
    set_class(thread, SCHED_FIFO, RELEASED);
    uint64_t end = tg_clock_end();
    set_class(thread, SCHED_OTHER, 0);
    return tg_clock_cost_ns(a->clock, *begin, end);
}

static int hold(struct tg_error *err)
{
    return set_class(0, SCHED_FIFO, HELD)
               ? tg_error_set(err, TG_EENV, "cannot have real-time priority: %s", strerror(errno))
               : TG_OK;
}

static void let_go(void)
{
    set_class(0, SCHED_OTHER, 0);
}

static int answer_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    double costs[BASELINES];
    uint64_t begin;
    (void)argument;
    if (bench->peer_cpu < 0)
        return tg_error_set(err, TG_EENV, "needs a second CPU, and only one is allowed");
    struct answers *a = calloc(1, sizeof *a);
    if (!a)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    const struct scene *scene = &scenes[probe->selector];
    a->burst = scene->burst;
    a->heard = scene->dropped ? 0 : scene->burst;
    a->clock = &bench->clock;
    *state = a;
    int rc = tg_xdp_bed_open(&a->bed, bench->cpu, err);
    if (!rc && scene->dropped)
        rc = tg_xdp_lodger_drop_replies(a->bed.service, err);
    if (!rc)
        rc = tg_peer_start(&a->peer, bench->peer_cpu, be_client, a, err);
    a->started = !rc;
    if (!rc)
        rc = hold(err);
    for (int i = 0; i < BASELINES && !rc; i++)
        costs[i] = release(a, &begin);
    let_go();
    if (!rc)
        a->release_ns = tg_median(costs, BASELINES);
    return rc;
}

static void answer_teardown(void *state)
{
    struct answers *a = state;
    if (a->started) {
        a->peer.page->word = COMMAND_END;
        tg_peer_stop(&a->peer);
    }
    tg_xdp_bed_close(&a->bed);
    free(a);
}

static bool wait_for(const struct answers *a, _Atomic uint64_t *what, uint64_t value)
{
    uint64_t until = tg_clock_glance() + tg_clock_ticks(a->clock, PATIENCE_MS * 1e6);
    while (*what != value) {
        if (tg_clock_glance() > until)
            return false;
    }
    return true;
}

/* *good: the whole burst waited for the release, and all of it was answered after it. */
static int try_burst(struct answers *a, struct tg_sample *sample, bool *good, struct tg_error *err)
{
    struct tg_peer_page *page = a->peer.page;
    uint64_t before, waiting, after;
    int rc = tg_xdp_lodger_answered(a->bed.service, &before, err);
    page->stamp = 0;
    a->turn += 2;
    page->word = a->turn - 1;
    bool sent = wait_for(a, &page->word, a->turn) && !page->code;
    rc = rc ? rc : tg_xdp_lodger_answered(a->bed.service, &waiting, err);
    bool waits = !rc && page->stamp == 0 && waiting == before;
    sample->cost_ns = release(a, &sample->begin) - a->release_ns;
    sample->ops = a->burst;
    bool heard = sent && wait_for(a, &page->stamp, a->heard);
    rc = rc ? rc : tg_xdp_lodger_answered(a->bed.service, &after, err);
    *good = !rc && waits && heard && after == before + a->burst;
    return rc;
}

static int answer_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct answers *a = state;
    (void)bench;
    bool good = false;
    for (int i = 0; i < TRIES && !good; i++) {
        int rc = hold(err);
        rc = rc ? rc : try_burst(a, sample, &good, err);
        let_go();
        if (rc)
            return rc;
    }
    return good ? TG_OK : tg_error_set(err, TG_EENV, "the service in the kernel loses requests");
}

/* A client's sending. The service's thread is on the other core. */
struct sending {
    struct tg_xdp_bed bed;
    bool awake;
};

static int send_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    (void)argument;
    if (bench->peer_cpu < 0)
        return tg_error_set(err, TG_EENV, "needs a second CPU, and only one is allowed");
    struct sending *s = calloc(1, sizeof *s);
    if (!s)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    s->awake = probe->selector == AT_WORK;
    *state = s;
    return tg_xdp_bed_open(&s->bed, bench->peer_cpu, err);
}

static void send_teardown(void *state)
{
    struct sending *s = state;
    tg_xdp_bed_close(&s->bed);
    free(s);
}

/* Until all are there, and the thread, which then looks for more, sleeps. */
static bool take_all(const struct tg_bench *bench, struct sending *s, unsigned count)
{
    const double rest_ns = 20e3;
    uint64_t until = tg_clock_glance() + tg_clock_ticks(&bench->clock, PATIENCE_MS * 1e6);
    for (unsigned got = 0; got < count; got += tg_xdp_bed_take(&s->bed)) {
        if (tg_clock_glance() > until)
            return false;
    }
    until = tg_clock_glance() + tg_clock_ticks(&bench->clock, rest_ns);
    while (tg_clock_glance() < until)
        ;
    return true;
}

/* Where the thread is to be at work, a batch before has woken it. */
static int udp_send_napi(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct sending *s = state;
    bool whole = false;
    int fault = 0;
    for (int i = 0; i < TRIES && !whole && !fault; i++) {
        if (s->awake)
            fault = tg_xdp_bed_send(&s->bed, TG_XDP_SEND_MAX);
        sample->begin = tg_clock_begin();
        fault = fault ? fault : tg_xdp_bed_send(&s->bed, TG_XDP_SEND_MAX);
        sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
        whole = take_all(bench, s, TG_XDP_SEND_MAX * (s->awake ? 2 : 1));
    }
    sample->ops = TG_XDP_SEND_MAX;
    if (fault)
        return tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(fault));
    return whole ? TG_OK : tg_error_set(err, TG_EENV, "the service in the kernel loses requests");
}

#define ANSWER_PROBE(label, scene, sentence)                                                   \
    {                                                                                          \
        .name = label, .what = sentence, .selector = scene, .available = tg_xdp_bed_available, \
        .setup = answer_setup, .sample = answer_sample, .teardown = answer_teardown            \
    }
#define SEND_PROBE(label, thread, sentence)                                                     \
    {                                                                                           \
        .name = label, .what = sentence, .selector = thread, .available = tg_xdp_bed_available, \
        .setup = send_setup, .sample = udp_send_napi, .teardown = send_teardown                 \
    }

static const struct tg_probe probes[] = {
    ANSWER_PROBE("xdp_answer", DELIVERED,
                 "a request answered by the DNS service in the kernel's receive path, by the thread that "
                 "receives for a veth end, and the reply delivered to the client's socket, where 64 wait"),
    ANSWER_PROBE("xdp_answer_dropped", DROPPED,
                 "the same where the client's veth end drops the reply: without the delivery"),
    ANSWER_PROBE("xdp_answer_single", SINGLE,
                 "what an answered and delivered request takes where no other waits: a poll and two switches "
                 "come on top"),
    SEND_PROBE(
        "udp_send_napi", AT_WORK,
        "a packet's share of one sendmmsg of eight to a veth end whose packets a thread on another core "
        "receives, which is at work"),
    SEND_PROBE("udp_send_napi_wake", ASLEEP,
               "the same where that thread sleeps: a packet's share of waking it comes on top"),
};

const struct tg_probe_family tg_probes_xdp = {
    .probes = probes, .count = TG_COUNT(probes), .builds_networks = true};
