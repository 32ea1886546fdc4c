/* Reading a trace set's folder. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_json.h"
#include "tg_trace_set.h"

/* What host.json says about one trace. */
struct note {
    double observed_ns, threshold_ns;
    int64_t samples;
    char *what, *sha256;
};

static const struct tg_field note_fields[] = {
    {.name = "observed_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct note, observed_ns),
     .flags = TG_NONNEGATIVE},
    {.name = "threshold_ns",
     .kind = TG_NUMBER,
     .offset = offsetof(struct note, threshold_ns),
     .flags = TG_NONNEGATIVE},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = offsetof(struct note, samples),
     .flags = TG_NONNEGATIVE},
    {.name = "what", .kind = TG_STRING, .offset = offsetof(struct note, what)},
    {.name = "sha256", .kind = TG_STRING, .offset = offsetof(struct note, sha256)},
};

static int apply_note(struct tg_trace *trace, const struct note *note, const char *file, struct tg_error *err)
{
    if (note->samples && note->samples != (int64_t)trace->count)
        return tg_error_set(err, TG_EINPUT, "%s: holds %zu samples, but host.json says %lld", file,
                            trace->count, (long long)note->samples);
    if (note->sha256 && strcmp(note->sha256, trace->sha256) != 0)
        return tg_error_set(err, TG_EINPUT,
                            "%s: its SHA-256 is not the one that host.json gives: the file was changed",
                            file);
    trace->observed_ns = note->observed_ns;
    trace->threshold_ns = note->threshold_ns;
    return TG_OK;
}

static int read_trace(struct tg_trace_set *set, const char *file, const cJSON *notes, struct tg_error *err)
{
    struct tg_trace trace = {0};
    struct note note = {0};
    char path[TG_PATH_MAX];
    int rc = tg_trace_read(&trace, file, err);
    if (rc)
        return rc;
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(notes, trace.name);
    if (given)
        rc = tg_json_read_object(given, tg_json_path(path, "traces", trace.name), note_fields,
                                 TG_COUNT(note_fields), &note, err);
    if (rc)
        tg_error_wrap(err, rc, "host.json");
    else
        rc = apply_note(&trace, &note, file, err);
    if (!rc)
        rc = tg_trace_set_add(set, &trace, note.what, err);
    tg_field_release(note_fields, TG_COUNT(note_fields), &note);
    tg_trace_release(&trace);
    return rc;
}

static int is_csv(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 4, ".csv") == 0;
}

static int read_traces(struct tg_trace_set *set, const char *folder, const cJSON *notes, struct tg_error *err)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_csv, alphasort), rc = TG_OK;
    if (n < 0)
        return tg_error_set(err, TG_EENV, "cannot list '%s': %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char *file = tg_file_join(folder, entries[i]->d_name);
        if (!rc)
            rc = file ? read_trace(set, file, notes, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
        free(file);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* A trace that host.json lists must be there. */
static int check_complete(const struct tg_trace_set *set, const cJSON *notes, struct tg_error *err)
{
    const cJSON *note;
    cJSON_ArrayForEach(note, notes)
    {
        if (!tg_trace_set_find(set, note->string))
            return tg_error_set(err, TG_EINPUT, "host.json lists a trace '%s', but '%s.csv' is not there",
                                note->string, note->string);
    }
    if (!set->count)
        return tg_error_set(err, TG_EINPUT, "the folder holds no trace (no .csv file)");
    return TG_OK;
}

static int take_object(cJSON *document, const char *key, cJSON **out, struct tg_error *err)
{
    *out = cJSON_DetachItemFromObjectCaseSensitive(document, key);
    if (*out && !cJSON_IsObject(*out))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", key);
    return TG_OK;
}

static int take_head(struct tg_trace_set *set, cJSON *document, struct tg_error *err)
{
    cJSON *schema = cJSON_DetachItemFromObjectCaseSensitive(document, "schema");
    int known = cJSON_IsNumber(schema) && schema->valuedouble == 1;
    cJSON_Delete(schema);
    if (!known)
        return tg_error_set(err, TG_EINPUT, "schema: expected 1, the form of trace set this version reads");
    cJSON *tool = cJSON_DetachItemFromObjectCaseSensitive(document, "tool");
    if (tool && cJSON_IsString(tool))
        set->tool = strdup(tool->valuestring);
    int bad = tool && !cJSON_IsString(tool);
    cJSON_Delete(tool);
    if (bad)
        return tg_error_set(err, TG_EINPUT, "tool: expected a text");
    return TG_OK;
}

static int read_head(struct tg_trace_set *set, const char *file, cJSON **notes, struct tg_error *err)
{
    cJSON *document;
    int rc = tg_json_read_file(file, &document, err);
    if (rc)
        return rc;
    rc = take_head(set, document, err);
    if (!rc)
        rc = take_object(document, "settings", &set->settings, err);
    if (!rc)
        rc = take_object(document, "skipped", &set->skipped, err);
    if (!rc)
        rc = take_object(document, "traces", notes, err);
    if (!rc)
        rc = tg_host_from_json(document, "", &set->host, err);
    cJSON_Delete(document);
    return rc ? tg_error_wrap(err, rc, "%s", file) : TG_OK;
}

int tg_trace_set_read(struct tg_trace_set *set, const char *folder, struct tg_error *err)
{
    *set = (struct tg_trace_set){0};
    cJSON *notes = NULL;
    char *file = tg_file_join(folder, "host.json");
    int rc = TG_OK;
    if (!file)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    else if (!tg_file_exists(file))
        rc = tg_error_set(err, TG_EINPUT, "'%s' is no trace set: it has no host.json", folder);
    else
        rc = read_head(set, file, &notes, err);
    free(file);
    if (!rc) {
        rc = read_traces(set, folder, notes, err);
        if (!rc) {
            rc = check_complete(set, notes, err);
            if (rc)
                tg_error_wrap(err, rc, "trace set '%s'", folder);
        }
    }
    cJSON_Delete(notes);
    if (rc)
        tg_trace_set_release(set);
    return rc;
}
