#include "calibrate_to.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_catalog.h"
#include "tg_command.h"
#include "tg_inverse.h"
#include "tg_json.h"
#include "tg_text.h"
#include "tg_workers.h"

const char *const tg_calibrate_match_names[] = {"both", "throughput", "latency", NULL};

static const char *const column_names[TG_INVERSE_COLUMNS] = {"reply rate", "latency"};
static const char *const column_keys[TG_INVERSE_COLUMNS] = {"reply_per_s", "latency_ns"};

static void show_progress(void *context, const char *stage, size_t evaluations)
{
    (void)context;
    fprintf(stderr, "\r\033[K%s: %zu curves simulated", stage, evaluations);
}

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static int split_keys(const struct tg_strings *given, struct tg_strings *keys, struct tg_error *err)
{
    for (size_t i = 0; i < given->count; i++) {
        const char *at = given->items[i];
        while (*at) {
            size_t n = strcspn(at, ",");
            char *key = strndup(at, n);
            int rc = key ? tg_strings_add(keys, key) : TG_ENOMEM;
            free(key);
            if (rc)
                return tg_error_set(err, TG_ENOMEM, "out of memory");
            at += n + (at[n] == ',');
        }
    }
    if (keys->count)
        return TG_OK;
    return tg_error_set(err, TG_EUSAGE, "calibrate: give what to fit, like --fit server.costs.service");
}

static int find_technique(const struct tg_scenario *s, const char *name, size_t *index, struct tg_error *err)
{
    *index = 0;
    if (!name && s->technique_count == 1)
        return TG_OK;
    struct tg_text names = {0};
    for (size_t i = 0; i < s->technique_count; i++) {
        tg_text_printf(&names, "%s%s", names.length ? ", " : "", s->techniques[i].name);
        if (name && strcmp(s->techniques[i].name, name) == 0) {
            *index = i;
            tg_text_release(&names);
            return TG_OK;
        }
    }
    int rc = name
                 ? tg_error_set(err, TG_EUSAGE, "calibrate: the scenario has no technique '%s' (it has %s)",
                                name, names.data)
                 : tg_error_set(err, TG_EUSAGE,
                                "calibrate: say with --technique which one the curve was measured under (%s)",
                                names.data);
    tg_text_release(&names);
    return rc;
}

static void print_values(const struct tg_inverse *fit)
{
    printf("%-36s %12s %-28s %12s\n", "key", "fitted", "(95 % interval)", "before");
    for (size_t i = 0; i < fit->tunable.key_count; i++) {
        const struct tg_tunable_key *key = &fit->tunable.keys[i];
        char value[48], low[48], high[48], before[48], interval[110];
        snprintf(interval, sizeof interval, "(%s to %s)",
                 tg_tunable_format(key, fit->low[i], low, sizeof low),
                 tg_tunable_format(key, fit->high[i], high, sizeof high));
        printf("%-36s %12s %-28s %12s\n", key->path, tg_tunable_format(key, key->value, value, sizeof value),
               interval, tg_tunable_format(key, key->start, before, sizeof before));
    }
}

static void print_rates(const struct tg_inverse_point *p)
{
    char offered[32], measured[32], simulated[32];
    printf("%12s %12s %12s", tg_rate_format(p->offered_per_s, offered, sizeof offered),
           tg_rate_format(p->measured[TG_INVERSE_REPLY], measured, sizeof measured),
           tg_rate_format(p->simulated[TG_INVERSE_REPLY], simulated, sizeof simulated));
}

static void print_latencies(const struct tg_inverse_point *p)
{
    char measured[32] = "-", simulated[32] = "-";
    if (isfinite(p->measured[TG_INVERSE_LATENCY]))
        tg_time_format(p->measured[TG_INVERSE_LATENCY] * 1e-9, measured, sizeof measured);
    if (isfinite(p->simulated[TG_INVERSE_LATENCY]))
        tg_time_format(p->simulated[TG_INVERSE_LATENCY] * 1e-9, simulated, sizeof simulated);
    printf(" %12s %12s", measured, simulated);
}

static void print_curve(const struct tg_inverse *fit)
{
    bool latency = fit->matched[TG_INVERSE_LATENCY];
    const char *name = latency ? tg_curve_column_name(fit->latency) : "";
    printf("\n%12s %12s %12s", "offered", "replies", "simulated");
    if (latency)
        printf(" %12.12s %12s", name[0] ? name + strlen("latency_") : "", "simulated");
    printf("  shown?\n");
    for (size_t i = 0; i < fit->point_count; i++) {
        print_rates(&fit->points[i]);
        if (latency)
            print_latencies(&fit->points[i]);
        printf("  %s\n", fit->points[i].shown ? "yes" : "held out");
    }
}

static void print_error(const char *what, const struct tg_inverse_error *e)
{
    if (e->count)
        printf(", %s off by %.2g %% on average, %.2g %% at worst", what, 100 * e->mean, 100 * e->worst);
}

static void print_errors(const struct tg_inverse *fit)
{
    putchar('\n');
    for (int held_out = 1; held_out >= 0; held_out--) {
        const struct tg_inverse_error *errors = held_out ? fit->held_out : fit->shown;
        if (!errors[TG_INVERSE_REPLY].count)
            continue;
        printf("%zu points %s", errors[TG_INVERSE_REPLY].count, held_out ? "held out" : "shown");
        for (int c = 0; c < TG_INVERSE_COLUMNS; c++)
            print_error(column_names[c], &errors[c]);
        putchar('\n');
    }
    printf("%zu curves simulated\n", fit->evaluations);
}

static void add_errors(cJSON *json, const char *name, const struct tg_inverse_error *errors)
{
    cJSON *all = cJSON_AddObjectToObject(json, name);
    for (int c = 0; c < TG_INVERSE_COLUMNS; c++) {
        cJSON *one = cJSON_AddObjectToObject(all, column_keys[c]);
        cJSON_AddNumberToObject(one, "points", (double)errors[c].count);
        tg_json_add_number(one, "mean", errors[c].mean);
        tg_json_add_number(one, "worst", errors[c].worst);
    }
}

static void add_values(cJSON *json, const struct tg_inverse *fit)
{
    cJSON *values = cJSON_AddArrayToObject(json, "fitted");
    for (size_t i = 0; i < fit->tunable.key_count; i++) {
        const struct tg_tunable_key *key = &fit->tunable.keys[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "key", key->path);
        cJSON_AddStringToObject(one, "unit", key->unit + strspn(key->unit, " "));
        tg_json_add_number(one, "value", key->value);
        tg_json_add_number(one, "low", fit->low[i]);
        tg_json_add_number(one, "high", fit->high[i]);
        tg_json_add_number(one, "before", key->start);
        cJSON_AddItemToArray(values, one);
    }
}

static void add_points(cJSON *json, const struct tg_inverse *fit)
{
    cJSON *points = cJSON_AddArrayToObject(json, "points");
    for (size_t i = 0; i < fit->point_count; i++) {
        const struct tg_inverse_point *p = &fit->points[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "offered_per_s", p->offered_per_s);
        cJSON_AddBoolToObject(one, "shown", p->shown);
        for (int c = 0; c < TG_INVERSE_COLUMNS; c++) {
            cJSON *pair = cJSON_AddObjectToObject(one, column_keys[c]);
            tg_json_add_number(pair, "measured", p->measured[c]);
            tg_json_add_number(pair, "simulated", p->simulated[c]);
        }
        cJSON_AddItemToArray(points, one);
    }
}

static int print_json(const struct tg_inverse *fit, const char *technique, struct tg_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "schema", 1);
    cJSON_AddStringToObject(json, "technique", technique);
    cJSON_AddItemToObject(json, "latency_column",
                          fit->matched[TG_INVERSE_LATENCY]
                              ? cJSON_CreateString(tg_curve_column_name(fit->latency))
                              : cJSON_CreateNull());
    add_values(json, fit);
    add_errors(json, "held_out", fit->held_out);
    add_errors(json, "shown", fit->shown);
    add_points(json, fit);
    cJSON_AddNumberToObject(json, "evaluations", (double)fit->evaluations);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    puts(text);
    free(text);
    return TG_OK;
}

/* The profile's name, where the catalog has the very same under it. */
static bool is_in_catalog(const struct tg_profile *profile)
{
    struct tg_profile known;
    char *path = NULL;
    bool same = false;
    if (tg_catalog_find(TG_CATALOG_HARDWARE, profile->name, NULL, &path, NULL))
        return false;
    if (!tg_profile_read_file(path, &known, NULL)) {
        same = strcmp(known.sha256, profile->sha256) == 0;
        tg_profile_release(&known);
    }
    free(path);
    return same;
}

static int write_scenario(const struct tg_calibrate_to_options *o, const struct tg_scenario *s,
                          size_t technique, struct tg_inverse *fit, struct tg_error *err)
{
    char source[512];
    const char *slash = strrchr(o->curve, '/');
    snprintf(source, sizeof source, "%s under '%s' (%s%s%s)", slash ? slash + 1 : o->curve,
             s->techniques[technique].name, fit->matched[TG_INVERSE_REPLY] ? "reply_per_s" : "",
             fit->matched[TG_INVERSE_REPLY] && fit->matched[TG_INVERSE_LATENCY] ? ", " : "",
             fit->matched[TG_INVERSE_LATENCY] ? tg_curve_column_name(fit->latency) : "");
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < fit->tunable.key_count; i++)
        rc = tg_tunable_tag(&fit->tunable, i, fit->low[i], fit->high[i], source, err);
    return rc ? rc
              : tg_tunable_write(&fit->tunable, o->output,
                                 is_in_catalog(&s->profile) ? s->profile.name : NULL, err);
}

static int fit_curve(const struct tg_calibrate_to_options *o, const struct tg_scenario *s, const char *name,
                     const struct tg_curve *curve, const struct tg_strings *keys, struct tg_error *err)
{
    bool show = isatty(STDERR_FILENO);
    struct tg_inverse_options options = {.match = o->match,
                                         .threads = o->threads ? (unsigned)o->threads : tg_workers_cores(),
                                         .progress = show ? show_progress : NULL,
                                         .interrupted = interrupted};
    struct tg_inverse fit;
    int rc = find_technique(s, o->technique, &options.technique, err);
    if (rc)
        return rc;
    rc = tg_inverse_fit(s, name, curve, (const char *const *)keys->items, keys->count, &options, &fit, err);
    if (show)
        fprintf(stderr, "\r\033[K");
    if (rc)
        return rc;
    if (o->output)
        rc = write_scenario(o, s, options.technique, &fit, err);
    if (!rc && o->json)
        rc = print_json(&fit, s->techniques[options.technique].name, err);
    else if (!rc) {
        print_values(&fit);
        print_curve(&fit);
        print_errors(&fit);
    }
    tg_inverse_release(&fit);
    return rc;
}

int tg_calibrate_to(const struct tg_calibrate_to_options *o, const char *path, struct tg_error *err)
{
    struct tg_curve curve = {0};
    struct tg_strings keys = {0};
    struct tg_scenario scenario;
    int rc = split_keys(&o->keys, &keys, err);
    rc = rc ? rc : tg_curve_read(&curve, o->curve, err);
    rc = rc ? rc : tg_scenario_read_file(path, o->profile, &scenario, err);
    if (!rc) {
        if (o->replications)
            scenario.replications = o->replications;
        if (o->seed)
            scenario.seed = o->seed;
        rc = fit_curve(o, &scenario, path, &curve, &keys, err);
        tg_scenario_release(&scenario);
    }
    tg_curve_release(&curve);
    tg_strings_release(&keys);
    return rc;
}
