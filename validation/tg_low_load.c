#include "tg_low_load.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { REPETITIONS_MAX = 32 };

bool tg_low_load_needed(const struct tg_bed_system *system)
{
    return system->server != TG_SERVER_RESPONDER && system->server != TG_SERVER_XDP;
}

static struct tg_bed_load load_of(const struct tg_low_load_settings *s, double rate_per_s, unsigned number)
{
    struct tg_bed_load load = tg_bed_load_usual(rate_per_s);
    load.window_s = s->window_s;
    load.warmup_s = s->window_s / 4;
    load.seed = 1000 + number;
    return load;
}

static int measure_fresh(struct tg_bed *bed, const struct tg_bed_system *system,
                         const struct tg_bed_load *load, struct tg_bed_point *point, struct tg_error *err)
{
    int rc = tg_bed_start(bed, system, err);
    return rc ? rc : tg_bed_point(bed, load, point, err);
}

/* Adds what a price is made of; the rest is averaged for the record. */
static void add_to_mean(struct tg_bed_point *mean, const struct tg_bed_point *point, unsigned count)
{
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++) {
        double *m = (double *)((char *)mean + f->offset);
        double value = *(const double *)((const char *)point + f->offset);
        *m = count ? *m + (value - *m) / (count + 1) : value;
    }
}

/* The value is that of the averaged points; what single repetitions say gives its interval. */
static struct tg_span span_of(double value, const double *singles, unsigned count)
{
    struct tg_span span = {value, value, value};
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += singles[i];
        squares += singles[i] * singles[i];
    }
    if (count < 2)
        return span;
    double variance = fmax(0, squares - sum * sum / count) / (count - 1);
    double half = gsl_cdf_tdist_Pinv(0.975, count - 1) * sqrt(variance / count);
    span.low = fmax(0, value - half);
    span.high = value + half;
    return span;
}

int tg_low_load_measure(struct tg_bed *bed, const struct tg_bed_system *system,
                        const struct tg_low_load_settings *s, struct tg_low_load *out, struct tg_error *err)
{
    static const double loads[] = {0.1, 0.3};
    double requests[REPETITIONS_MAX], wakeups[REPETITIONS_MAX], request, wakeup;
    struct tg_bed_load load = load_of(s, system->guess_per_s, 0);
    struct tg_bed_point first;
    unsigned told = 0;
    *out = (struct tg_low_load){0};
    int rc = measure_fresh(bed, system, &load, &first, err);
    if (rc)
        return rc;
    if (!(first.server_ns_per_reply > 0))
        return tg_error_set(err, TG_EENV, "%s: at %.0f requests/s its time a request cannot be told",
                            system->name, system->guess_per_s);
    out->guess_per_s = 1e9 / first.server_ns_per_reply;
    for (unsigned i = 0; i < s->repetitions && i < REPETITIONS_MAX && !rc; i++) {
        struct tg_bed_point points[2];
        for (int k = 0; k < 2 && !rc; k++) {
            load = load_of(s, loads[k] * out->guess_per_s, 2 * i + (unsigned)k + 1);
            rc = measure_fresh(bed, system, &load, &points[k], err);
            if (!rc)
                add_to_mean(&out->points[k], &points[k], i);
        }
        if (!rc && tg_bed_point_price(&points[0], &points[1], &requests[told], &wakeups[told], NULL) == TG_OK)
            told++;
    }
    rc = rc ? rc : tg_bed_point_price(&out->points[0], &out->points[1], &request, &wakeup, err);
    int stopped = tg_bed_stop(bed, rc ? NULL : err);
    if (rc || stopped)
        return rc ? tg_error_wrap(err, rc, "%s", system->name) : stopped;
    out->request_ns = span_of(request, requests, told);
    out->wakeup_ns = span_of(wakeup, wakeups, told);
    return TG_OK;
}
