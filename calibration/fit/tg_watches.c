#include "tg_watches.h"

#include <stdio.h>
#include <stdlib.h>

#include "tg_jitter.h"
#include "tg_noise_json.h"

static const double apart_ns = 5e8;

/* The row after the last of the watch that begins with row `first`. */
static size_t end_of_watch(const struct tg_trace *trace, size_t first)
{
    size_t end = first + 1;
    while (end < trace->count && trace->t_ns[end] - trace->t_ns[end - 1] < apart_ns)
        end++;
    return end;
}

static size_t count_watches(const struct tg_trace *trace)
{
    size_t watches = 0;
    for (size_t i = 0; i < trace->count; i = end_of_watch(trace, i))
        watches++;
    return watches;
}

static int add_watch(cJSON *lists, const struct tg_trace *all, size_t first, size_t end, size_t watches,
                     const char *source, struct tg_error *err)
{
    struct tg_trace one = *all; /* borrows the rows */
    struct tg_jitter jitter;
    char what[300];
    cJSON *list = cJSON_CreateArray();
    one.count = end - first;
    one.t_ns += first;
    one.cost_ns += first;
    one.observed_ns /= (double)watches;
    snprintf(what, sizeof what, "%s, one watch of %zu", source, watches);
    if (!list || !cJSON_AddItemToArray(lists, list)) {
        cJSON_Delete(list);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    int rc = tg_jitter_init(&jitter, &one, err);
    rc = rc ? rc : tg_noise_json(list, &jitter, what, all->sha256, err);
    tg_jitter_release(&jitter);
    return rc;
}

int tg_watches_json(cJSON *lists, const struct tg_trace *jitter, const char *source, struct tg_error *err)
{
    size_t watches = jitter && jitter->is_jitter && jitter->observed_ns > 0 ? count_watches(jitter) : 0;
    int rc = TG_OK;
    for (size_t i = 0, end; !rc && watches > 1 && i < jitter->count; i = end) {
        end = end_of_watch(jitter, i);
        rc = add_watch(lists, jitter, i, end, watches, source, err);
    }
    return rc;
}
