/* From one process to another on the same core: switches, wake-ups, hand-overs. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tg_peer.h"
#include "tg_probe_kind.h"
#include "tg_timing.h"

struct pair {
    struct tg_peer peer;
    int own[2];         /* a pipe that this process writes and reads alone */
    double write_ns;    /* a write into that pipe */
    double transfer_ns; /* a write into a pipe and the read of it, no one sleeping */
};

static int lost(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "the second process is gone: %s", strerror(errno));
}

static void transfer(void *state, uint64_t ops)
{
    struct pair *pair = state;
    char byte = 0;
    for (uint64_t i = 0; i < ops; i++) {
        if (write(pair->own[1], &byte, 1) != 1 || read(pair->own[0], &byte, 1) != 1)
            abort();
    }
}

static int pair_open(const struct tg_bench *bench, tg_peer_loop loop, void **state, struct tg_error *err)
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    if (pipe(pair->own) != 0) {
        free(pair);
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    }
    pair->transfer_ns = tg_time_per_op_ns(&bench->clock, transfer, pair);
    int rc = tg_peer_start(&pair->peer, bench->cpu, loop, NULL, err);
    *state = pair;
    return rc;
}

static void pair_close(void *state)
{
    struct pair *pair = state;
    tg_peer_stop(&pair->peer);
    close(pair->own[0]);
    close(pair->own[1]);
    free(pair);
}

/* Sends every byte back. */
static void echo(struct tg_peer *peer)
{
    char byte;
    while (read(peer->to[0], &byte, 1) == 1) {
        if (write(peer->from[1], &byte, 1) != 1)
            break;
    }
}

static int round_trip_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    (void)argument;
    return pair_open(bench, echo, state, err);
}

static int round_trip(const struct tg_bench *bench, struct pair *pair, uint64_t *begin, double *cost_ns,
                      struct tg_error *err)
{
    char byte = 0;
    *begin = tg_clock_begin();
    if (write(pair->peer.to[1], &byte, 1) != 1 || read(pair->peer.from[0], &byte, 1) != 1)
        return lost(err);
    *cost_ns = tg_clock_cost_ns(&bench->clock, *begin, tg_clock_end());
    return TG_OK;
}

/* Two switches and two transfers make a round trip. */
static int context_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    struct pair *pair = state;
    double cost_ns = 0;
    int rc = round_trip(bench, pair, &sample->begin, &cost_ns, err);
    sample->cost_ns = cost_ns - 2 * pair->transfer_ns;
    sample->ops = 2;
    return rc;
}

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

static int wakeup_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    (void)argument;
    return pair_open(bench, stamp, state, err);
}

static int wakeup(const struct tg_bench *bench, void *state, struct tg_sample *sample, struct tg_error *err)
{
    struct pair *pair = state;
    double round_trip_ns;
    int rc = round_trip(bench, pair, &sample->begin, &round_trip_ns, err);
    uint64_t ran = pair->peer.page->stamp;
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, ran) - pair->transfer_ns;
    sample->ops = 1;
    return rc;
}

static void yield_forever(struct tg_peer *peer)
{
    peer->page->word = 1;
    for (;;) {
        peer->page->stamp = tg_clock_end();
        syscall(SYS_sched_yield);
    }
}

static int yield_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    (void)argument;
    int rc = pair_open(bench, yield_forever, state, err);
    struct pair *pair = *state;
    for (int i = 0; !rc && !pair->peer.page->word && i < 1000; i++)
        usleep(1000);
    return rc;
}

/* A yield after which the other process ran and yielded back is two switches; one that came straight back is
 * not counted. */
static int yield_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    struct pair *pair = state;
    for (int i = 0; i < 10000; i++) {
        uint64_t begin = tg_clock_begin();
        syscall(SYS_sched_yield);
        uint64_t end = tg_clock_end(), ran = pair->peer.page->stamp;
        if (ran <= begin || ran >= end)
            continue;
        sample->begin = begin;
        sample->cost_ns = tg_clock_cost_ns(&bench->clock, begin, end);
        sample->ops = 2;
        return TG_OK;
    }
    return tg_error_set(err, TG_EENV, "the scheduler does not switch on sched_yield here");
}

/* A process of the batch class is made runnable without taking the core from the one who wakes it. */
static void echo_later(struct tg_peer *peer)
{
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    echo(peer);
}

static double median_write(const struct tg_bench *bench, const struct pair *pair)
{
    double costs[TG_BASELINE_SAMPLES];
    char byte = 0;
    for (int i = 0; i < TG_BASELINE_SAMPLES; i++) {
        uint64_t begin = tg_clock_begin();
        ssize_t sent = write(pair->own[1], &byte, 1);
        costs[i] = tg_clock_cost_ns(&bench->clock, begin, tg_clock_end());
        if (sent != 1 || read(pair->own[0], &byte, 1) != 1)
            abort();
    }
    return tg_median(costs, TG_BASELINE_SAMPLES);
}

static int wake_call_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    (void)argument;
    int rc = pair_open(bench, echo_later, state, err);
    struct pair *pair = *state;
    if (!rc)
        pair->write_ns = median_write(bench, pair);
    return rc;
}

static int wake_call(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                     struct tg_error *err)
{
    struct pair *pair = state;
    char byte = 0;
    sample->begin = tg_clock_begin();
    ssize_t sent = write(pair->peer.to[1], &byte, 1);
    uint64_t end = tg_clock_end();
    /* The answer comes only once the other has run and is about to sleep again. */
    if (sent != 1 || read(pair->peer.from[0], &byte, 1) != 1)
        return lost(err);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end) - pair->write_ns;
    sample->ops = 1;
    return TG_OK;
}

static const struct tg_probe probes[] = {
    {.name = "context_switch",
     .what =
         "a switch between two processes on one core: half a pipe round trip, without the pipe's own calls",
     .setup = round_trip_setup,
     .sample = context_switch,
     .teardown = pair_close},
    {.name = "yield_switch",
     .what = "a switch between two processes on one core that both can run: half a round of sched_yield",
     .setup = yield_setup,
     .sample = yield_switch,
     .teardown = pair_close},
    {.name = "wakeup",
     .what =
         "from the write that makes a sleeping process runnable until it runs on the same core, without the "
         "pipe's own calls",
     .setup = wakeup_setup,
     .sample = wakeup,
     .teardown = pair_close},
    {.name = "wake_call",
     .what = "what making a sleeping process of this core runnable costs the one who does it, without the "
             "write itself",
     .setup = wake_call_setup,
     .sample = wake_call,
     .teardown = pair_close},
};

const struct tg_probe_family tg_probes_switch = {probes, TG_COUNT(probes)};
