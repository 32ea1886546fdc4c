#include "tg_arrival_times.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_arrival_log.h"
#include "tg_file.h"
#include "tg_text.h"

static void lend(const struct tg_arrival_times *times, struct tg_scenario *scenario)
{
    scenario->log_ps = times->times_ps;
    scenario->log_count = times->count;
}

static int allocate(struct tg_arrival_times *times, size_t count, struct tg_error *err)
{
    *times = (struct tg_arrival_times){.times_ps = malloc((count + 1) * sizeof *times->times_ps)};
    return times->times_ps ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory for %zu arrivals", count);
}

static int convert(struct tg_arrival_times *times, const struct tg_arrival_log *log, const char *path,
                   struct tg_error *err)
{
    static const double most_ns = (double)TG_PS_MAX / (double)TG_PS_PER_NS / 2;
    int rc = allocate(times, log->count, err);
    for (size_t i = 0; !rc && i < log->count; i++) {
        if (!(log->t_ns[i] >= 0 && log->t_ns[i] < most_ns))
            return tg_error_set(err, TG_EINPUT, "%s: line %zu: t_ns must be from 0 to %g", path, i + 2,
                                most_ns);
        times->times_ps[times->count++] = tg_ps_from_ns(log->t_ns[i]);
    }
    return rc;
}

/* Beside the scenario's file. */
static char *resolve(const char *log, const char *scenario_file)
{
    const char *slash = scenario_file ? strrchr(scenario_file, '/') : NULL;
    if (*log == '/' || !slash)
        return strdup(log);
    char *folder = strndup(scenario_file, (size_t)(slash - scenario_file + (slash == scenario_file)));
    char *path = folder ? tg_file_join(folder, log) : NULL;
    free(folder);
    return path;
}

int tg_arrival_times_read(struct tg_arrival_times *times, struct tg_scenario *scenario,
                          const char *scenario_file, struct tg_error *err)
{
    struct tg_arrival_log log;
    *times = (struct tg_arrival_times){0};
    if (!scenario->workload.log)
        return TG_OK;
    char *path = resolve(scenario->workload.log, scenario_file);
    if (!path)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_arrival_log_read(&log, path, err);
    if (!rc) {
        rc = convert(times, &log, path, err);
        tg_arrival_log_release(&log);
    }
    free(path);
    if (rc) {
        tg_arrival_times_release(times);
        return tg_error_wrap(err, rc, "workload.log");
    }
    lend(times, scenario);
    return TG_OK;
}

static size_t count_commas(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

/* By hand: numbers of JSON, as readers know them, do not hold all picoseconds. */
static int parse(struct tg_arrival_times *times, const char *text, const char *name, struct tg_error *err)
{
    tg_ps before = 0;
    int rc = allocate(times, count_commas(text) + 1, err);
    if (rc)
        return rc;
    for (char *end = (char *)(uintptr_t)text; *text == (times->count ? ',' : '['); text = end) {
        errno = 0;
        long long t = strtoll(text + 1, &end, 10);
        if (end == text + 1 || errno || t < before)
            return tg_error_set(err, TG_EINPUT, "%s: arrival %zu is no time, or before the one above it",
                                name, times->count + 1);
        times->times_ps[times->count++] = before = t;
    }
    return strcmp(text, "]") == 0 && times->count
               ? TG_OK
               : tg_error_set(err, TG_EINPUT, "%s: it is no list of times", name);
}

int tg_arrival_times_read_text(struct tg_arrival_times *times, struct tg_scenario *scenario, const char *text,
                               const char *name, struct tg_error *err)
{
    int rc = parse(times, text, name, err);
    if (rc)
        tg_arrival_times_release(times);
    else
        lend(times, scenario);
    return rc;
}

char *tg_arrival_times_print(const struct tg_scenario *scenario, char sha256[TG_SHA256_HEX])
{
    struct tg_text text = {0};
    for (size_t i = 0; i < scenario->log_count; i++)
        tg_text_printf(&text, "%s%" PRId64, i ? "," : "[", scenario->log_ps[i]);
    tg_text_printf(&text, "]");
    if (text.failed) {
        tg_text_release(&text);
        return NULL;
    }
    tg_sha256_bytes(text.data, text.length, sha256);
    return text.data;
}

void tg_arrival_times_release(struct tg_arrival_times *times)
{
    free(times->times_ps);
    *times = (struct tg_arrival_times){0};
}
