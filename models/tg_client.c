/* The clients: when they send, and how they learn what became of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_world_parts.h"

/* A client's machine. */

static void next_stroke(struct tg_stroke_source *s)
{
    double period_s = 1 / s->noise->rate_per_s;
    s->next_ps = s->noise->periodic ? s->phase_ps + tg_ps_from_s((double)s->ticks++ * period_s)
                                    : s->next_ps + tg_ps_from_s(tg_rng_exponential(&s->rng) * period_s);
}

static struct tg_stroke_source *first_stroke(struct tg_machine *machine, size_t count)
{
    struct tg_stroke_source *first = &machine->strokes[0];
    for (size_t i = 1; i < count; i++) {
        if (machine->strokes[i].next_ps < first->next_ps)
            first = &machine->strokes[i];
    }
    return first;
}

/* Work of `left`, begun at `at` at the earliest, ends when? Strokes take the CPU from it; those that came
 * while nothing was to do delay it only where they last. */
static tg_ps end_among_strokes(struct tg_machine *machine, size_t count, tg_ps at, tg_ps left)
{
    struct tg_stroke_source *s;
    while ((s = first_stroke(machine, count))->next_ps < at + left) {
        tg_ps begins = s->next_ps;
        double ns = tg_dist_sample(&s->noise->length, &s->rng);
        tg_ps ends = begins + (ns > 0 ? tg_ps_from_ns(ns) : 0);
        next_stroke(s);
        if (begins > at) {
            left -= begins - at;
            at = ends;
        } else if (ends > at) {
            at = ends;
        }
    }
    return at + left;
}

static tg_ps part_in_window(const struct tg_scenario *scenario, tg_ps from, tg_ps to)
{
    from = from > scenario->warm_up_ps ? from : scenario->warm_up_ps;
    to = to < scenario->horizon_ps ? to : scenario->horizon_ps;
    return to > from ? to - from : 0;
}

tg_ps tg_machine_work(struct tg_world *world, struct tg_machine *machine, tg_ps now)
{
    const struct tg_scenario *s = world->scenario;
    size_t strokes = s->jitter ? s->client.noise_count : 0;
    tg_ps begins = now > machine->free_ps ? now : machine->free_ps, work = world->scratch.total_ps;
    machine->free_ps = strokes ? end_among_strokes(machine, strokes, begins, work) : begins + work;
    machine->busy_ps += part_in_window(s, begins, machine->free_ps);
    return machine->free_ps;
}

void tg_client_pay_packet(struct tg_world *world, enum tg_packet_kind kind)
{
    struct tg_payment *payment = &world->scratch;
    tg_world_pay(world, TG_POINT_COUNT + TG_CLIENT_POINT_PACKET_OUT, 1, payment);
    if (world->path->system.adapter.core != TG_ADAPTER_SENDER)
        return;
    tg_world_pay(world, TG_POINT_PACKET_IN, 1, payment);
    if (kind == TG_PACKET_SYN)
        tg_world_pay(world, TG_POINT_SYN_IN, 1, payment);
    if (kind == TG_PACKET_SYN || kind == TG_PACKET_FIN)
        tg_world_pay(world, TG_POINT_PACKET_OUT, 1, payment);
}

static void start_machine(struct tg_world *world, size_t number, uint64_t replication)
{
    struct tg_machine *machine = &world->client.machines[number];
    const struct tg_scenario *s = world->scenario;
    char name[128];
    *machine = (struct tg_machine){.time_wait = &world->carry->time_wait[number]};
    snprintf(name, sizeof name, "client/%zu/ports", number);
    tg_rng_seed(&machine->ports, (uint64_t)s->seed, replication, name);
    for (size_t i = 0; i < s->client.noise_count && i < NOISES_MAX; i++) {
        struct tg_stroke_source *stroke = &machine->strokes[i];
        *stroke = (struct tg_stroke_source){.noise = &s->client.noises[i]};
        snprintf(name, sizeof name, "client/%zu/jitter/%s", number, stroke->noise->name);
        tg_rng_seed(&stroke->rng, (uint64_t)s->seed, replication, name);
        stroke->phase_ps = tg_ps_from_s(tg_rng_unit(&stroke->rng) / stroke->noise->rate_per_s);
        next_stroke(stroke);
    }
}

/* Sending. */

static void on_timeout(struct tg_sim *sim, void *object)
{
    struct tg_request *r = object;
    struct tg_world *world = world_of(sim);
    r->timeout = 0;
    tg_client_failed(world, r, r->doomed ? (enum tg_loss)r->doomed_by : TG_LOSS_TIMEOUT);
    if (world->path->protocol == TG_TCP) {
        tg_tcp_timed_out(world, r);
        return;
    }
    tg_client_release_socket(world, r, tg_sim_now(sim));
    tg_request_unref(world, r);
}

static void freed(struct tg_world *world, tg_ps at);

/* Sockets that the client gave up, but has not got round to closing, leave none for another request. */
static void refuse(struct tg_world *world)
{
    bool counted = world_now(world) >= world->scenario->warm_up_ps;
    world->result->offered += counted;
    world->result->lost[TG_LOSS_DESCRIPTORS] += counted;
    freed(world, world_now(world));
}

/* A request is due at this moment. */
static void begin_request(struct tg_world *world)
{
    const struct tg_workload *w = &world->scenario->workload;
    struct tg_client *c = &world->client;
    struct tg_request *r = tg_request_new(world, world_now(world));
    if (!r) {
        refuse(world);
        return;
    }
    r->client = (uint16_t)c->turn;
    c->turn = c->turn + 1 == (size_t)w->clients ? 0 : c->turn + 1;
    c->outstanding++;
    struct tg_machine *machine = client_machine(world, r);
    if (machine->open >= w->descriptors) {
        tg_client_failed(world, r, TG_LOSS_DESCRIPTORS);
        tg_request_unref(world, r);
        return;
    }
    machine->open++;
    if (machine->open > world->result->descriptors_peak)
        world->result->descriptors_peak = machine->open;
    if (w->timeout_ps)
        r->timeout = tg_sim_after(&world->sim, w->timeout_ps, PRIORITY_ARRIVAL, on_timeout, r);
    if (world->path->protocol == TG_TCP)
        tg_tcp_begin(world, r);
    else
        tg_udp_begin(world, r);
}

static void no_more(struct tg_world *world)
{
    world->sending = false;
    tg_world_end_if_done(world);
}

/* The open client. */

static void on_due(struct tg_sim *sim, void *object);

static void schedule_next(struct tg_world *world)
{
    struct tg_client *c = &world->client;
    c->next_ps = tg_arrivals_next(&c->arrivals);
    if (c->next_ps < world->scenario->horizon_ps)
        tg_sim_schedule(&world->sim, c->next_ps, PRIORITY_ARRIVAL, on_due, world);
    else
        no_more(world);
}

static void on_due(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    (void)sim;
    begin_request(world);
    schedule_next(world);
}

static int start_open(struct tg_world *world, double offered_per_s, uint64_t replication,
                      struct tg_error *err)
{
    struct tg_client *c = &world->client;
    struct tg_rng rng;
    tg_rng_seed(&rng, (uint64_t)world->scenario->seed, replication, "arrivals");
    int rc = tg_arrivals_start(&c->arrivals, offered_per_s, &rng, err);
    if (!rc)
        schedule_next(world);
    return rc;
}

static void ignore(struct tg_world *world, tg_ps at)
{
    (void)world, (void)at;
}

/* The window: sends when the rate allows it and a place is free. */

static void on_pace(struct tg_sim *sim, void *object);

static void pace(struct tg_world *world, tg_ps at)
{
    struct tg_client *c = &world->client;
    tg_ps when = at > c->allowed_ps ? at : c->allowed_ps;
    if (c->pacing || c->outstanding >= world->scenario->workload.window)
        return;
    if (when >= world->scenario->horizon_ps) {
        no_more(world);
        return;
    }
    c->pacing = true;
    tg_sim_schedule(&world->sim, when, PRIORITY_ARRIVAL, on_pace, world);
}

static void on_pace(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    struct tg_client *c = &world->client;
    c->pacing = false;
    c->allowed_ps = tg_sim_now(sim) + c->gap_ps;
    begin_request(world);
    pace(world, tg_sim_now(sim));
}

static int start_window(struct tg_world *world, double offered_per_s, uint64_t replication,
                        struct tg_error *err)
{
    (void)replication, (void)err;
    world->client.gap_ps = tg_ps_from_s(1 / offered_per_s);
    pace(world, 0);
    return TG_OK;
}

static void freed_in_window(struct tg_world *world, tg_ps at)
{
    pace(world, at);
}

/* Users: each thinks, sends and waits. */

static void on_thought(struct tg_sim *sim, void *object)
{
    (void)sim;
    begin_request(object);
}

static void think(struct tg_world *world, tg_ps at)
{
    const struct tg_workload *w = &world->scenario->workload;
    bool exponential = w->gaps == TG_GAPS_EXPONENTIAL;
    double factor = exponential ? tg_rng_exponential(&world->client.thinking) : 1;
    tg_ps when = at + tg_ps_from_s(tg_s_from_ps(w->think_ps) * factor);
    world->result->thought_ps += part_in_window(world->scenario, at, when);
    if (when < world->scenario->horizon_ps)
        tg_sim_schedule(&world->sim, when, PRIORITY_ARRIVAL, on_thought, world);
    else if (--world->client.users == 0)
        no_more(world);
}

static int start_users(struct tg_world *world, double offered_per_s, uint64_t replication,
                       struct tg_error *err)
{
    const struct tg_workload *w = &world->scenario->workload;
    struct tg_client *c = &world->client;
    double users = fmax(1, round(offered_per_s * tg_s_from_ps(w->think_ps)));
    if (users > (double)(w->descriptors * w->clients))
        return tg_error_set(
            err, TG_EINPUT,
            "%.0f users, for %g requests/s, are more than the %lld descriptors of the clients", users,
            offered_per_s, (long long)(w->descriptors * w->clients));
    tg_rng_seed(&c->thinking, (uint64_t)world->scenario->seed, replication, "thinking");
    c->users = (int64_t)users;
    world->result->users = c->users;
    for (int64_t i = 0, n = c->users; i < n; i++)
        /* Users who think for equal times start at different ones. */
        think(world, w->gaps == TG_GAPS_DETERMINISTIC
                         ? -tg_ps_from_s(tg_s_from_ps(w->think_ps) * tg_rng_unit(&c->thinking))
                         : 0);
    return TG_OK;
}

static const struct {
    int (*start)(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err);
    void (*freed)(struct tg_world *world, tg_ps at); /* a request has ended, for the client at `at` */
} kinds[] = {
    [TG_CLIENT_OPEN] = {start_open, ignore},
    [TG_CLIENT_WINDOW] = {start_window, freed_in_window},
    [TG_CLIENT_CLOSED] = {start_users, think},
};

static void freed(struct tg_world *world, tg_ps at)
{
    kinds[world->scenario->workload.client].freed(world, at);
}

/* Ends. */

static void end_request(struct tg_world *world, struct tg_request *r, tg_ps at)
{
    r->ended = true;
    if (r->timeout)
        tg_sim_cancel(&world->sim, r->timeout);
    r->timeout = 0;
    world->open--;
    world->client.outstanding--;
    if (r->counted)
        world->result->still_open--;
    freed(world, at);
    tg_world_end_if_done(world);
}

static void count_reply(struct tg_world *world, tg_ps at)
{
    struct tg_result *result = world->result;
    tg_ps begin = world->scenario->warm_up_ps;
    if (at < begin)
        return;
    result->replies_in_window += at < begin + result->window_ps;
    int64_t window = (at - begin) / result->reply_window_ps;
    if (window < TG_REPLY_WINDOWS_MAX)
        result->replies_by_window[window]++;
}

void tg_client_replied(struct tg_world *world, struct tg_request *r, tg_ps at)
{
    struct tg_result *result = world->result;
    count_reply(world, at);
    if (r->counted) {
        result->replied++;
        tg_hist_record(&result->latency, at - r->intended_ps);
        tg_ps response_ps = r->heard_ps - r->asked_ps;
        result->response_ps += response_ps;
        if (result->series_count < result->series_room)
            result->series_ps[result->series_count++] = response_ps;
        for (uint32_t i = 0; i < world->path->cost_count; i++)
            result->paid_ps[i] += r->paid_ps[i];
        for (unsigned i = 0; i < world->path->wait_count; i++)
            result->waited_ps[i] += r->waited_ps[i];
    }
    end_request(world, r, at);
}

void tg_client_failed(struct tg_world *world, struct tg_request *r, enum tg_loss cause)
{
    if (r->counted)
        world->result->lost[cause]++;
    end_request(world, r, world_now(world));
}

static void on_released(struct tg_sim *sim, void *object)
{
    struct tg_request *r = object;
    struct tg_world *world = world_of(sim);
    client_machine(world, r)->open--;
    tg_request_unref(world, r);
}

void tg_client_release_socket(struct tg_world *world, struct tg_request *r, tg_ps at)
{
    if (at <= world_now(world)) {
        client_machine(world, r)->open--;
        return;
    }
    r->references++;
    tg_sim_schedule(&world->sim, at, PRIORITY_ARRIVAL, on_released, r);
}

/* All together. */

static int init_arrivals(struct tg_world *world, struct tg_error *err)
{
    struct tg_arrivals *arrivals = &world->client.arrivals;
    const struct tg_scenario *s = world->scenario;
    if (s->workload.gaps == TG_GAPS_LOG && !s->log_count)
        return tg_error_set(err, TG_EINPUT, "workload: the arrival log '%s' has not been read",
                            s->workload.log);
    if (s->workload.gaps == TG_GAPS_LOG)
        return tg_arrivals_init_log(arrivals, s->log_ps, s->log_count, 0, true, err);
    if (s->workload.gaps == TG_GAPS_DETERMINISTIC)
        return tg_arrivals_init_deterministic(arrivals, 1, err);
    return tg_arrivals_init_poisson(arrivals, 1, err);
}

int tg_client_init(struct tg_world *world, struct tg_error *err)
{
    const struct tg_workload *w = &world->scenario->workload;
    world->client.machines = calloc((size_t)w->clients, sizeof *world->client.machines);
    if (!world->client.machines)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %lld clients", (long long)w->clients);
    if (world->path->protocol == TG_UDP && w->client != TG_CLIENT_OPEN && !w->timeout_ps)
        return tg_error_set(err, TG_EINPUT,
                            "workload: a client that waits for replies to datagrams needs a 'timeout'");
    return init_arrivals(world, err);
}

int tg_client_start(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err)
{
    struct tg_client *c = &world->client;
    c->up = c->down = (struct tg_lane){0};
    c->turn = 0;
    c->allowed_ps = 0;
    c->outstanding = c->users = 0;
    c->pacing = false;
    for (size_t i = 0; i < (size_t)world->scenario->workload.clients; i++)
        start_machine(world, i, replication);
    world->sending = true;
    return kinds[world->scenario->workload.client].start(world, offered_per_s, replication, err);
}

void tg_client_hand_on(struct tg_world *world)
{
    const struct tg_workload *w = &world->scenario->workload;
    if (!w->pause_ps || world->path->closes != TG_CLOSES_CLIENT)
        return;
    for (int64_t i = 0; i < w->clients; i++) {
        struct tg_machine *machine = &world->client.machines[i];
        for (; machine->bound; machine->bound--)
            tg_lapse_add(machine->time_wait, world->carry->epoch_ps + world_now(world));
    }
}

void tg_client_release(struct tg_world *world)
{
    tg_arrivals_release(&world->client.arrivals);
    free(world->client.machines);
}
