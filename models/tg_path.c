#include "tg_path.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct tg_price *find_price(const struct tg_server *server, const struct tg_profile *profile,
                                         const char *name)
{
    for (size_t i = 0; i < server->costs.count; i++) {
        if (strcmp(server->costs.items[i].primitive, name) == 0)
            return &server->costs.items[i];
    }
    return tg_profile_price(profile, name);
}

static int cost_index(struct tg_path *path, const char *name, uint32_t *index, struct tg_error *err)
{
    for (*index = 0; *index < path->cost_count; ++*index) {
        if (strcmp(path->costs[*index], name) == 0)
            return TG_OK;
    }
    if (path->cost_count == TG_PATH_COSTS_MAX)
        return tg_error_set(err, TG_ELIMIT, "a path has at most %d different primitives", TG_PATH_COSTS_MAX);
    path->costs[path->cost_count++] = name;
    return TG_OK;
}

static int add_step(struct tg_path *path, const struct tg_cost_item *item, const struct tg_price *price,
                    struct tg_error *err)
{
    uint32_t index;
    if (path->step_count == TG_PATH_STEPS_MAX)
        return tg_error_set(err, TG_ELIMIT, "a path has at most %d steps", TG_PATH_STEPS_MAX);
    int rc = cost_index(path, price->primitive, &index, err);
    if (rc)
        return rc;
    double whole = floor(item->count);
    path->steps[path->step_count++] = (struct tg_path_step){
        .law = &price->law, .cost = index, .whole = (uint32_t)whole, .fraction = item->count - whole};
    return TG_OK;
}

/* `name` is what messages call the point, and seeds its streams. */
static int add_point(struct tg_path *path, const char *name, const struct tg_cost_list *list,
                     const struct tg_server *server, const struct tg_profile *profile, struct tg_error *err)
{
    path->names[path->point_count] = name;
    path->first[path->point_count++] = path->step_count;
    for (size_t i = 0; i < list->count; i++) {
        const struct tg_price *price = find_price(server, profile, list->items[i].cost);
        if (!price)
            return tg_error_set(err, TG_EINPUT, "profile '%s' has no price for '%s', which is paid at '%s'",
                                profile->name, list->items[i].cost, name);
        int rc = add_step(path, &list->items[i], price, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int add_hop(struct tg_path *path, const struct tg_hop_settings *hop, const struct tg_server *server,
                   const struct tg_profile *profile, struct tg_error *err)
{
    struct tg_path_hop *h = &path->hops[path->hop_count++];
    h->settings = hop;
    h->notify_point = path->point_count;
    path->driver_domain |= hop->core == TG_CORE_DRIVER_DOMAIN;
    int rc = add_point(path, hop->name, &hop->notify, server, profile, err);
    h->packet_point = path->point_count;
    return rc ? rc : add_point(path, hop->name, &hop->packet, server, profile, err);
}

int tg_path_build(struct tg_path *path, const struct tg_server *server, const struct tg_profile *profile,
                  struct tg_error *err)
{
    *path = (struct tg_path){
        .runs_in = server->runs_in, .sleeps = server->sleeps, .queue_limit = server->queue_limit};
    for (int p = 0; p < TG_POINT_COUNT; p++) {
        int rc = add_point(path, tg_point_names[p], &server->points[p], server, profile, err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < server->hop_count; i++) {
        int rc = add_hop(path, &server->hops[i], server, profile, err);
        if (rc)
            return rc;
    }
    path->first[path->point_count] = path->step_count;
    path->wait_count = TG_WAIT_FIXED + path->hop_count;
    path->loss_count = TG_LOSS_FIXED + path->hop_count;
    path->context_switch = tg_profile_price(profile, "yield_switch");
    if (!path->context_switch)
        path->context_switch = tg_profile_price(profile, "context_switch");
    if (path->context_switch)
        return cost_index(path, path->context_switch->primitive, &path->switch_cost, err);
    return TG_OK;
}

void tg_path_seed(const struct tg_path *path, struct tg_path_streams *streams, uint64_t seed,
                  uint64_t replication)
{
    for (unsigned p = 0; p < path->point_count; p++) {
        for (uint32_t i = path->first[p]; i < path->first[p + 1]; i++) {
            char name[128];
            snprintf(name, sizeof name, "%s/%s", path->names[p], path->costs[path->steps[i].cost]);
            tg_rng_seed(&streams->steps[i], seed, replication, name);
        }
    }
    tg_rng_seed(&streams->context_switch, seed, replication, "context_switch");
}

double tg_path_mean_ps(const struct tg_path *path, unsigned point)
{
    double sum = 0;
    for (uint32_t i = path->first[point]; i < path->first[point + 1]; i++) {
        const struct tg_path_step *step = &path->steps[i];
        sum += (step->whole + step->fraction) * tg_dist_mean(step->law);
    }
    return sum * (double)TG_PS_PER_NS;
}

const char *tg_path_wait_name(const struct tg_path *path, unsigned wait)
{
    static const char *const names[] = {"link", "ring", "server queue", "cpu"};
    return wait < TG_WAIT_FIXED ? names[wait] : path->hops[wait - TG_WAIT_FIXED].settings->name;
}

const char *tg_path_loss_name(const struct tg_path *path, unsigned loss)
{
    static const char *const names[] = {"ring full", "backlog full", "server queue full"};
    return loss < TG_LOSS_FIXED ? names[loss] : path->hops[loss - TG_LOSS_FIXED].settings->name;
}

static inline tg_ps draw(const struct tg_path_step *step, struct tg_rng *rng)
{
    double ns = tg_dist_sample(step->law, rng);
    /* A fitted law may reach below zero; time cannot. */
    return ns > 0 ? tg_ps_from_ns(ns) : 0;
}

tg_ps tg_path_pay(const struct tg_path *path, struct tg_path_streams *streams, unsigned point, tg_ps *paid)
{
    tg_ps total = 0;
    for (uint32_t i = path->first[point]; i < path->first[point + 1]; i++) {
        const struct tg_path_step *step = &path->steps[i];
        struct tg_rng *rng = &streams->steps[i];
        tg_ps sum = 0;
        for (uint32_t k = 0; k < step->whole; k++)
            sum += draw(step, rng);
        if (step->fraction > 0 && tg_rng_unit(rng) < step->fraction)
            sum += draw(step, rng);
        paid[step->cost] += sum;
        total += sum;
    }
    return total;
}
