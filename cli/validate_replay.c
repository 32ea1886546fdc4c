/* Recorded systems predicted again. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_file.h"
#include "tg_json.h"
#include "validate_live.h"

enum { SYSTEMS_MAX = 128 };

struct replay {
    const struct validate_live_options *options;
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    struct tg_bed_record measured;
    struct tg_prediction again;
    struct tg_strings differing; /* names of systems */
};

static bool wanted(const char *name, const struct tg_strings *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i], name, 0) == 0)
            return true;
    }
    return !patterns->count;
}

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static int check_patterns(const struct replay *r, const struct tg_strings *patterns, struct tg_error *err)
{
    for (size_t k = 0; k < patterns->count; k++) {
        bool found = false;
        for (size_t i = 0; i < r->record.prediction.count; i++)
            found =
                found || fnmatch(patterns->items[k], r->record.prediction.systems[i].system->name, 0) == 0;
        if (!found)
            return tg_error_set(err, TG_EUSAGE, "validate replay: the folder has no system '%s'",
                                patterns->items[k]);
    }
    return TG_OK;
}

static int predict_again(struct replay *r, const struct tg_strings *patterns, struct tg_error *err)
{
    const struct tg_bed_system *systems[SYSTEMS_MAX];
    struct tg_prediction_settings settings = r->record.settings;
    size_t count = 0;
    cJSON *profile = NULL;
    for (size_t i = 0; i < r->record.prediction.count && count < SYSTEMS_MAX; i++) {
        if (wanted(r->record.prediction.systems[i].system->name, patterns))
            systems[count++] = r->record.prediction.systems[i].system;
    }
    settings.threads = (unsigned)r->options->threads;
    settings.interrupted = interrupted;
    int rc = check_patterns(r, patterns, err);
    rc = rc ? rc : tg_prediction_record_profile(&r->record, &r->traces, &profile, err);
    rc = rc ? rc : tg_predict(systems, count, profile, &settings, &r->again, err);
    cJSON_Delete(profile);
    return rc;
}

/* All that is said of a system, at the precision that numbers are kept with: to the bit. */
static char *text_of(const struct tg_predicted *predicted)
{
    struct tg_prediction one = {(struct tg_predicted *)predicted, 1};
    cJSON *json = tg_prediction_to_json(&one);
    char *text = json ? tg_json_print(json) : NULL;
    cJSON_Delete(json);
    return text;
}

static int find_differing(struct replay *r, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; i < r->again.count && !rc; i++) {
        const char *name = r->again.systems[i].system->name;
        char *now = text_of(&r->again.systems[i]),
             *then = text_of(tg_prediction_find(&r->record.prediction, name));
        if (!now || !then || (strcmp(now, then) != 0 && tg_strings_add(&r->differing, name)))
            rc = tg_error_set(err, TG_ENOMEM, "out of memory");
        free(now);
        free(then);
    }
    return rc;
}

static int replay(struct replay *r, const char *folder, const struct tg_strings *patterns,
                  struct tg_error *err)
{
    const struct validate_told told = {.prediction = &r->again,
                                       .measured = &r->measured,
                                       .shown = folder,
                                       .folder = r->options->output,
                                       .differing = &r->differing};
    int rc = tg_bed_record_read(&r->measured, folder, err);
    rc = rc ? rc : predict_again(r, patterns, err);
    rc = rc ? rc : find_differing(r, err);
    if (!rc && told.folder)
        rc = tg_file_make_folder(told.folder, err);
    return rc ? rc : validate_tell(r->options, &told, err);
}

int validate_replay(const struct validate_live_options *options, const struct tg_strings *operands,
                    struct tg_error *err)
{
    struct replay r = {.options = options};
    if (!operands->count)
        return tg_error_set(err, TG_EUSAGE, "validate replay: say which folder of a run");
    const struct tg_strings patterns = {operands->items + 1, operands->count - 1};
    int rc = tg_prediction_record_read(&r.record, &r.traces, operands->items[0], err);
    if (rc)
        return rc;
    rc = replay(&r, operands->items[0], &patterns, err);
    tg_strings_release(&r.differing);
    tg_prediction_release(&r.again);
    tg_bed_record_release(&r.measured);
    tg_prediction_record_release(&r.record);
    tg_trace_set_release(&r.traces);
    return rc;
}
