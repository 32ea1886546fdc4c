#include "tg_bed_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_json.h"

#define FILE_NAME "testbed.json"

int tg_bed_record_add(struct tg_bed_record *record, struct tg_measured *measured, struct tg_error *err)
{
    struct tg_measured *systems = realloc(record->systems, (record->count + 1) * sizeof *systems);
    if (!systems)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    record->systems = systems;
    systems[record->count++] = *measured;
    *measured = (struct tg_measured){0};
    return TG_OK;
}

/* One system that fails is no reason to give up the others. */
static int go_on(struct tg_measured *measured, int rc, const struct tg_error *err)
{
    if (rc != TG_EENV)
        return rc;
    snprintf(measured->failed, sizeof measured->failed, "%s", err->text);
    return TG_OK;
}

static int begin(struct tg_bed_record *record, struct tg_bed *bed, const struct tg_bed_system *system,
                 const struct tg_campaign *campaign, struct tg_error *err)
{
    struct tg_measured measured;
    int rc = go_on(&measured, tg_campaign_begin(bed, system, campaign, &measured, err), err);
    int kept = tg_bed_record_add(record, &measured, rc ? NULL : err);
    if (kept)
        tg_measured_release(&measured);
    return rc ? rc : kept;
}

int tg_bed_record_measure(struct tg_bed_record *record, struct tg_bed *bed,
                          const struct tg_bed_system *const *systems, size_t count,
                          const struct tg_campaign *campaign, const char *folder, struct tg_error *err)
{
    const size_t first = record->count;
    int rc = TG_OK;
    for (size_t i = 0; i < count && !rc; i++)
        rc = begin(record, bed, systems[i], campaign, err);
    for (unsigned pass = 0; pass < campaign->repetitions && !rc; pass++) {
        for (size_t i = first; i < record->count && !rc; i++)
            rc = go_on(&record->systems[i], tg_campaign_pass(bed, campaign, &record->systems[i], err), err);
        int kept = tg_bed_record_write(record, folder, rc ? NULL : err);
        rc = rc ? rc : kept;
    }
    return rc;
}

const struct tg_measured *tg_bed_record_find(const struct tg_bed_record *record, const char *system)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->systems[i].system->name, system) == 0)
            return &record->systems[i];
    }
    return NULL;
}

static void add_known(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, value);
}

static cJSON *point_to_json(const struct tg_bed_point *point)
{
    cJSON *o = cJSON_CreateObject();
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++)
        add_known(o, f->name, *(const double *)((const char *)point + f->offset));
    cJSON_AddStringToObject(o, "limited_by", tg_limit_name(point->limited_by));
    return o;
}

static cJSON *saturation_to_json(const struct tg_saturation *s)
{
    cJSON *o = cJSON_CreateObject();
    tg_json_add_number(o, "per_s", s->per_s);
    cJSON *interval = cJSON_AddArrayToObject(o, "interval");
    cJSON_AddItemToArray(interval, isfinite(s->low) ? cJSON_CreateNumber(s->low) : cJSON_CreateNull());
    cJSON_AddItemToArray(interval, isfinite(s->high) ? cJSON_CreateNumber(s->high) : cJSON_CreateNull());
    cJSON_AddNumberToObject(o, "repetitions", s->repetitions);
    cJSON_AddBoolToObject(o, "plateau", s->plateau);
    cJSON_AddBoolToObject(o, "reached", s->reached);
    cJSON_AddStringToObject(o, "limited_by", tg_limit_name(s->limited_by));
    cJSON_AddNumberToObject(o, "disturbed_share", s->disturbed_share);
    return o;
}

/* From a tenth and three tenths of the saturation; nothing where they do not tell. */
static void add_price(cJSON *o, const struct tg_measured *m)
{
    const double low_load = 0.1, high_load = 0.3;
    double request_ns, wakeup_ns;
    if (tg_measured_price(m, low_load, high_load, &request_ns, &wakeup_ns, NULL))
        return;
    cJSON *price = cJSON_AddObjectToObject(o, "price");
    cJSON_AddNumberToObject(price, "request_ns", request_ns);
    cJSON_AddNumberToObject(price, "wakeup_ns", wakeup_ns);
}

static cJSON *measured_to_json(const struct tg_measured *m)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", m->system->name);
    cJSON_AddStringToObject(o, "what", m->system->what);
    cJSON_AddStringToObject(o, "server", tg_bed_server_name(m->system->server));
    cJSON_AddStringToObject(o, "path", m->system->path == TG_BED_DIRECT ? "direct" : "container");
    cJSON_AddStringToObject(o, "generator", tg_bed_generator_name(m->system->generator));
    if (m->system->crossing) {
        cJSON_AddStringToObject(o, "crossing", m->system->crossing);
        cJSON_AddNumberToObject(o, "crossings", m->system->crossings);
    }
    if (m->system->work)
        cJSON_AddNumberToObject(o, "work", m->system->work);
    if (*m->skipped) {
        cJSON_AddStringToObject(o, "skipped", m->skipped);
        return o;
    }
    if (*m->failed)
        cJSON_AddStringToObject(o, "failed", m->failed);
    add_known(o, "searched_per_s", m->searched_per_s);
    cJSON_AddBoolToObject(o, "complete", m->complete);
    cJSON_AddItemToObject(o, "saturation", saturation_to_json(&m->saturation));
    add_price(o, m);
    cJSON *points = cJSON_AddArrayToObject(o, "points");
    for (size_t i = 0; i < m->count; i++)
        cJSON_AddItemToArray(points, point_to_json(&m->points[i]));
    return o;
}

cJSON *tg_bed_record_to_json(const struct tg_bed_record *record)
{
    cJSON *document = cJSON_CreateObject();
    if (!document)
        return NULL;
    cJSON_AddNumberToObject(document, "schema", 1);
    if (record->tool)
        cJSON_AddStringToObject(document, "tool", record->tool);
    cJSON_AddItemToObject(document, "host", tg_host_to_json(&record->host));
    if (record->settings)
        cJSON_AddItemToObject(document, "settings", cJSON_Duplicate(record->settings, 1));
    cJSON *systems = cJSON_AddArrayToObject(document, "systems");
    for (size_t i = 0; i < record->count; i++)
        cJSON_AddItemToArray(systems, measured_to_json(&record->systems[i]));
    return document;
}

cJSON *tg_bed_record_settings(const struct tg_campaign *c, const struct tg_bed_settings *bed)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "server_cpu", bed->server_cpu);
    cJSON_AddNumberToObject(o, "client_cpu", bed->client_cpu);
    cJSON_AddNumberToObject(o, "window_s", c->window_s);
    cJSON_AddNumberToObject(o, "warmup_s", c->warmup_s);
    cJSON_AddNumberToObject(o, "repetitions", c->repetitions);
    cJSON_AddNumberToObject(o, "tries", c->tries);
    cJSON_AddStringToObject(o, "gaps", c->even ? "even" : "exponential");
    cJSON_AddNumberToObject(o, "seed", (double)c->seed);
    cJSON *loads = cJSON_AddArrayToObject(o, c->rates_per_s ? "rates_per_s" : "loads");
    for (size_t i = 0; i < (c->rates_per_s ? c->rate_count : c->load_count); i++)
        cJSON_AddItemToArray(loads, cJSON_CreateNumber(c->rates_per_s ? c->rates_per_s[i] : c->loads[i]));
    return o;
}

static int write_curve(const struct tg_measured *m, const char *folder, struct tg_error *err)
{
    char name[128];
    struct tg_curve curve = {0};
    int rc = TG_OK;
    snprintf(name, sizeof name, "%s.csv", m->system->name);
    char *path = tg_file_join(folder, name);
    if (!path)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < m->count && !rc; i++) {
        struct tg_curve_point point = tg_bed_point_to_curve(&m->points[i]);
        rc = tg_curve_add(&curve, &point, err);
    }
    if (!rc && curve.count)
        rc = tg_curve_write(&curve, path, err);
    tg_curve_release(&curve);
    free(path);
    return rc;
}

int tg_bed_record_write(const struct tg_bed_record *record, const char *folder, struct tg_error *err)
{
    cJSON *document = tg_bed_record_to_json(record);
    char *text = document ? tg_json_print(document) : NULL, *path = tg_file_join(folder, FILE_NAME);
    int rc = text && path ? tg_file_make_folder(folder, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < record->count && !rc; i++)
        rc = write_curve(&record->systems[i], folder, err);
    if (!rc)
        rc = tg_file_write(path, text, strlen(text), err);
    cJSON_Delete(document);
    free(text);
    free(path);
    return rc;
}

static double number(const cJSON *object, const char *key, double fallback)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : fallback;
}

static const char *word(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

static int read_point(const cJSON *o, struct tg_bed_point *point, struct tg_error *err)
{
    *point = tg_bed_point_unknown();
    if (!cJSON_IsObject(o))
        return tg_error_set(err, TG_EINPUT, "is not an object");
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++)
        *(double *)((char *)point + f->offset) = number(o, f->name, f->offset ? NAN : 0);
    if (!isfinite(point->offered_per_s + point->reply_per_s + point->answered_fraction))
        return tg_error_set(err, TG_EINPUT, "offered_per_s, reply_per_s or answered_fraction is missing");
    const char *limit = word(o, "limited_by");
    return tg_limit_parse(limit ? limit : "", &point->limited_by, err);
}

static int read_points(const cJSON *array, struct tg_measured *m, struct tg_error *err)
{
    const cJSON *o;
    m->points = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *m->points);
    if (!m->points)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_ArrayForEach(o, array)
    {
        int rc = read_point(o, &m->points[m->count], err);
        if (rc)
            return tg_error_wrap(err, rc, "points[%zu]", m->count);
        m->count++;
    }
    return TG_OK;
}

/* A pass is whole if it has as many points as the first. */
static unsigned count_passes(const struct tg_measured *m)
{
    size_t first = 0, own = 0;
    unsigned passes = 0;
    for (size_t i = 0; i < m->count; i++)
        first += m->points[i].repetition == 1;
    do {
        own = 0;
        for (size_t i = 0; i < m->count; i++)
            own += m->points[i].repetition == passes + 1;
        passes += own && own == first;
    } while (own && own == first);
    return passes;
}

/* Passes are counted, and the saturation is worked out anew, from the points. */
static int read_measured(const cJSON *o, struct tg_measured *m, struct tg_error *err)
{
    const char *name = word(o, "name"), *skipped = word(o, "skipped"), *failed = word(o, "failed");
    *m = (struct tg_measured){.system = name ? tg_bed_system_find(name) : NULL};
    if (!m->system)
        return tg_error_set(err, TG_EINPUT, "there is no system '%s'", name ? name : "");
    m->searched_per_s = number(o, "searched_per_s", 0);
    m->complete = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "complete"));
    if (skipped)
        snprintf(m->skipped, sizeof m->skipped, "%s", skipped);
    if (failed)
        snprintf(m->failed, sizeof m->failed, "%s", failed);
    int rc = skipped ? TG_OK : read_points(cJSON_GetObjectItemCaseSensitive(o, "points"), m, err);
    m->passes = rc ? 0 : count_passes(m);
    if (!rc)
        rc = tg_saturation_of(m->points, m->count, &m->saturation, err);
    return rc ? tg_error_wrap(err, rc, "%s", m->system->name) : TG_OK;
}

static int read_document(const cJSON *document, struct tg_bed_record *record, struct tg_error *err)
{
    const cJSON *o, *settings = cJSON_GetObjectItemCaseSensitive(document, "settings");
    const char *tool = word(document, "tool");
    if (number(document, "schema", 0) != 1)
        return tg_error_set(err, TG_EINPUT, "schema: is not 1");
    int rc =
        tg_host_from_json(cJSON_GetObjectItemCaseSensitive(document, "host"), "host", &record->host, err);
    if (rc)
        return rc;
    record->tool = tool ? strdup(tool) : NULL;
    record->settings = settings ? cJSON_Duplicate(settings, 1) : NULL;
    cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(document, "systems"))
    {
        struct tg_measured m;
        rc = read_measured(o, &m, err);
        if (!rc)
            rc = tg_bed_record_add(record, &m, err);
        if (rc) {
            tg_measured_release(&m);
            return tg_error_wrap(err, rc, "systems[%zu]", record->count);
        }
    }
    return TG_OK;
}

int tg_bed_record_read(struct tg_bed_record *record, const char *folder, struct tg_error *err)
{
    cJSON *document = NULL;
    char *path = tg_file_join(folder, FILE_NAME);
    *record = (struct tg_bed_record){0};
    if (!path)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_json_read_file(path, &document, err);
    if (!rc) {
        rc = read_document(document, record, err);
        rc = rc ? tg_error_wrap(err, rc, "%s", path) : TG_OK;
    }
    cJSON_Delete(document);
    free(path);
    if (rc)
        tg_bed_record_release(record);
    return rc;
}

void tg_bed_record_release(struct tg_bed_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        tg_measured_release(&record->systems[i]);
    free(record->systems);
    free(record->tool);
    cJSON_Delete(record->settings);
    tg_host_release(&record->host);
    *record = (struct tg_bed_record){0};
}
