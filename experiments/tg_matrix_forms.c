/* The closed forms that take linear algebra: MMPP/M/1 and Jackson networks. */
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

#include "tg_closed_forms.h"

enum { STATES_MAX = 64, ITERATIONS_MAX = 100000 };

/* Matrices live in arrays of the caller; no GSL allocation but a permutation. */
static int invert(gsl_matrix *matrix, gsl_matrix *inverse)
{
    int sign, rc = GSL_ENOMEM;
    gsl_permutation *permutation = gsl_permutation_alloc(matrix->size1);
    if (permutation) {
        rc = gsl_linalg_LU_decomp(matrix, permutation, &sign);
        if (!rc && gsl_linalg_LU_det(matrix, sign) == 0)
            rc = GSL_ESING;
        if (!rc)
            rc = gsl_linalg_LU_invert(matrix, permutation, inverse);
        gsl_permutation_free(permutation);
    }
    return rc;
}

/* R, the least solution of A0 + R A1 + R^2 A2 = 0 with A0 = diag(rates), A1 = Q - A0 - mu I, A2 = mu I, by
 * the iteration R <- -(A0 + R^2 A2) A1^-1 from 0, which climbs towards it. */
static int solve_r(const gsl_matrix *q, const double *rates, double mu, gsl_matrix *r, gsl_matrix *work[3])
{
    size_t n = q->size1;
    gsl_matrix *a1 = work[0], *inverse = work[1], *sum = work[2];
    gsl_matrix_memcpy(a1, q);
    for (size_t i = 0; i < n; i++)
        *gsl_matrix_ptr(a1, i, i) -= rates[i] + mu;
    int rc = invert(a1, inverse);
    gsl_matrix *next = a1;
    gsl_matrix_set_zero(r);
    for (int k = 0; !rc && k < ITERATIONS_MAX; k++) {
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, mu, r, r, 0, sum);
        for (size_t i = 0; i < n; i++)
            *gsl_matrix_ptr(sum, i, i) += rates[i];
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, -1, sum, inverse, 0, next);
        gsl_matrix_sub(r, next);
        double least, most;
        gsl_matrix_minmax(r, &least, &most);
        gsl_matrix_memcpy(r, next);
        if (-least < 1e-15)
            return 0;
    }
    return rc ? rc : GSL_EMAXITER;
}

/* x0, the law of the state while nobody is there: x0 (Q - A0 + R A2) = 0 and x0 (I - R)^-1 1 = 1. */
static int solve_empty(const gsl_matrix *q, const double *rates, double mu, const gsl_matrix *r,
                       const gsl_matrix *sums, double *x0, gsl_matrix *work[2])
{
    size_t n = q->size1;
    gsl_matrix *system = work[0], *inverse = work[1];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(system, i, j,
                           gsl_matrix_get(q, i, j) + mu * gsl_matrix_get(r, i, j) - (i == j ? rates[i] : 0));
        double row = 0; /* the last equation gives way to the norm */
        for (size_t j = 0; j < n; j++)
            row += gsl_matrix_get(sums, i, j);
        gsl_matrix_set(system, i, n - 1, row);
    }
    int rc = invert(system, inverse);
    for (size_t j = 0; j < n; j++)
        x0[j] = rc ? NAN : gsl_matrix_get(inverse, n - 1, j);
    return rc;
}

static double row_times_ones(const double *row, const gsl_matrix *m)
{
    double sum = 0;
    for (size_t i = 0; i < m->size1; i++) {
        for (size_t j = 0; j < m->size2; j++)
            sum += row[i] * gsl_matrix_get(m, i, j);
    }
    return sum;
}

static void fill_generator(const double *generator, gsl_matrix *q)
{
    size_t n = q->size1;
    for (size_t i = 0; i < n; i++) {
        double leaving = 0;
        for (size_t j = 0; j < n; j++) {
            if (i != j)
                leaving += generator[i * n + j];
            gsl_matrix_set(q, i, j, generator[i * n + j]);
        }
        gsl_matrix_set(q, i, i, -leaving);
    }
}

/* The mean number present is x0 R (I - R)^-2 1; states are seen with weight x = x0 (I - R)^-1. */
static int solve_mmpp(const gsl_matrix *q, const double *rates, double mu, double *sojourn, double *delayed,
                      gsl_matrix *work[6])
{
    size_t n = q->size1;
    gsl_matrix *r = work[0], *sums = work[1];
    double x0[STATES_MAX], empty = 0, rate = 0;
    int rc = solve_r(q, rates, mu, r, work + 2);
    if (rc)
        return rc;
    gsl_matrix_set_identity(work[2]);
    gsl_matrix_sub(work[2], r);
    rc = invert(work[2], sums);
    if (!rc)
        rc = solve_empty(q, rates, mu, r, sums, x0, work + 2);
    if (rc)
        return rc;
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, r, sums, 0, work[2]);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, work[2], sums, 0, work[3]);
    double number = row_times_ones(x0, work[3]);
    for (size_t j = 0; j < n; j++) {
        double state = 0;
        for (size_t i = 0; i < n; i++)
            state += x0[i] * gsl_matrix_get(sums, i, j);
        rate += state * rates[j];
        empty += x0[j] * rates[j];
    }
    *sojourn = number / rate;
    *delayed = 1 - empty / rate;
    return 0;
}

int tg_mmpp_m1(const double *generator, const double *rates, size_t n, double service_mean, double *sojourn,
               double *delayed, struct tg_error *err)
{
    gsl_matrix *work[7] = {0};
    int rc = n >= 1 && n <= STATES_MAX ? 0 : GSL_EINVAL;
    for (int i = 0; !rc && i < 7; i++) {
        work[i] = gsl_matrix_alloc(n, n);
        rc = work[i] ? 0 : GSL_ENOMEM;
    }
    if (!rc) {
        fill_generator(generator, work[6]);
        rc = solve_mmpp(work[6], rates, 1 / service_mean, sojourn, delayed, work);
    }
    for (int i = 0; i < 7; i++)
        gsl_matrix_free(work[i]);
    return rc ? tg_error_set(err, TG_EBUG, "no solution for MMPP/M/1: %s", gsl_strerror(rc)) : TG_OK;
}

/* rates (I - P) = outside. */
int tg_jackson_rates(const double *outside, const double *routing, size_t n, double *rates,
                     struct tg_error *err)
{
    gsl_matrix *system = gsl_matrix_alloc(n, n), *inverse = gsl_matrix_alloc(n, n);
    int rc = system && inverse ? 0 : GSL_ENOMEM;
    if (!rc) {
        for (size_t i = 0; i < n * n; i++)
            system->data[i] = (i % (n + 1) == 0 ? 1 : 0) - routing[i];
        rc = invert(system, inverse);
    }
    for (size_t j = 0; !rc && j < n; j++) {
        rates[j] = 0;
        for (size_t i = 0; i < n; i++)
            rates[j] += outside[i] * gsl_matrix_get(inverse, i, j);
    }
    gsl_matrix_free(system);
    gsl_matrix_free(inverse);
    return rc ? tg_error_set(err, TG_EBUG, "no rates for a Jackson network: %s", gsl_strerror(rc)) : TG_OK;
}
