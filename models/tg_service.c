/* The server: its queue, its sleep, and its handling of requests. */
#include "tg_world_parts.h"

static bool runs_in_soft_irq(const struct tg_world *world)
{
    return world->path->runs_in == TG_CLASS_SOFT_IRQ;
}

static void handle(struct tg_world *world, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    s->current = r;
    s->request_job.service_ps = tg_path_pay(world->path, &world->streams, TG_POINT_REQUEST, r->paid_ps) +
                                tg_path_pay(world->path, &world->streams, TG_POINT_REPLY, r->paid_ps);
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
    r->waited_ps[TG_WAIT_QUEUE] += tg_sim_now(&world->sim) - r->queued_ps;
    handle(world, r);
}

static void on_request_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_request *r = world->service.current;
    if (job->switch_ps)
        r->paid_ps[world->path->switch_cost] += job->switch_ps;
    r->waited_ps[TG_WAIT_CPU] += tg_job_waited(job, tg_sim_now(sim));
    tg_client_replied(world, r);
    if (runs_in_soft_irq(world))
        tg_adapter_continue(world);
    else
        handle_next(world);
}

/* The request that woke the server is the first in its queue, and pays for it. */
static void on_wakeup_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_service *s = &world->service;
    struct tg_request *r = tg_request_pop(&s->queue);
    r->waited_ps[TG_WAIT_CPU] += tg_job_waited(job, tg_sim_now(sim));
    handle(world, r);
}

static void wake(struct tg_world *world, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    s->asleep = false;
    s->current = r;
    s->wakeup_job.service_ps = tg_path_pay(world->path, &world->streams, TG_POINT_WAKEUP, r->paid_ps);
    world->result->wakeups++;
    tg_cpu_submit(&world->cpu, &s->wakeup_job);
}

bool tg_service_deliver(struct tg_world *world, struct tg_request *r)
{
    struct tg_service *s = &world->service;
    if (runs_in_soft_irq(world)) {
        s->request_job.klass = world->adapter.poll_job.klass;
        s->request_job.thread = world->adapter.poll_job.thread;
        handle(world, r);
        return true;
    }
    if (s->queue.count >= world->path->queue_limit) {
        tg_client_lost(world, r, TG_LOSS_QUEUE);
        return false;
    }
    r->queued_ps = tg_sim_now(&world->sim);
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
    /* The cost of a wake-up includes the switch to the server's thread, so the wake-up runs as that thread's.
     */
    s->wakeup_job =
        (struct tg_job){.done = on_wakeup_done, .owner = world, .core = CORE, .klass = TG_CLASS_KERNEL};
    s->request_job = (struct tg_job){.done = on_request_done,
                                     .owner = world,
                                     .core = CORE,
                                     .klass = (unsigned)world->path->runs_in,
                                     .thread = user ? THREAD_SERVER : THREAD_NONE};
}
