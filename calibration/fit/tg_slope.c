#include "tg_slope.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>

#include "tg_interval.h"
#include "tg_summary.h"

enum { ROWS_MAX = 20000, PARTS = 20 };

struct rows {
    size_t n;
    gsl_matrix *x; /* 1, argument / unit */
    gsl_vector *y, *weights, *residuals;
    double unit; /* of the argument, so that both columns are of one size */
};

static void rows_release(struct rows *r)
{
    gsl_matrix_free(r->x);
    gsl_vector_free(r->y);
    gsl_vector_free(r->weights);
    gsl_vector_free(r->residuals);
}

static int rows_make(struct rows *r, const struct tg_trace *trace, double unit, struct tg_error *err)
{
    size_t step = (trace->count + ROWS_MAX - 1) / ROWS_MAX;
    size_t n = (trace->count + step - 1) / step;
    *r = (struct rows){.n = n, .unit = unit};
    r->x = gsl_matrix_alloc(n, 2);
    r->y = gsl_vector_alloc(n);
    r->weights = gsl_vector_alloc(n);
    r->residuals = gsl_vector_alloc(n);
    if (!r->x || !r->y || !r->weights || !r->residuals) {
        rows_release(r);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(r->x, i, 0, 1);
        gsl_matrix_set(r->x, i, 1, trace->argument[i * step] / unit);
        gsl_vector_set(r->y, i, tg_trace_cost_per_op_ns(trace, i * step));
    }
    return TG_OK;
}

static int regress(struct rows *r, double beta[2])
{
    gsl_multifit_robust_workspace *work = gsl_multifit_robust_alloc(gsl_multifit_robust_bisquare, r->n, 2);
    gsl_vector_view c = gsl_vector_view_array(beta, 2);
    double room[4];
    gsl_matrix_view covariance = gsl_matrix_view_array(room, 2, 2);
    if (!work)
        return GSL_ENOMEM;
    gsl_multifit_robust_maxiter(500, work);
    int rc = gsl_multifit_robust(r->x, r->y, &c.vector, &covariance.matrix, work);
    if (rc == GSL_EMAXITER)
        rc = 0; /* what moves in the last digits after 500 rounds is far below the interval */
    gsl_multifit_robust_stats stats = gsl_multifit_robust_statistics(work);
    gsl_vector_memcpy(r->weights, stats.weights);
    gsl_vector_memcpy(r->residuals, stats.r);
    gsl_multifit_robust_free(work);
    return rc || !isfinite(beta[0]) || !isfinite(beta[1]);
}

/* Standard errors: inverse of the weighted moments, times the spread of the parts' scores, twice. */
static void standard_errors(const struct rows *r, double error[2])
{
    double a = 0, b = 0, c = 0, s00 = 0, s01 = 0, s11 = 0;
    for (size_t part = 0; part < PARTS; part++) {
        double score0 = 0, score1 = 0;
        for (size_t i = part * r->n / PARTS; i < (part + 1) * r->n / PARTS; i++) {
            double w = gsl_vector_get(r->weights, i), x = gsl_matrix_get(r->x, i, 1);
            double e = w * gsl_vector_get(r->residuals, i);
            a += w;
            b += w * x;
            c += w * x * x;
            score0 += e;
            score1 += e * x;
        }
        s00 += score0 * score0;
        s01 += score0 * score1;
        s11 += score1 * score1;
    }
    double det = a * c - b * b, grow = (double)PARTS / (PARTS - 1);
    double i00 = c / det, i01 = -b / det, i11 = a / det;
    error[0] = sqrt(fmax(0, grow * (i00 * i00 * s00 + 2 * i00 * i01 * s01 + i01 * i01 * s11)));
    error[1] = sqrt(fmax(0, grow * (i01 * i01 * s00 + 2 * i01 * i11 * s01 + i11 * i11 * s11)));
}

static double misfit_of(const struct tg_trace *trace, const double *values, size_t n, const double beta[2],
                        double unit)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        struct tg_summary summary;
        if (tg_summarize_trace(trace, &values[i], &summary) == TG_OK && summary.median > 0)
            worst = fmax(worst, fabs(beta[0] + beta[1] * values[i] / unit - summary.median) / summary.median);
    }
    return worst;
}

static void fill(struct tg_price_slope *slope, const struct rows *r, const double beta[2],
                 const double error[2])
{
    double t = tg_interval_t(0.95, PARTS - 1);
    slope->fixed_ns = beta[0];
    slope->fixed_low_ns = beta[0] - t * error[0];
    slope->fixed_high_ns = beta[0] + t * error[0];
    slope->ns_per_unit = beta[1] / r->unit;
    slope->low_ns_per_unit = (beta[1] - t * error[1]) / r->unit;
    slope->high_ns_per_unit = (beta[1] + t * error[1]) / r->unit;
    slope->samples = (int64_t)r->n;
}

int tg_slope_fit(const struct tg_trace *trace, struct tg_price_slope *slope, struct tg_error *err)
{
    double *values, beta[2], error[2];
    size_t n;
    struct rows rows;
    tg_price_slope_clear(slope);
    int rc = tg_trace_argument_values(trace, &values, &n);
    if (rc)
        return tg_error_set(err, rc, "%s: cannot list its arguments", trace->name);
    if (n < 2 || trace->count < 3 * PARTS) {
        free(values);
        return tg_error_set(err, TG_EINPUT, "%s: a slope needs two values of %s and %d samples", trace->name,
                            trace->argument_name ? trace->argument_name : "an argument", 3 * PARTS);
    }
    slope->from = values[0];
    slope->to = values[n - 1];
    double unit = fmax(fabs(values[0]), fabs(values[n - 1]));
    rc = rows_make(&rows, trace, unit, err);
    if (!rc) {
        gsl_error_handler_t *before = gsl_set_error_handler_off();
        if (regress(&rows, beta)) {
            rc = tg_error_set(err, TG_EINPUT, "%s: no line fits its costs", trace->name);
        } else {
            standard_errors(&rows, error);
            fill(slope, &rows, beta, error);
            slope->misfit = misfit_of(trace, values, n, beta, unit);
        }
        gsl_set_error_handler(before);
        rows_release(&rows);
    }
    free(values);
    return rc;
}
