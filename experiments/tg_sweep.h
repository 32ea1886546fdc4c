/* tg_sweep: a scenario over its techniques and offered rates, with replications on several threads.
 *
 * For each technique the sweep first finds the saturation throughput: in each replication, the reply rate at
 * the highest offered rate that is sustained, that is, at which at least TG_SUSTAINED of the requests are
 * replied; by bisection on the replication's own random streams (common random numbers across techniques and
 * rates), to one part in a thousand. The estimate is the mean over replications, with Student's interval.
 * Then it runs the points, at the scenario's rates or, where it names none, at fixed fractions of that
 * throughput; half of it is always one of them.
 *
 * Results depend on the scenario alone: not on threads, nor on their timing.
 */
#ifndef TG_SWEEP_H
#define TG_SWEEP_H

#include <stdbool.h>

#include "tg_metric.h"
#include "tg_scenario.h"
#include "tg_workers.h"

/* A rate is sustained where this part of the offered requests is replied. */
#define TG_SUSTAINED 0.98

struct tg_sweep_point {
    double offered_per_s;
    size_t replications;
    struct tg_estimate metrics[TG_METRIC_COUNT];
    struct tg_estimate paid_ps[TG_PATH_COSTS_MAX]; /* a replied request's mean, by primitive */
    struct tg_estimate waited_ps[TG_WAITS_MAX];
};

struct tg_sweep_curve {
    const struct tg_technique *technique;
    const struct tg_path *path;
    struct tg_estimate saturation_per_s;
    char limited_by[64]; /* "server CPU, mostly irq", "driver domain CPU" or "link" */
    size_t point_count;
};

/* What the caller is told as the sweep goes, in order, from one thread at a time. Any may be NULL. A code
 * other than TG_OK stops the sweep. */
struct tg_sweep_listener {
    void *context;
    int (*curve)(void *context, const struct tg_sweep_curve *curve, struct tg_error *err);
    int (*replication)(void *context, const struct tg_sweep_curve *curve, double offered_per_s, size_t number,
                       const struct tg_result *result, struct tg_error *err);
    int (*point)(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                 struct tg_error *err);
    void (*progress)(void *context, const struct tg_technique *technique, size_t done, size_t total);
    bool (*interrupted)(void *context);
};

/* Runs the whole scenario. Interrupted, it stops after the replications under way, of which the complete ones
 * have been told, and returns TG_EINTERRUPTED. */
int tg_sweep_run(const struct tg_scenario *scenario, unsigned threads,
                 const struct tg_sweep_listener *listener, struct tg_error *err);

/* One point of one technique, by itself. */
int tg_sweep_run_point(const struct tg_scenario *scenario, size_t technique, double offered_per_s,
                       unsigned threads, const struct tg_sweep_listener *listener,
                       struct tg_sweep_point *point, struct tg_error *err);

#endif
