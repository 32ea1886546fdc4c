/* Load generators: each run of one is a point of a curve. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_import_kind.h"

static int lacks(const struct tg_import_text *in, const char *label, struct tg_error *err)
{
    return tg_error_set(err, TG_EINPUT, "%s: no number after '%s': the output is not whole", in->where,
                        label);
}

/* "Total: connections 100 requests 100 replies 98 test-duration 1.000 s". One run, from its command line on.
 */
static int import_httperf_run(const struct tg_import_text *in, const char *run, struct tg_import *out,
                              struct tg_error *err)
{
    struct tg_curve_point point = tg_curve_unknown();
    double requests, replies, seconds, rate, calls = 1, response, transfer = 0, sd, errors = 0;
    if (!tg_import_number_anywhere(run, " requests", &requests, NULL) ||
        !tg_import_number_anywhere(run, " replies", &replies, NULL) ||
        !tg_import_number_anywhere(run, "test-duration", &seconds, NULL) || seconds <= 0)
        return lacks(in, "Total: connections ... test-duration", err);
    point.values[TG_CURVE_REPLY] = replies / seconds;
    tg_import_number_anywhere(run, "--num-calls=", &calls, NULL);
    if (tg_import_number_anywhere(run, "--rate=", &rate, NULL) && rate > 0)
        point.values[TG_CURVE_OFFERED] = rate * calls;
    else if (tg_import_number(run, "Request rate:", &rate, NULL))
        point.values[TG_CURVE_OFFERED] = rate;
    if (tg_import_number_anywhere(run, "Reply time [ms]: response", &response, NULL)) {
        tg_import_number_anywhere(run, " transfer", &transfer, NULL);
        point.values[TG_CURVE_LATENCY_MEAN] = (response + transfer) * 1e6;
    }
    if (tg_import_number_anywhere(run, "Connection time [ms]: min", &sd, NULL) &&
        tg_import_number_anywhere(strstr(run, "Connection time [ms]: min"), "stddev", &sd, NULL) &&
        calls == 1)
        point.values[TG_CURVE_LATENCY_SD] = sd * 1e6;
    tg_import_number(run, "Errors: total", &errors, NULL);
    if (requests + errors > 0)
        point.values[TG_CURVE_LOST] = fmin(1, fmax(0, 1 - replies / fmax(requests, replies + errors)));
    return tg_import_add_point(out, in, &point, err);
}

/* Runs one after the other in one text, each begun by its command line. */
int tg_import_httperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    int rc = TG_OK;
    const char *run = strstr(in->text, "httperf --");
    if (!run)
        return tg_error_set(err, TG_EINPUT, "%s: no command line 'httperf --...' to begin a run", in->where);
    while (run && !rc) {
        const char *next = strstr(run + 1, "\nhttperf --");
        char *copy = next ? strndup(run, (size_t)(next - run)) : strdup(run);
        rc = copy ? import_httperf_run(in, copy, out, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
        free(copy);
        run = next ? next + 1 : NULL;
    }
    return rc;
}

static int import_dns(const struct tg_import_text *in, const char *run, const char *duration_label,
                      struct tg_import *out, struct tg_curve_point *point, struct tg_error *err)
{
    double sent, completed, seconds;
    if (!tg_import_number(run, "Queries sent:", &sent, NULL))
        return lacks(in, "Queries sent:", err);
    if (!tg_import_number(run, "Queries completed:", &completed, NULL))
        return lacks(in, "Queries completed:", err);
    if (!tg_import_number(run, duration_label, &seconds, NULL) || seconds <= 0)
        return lacks(in, duration_label, err);
    if (isnan(point->values[TG_CURVE_OFFERED]))
        point->values[TG_CURVE_OFFERED] = sent / seconds;
    point->values[TG_CURVE_REPLY] = completed / seconds;
    if (sent > 0)
        point->values[TG_CURVE_LOST] = fmin(1, fmax(0, 1 - completed / sent));
    return tg_import_add_point(out, in, point, err);
}

/* The number after a label at the start of a line, times a factor, into a column; nothing where it is not
 * there. */
static void take(const char *text, const char *label, double factor, struct tg_curve_point *point,
                 enum tg_curve_column column)
{
    double value;
    if (tg_import_number(text, label, &value, NULL))
        point->values[column] = value * factor;
}

int tg_import_dnsperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_curve_point point = tg_curve_unknown();
    double limit, max;
    /* The command line is shown: -Q sets the rate. */
    const char *command = strstr(in->text, "Command line:"), *end = command ? strchr(command, '\n') : NULL;
    const char *option = command ? strstr(command, " -Q") : NULL;
    if (option && option < end && tg_import_number_anywhere(option, "-Q", &limit, NULL))
        point.values[TG_CURVE_OFFERED] = limit;
    take(in->text, "Average Latency (s):", 1e9, &point, TG_CURVE_LATENCY_MEAN);
    take(in->text, "Latency StdDev (s):", 1e9, &point, TG_CURVE_LATENCY_SD);
    const char *average = strstr(in->text, "Average Latency (s):");
    if (average && tg_import_number_anywhere(average, "max", &max, NULL))
        point.values[TG_CURVE_LATENCY_MAX] = max * 1e9;
    return import_dns(in, in->text, "Run time (s):", out, &point, err);
}

int tg_import_queryperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_curve_point point = tg_curve_unknown();
    take(in->text, "RTT average:", 1e9, &point, TG_CURVE_LATENCY_MEAN);
    take(in->text, "RTT std deviation:", 1e9, &point, TG_CURVE_LATENCY_SD);
    take(in->text, "RTT max:", 1e9, &point, TG_CURVE_LATENCY_MAX);
    return import_dns(in, in->text, "Ran for:", out, &point, err);
}

/* A time with its unit right behind, as "635.91us". */
static const char *take_time(const char *p, double *ns)
{
    double value;
    const char *after;
    if (!p || !tg_import_number_anywhere(p, "", &value, &after) || tg_import_unit_ns(after) <= 0)
        return NULL;
    *ns = value * tg_import_unit_ns(after);
    return after + strspn(after, "abcdefghijklmnopqrstuvwxyz");
}

static void take_percentile(const char *text, const char *label, struct tg_curve_point *point,
                            enum tg_curve_column column)
{
    const char *place = strstr(text, label);
    double ns;
    if (place && take_time(place + strlen(label), &ns))
        point->values[column] = ns;
}

int tg_import_wrk(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_curve_point point = tg_curve_unknown();
    double mean, sd, max, rate, timeouts, requests;
    if (!tg_import_number(in->text, "Requests/sec:", &rate, NULL))
        return lacks(in, "Requests/sec:", err);
    point.values[TG_CURVE_REPLY] = rate;
    const char *line = strstr(in->text, "    Latency");
    const char *p = line ? take_time(line + strlen("    Latency"), &mean) : NULL;
    if (p)
        point.values[TG_CURVE_LATENCY_MEAN] = mean;
    if (p && (p = take_time(p, &sd)))
        point.values[TG_CURVE_LATENCY_SD] = sd;
    if (p && take_time(p, &max))
        point.values[TG_CURVE_LATENCY_MAX] = max;
    /* wrk2 writes "50.000%", wrk --latency "50%". */
    const char *distribution = strstr(in->text, "Latency Distribution");
    if (distribution) {
        bool wrk2 = strstr(distribution, "HdrHistogram") != NULL;
        take_percentile(distribution, wrk2 ? " 50.000%" : " 50%", &point, TG_CURVE_LATENCY_P50);
        take_percentile(distribution, wrk2 ? " 90.000%" : " 90%", &point, TG_CURVE_LATENCY_P90);
        take_percentile(distribution, wrk2 ? " 99.000%" : " 99%", &point, TG_CURVE_LATENCY_P99);
    }
    const char *total = strstr(in->text, " requests in ");
    while (total && total > in->text && total[-1] >= '0' && total[-1] <= '9')
        total--;
    if (total && tg_import_number_anywhere(total, "", &requests, NULL) && requests > 0) {
        const char *failed = strstr(in->text, "Socket errors:");
        bool some = failed && tg_import_number_anywhere(failed, "timeout", &timeouts, NULL);
        point.values[TG_CURVE_LOST] = some ? timeouts / (requests + timeouts) : 0;
    }
    return tg_import_add_point(out, in, &point, err);
}

int tg_import_ab(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_curve_point point = tg_curve_unknown();
    double complete, failed = 0;
    take(in->text, "Requests per second:", 1, &point, TG_CURVE_REPLY);
    if (isnan(point.values[TG_CURVE_REPLY]))
        return lacks(in, "Requests per second:", err);
    take(in->text, "Time per request:", 1e6, &point, TG_CURVE_LATENCY_MEAN);
    take(in->text, "50%", 1e6, &point, TG_CURVE_LATENCY_P50);
    take(in->text, "90%", 1e6, &point, TG_CURVE_LATENCY_P90);
    take(in->text, "99%", 1e6, &point, TG_CURVE_LATENCY_P99);
    take(in->text, "100%", 1e6, &point, TG_CURVE_LATENCY_MAX);
    tg_import_number(in->text, "Failed requests:", &failed, NULL);
    if (tg_import_number(in->text, "Complete requests:", &complete, NULL) && complete > 0) {
        point.values[TG_CURVE_LOST] = fmin(1, failed / complete);
        /* The rate counts failed ones too. */
        point.values[TG_CURVE_REPLY] *= 1 - point.values[TG_CURVE_LOST];
    }
    return tg_import_add_point(out, in, &point, err);
}
