#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

#include "tg_dist_check.h"

/* Reference distribution functions: GSL's, or closed forms over the C library. */

static double uniform_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_flat_P(x, p[0], p[1]);
}

static double exponential_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_exponential_P(x, p[0]);
}

static double normal_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_gaussian_P(x - p[0], p[1]);
}

static double lognormal_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_lognormal_P(x, log(p[0]), p[1]);
}

static double gamma_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_gamma_P(x, p[0], p[1]);
}

static double erlang_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_gamma_P(x, p[0], p[1] / p[0]);
}

static double weibull_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_weibull_P(x, p[1], p[0]);
}

static double pareto_cdf(double x, const void *law)
{
    const double *p = law;
    return gsl_cdf_pareto_P(x, p[0], p[1]);
}

static double generalized_cdf(double x, const void *law)
{
    const double *p = law;
    double z = (x - p[0]) / p[1];
    return p[2] == 0 ? 1 - exp(-z) : 1 - pow(1 + p[2] * z, -1 / p[2]);
}

static double two_branches_cdf(double x, const void *law)
{
    const double *p = law;
    return 1 - (p[0] * exp(-x / p[1]) + p[2] * exp(-x / p[3])) / (p[0] + p[2]);
}

/* Two stages in a row, of rates a and b: 1 - (b e^-ax - a e^-bx) / (b - a). */
static double two_stages_cdf(double x, const void *law)
{
    const double *p = law;
    double a = -p[2], b = -p[5];
    return 1 - (b * exp(-a * x) - a * exp(-b * x)) / (b - a);
}

/* A stage of rate 5 that starts over with probability 0.8: exponential of rate 1. */
static double feedback_cdf(double x, const void *law)
{
    (void)law;
    return 1 - exp(-x);
}

static const struct {
    const char *family;
    double p[8];
    size_t n;
    double (*cdf)(double, const void *);
    double mean, variance;
} cases[] = {
    {"constant", {5}, 1, NULL, 5, 0},
    {"discrete", {3, 1, -1, 2, 10, 1}, 6, NULL, 2.75, 27.75 - 2.75 * 2.75},
    {"erlang", {4, 10}, 2, erlang_cdf, 10, 25},
    {"exponential", {250}, 1, exponential_cdf, 250, 62500},
    {"gamma", {2.5, 3}, 2, gamma_cdf, 7.5, 22.5},
    {"gamma", {0.3, 100}, 2, gamma_cdf, 30, 3000},
    {"gamma", {400, 1e-3}, 2, gamma_cdf, 0.4, 4e-4},
    {"generalized_pareto", {1, 2, 0}, 3, generalized_cdf, 3, 4},
    {"generalized_pareto", {-1, 2, 0.15}, 3, generalized_cdf, -1 + 2 / 0.85, 4 / (0.85 * 0.85 * 0.7)},
    {"generalized_pareto", {0, 2, -0.5}, 3, generalized_cdf, 2 / 1.5, 4 / (2.25 * 2)},
    {"generalized_pareto", {0, 1, 2}, 3, generalized_cdf, HUGE_VAL, HUGE_VAL},
    {"hyperexponential", {0.9, 1, 0.1, 50}, 4, two_branches_cdf, 5.9, 2 * (0.9 + 250) - 5.9 * 5.9},
    {"lognormal", {12, 0.5}, 2, lognormal_cdf, 0, 0},
    {"normal", {-3, 2}, 2, normal_cdf, -3, 4},
    {"pareto", {9, 2}, 2, pareto_cdf, 2.25, 4 * 9 / (64 * 7.0)},
    {"pareto", {1.5, 2}, 2, pareto_cdf, 6, HUGE_VAL},
    {"pareto", {0.8, 2}, 2, pareto_cdf, HUGE_VAL, HUGE_VAL},
    {"phase_type", {1, 0, -2, 2, 0, -0.5}, 6, two_stages_cdf, 2.5, 4.25},
    {"phase_type", {0.5, 0.5, -5, 4, 4, -5}, 6, feedback_cdf, 1, 1},
    {"phase_type", {1, -0.25}, 2, NULL, 4, 16},
    {"quantiles", {0, 1, 5}, 3, NULL, 1.75, 0.5 / 3 + 0.5 * 31 / 3 - 1.75 * 1.75},
    {"uniform", {-1, 3}, 2, uniform_cdf, 1, 16.0 / 12},
    {"weibull", {0.7, 5}, 2, weibull_cdf, 0, 0},
    {"weibull", {3, 5}, 2, weibull_cdf, 0, 0},
};

/* Moments that want a special function. */
static void fill_moments(const char *family, const double *p, double *mean, double *variance)
{
    if (strcmp(family, "lognormal") == 0) {
        *mean = p[0] * exp(p[1] * p[1] / 2);
        *variance = *mean * *mean * expm1(p[1] * p[1]);
    } else if (strcmp(family, "weibull") == 0) {
        *mean = p[1] * gsl_sf_gamma(1 + 1 / p[0]);
        *variance = p[1] * p[1] * gsl_sf_gamma(1 + 2 / p[0]) - *mean * *mean;
    }
}

START_TEST(a_family_follows_its_law)
{
    struct tg_dist dist;
    struct tg_error err = {0};
    double mean = cases[_i].mean, variance = cases[_i].variance;
    fill_moments(cases[_i].family, cases[_i].p, &mean, &variance);
    ck_assert_tg_ok(tg_dist_init(&dist, cases[_i].family, cases[_i].p, cases[_i].n, &err), err);
    tg_dist_check(&dist, cases[_i].cdf, cases[_i].cdf ? cases[_i].p : NULL, mean, variance);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(every_family_of_numbers_is_checked)
{
    size_t count;
    const struct tg_dist_family *const *families = tg_dist_families(&count);
    for (size_t i = 0; i < count; i++) {
        bool found = !families[i]->init;
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            found |= strcmp(cases[k].family, families[i]->name) == 0;
        ck_assert_msg(found, "no case checks %s", families[i]->name);
        ck_assert(i == 0 || strcmp(families[i - 1]->name, families[i]->name) < 0);
    }
}
END_TEST

/* Chi-square with 2 degrees of freedom: above 34 with probability 4e-8. */
START_TEST(discrete_values_have_their_weights)
{
    static const double pairs[] = {3, 1, -1, 2, 10, 1}, values[] = {-1, 3, 10}, shares[] = {0.5, 0.25, 0.25};
    enum { N = 400000 };
    struct tg_dist dist;
    struct tg_rng rng;
    struct tg_error err = {0};
    double counts[3] = {0}, chi = 0;
    ck_assert_tg_ok(tg_dist_init(&dist, "discrete", pairs, 6, &err), err);
    tg_rng_seed(&rng, 22, 0, "discrete");
    for (int i = 0; i < N; i++) {
        double x = tg_dist_sample(&dist, &rng);
        int k = 0;
        while (k < 3 && values[k] != x)
            k++;
        ck_assert_int_lt(k, 3);
        counts[k]++;
    }
    for (int k = 0; k < 3; k++)
        chi += (counts[k] - N * shares[k]) * (counts[k] - N * shares[k]) / (N * shares[k]);
    ck_assert_double_lt(chi, 34);
    ck_assert_double_eq(tg_dist_cdf(&dist, -1.5), 0);
    ck_assert_double_eq(tg_dist_cdf(&dist, -1), 0.5);
    ck_assert_double_eq(tg_dist_cdf(&dist, 9.9), 0.75);
    ck_assert_double_eq(tg_dist_cdf(&dist, 10), 1);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0), -1);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0.5), -1);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0.6), 3);
    ck_assert_double_eq(tg_dist_quantile(&dist, 1), 10);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(quantile_tables_take_any_probabilities)
{
    static const double values[] = {0, 1, 1.5, 2, 50, 1000}, p[] = {0, 0.25, 0.5, 0.9, 0.999, 1};
    struct tg_dist dist;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init_quantiles(&dist, values, p, 6, &err), err);
    double mean = 0, square = 0;
    for (int i = 0; i < 5; i++) {
        double a = values[i], b = values[i + 1], weight = p[i + 1] - p[i];
        mean += weight * (a + b) / 2;
        square += weight * (a * a + a * b + b * b) / 3;
    }
    tg_dist_check(&dist, NULL, NULL, mean, square - mean * mean);
    ck_assert_double_eq_tol(tg_dist_quantile(&dist, 0.9995), 525, 1e-9);
    ck_assert_double_eq_tol(tg_dist_cdf(&dist, 525), 0.9995, 1e-12);
    ck_assert_double_eq(tg_dist_quantile(&dist, 1), 1000);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0), 0);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(repeated_quantiles_hold_their_share)
{
    static const double values[] = {1, 2, 2, 2, 3};
    struct tg_dist dist;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init(&dist, "quantiles", values, 5, &err), err);
    ck_assert_double_eq(tg_dist_cdf(&dist, 2), 0.75);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0.5), 2);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(faulty_parameters_are_named)
{
    static const struct {
        const char *family;
        double p[6];
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
        {"erlang", {1.5, 1}, 2, "whole number"},
        {"gamma", {-1, 1}, 2, "shape is -1, but must be at least 0.01"},
        {"weibull", {2e7, 1}, 2, "at most 1e+06"},
        {"discrete", {1, -1}, 2, "weight is -1"},
        {"discrete", {1, 0, 2, 0}, 4, "discrete: the weights add up to 0"},
        {"hyperexponential", {1, 2, 3}, 3, "groups of 2 parameters, not 3"},
        {"hyperexponential", {1, 0}, 2, "mean is 0"},
        {"phase_type", {1, 0, -1}, 3, "not 3 numbers"},
        {"phase_type", {1, 0, -1, 2, 0, -1}, 6, "row 1 add up to more"},
        {"phase_type", {1, 0, -1, 1, 1, -1}, 6, "never reaches absorption"},
        {"phase_type", {1, 0, -1, 0, 0, 0}, 6, "diagonal of row 2 is 0"},
        {"phase_type", {1, 0, -1, -1, 0, -1}, 6, "row 1: weight 2 is -1"},
        {"phase_type", {0, 0, -1, 0, 0, -1}, 6, "initial"},
        {"mixture", {1}, 1, "made of other distributions"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_dist dist;
        struct tg_error err = {0};
        ck_assert_int_eq(tg_dist_init(&dist, bad[i].family, bad[i].p, bad[i].n, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle), "'%s' lacks '%s'", err.text, bad[i].needle);
        ck_assert_ptr_null(dist.table);
        tg_dist_release(&dist);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dist");
    TCase *tcase = tcase_create("dist");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_family_follows_its_law, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, every_family_of_numbers_is_checked);
    tcase_add_test(tcase, discrete_values_have_their_weights);
    tcase_add_test(tcase, quantile_tables_take_any_probabilities);
    tcase_add_test(tcase, repeated_quantiles_hold_their_share);
    tcase_add_test(tcase, faulty_parameters_are_named);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
