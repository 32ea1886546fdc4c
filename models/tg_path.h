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

enum {
    TG_PATH_COSTS_MAX = 24,
    TG_PATH_STEPS_MAX = 64,
    TG_PATH_POINTS_MAX = TG_POINT_COUNT + 2 * TG_HOPS_MAX
};

/* Places where a request waits; hop i has TG_WAIT_FIXED + i. */
enum tg_wait {
    TG_WAIT_LINK,  /* on the wire, both ways */
    TG_WAIT_RING,  /* in the adapter's ring, until the soft interrupt takes the packet */
    TG_WAIT_QUEUE, /* in the server's queue */
    TG_WAIT_CPU,   /* begun, or about to begin, but the core works for someone more urgent */
    TG_WAIT_FIXED,
    TG_WAITS_MAX = TG_WAIT_FIXED + TG_HOPS_MAX
};

/* Places where a request is lost; hop i has TG_LOSS_FIXED + i. */
enum tg_loss {
    TG_LOSS_RING,
    TG_LOSS_BACKLOG,
    TG_LOSS_QUEUE,
    TG_LOSS_FIXED,
    TG_LOSSES_MAX = TG_LOSS_FIXED + TG_HOPS_MAX
};

/* A hop put in by a technique, with its points. */
struct tg_path_hop {
    const struct tg_hop_settings *settings;
    unsigned notify_point, packet_point;
};

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
    uint32_t first[TG_PATH_POINTS_MAX + 1]; /* steps of a point: first[p] ... first[p + 1] - 1 */
    const char *names[TG_PATH_POINTS_MAX];
    unsigned point_count;
    struct tg_path_hop hops[TG_HOPS_MAX];
    unsigned hop_count;
    unsigned wait_count, loss_count;
    bool driver_domain; /* some hop has a core of its own */
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
double tg_path_mean_ps(const struct tg_path *path, unsigned point);

/* What a place is called: "ring", "ring full", or by the hop. */
const char *tg_path_wait_name(const struct tg_path *path, unsigned wait);
const char *tg_path_loss_name(const struct tg_path *path, unsigned loss);

/* Draws what passing the point costs, books it in paid[cost], and returns the sum. */
tg_ps tg_path_pay(const struct tg_path *path, struct tg_path_streams *streams, unsigned point, tg_ps *paid);

#endif
