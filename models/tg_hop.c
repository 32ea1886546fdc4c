/* A hop: the queue, the notice and the work that packets meet at one place: the server's own adapter, and
 * those that a technique puts in. */
#include "tg_world_parts.h"

static void notify(struct tg_hop *hop)
{
    struct tg_world *world = hop->world;
    hop->busy = true;
    hop->notify_job.service_ps = tg_request_pay(world, hop->ring.first, hop->notify_point);
    world->result->interrupts++;
    tg_cpu_submit(&world->cpu, &hop->notify_job);
}

void tg_hop_receive(struct tg_hop *hop, struct tg_request *request)
{
    if (hop->ring.count >= hop->ring_limit) {
        tg_client_lost(hop->world, request, hop->ring_loss);
        return;
    }
    tg_request_push(&hop->ring, request);
    if (!hop->busy)
        notify(hop);
}

/* Past its budget, polling leaves the soft interrupt for a thread that shares the core. */
static void choose_context(struct tg_hop *hop)
{
    bool thread = !hop->each && hop->polled > hop->budget && hop->packet_class == TG_CLASS_SOFT_IRQ;
    hop->packet_job.klass = thread ? TG_CLASS_USER : hop->packet_class;
    hop->packet_job.thread = thread ? THREAD_POLLING : THREAD_NONE;
}

static void poll_next(struct tg_hop *hop)
{
    struct tg_world *world = hop->world;
    struct tg_request_queue *source = hop->each ? &hop->backlog : &hop->ring;
    if (!source->count) {
        hop->polling = false;
        hop->polled = 0;
        if (!hop->each)
            hop->busy = false;
        return;
    }
    struct tg_request *r = tg_request_pop(source);
    hop->polling = true;
    hop->polled++;
    hop->current = r;
    tg_request_book(r, tg_sim_now(&world->sim), hop->wait);
    hop->packet_job.service_ps = tg_request_pay(world, r, hop->packet_point);
    choose_context(hop);
    tg_cpu_submit(&world->cpu, &hop->packet_job);
}

static void to_backlog(struct tg_hop *hop)
{
    struct tg_request *r = tg_request_pop(&hop->ring);
    if (hop->backlog.count >= hop->backlog_limit)
        tg_client_lost(hop->world, r, hop->backlog_loss);
    else
        tg_request_push(&hop->backlog, r);
    hop->busy = false;
    if (hop->ring.count)
        notify(hop);
}

static void on_notified(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_hop *hop = job->owner;
    (void)sim;
    if (hop->each)
        to_backlog(hop);
    if (!hop->polling)
        poll_next(hop);
}

static void on_packet_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_hop *hop = job->owner;
    struct tg_request *r = hop->current;
    tg_request_pay_switch(hop->world, r, job->switch_ps);
    tg_request_book(r, tg_sim_now(sim), TG_WAIT_CPU);
    if (!hop->next(hop->world, hop, r))
        poll_next(hop);
}

void tg_hop_continue(struct tg_hop *hop)
{
    poll_next(hop);
}

static bool pass_on(struct tg_world *world, struct tg_hop *hop, struct tg_request *request)
{
    (void)world;
    tg_hop_receive(hop->following, request);
    return false;
}

static bool leave(struct tg_world *world, struct tg_hop *hop, struct tg_request *request)
{
    (void)hop;
    tg_client_reply(world, request);
    return false;
}

static void prepare_jobs(struct tg_hop *hop, int core, unsigned notify_class)
{
    hop->notify_job = (struct tg_job){.done = on_notified, .owner = hop, .core = core, .klass = notify_class};
    hop->packet_job =
        (struct tg_job){.done = on_packet_done, .owner = hop, .core = core, .klass = hop->packet_class};
}

static void start_adapter(struct tg_world *world)
{
    const struct tg_adapter_settings *settings = &world->scenario->adapter;
    world->adapter = (struct tg_hop){.world = world,
                                     .ring_limit = settings->ring,
                                     .backlog_limit = settings->backlog,
                                     .budget = settings->budget,
                                     .notify_point = TG_POINT_INTERRUPT,
                                     .packet_point = TG_POINT_PACKET_IN,
                                     .wait = TG_WAIT_RING,
                                     .ring_loss = TG_LOSS_RING,
                                     .backlog_loss = TG_LOSS_BACKLOG,
                                     .packet_class = TG_CLASS_SOFT_IRQ,
                                     .each = settings->interrupts == TG_INTERRUPTS_EACH,
                                     .next = tg_service_deliver};
    prepare_jobs(&world->adapter, TG_CORE_SERVER, TG_CLASS_HARD_IRQ);
}

static void start_hop(struct tg_world *world, unsigned i)
{
    const struct tg_path_hop *spec = &world->path->hops[i];
    const struct tg_hop_settings *settings = spec->settings;
    struct tg_hop *hop = &world->hops[i];
    *hop = (struct tg_hop){.world = world,
                           .ring_limit = settings->queue,
                           .backlog_limit = settings->queue,
                           .budget = INT64_MAX,
                           .notify_point = spec->notify_point,
                           .packet_point = spec->packet_point,
                           .wait = (enum tg_wait)(TG_WAIT_FIXED + i),
                           .ring_loss = (enum tg_loss)(TG_LOSS_FIXED + i),
                           .backlog_loss = (enum tg_loss)(TG_LOSS_FIXED + i),
                           .packet_class = (unsigned)settings->packet_class,
                           .each = settings->interrupts == TG_INTERRUPTS_EACH};
    prepare_jobs(hop, settings->core, (unsigned)settings->notify_class);
    if (settings->direction == TG_RECEIVE) {
        /* The newest lies outside the others. */
        hop->following = world->first_in;
        hop->next = pass_on;
        world->first_in = hop;
        return;
    }
    hop->next = leave;
    struct tg_hop **link = &world->first_out;
    while (*link) {
        (*link)->next = pass_on;
        link = &(*link)->following;
    }
    *link = hop;
}

void tg_hops_start(struct tg_world *world)
{
    start_adapter(world);
    world->first_in = &world->adapter;
    world->first_out = NULL;
    for (unsigned i = 0; i < world->path->hop_count; i++)
        start_hop(world, i);
}
