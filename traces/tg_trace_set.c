#include "tg_trace_set.h"

#include <stdlib.h>
#include <string.h>

int tg_trace_set_add(struct tg_trace_set *set, struct tg_trace *trace, const char *what, struct tg_error *err)
{
    size_t place = 0;
    while (place < set->count && strcmp(set->traces[place].name, trace->name) < 0)
        place++;
    if (place < set->count && strcmp(set->traces[place].name, trace->name) == 0)
        return tg_error_set(err, TG_EINPUT, "the set has a trace of '%s' already", trace->name);
    char *sentence = what ? strdup(what) : NULL;
    struct tg_trace *traces = realloc(set->traces, (set->count + 1) * sizeof *traces);
    if (traces)
        set->traces = traces;
    char **whats = realloc(set->what, (set->count + 1) * sizeof *whats);
    if (whats)
        set->what = whats;
    if ((what && !sentence) || !traces || !whats) {
        free(sentence);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    memmove(traces + place + 1, traces + place, (set->count - place) * sizeof *traces);
    memmove(whats + place + 1, whats + place, (set->count - place) * sizeof *whats);
    traces[place] = *trace;
    whats[place] = sentence;
    set->count++;
    *trace = (struct tg_trace){0};
    return TG_OK;
}

const struct tg_trace *tg_trace_set_find(const struct tg_trace_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->traces[i].name, name) == 0)
            return &set->traces[i];
    }
    return NULL;
}

void tg_trace_set_release(struct tg_trace_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        tg_trace_release(&set->traces[i]);
        free(set->what[i]);
    }
    free(set->traces);
    free(set->what);
    free(set->tool);
    cJSON_Delete(set->settings);
    cJSON_Delete(set->skipped);
    tg_host_release(&set->host);
    *set = (struct tg_trace_set){0};
}
