/* Interrupts and what they steal, seen by a loop that does nothing but read the clock. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tg_probe_kind.h"

enum {
    STEPS = 4096,           /* of the loop, to learn its usual length */
    THRESHOLD_STEPS = 10,   /* a gap is longer than so many usual steps ... */
    THRESHOLD_MIN_NS = 500, /* ... and than this: shorter ones are stalls of the core, not interrupts */
};

struct watch {
    int fd;
    uint64_t step, threshold; /* ticks */
    /* Of the last pass that watched for jitter. */
    double watched_ns, others_ns;
    long preemptions; /* of this thread, when last looked at */
};

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The loop's usual step: the mean of its middle half, since the counter may move in steps wider than it. */
static void learn_step(const struct tg_bench *bench, struct watch *watch)
{
    uint64_t steps[STEPS], last = tg_clock_glance(), sum = 0;
    for (int i = 0; i < STEPS; i++) {
        uint64_t now = tg_clock_glance();
        steps[i] = now - last;
        last = now;
    }
    qsort(steps, STEPS, sizeof *steps, compare);
    for (int i = STEPS / 4; i < STEPS * 3 / 4; i++)
        sum += steps[i];
    watch->step = sum / (STEPS / 2);
    watch->threshold = THRESHOLD_STEPS * watch->step;
    uint64_t least = tg_clock_ticks(&bench->clock, THRESHOLD_MIN_NS);
    if (watch->threshold < least)
        watch->threshold = least;
}

static int watch_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct watch *watch = calloc(1, sizeof *watch);
    (void)probe, (void)argument;
    if (!watch)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    watch->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (watch->fd < 0) {
        free(watch);
        return tg_error_set(err, TG_EENV, "cannot make a timer: %s", strerror(errno));
    }
    learn_step(bench, watch);
    *state = watch;
    return TG_OK;
}

static void watch_teardown(void *state)
{
    struct watch *watch = state;
    close(watch->fd);
    free(watch);
}

/* Arms a timer that nobody waits for, and spins over its expiry: the gap there is the interrupt. */
static int interrupt(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                     struct tg_error *err)
{
    enum { LEAD_NS = 40000, LIMIT_NS = 400000 };
    struct watch *watch = state;
    struct itimerspec in = {.it_value.tv_nsec = LEAD_NS};
    for (int tries = 0; tries < 100; tries++) {
        uint64_t armed = tg_clock_glance();
        if (timerfd_settime(watch->fd, 0, &in, NULL) != 0)
            return tg_error_set(err, TG_EENV, "cannot set a timer: %s", strerror(errno));
        uint64_t due = armed + tg_clock_ticks(&bench->clock, LEAD_NS);
        uint64_t limit = armed + tg_clock_ticks(&bench->clock, LIMIT_NS);
        uint64_t last = tg_clock_glance(), now = last;
        while (last < limit) {
            now = tg_clock_glance();
            if (now - last > watch->threshold && now >= due)
                break;
            last = now;
        }
        if (last >= limit)
            continue;
        sample->begin = last;
        sample->cost_ns = (double)(now - last - watch->step) * bench->clock.ns_per_tick;
        sample->ops = 1;
        return TG_OK;
    }
    return tg_error_set(err, TG_EENV, "the timer's interrupt is not seen on this CPU");
}

static long preemptions(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

/* A long gap in which the scheduler took the core away is another process's turn: load, not noise of the
 * host. It is left out, and so is its time from the time watched. Kernel threads that preempt for less stay
 * in. */
static bool was_others_turn(struct watch *watch, double gap_ns)
{
    const double turn_ns = 500000;
    long before = watch->preemptions;
    watch->preemptions = preemptions();
    return gap_ns > turn_ns && watch->preemptions != before;
}

static int note_gap(const struct tg_bench *bench, struct watch *watch, uint64_t begin, uint64_t end,
                    struct tg_trace *trace, struct tg_error *err)
{
    double gap_ns = (double)(end - begin - watch->step) * bench->clock.ns_per_tick;
    if (was_others_turn(watch, gap_ns)) {
        watch->others_ns += gap_ns;
        return TG_OK;
    }
    if (trace->count == trace->capacity) {
        int rc = tg_trace_reserve(trace, trace->capacity * 2 + 4096, err);
        if (rc)
            return rc;
    }
    tg_trace_append(trace, round(tg_clock_ns(&bench->clock, begin)), round(gap_ns), 1, 0);
    return bench->interrupted && bench->interrupted() ? tg_error_set(err, TG_EINTERRUPTED, "interrupted")
                                                      : TG_OK;
}

static int jitter(const struct tg_bench *bench, void *state, double seconds, struct tg_trace *trace,
                  struct tg_error *err)
{
    struct watch *watch = state;
    int rc = TG_OK;
    watch->others_ns = 0;
    watch->preemptions = preemptions();
    uint64_t start = tg_clock_begin(), last = start;
    uint64_t stop = start + tg_clock_ticks(&bench->clock, seconds * 1e9);
    while (last < stop && !rc) {
        uint64_t now = tg_clock_glance();
        if (now - last > watch->threshold) {
            rc = note_gap(bench, watch, last, now, trace, err);
            now = tg_clock_glance();
        }
        last = now;
    }
    watch->watched_ns = (double)(last - start) * bench->clock.ns_per_tick;
    trace->observed_ns += watch->watched_ns - watch->others_ns;
    trace->threshold_ns = fmax(trace->threshold_ns, (double)watch->threshold * bench->clock.ns_per_tick);
    return rc;
}

static void jitter_note(void *state, char *text, size_t size)
{
    const double worth_saying = 0.02;
    const struct watch *watch = state;
    if (watch->others_ns > worth_saying * watch->watched_ns)
        snprintf(text, size, "other processes had the core for %.0f %% of a pass; their turns are left out",
                 100 * watch->others_ns / watch->watched_ns);
}

/* How late a sleeper runs after the time it asked for. The slack that the kernel allows itself is set to its
 * least for the while. */
static int timer_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    int *slack = malloc(sizeof *slack);
    (void)probe, (void)bench, (void)argument;
    if (!slack)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    *state = slack;
    return TG_OK;
}

static void timer_teardown(void *state)
{
    int *slack = state;
    prctl(PR_SET_TIMERSLACK, *slack, 0, 0, 0);
    free(slack);
}

static int timer_wakeup(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    enum { AHEAD_NS = 100000, SECOND_NS = 1000000000 };
    struct timespec due, now;
    (void)bench, (void)state, (void)err;
    sample->begin = tg_clock_glance();
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_nsec += AHEAD_NS;
    if (due.tv_nsec >= SECOND_NS) {
        due.tv_nsec -= SECOND_NS;
        due.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    sample->cost_ns = (double)(now.tv_sec - due.tv_sec) * 1e9 + (double)(now.tv_nsec - due.tv_nsec);
    sample->ops = 1;
    return TG_OK;
}

static const struct tg_probe probes[] = {
    {.name = "irq",
     .what = "a timer's hard interrupt as the loop it interrupts sees it: entry, handler, setting the timer "
             "anew, "
             "return",
     .setup = watch_setup,
     .sample = interrupt,
     .teardown = watch_teardown},
    {.name = "timer_wakeup",
     .what =
         "how late a sleeper runs after the time it asked for, 100 us ahead: interrupt, wake-up and switch",
     .setup = timer_setup,
     .sample = timer_wakeup,
     .teardown = timer_teardown},
    {.name = "jitter",
     .what = "every gap in a tight loop of clock readings: what interrupts, the scheduler and the hypervisor "
             "steal",
     .setup = watch_setup,
     .observe = jitter,
     .note = jitter_note,
     .teardown = watch_teardown},
};

const struct tg_probe_family tg_probes_timer = {.probes = probes, .count = TG_COUNT(probes)};
