#include "tg_world.h"

#include <math.h>
#include <stdlib.h>

#include "tg_world_parts.h"

static int core_count(const struct tg_path *path)
{
    return path->driver_domain ? TG_CORE_ROLES : 1;
}

static int allocate(struct tg_world *world, struct tg_error *err)
{
    const struct tg_adapter_settings *adapter = &world->scenario->adapter;
    /* One may be in each of: interrupt, poll, wake-up, service; and one is just arriving. */
    world->request_count = (size_t)(adapter->ring + adapter->backlog + world->path->queue_limit) + 8;
    for (unsigned i = 0; i < world->path->hop_count; i++)
        world->request_count += 2 * (size_t)world->path->hops[i].settings->queue + 2;
    world->requests = calloc(world->request_count, sizeof *world->requests);
    if (!world->requests)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu requests", world->request_count);
    int rc = tg_sim_init(&world->sim, 64, err);
    if (!rc)
        rc = tg_cpu_init(&world->cpu, &world->sim, core_count(world->path), PRIORITY_DONE, err);
    return rc ? rc : tg_client_init(world, err);
}

static tg_ps switch_cost(void *context, uint32_t from, uint32_t to)
{
    struct tg_world *world = context;
    (void)from, (void)to;
    double ns = tg_dist_sample(&world->path->context_switch->law, &world->streams.context_switch);
    return ns > 0 ? tg_ps_from_ns(ns) : 0;
}

int tg_world_new(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_world **out,
                 struct tg_error *err)
{
    struct tg_world *world = calloc(1, sizeof *world);
    if (!world)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    world->scenario = scenario;
    world->path = path;
    world->noise_count = scenario->jitter ? scenario->profile.noise_count * (size_t)core_count(path) : 0;
    int rc = allocate(world, err);
    if (!rc && scenario->profile.noise_count > NOISES_MAX)
        rc = tg_error_set(err, TG_ELIMIT, "profile '%s' has more than %d jitter processes",
                          scenario->profile.name, NOISES_MAX);
    if (rc) {
        tg_world_free(world);
        return rc;
    }
    world->cpu.slice_ps[TG_CLASS_USER] = scenario->time_slice_ps;
    if (path->context_switch) {
        world->cpu.switch_cost = switch_cost;
        world->cpu.switch_context = world;
    }
    *out = world;
    return TG_OK;
}

void tg_world_free(struct tg_world *world)
{
    if (!world)
        return;
    tg_client_release(world);
    tg_cpu_release(&world->cpu);
    tg_sim_release(&world->sim);
    free(world->requests);
    free(world);
}

static void reset(struct tg_world *world)
{
    tg_sim_reset(&world->sim);
    tg_cpu_reset(&world->cpu);
    world->free_request = NULL;
    for (size_t i = world->request_count; i-- > 0;) {
        world->requests[i].next = world->free_request;
        world->free_request = &world->requests[i];
    }
    world->open = 0;
    for (int i = 0; i < 10; i++)
        world->replies_by_tenth[i] = 0;
}

static void note_busy(struct tg_world *world, tg_ps busy[TG_CLASS_COUNT])
{
    for (unsigned k = 0; k < TG_CLASS_COUNT; k++)
        busy[k] = tg_cpu_busy(&world->cpu, TG_CORE_SERVER, k);
}

static void on_warm_up_over(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    (void)sim;
    note_busy(world, world->busy_at_warm_up_ps);
}

static void on_horizon(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    (void)sim;
    note_busy(world, world->result->busy_ps);
    for (unsigned k = 0; k < TG_CLASS_COUNT; k++)
        world->result->busy_ps[k] -= world->busy_at_warm_up_ps[k];
}

static double spread_of_tenths(const struct tg_world *world, double tenth_s)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < 10; i++)
        sum += (double)world->replies_by_tenth[i];
    for (int i = 0; i < 10; i++) {
        double d = (double)world->replies_by_tenth[i] - sum / 10;
        squares += d * d;
    }
    return sqrt(squares / 9) / tenth_s;
}

/* The invariants that every run must keep: no request is made or forgotten on the way, and the parts of the
 * toll add up to the latency. */
static int check_conservation(const struct tg_world *world, struct tg_error *err)
{
    const struct tg_result *r = world->result;
    int64_t ended = r->replied + r->still_open;
    tg_u128 toll = 0;
    for (unsigned i = 0; i < r->loss_count; i++)
        ended += r->lost[i];
    for (uint32_t i = 0; i < r->cost_count; i++)
        toll += (tg_u128)r->paid_ps[i];
    for (unsigned i = 0; i < r->wait_count; i++)
        toll += (tg_u128)r->waited_ps[i];
    if (ended != r->offered)
        return tg_error_set(err, TG_EBUG, "%lld requests were offered, but %lld ended", (long long)r->offered,
                            (long long)ended);
    if (toll != r->latency.sum)
        return tg_error_set(err, TG_EBUG, "the toll does not add up to the latency");
    return TG_OK;
}

int tg_world_run(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_result *result,
                 struct tg_error *err)
{
    const struct tg_scenario *s = world->scenario;
    tg_result_reset(result);
    result->offered_per_s = offered_per_s;
    result->window_ps = s->horizon_ps - s->warm_up_ps;
    result->cost_count = world->path->cost_count;
    result->wait_count = world->path->wait_count;
    result->loss_count = world->path->loss_count;
    world->result = result;
    reset(world);
    tg_path_seed(world->path, &world->streams, (uint64_t)s->seed, replication);
    tg_hops_start(world);
    tg_service_start(world);
    tg_noise_start(world, replication);
    tg_sim_schedule(&world->sim, s->warm_up_ps, PRIORITY_NOISE, on_warm_up_over, world);
    tg_sim_schedule(&world->sim, s->horizon_ps, PRIORITY_NOISE, on_horizon, world);
    int rc = tg_client_start(world, offered_per_s, replication, err);
    if (!rc)
        rc = tg_sim_run(&world->sim, TG_PS_MAX, err);
    if (rc)
        return rc;
    result->switches = (int64_t)world->cpu.cores[TG_CORE_SERVER].switches;
    result->reply_stddev_per_s = spread_of_tenths(world, tg_s_from_ps(result->window_ps) / 10);
    return check_conservation(world, err);
}

/* Mean time per request on each core, notices left out: they are rare when it matters. */
static double busy_ps(const struct tg_path *path, int core)
{
    double sum = 0;
    if (core == TG_CORE_SERVER)
        sum = tg_path_mean_ps(path, TG_POINT_PACKET_IN) + tg_path_mean_ps(path, TG_POINT_REQUEST) +
              tg_path_mean_ps(path, TG_POINT_REPLY);
    for (unsigned i = 0; i < path->hop_count; i++) {
        if (path->hops[i].settings->core == core)
            sum += tg_path_mean_ps(path, path->hops[i].packet_point);
    }
    return sum;
}

double tg_world_capacity_per_s(const struct tg_path *path)
{
    double most = 0;
    for (int core = 0; core < core_count(path); core++)
        most = fmax(most, busy_ps(path, core));
    return most > 0 ? 1e12 / most : INFINITY;
}
