/* The open-loop client and its link. */
#include "tg_world_parts.h"

static tg_ps transmission_ps(const struct tg_world *world, double bytes)
{
    double rate = world->scenario->link.rate_per_s;
    return rate > 0 ? tg_ps_from_s(bytes * 8 / rate) : 0;
}

/* When something sent at `now` arrives at the other end; *free_ps is when the link is free in that direction.
 */
static tg_ps cross_link(const struct tg_world *world, tg_ps now, double bytes, tg_ps *free_ps)
{
    tg_ps begins = now > *free_ps ? now : *free_ps;
    *free_ps = begins + transmission_ps(world, bytes);
    return *free_ps + world->scenario->link.latency_ps;
}

static void on_arrival(struct tg_sim *sim, void *object);

static void schedule_next(struct tg_world *world)
{
    struct tg_client *c = &world->client;
    c->next_ps = tg_arrivals_next(&c->arrivals);
    if (c->next_ps >= world->scenario->horizon_ps)
        return;
    tg_ps arrives = cross_link(world, c->next_ps, world->scenario->workload.request_bytes, &c->up_free_ps);
    tg_sim_schedule(&world->sim, arrives, PRIORITY_ARRIVAL, on_arrival, world);
    world->open++;
}

static struct tg_request *take_request(struct tg_world *world)
{
    struct tg_request *r = world->free_request;
    if (!r)
        return NULL;
    world->free_request = r->next;
    for (uint32_t i = 0; i < world->path->cost_count; i++)
        r->paid_ps[i] = 0;
    for (unsigned i = 0; i < world->path->wait_count; i++)
        r->waited_ps[i] = 0;
    return r;
}

/* A request is made when it reaches the adapter: until then only its intended time matters. */
static void on_arrival(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    struct tg_request *r = take_request(world);
    if (!r) {
        tg_sim_fail(sim, TG_EBUG, "more requests under way than rings, backlogs and queues hold");
        return;
    }
    tg_ps now = tg_sim_now(sim);
    r->intended_ps = world->client.next_ps;
    r->clock_ps = r->intended_ps;
    r->unbooked_ps = 0;
    tg_request_book(r, now, TG_WAIT_LINK);
    r->counted = r->intended_ps >= world->scenario->warm_up_ps;
    world->result->offered += r->counted;
    schedule_next(world);
    tg_hop_receive(world->first_in, r);
}

int tg_client_init(struct tg_world *world, struct tg_error *err)
{
    struct tg_arrivals *arrivals = &world->client.arrivals;
    if (world->scenario->workload.gaps == TG_GAPS_DETERMINISTIC)
        return tg_arrivals_init_deterministic(arrivals, 1, err);
    return tg_arrivals_init_poisson(arrivals, 1, err);
}

int tg_client_start(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_error *err)
{
    struct tg_client *c = &world->client;
    struct tg_rng rng;
    c->up_free_ps = c->down_free_ps = 0;
    tg_rng_seed(&rng, (uint64_t)world->scenario->seed, replication, "arrivals");
    int rc = tg_arrivals_start(&c->arrivals, offered_per_s, &rng, err);
    if (!rc)
        schedule_next(world);
    return rc;
}

void tg_client_release(struct tg_world *world)
{
    tg_arrivals_release(&world->client.arrivals);
}

static void end_request(struct tg_world *world, struct tg_request *request)
{
    request->next = world->free_request;
    world->free_request = request;
    world->open--;
}

static void count_reply(struct tg_world *world, tg_ps at)
{
    tg_ps begin = world->scenario->warm_up_ps, length = world->scenario->horizon_ps - begin;
    if (at < begin || at >= begin + length)
        return;
    world->result->replies_in_window++;
    world->replies_by_tenth[(size_t)((double)(at - begin) / (double)length * 10)]++;
}

void tg_client_reply(struct tg_world *world, struct tg_request *r)
{
    struct tg_result *result = world->result;
    tg_ps now = tg_sim_now(&world->sim);
    tg_ps arrives =
        cross_link(world, now, world->scenario->workload.reply_bytes, &world->client.down_free_ps);
    tg_request_book(r, arrives, TG_WAIT_LINK);
    count_reply(world, arrives);
    if (r->counted) {
        result->replied++;
        tg_hist_record(&result->latency, arrives - r->intended_ps);
        for (uint32_t i = 0; i < world->path->cost_count; i++)
            result->paid_ps[i] += r->paid_ps[i];
        for (unsigned i = 0; i < world->path->wait_count; i++)
            result->waited_ps[i] += r->waited_ps[i];
    }
    end_request(world, r);
}

void tg_client_lost(struct tg_world *world, struct tg_request *request, enum tg_loss cause)
{
    if (request->counted)
        world->result->lost[cause]++;
    end_request(world, request);
}
