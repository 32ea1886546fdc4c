#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "tg_dist.h"
#include "tg_goodness.h"
#include "tg_test.h"

enum { N = 200000 };
static double sample[N], bulk[N];

static double dist_cdf(double x, const void *law)
{
    return tg_dist_cdf(law, x);
}

/* Draws fit the distribution's own cdf (false alarm 1e-6), bulk draws are the same draws, mean and variance
 * are those of the sample within 6 standard errors (false alarm 2e-9 each), and quantile inverts cdf. */
static void check_dist(const struct tg_dist *dist, double mean, double variance)
{
    struct tg_rng rng, bulk_rng;
    tg_rng_seed(&rng, 21, 0, "dist");
    bulk_rng = rng;
    double sum = 0;
    for (int i = 0; i < N; i++) {
        sample[i] = tg_dist_sample(dist, &rng);
        sum += sample[i];
    }
    tg_dist_sample_many(dist, &bulk_rng, bulk, N);
    ck_assert(memcmp(sample, bulk, sizeof sample) == 0);
    ck_assert_mem_eq(&rng, &bulk_rng, sizeof rng);
    ck_assert_double_eq_tol(tg_dist_mean(dist), mean, 1e-9 * fabs(mean) + 1e-12);
    ck_assert_double_eq_tol(tg_dist_variance(dist), variance, 1e-9 * variance + 1e-12);
    ck_assert_double_le(fabs(sum / N - mean), 6 * sqrt(variance / N));
    if (variance == 0)
        return;
    ck_assert_double_lt(tg_goodness_ks(sample, N, dist_cdf, dist), tg_goodness_ks_limit(1e-6));
    for (int i = 1; i < 100; i++)
        ck_assert_double_eq_tol(tg_dist_cdf(dist, tg_dist_quantile(dist, i / 100.0)), i / 100.0, 1e-9);
}

START_TEST(simple_families_follow_their_laws)
{
    static const struct {
        const char *family;
        double p[3];
        size_t n;
        double mean, variance;
    } cases[] = {
        {"constant", {5}, 1, 5, 0},
        {"uniform", {-1, 3}, 2, 1, 16.0 / 12},
        {"exponential", {250}, 1, 250, 62500},
        {"quantiles", {0, 1, 5}, 3, 1.75, 0.5 / 3 + 0.5 * 31 / 3 - 1.75 * 1.75},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tg_dist dist;
        struct tg_error err = {0};
        ck_assert_tg_ok(tg_dist_init(&dist, cases[i].family, cases[i].p, cases[i].n, &err), err);
        check_dist(&dist, cases[i].mean, cases[i].variance);
        tg_dist_release(&dist);
    }
}
END_TEST

START_TEST(quantile_tables_take_any_probabilities)
{
    static const double values[] = {0, 1, 1, 2, 50, 1000}, p[] = {0, 0.25, 0.5, 0.9, 0.999, 1};
    struct tg_dist dist, copy;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init_quantiles(&dist, values, p, 6, &err), err);
    ck_assert_tg_ok(tg_dist_copy(&copy, &dist, &err), err);
    tg_dist_release(&dist);
    ck_assert_double_eq_tol(tg_dist_quantile(&copy, 0.9995), 525, 1e-9);
    ck_assert_double_eq_tol(tg_dist_cdf(&copy, 525), 0.9995, 1e-12);
    ck_assert_double_eq(tg_dist_cdf(&copy, 1), 0.5);
    ck_assert_double_eq(tg_dist_quantile(&copy, 1), 1000);
    ck_assert_double_eq(tg_dist_quantile(&copy, 0), 0);
    tg_dist_release(&copy);
}
END_TEST

START_TEST(faulty_parameters_are_named)
{
    static const struct {
        const char *family;
        double p[3];
        size_t n;
        const char *needle;
    } bad[] = {
        {"exponental", {1}, 1, "did you mean 'exponential'"},
        {"exponential", {0}, 1, "mean is 0, but must be above 0"},
        {"exponential", {1, 2}, 2, "takes 1 parameter, not 2"},
        {"exponential", {NAN}, 1, "mean is not finite"},
        {"uniform", {2, 1}, 2, "must be above low"},
        {"quantiles", {1}, 1, "at least 2 groups"},
        {"quantiles", {1, 3, 2}, 3, "value 3 is 2, less than the one before"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_dist dist;
        struct tg_error err = {0};
        ck_assert_int_eq(tg_dist_init(&dist, bad[i].family, bad[i].p, bad[i].n, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle), "'%s' lacks '%s'", err.text, bad[i].needle);
        tg_dist_release(&dist);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dist");
    TCase *tcase = tcase_create("dist");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, simple_families_follow_their_laws);
    tcase_add_test(tcase, quantile_tables_take_any_probabilities);
    tcase_add_test(tcase, faulty_parameters_are_named);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
