#include "tg_campaign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double full_loads[] = {0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9, 1, 1.1, 1.25, 1.5},
                    quick_loads[] = {0.1, 0.2, 0.3, 0.5, 0.8, 1.1, 1.25, 1.5};
static const double disturbed_share_max = 0.1;

struct tg_campaign tg_campaign_full(void)
{
    return (struct tg_campaign){.window_s = 0.3,
                                .warmup_s = 0.06,
                                .search_s = 0.15,
                                .repetitions = 5,
                                .tries = 3,
                                .loads = full_loads,
                                .load_count = sizeof full_loads / sizeof *full_loads,
                                .seed = 1};
}

struct tg_campaign tg_campaign_quick(void)
{
    return (struct tg_campaign){.window_s = 0.1,
                                .warmup_s = 0.03,
                                .search_s = 0.05,
                                .repetitions = 5,
                                .tries = 1,
                                .loads = quick_loads,
                                .load_count = sizeof quick_loads / sizeof *quick_loads,
                                .seed = 1};
}

/* A server that has to do with connections starts anew for each point. */
static bool needs_fresh_start(const struct tg_bed_system *system)
{
    return system->generator == TG_GENERATOR_HTTPERF;
}

static int measure(struct tg_bed *bed, const struct tg_bed_system *system, const struct tg_bed_load *load,
                   struct tg_bed_point *point, struct tg_error *err)
{
    int rc = needs_fresh_start(system) ? tg_bed_start(bed, system, err) : TG_OK;
    return rc ? rc : tg_bed_point(bed, load, point, err);
}

/* Other work on this machine is no part of the system. */
static int measure_undisturbed(struct tg_bed *bed, const struct tg_bed_system *system,
                               const struct tg_bed_load *load, unsigned tries, struct tg_bed_point *best,
                               struct tg_error *err)
{
    int rc = measure(bed, system, load, best, err);
    for (unsigned i = 1; i < tries && !rc && tg_bed_point_disturbed(best) > disturbed_share_max; i++) {
        struct tg_bed_point again;
        rc = measure(bed, system, load, &again, err);
        if (!rc && tg_bed_point_disturbed(&again) < tg_bed_point_disturbed(best))
            *best = again;
    }
    return rc;
}

/* Doubles until two offers in a row are too much; one may be for a reason that passes. Where already the
 * first is, halves until one is not. */
static int search(struct tg_bed *bed, const struct tg_bed_system *system, double window_s, double *per_s,
                  struct tg_error *err)
{
    enum { MISSES = 2, TRIES = 2 };
    const double least_per_s = 10, most_per_s = 4e6;
    struct tg_bed_load load = tg_bed_load_usual(system->guess_per_s);
    int misses = 0;
    bool down = false;
    load.window_s = window_s;
    load.warmup_s = window_s / 3;
    *per_s = 0;
    while (misses < MISSES && load.rate_per_s >= least_per_s && load.rate_per_s <= most_per_s) {
        struct tg_bed_point point;
        int rc = measure_undisturbed(bed, system, &load, TRIES, &point, err);
        if (rc)
            return rc;
        bool enough = !tg_bed_point_sustained(&point);
        *per_s = fmax(*per_s, point.reply_per_s);
        if (down && !enough)
            break;
        down = down || (enough && load.rate_per_s == system->guess_per_s);
        misses = enough && !down ? misses + 1 : 0;
        load.rate_per_s *= down ? 0.5 : 2;
    }
    return *per_s > 0 ? TG_OK : tg_error_set(err, TG_EENV, "%s: no load at all is answered", system->name);
}

int tg_campaign_search(struct tg_bed *bed, const struct tg_bed_system *system, double window_s, double *per_s,
                       struct tg_error *err)
{
    int rc = tg_bed_start(bed, system, err);
    if (!rc)
        rc = search(bed, system, window_s, per_s, err);
    int stopped = tg_bed_stop(bed, rc ? NULL : err);
    return rc ? rc : stopped;
}

static int add(struct tg_measured *measured, const struct tg_bed_point *point, struct tg_error *err)
{
    struct tg_bed_point *points = realloc(measured->points, (measured->count + 1) * sizeof *points);
    if (!points)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    measured->points = points;
    points[measured->count++] = *point;
    return TG_OK;
}

static size_t load_count(const struct tg_campaign *c)
{
    return c->rates_per_s ? c->rate_count : c->load_count;
}

static int measure_loads(struct tg_bed *bed, const struct tg_campaign *c, struct tg_measured *measured,
                         struct tg_error *err)
{
    const struct tg_bed_system *system = measured->system;
    int rc = tg_bed_start(bed, system, err);
    for (size_t i = 0; i < load_count(c) && !rc; i++) {
        struct tg_bed_point point;
        struct tg_bed_load load =
            tg_bed_load_usual(c->rates_per_s ? c->rates_per_s[i] : c->loads[i] * measured->searched_per_s);
        load.window_s = c->window_s;
        load.warmup_s = c->warmup_s;
        load.even = c->even;
        load.seed = c->seed + measured->passes * load_count(c) + i;
        if (c->progress)
            c->progress(measured, i, load_count(c), c->context);
        rc = measure_undisturbed(bed, system, &load, c->tries, &point, err);
        point.repetition = measured->passes + 1;
        if (!rc)
            rc = add(measured, &point, err);
    }
    int stopped = tg_bed_stop(bed, rc ? NULL : err);
    return rc ? rc : stopped;
}

/* The first pass is begun anew from twice the rate where it shows that the search was misled. */
int tg_campaign_pass(struct tg_bed *bed, const struct tg_campaign *c, struct tg_measured *measured,
                     struct tg_error *err)
{
    enum { ANEW_MAX = 3 };
    int rc = TG_OK;
    if (*measured->skipped || *measured->failed)
        return TG_OK;
    for (int anew = 0;; anew++) {
        rc = measure_loads(bed, c, measured, err);
        int summed_up =
            tg_saturation_of(measured->points, measured->count, &measured->saturation, rc ? NULL : err);
        rc = rc ? rc : summed_up;
        bool misled = !measured->passes && !c->rates_per_s && !measured->saturation.reached;
        if (rc || !misled || anew == ANEW_MAX)
            break;
        measured->searched_per_s *= 2;
        measured->count = 0;
    }
    if (rc)
        return rc;
    measured->passes++;
    measured->complete = measured->passes >= c->repetitions;
    return TG_OK;
}

int tg_campaign_begin(struct tg_bed *bed, const struct tg_bed_system *system, const struct tg_campaign *c,
                      struct tg_measured *measured, struct tg_error *err)
{
    struct tg_error why;
    *measured = (struct tg_measured){.system = system};
    tg_saturation_of(NULL, 0, &measured->saturation, NULL);
    if (tg_bed_system_available(system, &why)) {
        snprintf(measured->skipped, sizeof measured->skipped, "%s", why.text);
        return TG_OK;
    }
    if (c->rates_per_s)
        return TG_OK;
    if (c->progress)
        c->progress(measured, 0, 0, c->context);
    return tg_campaign_search(bed, system, c->search_s, &measured->searched_per_s, err);
}

int tg_campaign_run(struct tg_bed *bed, const struct tg_bed_system *system, const struct tg_campaign *c,
                    struct tg_measured *measured, struct tg_error *err)
{
    int rc = tg_campaign_begin(bed, system, c, measured, err);
    for (unsigned i = 0; i < c->repetitions && !rc; i++)
        rc = tg_campaign_pass(bed, c, measured, err);
    return rc;
}

/* The numbers of all points at one wanted rate, averaged; what is unknown in one is unknown. */
static struct tg_bed_point mean_at(const struct tg_measured *m, double wanted_per_s)
{
    struct tg_bed_point mean = tg_bed_point_unknown();
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++) {
        double sum = 0;
        size_t count = 0;
        for (size_t i = 0; i < m->count; i++) {
            if (m->points[i].wanted_per_s != wanted_per_s)
                continue;
            sum += *(const double *)((const char *)&m->points[i] + f->offset);
            count++;
        }
        *(double *)((char *)&mean + f->offset) = sum / (double)count;
    }
    mean.repetition = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->points[i].wanted_per_s == wanted_per_s)
            mean.limited_by = m->points[i].limited_by;
    }
    return mean;
}

struct tg_bed_point tg_measured_at(const struct tg_measured *m, double wanted_per_s)
{
    double nearest = INFINITY;
    for (size_t i = 0; i < m->count; i++) {
        if (fabs(m->points[i].wanted_per_s - wanted_per_s) < fabs(nearest - wanted_per_s))
            nearest = m->points[i].wanted_per_s;
    }
    return m->count ? mean_at(m, nearest) : tg_bed_point_unknown();
}

int tg_measured_price(const struct tg_measured *m, double low_load, double high_load, double *request_ns,
                      double *wakeup_ns, struct tg_error *err)
{
    struct tg_bed_point low = tg_measured_at(m, low_load * m->saturation.per_s);
    struct tg_bed_point high = tg_measured_at(m, high_load * m->saturation.per_s);
    int rc = tg_bed_point_price(&low, &high, request_ns, wakeup_ns, err);
    return rc ? tg_error_wrap(err, rc, "%s", m->system->name) : TG_OK;
}

void tg_measured_release(struct tg_measured *measured)
{
    free(measured->points);
    *measured = (struct tg_measured){0};
}
