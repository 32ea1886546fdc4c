#include <gsl/gsl_cdf.h>
#include <math.h>

#include "tg_goodness.h"
#include "tg_test.h"
#include "tg_ziggurat.h"

enum { N = 1000000 };
static double sample[N];

static double exponential_cdf(double x, const void *law)
{
    (void)law;
    return gsl_cdf_exponential_P(x, 1);
}

static double normal_cdf(double x, const void *law)
{
    (void)law;
    return gsl_cdf_ugaussian_P(x);
}

/* Each rectangle must hold 1/256 of the area and touch the curve, whoever printed the tables. */
static void check_tables(const struct tg_ziggurat *z, double (*density)(double), double area, double unit)
{
    double floor = 0;
    for (int i = 0; i < z->layers; i++) {
        ck_assert_double_eq_tol(z->y[i], density(z->x[i]), 1e-15);
        ck_assert_double_eq_tol(z->x[i] * (z->y[i] - floor), area / TG_ZIGGURAT_PARTS, 1e-15);
        ck_assert(z->width[i] == z->x[i] * unit);
        floor = z->y[i];
    }
    ck_assert(z->x[z->layers] == 0);
    ck_assert(z->y[z->layers] == 1);
}

static double exponential_density(double x)
{
    return exp(-x);
}

static double normal_density(double x)
{
    return exp(-x * x / 2);
}

START_TEST(tables_cut_the_area_into_equal_parts)
{
    ck_assert_int_eq(tg_ziggurat_exponential.layers, TG_ZIGGURAT_EXPONENTIAL_LAYERS);
    ck_assert_int_eq(tg_ziggurat_normal.layers, TG_ZIGGURAT_NORMAL_LAYERS);
    check_tables(&tg_ziggurat_exponential, exponential_density, 1, 0x1p-53);
    check_tables(&tg_ziggurat_normal, normal_density, sqrt(M_PI / 2), 0x1p-52);
}
END_TEST

/* False alarm 1e-6 each. */
START_TEST(draws_follow_their_laws)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 11, 0, "exponential");
    for (int i = 0; i < N; i++)
        sample[i] = tg_rng_exponential(&rng);
    ck_assert_double_lt(tg_goodness_ks(sample, N, exponential_cdf, NULL), tg_goodness_ks_limit(1e-6));
    tg_rng_seed(&rng, 11, 0, "normal");
    for (int i = 0; i < N; i++)
        sample[i] = tg_rng_normal(&rng);
    ck_assert_double_lt(tg_goodness_ks(sample, N, normal_cdf, NULL), tg_goodness_ks_limit(1e-6));
}
END_TEST

/* A Kolmogorov-Smirnov test hardly sees the rare part (1.6 % of the draws): here it stands alone. What
 * remains of the law when the rectangles are taken away has a known distribution function. False alarm 1e-6
 * each. */
static double exponential_rest_cdf(double x, const void *law)
{
    const struct tg_ziggurat *z = law;
    double below = 0;
    for (int i = 0; i < z->layers; i++)
        below += fmin(x, z->x[i]) / z->x[i];
    return (TG_ZIGGURAT_PARTS * -expm1(-x) - below) / (TG_ZIGGURAT_PARTS - z->layers);
}

static double normal_rest_cdf(double x, const void *law)
{
    const struct tg_ziggurat *z = law;
    double below = 0;
    for (int i = 0; i < z->layers; i++)
        below += fmin(fabs(x), z->x[i]) / z->x[i];
    double rest = (TG_ZIGGURAT_PARTS * erf(fabs(x) / M_SQRT2) - below) / (TG_ZIGGURAT_PARTS - z->layers);
    return x < 0 ? (1 - rest) / 2 : (1 + rest) / 2;
}

START_TEST(rare_draws_follow_what_the_rectangles_leave)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 12, 0, "exponential");
    for (int i = 0; i < N; i++)
        sample[i] = tg_ziggurat_exponential_rare(&rng);
    ck_assert_double_lt(tg_goodness_ks(sample, N, exponential_rest_cdf, &tg_ziggurat_exponential),
                        tg_goodness_ks_limit(1e-6));
    tg_rng_seed(&rng, 12, 0, "normal");
    for (int i = 0; i < N; i++)
        sample[i] = tg_ziggurat_normal_rare(&rng);
    ck_assert_double_lt(tg_goodness_ks(sample, N, normal_rest_cdf, &tg_ziggurat_normal),
                        tg_goodness_ks_limit(1e-6));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ziggurat");
    TCase *tcase = tcase_create("ziggurat");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, tables_cut_the_area_into_equal_parts);
    tcase_add_test(tcase, draws_follow_their_laws);
    tcase_add_test(tcase, rare_draws_follow_what_the_rectangles_leave);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
