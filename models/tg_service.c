/* The server: its workers, their sleep, and what they do for requests. */
#include <stdlib.h>

#include "tg_world_parts.h"

static void push_idle(struct tg_service *s, struct tg_worker *worker)
{
    worker->next_idle = NULL;
    if (s->idle_first)
        s->idle_last->next_idle = worker;
    else
        s->idle_first = worker;
    s->idle_last = worker;
}

static struct tg_worker *pop_idle(struct tg_service *s)
{
    struct tg_worker *worker = s->idle_first;
    if (worker)
        s->idle_first = worker->next_idle;
    return worker;
}

static void pay_to_reply(struct tg_world *world, struct tg_payment *payment)
{
    tg_world_pay(world, TG_POINT_REPLY, 1, payment);
    tg_world_pay(world, TG_POINT_PACKET_OUT, tg_tcp_first_segments(world), payment);
}

/* Everything that the server does for a request until it has sent, in one piece, its own class and thread all
 * along; in batches the sending is a piece of its own. */
static void pay_to_serve(struct tg_world *world, struct tg_payment *payment)
{
    const struct tg_path *path = world->path;
    if (path->protocol == TG_TCP)
        tg_world_pay(world, TG_POINT_ACCEPT, 1, payment);
    tg_world_pay(world, TG_POINT_REQUEST, 1, payment);
    if (path->reply_batch == 1)
        pay_to_reply(world, payment);
}

static void pay_to_close(struct tg_world *world, struct tg_payment *payment)
{
    tg_world_pay(world, TG_POINT_CLOSE, 1, payment);
    tg_world_pay(world, TG_POINT_PACKET_OUT, 1, payment);
}

static void (*const pay_for[])(struct tg_world *, struct tg_payment *) = {
    [TG_TASK_SERVE] = pay_to_serve, [TG_TASK_REPLY] = pay_to_reply, [TG_TASK_CLOSE] = pay_to_close};

static void choose_context(struct tg_world *world, struct tg_worker *worker)
{
    const struct tg_path *path = world->path;
    worker->job.klass = (unsigned)path->runs_in;
    worker->job.thread = path->runs_in == TG_CLASS_USER
                             ? THREAD_WORKER + (uint32_t)(worker - world->service.workers)
                             : THREAD_NONE;
    if (worker->hop) {
        worker->job.klass = worker->hop->packet_job.klass;
        worker->job.thread = worker->hop->packet_job.thread;
    }
}

static void begin(struct tg_worker *worker)
{
    struct tg_world *world = worker->world;
    tg_payment_clear(&worker->payment);
    if (worker->request->accepting) {
        worker->request->accepting = false;
        world->service.accepting--;
    }
    pay_for[worker->task](world, &worker->payment);
    worker->job.service_ps = worker->payment.total_ps;
    choose_context(world, worker);
    tg_cpu_submit(&world->cpu, &worker->job);
}

static void wake(struct tg_worker *worker)
{
    struct tg_world *world = worker->world;
    worker->asleep = false;
    worker->waking = true;
    tg_payment_clear(&worker->payment);
    /* Where an adapter's interrupt comes first, it has paid for the idle core. */
    if (world->path->system.adapter.core == TG_ADAPTER_SENDER && tg_core_idle(&world->cpu, TG_CORE_SERVER))
        tg_world_pay_idle(world, TG_POINT_IDLE_EXIT, &worker->payment);
    tg_world_pay_idle(world, TG_POINT_WAKEUP, &worker->payment);
    worker->job.service_ps = worker->payment.total_ps;
    worker->job.klass = TG_CLASS_KERNEL;
    worker->job.thread = THREAD_NONE;
    world->result->wakeups++;
    tg_cpu_submit(&world->cpu, &worker->job);
}

static void assign(struct tg_worker *worker, struct tg_request *request, enum tg_task task)
{
    worker->request = request;
    worker->task = (uint8_t)task;
    if (worker->asleep)
        wake(worker);
    else
        begin(worker);
}

/* The ledger of a request that a worker serves; closing is on nobody's. */
static struct tg_request *ledger_of(const struct tg_worker *worker)
{
    return worker->task != TG_TASK_CLOSE && !worker->request->ended ? worker->request : NULL;
}

/* Takes the next request from the queue, or rests. */
static void go_on(struct tg_worker *worker)
{
    struct tg_world *world = worker->world;
    struct tg_service *s = &world->service;
    if (!s->queue.little.count) {
        worker->asleep = world->path->sleeps;
        push_idle(s, worker);
        return;
    }
    struct tg_request *r = request_pop(&s->queue, world_now(world));
    if (r->task == TG_TASK_SERVE && !r->ended)
        tg_request_book(r, world_now(world), TG_WAIT_QUEUE);
    assign(worker, r, (enum tg_task)r->task);
}

/* The worker keeps the connection until its other end closes it. */
static void hold(struct tg_worker *worker, struct tg_request *request)
{
    request->worker = worker;
    worker->holding = true;
    if (request->fin_seen) {
        assign(worker, request, TG_TASK_CLOSE);
        return;
    }
    worker->asleep = worker->world->path->sleeps;
    worker->request = NULL;
}

static bool batch_ends(const struct tg_worker *worker)
{
    const struct tg_world *world = worker->world;
    return worker->replies.little.count >= world->path->reply_batch ||
           (worker->hop ? tg_hop_empty(worker->hop) : !world->service.queue.little.count);
}

/* The client may give a request up while its reply waits for the others; it is sent all the same. False where
 * the batch has left. */
static bool begin_reply(struct tg_worker *worker)
{
    struct tg_world *world = worker->world;
    if (!worker->replies.first)
        return false;
    struct tg_request *r = request_pop(&worker->replies, world_now(world));
    if (!r->ended)
        tg_request_book(r, world_now(world), world->path->batch_wait);
    assign(worker, r, TG_TASK_REPLY);
    return true;
}

static void send_datagram(struct tg_world *world, struct tg_request *request)
{
    tg_server_send(world, request, TG_PACKET_REPLY);
    tg_request_unref(world, request);
}

/* True where the worker goes on with the replies of its batch. */
static bool finish_datagram(struct tg_worker *worker, struct tg_request *request)
{
    struct tg_world *world = worker->world;
    if (world->path->reply_batch == 1) {
        send_datagram(world, request);
        return false;
    }
    request_push(&worker->replies, request, world_now(world));
    return batch_ends(worker) && begin_reply(worker);
}

/* True where the worker goes on with the request: it closes the connection once the reply has left; or with a
 * batch. */
static bool finish_serving(struct tg_worker *worker, struct tg_request *request)
{
    struct tg_world *world = worker->world;
    const struct tg_path *path = world->path;
    bool closed = request->fin_seen;
    if (path->protocol == TG_TCP && path->closes == TG_CLOSES_SERVER) {
        tg_tcp_served(world, request);
        assign(worker, request, TG_TASK_CLOSE);
        return true;
    }
    request->in_service = false;
    if (path->protocol == TG_UDP)
        return finish_datagram(worker, request);
    tg_tcp_served(world, request);
    if (path->holds == TG_HOLDS_CONNECTION && !worker->hop)
        hold(worker, request);
    else if (closed)
        tg_service_take(world, NULL, request, TG_TASK_CLOSE);
    return false;
}

static bool finish_replying(struct tg_worker *worker, struct tg_request *request)
{
    send_datagram(worker->world, request);
    return begin_reply(worker);
}

static bool finish_closing(struct tg_worker *worker, struct tg_request *request)
{
    worker->holding = false;
    request->in_service = false;
    tg_tcp_closed(worker->world, request);
    return false;
}

/* True where the worker has begun something that follows. */
static bool (*const finish[])(struct tg_worker *, struct tg_request *) = {
    [TG_TASK_SERVE] = finish_serving, [TG_TASK_REPLY] = finish_replying, [TG_TASK_CLOSE] = finish_closing};

static void on_task_done(struct tg_worker *worker, tg_ps now)
{
    struct tg_hop *hop = worker->hop;
    tg_world_settle(worker->world, ledger_of(worker), &worker->payment, now, TG_WAIT_CPU);
    if (finish[worker->task](worker, worker->request))
        return;
    if (hop)
        tg_hop_continue(hop);
    else if (!worker->holding)
        go_on(worker);
}

static void on_job_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_worker *worker = job->owner;
    tg_payment_add_switch(worker->world, &worker->payment, job->switch_ps);
    if (!worker->waking) {
        on_task_done(worker, tg_sim_now(sim));
        return;
    }
    worker->waking = false;
    tg_world_settle(worker->world, ledger_of(worker), &worker->payment, tg_sim_now(sim), TG_WAIT_CPU);
    begin(worker);
}

/* In the soft interrupt there is one worker, and it is never busy when a packet is done. */
static bool serve_inline(struct tg_world *world, struct tg_hop *hop, struct tg_request *request,
                         enum tg_task task)
{
    struct tg_worker *worker = &world->service.workers[0];
    worker->hop = hop;
    assign(worker, request, task);
    return true;
}

bool tg_service_take(struct tg_world *world, struct tg_hop *hop, struct tg_request *request,
                     enum tg_task task)
{
    struct tg_service *s = &world->service;
    request->in_service = true;
    if (world->path->runs_in == TG_CLASS_SOFT_IRQ && hop)
        return serve_inline(world, hop, request, task);
    if (task == TG_TASK_CLOSE && request->worker) {
        assign(request->worker, request, task);
        return false;
    }
    struct tg_worker *worker = pop_idle(s);
    if (worker) {
        if (task == TG_TASK_SERVE && !request->ended)
            tg_request_book(request, world_now(world), TG_WAIT_QUEUE);
        assign(worker, request, task);
        return false;
    }
    request->task = (uint8_t)task;
    request_push(&s->queue, request, world_now(world));
    return false;
}

int tg_service_init(struct tg_world *world, struct tg_error *err)
{
    struct tg_service *s = &world->service;
    s->workers = calloc((size_t)world->path->workers, sizeof *s->workers);
    return s->workers ? TG_OK
                      : tg_error_set(err, TG_ENOMEM, "out of memory for %lld workers",
                                     (long long)world->path->workers);
}

void tg_service_start(struct tg_world *world)
{
    struct tg_worker *workers = world->service.workers;
    world->service = (struct tg_service){.workers = workers, .closed = &world->carry->closed};
    for (int64_t i = 0; i < world->path->workers; i++) {
        workers[i] = (struct tg_worker){.world = world, .asleep = world->path->sleeps};
        workers[i].job = (struct tg_job){.done = on_job_done, .owner = &workers[i], .core = TG_CORE_SERVER};
        push_idle(&world->service, &workers[i]);
    }
}
