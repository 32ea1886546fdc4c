/* The parts of a world, for the files that make it up: hops, service, TCP, client, noise. Not for others. */
#ifndef TG_WORLD_PARTS_H
#define TG_WORLD_PARTS_H

#include "tg_arrivals.h"
#include "tg_cpu.h"
#include "tg_lapse.h"
#include "tg_wide.h"
#include "tg_world.h"

/* Among events at one time: what completes goes before what arrives. */
enum { PRIORITY_DONE, PRIORITY_ARRIVAL, PRIORITY_NOISE };

/* Workers have THREAD_WORKER, THREAD_WORKER + 1, ... */
enum { THREAD_NONE, THREAD_POLLING, THREAD_WORKER };

enum { NOISES_MAX = 8 };

enum tg_packet_kind {
    /* From the client. */
    TG_PACKET_DATAGRAM,
    TG_PACKET_SYN,
    TG_PACKET_ACK,
    TG_PACKET_REQUEST,
    TG_PACKET_FIN,
    /* From the server. */
    TG_PACKET_REPLY,
    TG_PACKET_SYN_ACK,
    TG_PACKET_DATA,
    TG_PACKET_LAST_DATA,
    TG_PACKET_SERVER_ACK,
    TG_PACKET_SERVER_FIN,
    TG_PACKET_KINDS
};

/* Client and server, each in its own state of a connection. */
enum { CLIENT_CONNECTING, CLIENT_WAITING, CLIENT_CLOSING, CLIENT_GONE };
enum { SERVER_NONE, SERVER_HALF_OPEN, SERVER_OPEN, SERVER_REPLIED, SERVER_CLOSING, SERVER_CLOSED };

/* A request, and the connection that carries it. Its latency is taken apart as it goes: everything up to
 * clock_ps is booked, as paid for a primitive or waited at a place. It lives as long as anyone refers to it:
 * the client, the server, and packets. */
struct tg_request {
    struct tg_request *next;
    tg_ps intended_ps;
    tg_ps clock_ps;
    tg_ps queued_ps; /* when it was put into the queue it is in */
    tg_ps syn_ps;    /* when the last SYN was sent */
    tg_ps asked_ps;  /* when the client's program began to send the request */
    tg_ps heard_ps;  /* when it had read the first byte of the reply */
    tg_event timeout;
    uint32_t references;
    uint32_t segments_left; /* of the reply, at the client */
    uint32_t unsent;        /* ... at the server, which waits for acknowledgements */
    uint16_t client;
    uint8_t client_state, server_state, task, syn_tries;
    bool counted;    /* intended within the window */
    bool ended;      /* replied or failed: what comes now has no ledger any more */
    bool doomed;     /* a datagram of it was lost, and the client does not know */
    bool accepting;  /* it takes a place in the accept queue */
    bool fin_seen;   /* by the server */
    bool fin_early;  /* the server's, by the client, before the reply was complete */
    bool in_service; /* a worker has it, or it waits for one */
    uint8_t doomed_by;
    struct tg_worker *worker; /* which holds its connection */
    tg_ps paid_ps[TG_PATH_COSTS_MAX];
    tg_ps waited_ps[TG_WAITS_MAX];
};

struct tg_packet {
    struct tg_packet *next;
    struct tg_request *request;
    tg_ps entered_ps; /* the queue it is in */
    tg_ps sent_ps;
    uint8_t kind, tries;
    uint8_t acknowledges; /* an ACK: so many segments */
    bool pushed;          /* data: the last until something is acknowledged */
};

/* Queues: first in, first out. Each proves Little's law on itself: the integral of its length over time is
 * the sum of the times spent in it. */
struct tg_little {
    int64_t count;
    tg_ps changed_ps;
    tg_u128 area, waited;
};

struct tg_packet_queue {
    struct tg_packet *first, *last;
    struct tg_little little;
};

struct tg_request_queue {
    struct tg_request *first, *last;
    struct tg_little little;
};

struct tg_hop;
/* What follows a hop. True where it goes on working in the hop's own context, and will call
 * tg_hop_continue(). */
typedef bool tg_hop_next_fn(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet);

struct tg_hop {
    struct tg_world *world;
    struct tg_packet_queue ring, backlog;
    int64_t ring_limit, backlog_limit, budget;
    tg_ps coalesce_ps;
    int64_t coalesce_packets;
    tg_event coalescing; /* a notice that waits for more packets, or 0 */
    unsigned notify_point, packet_point;
    enum tg_wait wait;
    enum tg_loss ring_loss, backlog_loss;
    unsigned packet_class;
    bool adapter; /* the server's own */
    bool each;    /* one notice a packet, and a backlog behind it */
    bool busy;    /* a notice is under way, or notices are off while polling */
    bool polling;
    int64_t polled; /* in a row */
    struct tg_job notify_job, packet_job;
    struct tg_payment notify_payment, packet_payment;
    struct tg_packet *current;
    tg_hop_next_fn *next;
    struct tg_hop *following; /* where `next` passes packets on, or NULL */
};

/* What a worker does for a request. Replying is part of serving, but for those that are sent in batches. */
enum tg_task { TG_TASK_SERVE, TG_TASK_REPLY, TG_TASK_CLOSE };

struct tg_worker {
    struct tg_worker *next_idle;
    struct tg_world *world;
    struct tg_job job;
    struct tg_payment payment;
    struct tg_request *request;      /* in hand */
    struct tg_request_queue replies; /* to be sent when the batch is complete */
    struct tg_hop *hop;              /* in whose context it works, or NULL */
    uint8_t task;
    bool waking, asleep;
    bool holding; /* waits for the end of a connection, and takes no other */
};

struct tg_service {
    struct tg_worker *workers;
    struct tg_worker *idle_first, *idle_last; /* the one that waits longest is taken first */
    struct tg_request_queue queue;
    int64_t accepting; /* connections that no worker has taken up */
    int64_t half_open, open;
    struct tg_lapse *closed; /* memory not yet reclaimed */
    bool dead;
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

/* Jitter of a client's CPU: its next stroke. */
struct tg_stroke_source {
    const struct tg_noise *noise;
    struct tg_rng rng;
    tg_ps next_ps, phase_ps;
    int64_t ticks;
};

/* A client's machine: one CPU, which does everything in the order in which it comes up. */
struct tg_machine {
    tg_ps free_ps;
    tg_ps busy_ps;
    struct tg_stroke_source strokes[NOISES_MAX];
    int64_t open;  /* sockets, or requests under way */
    int64_t bound; /* ports of open sockets */
    struct tg_lapse *time_wait;
    struct tg_rng ports;
    struct tg_request_queue unsent; /* datagrams that are due, and wait until it has nothing else to do */
    bool sending;                   /* an event will send the first of them */
};

/* When a direction of the link is free: at its sender, and behind the switch, where there is one. */
struct tg_lane {
    tg_ps free_ps, far_free_ps;
};

struct tg_client {
    struct tg_machine *machines;
    struct tg_arrivals arrivals;
    tg_ps next_ps;           /* intended time of the next request */
    struct tg_lane up, down; /* the link's two directions */
    size_t turn;             /* whose turn it is */
    /* A window: */
    tg_ps gap_ps, allowed_ps;
    int64_t outstanding;
    bool pacing; /* an event will send the next */
    /* Users: */
    struct tg_rng thinking;
    int64_t users;
};

struct tg_carry {
    tg_ps epoch_ps; /* time 0 of the run under way */
    struct tg_lapse closed;
    struct tg_lapse time_wait[]; /* one a client */
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
    struct tg_noise_source noises[NOISES_MAX * (TG_CORE_ROLES + 1)];
    size_t noise_count;
    struct tg_request *requests; /* the pool */
    size_t request_count, fresh_request;
    struct tg_request *free_request;
    struct tg_packet *packets;
    size_t packet_count, fresh_packet;
    struct tg_packet *free_packet;
    struct tg_payment scratch; /* the client's */
    struct tg_carry *own_carry, *carry;
    int64_t segments; /* of a reply */
    tg_ps reading_ps; /* what reading it takes the client, on the average */
    int64_t open;     /* requests whose end is still to come */
    int64_t live;     /* requests that someone refers to */
    bool sending;     /* more requests will come */
    bool over;        /* the horizon has passed */
    tg_ps stop_ps;    /* when the run ends at the latest */
    struct tg_result *result;
    tg_ps busy_at_warm_up_ps[TG_CLASS_COUNT], driver_busy_at_warm_up_ps;
};

static inline struct tg_world *world_of(struct tg_sim *sim)
{
    return (struct tg_world *)(void *)((char *)sim - offsetof(struct tg_world, sim));
}

static inline tg_ps world_now(const struct tg_world *world)
{
    return tg_sim_now(&world->sim);
}

/* Queues. */

static inline void little_change(struct tg_little *little, tg_ps now, int change)
{
    little->area += (tg_u128)(uint64_t)little->count * (uint64_t)(now - little->changed_ps);
    little->changed_ps = now;
    little->count += change;
}

static inline void packet_push(struct tg_packet_queue *queue, struct tg_packet *packet, tg_ps now)
{
    packet->next = NULL;
    packet->entered_ps = now;
    if (queue->first)
        queue->last->next = packet;
    else
        queue->first = packet;
    queue->last = packet;
    little_change(&queue->little, now, 1);
}

static inline struct tg_packet *packet_pop(struct tg_packet_queue *queue, tg_ps now)
{
    struct tg_packet *packet = queue->first;
    queue->first = packet->next;
    little_change(&queue->little, now, -1);
    queue->little.waited += (uint64_t)(now - packet->entered_ps);
    return packet;
}

static inline void request_push(struct tg_request_queue *queue, struct tg_request *request, tg_ps now)
{
    request->next = NULL;
    request->queued_ps = now;
    if (queue->first)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    little_change(&queue->little, now, 1);
}

static inline struct tg_request *request_pop(struct tg_request_queue *queue, tg_ps now)
{
    struct tg_request *request = queue->first;
    queue->first = request->next;
    little_change(&queue->little, now, -1);
    queue->little.waited += (uint64_t)(now - request->queued_ps);
    return request;
}

/* The ledger. */

/* What went by since the last booking was waited at a place. */
static inline void tg_request_book(struct tg_request *request, tg_ps now, unsigned wait)
{
    request->waited_ps[wait] += now - request->clock_ps;
    request->clock_ps = now;
}

/* Work is done: its CPU time is booked, and, where a request waited for it (else NULL), on its ledger too,
 * with the rest of the time since its last booking as waited at a place. */
static inline void tg_world_settle(struct tg_world *world, struct tg_request *request,
                                   const struct tg_payment *payment, tg_ps now, unsigned wait)
{
    for (unsigned i = 0; i < payment->count; i++)
        world->result->spent_ps[payment->items[i].cost] += payment->items[i].ps;
    if (!request)
        return;
    for (unsigned i = 0; i < payment->count; i++)
        request->paid_ps[payment->items[i].cost] += payment->items[i].ps;
    request->waited_ps[wait] += now - request->clock_ps - payment->total_ps;
    request->clock_ps = now;
}

static inline void tg_payment_clear(struct tg_payment *payment)
{
    payment->total_ps = 0;
    payment->count = 0;
}

static inline void tg_world_pay(struct tg_world *world, unsigned point, int64_t times,
                                struct tg_payment *payment)
{
    tg_path_pay(world->path, &world->streams, point, times, payment);
}

/* The same at a point whose prices may go by how long the server's core has had nothing to do. */
static inline void tg_world_pay_idle(struct tg_world *world, unsigned point, struct tg_payment *payment)
{
    tg_path_pay_idle(world->path, &world->streams, point, tg_core_idle_ps(&world->cpu, TG_CORE_SERVER),
                     payment);
}

/* Adds a context switch that the job paid. */
static inline void tg_payment_add_switch(const struct tg_world *world, struct tg_payment *payment,
                                         tg_ps switch_ps)
{
    if (!switch_ps)
        return;
    payment->items[payment->count].cost = world->path->switch_cost;
    payment->items[payment->count++].ps = switch_ps;
    payment->total_ps += switch_ps;
}

/* tg_world.c: requests and packets. */
/* Ends a run that waits for all requests to end, where they have. */
void tg_world_end_if_done(struct tg_world *world);
/* NULL where the pool is empty. */
struct tg_request *tg_request_new(struct tg_world *world, tg_ps intended_ps);
struct tg_packet *tg_packet_new(struct tg_world *world, struct tg_request *request, enum tg_packet_kind kind);
void tg_packet_free(struct tg_world *world, struct tg_packet *packet);
void tg_request_unref(struct tg_world *world, struct tg_request *request);

/* Whose ledger a packet carries on: that of its request, where the reply waits for it; else NULL. */
struct tg_request *tg_packet_ledger(const struct tg_packet *packet);

/* tg_client.c. The clients begin, take replies, and learn what failed. */
int tg_client_init(struct tg_world *world, struct tg_error *err);
int tg_client_start(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err);
void tg_client_release(struct tg_world *world);
/* At the end of a run: ports of connections that are not yet closed. */
void tg_client_hand_on(struct tg_world *world);
/* Adds what a packet costs its sender; where there is no adapter between, its taking up at the server too. */
void tg_client_pay_packet(struct tg_world *world, enum tg_packet_kind kind);
/* The machine does work: from `now`, or when it is free; returns when it is done. */
tg_ps tg_machine_work(struct tg_world *world, struct tg_machine *machine, tg_ps now);
/* The reply is complete at `at`; the ledger is booked up to there. */
void tg_client_replied(struct tg_world *world, struct tg_request *request, tg_ps at);
/* The request fails. */
void tg_client_failed(struct tg_world *world, struct tg_request *request, enum tg_loss cause);
/* The client is rid of the socket from `at` on. */
void tg_client_release_socket(struct tg_world *world, struct tg_request *request, tg_ps at);
static inline struct tg_machine *client_machine(struct tg_world *world, const struct tg_request *request)
{
    return &world->client.machines[request->client];
}

/* tg_wire.c. A packet is sent at `at`, not before now, and may be lost on the way. */
void tg_wire_to_server(struct tg_world *world, struct tg_packet *packet, tg_ps at);
void tg_wire_to_client(struct tg_world *world, struct tg_packet *packet);
/* The server sends: through the hops, then by the wire. */
void tg_server_send(struct tg_world *world, struct tg_request *request, enum tg_packet_kind kind);
void tg_server_send_packet(struct tg_world *world, struct tg_packet *packet);
/* Nothing comes of the packet where it is. */
void tg_packet_lost(struct tg_world *world, struct tg_packet *packet, enum tg_loss cause);

/* tg_tcp.c and tg_udp.c: the two ends of the protocols. */
void tg_udp_begin(struct tg_world *world, struct tg_request *request);
void tg_udp_client_receive(struct tg_world *world, struct tg_packet *packet);
bool tg_udp_server_receive(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet);
void tg_tcp_begin(struct tg_world *world, struct tg_request *request);
void tg_tcp_timed_out(struct tg_world *world, struct tg_request *request);
void tg_tcp_client_receive(struct tg_world *world, struct tg_packet *packet);
/* What the soft interrupt pays for a packet beside packet_in. */
void tg_tcp_server_pay(struct tg_world *world, const struct tg_packet *packet, struct tg_payment *payment);
bool tg_tcp_server_receive(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet);
/* Segments of a reply that are sent at once; of a datagram 1. */
int64_t tg_tcp_first_segments(const struct tg_world *world);
void tg_tcp_served(struct tg_world *world, struct tg_request *request);
void tg_tcp_closed(struct tg_world *world, struct tg_request *request);
/* A lost segment: sent again after a while, or given up. The packet is its. */
void tg_tcp_lost(struct tg_world *world, struct tg_packet *packet);

/* tg_hop.c: a packet arrives at a hop; the service goes on with its queue after it handled a request in its
 * context. */
void tg_hops_start(struct tg_world *world);
void tg_hop_receive(struct tg_hop *hop, struct tg_packet *packet);
void tg_hop_continue(struct tg_hop *hop);
/* True where nothing waits for it: then its poll ends. */
bool tg_hop_empty(struct tg_hop *hop);

/* tg_service.c: there is something to do for a request. True where it is done in the hop's context. */
int tg_service_init(struct tg_world *world, struct tg_error *err);
void tg_service_start(struct tg_world *world);
bool tg_service_take(struct tg_world *world, struct tg_hop *hop, struct tg_request *request,
                     enum tg_task task);

/* tg_memory.c: of the server's machine. */
bool tg_memory_take(struct tg_world *world);
void tg_memory_give_back(struct tg_world *world);

void tg_noise_start(struct tg_world *world, uint64_t replication);

#endif
