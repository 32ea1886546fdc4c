/* tg_sweep: a scenario over its techniques and offered rates, with replications on several threads.
 *
 * For each technique the sweep first finds the saturation throughput: in each replication, the reply rate at
 * the highest offered rate that is sustained, that is, at which at least TG_SUSTAINED of the requests are
 * replied; by bisection on the replication's own random streams (common random numbers across techniques and
 * rates), to one part in a thousand. The estimate is the mean over replications, with Student's interval.
 * A client that waits for its replies offers less where they come late: its rate is sustained where it offers
 * and gets TG_SUSTAINED of its nominal rate.
 *
 * Then it runs the points, at the scenario's rates or, where it names none, at fixed fractions of that
 * throughput; half of it is always one of them. Where the workload has a pause they are a ladder: in each
 * replication, every rate begins with what the one before it left behind (ports in TIME_WAIT, memory not yet
 * reclaimed). The search, and a point by itself, always begin afresh.
 *
 * Results depend on the scenario alone: not on threads, nor on their timing.
 */
#ifndef TG_SWEEP_H
#define TG_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "tg_metric.h"
#include "tg_scenario.h"
#include "tg_workers.h"

/* A rate is sustained where this part of the offered requests is replied. */
#define TG_SUSTAINED 0.98

/* The server's plain path, without any technique, where an index of a technique is wanted. */
#define TG_SWEEP_PLAIN SIZE_MAX

struct tg_sweep_point {
    double offered_per_s; /* of a client that waits: its nominal rate */
    size_t replications;
    struct tg_estimate metrics[TG_METRIC_COUNT];
    struct tg_estimate paid_ps[TG_PATH_COSTS_MAX]; /* a replied request's mean, by primitive */
    struct tg_estimate waited_ps[TG_WAITS_MAX];
    struct tg_estimate lost_ratio[TG_LOSSES_MAX];    /* requests that failed, of those offered, by cause */
    struct tg_estimate dropped_ratio[TG_LOSSES_MAX]; /* packets lost for each offered request, by place */
};

struct tg_sweep_curve {
    const struct tg_technique *technique;
    const struct tg_path *path;
    struct tg_estimate saturation_per_s; /* NaN: no rate is sustained */
    char limited_by[96]; /* "server CPU, mostly irq", "driver domain CPU", "client ports", "link", ... */
    size_t point_count;
};

/* What the mean latency under a technique is made of, beside that of the server's plain path at the same rate
 * and on the same random streams: the four parts add up to it. All but the first may be negative. */
struct tg_sweep_toll {
    struct tg_estimate plain_ps;     /* the whole latency without the technique */
    struct tg_estimate isolation_ps; /* more work by the primitives that isolation itself needs */
    struct tg_estimate work_ps;      /* more work by all others */
    struct tg_estimate wait_ps;      /* more waiting */
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
    /* After the point nearest to half of the saturation throughput, where the plain path has all its prices.
     */
    int (*toll)(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                const struct tg_sweep_toll *toll, struct tg_error *err);
    void (*progress)(void *context, const struct tg_technique *technique, size_t done, size_t total);
    bool (*interrupted)(void *context);
};

/* Runs the whole scenario. Interrupted, it stops after the replications under way, of which the complete ones
 * have been told, and returns TG_EINTERRUPTED. Without rates in the scenario, a technique under which no rate
 * is sustained is TG_EINPUT. */
int tg_sweep_run(const struct tg_scenario *scenario, unsigned threads,
                 const struct tg_sweep_listener *listener, struct tg_error *err);

/* One point of one technique, or of TG_SWEEP_PLAIN, by itself. */
int tg_sweep_run_point(const struct tg_scenario *scenario, size_t technique, double offered_per_s,
                       unsigned threads, const struct tg_sweep_listener *listener,
                       struct tg_sweep_point *point, struct tg_error *err);

#endif
