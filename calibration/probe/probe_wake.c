/* Making someone run who sleeps: wake-ups and hand-overs. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tg_pair.h"

/* Stamps the moment at which it runs again, after each byte. */
static void stamp(struct tg_peer *peer)
{
    char byte;
    while (read(peer->to[0], &byte, 1) == 1) {
        peer->page->stamp = tg_clock_end();
        if (write(peer->from[1], &byte, 1) != 1)
            break;
    }
}

static int wakeup_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    struct tg_pair *pair;
    (void)probe, (void)argument;
    int rc = tg_pair_open(&pair, bench, bench->cpu, stamp, NULL, err);
    *state = pair;
    return rc;
}

static int wakeup(const struct tg_bench *bench, void *state, struct tg_sample *sample, struct tg_error *err)
{
    struct tg_pair *pair = state;
    double round_trip_ns;
    int rc = tg_pair_round_trip(bench, pair, &sample->begin, &round_trip_ns, err);
    sample->cost_ns =
        tg_clock_cost_ns(&bench->clock, sample->begin, pair->peer.page->stamp) - pair->transfer_ns;
    sample->ops = 1;
    return rc;
}

/* The same to another core that has been idle for a while, by someone who never sleeps: the answer is seen in
 * memory, so that the other core goes idle at once, and the waker's own core stays awake. */
static void stamp_in_memory(struct tg_peer *peer)
{
    char byte;
    while (read(peer->to[0], &byte, 1) == 1) {
        peer->page->stamp = tg_clock_end();
        peer->page->word++;
    }
}

struct remote_wakeup {
    struct tg_pair *pair;
    double idle_ns;
};

static bool remote_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        return true;
    snprintf(reason, size, "needs a second CPU");
    return false;
}

static int remote_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    (void)probe;
    if (bench->peer_cpu < 0)
        return tg_error_set(err, TG_EENV, "needs a second CPU, and only one is allowed");
    struct remote_wakeup *r = calloc(1, sizeof *r);
    if (!r)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = r;
    r->idle_ns = argument;
    return tg_pair_open(&r->pair, bench, bench->peer_cpu, stamp_in_memory, NULL, err);
}

static void remote_teardown(void *state)
{
    struct remote_wakeup *r = state;
    if (r->pair)
        tg_pair_close(r->pair);
    free(r);
}

static int remote_wakeup(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct remote_wakeup *r = state;
    struct tg_peer_page *page = r->pair->peer.page;
    const uint64_t turn = page->word;
    char byte = 0;
    uint64_t until = tg_clock_glance() + tg_clock_ticks(&bench->clock, r->idle_ns);
    while (tg_clock_glance() < until)
        ;
    sample->begin = tg_clock_begin();
    if (write(r->pair->peer.to[1], &byte, 1) != 1)
        return tg_pair_lost(err);
    while (page->word == turn)
        ;
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, page->stamp) - r->pair->transfer_ns;
    sample->ops = 1;
    return TG_OK;
}

/* A process of the batch class is made runnable without taking the core from the one who wakes it. */
static void echo_later(struct tg_peer *peer)
{
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    tg_pair_echo(peer);
}

static int wake_call_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                           void **state, struct tg_error *err)
{
    struct tg_pair *pair;
    (void)probe, (void)argument;
    int rc = tg_pair_open(&pair, bench, bench->cpu, echo_later, NULL, err);
    *state = pair;
    return rc;
}

static int wake_call(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                     struct tg_error *err)
{
    struct tg_pair *pair = state;
    char byte = 0;
    sample->begin = tg_clock_begin();
    ssize_t sent = write(pair->peer.to[1], &byte, 1);
    uint64_t end = tg_clock_end();
    /* The answer comes only once the other has run and is about to sleep again. */
    if (sent != 1 || read(pair->peer.from[0], &byte, 1) != 1)
        return tg_pair_lost(err);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end) - pair->write_ns;
    sample->ops = 1;
    return TG_OK;
}

static int pipe_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    struct tg_pair *pair;
    (void)probe, (void)argument;
    int rc = tg_pair_open(&pair, bench, bench->cpu, tg_pair_echo, NULL, err);
    *state = pair;
    return rc;
}

static int pipe_handover(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    sample->ops = 2;
    return tg_pair_round_trip(bench, state, &sample->begin, &sample->cost_ns, err);
}

struct events {
    struct tg_peer peer;
    int to, from;
};

static void echo_event(struct tg_peer *peer)
{
    const struct events *e = peer->argument;
    uint64_t value;
    while (read(e->to, &value, sizeof value) == (ssize_t)sizeof value) {
        if (write(e->from, &value, sizeof value) != (ssize_t)sizeof value)
            break;
    }
}

static int event_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct events *e = calloc(1, sizeof *e);
    (void)probe, (void)argument;
    if (!e)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = e;
    e->to = eventfd(0, EFD_CLOEXEC);
    e->from = eventfd(0, EFD_CLOEXEC);
    if (e->to < 0 || e->from < 0)
        return tg_error_set(err, TG_EENV, "cannot make an event descriptor: %s", strerror(errno));
    return tg_peer_start(&e->peer, bench->cpu, echo_event, e, err);
}

static void event_teardown(void *state)
{
    struct events *e = state;
    tg_peer_stop(&e->peer);
    if (e->to >= 0)
        close(e->to);
    if (e->from >= 0)
        close(e->from);
    free(e);
}

static int event_handover(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    struct events *e = state;
    uint64_t value = 1;
    sample->begin = tg_clock_begin();
    if (write(e->to, &value, sizeof value) != (ssize_t)sizeof value ||
        read(e->from, &value, sizeof value) != (ssize_t)sizeof value)
        return tg_pair_lost(err);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->ops = 2;
    return TG_OK;
}

static const double idle_times[] = {10000, 50000, 200000};

static const struct tg_probe probes[] = {
    {.name = "wakeup",
     .what =
         "from the write that makes a sleeping process runnable until it runs on the same core, without the "
         "pipe's own calls",
     .setup = wakeup_setup,
     .sample = wakeup,
     .teardown = tg_pair_close},
    {.name = "wakeup_remote",
     .what = "the same to a process on another core, by how long that core had nothing to do for it",
     .argument_name = "idle_ns",
     .arguments = idle_times,
     .argument_count = TG_COUNT(idle_times),
     .available = remote_available,
     .setup = remote_setup,
     .sample = remote_wakeup,
     .teardown = remote_teardown},
    {.name = "wake_call",
     .what = "what making a sleeping process of this core runnable costs the one who does it, without the "
             "write itself",
     .setup = wake_call_setup,
     .sample = wake_call,
     .teardown = tg_pair_close},
    {.name = "pipe_handover",
     .what = "a byte through a pipe to a sleeping process of this core until it has it: half a round trip, "
             "all of it",
     .setup = pipe_setup,
     .sample = pipe_handover,
     .teardown = tg_pair_close},
    {.name = "eventfd_handover",
     .what = "the same by an event descriptor",
     .setup = event_setup,
     .sample = event_handover,
     .teardown = event_teardown},
};

const struct tg_probe_family tg_probes_wake = {.probes = probes, .count = TG_COUNT(probes)};
