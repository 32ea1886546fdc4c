/* From one process or thread to another on the same core. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tg_pair.h"
#include "tg_timing.h"

static int pair_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    struct tg_pair *pair;
    (void)probe, (void)argument;
    int rc = tg_pair_open(&pair, bench, bench->cpu, tg_pair_echo, NULL, err);
    *state = pair;
    return rc;
}

/* Two switches and two transfers make a round trip. */
static int context_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    struct tg_pair *pair = state;
    double cost_ns = 0;
    int rc = tg_pair_round_trip(bench, pair, &sample->begin, &cost_ns, err);
    sample->cost_ns = cost_ns - 2 * pair->transfer_ns;
    sample->ops = 2;
    return rc;
}

/* The same between threads: no address space changes. */
struct threads {
    struct tg_pair *pair; /* for its own pipe's cost; its child sleeps */
    pthread_t thread;
    bool is_running;
    int to[2], from[2];
};

static void *echo_thread(void *argument)
{
    const struct threads *t = argument;
    char byte;
    while (read(t->to[0], &byte, 1) == 1 && byte == 0) {
        if (write(t->from[1], &byte, 1) != 1)
            break;
    }
    return NULL;
}

static int threads_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                         void **state, struct tg_error *err)
{
    struct threads *t = calloc(1, sizeof *t);
    (void)probe, (void)argument;
    if (!t)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    memset(t->to, -1, sizeof t->to);
    memset(t->from, -1, sizeof t->from);
    *state = t;
    int rc = tg_pair_open(&t->pair, bench, bench->cpu, tg_pair_echo, NULL, err);
    if (rc)
        return rc;
    if (pipe(t->to) != 0 || pipe(t->from) != 0)
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    /* The new thread is pinned where this one is. */
    int error = pthread_create(&t->thread, NULL, echo_thread, t);
    if (error)
        return tg_error_set(err, TG_EENV, "cannot start a thread: %s", strerror(error));
    t->is_running = true;
    return TG_OK;
}

static void threads_teardown(void *state)
{
    struct threads *t = state;
    const char stop = 1;
    if (t->is_running && write(t->to[1], &stop, 1) == 1)
        pthread_join(t->thread, NULL);
    const int fds[] = {t->to[0], t->to[1], t->from[0], t->from[1]};
    for (size_t i = 0; i < TG_COUNT(fds); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    if (t->pair)
        tg_pair_close(t->pair);
    free(t);
}

static int thread_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct threads *t = state;
    char byte = 0;
    sample->begin = tg_clock_begin();
    if (write(t->to[1], &byte, 1) != 1 || read(t->from[0], &byte, 1) != 1)
        return tg_error_set(err, TG_EENV, "the second thread is gone: %s", strerror(errno));
    sample->cost_ns =
        tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end()) - 2 * t->pair->transfer_ns;
    sample->ops = 2;
    return TG_OK;
}

/* Both processes go over memory of their own after every switch. */
struct working_set {
    struct tg_pair *pair;
    volatile char *memory;
    size_t size_bytes;
    double walk_ns; /* over it, when it is in the caches */
};

enum { LINE_BYTES = 64 };

static void walk(void *state, uint64_t ops)
{
    const struct working_set *w = state;
    for (uint64_t i = 0; i < ops; i++) {
        for (size_t at = 0; at < w->size_bytes; at += LINE_BYTES)
            w->memory[at]++;
    }
}

static void echo_and_walk(struct tg_peer *peer)
{
    char byte;
    while (read(peer->to[0], &byte, 1) == 1) {
        walk(peer->argument, 1);
        if (write(peer->from[1], &byte, 1) != 1)
            break;
    }
}

static int cached_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    struct working_set *w = calloc(1, sizeof *w);
    (void)probe;
    if (!w)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = w;
    w->size_bytes = (size_t)argument;
    w->memory = calloc(1, w->size_bytes);
    if (!w->memory)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    walk(w, 1);
    w->walk_ns = tg_time_per_op_ns(&bench->clock, walk, w);
    return tg_pair_open(&w->pair, bench, bench->cpu, echo_and_walk, w, err);
}

static void cached_teardown(void *state)
{
    struct working_set *w = state;
    if (w->pair)
        tg_pair_close(w->pair);
    free((void *)w->memory);
    free(w);
}

static int cached_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct working_set *w = state;
    char byte = 0;
    sample->begin = tg_clock_begin();
    if (write(w->pair->peer.to[1], &byte, 1) != 1 || read(w->pair->peer.from[0], &byte, 1) != 1)
        return tg_pair_lost(err);
    walk(w, 1);
    double cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->cost_ns = cost_ns - 2 * w->pair->transfer_ns - 2 * w->walk_ns;
    sample->ops = 2;
    return TG_OK;
}

static void yield_forever(struct tg_peer *peer)
{
    peer->page->word = 1;
    for (;;) {
        peer->page->stamp = tg_clock_end();
        syscall(SYS_sched_yield);
    }
}

static int yield_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct tg_pair *pair;
    (void)probe, (void)argument;
    int rc = tg_pair_open(&pair, bench, bench->cpu, yield_forever, NULL, err);
    *state = pair;
    for (int i = 0; !rc && !pair->peer.page->word && i < 1000; i++)
        usleep(1000);
    return rc;
}

/* A yield after which the other process ran and yielded back is two switches; one that came straight back is
 * not counted. */
static int yield_switch(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    struct tg_pair *pair = state;
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

static const double working_sets[] = {16384, 65536, 262144};

static const struct tg_probe probes[] = {
    {.name = "context_switch",
     .what =
         "a switch between two processes on one core: half a pipe round trip, without the pipe's own calls",
     .setup = pair_setup,
     .sample = context_switch,
     .teardown = tg_pair_close},
    {.name = "thread_switch",
     .what = "the same between two threads of one process",
     .setup = threads_setup,
     .sample = thread_switch,
     .teardown = threads_teardown},
    {.name = "cached_switch",
     .what = "a switch between two processes that each go over memory of their own, by its size: what "
             "refilling the "
             "caches adds is in it, going over warm memory is not",
     .argument_name = "working_set_bytes",
     .arguments = working_sets,
     .argument_count = TG_COUNT(working_sets),
     .setup = cached_setup,
     .sample = cached_switch,
     .teardown = cached_teardown},
    {.name = "yield_switch",
     .what = "a switch between two processes on one core that both can run: half a round of sched_yield",
     .setup = yield_setup,
     .sample = yield_switch,
     .teardown = tg_pair_close},
};

const struct tg_probe_family tg_probes_switch = {.probes = probes, .count = TG_COUNT(probes)};
