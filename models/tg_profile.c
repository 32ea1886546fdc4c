#include "tg_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_json.h"
#include "tg_law.h"
#include "tg_system.h"

const char *const tg_provenance_names[] = {"measured", "published", "scaled", "assumed", "fitted", NULL};
const char *const tg_jitter_method_names[] = {"none", "separated", "diluted", NULL};
static const char *const formats[] = {"tollgate profile", NULL};

static int read_law(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    return tg_law_read(value, path, member, err);
}

const struct tg_field tg_price_fields[] = {
    {.name = "law",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, law),
     .read = read_law,
     .flags = TG_REQUIRED,
     .help = "what one operation takes: a time, or a law"},
    {.name = "mean_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, mean_ns),
     .flags = TG_NONNEGATIVE,
     .help = "mean cost in ns; the law's mean if left out"},
    {.name = "low_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, low_ns),
     .help = "lower end of the 95 % interval of the mean, ns"},
    {.name = "high_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, high_ns),
     .help = "upper end of the 95 % interval of the mean, ns"},
    {.name = "median_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, median_ns),
     .help = "median cost, ns"},
    {.name = "p99_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, p99_ns),
     .help = "99th percentile of the cost, ns"},
    {.name = "fastest_decile_mean_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, fastest_decile_mean_ns),
     .help = "mean of the fastest tenth of the samples, ns"},
    {.name = "raw_mean_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, raw_mean_ns),
     .help = "mean of all samples, those that jitter hit included, ns"},
    {.name = "jitter_hits",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price, jitter_hits),
     .flags = TG_NONNEGATIVE,
     .help = "samples that jitter hit, set aside"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price, samples),
     .flags = TG_NONNEGATIVE,
     .help = "number of samples behind the price"},
    {.name = "provenance",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_price, provenance),
     .choices = tg_provenance_names,
     .flags = TG_REQUIRED,
     .help = "measured, published, scaled, assumed or fitted"},
    {.name = "source",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_price, source),
     .flags = TG_REQUIRED,
     .help = "the trace, publication or rule that the price comes from"},
    {.name = "sha256",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_price, sha256),
     .help = "SHA-256 of the trace file"},
    {.name = "inherited_from",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_price, inherited_from),
     .help = "the base profile that the price was taken from"},
    {.name = "median_low_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, median_low_ns),
     .help = "lower end of the median's 95 % interval, ns"},
    {.name = "median_high_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, median_high_ns),
     .help = "upper end, ns"},
    {.name = "p99_low_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, p99_low_ns),
     .help = "lower end of the 99th percentile's 95 % interval, ns"},
    {.name = "p99_high_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, p99_high_ns),
     .help = "upper end, ns"},
    {.name = "jitter_method",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_price, jitter_method),
     .fallback = "none",
     .choices = tg_jitter_method_names,
     .help = "how jitter was told apart: none, separated (sample by sample) or diluted (one factor)"},
    {.name = "ljung_box_p",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, ljung_box_p),
     .help = "p-value of the Ljung-Box test: below 0.01 neighbouring samples resemble each other"},
    {.name = "block",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price, block),
     .flags = TG_NONNEGATIVE,
     .help = "samples joined to one for the intervals; 1: taken as independent"},
    {.name = "explained_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, explained_ns),
     .help = "raw mean less the fastest tenth's, as the cost's spread and jitter together explain it, ns"},
    {.name = "turns_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, turns_ns),
     .help = "what turns of other processes added to the raw mean, ns"},
    {.name = "unexplained_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, unexplained_ns),
     .help = "what of that difference neither these nor turns of other processes explain, ns"},
    {.name = "disagreement",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, disagreement),
     .help = "relative spread of the means of several trace sets beyond their intervals"},
    {.name = "fit",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, fit),
     .read = tg_price_fit_read,
     .help = "the best law of a known family"},
    {.name = "tail",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, tail),
     .read = tg_price_tail_read,
     .help = "a generalized Pareto law above a threshold"},
    {.name = "slope",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, slope),
     .read = tg_price_slope_read,
     .help = "how the cost grows with its argument"},
    {.name = "by_argument",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, by_argument),
     .read = tg_by_argument_read,
     .help = "what it takes at greater values of its argument, which the simulator knows"},
    {.name = "table",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price, table),
     .read = read_law,
     .help = "the empirical quantile table, where the law is a fit"},
    {.name = "range_low_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, range_low_ns),
     .help = "lower end of the range of an assumed price, ns"},
    {.name = "range_high_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_price, range_high_ns),
     .help = "upper end of the range of an assumed price, ns"},
};
const size_t tg_price_field_count = TG_COUNT(tg_price_fields);

const struct tg_field tg_noise_fields[] = {
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_noise, name),
     .flags = TG_REQUIRED,
     .help = "what steals the time"},
    {.name = "rate",
     .kind = TG_RATE,
     .offset = offsetof(struct tg_noise, rate_per_s),
     .flags = TG_REQUIRED | TG_POSITIVE,
     .help = "how often, on each core"},
    {.name = "arrivals",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_noise, periodic),
     .fallback = "poisson",
     .choices = (const char *const[]){"poisson", "periodic", NULL},
     .help = "poisson or periodic"},
    {.name = "tail_shape",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_noise, tail_shape),
     .help = "shape of the generalized Pareto law of the longest; above 1 it would have no mean"},
    {.name = "length",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_noise, length),
     .read = read_law,
     .flags = TG_REQUIRED,
     .help = "how long each takes: a time, or a law"},
    {.name = "provenance",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_noise, provenance),
     .choices = tg_provenance_names,
     .flags = TG_REQUIRED,
     .help = "measured, published, scaled, assumed or fitted"},
    {.name = "source",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_noise, source),
     .flags = TG_REQUIRED,
     .help = "the trace, publication or rule that it comes from"},
    {.name = "sha256",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_noise, sha256),
     .help = "SHA-256 of the trace file"},
};
const size_t tg_noise_field_count = TG_COUNT(tg_noise_fields);

struct document {
    struct tg_profile profile;
    int format;
    int64_t version;
    struct tg_price_list prices;
    struct tg_noise_list noises;
    char left_out; /* read for its form alone */
};

static void price_release(struct tg_price *price)
{
    free(price->primitive);
    tg_field_release(tg_price_fields, tg_price_field_count, price);
    tg_dist_release(&price->law);
    tg_dist_release(&price->table);
    tg_price_fit_release(&price->fit);
    tg_price_slope_release(&price->slope);
    tg_by_argument_release(&price->by_argument);
}

static void noise_release(struct tg_noise *noise)
{
    tg_field_release(tg_noise_fields, tg_noise_field_count, noise);
    tg_dist_release(&noise->length);
}

static int read_price(const cJSON *value, const char *path, struct tg_price *price, struct tg_error *err)
{
    *price = (struct tg_price){.mean_ns = NAN,
                               .low_ns = NAN,
                               .high_ns = NAN,
                               .median_ns = NAN,
                               .p99_ns = NAN,
                               .fastest_decile_mean_ns = NAN,
                               .raw_mean_ns = NAN,
                               .range_low_ns = NAN,
                               .range_high_ns = NAN,
                               .median_low_ns = NAN,
                               .median_high_ns = NAN,
                               .p99_low_ns = NAN,
                               .p99_high_ns = NAN,
                               .ljung_box_p = NAN,
                               .explained_ns = NAN,
                               .turns_ns = NAN,
                               .unexplained_ns = NAN};
    tg_price_tail_clear(&price->tail);
    tg_price_slope_clear(&price->slope);
    int rc = tg_json_read_object(value, path, tg_price_fields, tg_price_field_count, price, err);
    if (!rc && !(tg_dist_quantile(&price->law, 0) >= 0))
        rc = tg_error_set(err, TG_EINPUT, "%s.law: a cost must not be negative", path);
    if (!rc && isnan(price->mean_ns))
        price->mean_ns = tg_dist_mean(&price->law);
    if (!rc && !(price->primitive = strdup(value->string)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (rc)
        price_release(price);
    return rc;
}

int tg_price_list_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_price_list *list = member;
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", path);
    struct tg_price *prices = calloc((size_t)cJSON_GetArraySize(value) + 1, sizeof *prices);
    if (!prices)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    list->items = prices;
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        char where[TG_PATH_MAX];
        int rc = read_price(item, tg_json_path(where, path, item->string), &prices[list->count], err);
        if (rc)
            return rc;
        list->count++;
    }
    return TG_OK;
}

void tg_price_list_release(struct tg_price_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        price_release(&list->items[i]);
    free(list->items);
    *list = (struct tg_price_list){0};
}

int tg_noise_list_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_noise_list *list = member;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list, '[...]'", path);
    struct tg_noise *noises = calloc((size_t)cJSON_GetArraySize(value) + 1, sizeof *noises);
    if (!noises)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    list->items = noises;
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        char where[TG_PATH_MAX];
        snprintf(where, sizeof where, "%s[%zu]", path, list->count);
        int rc = tg_json_read_object(item, where, tg_noise_fields, tg_noise_field_count, &noises[list->count],
                                     err);
        if (rc) {
            tg_dist_release(&noises[list->count].length);
            return rc;
        }
        list->count++;
    }
    return TG_OK;
}

void tg_noise_list_release(struct tg_noise_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        noise_release(&list->items[i]);
    free(list->items);
    *list = (struct tg_noise_list){0};
}

static int read_host(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", path);
    free(*(char **)member);
    *(char **)member = tg_json_print(value);
    return *(char **)member ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int read_left_out(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    const cJSON *item;
    (void)member;
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", path);
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsString(item))
            return tg_error_set(err, TG_EINPUT, "%s.%s: expected a text", path, item->string);
    }
    return TG_OK;
}

const struct tg_field tg_profile_fields[] = {
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, format),
     .choices = formats,
     .flags = TG_REQUIRED,
     .help = "\"tollgate profile\""},
    {.name = "version",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, version),
     .flags = TG_REQUIRED,
     .min = 1,
     .max = 1.5,
     .help = "1"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct document, profile.name),
     .flags = TG_REQUIRED,
     .help = "short name of the machine"},
    {.name = "title",
     .kind = TG_STRING,
     .offset = offsetof(struct document, profile.title),
     .fallback = "",
     .help = "the machine in words"},
    {.name = "cpu",
     .kind = TG_STRING,
     .offset = offsetof(struct document, profile.cpu),
     .fallback = "",
     .help = "CPU model"},
    {.name = "clock",
     .kind = TG_FREQUENCY,
     .offset = offsetof(struct document, profile.clock_hz),
     .flags = TG_POSITIVE,
     .help = "clock frequency of the cores"},
    {.name = "cores",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, profile.cores),
     .fallback = "1",
     .min = 1,
     .max = 1024,
     .help = "number of cores"},
    {.name = "costs",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, prices),
     .read = tg_price_list_read,
     .flags = TG_REQUIRED,
     .help = "the price of each primitive, by its name"},
    {.name = "jitter",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, noises),
     .read = tg_noise_list_read,
     .help = "the processes that steal time from whatever runs"},
    {.name = "host",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, profile.host),
     .read = read_host,
     .help = "facts of the machine it was measured on; kept, and not read further"},
    {.name = "system",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, profile.system),
     .read = tg_system_part_read,
     .help = "settings of the machine: adapter, link, TCP and memory"},
    {.name = "left_out",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, left_out),
     .read = read_left_out,
     .help = "traces that gave no price, each with the reason"},
};
const size_t tg_profile_field_count = TG_COUNT(tg_profile_fields);

static void adopt_lists(struct document *document)
{
    document->profile.prices = document->prices.items;
    document->profile.price_count = document->prices.count;
    document->profile.noises = document->noises.items;
    document->profile.noise_count = document->noises.count;
}

int tg_profile_read_text(const char *text, const char *name, struct tg_profile *profile, struct tg_error *err)
{
    cJSON *json;
    struct document document = {0};
    int rc = tg_json_read_text(text, name, &json, err);
    if (rc)
        return rc;
    rc = tg_json_read_object(json, "", tg_profile_fields, tg_profile_field_count, &document, err);
    cJSON_Delete(json);
    adopt_lists(&document);
    if (!rc && !(document.profile.text = strdup(text)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (rc) {
        tg_profile_release(&document.profile);
        return tg_error_wrap(err, rc, "%s", name);
    }
    tg_sha256_bytes(text, strlen(text), document.profile.sha256);
    *profile = document.profile;
    return TG_OK;
}

int tg_profile_read_file(const char *path, struct tg_profile *profile, struct tg_error *err)
{
    char *text;
    int rc = tg_file_read(path, &text, NULL, err);
    if (rc)
        return rc;
    rc = tg_profile_read_text(text, path, profile, err);
    free(text);
    return rc;
}

void tg_profile_release(struct tg_profile *profile)
{
    tg_price_list_release(&(struct tg_price_list){profile->prices, profile->price_count});
    for (size_t i = 0; i < profile->noise_count; i++)
        noise_release(&profile->noises[i]);
    free(profile->noises);
    free(profile->name);
    free(profile->title);
    free(profile->cpu);
    free(profile->host);
    cJSON_Delete(profile->system);
    free(profile->text);
    *profile = (struct tg_profile){0};
}

const struct tg_price *tg_profile_price(const struct tg_profile *profile, const char *primitive)
{
    for (size_t i = 0; i < profile->price_count; i++) {
        if (strcmp(profile->prices[i].primitive, primitive) == 0)
            return &profile->prices[i];
    }
    return NULL;
}
