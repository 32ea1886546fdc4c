/* The parts of a world, for the files that make it up: hops, service, noise, client. Not for others. */
#ifndef TG_WORLD_PARTS_H
#define TG_WORLD_PARTS_H

#include "tg_arrivals.h"
#include "tg_cpu.h"
#include "tg_world.h"

/* Among events at one time: what completes goes before what arrives. */
enum { PRIORITY_DONE, PRIORITY_ARRIVAL, PRIORITY_NOISE };

enum { THREAD_NONE, THREAD_SERVER, THREAD_POLLING };

enum { NOISES_MAX = 8 };

/* A request on its way. Its latency is taken apart as it goes: everything up to clock_ps is booked, as paid
 * for a primitive or waited at a place. */
struct tg_request {
    struct tg_request *next;
    tg_ps intended_ps;
    tg_ps clock_ps;
    tg_ps unbooked_ps; /* paid since clock_ps, already booked by primitive */
    bool counted;      /* intended within the window */
    tg_ps paid_ps[TG_PATH_COSTS_MAX];
    tg_ps waited_ps[TG_WAITS_MAX];
};

struct tg_request_queue {
    struct tg_request *first, *last;
    int64_t count;
};

struct tg_hop;
/* What follows a hop. True where it goes on working in the hop's own context, and will call
 * tg_hop_continue(). */
typedef bool tg_hop_next_fn(struct tg_world *world, struct tg_hop *hop, struct tg_request *request);

struct tg_hop {
    struct tg_world *world;
    struct tg_request_queue ring, backlog;
    int64_t ring_limit, backlog_limit, budget;
    unsigned notify_point, packet_point;
    enum tg_wait wait;
    enum tg_loss ring_loss, backlog_loss;
    unsigned packet_class;
    bool each; /* one notice a packet, and a backlog behind it */
    bool busy; /* a notice is under way, or notices are off while polling */
    bool polling;
    int64_t polled; /* in a row */
    struct tg_job notify_job, packet_job;
    struct tg_request *current;
    tg_hop_next_fn *next;
    struct tg_hop *following; /* where `next` passes packets on, or NULL */
};

struct tg_service {
    struct tg_request_queue queue;
    bool asleep;
    struct tg_job wakeup_job, request_job;
    struct tg_request *current;
    struct tg_hop *inline_hop; /* whose context it works in just now, or NULL */
};

struct tg_noise_source {
    struct tg_world *world;
    const struct tg_noise *noise;
    struct tg_rng rng;
    struct tg_job job;
    bool running;
    int64_t ticks;
    tg_ps phase_ps;
};

struct tg_client {
    struct tg_arrivals arrivals;
    tg_ps next_ps;                  /* intended time of the request on its way */
    tg_ps up_free_ps, down_free_ps; /* when the link is free in each direction */
};

struct tg_world {
    struct tg_sim sim;
    struct tg_cpu cpu;
    const struct tg_scenario *scenario;
    const struct tg_path *path;
    struct tg_path_streams streams;
    struct tg_client client;
    struct tg_hop adapter;           /* the server's own */
    struct tg_hop hops[TG_HOPS_MAX]; /* those that the technique put in */
    struct tg_hop *first_in;         /* where packets from the link arrive */
    struct tg_hop *first_out;        /* where replies go, or NULL: to the link at once */
    struct tg_service service;
    struct tg_noise_source noises[NOISES_MAX * TG_CORE_ROLES];
    size_t noise_count;
    struct tg_request *requests; /* the pool */
    size_t request_count;
    struct tg_request *free_request;
    int64_t open;
    struct tg_result *result;
    tg_ps busy_at_warm_up_ps[TG_CLASS_COUNT];
    int64_t replies_by_tenth[10];
};

/* Queues: first in, first out. */
static inline void tg_request_push(struct tg_request_queue *queue, struct tg_request *request)
{
    request->next = NULL;
    if (queue->last)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    queue->count++;
}

static inline struct tg_request *tg_request_pop(struct tg_request_queue *queue)
{
    struct tg_request *request = queue->first;
    queue->first = request->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return request;
}

/* Draws a point's cost for a request and books it by primitive. */
static inline tg_ps tg_request_pay(struct tg_world *world, struct tg_request *request, unsigned point)
{
    tg_ps paid = tg_path_pay(world->path, &world->streams, point, request->paid_ps);
    request->unbooked_ps += paid;
    return paid;
}

/* Books a context switch that was paid on the request's behalf. */
static inline void tg_request_pay_switch(struct tg_world *world, struct tg_request *request, tg_ps switch_ps)
{
    if (switch_ps) {
        request->paid_ps[world->path->switch_cost] += switch_ps;
        request->unbooked_ps += switch_ps;
    }
}

/* Books the time since the last call: what was not paid was waited at this place. */
static inline void tg_request_book(struct tg_request *request, tg_ps now, unsigned wait)
{
    request->waited_ps[wait] += now - request->clock_ps - request->unbooked_ps;
    request->clock_ps = now;
    request->unbooked_ps = 0;
}

/* The client: starts sending; a reply or a loss ends a request and frees it. */
int tg_client_init(struct tg_world *world, struct tg_error *err);
int tg_client_start(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err);
void tg_client_release(struct tg_world *world);
/* The reply leaves the server's machine. */
void tg_client_reply(struct tg_world *world, struct tg_request *request);
void tg_client_lost(struct tg_world *world, struct tg_request *request, enum tg_loss cause);

/* Hops: a packet arrives at one; the service goes on with its queue after it handled a request in its
 * context. */
void tg_hops_start(struct tg_world *world);
void tg_hop_receive(struct tg_hop *hop, struct tg_request *request);
void tg_hop_continue(struct tg_hop *hop);

/* The service: takes a request from the adapter. */
void tg_service_start(struct tg_world *world);
bool tg_service_deliver(struct tg_world *world, struct tg_hop *hop, struct tg_request *request);

void tg_noise_start(struct tg_world *world, uint64_t replication);

#endif
