#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "tg_dist_check.h"

static void make(struct tg_dist *dist, const char *family, double a, double b, size_t n)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init(dist, family, (const double[]){a, b}, n, &err), err);
}

static double mixture_cdf(double x, const void *law)
{
    (void)law;
    return 0.75 * gsl_cdf_gaussian_P(x - 10, 2) + 0.25 * gsl_cdf_exponential_P(x, 4);
}

START_TEST(a_mixture_follows_its_parts)
{
    struct tg_dist dist, parts[3];
    struct tg_error err = {0};
    make(&parts[0], "normal", 10, 2, 2);
    make(&parts[1], "pareto", 1.5, 1, 2); /* of no weight */
    make(&parts[2], "exponential", 4, 0, 1);
    ck_assert_tg_ok(tg_dist_init_mixture(&dist, (const double[]){3, 0, 1}, parts, 3, &err), err);
    ck_assert_ptr_null(parts[0].family);
    tg_dist_check(&dist, mixture_cdf, NULL, 8.5, 0.75 * (4 + 2.25) + 0.25 * (16 + 20.25));
    tg_dist_release(&dist);
}
END_TEST

START_TEST(a_mixture_may_hold_single_values)
{
    struct tg_dist dist, parts[2];
    struct tg_error err = {0};
    tg_dist_init_constant(&parts[0], 5);
    make(&parts[1], "uniform", 0, 10, 2);
    ck_assert_tg_ok(tg_dist_init_mixture(&dist, (const double[]){0.5, 0.5}, parts, 2, &err), err);
    ck_assert_double_eq(tg_dist_cdf(&dist, 5), 0.75);
    ck_assert_double_eq(tg_dist_quantile(&dist, 0.5), 5);
    ck_assert_double_eq_tol(tg_dist_quantile(&dist, 0.2), 4, 1e-12);
    ck_assert_double_eq_tol(tg_dist_quantile(&dist, 0.8), 6, 1e-12);
    tg_dist_release(&dist);
}
END_TEST

static double shifted_cdf(double x, const void *law)
{
    (void)law;
    return gsl_cdf_exponential_P(x - 100, 6);
}

START_TEST(a_shifted_law_moves_and_stretches)
{
    struct tg_dist dist, part;
    struct tg_error err = {0};
    make(&part, "exponential", 3, 0, 1);
    ck_assert_tg_ok(tg_dist_init_shifted(&dist, &part, 100, 2, &err), err);
    tg_dist_check(&dist, shifted_cdf, NULL, 106, 36);
    tg_dist_release(&dist);
}
END_TEST

/* A normal truncated to (-1, 2), by the closed forms of its moments. */
static double truncated_normal_cdf(double x, const void *law)
{
    (void)law;
    double low = gsl_cdf_ugaussian_P(-1), high = gsl_cdf_ugaussian_P(2);
    return (gsl_cdf_ugaussian_P(x) - low) / (high - low);
}

START_TEST(a_truncated_normal_has_its_closed_form)
{
    struct tg_dist dist, part;
    struct tg_error err = {0};
    double inside = gsl_cdf_ugaussian_P(2) - gsl_cdf_ugaussian_P(-1);
    double at_low = gsl_ran_ugaussian_pdf(-1), at_high = gsl_ran_ugaussian_pdf(2);
    double mean = (at_low - at_high) / inside, square = 1 + (-1 * at_low - 2 * at_high) / inside;
    make(&part, "normal", 0, 1, 2);
    ck_assert_tg_ok(tg_dist_init_truncated(&dist, &part, -1, 2, &err), err);
    tg_dist_check(&dist, truncated_normal_cdf, NULL, mean, square - mean * mean);
    tg_dist_release(&dist);
}
END_TEST

/* An exponential above 2 is 2 + the exponential; its mean and variance come from the quadrature. */
static double tail_cdf(double x, const void *law)
{
    (void)law;
    return gsl_cdf_exponential_P(x - 2, 1);
}

START_TEST(a_truncated_tail_has_its_closed_form)
{
    struct tg_dist dist, part;
    struct tg_error err = {0};
    make(&part, "exponential", 1, 0, 1);
    ck_assert_tg_ok(tg_dist_init_truncated(&dist, &part, 2, HUGE_VAL, &err), err);
    ck_assert_double_eq_tol(tg_dist_mean(&dist), 3, 1e-6);
    ck_assert_double_eq_tol(tg_dist_variance(&dist), 1, 1e-6);
    tg_dist_check(&dist, tail_cdf, NULL, tg_dist_mean(&dist), tg_dist_variance(&dist));
    tg_dist_release(&dist);
}
END_TEST

/* A Pareto law of index 1.5 cut at 100 times its minimum: the bounded Pareto. */
START_TEST(a_bounded_pareto_has_its_closed_form)
{
    struct tg_dist dist, part;
    struct tg_error err = {0};
    double a = 1.5, h = 100, inside = 1 - pow(h, -a);
    double mean = a / (a - 1) * (1 - pow(h, 1 - a)) / inside,
           square = a / (2 - a) * (pow(h, 2 - a) - 1) / inside;
    make(&part, "pareto", a, 1, 2);
    ck_assert_tg_ok(tg_dist_init_truncated(&dist, &part, 0, h, &err), err);
    ck_assert_double_eq_tol(tg_dist_mean(&dist), mean, 1e-6 * mean);
    ck_assert_double_eq_tol(tg_dist_variance(&dist), square - mean * mean, 1e-6 * square);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(laws_nest)
{
    struct tg_dist dist, shifted, truncated, part;
    struct tg_error err = {0};
    make(&part, "lognormal", 1, 0.5, 2);
    ck_assert_tg_ok(tg_dist_init_truncated(&truncated, &part, 0, 5, &err), err);
    ck_assert_tg_ok(tg_dist_init_shifted(&shifted, &truncated, 3, 10, &err), err);
    struct tg_dist parts[2] = {shifted};
    make(&parts[1], "weibull", 0.8, 20, 2);
    ck_assert_tg_ok(tg_dist_init_mixture(&dist, (const double[]){1, 1}, parts, 2, &err), err);
    tg_dist_check(&dist, NULL, NULL, tg_dist_mean(&dist), tg_dist_variance(&dist));
    tg_dist_release(&dist);
}
END_TEST

START_TEST(faulty_compositions_are_named_and_leave_nothing)
{
    struct tg_dist dist, part;
    struct tg_error err = {0};
    make(&part, "quantiles", 1, 2, 2);
    ck_assert_int_eq(tg_dist_init_truncated(&dist, &part, 0.5, 1, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "at least 0.001 must"), "%s", err.text);
    ck_assert_ptr_null(part.table);
    make(&part, "quantiles", 1, 2, 2);
    ck_assert_int_eq(tg_dist_init_truncated(&dist, &part, 2, 1, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "must be above low"), "%s", err.text);
    tg_dist_init_constant(&part, 1);
    ck_assert_int_eq(tg_dist_init_truncated(&dist, &part, 0, 2, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "positive probability"), "%s", err.text);
    make(&part, "quantiles", 1, 2, 2);
    ck_assert_int_eq(tg_dist_init_shifted(&dist, &part, 1, 0, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "factor is 0"), "%s", err.text);
    make(&part, "quantiles", 1, 2, 2);
    ck_assert_int_eq(tg_dist_init_mixture(&dist, (const double[]){-1}, &part, 1, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "mixture: weight 1 is -1"), "%s", err.text);
    ck_assert_int_eq(tg_dist_init_mixture(&dist, NULL, NULL, 0, &err), TG_EINPUT);
    ck_assert_ptr_null(dist.family);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dist_compose");
    TCase *tcase = tcase_create("dist_compose");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_mixture_follows_its_parts);
    tcase_add_test(tcase, a_mixture_may_hold_single_values);
    tcase_add_test(tcase, a_shifted_law_moves_and_stretches);
    tcase_add_test(tcase, a_truncated_normal_has_its_closed_form);
    tcase_add_test(tcase, a_truncated_tail_has_its_closed_form);
    tcase_add_test(tcase, a_bounded_pareto_has_its_closed_form);
    tcase_add_test(tcase, laws_nest);
    tcase_add_test(tcase, faulty_compositions_are_named_and_leave_nothing);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
