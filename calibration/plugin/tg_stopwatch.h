/* tg_stopwatch: times short operations from user space, many between two readings of the clock.
 *
 *   struct tg_stopwatch watch = tg_stopwatch_start();
 *   for (i = 0; i < n; i++) ...;
 *   tg_stopwatch_stop(&watch, n, empty_ns, sample);
 *
 * empty_ns is what the same lines take around nothing, from tg_stopwatch_empty_ns(). Inner header of the
 * folder.
 */
#ifndef TG_STOPWATCH_H
#define TG_STOPWATCH_H

#include <stdint.h>
#include <time.h>

#include "tg_plugin_timer.h"

struct tg_stopwatch {
    int64_t begun_ns;
};

static inline int64_t tg_stopwatch_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline struct tg_stopwatch tg_stopwatch_start(void)
{
    return (struct tg_stopwatch){tg_stopwatch_now_ns()};
}

static inline void tg_stopwatch_stop(struct tg_stopwatch *watch, unsigned ops, double empty_ns,
                                     struct tg_plugin_sample *sample)
{
    int64_t ended_ns = tg_stopwatch_now_ns();
    sample->t_ns = watch->begun_ns;
    sample->cost_ns = (double)(ended_ns - watch->begun_ns) - empty_ns;
    sample->ops = ops;
}

/* What two readings of the clock take together: the mean of the lower nine tenths of many, because the clock
 * may step too coarsely for a median, and the upper tenth holds the interrupts. */
double tg_stopwatch_empty_ns(void);

/* The same mean of any durations; sorts them. */
double tg_stopwatch_quiet_mean(double *durations, unsigned count);

#endif
