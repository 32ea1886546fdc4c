/* The network adapter's ring, its interrupts, and the soft interrupt that empties it. */
#include "tg_world_parts.h"

static bool one_interrupt_each(const struct tg_world *world)
{
    return world->scenario->adapter.interrupts == TG_INTERRUPTS_EACH;
}

static void raise_interrupt(struct tg_world *world)
{
    struct tg_adapter *a = &world->adapter;
    a->interrupt_busy = true;
    a->interrupting = a->ring.first;
    a->interrupt_job.service_ps =
        tg_path_pay(world->path, &world->streams, TG_POINT_INTERRUPT, a->interrupting->paid_ps);
    world->result->interrupts++;
    tg_cpu_submit(&world->cpu, &a->interrupt_job);
}

void tg_adapter_receive(struct tg_world *world, struct tg_request *request)
{
    struct tg_adapter *a = &world->adapter;
    if (a->ring.count >= world->scenario->adapter.ring) {
        tg_client_lost(world, request, TG_LOSS_RING);
        return;
    }
    tg_request_push(&a->ring, request);
    if (!a->interrupt_busy)
        raise_interrupt(world);
}

/* Past its budget, polling leaves the soft interrupt for a thread that shares the core. */
static void choose_context(struct tg_world *world, struct tg_job *job)
{
    bool thread = !one_interrupt_each(world) && world->adapter.polled > world->scenario->adapter.budget;
    job->klass = thread ? TG_CLASS_USER : TG_CLASS_SOFT_IRQ;
    job->thread = thread ? THREAD_POLLING : THREAD_NONE;
}

static void poll_next(struct tg_world *world)
{
    struct tg_adapter *a = &world->adapter;
    struct tg_request_queue *source = one_interrupt_each(world) ? &a->backlog : &a->ring;
    if (!source->count) {
        a->polling = false;
        a->polled = 0;
        if (!one_interrupt_each(world))
            a->interrupt_busy = false;
        return;
    }
    struct tg_request *r = tg_request_pop(source);
    a->polling = true;
    a->polled++;
    a->polled_request = r;
    tg_ps now = tg_sim_now(&world->sim);
    /* What the interrupt took of this packet's time in the ring is paid already, not waited. */
    tg_ps paid = 0;
    for (uint32_t i = 0; i < world->path->cost_count; i++)
        paid += r->paid_ps[i];
    r->waited_ps[TG_WAIT_RING] += now - r->ringed_ps - paid;
    a->poll_job.service_ps = tg_path_pay(world->path, &world->streams, TG_POINT_PACKET_IN, r->paid_ps);
    choose_context(world, &a->poll_job);
    tg_cpu_submit(&world->cpu, &a->poll_job);
}

static void on_interrupt_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_adapter *a = &world->adapter;
    (void)sim;
    if (one_interrupt_each(world)) {
        struct tg_request *r = tg_request_pop(&a->ring);
        if (a->backlog.count >= world->scenario->adapter.backlog)
            tg_client_lost(world, r, TG_LOSS_BACKLOG);
        else
            tg_request_push(&a->backlog, r);
        a->interrupt_busy = false;
        if (a->ring.count)
            raise_interrupt(world);
    }
    if (!a->polling)
        poll_next(world);
}

/* Books the switch that a job paid, as its own primitive. */
static void book_switch(struct tg_world *world, struct tg_request *request, const struct tg_job *job)
{
    if (job->switch_ps)
        request->paid_ps[world->path->switch_cost] += job->switch_ps;
}

static void on_poll_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_world *world = job->owner;
    struct tg_request *r = world->adapter.polled_request;
    book_switch(world, r, job);
    r->waited_ps[TG_WAIT_CPU] += tg_job_waited(job, tg_sim_now(sim));
    if (!tg_service_deliver(world, r))
        poll_next(world);
}

void tg_adapter_continue(struct tg_world *world)
{
    poll_next(world);
}

void tg_adapter_start(struct tg_world *world)
{
    struct tg_adapter *a = &world->adapter;
    *a = (struct tg_adapter){0};
    a->interrupt_job =
        (struct tg_job){.done = on_interrupt_done, .owner = world, .core = CORE, .klass = TG_CLASS_HARD_IRQ};
    a->poll_job =
        (struct tg_job){.done = on_poll_done, .owner = world, .core = CORE, .klass = TG_CLASS_SOFT_IRQ};
}
