/* The server: its queue, its sleep, and its handling of requests. */
#include "tg_world_parts.h"

static void handle(struct tg_world *world, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    s->current = r;
    s->request_job.service_ps =
        tg_request_pay(world, r, TG_POINT_REQUEST) + tg_request_pay(world, r, TG_POINT_REPLY);
    tg_cpu_submit(&world->cpu, &s->request_job);
}

static void handle_next(struct tg_world *world)
{
    struct tg_service *s = &world->service;
    if (!s->queue.count) {
        s->current = NULL;
        s->asleep = world->path->sleeps;
        return;
    }
    struct tg_request *r = tg_request_pop(&s->queue);
    tg_request_book(r, tg_sim_now(&world->sim), TG_WAIT_QUEUE);
    handle(world, r);
}

static void send_reply(struct tg_world *world, struct tg_request *r)
{
    if (world->first_out)
        tg_hop_receive(world->first_out, r);
    else
        tg_client_reply(world, r);
}

static void on_request_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_request *r = world->service.current;
    struct tg_hop *hop = world->service.inline_hop;
    tg_request_pay_switch(world, r, job->switch_ps);
    tg_request_book(r, tg_sim_now(sim), TG_WAIT_CPU);
    send_reply(world, r);
    if (hop)
        tg_hop_continue(hop);
    else
        handle_next(world);
}

/* The request that woke the server is the first in its queue, and pays for it. */
static void on_wakeup_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_request *r = tg_request_pop(&world->service.queue);
    tg_request_book(r, tg_sim_now(sim), TG_WAIT_CPU);
    handle(world, r);
}

static void wake(struct tg_world *world, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    s->asleep = false;
    s->current = r;
    s->wakeup_job.service_ps = tg_request_pay(world, r, TG_POINT_WAKEUP);
    world->result->wakeups++;
    tg_cpu_submit(&world->cpu, &s->wakeup_job);
}

bool tg_service_deliver(struct tg_world *world, struct tg_hop *hop, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    if (world->path->runs_in == TG_CLASS_SOFT_IRQ) {
        s->inline_hop = hop;
        s->request_job.klass = hop->packet_job.klass;
        s->request_job.thread = hop->packet_job.thread;
        handle(world, r);
        return true;
    }
    if (s->queue.count >= world->path->queue_limit) {
        tg_client_lost(world, r, TG_LOSS_QUEUE);
        return false;
    }
    tg_request_push(&s->queue, r);
    if (s->asleep)
        wake(world, r);
    else if (!s->current)
        handle_next(world);
    return false;
}

void tg_service_start(struct tg_world *world)
{
    struct tg_service *s = &world->service;
    bool user = world->path->runs_in == TG_CLASS_USER;
    *s = (struct tg_service){.asleep = world->path->sleeps};
    s->wakeup_job = (struct tg_job){
        .done = on_wakeup_done, .owner = world, .core = TG_CORE_SERVER, .klass = TG_CLASS_KERNEL};
    s->request_job = (struct tg_job){.done = on_request_done,
                                     .owner = world,
                                     .core = TG_CORE_SERVER,
                                     .klass = (unsigned)world->path->runs_in,
                                     .thread = user ? THREAD_SERVER : THREAD_NONE};
}
