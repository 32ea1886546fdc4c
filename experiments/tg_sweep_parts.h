/* What the sources of the sweep share: one technique under way. */
#ifndef TG_SWEEP_PARTS_H
#define TG_SWEEP_PARTS_H

#include "tg_sweep.h"
#include "tg_world.h"

/* Replications whose results, histograms and all, are held at one time; of the others only the numbers
 * remain. */
enum { TG_SWEEP_BATCH = 64 };

/* The numbers of one replication. */
struct tg_sweep_row {
    double metrics[TG_METRIC_COUNT];
    double paid_ps[TG_PATH_COSTS_MAX]; /* means over replied requests; NaN where there were none */
    double waited_ps[TG_WAITS_MAX];
    double lost_ratio[TG_LOSSES_MAX]; /* of the offered requests; NaN where there were none */
    double dropped_ratio[TG_LOSSES_MAX];
};

/* A technique's path, a world a thread, and the replications of the point in hand. */
struct tg_sweep_bench {
    const struct tg_scenario *scenario;
    const struct tg_sweep_listener *listener;
    struct tg_server server;
    struct tg_path path;
    unsigned threads;
    struct tg_world **worlds;
    struct tg_result *scratch; /* one a thread */
    struct tg_result results[TG_SWEEP_BATCH];
    bool complete[TG_SWEEP_BATCH];
    size_t first;              /* replication of results[0] */
    struct tg_sweep_row *rows; /* one a replication */
    struct tg_carry **carries; /* one a replication, in a ladder of rates; else NULL */
    double *saturations;
    double offered_per_s;
    double pilot_per_s; /* offered rate sustained in the first replication */
    struct tg_sweep_curve curve;
};

/* technique: an index, or TG_SWEEP_PLAIN. */
int tg_sweep_bench_init(struct tg_sweep_bench *bench, const struct tg_scenario *scenario, size_t technique,
                        unsigned threads, const struct tg_sweep_listener *listener, struct tg_error *err);
void tg_sweep_bench_release(struct tg_sweep_bench *bench);
/* From now on every replication hands on to the next point what is left of it. */
int tg_sweep_bench_begin_ladder(struct tg_sweep_bench *bench, struct tg_error *err);
int tg_sweep_run_jobs(struct tg_sweep_bench *bench, int (*job)(void *, unsigned, size_t, struct tg_error *),
                      size_t count, struct tg_error *err);

/* All replications of a point; its listener is told. */
int tg_sweep_bench_point(struct tg_sweep_bench *bench, double offered_per_s, struct tg_sweep_point *point,
                         struct tg_error *err);

/* A rate tried in one replication, without carry: what part of the requests was replied. */
struct tg_sweep_trial {
    double offered_per_s, replied_ratio;
};
/* The highest rate that the client can offer: each user may need a descriptor. Beyond it a trial is not run,
 * and nothing of it counts as replied. */
double tg_sweep_most_rate(const struct tg_scenario *scenario);
int tg_sweep_try(struct tg_sweep_bench *bench, unsigned worker, size_t replication, double rate,
                 struct tg_sweep_trial *trial, struct tg_error *err);

/* Fills curve.saturation_per_s and pilot_per_s; NaN where no rate is sustained. */
int tg_sweep_find_saturation(struct tg_sweep_bench *bench, struct tg_error *err);
/* Fills curve.limited_by. */
int tg_sweep_note_limit(struct tg_sweep_bench *bench, struct tg_error *err);

/* Compares the point, whose replications are in hand, with the plain path, and tells the listener. */
int tg_sweep_tell_toll(struct tg_sweep_bench *bench, const struct tg_sweep_point *point,
                       struct tg_error *err);

#endif
