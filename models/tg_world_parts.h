/* The parts of a world, for the files that make it up: adapter, service, noise, client. Not for others. */
#ifndef TG_WORLD_PARTS_H
#define TG_WORLD_PARTS_H

#include "tg_arrivals.h"
#include "tg_cpu.h"
#include "tg_world.h"

/* Among events at one time: what completes goes before what arrives. */
enum { PRIORITY_DONE, PRIORITY_ARRIVAL, PRIORITY_NOISE };

enum { THREAD_NONE, THREAD_SERVER, THREAD_POLLING };

enum { CORE = 0, NOISES_MAX = 8 };

struct tg_request {
    struct tg_request *next;
    tg_ps intended_ps;
    tg_ps ringed_ps; /* reached the adapter */
    tg_ps queued_ps; /* entered the server's queue */
    bool counted;    /* intended within the window */
    tg_ps paid_ps[TG_PATH_COSTS_MAX];
    tg_ps waited_ps[TG_WAIT_COUNT];
};

struct tg_request_queue {
    struct tg_request *first, *last;
    int64_t count;
};

struct tg_adapter {
    struct tg_request_queue ring, backlog;
    bool interrupt_busy; /* being handled, or switched off while polling */
    bool polling;
    int64_t polled; /* in a row */
    struct tg_job interrupt_job, poll_job;
    struct tg_request *interrupting, *polled_request;
};

struct tg_service {
    struct tg_request_queue queue;
    bool asleep;
    struct tg_job wakeup_job, request_job;
    struct tg_request *current;
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
    struct tg_adapter adapter;
    struct tg_service service;
    struct tg_noise_source noises[NOISES_MAX];
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

/* The client: starts sending; a reply or a loss ends a request and frees it. */
int tg_client_init(struct tg_world *world, struct tg_error *err);
int tg_client_start(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err);
void tg_client_release(struct tg_world *world);
void tg_client_replied(struct tg_world *world, struct tg_request *request);
void tg_client_lost(struct tg_world *world, struct tg_request *request, enum tg_loss cause);

/* The adapter: a packet arrives from the link; the service calls back when it has handled a request inside
 * the soft interrupt. */
void tg_adapter_start(struct tg_world *world);
void tg_adapter_receive(struct tg_world *world, struct tg_request *request);
void tg_adapter_continue(struct tg_world *world);

/* The service: takes a request from the soft interrupt. True where it handles it there and then, and will
 * call tg_adapter_continue(). */
void tg_service_start(struct tg_world *world);
bool tg_service_deliver(struct tg_world *world, struct tg_request *request);

void tg_noise_start(struct tg_world *world, uint64_t replication);

#endif
