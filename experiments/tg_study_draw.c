#include "tg_study_draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_sweep.h"
#include "tg_uncertain.h"

enum { SIGHTS_MAX = 256 };

struct seen {
    struct tg_case what;
    bool saturation;
    double per_s;
    struct tg_sight sight;
};

struct tg_study_draw {
    const struct tg_study *study;
    uint64_t seed;
    cJSON *documents[TG_STUDY_MODELS_MAX];
    struct seen seen[SIGHTS_MAX];
    size_t seen_count;
};

int tg_study_draw_new(const struct tg_study *study, uint64_t seed, int64_t index, struct tg_study_draw **out,
                      struct tg_error *err)
{
    struct tg_study_draw *draw = calloc(1, sizeof *draw);
    if (!draw)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    draw->study = study;
    /* The seed of the simulations must be a positive number that JSON holds exactly. */
    draw->seed = (seed * 1000003 + (uint64_t)(index + 2)) & ((UINT64_C(1) << 52) - 1);
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < study->model_count; i++) {
        draw->documents[i] = cJSON_Duplicate(study->models[i].document, 1);
        if (!draw->documents[i])
            rc = tg_error_set(err, TG_ENOMEM, "out of memory");
        else if (index != TG_DRAW_BEST)
            rc = tg_priors_draw(draw->documents[i], study->models[i].name, seed, (uint64_t)index, err);
    }
    if (rc) {
        tg_study_draw_free(draw);
        return rc;
    }
    *out = draw;
    return TG_OK;
}

void tg_study_draw_free(struct tg_study_draw *draw)
{
    for (size_t i = 0; draw && i < TG_STUDY_MODELS_MAX; i++)
        cJSON_Delete(draw->documents[i]);
    free(draw);
}

const struct tg_study *tg_study_draw_study(const struct tg_study_draw *draw)
{
    return draw->study;
}

int tg_study_draw_set(struct tg_study_draw *draw, const char *key, double value, struct tg_error *err)
{
    const char *slash = strchr(key, '/');
    draw->seen_count = 0;
    for (size_t i = 0; slash && i < draw->study->model_count; i++) {
        const char *name = draw->study->models[i].name;
        if (strlen(name) == (size_t)(slash - key) && strncmp(name, key, strlen(name)) == 0)
            return tg_priors_put(draw->documents[i], name, key, value, err);
    }
    return tg_error_set(err, TG_EINPUT, "study '%s' uses no model that has '%s'", draw->study->name, key);
}

static int read_uncertain(const struct tg_study_draw *draw, const cJSON *value, const char *path, double *out,
                          struct tg_error *err)
{
    struct tg_uncertain u;
    *out = NAN;
    if (!tg_uncertain_is(value))
        return tg_error_set(err, TG_EINPUT, "study '%s': %s: must be given, with its range",
                            draw->study->name, path);
    int rc = tg_uncertain_read(value, path, &u, err);
    if (!rc)
        *out = u.value;
    return rc ? tg_error_wrap(err, rc, "study '%s'", draw->study->name) : TG_OK;
}

int tg_study_draw_setting(const struct tg_study_draw *draw, const char *name, double *value,
                          struct tg_error *err)
{
    char path[TG_PATH_MAX];
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(draw->documents[0], "settings");
    return read_uncertain(draw, cJSON_GetObjectItemCaseSensitive(settings, name),
                          tg_json_path(path, "settings", name), value, err);
}

int tg_study_draw_target(const struct tg_study_draw *draw, size_t fit, double *value, struct tg_error *err)
{
    char path[TG_PATH_MAX];
    const cJSON *fits = cJSON_GetObjectItemCaseSensitive(draw->documents[0], "fits");
    const cJSON *own = cJSON_GetArrayItem(fits, (int)fit);
    snprintf(path, sizeof path, "fits[%zu].at", fit);
    return read_uncertain(draw, cJSON_GetObjectItemCaseSensitive(own, "at"), path, value, err);
}

/* Scenarios. */

/* Lays `over` over `object`, objects within objects too. */
static int lay_over(cJSON *object, const cJSON *over, struct tg_error *err)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, over)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(object, item->string);
        if (cJSON_IsObject(old) && cJSON_IsObject(item) && !tg_uncertain_is(old)) {
            int rc = lay_over(old, item, err);
            if (rc)
                return rc;
            continue;
        }
        cJSON *copy = cJSON_Duplicate(item, 1);
        cJSON_DeleteItemFromObjectCaseSensitive(object, item->string);
        if (!copy || !cJSON_AddItemToObject(object, item->string, copy))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

static const struct tg_study_system *find_system(const struct tg_study *study, const char *name,
                                                 size_t *index)
{
    for (*index = 0; *index < study->system_count; ++*index)
        if (strcmp(study->systems[*index].name, name) == 0)
            return &study->systems[*index];
    return NULL;
}

static int put_copy(cJSON *object, const char *key, const cJSON *value, struct tg_error *err)
{
    cJSON *copy = cJSON_Duplicate(value, 1);
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    return copy && cJSON_AddItemToObject(object, key, copy) ? TG_OK
                                                            : tg_error_set(err, TG_ENOMEM, "out of memory");
}

/* The workload file, with the scenario's own keys over it. */
static int put_workload(cJSON *scenario, const cJSON *file, struct tg_error *err)
{
    cJSON *own = cJSON_DetachItemFromObjectCaseSensitive(scenario, "workload");
    int rc = put_copy(scenario, "workload", file, err);
    cJSON_DeleteItemFromObjectCaseSensitive(own, "use");
    rc = rc ? rc : lay_over(cJSON_GetObjectItemCaseSensitive(scenario, "workload"), own, err);
    cJSON_Delete(own);
    return rc;
}

static int put_technique(cJSON *scenario, const cJSON *technique, struct tg_error *err)
{
    cJSON *copy = cJSON_Duplicate(technique, 1),
          *list = cJSON_GetObjectItemCaseSensitive(scenario, "techniques");
    cJSON_DeleteItemFromArray(list, 0);
    return copy && cJSON_AddItemToArray(list, copy) ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int put_patch(cJSON *scenario, const char *patch, struct tg_error *err)
{
    cJSON *json = NULL;
    if (!patch)
        return TG_OK;
    int rc = tg_json_read_text(patch, "patch", &json, err);
    rc = rc ? rc : lay_over(scenario, json, err);
    cJSON_Delete(json);
    return rc;
}

static int put_parts(const struct tg_study_draw *draw, const struct tg_study_system *system, cJSON *scenario,
                     struct tg_error *err)
{
    cJSON *const *documents = draw->documents;
    cJSON_DeleteItemFromObjectCaseSensitive(scenario, "profile");
    cJSON_AddStringToObject(scenario, "format", "tollgate scenario");
    cJSON_AddNumberToObject(scenario, "version", 1);
    cJSON_AddNumberToObject(scenario, "seed", (double)draw->seed);
    int rc = put_copy(scenario, "server", documents[system->parts[TG_PART_SERVER]], err);
    rc = rc ? rc : put_copy(scenario, "client", documents[system->parts[TG_PART_CLIENT]], err);
    rc = rc ? rc : put_technique(scenario, documents[system->parts[TG_PART_TECHNIQUE]], err);
    return rc ? rc : put_workload(scenario, documents[system->parts[TG_PART_WORKLOAD]], err);
}

static int read_scenario(const struct tg_study_draw *draw, const struct tg_case *what,
                         struct tg_scenario *scenario, struct tg_error *err)
{
    size_t index;
    const struct tg_study_system *system = find_system(draw->study, what->system, &index);
    if (!system)
        return tg_error_set(err, TG_EINPUT, "study '%s' has no system '%s'", draw->study->name, what->system);
    const cJSON *systems = cJSON_GetObjectItemCaseSensitive(draw->documents[0], "systems");
    const cJSON *own = cJSON_GetArrayItem(systems, (int)index);
    cJSON *json = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(own, "scenario"), 1);
    int rc = put_parts(draw, system, json, err);
    rc = rc ? rc : put_patch(json, what->patch, err);
    char *text = rc ? NULL : tg_json_print(json);
    char *profile = rc ? NULL : tg_json_print(draw->documents[system->parts[TG_PART_PROFILE]]);
    if (!rc && (!text || !profile))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_scenario_read_printed(text, profile, what->system, scenario, err);
    if (!rc && what->horizon_ps) {
        scenario->horizon_ps = what->horizon_ps;
        scenario->warm_up_ps = what->warm_up_ps;
    }
    free(text);
    free(profile);
    cJSON_Delete(json);
    return rc;
}

/* Rigs. */

int tg_rig_build(struct tg_rig *rig, struct tg_error *err)
{
    const struct tg_technique *technique = &rig->scenario.techniques[0];
    int rc = tg_server_copy(&rig->server, &rig->scenario.server, err);
    rc = rc ? rc : tg_technique_apply(technique, &rig->server, err);
    rc = rc ? rc : tg_path_build(&rig->path, &rig->scenario, technique, &rig->server, err);
    rc = rc ? rc : tg_world_new(&rig->scenario, &rig->path, &rig->world, err);
    return rc ? rc : tg_result_init(&rig->result, err);
}

int tg_rig_open(struct tg_study_draw *draw, const struct tg_case *what, struct tg_rig *rig,
                struct tg_error *err)
{
    *rig = (struct tg_rig){0};
    int rc = read_scenario(draw, what, &rig->scenario, err);
    if (rc)
        return rc;
    rc = tg_rig_build(rig, err);
    return rc ? tg_error_wrap(err, rc, "study '%s', system '%s'", draw->study->name, what->system) : TG_OK;
}

void tg_rig_close(struct tg_rig *rig)
{
    tg_world_free(rig->world);
    tg_result_release(&rig->result);
    tg_server_release(&rig->server);
    tg_scenario_release(&rig->scenario);
    *rig = (struct tg_rig){0};
}

/* Replies that come only because no more requests do are not sustained: those within the window count, and
 * what was under way at its end stands against what was under way at its beginning. */
static double replied_ratio(const struct tg_scenario *s, const struct tg_result *r)
{
    double offered = s->workload.client == TG_CLIENT_OPEN ? (double)r->offered
                                                          : r->offered_per_s * tg_s_from_ps(r->window_ps);
    return offered - (double)r->replies_in_window <= 1 ? 1 : (double)r->replies_in_window / offered;
}

static double httperf_rate(const struct tg_scenario *s, const struct tg_result *r)
{
    double window =
        s->workload.reply_window_ps ? tg_s_from_ps(s->workload.reply_window_ps) : tg_s_from_ps(r->run_ps);
    double windows = fmax(1, floor(tg_s_from_ps(r->run_ps) / window));
    return (double)r->replied / (windows * window);
}

int tg_rig_run(struct tg_rig *rig, double rate_per_s, uint64_t replication, struct tg_carry *carry,
               struct tg_sight *sight, struct tg_error *err)
{
    const struct tg_result *r = &rig->result;
    int rc = tg_world_run(rig->world, rate_per_s, replication, carry, &rig->result, err);
    if (rc)
        return rc;
    *sight = (struct tg_sight){.replied_ratio = replied_ratio(&rig->scenario, r),
                               .httperf_per_s = httperf_rate(&rig->scenario, r),
                               .no_port_ratio =
                                   r->offered ? (double)r->lost[TG_LOSS_PORTS] / (double)r->offered : 0,
                               .crashed = r->crashed_ps >= 0};
    tg_metric_compute(r, sight->metrics);
    return TG_OK;
}

/* What was seen. */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct seen *recall(struct tg_study_draw *draw, const struct tg_case *what, bool saturation)
{
    for (size_t i = 0; i < draw->seen_count; i++) {
        struct seen *s = &draw->seen[i];
        if (s->saturation == saturation && same_text(s->what.system, what->system) &&
            same_text(s->what.patch, what->patch) && s->what.horizon_ps == what->horizon_ps &&
            (saturation ||
             (s->what.rate_per_s == what->rate_per_s && s->what.replication == what->replication)))
            return s;
    }
    return NULL;
}

static void remember(struct tg_study_draw *draw, const struct seen *seen)
{
    if (draw->seen_count < SIGHTS_MAX)
        draw->seen[draw->seen_count++] = *seen;
}

int tg_study_draw_see(struct tg_study_draw *draw, const struct tg_case *what, struct tg_sight *sight,
                      struct tg_error *err)
{
    const struct seen *known = recall(draw, what, false);
    if (known) {
        *sight = known->sight;
        return TG_OK;
    }
    struct tg_rig rig;
    int rc = tg_rig_open(draw, what, &rig, err);
    rc = rc ? rc : tg_rig_run(&rig, what->rate_per_s, what->replication, NULL, sight, err);
    tg_rig_close(&rig);
    if (!rc)
        remember(draw, &(struct seen){.what = *what, .sight = *sight});
    return rc;
}

/* Saturation. */

struct trial {
    double rate_per_s, reply_per_s;
    bool sustained;
};

static int try_rate(struct tg_rig *rig, double rate_per_s, struct trial *trial, struct tg_error *err)
{
    struct tg_sight sight;
    int rc = tg_rig_run(rig, rate_per_s, 0, NULL, &sight, err);
    *trial =
        (struct trial){rate_per_s, rate_per_s * sight.replied_ratio, sight.replied_ratio >= TG_SUSTAINED};
    return rc;
}

static int search(struct tg_rig *rig, double start_per_s, double precision, double *per_s,
                  struct tg_error *err)
{
    struct trial best = {0}, trial;
    double capacity = tg_world_capacity_per_s(&rig->scenario, &rig->path), low = 0, high = INFINITY;
    double rate = start_per_s > 0 ? start_per_s : 0.8 * capacity, step = start_per_s > 0 ? 1.05 : 1.25;
    while (high - low > precision * high || isinf(high)) {
        int rc = try_rate(rig, rate, &trial, err);
        if (rc)
            return rc;
        if (trial.sustained) {
            best = trial;
            low = rate;
        } else {
            high = rate;
        }
        if (high < 1e-3 * capacity)
            return tg_error_set(err, TG_EINPUT, "no rate is sustained");
        rate = isinf(high) ? step * low : low > 0 ? (low + high) / 2 : high / (step * step);
    }
    *per_s = best.reply_per_s;
    return TG_OK;
}

int tg_study_draw_saturation(struct tg_study_draw *draw, const struct tg_case *what, double precision,
                             double *per_s, struct tg_error *err)
{
    const struct seen *known = recall(draw, what, true);
    if (known) {
        *per_s = known->per_s;
        return TG_OK;
    }
    struct tg_rig rig;
    int rc = tg_rig_open(draw, what, &rig, err);
    rc = rc ? rc : search(&rig, what->rate_per_s, precision, per_s, err);
    if (rc)
        tg_error_wrap(err, rc, "system '%s'", what->system);
    tg_rig_close(&rig);
    if (!rc)
        remember(draw, &(struct seen){.what = *what, .saturation = true, .per_s = *per_s});
    return rc;
}
