/* tg_path: a request path compiled for simulation: at each point, the laws to draw from and how often.
 *
 * Built once for a technique and shared, read only, by all replications; each replication has its own streams
 * (tg_path_streams), one for each primitive at each point, named "point/primitive", so that two techniques
 * that share a step draw the same costs for it. Costs are booked by primitive, in the order of `costs`; those
 * of the client's machine are named apart, "client: syscall".
 *
 * Prices are looked for in the technique, then in the server, then in the machine's profile; those of the
 * client's points in the workload, then in the profile of the client's machine. Without such a profile the
 * client pays only what the workload itself prices.
 */
#ifndef TG_PATH_H
#define TG_PATH_H

#include "tg_rng.h"
#include "tg_scenario.h"

enum {
    TG_PATH_COSTS_MAX = 48,
    TG_PATH_STEPS_MAX = 128,
    TG_CLIENT_COSTS_MAX = 12,
    TG_PATH_POINTS_FIXED = TG_POINT_COUNT + TG_CLIENT_POINTS,
    TG_PATH_POINTS_MAX = TG_PATH_POINTS_FIXED + 2 * TG_HOPS_MAX,
    TG_PAYMENT_MAX = 128
};

/* Places where a request waits; hop i has TG_WAIT_FIXED + i. After the hops comes, where replies are sent in
 * batches, what waits for the others of its batch: batch_wait of the path. */
enum tg_wait {
    TG_WAIT_LINK,       /* on the wire, both ways */
    TG_WAIT_RING,       /* in the adapter's ring, until the soft interrupt takes the packet */
    TG_WAIT_QUEUE,      /* in the server's queue */
    TG_WAIT_CPU,        /* begun, or about to begin, but the core works for someone more urgent */
    TG_WAIT_CLIENT,     /* for the client's CPU */
    TG_WAIT_RETRANSMIT, /* from the sending of a segment that was lost until it is sent again */
    TG_WAIT_FIXED,
    TG_WAITS_MAX = TG_WAIT_FIXED + TG_HOPS_MAX + 1
};

/* Why a request fails, and where a packet is lost; hop i has TG_LOSS_FIXED + i. */
enum tg_loss {
    TG_LOSS_RING,
    TG_LOSS_BACKLOG,
    TG_LOSS_QUEUE, /* the server's queue of datagrams */
    TG_LOSS_LINK,
    TG_LOSS_SYN_QUEUE,
    TG_LOSS_ACCEPT_QUEUE,
    TG_LOSS_MEMORY,
    TG_LOSS_CRASH,       /* the server ran out of memory and died */
    TG_LOSS_RETRIES,     /* a request: sent again as often as is allowed */
    TG_LOSS_TIMEOUT,     /* a request: the client gave up */
    TG_LOSS_DESCRIPTORS, /* a request: never sent */
    TG_LOSS_PORTS,       /* a request: never sent */
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
    const struct tg_by_argument *by; /* the laws to draw from at greater arguments; NULL: `law` alone */
    const char *primitive; /* whose price it is: names the stream with the name it is booked under */
    uint32_t cost;         /* index into costs */
    double times;          /* what each draw is multiplied by */
    uint32_t whole;        /* draws */
    double fraction;       /* probability of one more */
    tg_ps constant_ps;     /* where every draw is the same; else negative */
};

struct tg_path {
    const char *costs[TG_PATH_COSTS_MAX]; /* names of the primitives, owned by the models or the path */
    uint32_t cost_count;
    char client_costs[TG_CLIENT_COSTS_MAX][64];
    unsigned client_cost_count;
    struct tg_path_step steps[TG_PATH_STEPS_MAX];
    uint32_t step_count;
    uint32_t first[TG_PATH_POINTS_MAX + 1]; /* steps of a point: first[p] ... first[p + 1] - 1 */
    const char *names[TG_PATH_POINTS_MAX];
    unsigned point_count;
    struct tg_path_hop hops[TG_HOPS_MAX];
    unsigned hop_count;
    unsigned wait_count, loss_count;
    bool driver_domain; /* some hop has a core of its own */
    bool client_pays;   /* some client's point costs time, or its CPU has jitter */
    int runs_in, protocol, holds, closes;
    bool sleeps;
    int64_t queue_limit, workers, reply_batch;
    unsigned batch_wait;
    const struct tg_price *context_switch; /* or NULL */
    uint32_t switch_cost;                  /* its index among costs */
    const struct tg_noise *noises;         /* the technique's own jitter, on the server's core */
    size_t noise_count;
    struct tg_system system;
};

struct tg_path_streams {
    struct tg_rng steps[TG_PATH_STEPS_MAX];
    struct tg_rng context_switch;
};

/* What one piece of work costs, by primitive: drawn when it begins, booked when it ends. */
struct tg_payment {
    tg_ps total_ps;
    unsigned count;
    struct {
        uint32_t cost;
        tg_ps ps;
    } items[TG_PAYMENT_MAX];
};

/* For the server as the technique has rewritten it; technique may be NULL. The path keeps pointers into all
 * of them. A price that is missing is TG_EINPUT and names it. */
int tg_path_build(struct tg_path *path, const struct tg_scenario *scenario,
                  const struct tg_technique *technique, const struct tg_server *server, struct tg_error *err);

void tg_path_seed(const struct tg_path *path, struct tg_path_streams *streams, uint64_t seed,
                  uint64_t replication);

/* The mean time of a point, ps, at the smallest arguments of its prices. */
double tg_path_mean_ps(const struct tg_path *path, unsigned point);

/* What a place is called: "ring", "ring full", or by the hop. */
const char *tg_path_wait_name(const struct tg_path *path, unsigned wait);
const char *tg_path_loss_name(const struct tg_path *path, unsigned loss);

/* Draws what passing the point so many times costs, and adds it to the payment. */
void tg_path_pay(const struct tg_path *path, struct tg_path_streams *streams, unsigned point, int64_t times,
                 struct tg_payment *payment);

/* The same once, at a point where the core has had nothing to do for a while: prices that go by it do. */
void tg_path_pay_idle(const struct tg_path *path, struct tg_path_streams *streams, unsigned point,
                      tg_ps idle_ps, struct tg_payment *payment);

/* The same for so many times that drawing each would take long: their mean. */
void tg_path_pay_mean(const struct tg_path *path, unsigned point, int64_t times, struct tg_payment *payment);

#endif
