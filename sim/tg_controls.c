#include "tg_controls.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>

/* All that the regression needs, in one place so that it is freed in one place. */
struct fit {
    gsl_matrix *x, *covariance;
    gsl_vector *y, *coefficients;
    gsl_multifit_linear_workspace *work;
};

static void release(struct fit *f)
{
    gsl_matrix_free(f->x);
    gsl_matrix_free(f->covariance);
    gsl_vector_free(f->y);
    gsl_vector_free(f->coefficients);
    gsl_multifit_linear_free(f->work);
}

static int allocate(struct fit *f, size_t n, size_t columns)
{
    f->x = gsl_matrix_alloc(n, columns);
    f->covariance = gsl_matrix_alloc(columns, columns);
    f->y = gsl_vector_alloc(n);
    f->coefficients = gsl_vector_alloc(columns);
    f->work = gsl_multifit_linear_alloc(n, columns);
    return f->x && f->covariance && f->y && f->coefficients && f->work;
}

static void fill(struct fit *f, const double *outputs, const double *controls, const double *means)
{
    size_t m = f->x->size2 - 1;
    for (size_t i = 0; i < f->x->size1; i++) {
        gsl_vector_set(f->y, i, outputs[i]);
        gsl_matrix_set(f->x, i, 0, 1);
        for (size_t j = 0; j < m; j++)
            gsl_matrix_set(f->x, i, j + 1, controls[i * m + j] - means[j]);
    }
}

static double total_squares(const double *outputs, size_t n)
{
    struct tg_welford w = {0};
    for (size_t i = 0; i < n; i++)
        tg_welford_add(&w, outputs[i]);
    return w.deviations;
}

static void read_off(const struct fit *f, double residual_squares, double squares, double level,
                     struct tg_controlled *result)
{
    size_t n = f->x->size1, columns = f->x->size2;
    *result = (struct tg_controlled){
        .estimate =
            tg_interval_make(gsl_vector_get(f->coefficients, 0), sqrt(gsl_matrix_get(f->covariance, 0, 0)),
                             (double)(n - columns), n, level),
        .explained = squares > 0 ? 1 - residual_squares / squares : 0,
    };
    for (size_t j = 1; j < columns; j++)
        result->slopes[j - 1] = gsl_vector_get(f->coefficients, j);
}

int tg_controls_estimate(const double *outputs, const double *controls, const double *means, size_t n,
                         size_t m, double level, struct tg_controlled *result, struct tg_error *err)
{
    if (!m || m > TG_CONTROLS_MAX || n < m + 3)
        return tg_error_set(err, TG_EUSAGE,
                            "%zu controls on %zu replications: 1 to %d controls are allowed, and %zu "
                            "more replications than controls are needed",
                            m, n, TG_CONTROLS_MAX, (size_t)3);
    struct fit f = {0};
    double residual_squares;
    if (!allocate(&f, n, m + 1)) {
        release(&f);
        return tg_error_set(err, TG_ENOMEM, "no memory for a regression on %zu controls", m);
    }
    fill(&f, outputs, controls, means);
    int rc = gsl_multifit_linear(f.x, f.y, f.coefficients, f.covariance, &residual_squares, f.work);
    if (!rc)
        read_off(&f, residual_squares, total_squares(outputs, n), level, result);
    release(&f);
    return rc ? tg_error_set(err, TG_EBUG, "the regression on %zu controls failed: %s", m, gsl_strerror(rc))
              : TG_OK;
}
