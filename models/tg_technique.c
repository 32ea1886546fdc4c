#include "tg_technique.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

static const char *const formats[] = {"tollgate technique", NULL};

static int read_use(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_rule *rule = (struct tg_rule *)(void *)((char *)member - offsetof(struct tg_rule, use));
    rule->has_use = true;
    return tg_cost_list_read(value, path, member, err);
}

static int read_sleeps(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    if (!cJSON_IsBool(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected true or false", path);
    *(int *)member = cJSON_IsTrue(value);
    return TG_OK;
}

const struct tg_field tg_rule_fields[] = {
    {.name = "at",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_rule, at),
     .choices = tg_point_names,
     .help = "the point of the path that the rule is about"},
    {.name = "add",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_rule, add),
     .read = tg_cost_list_read,
     .help = "costs to add at the point, or beside each one of a primitive"},
    {.name = "clear",
     .kind = TG_FLAG,
     .offset = offsetof(struct tg_rule, clear),
     .help = "make the point free"},
    {.name = "for",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_rule, for_cost),
     .help = "the primitive to replace"},
    {.name = "use",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_rule, use),
     .read = read_use,
     .help = "what to put in the place of each one"},
    {.name = "each",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_rule, each_cost),
     .help = "the primitive beside each one of which to add costs"},
    {.name = "runs_in",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_rule, runs_in),
     .choices = tg_class_names,
     .help = "where the server's code runs under the technique"},
    {.name = "sleeps",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_rule, sleeps),
     .read = read_sleeps,
     .help = "whether the server sleeps while there are no requests"},
    {.name = "workers",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_rule, workers),
     .min = 1,
     .max = 10000,
     .help = "processes or threads that serve under the technique"},
    {.name = "optional",
     .kind = TG_FLAG,
     .offset = offsetof(struct tg_rule, optional),
     .help = "whether the rule may find nothing to rewrite"},
    {.name = "hop",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_rule, hop),
     .read = tg_hop_settings_read,
     .help = "another place that packets go through, outside all that are there"},
};
const size_t tg_rule_field_count = TG_COUNT(tg_rule_fields);

struct rule_list {
    struct tg_rule *items;
    size_t count;
};

struct document {
    struct tg_technique technique;
    int format;
    int64_t version;
    struct rule_list rules;
};

static void rule_release(struct tg_rule *rule)
{
    free(rule->for_cost);
    free(rule->each_cost);
    tg_cost_list_release(&rule->add);
    tg_cost_list_release(&rule->use);
    tg_hop_settings_release(&rule->hop);
}

static int check_rule(const struct tg_rule *rule, const char *path, struct tg_error *err)
{
    const char *fault = NULL;
    bool moves = rule->runs_in >= 0 || rule->sleeps >= 0 || rule->hop.name || rule->workers;
    int kinds = (rule->for_cost != NULL) + (rule->each_cost != NULL) + rule->clear;
    if (kinds > 1)
        fault = "a rule has one of 'for', 'each' and 'clear'";
    else if ((rule->for_cost != NULL) != rule->has_use)
        fault = "'for' and 'use' go together";
    else if (rule->each_cost && !rule->add.count)
        fault = "'each' needs costs to 'add'";
    else if ((rule->clear || (rule->add.count && !rule->each_cost)) && rule->at < 0)
        fault = "'add' and 'clear' need a point, 'at'";
    else if (!kinds && !rule->add.count && !moves)
        fault = "the rule does nothing";
    return fault ? tg_error_set(err, TG_EINPUT, "%s: %s", path, fault) : TG_OK;
}

static int read_rules(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct rule_list *list = member;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of rules, '[...]'", path);
    list->items = calloc((size_t)cJSON_GetArraySize(value) + 1, sizeof *list->items);
    if (!list->items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        char where[TG_PATH_MAX];
        struct tg_rule *rule = &list->items[list->count];
        *rule = (struct tg_rule){.at = -1, .runs_in = -1, .sleeps = -1};
        snprintf(where, sizeof where, "%s[%zu]", path, list->count);
        list->count++;
        int rc = tg_json_read_object(item, where, tg_rule_fields, tg_rule_field_count, rule, err);
        if (!rc)
            rc = check_rule(rule, where, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

const struct tg_field tg_technique_fields[] = {
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, format),
     .choices = formats,
     .flags = TG_REQUIRED,
     .help = "\"tollgate technique\""},
    {.name = "version",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, version),
     .flags = TG_REQUIRED,
     .min = 1,
     .max = 1.5,
     .help = "1"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct document, technique.name),
     .flags = TG_REQUIRED,
     .help = "short name"},
    {.name = "title",
     .kind = TG_STRING,
     .offset = offsetof(struct document, technique.title),
     .flags = TG_REQUIRED,
     .help = "the name in figures and tables"},
    {.name = "help",
     .kind = TG_STRING,
     .offset = offsetof(struct document, technique.help),
     .fallback = "",
     .help = "what it is, in a sentence"},
    {.name = "protocol",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, technique.protocol),
     .choices = tg_protocol_names,
     .help = "udp or tcp: it is for servers of this protocol only"},
    {.name = "rules",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, rules),
     .read = read_rules,
     .flags = TG_REQUIRED,
     .help = "how it rewrites a server's path"},
    {.name = "isolation",
     .kind = TG_STRINGS,
     .offset = offsetof(struct document, technique.isolation),
     .help = "the primitives that isolation itself needs; the rest of what the technique adds is not for it"},
    {.name = "system",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, technique.system),
     .read = tg_system_part_read,
     .help = "settings of adapter, link, TCP and memory that are the technique's own"},
    {.name = "costs",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, technique.costs),
     .read = tg_price_list_read,
     .help = "prices of the technique's own, by name"},
    {.name = "jitter",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, technique.jitter),
     .read = tg_noise_list_read,
     .help = "processes that steal time from the server's core under the technique, beside the machine's"},
};
const size_t tg_technique_field_count = TG_COUNT(tg_technique_fields);

int tg_technique_read_json(const cJSON *json, const char *name, struct tg_technique *technique,
                           struct tg_error *err)
{
    struct document document = {.technique.protocol = -1};
    int rc = tg_json_read_object(json, "", tg_technique_fields, tg_technique_field_count, &document, err);
    document.technique.rules = document.rules.items;
    document.technique.rule_count = document.rules.count;
    if (!rc && !(document.technique.document = cJSON_Duplicate(json, 1)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (rc) {
        tg_technique_release(&document.technique);
        return tg_error_wrap(err, rc, "%s", name);
    }
    *technique = document.technique;
    return TG_OK;
}

int tg_technique_read_file(const char *path, struct tg_technique *technique, struct tg_error *err)
{
    cJSON *json;
    int rc = tg_json_read_file(path, &json, err);
    if (rc)
        return rc;
    rc = tg_technique_read_json(json, path, technique, err);
    cJSON_Delete(json);
    return rc;
}

void tg_technique_release(struct tg_technique *technique)
{
    for (size_t i = 0; i < technique->rule_count; i++)
        rule_release(&technique->rules[i]);
    free(technique->rules);
    free(technique->name);
    free(technique->title);
    free(technique->help);
    tg_strings_release(&technique->isolation);
    tg_price_list_release(&technique->costs);
    tg_noise_list_release(&technique->jitter);
    cJSON_Delete(technique->system);
    cJSON_Delete(technique->document);
    *technique = (struct tg_technique){0};
}

static double count_of(const struct tg_cost_list *list, const char *cost)
{
    double count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].cost, cost) == 0)
            count += list->items[i].count;
    }
    return count;
}

/* `for` and `each`: over all points, or the one that the rule names. */
static int apply_to_cost(const struct tg_rule *rule, struct tg_server *server, struct tg_error *err)
{
    const char *cost = rule->for_cost ? rule->for_cost : rule->each_cost;
    bool found = false;
    for (int p = 0; p < TG_POINT_COUNT; p++) {
        struct tg_cost_list *list = &server->points[p];
        double count = count_of(list, cost);
        if ((rule->at >= 0 && rule->at != p) || count == 0)
            continue;
        found = true;
        int rc = rule->for_cost ? tg_cost_list_replace(list, cost, &rule->use, err)
                                : tg_cost_list_append(list, &rule->add, count, err);
        if (rc)
            return rc;
    }
    if (!found && !rule->optional)
        return tg_error_set(err, TG_EINPUT, "the path of server '%s' has no '%s' to rewrite", server->name,
                            cost);
    return TG_OK;
}

static int apply_rule(const struct tg_rule *rule, struct tg_server *server, struct tg_error *err)
{
    if (rule->runs_in >= 0)
        server->runs_in = rule->runs_in;
    if (rule->sleeps >= 0)
        server->sleeps = rule->sleeps;
    if (rule->workers)
        server->workers = rule->workers;
    if (rule->hop.name) {
        if (server->hop_count == TG_HOPS_MAX)
            return tg_error_set(err, TG_ELIMIT, "more than %d hops", TG_HOPS_MAX);
        int rc = tg_hop_settings_copy(&server->hops[server->hop_count], &rule->hop, err);
        if (rc)
            return rc;
        server->hop_count++;
    }
    if (rule->for_cost || rule->each_cost)
        return apply_to_cost(rule, server, err);
    if (rule->clear)
        tg_cost_list_release(&server->points[rule->at]);
    if (rule->add.count)
        return tg_cost_list_append(&server->points[rule->at], &rule->add, 1, err);
    return TG_OK;
}

int tg_technique_apply(const struct tg_technique *technique, struct tg_server *server, struct tg_error *err)
{
    static const char *const take[] = {[TG_UDP] = "datagrams", [TG_TCP] = "connections"};
    if (technique->protocol >= 0 && technique->protocol != server->protocol)
        return tg_error_set(err, TG_EINPUT, "technique '%s' is for %s, and server '%s' takes %s",
                            technique->name, take[technique->protocol], server->name, take[server->protocol]);
    for (size_t i = 0; i < technique->rule_count; i++) {
        int rc = apply_rule(&technique->rules[i], server, err);
        if (rc)
            return tg_error_wrap(err, rc, "technique '%s': rules[%zu]", technique->name, i);
    }
    return TG_OK;
}
