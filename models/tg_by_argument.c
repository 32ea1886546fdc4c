#include "tg_by_argument.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_json.h"
#include "tg_law.h"

static int read_law(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    return tg_law_read(value, path, member, err);
}

const struct tg_field tg_law_at_fields[] = {
    {.name = "at",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_law_at, at),
     .flags = TG_REQUIRED,
     .help = "the argument, above all before it"},
    {.name = "law",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_law_at, law),
     .read = read_law,
     .flags = TG_REQUIRED,
     .help = "what one operation takes there: a time, or a law"},
    {.name = "mean_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_law_at, mean_ns),
     .flags = TG_NONNEGATIVE,
     .help = "mean cost there in ns; the law's mean if left out"},
    {.name = "low_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_law_at, low_ns),
     .help = "lower end of the 95 % interval of the mean, ns"},
    {.name = "high_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_law_at, high_ns),
     .help = "upper end, ns"},
    {.name = "median_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_law_at, median_ns),
     .help = "median cost there, ns"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_law_at, samples),
     .flags = TG_NONNEGATIVE,
     .help = "number of samples behind it"},
};
const size_t tg_law_at_field_count = TG_COUNT(tg_law_at_fields);

static int read_law_at(const cJSON *json, const char *path, struct tg_law_at *at, struct tg_error *err)
{
    *at = (struct tg_law_at){.mean_ns = NAN, .low_ns = NAN, .high_ns = NAN, .median_ns = NAN};
    int rc = tg_json_read_object(json, path, tg_law_at_fields, tg_law_at_field_count, at, err);
    if (!rc && !(tg_dist_quantile(&at->law, 0) >= 0))
        rc = tg_error_set(err, TG_EINPUT, "%s.law: a cost must not be negative", path);
    if (!rc && isnan(at->mean_ns))
        at->mean_ns = tg_dist_mean(&at->law);
    return rc;
}

static int read_more(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_by_argument *by =
        (struct tg_by_argument *)(void *)((char *)member - offsetof(struct tg_by_argument, more));
    if (!cJSON_IsArray(value) || !cJSON_GetArraySize(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of at least one, '[...]'", path);
    by->more = calloc((size_t)cJSON_GetArraySize(value), sizeof *by->more);
    if (!by->more)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    const cJSON *json;
    cJSON_ArrayForEach(json, value)
    {
        char where[TG_PATH_MAX];
        snprintf(where, sizeof where, "%s[%zu]", path, by->count);
        int rc = read_law_at(json, where, &by->more[by->count++], err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

const struct tg_field tg_by_argument_fields[] = {
    {.name = "argument",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_by_argument, argument),
     .flags = TG_REQUIRED,
     .help = "the trace's argument, its unit in the name"},
    {.name = "from",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_by_argument, from),
     .flags = TG_REQUIRED,
     .help = "the least argument, at which the price's own law holds"},
    {.name = "more",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_by_argument, more),
     .read = read_more,
     .flags = TG_REQUIRED,
     .help = "the laws at greater arguments, rising"},
};
const size_t tg_by_argument_field_count = TG_COUNT(tg_by_argument_fields);

int tg_by_argument_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_by_argument *by = member;
    *by = (struct tg_by_argument){0};
    int rc = tg_json_read_object(value, path, tg_by_argument_fields, tg_by_argument_field_count, by, err);
    double before = by->from;
    for (size_t i = 0; !rc && i < by->count; i++) {
        if (!(by->more[i].at > before))
            rc = tg_error_set(err, TG_EINPUT, "%s.more[%zu].at: %g is not above %g, which comes before it",
                              path, i, by->more[i].at, before);
        before = by->more[i].at;
    }
    return rc;
}

void tg_by_argument_release(struct tg_by_argument *by)
{
    for (size_t i = 0; i < by->count; i++)
        tg_dist_release(&by->more[i].law);
    free(by->more);
    free(by->argument);
    *by = (struct tg_by_argument){0};
}

const struct tg_dist *tg_by_argument_choose(const struct tg_by_argument *by, const struct tg_dist *least,
                                            double argument, struct tg_rng *rng)
{
    const struct tg_dist *below = least;
    double from = by->from, u = tg_rng_unit(rng);
    for (size_t i = 0; i < by->count; i++) {
        const struct tg_law_at *above = &by->more[i];
        if (argument < above->at)
            return u * (above->at - from) < argument - from ? &above->law : below;
        below = &above->law;
        from = above->at;
    }
    return below;
}
