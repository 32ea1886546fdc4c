#include "tg_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_welford.h"
#include "tg_world_parts.h"

static int core_count(const struct tg_path *path)
{
    return path->driver_domain ? TG_CORE_ROLES : 1;
}

/* Packets that may be under way: in queues, in hand, on the wire, or waiting to be sent again. */
static size_t count_packets(const struct tg_world *world)
{
    const struct tg_system *system = &world->path->system;
    bool tcp = world->path->protocol == TG_TCP;
    bool wire = system->link.latency_ps || system->link.rate_per_s > 0 || world->path->client_pays || tcp;
    bool at_once = tcp || world->path->client_pays || world->path->reply_batch > 1;
    size_t count = 64 + (size_t)(system->adapter.ring + system->adapter.backlog);
    for (unsigned i = 0; i < world->path->hop_count; i++)
        count += 2 * (size_t)world->path->hops[i].settings->queue + 2;
    if (system->link.rate_per_s > 0)
        count += 2 * (size_t)system->link.queue;
    return count + (wire ? 16384 : 0) + (at_once ? 2 * world->request_count : 0);
}

static size_t count_events(const struct tg_world *world)
{
    const struct tg_workload *w = &world->scenario->workload;
    bool each = w->timeout_ps || w->client == TG_CLIENT_CLOSED || world->path->client_pays;
    return 64 + world->packet_count + (each ? world->request_count : 0);
}

static int allocate(struct tg_world *world, struct tg_error *err)
{
    const struct tg_workload *w = &world->scenario->workload;
    /* Connections outlive their sockets by the closing. */
    world->request_count = 2 * (size_t)(w->descriptors * w->clients) + 64;
    world->packet_count = count_packets(world);
    world->requests = calloc(world->request_count, sizeof *world->requests);
    world->packets = calloc(world->packet_count, sizeof *world->packets);
    if (!world->requests || !world->packets)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu requests", world->request_count);
    int rc = tg_carry_new(world->scenario, world->path, &world->own_carry, err);
    rc = rc ? rc : tg_sim_init(&world->sim, count_events(world), err);
    rc = rc ? rc : tg_cpu_init(&world->cpu, &world->sim, core_count(world->path), PRIORITY_DONE, err);
    rc = rc ? rc : tg_service_init(world, err);
    return rc ? rc : tg_client_init(world, err);
}

static tg_ps switch_cost(void *context, uint32_t from, uint32_t to)
{
    struct tg_world *world = context;
    (void)from, (void)to;
    double ns = tg_dist_sample(&world->path->context_switch->law, &world->streams.context_switch);
    return ns > 0 ? tg_ps_from_ns(ns) : 0;
}

static int check_noises(const char *whose, size_t count, struct tg_error *err)
{
    return count <= NOISES_MAX
               ? TG_OK
               : tg_error_set(err, TG_ELIMIT, "%s has more than %d jitter processes", whose, NOISES_MAX);
}

int tg_world_new(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_world **out,
                 struct tg_error *err)
{
    int rc = check_noises("the server's profile", scenario->profile.noise_count, err);
    rc = rc ? rc : check_noises("the client's profile", scenario->client.noise_count, err);
    rc = rc ? rc : check_noises("the technique", path->noise_count, err);
    if (rc)
        return rc;
    struct tg_world *world = calloc(1, sizeof *world);
    if (!world)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    world->scenario = scenario;
    world->path = path;
    if (scenario->jitter)
        world->noise_count = scenario->profile.noise_count * (size_t)core_count(path) + path->noise_count;
    double segments =
        path->protocol == TG_TCP ? ceil(scenario->workload.reply_bytes / path->system.tcp.segment_bytes) : 1;
    world->segments = segments > 1 ? (int64_t)segments : 1;
    if (path->client_pays)
        world->reading_ps = (tg_ps)tg_path_mean_ps(path, TG_POINT_COUNT + TG_CLIENT_POINT_REPLY);
    rc = allocate(world, err);
    if (rc) {
        tg_world_free(world);
        return rc;
    }
    world->cpu.slice_ps[TG_CLASS_USER] = path->system.time_slice_ps;
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
    tg_carry_free(world->own_carry);
    free(world->service.workers);
    free(world->requests);
    free(world->packets);
    free(world);
}

/* What is handed on. */

static void clear_carry(const struct tg_scenario *scenario, const struct tg_path *path,
                        struct tg_carry *carry)
{
    carry->epoch_ps = 0;
    tg_lapse_init(&carry->closed, path->system.memory.reclaim_ps);
    for (int64_t i = 0; i < scenario->workload.clients; i++)
        tg_lapse_init(&carry->time_wait[i], path->system.tcp.time_wait_ps);
}

int tg_carry_new(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_carry **carry,
                 struct tg_error *err)
{
    *carry = malloc(sizeof **carry + (size_t)scenario->workload.clients * sizeof(struct tg_lapse));
    if (!*carry)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    clear_carry(scenario, path, *carry);
    return TG_OK;
}

void tg_carry_free(struct tg_carry *carry)
{
    free(carry);
}

/* Requests and packets. */

struct tg_request *tg_request_new(struct tg_world *world, tg_ps intended_ps)
{
    struct tg_request *r = world->free_request;
    if (r)
        world->free_request = r->next;
    else if (world->fresh_request < world->request_count)
        r = &world->requests[world->fresh_request++];
    if (!r)
        return NULL;
    memset(r, 0, offsetof(struct tg_request, paid_ps));
    for (uint32_t i = 0; i < world->path->cost_count; i++)
        r->paid_ps[i] = 0;
    for (unsigned i = 0; i < world->path->wait_count; i++)
        r->waited_ps[i] = 0;
    r->intended_ps = r->clock_ps = intended_ps;
    r->references = 1; /* the client's */
    r->segments_left = (uint32_t)world->segments;
    r->counted = intended_ps >= world->scenario->warm_up_ps;
    world->open++;
    world->live++;
    world->result->offered += r->counted;
    world->result->still_open += r->counted;
    return r;
}

void tg_request_unref(struct tg_world *world, struct tg_request *request)
{
    if (--request->references)
        return;
    world->live--;
    request->next = world->free_request;
    world->free_request = request;
}

struct tg_packet *tg_packet_new(struct tg_world *world, struct tg_request *request, enum tg_packet_kind kind)
{
    struct tg_packet *packet = world->free_packet;
    if (packet)
        world->free_packet = packet->next;
    else if (world->fresh_packet < world->packet_count)
        packet = &world->packets[world->fresh_packet++];
    if (!packet) {
        tg_sim_fail(&world->sim, TG_ELIMIT, "more packets under way than the wire holds");
        return NULL;
    }
    packet->request = request;
    packet->kind = (uint8_t)kind;
    packet->tries = packet->acknowledges = 0;
    packet->pushed = false;
    request->references++;
    return packet;
}

void tg_packet_free(struct tg_world *world, struct tg_packet *packet)
{
    tg_request_unref(world, packet->request);
    packet->next = world->free_packet;
    world->free_packet = packet;
}

struct tg_request *tg_packet_ledger(const struct tg_packet *packet)
{
    static const bool carries[TG_PACKET_KINDS] = {
        [TG_PACKET_DATAGRAM] = true, [TG_PACKET_SYN] = true,     [TG_PACKET_REQUEST] = true,
        [TG_PACKET_REPLY] = true,    [TG_PACKET_SYN_ACK] = true, [TG_PACKET_LAST_DATA] = true,
    };
    return carries[packet->kind] && !packet->request->ended ? packet->request : NULL;
}

/* A run. */

static void reset(struct tg_world *world)
{
    tg_sim_reset(&world->sim);
    tg_cpu_reset(&world->cpu);
    world->free_request = NULL;
    world->free_packet = NULL;
    world->fresh_request = world->fresh_packet = 0;
    world->open = world->live = 0;
    world->over = false;
}

void tg_world_end_if_done(struct tg_world *world)
{
    if (world->over && !world->sending && !world->open)
        tg_sim_stop(&world->sim);
}

static void note_busy(struct tg_world *world, tg_ps busy[TG_CLASS_COUNT])
{
    for (unsigned k = 0; k < TG_CLASS_COUNT; k++)
        busy[k] = tg_cpu_busy(&world->cpu, TG_CORE_SERVER, k);
}

static tg_ps driver_busy(struct tg_world *world)
{
    tg_ps busy = 0;
    for (unsigned k = 0; world->path->driver_domain && k < TG_CLASS_COUNT; k++)
        busy += tg_cpu_busy(&world->cpu, TG_CORE_DRIVER_DOMAIN, k);
    return busy;
}

static void on_warm_up_over(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    (void)sim;
    note_busy(world, world->busy_at_warm_up_ps);
    world->driver_busy_at_warm_up_ps = driver_busy(world);
}

static void on_horizon(struct tg_sim *sim, void *object)
{
    struct tg_world *world = object;
    (void)sim;
    note_busy(world, world->result->busy_ps);
    for (unsigned k = 0; k < TG_CLASS_COUNT; k++)
        world->result->busy_ps[k] -= world->busy_at_warm_up_ps[k];
    world->result->driver_busy_ps = driver_busy(world) - world->driver_busy_at_warm_up_ps;
    world->over = true;
    tg_world_end_if_done(world);
}

static void on_stop(struct tg_sim *sim, void *object)
{
    (void)object;
    tg_sim_stop(sim);
}

static struct tg_welford sample_windows(const struct tg_result *r, int64_t count)
{
    struct tg_welford rates = {0};
    for (int64_t i = 0; i < count && i < TG_REPLY_WINDOWS_MAX; i++)
        tg_welford_add(&rates, (double)r->replies_by_window[i] / tg_s_from_ps(r->reply_window_ps));
    return rates;
}

static void end_windows(struct tg_result *r, tg_ps begin)
{
    struct tg_welford counted = sample_windows(r, r->reply_windows);
    struct tg_welford sampled = sample_windows(r, (r->run_ps - begin) / r->reply_window_ps);
    r->reply_stddev_per_s = counted.count > 1 ? tg_welford_stddev(&counted) : 0;
    r->reply_sampled_per_s = sampled.count ? sampled.mean : 0;
    r->reply_sampled_stddev_per_s = sampled.count > 1 ? tg_welford_stddev(&sampled) : 0;
}

static int check_sums(const struct tg_result *r, struct tg_error *err)
{
    int64_t ended = r->replied + r->still_open;
    tg_u128 toll = 0;
    for (unsigned i = 0; i < r->loss_count; i++)
        ended += r->lost[i];
    for (uint32_t i = 0; i < r->cost_count; i++)
        toll += (uint64_t)r->paid_ps[i];
    for (unsigned i = 0; i < r->wait_count; i++) {
        toll += (uint64_t)r->waited_ps[i];
        if (r->waited_ps[i] < 0)
            return tg_error_set(err, TG_EBUG, "requests waited for less than no time");
    }
    if (ended != r->offered)
        return tg_error_set(err, TG_EBUG, "%lld requests were offered, but %lld ended", (long long)r->offered,
                            (long long)ended);
    if (toll != r->latency.sum)
        return tg_error_set(err, TG_EBUG, "the toll does not add up to the latency");
    return TG_OK;
}

/* Little's law, to the picosecond: the integral of a queue's length is the sum of the waits in it. */
static int check_little(struct tg_little *little, tg_u128 still_waiting, tg_ps now, const char *name,
                        struct tg_error *err)
{
    little_change(little, now, 0);
    if (little->area == little->waited + still_waiting)
        return TG_OK;
    return tg_error_set(err, TG_EBUG, "Little's law does not hold for the %s", name);
}

static int check_packets(struct tg_packet_queue *queue, tg_ps now, const char *name, struct tg_error *err)
{
    tg_u128 waiting = 0;
    for (const struct tg_packet *p = queue->first; p; p = p->next)
        waiting += (uint64_t)(now - p->entered_ps);
    return check_little(&queue->little, waiting, now, name, err);
}

static int check_requests(struct tg_request_queue *queue, tg_ps now, const char *name, struct tg_error *err)
{
    tg_u128 waiting = 0;
    for (const struct tg_request *r = queue->first; r; r = r->next)
        waiting += (uint64_t)(now - r->queued_ps);
    return check_little(&queue->little, waiting, now, name, err);
}

static int check_queues(struct tg_world *world, struct tg_error *err)
{
    tg_ps now = world_now(world);
    int rc = check_packets(&world->adapter.ring, now, "ring", err);
    rc = rc ? rc : check_packets(&world->adapter.backlog, now, "backlog", err);
    for (unsigned i = 0; !rc && i < world->path->hop_count; i++) {
        const char *name = world->path->hops[i].settings->name;
        rc = check_packets(&world->hops[i].ring, now, name, err);
        rc = rc ? rc : check_packets(&world->hops[i].backlog, now, name, err);
    }
    for (int64_t i = 0; !rc && i < world->scenario->workload.clients; i++)
        rc = check_requests(&world->client.machines[i].unsent, now, "client's unsent requests", err);
    for (int64_t i = 0; !rc && i < world->path->workers; i++)
        rc = check_requests(&world->service.workers[i].replies, now, "replies sent together", err);
    return rc ? rc : check_requests(&world->service.queue, now, "server's queue", err);
}

static void begin_result(struct tg_world *world, double offered_per_s, struct tg_result *result)
{
    const struct tg_scenario *s = world->scenario;
    const struct tg_path *path = world->path;
    tg_ps width = s->workload.reply_window_ps;
    tg_result_reset(result);
    result->offered_per_s = offered_per_s;
    result->window_ps = s->horizon_ps - s->warm_up_ps;
    result->cost_count = path->cost_count;
    result->wait_count = path->wait_count;
    result->loss_count = path->loss_count;
    result->clients = s->workload.clients;
    result->crashed_ps = -1;
    result->memory_peak_bytes = path->system.memory.system_bytes + path->system.memory.server_bytes;
    result->reply_window_ps = width && width < result->window_ps ? width : (result->window_ps + 9) / 10;
    result->samples = width > 0;
    result->reply_windows = result->window_ps / result->reply_window_ps;
    if (!width)
        result->reply_windows = 10;
    if (result->reply_windows > TG_REPLY_WINDOWS_MAX)
        result->reply_windows = TG_REPLY_WINDOWS_MAX;
    world->result = result;
}

/* When the run ends at the latest; negative: when all requests have ended, which ends it in any case. */
static tg_ps stop_time(const struct tg_world *world)
{
    const struct tg_workload *w = &world->scenario->workload;
    if (w->drain_ps >= 0)
        return world->scenario->horizon_ps + w->drain_ps;
    bool datagrams = world->path->protocol == TG_UDP && w->client == TG_CLIENT_OPEN;
    return datagrams ? -1 : world->scenario->horizon_ps;
}

static void schedule_ends(struct tg_world *world)
{
    const struct tg_scenario *s = world->scenario;
    tg_sim_schedule(&world->sim, s->warm_up_ps, PRIORITY_NOISE, on_warm_up_over, world);
    tg_sim_schedule(&world->sim, s->horizon_ps, PRIORITY_NOISE, on_horizon, world);
    if (world->stop_ps >= 0)
        tg_sim_schedule(&world->sim, world->stop_ps, PRIORITY_NOISE, on_stop, world);
}

static void end_result(struct tg_world *world)
{
    struct tg_result *r = world->result;
    r->run_ps = world_now(world);
    r->switches = (int64_t)world->cpu.cores[TG_CORE_SERVER].switches;
    end_windows(r, world->scenario->warm_up_ps);
    for (int64_t i = 0; i < world->scenario->workload.clients; i++)
        r->client_busy_ps += world->client.machines[i].busy_ps;
}

int tg_world_run(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_carry *carry,
                 struct tg_result *result, struct tg_error *err)
{
    const struct tg_scenario *s = world->scenario;
    begin_result(world, offered_per_s, result);
    reset(world);
    world->carry = carry ? carry : world->own_carry;
    if (!carry)
        clear_carry(s, world->path, world->carry);
    world->stop_ps = stop_time(world);
    tg_path_seed(world->path, &world->streams, (uint64_t)s->seed, replication);
    tg_hops_start(world);
    tg_service_start(world);
    tg_noise_start(world, replication);
    schedule_ends(world);
    int rc = tg_client_start(world, offered_per_s, replication, err);
    rc = rc ? rc : tg_sim_run(&world->sim, TG_PS_MAX, err);
    if (rc)
        return rc;
    end_result(world);
    tg_client_hand_on(world);
    world->carry->epoch_ps +=
        (result->run_ps > s->horizon_ps ? result->run_ps : s->horizon_ps) + s->workload.pause_ps;
    rc = check_sums(result, err);
    if (!rc && world->stop_ps < 0 && !s->workload.timeout_ps && world->live)
        rc = tg_error_set(err, TG_EBUG, "%lld requests are held by someone after their end",
                          (long long)world->live);
    return rc ? rc : check_queues(world, err);
}

/* Mean time per request on each core, notices left out where they are rare when it matters. */
static double busy_ps(const struct tg_path *path, int core, double in, double out)
{
    double sum = 0;
    bool each = path->system.adapter.interrupts == TG_INTERRUPTS_EACH;
    if (core == TG_CORE_SERVER) {
        sum = in * tg_path_mean_ps(path, TG_POINT_PACKET_IN) +
              out * tg_path_mean_ps(path, TG_POINT_PACKET_OUT) + tg_path_mean_ps(path, TG_POINT_REQUEST) +
              tg_path_mean_ps(path, TG_POINT_REPLY);
        if (each)
            sum += in * tg_path_mean_ps(path, TG_POINT_INTERRUPT);
        if (path->protocol == TG_TCP)
            sum += tg_path_mean_ps(path, TG_POINT_SYN_IN) + tg_path_mean_ps(path, TG_POINT_ACCEPT) +
                   tg_path_mean_ps(path, TG_POINT_CLOSE);
    }
    for (unsigned i = 0; i < path->hop_count; i++) {
        const struct tg_hop_settings *hop = path->hops[i].settings;
        if (hop->core == core)
            sum +=
                (hop->direction == TG_RECEIVE ? in : out) * tg_path_mean_ps(path, path->hops[i].packet_point);
    }
    return sum;
}

double tg_world_capacity_per_s(const struct tg_scenario *scenario, const struct tg_path *path)
{
    double most = 0, segments = ceil(scenario->workload.reply_bytes / path->system.tcp.segment_bytes);
    bool tcp = path->protocol == TG_TCP;
    double in = tcp ? 5 + floor((segments - 1) / 2) : 1, out = tcp ? 3 + segments : 1;
    for (int core = 0; core < core_count(path); core++)
        most = fmax(most, busy_ps(path, core, in, out));
    return most > 0 ? 1e12 / most : INFINITY;
}
