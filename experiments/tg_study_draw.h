/* tg_study_draw: one draw of all that a study does not know, and its systems ready to be simulated with it.
 *
 * A draw holds copies of the study's models with the drawn values in them. All its simulations have one seed
 * of their own: its systems see the same arrivals and, where they share a step, the same costs (common random
 * numbers). The same seed and index give the same bits. One draw belongs to one thread.
 */
#ifndef TG_STUDY_DRAW_H
#define TG_STUDY_DRAW_H

#include "tg_metric.h"
#include "tg_scenario.h"
#include "tg_study.h"
#include "tg_world.h"

enum { TG_DRAW_BEST = -1 }; /* the index whose values are the best guesses */

struct tg_study_draw;

int tg_study_draw_new(const struct tg_study *study, uint64_t seed, int64_t index, struct tg_study_draw **draw,
                      struct tg_error *err);
void tg_study_draw_free(struct tg_study_draw *draw);
const struct tg_study *tg_study_draw_study(const struct tg_study_draw *draw);

/* Puts a value in the place of what was drawn for a key, and forgets what was observed. */
int tg_study_draw_set(struct tg_study_draw *draw, const char *key, double value, struct tg_error *err);

/* A number among the study's "settings", in base units. */
int tg_study_draw_setting(const struct tg_study_draw *draw, const char *name, double *value,
                          struct tg_error *err);

/* What a fit is to bring its target to in this draw: published values are read off figures. */
int tg_study_draw_target(const struct tg_study_draw *draw, size_t fit, double *value, struct tg_error *err);

/* What to simulate: a system, with a patch in JSON laid over its scenario, key by key; NULL: none. The patch
 * is compared by its text. Times of 0 are the scenario's. */
struct tg_case {
    const char *system;
    const char *patch;
    double rate_per_s;
    tg_ps horizon_ps, warm_up_ps;
    uint64_t replication;
};

/* What one run gave. */
struct tg_sight {
    double metrics[TG_METRIC_COUNT];
    double replied_ratio; /* of what was offered, or would have been by a client that waits */
    double httperf_per_s; /* the reply rate as httperf prints it: the mean of all its full windows, until the
                             last reply came or the last connection failed */
    double no_port_ratio; /* requests that found no port at the client */
    bool crashed;         /* the server ran out of memory */
};

/* Runs a case, or tells what it gave before. */
int tg_study_draw_see(struct tg_study_draw *draw, const struct tg_case *what, struct tg_sight *sight,
                      struct tg_error *err);

/* The reply rate at the highest rate of the case's system that is sustained, to the precision wanted. The
 * search begins at the case's rate; where that is 0, at what the mean prices say. */
int tg_study_draw_saturation(struct tg_study_draw *draw, const struct tg_case *what, double precision,
                             double *per_s, struct tg_error *err);

/* A system by itself, for runs in a row. Close it also where opening it fails. */
struct tg_rig {
    struct tg_scenario scenario;
    struct tg_server server;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
};
/* Makes all the rest of one whose scenario, with one technique, was filled in by the caller. */
int tg_rig_build(struct tg_rig *rig, struct tg_error *err);
int tg_rig_open(struct tg_study_draw *draw, const struct tg_case *what, struct tg_rig *rig,
                struct tg_error *err);
int tg_rig_run(struct tg_rig *rig, double rate_per_s, uint64_t replication, struct tg_carry *carry,
               struct tg_sight *sight, struct tg_error *err);
void tg_rig_close(struct tg_rig *rig);

#endif
