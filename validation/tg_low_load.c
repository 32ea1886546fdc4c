#include "tg_low_load.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { REPETITIONS_MAX = 32 };
static const double low_load = 0.1, high_load = 0.3;

bool tg_low_load_needed(const struct tg_bed_system *system)
{
    return system->server != TG_SERVER_RESPONDER && system->server != TG_SERVER_XDP;
}

static struct tg_bed_load load_of(const struct tg_low_load_settings *s, double rate_per_s, unsigned number)
{
    struct tg_bed_load load = tg_bed_load_usual(rate_per_s);
    load.window_s = s->window_s;
    load.warmup_s = s->window_s / 4;
    load.seed = number + 1;
    return load;
}

static int measure_fresh(struct tg_bed *bed, const struct tg_bed_system *system,
                         const struct tg_bed_load *load, struct tg_bed_point *point, struct tg_error *err)
{
    int rc = tg_bed_start(bed, system, err);
    return rc ? rc : tg_bed_point(bed, load, point, err);
}

static double sleeps_per_reply(const struct tg_bed_point *point)
{
    return point->sleeps_per_s / point->reply_per_s;
}

/* Whether its threads sleep more often than packets of a request can wake an idle core: then they wait for
 * one another, and will at saturation too. */
static bool handed_over(const struct tg_bed_point *point)
{
    const double most = 2.5;
    return sleeps_per_reply(point) > most;
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

/* The lower the load, the more of a request's time are wake-ups, and the lower the guess: so that it is made
 * again from the load that belongs to it, until it moves no more. */
static int guess(struct tg_bed *bed, const struct tg_bed_system *system, const struct tg_low_load_settings *s,
                 double *per_s, struct tg_error *err)
{
    enum { TRIES = 6 };
    const double settled = 0.1;
    double rate_per_s = system->guess_per_s;
    *per_s = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        struct tg_bed_load load = load_of(s, rate_per_s, i);
        struct tg_bed_point point;
        int rc = measure_fresh(bed, system, &load, &point, err);
        if (rc)
            return rc;
        if (!(point.server_ns_per_reply > 0))
            return tg_error_set(err, TG_EENV, "at %.0f requests/s its time a request cannot be told",
                                rate_per_s);
        double before = *per_s;
        *per_s = 1e9 / point.server_ns_per_reply;
        if (fabs(*per_s / before - 1) < settled)
            return TG_OK;
        rate_per_s = high_load * *per_s;
    }
    return TG_OK;
}

static int measure_both(struct tg_bed *bed, const struct tg_bed_system *system,
                        const struct tg_low_load_settings *s, unsigned number, struct tg_low_load *out,
                        struct tg_bed_point points[2], struct tg_error *err)
{
    const double loads[] = {low_load, high_load};
    int rc = TG_OK;
    for (unsigned k = 0; k < 2 && !rc; k++) {
        struct tg_bed_load load = load_of(s, loads[k] * out->guess_per_s, 100 + 2 * number + k);
        rc = measure_fresh(bed, system, &load, &points[k], err);
        if (!rc)
            add_to_mean(&out->points[k], &points[k], number == REPETITIONS_MAX ? 0 : number);
    }
    return rc;
}

/* Prices of single repetitions scatter more than the price of their means; those below zero are left out. */
struct singles {
    double request[REPETITIONS_MAX], wakeup[REPETITIONS_MAX], whole[REPETITIONS_MAX];
    unsigned told, count;
};

static void add_single(struct singles *all, const struct tg_bed_point points[2])
{
    all->whole[all->count++] = points[1].server_ns_per_reply;
    if (tg_bed_point_price(&points[0], &points[1], &all->request[all->told], &all->wakeup[all->told], NULL) ==
        TG_OK)
        all->told++;
}

/* Where the two loads wake the server about as often, or what they say is within the noise of zero. */
static void set_prices(const struct singles *all, struct tg_low_load *out)
{
    double request, wakeup;
    out->told_apart = !handed_over(&out->points[1]) &&
                      tg_bed_point_price(&out->points[0], &out->points[1], &request, &wakeup, NULL) == TG_OK;
    if (out->told_apart) {
        out->request_ns = span_of(request, all->request, all->told);
        out->wakeup_ns = span_of(wakeup, all->wakeup, all->told);
        return;
    }
    out->request_ns = span_of(out->points[1].server_ns_per_reply, all->whole, all->count);
    out->wakeup_ns = (struct tg_span){0, 0, 0};
}

/* A first pair of points tells the request's own part, which makes a better guess: without wake-ups. Where
 * the pair says nonsense although wake-ups get fewer, they are taken to be half of the time. */
static int guess_without_wakeups(struct tg_bed *bed, const struct tg_bed_system *system,
                                 const struct tg_low_load_settings *s, struct tg_low_load *out,
                                 struct tg_error *err)
{
    const double most = 3, otherwise = 2;
    struct tg_low_load first = {0};
    struct tg_bed_point points[2];
    double request, wakeup;
    int rc = guess(bed, system, s, &out->guess_per_s, err);
    first.guess_per_s = out->guess_per_s;
    rc = rc ? rc : measure_both(bed, system, s, REPETITIONS_MAX, &first, points, err);
    if (rc || sleeps_per_reply(&points[1]) > sleeps_per_reply(&points[0]) || handed_over(&points[1]))
        return rc;
    bool told = tg_bed_point_price(&points[0], &points[1], &request, &wakeup, NULL) == TG_OK;
    out->guess_per_s = fmin(told ? 1e9 / request : otherwise * first.guess_per_s, most * first.guess_per_s);
    return TG_OK;
}

static int measure(struct tg_bed *bed, const struct tg_bed_system *system,
                   const struct tg_low_load_settings *s, struct tg_low_load *out, struct tg_error *err)
{
    struct singles all = {0};
    int rc = guess_without_wakeups(bed, system, s, out, err);
    for (unsigned i = 0; i < s->repetitions && i < REPETITIONS_MAX && !rc; i++) {
        struct tg_bed_point points[2];
        rc = measure_both(bed, system, s, i, out, points, err);
        if (!rc)
            add_single(&all, points);
    }
    if (!rc)
        set_prices(&all, out);
    return rc;
}

int tg_low_load_measure(struct tg_bed *bed, const struct tg_bed_system *system,
                        const struct tg_low_load_settings *settings, struct tg_low_load *out,
                        struct tg_error *err)
{
    *out = (struct tg_low_load){0};
    int rc = measure(bed, system, settings, out, err);
    int stopped = tg_bed_stop(bed, rc ? NULL : err);
    return rc ? tg_error_wrap(err, rc, "%s", system->name) : stopped;
}
