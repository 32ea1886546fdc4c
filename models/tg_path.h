/* tg_path: a request path compiled for simulation: at each point, the laws to draw from and how often.
 *
 * Built once for a technique and shared, read only, by all replications; each replication has its own streams
 * (tg_path_streams), one for each primitive at each point, named "point/primitive", so that two techniques
 * that share a step draw the same costs for it. Costs are booked by primitive, in the order of `costs`.
 */
#ifndef TG_PATH_H
#define TG_PATH_H

#include "tg_rng.h"
#include "tg_server.h"

enum { TG_PATH_COSTS_MAX = 24, TG_PATH_STEPS_MAX = 64 };

struct tg_path_step {
    const struct tg_dist *law;
    uint32_t cost;   /* index into costs */
    uint32_t whole;  /* draws */
    double fraction; /* probability of one more */
};

struct tg_path {
    const char *costs[TG_PATH_COSTS_MAX]; /* names of the primitives, owned by the server or profile */
    uint32_t cost_count;
    struct tg_path_step steps[TG_PATH_STEPS_MAX];
    uint32_t step_count;
    uint32_t first[TG_POINT_COUNT + 1]; /* steps of a point: first[p] ... first[p + 1] - 1 */
    int runs_in;
    bool sleeps;
    int64_t queue_limit;
    const struct tg_price *context_switch; /* or NULL */
    uint32_t switch_cost;                  /* its index among costs */
};

struct tg_path_streams {
    struct tg_rng steps[TG_PATH_STEPS_MAX];
    struct tg_rng context_switch;
};

/* The path keeps pointers into server and profile. A price that is missing is TG_EINPUT and names it. */
int tg_path_build(struct tg_path *path, const struct tg_server *server, const struct tg_profile *profile,
                  struct tg_error *err);

void tg_path_seed(const struct tg_path *path, struct tg_path_streams *streams, uint64_t seed,
                  uint64_t replication);

/* The mean time of a point, ps. */
double tg_path_mean_ps(const struct tg_path *path, enum tg_point point);

/* Draws what passing the point costs, books it in paid[cost], and returns the sum. */
tg_ps tg_path_pay(const struct tg_path *path, struct tg_path_streams *streams, enum tg_point point,
                  tg_ps *paid);

#endif
