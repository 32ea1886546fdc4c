#include "tg_comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_order.h"

static const double latency_loads[TG_COMPARED_LATENCIES] = {0.2, 0.5, 0.8},
                    loss_loads[TG_COMPARED_LOSSES] = {1.2, 1.5};
enum { REPETITIONS_MAX = 100 };

static double relative(const struct tg_span *predicted, const struct tg_span *measured)
{
    return predicted->mid / measured->mid - 1;
}

/* Rows. */

/* The wanted rate nearest to this one. */
static double nearest_wanted(const struct tg_measured *m, double per_s)
{
    double nearest = NAN;
    for (size_t i = 0; i < m->count; i++) {
        if (isnan(nearest) || fabs(m->points[i].wanted_per_s - per_s) < fabs(nearest - per_s))
            nearest = m->points[i].wanted_per_s;
    }
    return nearest;
}

/* A member of the points at one wanted rate: median, least and greatest of the repetitions. */
static struct tg_span measured_span(const struct tg_measured *m, double wanted, size_t member)
{
    double values[REPETITIONS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < m->count && n < REPETITIONS_MAX; i++) {
        double value = *(const double *)((const char *)&m->points[i] + member);
        if (m->points[i].wanted_per_s == wanted && isfinite(value))
            values[n++] = value;
    }
    return tg_span_range(values, n);
}

/* Where the testbed has no point near the load, nothing is compared. */
static struct tg_compared_pair compare_at(const struct tg_predicted *p, const struct tg_measured *m,
                                          double load, size_t column, size_t member)
{
    const double near = 0.15;
    struct tg_compared_pair pair = {.load = NAN, .error = NAN};
    double wanted = nearest_wanted(m, load * m->saturation.per_s), at = wanted / m->saturation.per_s;
    pair.predicted = pair.measured = (struct tg_span){NAN, NAN, NAN};
    if (!(fabs(at / load - 1) <= near))
        return pair;
    pair.load = at;
    pair.predicted = tg_predicted_at(p, at, column);
    pair.measured = measured_span(m, wanted, member);
    pair.error = relative(&pair.predicted, &pair.measured);
    return pair;
}

static void compare_latencies(const struct tg_predicted *p, const struct tg_measured *m,
                              struct tg_compared *c)
{
    for (int i = 0; i < TG_COMPARED_LATENCIES; i++) {
        c->p50_ns[i] = compare_at(p, m, latency_loads[i], offsetof(struct tg_predicted_point, p50_ns),
                                  offsetof(struct tg_bed_point, latency_p50_ns));
        c->p99_ns[i] = compare_at(p, m, latency_loads[i], offsetof(struct tg_predicted_point, p99_ns),
                                  offsetof(struct tg_bed_point, latency_p99_ns));
    }
}

static void compare_losses(const struct tg_predicted *p, const struct tg_measured *m, struct tg_compared *c)
{
    for (int i = 0; i < TG_COMPARED_LOSSES; i++) {
        struct tg_compared_pair *pair = &c->lost_fraction[i];
        *pair = compare_at(p, m, loss_loads[i], offsetof(struct tg_predicted_point, lost_fraction),
                           offsetof(struct tg_bed_point, lost_fraction));
        pair->error = pair->predicted.mid - pair->measured.mid;
        if (i && pair->load == pair[-1].load) /* the same point, told already */
            *pair = (struct tg_compared_pair){.load = NAN, .error = NAN};
    }
}

static void leave_out(struct tg_compared *c, const char *side, const char *why)
{
    snprintf(c->left_out, sizeof c->left_out, "%s: %s", side, why);
}

static void compare_system(const struct tg_predicted *p, const struct tg_measured *m, struct tg_compared *c)
{
    *c = (struct tg_compared){.system = p->system};
    if (*p->skipped)
        leave_out(c, "not predicted", p->skipped);
    else if (!m)
        leave_out(c, "not measured", "the testbed did not run it");
    else if (*m->skipped)
        leave_out(c, "not measured", m->skipped);
    else if (!m->passes || !m->saturation.reached)
        leave_out(c, "not measured", *m->failed ? m->failed : "no load was found that is too much");
    if (*c->left_out)
        return;
    const struct tg_saturation *s = &m->saturation;
    c->predicted_per_s = p->saturation_per_s;
    c->measured_per_s = (struct tg_span){s->per_s, s->low, s->high};
    c->error = relative(&c->predicted_per_s, &c->measured_per_s);
    c->limited_by = s->limited_by;
    c->predicted_limit = p->limited_by;
    compare_latencies(p, m, c);
    compare_losses(p, m, c);
}

/* Slopes. */

/* The systems that differ in one count alone. */
struct family {
    const struct tg_compared *rows[16];
    double counts[16];
    size_t size;
};

static bool limited_by_server(const struct tg_compared *c)
{
    return !*c->left_out && c->limited_by == TG_LIMIT_SERVER;
}

/* Whether b belongs to a's family, in which the number of crossings differs, or the work. */
static bool belongs(const struct tg_bed_system *a, const struct tg_bed_system *b, bool by_work)
{
    if (a->server != b->server || a->path != b->path || a->generator != b->generator)
        return false;
    if (by_work)
        return a->work && b->work && a->crossings == b->crossings;
    bool same = a->crossing && b->crossing && strcmp(a->crossing, b->crossing) == 0;
    return a->work == b->work && (same || !b->crossing);
}

static void find_family(const struct tg_comparison *all, const struct tg_bed_system *first, bool by_work,
                        struct family *family)
{
    family->size = 0;
    for (size_t i = 0; i < all->count && family->size < 16; i++) {
        const struct tg_bed_system *s = all->rows[i].system;
        if (!limited_by_server(&all->rows[i]) || !belongs(first, s, by_work))
            continue;
        family->rows[family->size] = &all->rows[i];
        family->counts[family->size++] = by_work ? s->work : s->crossing ? s->crossings : 0;
    }
}

/* The slope of times over counts, in ns, with weights of one over the times squared. */
static double slope_of(const struct family *family, const double *per_s)
{
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (size_t i = 0; i < family->size; i++) {
        double x = family->counts[i], y = 1e9 / per_s[i], weight = 1 / (y * y);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    return (w * wxy - wx * wy) / (w * wxx - wx * wx);
}

static int measured_slope(const struct family *family, const struct tg_bed_record *record,
                          struct tg_span *slope, struct tg_error *err)
{
    double slopes[REPETITIONS_MAX];
    size_t n = 0;
    unsigned repetitions = REPETITIONS_MAX;
    for (size_t i = 0; i < family->size; i++) {
        const struct tg_measured *m = tg_bed_record_find(record, family->rows[i]->system->name);
        repetitions = m->passes < repetitions ? m->passes : repetitions;
    }
    for (unsigned r = 1; r <= repetitions; r++) {
        double per_s[16];
        for (size_t i = 0; i < family->size; i++) {
            const struct tg_measured *m = tg_bed_record_find(record, family->rows[i]->system->name);
            int rc = tg_saturation_of_repetition(m->points, m->count, r, &m->saturation, &per_s[i], err);
            if (rc)
                return rc;
        }
        double one = slope_of(family, per_s);
        if (isfinite(one))
            slopes[n++] = one;
    }
    *slope = tg_span_student(slopes, n);
    return TG_OK;
}

static void predicted_slope(const struct family *family, const struct tg_prediction *prediction,
                            struct tg_span *slope)
{
    double slopes[TG_PREDICTION_DRAWS_MAX];
    size_t draws = TG_PREDICTION_DRAWS_MAX;
    const struct tg_predicted *predicted[16];
    for (size_t i = 0; i < family->size; i++) {
        predicted[i] = tg_prediction_find(prediction, family->rows[i]->system->name);
        draws = predicted[i]->draw_count < draws ? predicted[i]->draw_count : draws;
    }
    for (size_t d = 0; d < draws; d++) {
        double per_s[16];
        for (size_t i = 0; i < family->size; i++)
            per_s[i] = predicted[i]->draws_per_s[d];
        slopes[d] = slope_of(family, per_s);
    }
    *slope = tg_span_quantiles(slopes, draws);
}

static bool has_slope(const struct tg_comparison *c, const char *name)
{
    for (size_t i = 0; i < c->slope_count; i++) {
        if (strcmp(c->slopes[i].name, name) == 0)
            return true;
    }
    return false;
}

static void name_family(const struct tg_bed_system *s, bool by_work, char *name, size_t size)
{
    snprintf(name, size, "%s%s", by_work ? "plugin_round" : s->crossing,
             s->path == TG_BED_CONTAINER ? " (container)" : "");
}

static int add_slope(struct tg_comparison *c, const struct tg_bed_system *first, bool by_work,
                     const struct tg_prediction *prediction, const struct tg_bed_record *record,
                     struct tg_error *err)
{
    const double enough = 0.15;
    struct family family;
    struct tg_compared_slope slope = {0};
    name_family(first, by_work, slope.name, sizeof slope.name);
    if (has_slope(c, slope.name) || c->slope_count == TG_SLOPES_MAX)
        return TG_OK;
    find_family(c, first, by_work, &family);
    slope.systems = family.size;
    if (family.size < 2)
        return TG_OK;
    int rc = measured_slope(&family, record, &slope.measured_ns, err);
    predicted_slope(&family, prediction, &slope.predicted_ns);
    slope.error = relative(&slope.predicted_ns, &slope.measured_ns);
    slope.met = fabs(slope.error) <= enough || tg_span_overlap(&slope.predicted_ns, &slope.measured_ns);
    c->slopes[c->slope_count++] = slope;
    return rc;
}

static int find_slopes(struct tg_comparison *c, const struct tg_prediction *prediction,
                       const struct tg_bed_record *record, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < c->count; i++) {
        const struct tg_bed_system *s = c->rows[i].system;
        if (!limited_by_server(&c->rows[i]) || !s->crossing)
            continue;
        rc = add_slope(c, s, false, prediction, record, err);
        if (!rc && s->work)
            rc = add_slope(c, s, true, prediction, record, err);
    }
    return rc;
}

/* Orders. */

static int find_wrong_orders(struct tg_comparison *c, struct tg_error *err)
{
    c->wrong = calloc(c->count * c->count + 1, sizeof *c->wrong);
    if (!c->wrong)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < c->count; i++) {
        for (size_t k = 0; k < c->count; k++) {
            const struct tg_compared *a = &c->rows[i], *b = &c->rows[k];
            bool apart = !*a->left_out && !*b->left_out && a->measured_per_s.high < b->measured_per_s.low;
            if (apart && a->predicted_per_s.mid > b->predicted_per_s.mid)
                c->wrong[c->wrong_count++] = (struct tg_wrong_order){a, b};
        }
    }
    return TG_OK;
}

/* Summary and checks. */

static int sum_up(struct tg_comparison *c, struct tg_error *err)
{
    double *errors = calloc(c->count + 1, sizeof *errors);
    if (!errors)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < c->count; i++) {
        const struct tg_compared *row = &c->rows[i];
        if (*row->left_out)
            continue;
        if (row->limited_by == TG_LIMIT_SERVER)
            errors[c->server_limited++] = fabs(row->error);
        else if (row->limited_by == TG_LIMIT_CLIENT)
            c->client_limited++;
        else
            c->unclear++;
    }
    c->median_error = tg_order_median(errors, c->server_limited);
    c->worst_error = c->server_limited ? errors[c->server_limited - 1] : NAN;
    free(errors);
    return TG_OK;
}

/* The rows that the server limits whose latency at half load lies within a factor. */
static double count_latencies(const struct tg_comparison *c, bool p99, double down, double up, double *known)
{
    double near = 0;
    *known = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct tg_compared *row = &c->rows[i];
        double error = p99 ? row->p99_ns[1].error : row->p50_ns[1].error;
        if (!limited_by_server(row) || !isfinite(error))
            continue;
        ++*known;
        near += 1 + error >= down && 1 + error <= up;
    }
    return near;
}

static double worst_loss(const struct tg_comparison *c)
{
    double worst = 0;
    for (size_t i = 0; i < c->count; i++) {
        for (int k = 0; k < TG_COMPARED_LOSSES && limited_by_server(&c->rows[i]); k++) {
            double error = c->rows[i].lost_fraction[k].error;
            worst = isfinite(error) ? fmax(worst, fabs(error)) : worst;
        }
    }
    return worst;
}

static void add_check(struct tg_comparison *c, const char *what, double wanted, double found,
                      const char *unit, bool met)
{
    c->checks[c->check_count++] =
        (struct tg_check){.what = what, .wanted = wanted, .found = found, .unit = unit, .met = met};
}

static void check(struct tg_comparison *c)
{
    double known50, known99, slopes = 0;
    double near50 = count_latencies(c, false, 0.75, 1.25, &known50);
    double near99 = count_latencies(c, true, 0.5, 2, &known99);
    double median = c->median_error * 100, worst = c->worst_error * 100, loss = worst_loss(c) * 100;
    for (size_t i = 0; i < c->slope_count; i++)
        slopes += c->slopes[i].met;
    add_check(c, "median error of saturation, at most", 8, median, "%", median <= 8);
    add_check(c, "greatest error of saturation, at most", 20, worst, "%", worst <= 20);
    if (c->slope_count)
        add_check(c, "slopes within 15 % or the joint interval", (double)c->slope_count, slopes, "slopes",
                  slopes == (double)c->slope_count);
    double wanted = known50 < 9 ? known50 : 9;
    if (known50 > 0)
        add_check(c, "p50 at half load within 25 %, at least", wanted, near50, "systems", near50 >= wanted);
    wanted = known99 < 9 ? known99 : 9;
    if (known99 > 0)
        add_check(c, "p99 at half load within a factor of 2, at least", wanted, near99, "systems",
                  near99 >= wanted);
    add_check(c, "greatest difference of losses, at most", 10, loss, "points", loss <= 10);
    add_check(c, "pairs measured apart and predicted the other way round", 0, (double)c->wrong_count, "pairs",
              c->wrong_count == 0);
}

int tg_compare(const struct tg_prediction *prediction, const struct tg_bed_record *measured,
               struct tg_comparison *c, struct tg_error *err)
{
    *c = (struct tg_comparison){.median_error = NAN, .worst_error = NAN};
    c->rows = calloc(prediction->count + 1, sizeof *c->rows);
    if (!c->rows)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    c->count = prediction->count;
    for (size_t i = 0; i < c->count; i++) {
        const struct tg_predicted *p = &prediction->systems[i];
        compare_system(p, tg_bed_record_find(measured, p->system->name), &c->rows[i]);
    }
    int rc = find_slopes(c, prediction, measured, err);
    rc = rc ? rc : find_wrong_orders(c, err);
    rc = rc ? rc : sum_up(c, err);
    if (rc)
        tg_comparison_release(c);
    else
        check(c);
    return rc;
}

void tg_comparison_release(struct tg_comparison *c)
{
    free(c->rows);
    free(c->wrong);
    *c = (struct tg_comparison){0};
}
