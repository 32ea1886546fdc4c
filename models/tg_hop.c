/* A hop: the queue, the notice and the work that packets meet at one place: the server's own adapter, and
 * those that a technique puts in. */
#include "tg_world_parts.h"

static void notify(struct tg_hop *hop)
{
    struct tg_world *world = hop->world;
    struct tg_payment *payment = &hop->notify_payment;
    hop->busy = true;
    tg_payment_clear(payment);
    if (hop->adapter && tg_core_idle(&world->cpu, TG_CORE_SERVER))
        tg_world_pay_idle(world, TG_POINT_IDLE_EXIT, payment);
    tg_world_pay(world, hop->notify_point, 1, payment);
    hop->notify_job.service_ps = payment->total_ps;
    world->result->interrupts++;
    tg_cpu_submit(&world->cpu, &hop->notify_job);
}

static void on_coalesced(struct tg_sim *sim, void *object)
{
    struct tg_hop *hop = object;
    (void)sim;
    hop->coalescing = 0;
    notify(hop);
}

/* Gives a notice that packets are there, or waits for more of them first. */
static void announce(struct tg_hop *hop)
{
    struct tg_sim *sim = &hop->world->sim;
    if (hop->coalesce_ps && hop->ring.little.count < hop->coalesce_packets) {
        if (!hop->coalescing)
            hop->coalescing = tg_sim_after(sim, hop->coalesce_ps, PRIORITY_ARRIVAL, on_coalesced, hop);
        return;
    }
    if (hop->coalescing)
        tg_sim_cancel(sim, hop->coalescing);
    hop->coalescing = 0;
    notify(hop);
}

void tg_hop_receive(struct tg_hop *hop, struct tg_packet *packet)
{
    if (hop->ring.little.count >= hop->ring_limit) {
        tg_packet_lost(hop->world, packet, hop->ring_loss);
        return;
    }
    packet_push(&hop->ring, packet, world_now(hop->world));
    if (!hop->busy)
        announce(hop);
}

/* Past its budget, polling leaves the soft interrupt for a thread that shares the core. */
static void choose_context(struct tg_hop *hop)
{
    bool thread = !hop->each && hop->polled > hop->budget && hop->packet_class == TG_CLASS_SOFT_IRQ;
    hop->packet_job.klass = thread ? TG_CLASS_USER : hop->packet_class;
    hop->packet_job.thread = thread ? THREAD_POLLING : THREAD_NONE;
}

static struct tg_packet_queue *polled_queue(struct tg_hop *hop)
{
    return hop->each ? &hop->backlog : &hop->ring;
}

static void poll_next(struct tg_hop *hop)
{
    struct tg_world *world = hop->world;
    struct tg_packet_queue *source = polled_queue(hop);
    struct tg_payment *payment = &hop->packet_payment;
    tg_ps now = world_now(world);
    if (!source->little.count) {
        hop->polling = false;
        hop->polled = 0;
        if (!hop->each)
            hop->busy = false;
        return;
    }
    struct tg_packet *packet = packet_pop(source, now);
    struct tg_request *ledger = tg_packet_ledger(packet);
    hop->polling = true;
    hop->polled++;
    hop->current = packet;
    if (ledger)
        tg_request_book(ledger, now, hop->wait);
    tg_payment_clear(payment);
    tg_world_pay(world, hop->packet_point, 1, payment);
    if (hop->adapter && world->path->protocol == TG_TCP)
        tg_tcp_server_pay(world, packet, payment);
    hop->packet_job.service_ps = payment->total_ps;
    choose_context(hop);
    tg_cpu_submit(&world->cpu, &hop->packet_job);
}

/* One packet, or all that the notice waited for. */
static void to_backlog(struct tg_hop *hop)
{
    tg_ps now = world_now(hop->world);
    do {
        struct tg_packet *packet = packet_pop(&hop->ring, now);
        if (hop->backlog.little.count >= hop->backlog_limit)
            tg_packet_lost(hop->world, packet, hop->backlog_loss);
        else
            packet_push(&hop->backlog, packet, now);
    } while (hop->coalesce_ps && hop->ring.little.count);
    hop->busy = false;
    if (hop->ring.little.count)
        announce(hop);
}

/* The packet that was first when the notice was given still is: it pays. */
static void on_notified(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_hop *hop = job->owner;
    tg_world_settle(hop->world, tg_packet_ledger(hop->ring.first), &hop->notify_payment, tg_sim_now(sim),
                    hop->wait);
    if (hop->each)
        to_backlog(hop);
    if (!hop->polling)
        poll_next(hop);
}

static void on_packet_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_hop *hop = job->owner;
    struct tg_packet *packet = hop->current;
    tg_payment_add_switch(hop->world, &hop->packet_payment, job->switch_ps);
    tg_world_settle(hop->world, tg_packet_ledger(packet), &hop->packet_payment, tg_sim_now(sim), TG_WAIT_CPU);
    if (!hop->next(hop->world, hop, packet))
        poll_next(hop);
}

void tg_hop_continue(struct tg_hop *hop)
{
    poll_next(hop);
}

bool tg_hop_empty(struct tg_hop *hop)
{
    return !polled_queue(hop)->little.count;
}

static bool pass_on(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    (void)world;
    tg_hop_receive(hop->following, packet);
    return false;
}

static bool leave(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    (void)hop;
    tg_wire_to_client(world, packet);
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
    const struct tg_adapter_settings *settings = &world->path->system.adapter;
    world->adapter = (struct tg_hop){.world = world,
                                     .adapter = true,
                                     .ring_limit = settings->ring,
                                     .backlog_limit = settings->backlog,
                                     .budget = settings->budget,
                                     .coalesce_ps = settings->coalesce_ps,
                                     .coalesce_packets = settings->coalesce_packets,
                                     .notify_point = TG_POINT_INTERRUPT,
                                     .packet_point = TG_POINT_PACKET_IN,
                                     .wait = TG_WAIT_RING,
                                     .ring_loss = TG_LOSS_RING,
                                     .backlog_loss = TG_LOSS_BACKLOG,
                                     .packet_class = TG_CLASS_SOFT_IRQ,
                                     .each = settings->interrupts == TG_INTERRUPTS_EACH,
                                     .next = world->path->protocol == TG_TCP ? tg_tcp_server_receive
                                                                             : tg_udp_server_receive};
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
                           .coalesce_ps = settings->coalesce_ps,
                           .coalesce_packets = settings->coalesce_packets,
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
