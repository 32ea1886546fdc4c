#include "tg_study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_json.h"

enum { DOCUMENT = 0 };

/* The values stay in the document: the tables say which keys there are. */
static int keep(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    (void)value, (void)path, (void)member, (void)err;
    return TG_OK;
}

#define KEY(key, required, what)                                                                          \
    {                                                                                                     \
        .name = key, .kind = TG_CUSTOM, .read = keep, .flags = (required) ? TG_REQUIRED : 0, .help = what \
    }

const struct tg_field tg_study_fields[] = {
    KEY("format", true, "\"tollgate study\""),
    KEY("version", true, "1"),
    KEY("name", true, "short name"),
    KEY("title", true, "the study"),
    KEY("systems", true, "what it measured"),
    KEY("settings", false, "what the claims need to know about how it measured"),
    KEY("fits", true, "what may be fitted to which target"),
    KEY("claims", true, "what it says"),
};
const size_t tg_study_field_count = TG_COUNT(tg_study_fields);

const struct tg_field tg_study_system_fields[] = {
    KEY("name", true, "short name"),
    KEY("title", true, "the name in figures and tables"),
    KEY("scenario", true, "keys of a scenario, with one technique"),
};
const size_t tg_study_system_field_count = TG_COUNT(tg_study_system_fields);

const struct tg_field tg_study_claim_fields[] = {
    KEY("id", true, "its name"),
    KEY("claim", true, "what it says"),
    KEY("published", false, "the published value"),
    KEY("from", false, "lower end of the published range"),
    KEY("to", false, "upper end"),
    KEY("kind", true, "target or predicted"),
    KEY("must", false, "whether the simulator stands or falls with it"),
};
const size_t tg_study_claim_field_count = TG_COUNT(tg_study_claim_fields);

const struct tg_field tg_study_fit_fields[] = {
    KEY("target", true, "a claim's id"),
    KEY("at", true, "what the target is, with its range"),
    KEY("keys", true, "priors that all get the fitted value"),
};
const size_t tg_study_fit_field_count = TG_COUNT(tg_study_fit_fields);

/* Refuses unknown keys and such as are missing. */
static int check_keys(const cJSON *json, const struct tg_field *fields, size_t count, const char *file,
                      const char *list, size_t index, struct tg_error *err)
{
    char path[64] = "", unused;
    if (list)
        snprintf(path, sizeof path, "%s[%zu]", list, index);
    int rc = tg_json_read_object(json, path, fields, count, &unused, err);
    return rc ? tg_error_wrap(err, rc, "%s", file) : TG_OK;
}

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static double number_of(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int add_model(struct tg_study *study, cJSON *document, const char *file, size_t *index,
                     struct tg_error *err)
{
    const char *name = text_of(document, "name");
    if (!name || study->model_count == TG_STUDY_MODELS_MAX) {
        cJSON_Delete(document);
        return name ? tg_error_set(err, TG_ELIMIT, "a study uses at most %d model files", TG_STUDY_MODELS_MAX)
                    : tg_error_set(err, TG_EINPUT, "%s: name: required key is missing", file);
    }
    *index = study->model_count++;
    study->models[*index] = (struct tg_study_model){name, document};
    return TG_OK;
}

static int load_model(struct tg_study *study, enum tg_catalog_kind kind, const char *reference,
                      const char *beside_file, size_t *index, struct tg_error *err)
{
    char *file = NULL;
    cJSON *document = NULL;
    for (*index = 0; *index < study->model_count; ++*index)
        if (strcmp(study->models[*index].name, reference) == 0)
            return TG_OK;
    int rc = tg_catalog_find(kind, reference, beside_file, &file, err);
    rc = rc ? rc : tg_json_read_file(file, &document, err);
    rc = rc ? rc : add_model(study, document, file, index, err);
    free(file);
    return rc;
}

/* What a system's scenario names, in the order of enum tg_study_part. */
static const struct {
    const char *key;
    enum tg_catalog_kind kind;
} parts[TG_PARTS] = {
    {"profile", TG_CATALOG_HARDWARE},      {"client", TG_CATALOG_HARDWARE},    {"server", TG_CATALOG_SERVERS},
    {"techniques", TG_CATALOG_TECHNIQUES}, {"workload", TG_CATALOG_WORKLOADS},
};

static const char *part_name(const cJSON *scenario, enum tg_study_part part)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(scenario, parts[part].key);
    if (part == TG_PART_TECHNIQUE)
        value = cJSON_GetArraySize(value) == 1 ? cJSON_GetArrayItem(value, 0) : NULL;
    if (part == TG_PART_WORKLOAD)
        value = cJSON_GetObjectItemCaseSensitive(value, "use");
    return cJSON_GetStringValue(value);
}

static int read_system(struct tg_study *study, const cJSON *json, const char *file, struct tg_error *err)
{
    struct tg_study_system *system = &study->systems[study->system_count];
    int wrong = check_keys(json, tg_study_system_fields, tg_study_system_field_count, file, "systems",
                           study->system_count, err);
    if (wrong)
        return wrong;
    *system = (struct tg_study_system){.name = text_of(json, "name"),
                                       .title = text_of(json, "title"),
                                       .scenario = cJSON_GetObjectItemCaseSensitive(json, "scenario")};
    if (!system->name || !system->title || !cJSON_IsObject(system->scenario))
        return tg_error_set(err, TG_EINPUT, "%s: systems[%zu]: needs name, title and scenario", file,
                            study->system_count);
    for (int part = 0; part < TG_PARTS; part++) {
        const char *name = part_name(system->scenario, (enum tg_study_part)part);
        if (!name)
            return tg_error_set(err, TG_EINPUT, "%s: systems[%zu].scenario.%s: expected one name", file,
                                study->system_count, parts[part].key);
        int rc = load_model(study, parts[part].kind, name, file, &system->parts[part], err);
        if (rc)
            return rc;
    }
    study->system_count++;
    return TG_OK;
}

static int read_claim(struct tg_study *study, const cJSON *json, const char *file, struct tg_error *err)
{
    const char *kind = text_of(json, "kind");
    int wrong = check_keys(json, tg_study_claim_fields, tg_study_claim_field_count, file, "claims",
                           study->claim_count, err);
    if (wrong)
        return wrong;
    struct tg_study_claim claim = {.id = text_of(json, "id"),
                                   .text = text_of(json, "claim"),
                                   .value = number_of(json, "published", NAN),
                                   .low = number_of(json, "from", -INFINITY),
                                   .high = number_of(json, "to", INFINITY),
                                   .must = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "must"))};
    if (!claim.id || !claim.text || !kind)
        return tg_error_set(err, TG_EINPUT, "%s: claims[%zu]: needs id, claim and kind", file,
                            study->claim_count);
    claim.target = strcmp(kind, "target") == 0;
    if (!claim.target && strcmp(kind, "predicted") != 0)
        return tg_error_set(err, TG_EINPUT, "%s: claims[%zu].kind: '%s' is none of: target, predicted", file,
                            study->claim_count, kind);
    study->claims[study->claim_count++] = claim;
    return TG_OK;
}

static int read_fit(struct tg_study *study, const cJSON *json, const char *file, struct tg_error *err)
{
    struct tg_study_fit fit = {0};
    int wrong =
        check_keys(json, tg_study_fit_fields, tg_study_fit_field_count, file, "fits", study->fit_count, err);
    if (wrong)
        return wrong;
    const char *target = text_of(json, "target");
    const struct tg_study_claim *claim = target ? tg_study_claim(study, target) : NULL;
    if (!claim || !claim->target)
        return tg_error_set(err, TG_EINPUT, "%s: fits[%zu].target: must name a claim that is a target", file,
                            study->fit_count);
    fit.claim = (size_t)(claim - study->claims);
    const cJSON *key;
    cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(json, "keys"))
    {
        if (fit.key_count == TG_STUDY_KEYS_MAX || !cJSON_IsString(key))
            return tg_error_set(err, TG_EINPUT, "%s: fits[%zu].keys: expected at most %d keys of priors",
                                file, study->fit_count, TG_STUDY_KEYS_MAX);
        fit.keys[fit.key_count++] = key->valuestring;
    }
    study->fits[study->fit_count++] = fit;
    return TG_OK;
}

static int read_list(struct tg_study *study, const char *key, size_t most, const char *file,
                     int (*read)(struct tg_study *, const cJSON *, const char *, struct tg_error *),
                     struct tg_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(study->models[DOCUMENT].document, key), *item;
    if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > most)
        return tg_error_set(err, TG_EINPUT, "%s: %s: expected a list of at most %zu", file, key, most);
    cJSON_ArrayForEach(item, list)
    {
        int rc = read(study, item, file, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int read_head(struct tg_study *study, const char *file, struct tg_error *err)
{
    const cJSON *document = study->models[DOCUMENT].document;
    const char *format = text_of(document, "format");
    study->name = text_of(document, "name");
    study->title = text_of(document, "title");
    if (!format || strcmp(format, "tollgate study") != 0 || number_of(document, "version", 0) != 1)
        return tg_error_set(err, TG_EINPUT, "%s: not a study: format must be \"tollgate study\", version 1",
                            file);
    return check_keys(document, tg_study_fields, tg_study_field_count, file, NULL, 0, err);
}

int tg_study_read(const char *reference, struct tg_study *study, struct tg_error *err)
{
    char *file = NULL;
    size_t index;
    *study = (struct tg_study){0};
    int rc = tg_catalog_find(TG_CATALOG_STUDIES, reference, NULL, &file, err);
    if (rc)
        return rc;
    cJSON *document = NULL;
    rc = tg_json_read_file(file, &document, err);
    rc = rc ? rc : add_model(study, document, file, &index, err);
    rc = rc ? rc : read_head(study, file, err);
    rc = rc ? rc : read_list(study, "systems", TG_STUDY_SYSTEMS_MAX, file, read_system, err);
    rc = rc ? rc : read_list(study, "claims", TG_STUDY_CLAIMS_MAX, file, read_claim, err);
    rc = rc ? rc : read_list(study, "fits", TG_STUDY_CLAIMS_MAX, file, read_fit, err);
    free(file);
    if (rc)
        tg_study_release(study);
    return rc;
}

void tg_study_release(struct tg_study *study)
{
    for (size_t i = 0; i < study->model_count; i++)
        cJSON_Delete(study->models[i].document);
    *study = (struct tg_study){0};
}

cJSON *tg_study_model(const struct tg_study *study, const char *name)
{
    for (size_t i = 0; i < study->model_count; i++)
        if (strcmp(study->models[i].name, name) == 0)
            return study->models[i].document;
    return NULL;
}

bool tg_study_fits_key(const struct tg_study *study, const char *key)
{
    for (size_t i = 0; i < study->fit_count; i++)
        for (size_t k = 0; k < study->fits[i].key_count; k++)
            if (strcmp(study->fits[i].keys[k], key) == 0)
                return true;
    return false;
}

/* Takes one prior out of a list. */
static void drop(struct tg_priors *priors, size_t index)
{
    struct tg_priors one = {.items = malloc(sizeof *one.items), .count = 1};
    if (!one.items)
        return;
    one.items[0] = priors->items[index];
    memmove(&priors->items[index], &priors->items[index + 1],
            (priors->count - index - 1) * sizeof *priors->items);
    priors->count--;
    tg_priors_release(&one);
}

int tg_study_priors(const struct tg_study *study, struct tg_priors *priors, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < study->model_count; i++)
        rc = tg_priors_list(study->models[i].document, study->models[i].name, priors, err);
    for (size_t i = priors->count; i-- > 0;)
        if (tg_study_fits_key(study, priors->items[i].key))
            drop(priors, i);
    return rc;
}

const struct tg_study_claim *tg_study_claim(const struct tg_study *study, const char *id)
{
    for (size_t i = 0; i < study->claim_count; i++)
        if (strcmp(study->claims[i].id, id) == 0)
            return &study->claims[i];
    return NULL;
}
