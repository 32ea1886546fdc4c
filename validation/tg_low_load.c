#include "tg_low_load.h"

#include <math.h>

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

/* Of one load, over the repetitions but one; `without` beyond their number: over all. */
static struct tg_bed_point mean_of(const struct tg_bed_point (*pairs)[2], unsigned count, unsigned load,
                                   unsigned without)
{
    struct tg_bed_point mean = pairs[0][load];
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++) {
        double sum = 0;
        unsigned n = 0;
        for (unsigned i = 0; i < count; i++) {
            if (i == without)
                continue;
            sum += *(const double *)((const char *)&pairs[i][load] + f->offset);
            n++;
        }
        *(double *)((char *)&mean + f->offset) = sum / n;
    }
    return mean;
}

/* Whatever the two points say, below zero too. */
static void solve(const struct tg_bed_point points[2], double *request_ns, double *wakeup_ns)
{
    double low = sleeps_per_reply(&points[0]), high = sleeps_per_reply(&points[1]);
    *wakeup_ns = (points[0].server_ns_per_reply - points[1].server_ns_per_reply) / (low - high);
    *request_ns = points[1].server_ns_per_reply - high * *wakeup_ns;
}

/* A price is no mean over repetitions but a ratio of means, and single repetitions may well give one below
 * zero: so that its interval is the jackknife's (Tukey, 1958), Student's over the pseudo-values. */
static struct tg_span about(double value, const double *pseudo, unsigned count)
{
    struct tg_span spread = tg_span_student(pseudo, count);
    double half = (spread.high - spread.low) / 2;
    if (!isfinite(half))
        return (struct tg_span){value, value, value};
    return (struct tg_span){value, fmax(0, value - half), value + half};
}

static void tell_apart(const struct tg_bed_point (*pairs)[2], unsigned count, struct tg_low_load *out)
{
    double request[TG_LOW_LOAD_REPETITIONS_MAX], wakeup[TG_LOW_LOAD_REPETITIONS_MAX];
    double request_ns, wakeup_ns;
    solve(out->points, &request_ns, &wakeup_ns);
    for (unsigned i = 0; i < count; i++) {
        const struct tg_bed_point rest[] = {mean_of(pairs, count, 0, i), mean_of(pairs, count, 1, i)};
        solve(rest, &request[i], &wakeup[i]);
        request[i] = count * request_ns - (count - 1) * request[i];
        wakeup[i] = count * wakeup_ns - (count - 1) * wakeup[i];
    }
    out->request_ns = about(request_ns, request, count);
    out->wakeup_ns = about(wakeup_ns, wakeup, count);
}

/* Where the two loads wake the server about as often, or what they say is within the noise of zero, all that
 * a request takes at the higher load counts as its own. */
static void price_together(const struct tg_bed_point (*pairs)[2], unsigned count, struct tg_low_load *out)
{
    double whole[TG_LOW_LOAD_REPETITIONS_MAX];
    for (unsigned i = 0; i < count; i++)
        whole[i] = pairs[i][1].server_ns_per_reply;
    out->request_ns = about(out->points[1].server_ns_per_reply, whole, count);
    out->wakeup_ns = (struct tg_span){0, 0, 0};
}

void tg_low_load_price(const struct tg_bed_point (*pairs)[2], unsigned count, struct tg_low_load *out)
{
    double request, wakeup;
    for (unsigned load = 0; load < 2; load++)
        out->points[load] = mean_of(pairs, count, load, count);
    out->told_apart = !handed_over(&out->points[1]) &&
                      tg_bed_point_price(&out->points[0], &out->points[1], &request, &wakeup, NULL) == TG_OK;
    if (out->told_apart)
        tell_apart(pairs, count, out);
    else
        price_together(pairs, count, out);
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
                        const struct tg_low_load_settings *s, unsigned number, double guess_per_s,
                        struct tg_bed_point points[2], struct tg_error *err)
{
    const double loads[] = {low_load, high_load};
    int rc = TG_OK;
    for (unsigned k = 0; k < 2 && !rc; k++) {
        struct tg_bed_load load = load_of(s, loads[k] * guess_per_s, 100 + 2 * number + k);
        rc = measure_fresh(bed, system, &load, &points[k], err);
    }
    return rc;
}

/* Whether a pair's points have anything to tell of what a request takes without wake-ups. */
static bool tells(const struct tg_bed_point points[2])
{
    return sleeps_per_reply(&points[1]) <= sleeps_per_reply(&points[0]) && !handed_over(&points[1]);
}

/* What a pair says that the server can do, without wake-ups. Where it says nonsense, they are taken to be
 * half of the time. */
static double able_per_s(const struct tg_bed_point points[2], double guess_per_s)
{
    const double most = 3, otherwise = 2;
    double request, wakeup;
    bool told = tg_bed_point_price(&points[0], &points[1], &request, &wakeup, NULL) == TG_OK;
    double able = told ? 1e9 / request : otherwise * guess_per_s;
    return fmax(guess_per_s / most, fmin(able, most * guess_per_s));
}

/* The guess shall be what is predicted from it: the lower it is, the more the two prices hang on small errors
 * of the two times, and the further the loads are from those where they will be used. Halfway, in ratio, from
 * one guess to the next, because what a poor guess says is poor. */
static int guess_without_wakeups(struct tg_bed *bed, const struct tg_bed_system *system,
                                 const struct tg_low_load_settings *s, double *per_s, struct tg_error *err)
{
    enum { TRIES = 4 };
    const double settled = 0.2;
    int rc = guess(bed, system, s, per_s, err);
    for (unsigned i = 0; i < TRIES && !rc; i++) {
        struct tg_bed_point points[2];
        rc = measure_both(bed, system, s, TG_LOW_LOAD_REPETITIONS_MAX + i, *per_s, points, err);
        if (rc || !tells(points))
            return rc;
        double able = able_per_s(points, *per_s), before = *per_s;
        *per_s = sqrt(before * able);
        if (fabs(able / before - 1) < settled)
            return TG_OK;
    }
    return rc;
}

static int measure(struct tg_bed *bed, const struct tg_bed_system *system,
                   const struct tg_low_load_settings *s, struct tg_low_load *out, struct tg_error *err)
{
    struct tg_bed_point pairs[TG_LOW_LOAD_REPETITIONS_MAX][2];
    unsigned count =
        s->repetitions < TG_LOW_LOAD_REPETITIONS_MAX ? s->repetitions : TG_LOW_LOAD_REPETITIONS_MAX;
    int rc = guess_without_wakeups(bed, system, s, &out->guess_per_s, err);
    for (unsigned i = 0; i < count && !rc; i++)
        rc = measure_both(bed, system, s, i, out->guess_per_s, pairs[i], err);
    if (!rc)
        tg_low_load_price((const struct tg_bed_point(*)[2])pairs, count, out);
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
