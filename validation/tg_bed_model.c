#include "tg_bed_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_crossing.h"
#include "tg_json.h"

static const char *const workloads[TG_GENERATORS] = {
    [TG_GENERATOR_OPEN] = "testbed-open",
    [TG_GENERATOR_DNSPERF] = "testbed-dnsperf",
    [TG_GENERATOR_HTTPERF] = "testbed-httperf",
};

/* Prices. */

static cJSON *find_price(const cJSON *profile, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(profile, "costs"), name);
}

static double number(const cJSON *price, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(price, key);
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

int tg_bed_model_add_price(cJSON *profile, const struct tg_bed_price *p, struct tg_error *err)
{
    char law[48];
    cJSON *costs = cJSON_GetObjectItemCaseSensitive(profile, "costs");
    cJSON *price = costs ? cJSON_CreateObject() : NULL;
    if (!price)
        return tg_error_set(err, costs ? TG_ENOMEM : TG_EINPUT,
                            costs ? "out of memory" : "the profile has no 'costs'");
    snprintf(law, sizeof law, "%.6f ns", p->mean_ns);
    cJSON_AddStringToObject(price, "law", law);
    cJSON_AddNumberToObject(price, "mean_ns", p->mean_ns);
    cJSON_AddNumberToObject(price, "low_ns", p->low_ns);
    cJSON_AddNumberToObject(price, "high_ns", p->high_ns);
    cJSON_AddStringToObject(price, "provenance", p->provenance);
    cJSON_AddStringToObject(price, "source", p->source);
    cJSON_DeleteItemFromObjectCaseSensitive(costs, p->name);
    cJSON_AddItemToObject(costs, p->name, price);
    return TG_OK;
}

/* Prices that are what one probe takes more than another. */
struct difference {
    const char *derived, *whole, *part;
};
static const struct difference differences[] = {
    {"container_reply", "udp_reply_container_remote", "udp_deliver_remote"},
    {"container_request", "udp_deliver_container_remote", "udp_deliver_remote"},
    {"xdp_deliver", "xdp_answer", "xdp_answer_dropped"},
};

static int derive(cJSON *profile, const struct difference *d, struct tg_error *err)
{
    const cJSON *whole = find_price(profile, d->whole), *part = find_price(profile, d->part);
    if (!whole || !part)
        return TG_OK;
    double mean = number(whole, "mean_ns") - number(part, "mean_ns");
    double half = hypot(number(whole, "high_ns") - number(whole, "low_ns"),
                        number(part, "high_ns") - number(part, "low_ns")) /
                  2;
    if (!(mean > 0))
        return TG_OK;
    char source[128];
    snprintf(source, sizeof source, "%s less %s", d->whole, d->part);
    const struct tg_bed_price price = {.name = d->derived,
                                       .mean_ns = mean,
                                       .low_ns = fmax(0, mean - half),
                                       .high_ns = mean + half,
                                       .provenance = "scaled",
                                       .source = source};
    return tg_bed_model_add_price(profile, &price, err);
}

int tg_bed_model_derive(cJSON *profile, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; i < TG_COUNT(differences) && !rc; i++)
        rc = derive(profile, &differences[i], err);
    return rc;
}

int tg_bed_model_open_ranges(cJSON *profile, struct tg_error *err)
{
    cJSON *price;
    cJSON_ArrayForEach(price, cJSON_GetObjectItemCaseSensitive(profile, "costs"))
    {
        double mean = number(price, "mean_ns"), low = number(price, "low_ns"),
               high = number(price, "high_ns");
        if (!(low <= mean && mean <= high) || cJSON_HasObjectItem(price, "range_low_ns"))
            continue;
        if (!cJSON_AddNumberToObject(price, "range_low_ns", low) ||
            !cJSON_AddNumberToObject(price, "range_high_ns", high))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

/* What the system adds to its server's path. */

static cJSON *add_cost(cJSON *list, const char *cost, double count)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "cost", cost);
    cJSON_AddNumberToObject(item, "count", count);
    cJSON_AddItemToArray(list, item);
    return item;
}

static cJSON *add_rule(cJSON *rules, const char *at)
{
    cJSON *rule = cJSON_CreateObject();
    cJSON_AddStringToObject(rule, "at", at);
    cJSON_AddItemToArray(rules, rule);
    return cJSON_AddArrayToObject(rule, "add");
}

/* In the kernel the crossings are calls of plugins, the first of which may compute. */
static void add_crossings(cJSON *rules, const struct tg_bed_system *system)
{
    const struct tg_crossing_kind *kind = tg_crossing_find(system->crossing);
    cJSON *costs = add_rule(rules, "request");
    for (int i = 0; kind && i < TG_CROSSING_PARTS && kind->made_of[i].primitive; i++)
        add_cost(costs, kind->made_of[i].primitive, kind->made_of[i].count * system->crossings);
    if (kind && kind->after)
        add_cost(costs, kind->after, 1);
    if (!kind)
        add_cost(costs, system->crossing, system->crossings);
    if (system->work)
        /* One draw for thousands of rounds: they are all alike. */
        cJSON_AddNumberToObject(add_cost(costs, "plugin_round", 1), "times", system->work);
}

static cJSON *make_technique(const struct tg_bed_system *system)
{
    cJSON *technique = cJSON_CreateObject();
    cJSON_AddStringToObject(technique, "format", "tollgate technique");
    cJSON_AddNumberToObject(technique, "version", 1);
    cJSON_AddStringToObject(technique, "name", system->name);
    cJSON_AddStringToObject(technique, "title", system->what);
    cJSON *rules = cJSON_AddArrayToObject(technique, "rules");
    if (system->path == TG_BED_CONTAINER) {
        add_cost(add_rule(rules, "packet_in"), "container_request", 1);
        add_cost(add_rule(rules, "reply"), "container_reply", 1);
    }
    if (system->crossing)
        add_crossings(rules, system);
    return technique;
}

/* The scenario. */

static int add_model(cJSON *scenario, const char *key, enum tg_catalog_kind kind, const char *name,
                     struct tg_error *err)
{
    char *path;
    cJSON *document = NULL;
    int rc = tg_catalog_find(kind, name, NULL, &path, err);
    if (rc)
        return rc;
    rc = tg_json_read_file(path, &document, err);
    free(path);
    if (!rc)
        cJSON_AddItemToObject(scenario, key, document);
    return rc;
}

static int add_models(cJSON *scenario, const struct tg_bed_system *system, struct tg_error *err)
{
    char server[64];
    snprintf(server, sizeof server, "testbed-%s%s", tg_bed_server_name(system->server),
             system->generator == TG_GENERATOR_DNSPERF ? "-dnsperf" : "");
    cJSON *techniques = cJSON_AddArrayToObject(scenario, "techniques");
    cJSON_AddItemToArray(techniques, make_technique(system));
    int rc = add_model(scenario, "server", TG_CATALOG_SERVERS, server, err);
    return rc ? rc : add_model(scenario, "workload", TG_CATALOG_WORKLOADS, workloads[system->generator], err);
}

static int make_scenario(const struct tg_bed_model_setup *setup, cJSON **out, struct tg_error *err)
{
    char horizon[48], warm_up[48];
    cJSON *scenario = *out = cJSON_CreateObject(), *client = NULL;
    snprintf(horizon, sizeof horizon, "%.9f s", setup->warmup_s + setup->window_s);
    snprintf(warm_up, sizeof warm_up, "%.9f s", setup->warmup_s);
    cJSON_AddStringToObject(scenario, "format", "tollgate scenario");
    cJSON_AddNumberToObject(scenario, "version", 1);
    cJSON_AddStringToObject(scenario, "title", setup->system->what);
    cJSON_AddNumberToObject(scenario, "seed", (double)setup->seed);
    cJSON_AddStringToObject(scenario, "horizon", horizon);
    cJSON_AddStringToObject(scenario, "warm_up", warm_up);
    int rc = tg_json_read_text(setup->profile, "profile", &client, err);
    if (rc)
        return rc;
    cJSON_AddItemToObject(scenario, "client", client);
    return add_models(scenario, setup->system, err);
}

static int add_name(struct tg_strings *names, const char *name, struct tg_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return TG_OK;
    }
    return tg_strings_add(names, name) ? tg_error_set(err, TG_ENOMEM, "out of memory") : TG_OK;
}

static const struct difference *find_difference(const char *derived)
{
    for (size_t i = 0; derived && i < TG_COUNT(differences); i++) {
        if (strcmp(derived, differences[i].derived) == 0)
            return &differences[i];
    }
    return NULL;
}

/* Every "cost" in a tree, a difference by what it is made of. */
static int collect(const cJSON *node, struct tg_strings *names, struct tg_error *err)
{
    const char *cost = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, "cost"));
    const struct difference *d = find_difference(cost);
    const cJSON *child;
    int rc = TG_OK;
    if (d)
        rc = add_name(names, d->whole, err);
    if (d && !rc)
        rc = add_name(names, d->part, err);
    if (cost && !d)
        rc = add_name(names, cost, err);
    cJSON_ArrayForEach(child, node)
    {
        rc = rc ? rc : collect(child, names, err);
    }
    return rc;
}

int tg_bed_model_primitives(const struct tg_bed_system *system, struct tg_strings *names,
                            struct tg_error *err)
{
    cJSON *scenario = cJSON_CreateObject();
    int rc = add_models(scenario, system, err);
    rc = rc ? rc : collect(scenario, names, err);
    cJSON_Delete(scenario);
    return rc;
}

int tg_bed_model_open(const struct tg_bed_model_setup *setup, struct tg_rig *rig, struct tg_error *err)
{
    cJSON *scenario = NULL;
    *rig = (struct tg_rig){0};
    int rc = make_scenario(setup, &scenario, err);
    char *text = rc ? NULL : tg_json_print(scenario);
    cJSON_Delete(scenario);
    if (!rc && !text)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_scenario_read_printed(text, setup->profile, setup->system->name, &rig->scenario, err);
    free(text);
    return rc ? rc : tg_rig_build(rig, err);
}
