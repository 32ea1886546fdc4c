/* What saturates, by what was measured at the highest rate that is sustained and a little beyond it: a CPU
 * that is busy all the time; else what most requests, or packets, were lost to; else where the client waits.
 */
#include <stdio.h>

#include "tg_sweep_parts.h"

/* A CPU so busy is the limit. */
#define BUSY 0.95

/* What is used up where requests or packets are lost; NULL: named as the loss is. */
static const char *const used_up[TG_LOSS_FIXED] = {
    [TG_LOSS_LINK] = "link",          [TG_LOSS_MEMORY] = "memory",
    [TG_LOSS_CRASH] = "memory",       [TG_LOSS_DESCRIPTORS] = "client descriptors",
    [TG_LOSS_PORTS] = "client ports",
};

static bool is_step_of(const struct tg_path *path, unsigned point, uint32_t cost)
{
    for (uint32_t i = path->first[point]; i < path->first[point + 1]; i++) {
        if (path->steps[i].cost == cost)
            return true;
    }
    return false;
}

/* Whether the server's core pays it: neither the client nor the driver domain. */
static bool is_the_servers(const struct tg_path *path, uint32_t cost)
{
    bool its = path->context_switch && cost == path->switch_cost;
    for (unsigned p = 0; !its && p < TG_POINT_COUNT; p++)
        its = is_step_of(path, p, cost);
    for (unsigned i = 0; !its && i < path->hop_count; i++)
        its = path->hops[i].settings->core == TG_CORE_SERVER &&
              (is_step_of(path, path->hops[i].notify_point, cost) ||
               is_step_of(path, path->hops[i].packet_point, cost));
    return its;
}

static uint32_t dearest_cost(const struct tg_path *path, const struct tg_result *r)
{
    uint32_t dearest = 0;
    tg_ps most = -1;
    for (uint32_t i = 0; i < path->cost_count; i++) {
        if (r->spent_ps[i] > most && is_the_servers(path, i)) {
            most = r->spent_ps[i];
            dearest = i;
        }
    }
    return dearest;
}

static bool name_busy_cpu(const struct tg_path *path, const struct tg_result *r, char *out, size_t size)
{
    double metrics[TG_METRIC_COUNT];
    tg_metric_compute(r, metrics);
    if (metrics[TG_METRIC_UTILIZATION] > BUSY)
        snprintf(out, size, "server CPU, mostly %s", path->costs[dearest_cost(path, r)]);
    else if (metrics[TG_METRIC_DRIVER_UTILIZATION] > BUSY)
        snprintf(out, size, "driver domain CPU");
    else if (metrics[TG_METRIC_CLIENT_UTILIZATION] > BUSY)
        snprintf(out, size, "client CPU");
    else
        return false;
    return true;
}

/* Losses that tell of no place: the client gave up for some other reason. */
static bool tells(unsigned loss)
{
    return loss != TG_LOSS_RETRIES && loss != TG_LOSS_TIMEOUT;
}

static bool name_loss(const struct tg_path *path, const int64_t *lost, char *out, size_t size)
{
    unsigned most = 0;
    for (unsigned i = 1; i < path->loss_count; i++) {
        if (tells(i) && lost[i] > lost[most])
            most = i;
    }
    if (!lost[most])
        return false;
    const char *name = most < TG_LOSS_FIXED ? used_up[most] : NULL;
    if (!name && most == TG_LOSS_ACCEPT_QUEUE && path->holds == TG_HOLDS_CONNECTION)
        name = "server workers";
    snprintf(out, size, "%s", name ? name : tg_path_loss_name(path, most));
    return true;
}

static bool name_used_up(const struct tg_path *path, const struct tg_result *r, char *out, size_t size)
{
    if (r->crashed_ps >= 0) {
        snprintf(out, size, "memory");
        return true;
    }
    return name_loss(path, r->lost, out, size) || name_loss(path, r->dropped, out, size);
}

static void name_wait(const struct tg_scenario *s, const struct tg_path *path, const struct tg_result *r,
                      char *out, size_t size)
{
    unsigned most = 0;
    for (unsigned i = 1; i < path->wait_count; i++) {
        if (r->waited_ps[i] > r->waited_ps[most])
            most = i;
    }
    if (s->workload.client == TG_CLIENT_WINDOW)
        snprintf(out, size, "client window");
    else if (s->workload.client == TG_CLIENT_CLOSED)
        snprintf(out, size, "users' waiting");
    else
        snprintf(out, size, "waiting: %s", tg_path_wait_name(path, most));
}

int tg_sweep_note_limit(struct tg_sweep_bench *b, struct tg_error *err)
{
    struct tg_sweep_trial trial;
    const struct tg_result *r = &b->scratch[0];
    char *out = b->curve.limited_by;
    const size_t size = sizeof b->curve.limited_by;
    int rc = tg_sweep_try(b, 0, 0, b->pilot_per_s, &trial, err);
    if (rc || name_busy_cpu(&b->path, r, out, size))
        return rc;
    if (1.05 * b->pilot_per_s > tg_sweep_most_rate(b->scenario)) {
        snprintf(out, size, "client descriptors");
        return TG_OK;
    }
    rc = tg_sweep_try(b, 0, 0, 1.05 * b->pilot_per_s, &trial, err);
    if (!rc && !name_busy_cpu(&b->path, r, out, size) && !name_used_up(&b->path, r, out, size))
        name_wait(b->scenario, &b->path, r, out, size);
    return rc;
}
