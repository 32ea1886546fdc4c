#include "tg_law.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_uncertain.h"

enum { PARAMETERS_MAX = 1 << 16, DEPTH_MAX = 8 };

struct reader {
    const cJSON *object;
    const char *path;
    double unit_ns; /* what a bare number is worth, 0: units must be given */
    double *values;
    size_t count;
    int depth; /* of laws within laws */
    struct tg_error *err;
};

static int fail(const struct reader *r, const char *key, const char *what)
{
    char where[TG_PATH_MAX];
    return tg_error_set(r->err, TG_EINPUT, "%s: %s", tg_json_path(where, r->path, key), what);
}

static int read_number(struct reader *r, const cJSON *given, const char *name, bool scale)
{
    double x;
    char path[TG_PATH_MAX];
    const cJSON *value;
    int opened = tg_uncertain_open(given, tg_json_path(path, r->path, name), &value, r->err);
    if (opened)
        return opened;
    if (cJSON_IsNumber(value) && (!scale || r->unit_ns > 0)) {
        x = value->valuedouble * (scale ? r->unit_ns : 1);
    } else if (cJSON_IsString(value) && scale) {
        int rc = tg_quantity_parse(value->valuestring, TG_DIM_TIME, &x, r->err);
        char where[TG_PATH_MAX];
        if (rc)
            return tg_error_wrap(r->err, rc, "%s", tg_json_path(where, r->path, name));
        x *= 1e9;
    } else {
        return fail(r, name, scale ? "expected a time with its unit, like \"20 us\"" : "expected a number");
    }
    r->values[r->count++] = x;
    return TG_OK;
}

static int read_named(struct reader *r, const struct tg_dist_family *family, const cJSON *parameters)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, parameters)
    {
        size_t i = 0;
        while (i < family->parameter_count && strcmp(family->parameters[i].name, item->string) != 0)
            i++;
        if (i == family->parameter_count)
            return fail(r, item->string, "the family has no such parameter");
    }
    for (size_t i = 0; i < family->parameter_count; i++) {
        const struct tg_dist_parameter *p = &family->parameters[i];
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(parameters, p->name);
        if (!value)
            return fail(r, p->name, "required key is missing");
        int rc = read_number(r, value, p->name, p->scale);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int read_listed(struct reader *r, const struct tg_dist_family *family, const cJSON *values)
{
    if (cJSON_GetArraySize(values) > PARAMETERS_MAX)
        return fail(r, "values", "too many values");
    size_t i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, values)
    {
        const struct tg_dist_parameter *p = &family->parameters[i++ % family->parameter_count];
        int rc = read_number(r, item, "values", p->scale);
        if (rc)
            return rc;
    }
    return TG_OK;
}

const char *const tg_law_keys[] = {"family", "unit",    "parameters", "values", "probabilities",
                                   "part",   "offset",  "factor",     "low",    "high",
                                   "parts",  "weights", "comment",    NULL};

static int check_keys(const struct reader *r)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, r->object)
    {
        size_t i = 0;
        while (tg_law_keys[i] && strcmp(tg_law_keys[i], item->string) != 0)
            i++;
        if (!tg_law_keys[i])
            return fail(r, item->string, "unknown key (a law has family, unit, parameters, values or parts)");
    }
    return TG_OK;
}

static int read_part(const cJSON *value, const char *path, int depth, struct tg_dist *law,
                     struct tg_error *err);

static int read_member(struct reader *r, const char *key, double fallback, bool scale, double *out)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(r->object, key);
    *out = fallback;
    if (!value)
        return TG_OK;
    size_t count = r->count;
    int rc = read_number(r, value, key, scale);
    *out = rc ? fallback : r->values[count];
    r->count = count;
    return rc;
}

static int read_only_part(struct reader *r, struct tg_dist *part)
{
    char where[TG_PATH_MAX];
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(r->object, "part");
    if (!value)
        return fail(r, "part", "required key is missing");
    return read_part(value, tg_json_path(where, r->path, "part"), r->depth + 1, part, r->err);
}

static int read_shifted(struct reader *r, struct tg_dist *law)
{
    struct tg_dist part;
    double offset, factor;
    int rc = read_member(r, "offset", 0, true, &offset);
    rc = rc ? rc : read_member(r, "factor", 1, false, &factor);
    rc = rc ? rc : read_only_part(r, &part);
    return rc ? rc : tg_dist_init_shifted(law, &part, offset, factor, r->err);
}

static int read_truncated(struct reader *r, struct tg_dist *law)
{
    struct tg_dist part;
    double low, high;
    int rc = read_member(r, "low", -HUGE_VAL, true, &low);
    rc = rc ? rc : read_member(r, "high", HUGE_VAL, true, &high);
    rc = rc ? rc : read_only_part(r, &part);
    return rc ? rc : tg_dist_init_truncated(law, &part, low, high, r->err);
}

static int read_mixture(struct reader *r, struct tg_dist *law)
{
    enum { PARTS_MAX = 16 };
    struct tg_dist parts[PARTS_MAX] = {0};
    const cJSON *weights = cJSON_GetObjectItemCaseSensitive(r->object, "weights");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->object, "parts"), *item;
    size_t n = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0, done = 0;
    double weight[PARTS_MAX];
    int rc = TG_OK;
    if (n < 1 || n > PARTS_MAX)
        return fail(r, "parts", "expected a list of 1 to 16 laws");
    if (!cJSON_IsArray(weights) || (size_t)cJSON_GetArraySize(weights) != n)
        return fail(r, "weights", "must be a list as long as 'parts'");
    cJSON_ArrayForEach(item, weights)
    {
        if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0))
            return fail(r, "weights", "expected numbers of at least 0");
        weight[done++] = item->valuedouble;
    }
    done = 0;
    cJSON_ArrayForEach(item, list)
    {
        char key[32], where[TG_PATH_MAX];
        snprintf(key, sizeof key, "parts[%zu]", done);
        rc = read_part(item, tg_json_path(where, r->path, key), r->depth + 1, &parts[done], r->err);
        if (rc)
            break;
        done++;
    }
    if (!rc)
        return tg_dist_init_mixture(law, weight, parts, n, r->err);
    for (size_t i = 0; i < done; i++)
        tg_dist_release(&parts[i]);
    return rc;
}

/* Laws made of other laws. */
static const struct composition {
    const char *family;
    int (*read)(struct reader *r, struct tg_dist *law);
} compositions[] = {
    {"shifted", read_shifted},
    {"truncated", read_truncated},
    {"mixture", read_mixture},
};

static const struct composition *find_composition(const char *family)
{
    for (size_t i = 0; i < TG_COUNT(compositions); i++)
        if (strcmp(compositions[i].family, family) == 0)
            return &compositions[i];
    return NULL;
}

/* A quantile table with probabilities of its own. */
static int init_spaced(struct reader *r, const struct tg_dist_family *family, const cJSON *probabilities,
                       struct tg_dist *law)
{
    size_t n = r->count, i = 0;
    if (!family || strcmp(family->name, "quantiles") != 0)
        return tg_error_set(r->err, TG_EINPUT, "'probabilities' belong to the family 'quantiles' alone");
    if (!cJSON_IsArray(probabilities) || (size_t)cJSON_GetArraySize(probabilities) != n)
        return tg_error_set(r->err, TG_EINPUT, "'probabilities' must be a list as long as 'values'");
    double *p = malloc((n + 1) * sizeof *p);
    if (!p)
        return tg_error_set(r->err, TG_ENOMEM, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, probabilities) p[i++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    int rc = tg_dist_init_quantiles(law, r->values, p, n, r->err);
    free(p);
    return rc;
}

static int read_family(struct reader *r, struct tg_dist *law)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(r->object, "family");
    const cJSON *unit = cJSON_GetObjectItemCaseSensitive(r->object, "unit");
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(r->object, "parameters");
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(r->object, "values");
    if (check_keys(r))
        return TG_EINPUT;
    if (!cJSON_IsString(name))
        return fail(r, "family", "expected the name of a family of distributions");
    if (unit && (!cJSON_IsString(unit) || strcmp(unit->valuestring, "ns") != 0))
        return fail(r, "unit", "must be \"ns\" (or leave it out and give each value its unit)");
    r->unit_ns = unit ? 1 : 0;
    const struct composition *composition = find_composition(name->valuestring);
    if (composition)
        return composition->read(r, law);
    const struct tg_dist_family *family = tg_dist_family_find(name->valuestring);
    if (family && cJSON_IsObject(parameters) && !family->repeats) {
        int rc = read_named(r, family, parameters);
        if (rc)
            return rc;
    } else if (family && cJSON_IsArray(values)) {
        int rc = read_listed(r, family, values);
        if (rc)
            return rc;
    } else if (family) {
        return fail(r, family->repeats ? "values" : "parameters",
                    family->repeats ? "expected a list" : "expected an object of parameters");
    }
    const cJSON *probabilities = cJSON_GetObjectItemCaseSensitive(r->object, "probabilities");
    int rc = probabilities ? init_spaced(r, family, probabilities, law)
                           : tg_dist_init(law, name->valuestring, r->values, r->count, r->err);
    return rc ? tg_error_wrap(r->err, rc, "%s", r->path) : TG_OK;
}

static int read_part(const cJSON *given, const char *path, int depth, struct tg_dist *law,
                     struct tg_error *err)
{
    const cJSON *value;
    int opened = tg_uncertain_open(given, path, &value, err);
    if (opened)
        return opened;
    struct reader r = {.object = value, .path = path, .depth = depth, .err = err};
    if (depth > DEPTH_MAX)
        return tg_error_set(err, TG_EINPUT, "%s: laws within laws are too deep (at most %d)", path,
                            DEPTH_MAX);
    if (cJSON_IsString(value)) {
        double seconds;
        int rc = tg_quantity_parse(value->valuestring, TG_DIM_TIME, &seconds, err);
        if (!rc && seconds < 0)
            rc = tg_error_set(err, TG_EINPUT, "'%s' must not be negative", value->valuestring);
        if (rc)
            return tg_error_wrap(err, rc, "%s", path);
        tg_dist_init_constant(law, seconds * 1e9);
        return TG_OK;
    }
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a time like \"20 us\", or a law, '{...}'", path);
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(value, "values");
    size_t room = 64 + (cJSON_IsArray(values) ? (size_t)cJSON_GetArraySize(values) : 0);
    r.values = malloc(room * sizeof *r.values);
    if (!r.values)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = read_family(&r, law);
    free(r.values);
    return rc;
}

int tg_law_read(const cJSON *value, const char *path, struct tg_dist *law, struct tg_error *err)
{
    return read_part(value, path, 0, law, err);
}

cJSON *tg_law_quantiles_json(const double *values_ns, size_t n)
{
    cJSON *law = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", "quantiles");
    cJSON_AddStringToObject(law, "unit", "ns");
    cJSON *values = cJSON_AddArrayToObject(law, "values");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(values, cJSON_CreateNumber(values_ns[i]));
    return law;
}
