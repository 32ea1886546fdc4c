#include "tg_path.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where prices are looked for, in this order. */
struct source {
    const struct tg_price *items;
    size_t count;
};

enum { SOURCES_MAX = 3, MISSING_MAX = 32 };

/* Prices that nobody has: all of them are told, in the order of the path. */
struct missing {
    const char *costs[MISSING_MAX];
    const char *point; /* where the first is paid */
    size_t count;
};

struct builder {
    struct tg_path *path;
    struct source sources[SOURCES_MAX];
    const char *profile_name;
    bool missing_is_free;
    struct missing missing;
    const char *prefix; /* of the costs' names; "" or "client: " */
};

static const struct tg_price *find_in(const struct source *source, const char *name)
{
    for (size_t i = 0; i < source->count; i++) {
        if (strcmp(source->items[i].primitive, name) == 0)
            return &source->items[i];
    }
    return NULL;
}

static const struct tg_price *find_price(const struct builder *b, const char *name)
{
    const struct tg_price *price = NULL;
    for (int i = 0; !price && i < SOURCES_MAX; i++)
        price = find_in(&b->sources[i], name);
    return price;
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

/* The name under which a price is booked: the path keeps the client's. */
static int booked_name(struct builder *b, const char *primitive, const char **name, struct tg_error *err)
{
    struct tg_path *path = b->path;
    char text[sizeof path->client_costs[0]];
    *name = primitive;
    if (!*b->prefix)
        return TG_OK;
    snprintf(text, sizeof text, "%s%s", b->prefix, primitive);
    for (unsigned i = 0; i < path->client_cost_count; i++) {
        *name = path->client_costs[i];
        if (strcmp(*name, text) == 0)
            return TG_OK;
    }
    if (path->client_cost_count == TG_CLIENT_COSTS_MAX)
        return tg_error_set(err, TG_ELIMIT, "the client pays for more than %d different primitives",
                            TG_CLIENT_COSTS_MAX);
    *name = strcpy(path->client_costs[path->client_cost_count++], text);
    return TG_OK;
}

/* Where the item's argument is known, and its price goes by it. */
static int check_argument(const struct tg_path *path, const struct tg_cost_item *item,
                          const struct tg_price *price, struct tg_error *err)
{
    const unsigned point = path->point_count - 1;
    const char *const name = tg_argument_names[item->argument], *const by = price->by_argument.argument;
    if (point != TG_POINT_IDLE_EXIT && point != TG_POINT_WAKEUP)
        return tg_error_set(err, TG_EINPUT,
                            "'%s' has the argument '%s' at '%s': it is known at '%s' and '%s' alone",
                            item->cost, name, path->names[point], tg_point_names[TG_POINT_IDLE_EXIT],
                            tg_point_names[TG_POINT_WAKEUP]);
    if (by && strcmp(by, tg_argument_columns[item->argument]) != 0)
        return tg_error_set(err, TG_EINPUT,
                            "'%s' has the argument '%s' at '%s', but its price goes by '%s', not by '%s'",
                            item->cost, name, path->names[point], by, tg_argument_columns[item->argument]);
    return TG_OK;
}

static int add_step(struct builder *b, const struct tg_cost_item *item, const struct tg_price *price,
                    struct tg_error *err)
{
    struct tg_path *path = b->path;
    const char *name;
    uint32_t index;
    if (path->step_count == TG_PATH_STEPS_MAX)
        return tg_error_set(err, TG_ELIMIT, "a path has at most %d steps", TG_PATH_STEPS_MAX);
    int rc = booked_name(b, item->as ? item->as : price->primitive, &name, err);
    rc = rc ? rc : cost_index(path, name, &index, err);
    rc = rc || !item->argument ? rc : check_argument(path, item, price, err);
    if (rc)
        return rc;
    const bool moves = item->argument && price->by_argument.argument;
    double whole = floor(item->count);
    bool constant = price->law.hot == TG_DIST_CONSTANT && !moves;
    path->steps[path->step_count++] = (struct tg_path_step){
        .law = &price->law,
        .by = moves ? &price->by_argument : NULL,
        .primitive = price->primitive,
        .cost = index,
        .times = item->times,
        .whole = (uint32_t)whole,
        .fraction = item->count - whole,
        .constant_ps = constant ? tg_ps_from_ns(tg_dist_mean(&price->law) * item->times) : -1};
    return TG_OK;
}

static void note_missing(struct missing *missing, const char *cost, const char *point)
{
    for (size_t i = 0; i < missing->count; i++) {
        if (strcmp(missing->costs[i], cost) == 0)
            return;
    }
    if (!missing->count)
        missing->point = point;
    if (missing->count < MISSING_MAX)
        missing->costs[missing->count++] = cost;
}

static int check_missing(const struct missing *m, const char *profile, struct tg_error *err)
{
    char text[512] = "";
    size_t used = 0;
    if (!m->count)
        return TG_OK;
    if (m->count == 1)
        return tg_error_set(err, TG_EINPUT, "profile '%s' has no price for '%s', which is paid at '%s'",
                            profile, m->costs[0], m->point);
    for (size_t i = 0; i < m->count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s'%s'",
                                 i == 0              ? ""
                                 : i + 1 == m->count ? " and "
                                                     : ", ",
                                 m->costs[i]);
    return tg_error_set(err, TG_EINPUT, "profile '%s' has no price for %s", profile, text);
}

/* `name` is what messages call the point, and seeds its streams. */
static int add_point(struct builder *b, const char *name, const struct tg_cost_list *list,
                     struct tg_error *err)
{
    struct tg_path *path = b->path;
    path->names[path->point_count] = name;
    path->first[path->point_count++] = path->step_count;
    for (size_t i = 0; i < list->count; i++) {
        const struct tg_price *price = find_price(b, list->items[i].cost);
        if (!price && !b->missing_is_free)
            note_missing(&b->missing, list->items[i].cost, name);
        if (!price)
            continue;
        int rc = add_step(b, &list->items[i], price, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int add_hop(struct builder *b, const struct tg_hop_settings *hop, struct tg_error *err)
{
    struct tg_path *path = b->path;
    struct tg_path_hop *h = &path->hops[path->hop_count++];
    h->settings = hop;
    h->notify_point = path->point_count;
    path->driver_domain |= hop->core == TG_CORE_DRIVER_DOMAIN;
    int rc = add_point(b, hop->name, &hop->notify, err);
    h->packet_point = path->point_count;
    return rc ? rc : add_point(b, hop->name, &hop->packet, err);
}

static int add_client(struct tg_path *path, const struct tg_scenario *scenario, struct missing *missing,
                      struct tg_error *err)
{
    const struct tg_workload *w = &scenario->workload;
    struct builder b = {.path = path,
                        .sources = {{w->costs.items, w->costs.count},
                                    {scenario->client.prices, scenario->client.price_count}},
                        .profile_name = scenario->client.name,
                        .missing_is_free = !scenario->client.name,
                        .prefix = "client: "};
    int rc = TG_OK;
    for (int p = 0; !rc && p < TG_CLIENT_POINTS; p++)
        rc = add_point(&b, tg_client_point_names[p], &w->points[p], err);
    *missing = b.missing;
    path->client_pays =
        path->first[TG_POINT_COUNT] != path->step_count || (scenario->jitter && scenario->client.noise_count);
    return rc;
}

/* Work that is paid in one piece must fit a payment: in the worst case all of a server's points at once. */
static int check_payments(const struct tg_path *path, struct tg_error *err)
{
    if (2 * path->first[TG_POINT_COUNT] >= TG_PAYMENT_MAX)
        return tg_error_set(err, TG_ELIMIT, "the points of a server have more than %d costs together",
                            TG_PAYMENT_MAX / 2);
    return TG_OK;
}

static void find_context_switch(struct builder *b)
{
    for (int i = 0; !b->path->context_switch && i < SOURCES_MAX; i++) {
        b->path->context_switch = find_in(&b->sources[i], "yield_switch");
        if (!b->path->context_switch)
            b->path->context_switch = find_in(&b->sources[i], "context_switch");
    }
}

static int resolve_system(struct tg_path *path, const struct tg_scenario *scenario,
                          const struct tg_technique *technique, const struct tg_server *server,
                          struct tg_error *err)
{
    const cJSON *const parts[] = {scenario->profile.system, server->system,
                                  technique ? technique->system : NULL, scenario->system};
    return tg_system_resolve(&path->system, parts, TG_COUNT(parts), err);
}

static int check_sender(struct tg_path *path, struct tg_error *err)
{
    bool sender = path->system.adapter.core == TG_ADAPTER_SENDER;
    if (sender && path->runs_in == TG_CLASS_SOFT_IRQ)
        return tg_error_set(
            err, TG_EINPUT,
            "adapter.core: a server in the soft interrupt would run on the sender's core, which is "
            "not modelled: poll in a thread of its own (core \"server\")");
    path->client_pays |= sender;
    return TG_OK;
}

static int add_server(struct builder *b, const struct tg_server *server, struct tg_error *err)
{
    int rc = TG_OK;
    for (int p = 0; !rc && p < TG_POINT_COUNT; p++)
        rc = add_point(b, tg_point_names[p], &server->points[p], err);
    return rc;
}

int tg_path_build(struct tg_path *path, const struct tg_scenario *scenario,
                  const struct tg_technique *technique, const struct tg_server *server, struct tg_error *err)
{
    static const struct tg_technique none = {0};
    const struct tg_technique *t = technique ? technique : &none;
    *path = (struct tg_path){.runs_in = server->runs_in,
                             .sleeps = server->sleeps,
                             .queue_limit = server->queue_limit,
                             .protocol = server->protocol,
                             .workers = server->workers,
                             .reply_batch = server->reply_batch,
                             .holds = server->holds,
                             .closes = server->closes};
    struct builder b = {.path = path,
                        .sources = {{t->costs.items, t->costs.count},
                                    {server->costs.items, server->costs.count},
                                    {scenario->profile.prices, scenario->profile.price_count}},
                        .profile_name = scenario->profile.name,
                        .prefix = ""};
    struct missing client_missing;
    int rc = add_server(&b, server, err);
    rc = rc ? rc : add_client(path, scenario, &client_missing, err);
    for (size_t i = 0; !rc && i < server->hop_count; i++)
        rc = add_hop(&b, &server->hops[i], err);
    rc = rc ? rc : resolve_system(path, scenario, technique, server, err);
    rc = rc ? rc : check_sender(path, err);
    rc = rc ? rc : check_missing(&b.missing, b.profile_name, err);
    rc = rc ? rc : check_missing(&client_missing, scenario->client.name, err);
    path->first[path->point_count] = path->step_count;
    path->batch_wait = TG_WAIT_FIXED + path->hop_count;
    path->wait_count = path->batch_wait + (path->reply_batch > 1);
    path->loss_count = TG_LOSS_FIXED + path->hop_count;
    path->noises = t->jitter.items;
    path->noise_count = t->jitter.count;
    find_context_switch(&b);
    if (!rc && path->context_switch)
        rc = cost_index(path, path->context_switch->primitive, &path->switch_cost, err);
    return rc ? rc : check_payments(path, err);
}

/* A part of a price that is booked under another name has a stream of its own. */
static void stream_name(const struct tg_path *path, unsigned point, const struct tg_path_step *step,
                        char name[256])
{
    const char *booked = path->costs[step->cost];
    size_t length = strlen(booked), own = strlen(step->primitive);
    bool same = length >= own && strcmp(booked + length - own, step->primitive) == 0;
    snprintf(name, 256, "%s/%s%s%s", path->names[point], booked, same ? "" : "/",
             same ? "" : step->primitive);
}

void tg_path_seed(const struct tg_path *path, struct tg_path_streams *streams, uint64_t seed,
                  uint64_t replication)
{
    for (unsigned p = 0; p < path->point_count; p++) {
        for (uint32_t i = path->first[p]; i < path->first[p + 1]; i++) {
            char name[256];
            stream_name(path, p, &path->steps[i], name);
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
        sum += (step->whole + step->fraction) * tg_dist_mean(step->law) * step->times;
    }
    return sum * (double)TG_PS_PER_NS;
}

const char *tg_path_wait_name(const struct tg_path *path, unsigned wait)
{
    static const char *const names[] = {"link", "ring", "server queue", "cpu", "client", "retransmission"};
    if (wait == path->batch_wait)
        return "reply batch";
    return wait < TG_WAIT_FIXED ? names[wait] : path->hops[wait - TG_WAIT_FIXED].settings->name;
}

const char *tg_path_loss_name(const struct tg_path *path, unsigned loss)
{
    static const char *const names[] = {"ring full",
                                        "backlog full",
                                        "server queue full",
                                        "link queue full",
                                        "SYN queue full",
                                        "accept queue full",
                                        "out of memory",
                                        "server dead",
                                        "retransmissions exhausted",
                                        "timed out",
                                        "no descriptor at the client",
                                        "no port at the client"};
    return loss < TG_LOSS_FIXED ? names[loss] : path->hops[loss - TG_LOSS_FIXED].settings->name;
}

static inline tg_ps draw(const struct tg_path_step *step, struct tg_rng *rng, double argument)
{
    const struct tg_dist *law =
        step->by ? tg_by_argument_choose(step->by, step->law, argument, rng) : step->law;
    double ns = tg_dist_sample(law, rng) * step->times;
    /* A fitted law may reach below zero; time cannot. */
    return ns > 0 ? tg_ps_from_ns(ns) : 0;
}

static inline tg_ps draw_step(const struct tg_path_step *step, struct tg_rng *rng, int64_t times,
                              double argument)
{
    int64_t draws = step->whole * times;
    for (int64_t k = 0; step->fraction > 0 && k < times; k++)
        draws += tg_rng_unit(rng) < step->fraction;
    if (step->constant_ps >= 0)
        return draws * step->constant_ps;
    tg_ps sum = 0;
    for (int64_t k = 0; k < draws; k++)
        sum += draw(step, rng, argument);
    return sum;
}

static inline void add_item(struct tg_payment *payment, uint32_t cost, tg_ps ps)
{
    payment->items[payment->count].cost = cost;
    payment->items[payment->count++].ps = ps;
    payment->total_ps += ps;
}

static inline void pay(const struct tg_path *path, struct tg_path_streams *streams, unsigned point,
                       int64_t times, double argument, struct tg_payment *payment)
{
    for (uint32_t i = path->first[point]; i < path->first[point + 1]; i++) {
        const struct tg_path_step *step = &path->steps[i];
        tg_ps sum = draw_step(step, &streams->steps[i], times, argument);
        add_item(payment, step->cost, sum);
    }
}

void tg_path_pay(const struct tg_path *path, struct tg_path_streams *streams, unsigned point, int64_t times,
                 struct tg_payment *payment)
{
    pay(path, streams, point, times, 0, payment);
}

void tg_path_pay_idle(const struct tg_path *path, struct tg_path_streams *streams, unsigned point,
                      tg_ps idle_ps, struct tg_payment *payment)
{
    pay(path, streams, point, 1, (double)idle_ps / (double)TG_PS_PER_NS, payment);
}

void tg_path_pay_mean(const struct tg_path *path, unsigned point, int64_t times, struct tg_payment *payment)
{
    for (uint32_t i = path->first[point]; i < path->first[point + 1]; i++) {
        const struct tg_path_step *step = &path->steps[i];
        double ns = (step->whole + step->fraction) * tg_dist_mean(step->law) * step->times * (double)times;
        add_item(payment, step->cost, tg_ps_from_ns(ns));
    }
}
