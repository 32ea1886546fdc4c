#include <math.h>

#include "tg_math.h"
#include "tg_rng.h"
#include "tg_test.h"

enum { DRAWS = 200000 };

/* The distance of a result from the truth in units of its last place. */
static double ulps(double got, long double truth)
{
    int exponent;
    frexpl(truth, &exponent);
    return fabs((double)ldexpl(got - truth, 53 - exponent));
}

static struct tg_rng rng;

static double between(double low, double high)
{
    return low + tg_rng_unit(&rng) * (high - low);
}

/* A positive number of any magnitude. */
static double any_positive(void)
{
    return ldexp(between(1, 2), (int)between(-1022, 1023));
}

static void setup(void)
{
    tg_rng_seed(&rng, 31, 0, "math");
}

START_TEST(exp_is_within_its_bound)
{
    static const double ranges[] = {1e-10, 1e-3, 1, 10, 700};
    for (int i = 0; i < DRAWS; i++) {
        double range = ranges[i % 5], x = between(-range, range);
        ck_assert_double_le(ulps(tg_exp(x), expl(x)), 0.52);
    }
    ck_assert(tg_exp(0) == 1);
    ck_assert(tg_exp(-746) == 0);
    ck_assert(tg_exp(710) == HUGE_VAL);
    ck_assert(tg_exp(HUGE_VAL) == HUGE_VAL);
    ck_assert(tg_exp(-HUGE_VAL) == 0);
    ck_assert(isnan(tg_exp(NAN)));
    for (double x = -745; x < -708; x += 0.013) /* subnormal results */
        ck_assert_double_le(fabs(tg_exp(x) - exp(x)), 0x1p-1074);
    for (double x = 709; x < 709.78; x += 0.0013)
        ck_assert_double_le(ulps(tg_exp(x), expl(x)), 0.52);
}
END_TEST

START_TEST(expm1_is_within_its_bound)
{
    static const double ranges[] = {1e-18, 1e-10, 1e-3, 0.01, 0.3, 1, 10, 700};
    for (int i = 0; i < DRAWS; i++) {
        double range = ranges[i % 8], x = between(-range, range);
        ck_assert_double_le(ulps(tg_expm1(x), expm1l(x)), 1.25);
    }
    ck_assert(tg_expm1(0) == 0);
    ck_assert(tg_expm1(-HUGE_VAL) == -1);
    ck_assert(tg_expm1(HUGE_VAL) == HUGE_VAL);
    ck_assert(isnan(tg_expm1(NAN)));
}
END_TEST

START_TEST(log_is_within_its_bound)
{
    for (int i = 0; i < DRAWS; i++) {
        double x = any_positive(), near = 1 + between(-0.02, 0.02), nearer = 1 + between(-1e-8, 1e-8);
        ck_assert_double_le(ulps(tg_log(x), logl(x)), 1);
        ck_assert_double_le(ulps(tg_log(near), logl(near)), 1);
        ck_assert_double_le(ulps(tg_log(nearer), logl(nearer)), 1);
    }
    ck_assert(tg_log(1) == 0);
    ck_assert(tg_log(0) == -HUGE_VAL);
    ck_assert(isnan(tg_log(-1)));
    ck_assert(isnan(tg_log(NAN)));
    ck_assert(tg_log(HUGE_VAL) == HUGE_VAL);
    ck_assert_double_le(ulps(tg_log(0x1p-1074), logl(0x1p-1074L)), 1);
}
END_TEST

START_TEST(log1p_is_within_its_bound)
{
    static const double ranges[] = {1e-18, 1e-10, 1e-3, 0.01, 0.3, 0.999999};
    for (int i = 0; i < DRAWS; i++) {
        double range = ranges[i % 6], x = between(-range, range), large = any_positive();
        ck_assert_double_le(ulps(tg_log1p(x), log1pl(x)), 0.75);
        if (large > 1e-300)
            ck_assert_double_le(ulps(tg_log1p(large), log1pl(large)), 0.75);
    }
    ck_assert(tg_log1p(-1) == -HUGE_VAL);
    ck_assert(isnan(tg_log1p(-2)));
}
END_TEST

START_TEST(pow_is_within_its_bound)
{
    for (int i = 0; i < DRAWS; i++) {
        double x = i % 2 ? any_positive() : between(0.5, 2);
        double limit = 700 / fabs(log(x)), y = between(-limit, limit);
        if (i % 3 == 0)
            y = between(-1, 1) * fmin(2, limit);
        ck_assert_double_le(ulps(tg_pow(x, y), powl(x, y)), 0.6);
    }
    ck_assert(tg_pow(9, 0.5) == 3);
    ck_assert(tg_pow(0, 2) == 0);
    ck_assert(tg_pow(0, -2) == HUGE_VAL);
    ck_assert(tg_pow(0, 0) == 1);
    ck_assert(tg_pow(HUGE_VAL, 2) == HUGE_VAL);
    ck_assert(tg_pow(HUGE_VAL, -2) == 0);
    ck_assert(tg_pow(0.5, HUGE_VAL) == 0);
    ck_assert(tg_pow(0.5, -HUGE_VAL) == HUGE_VAL);
    ck_assert(tg_pow(10, 400) == HUGE_VAL);
    ck_assert(tg_pow(10, -400) == 0);
    ck_assert(isnan(tg_pow(-1, 2)));
    ck_assert(isnan(tg_pow(2, NAN)));
}
END_TEST

START_TEST(gamma_is_within_its_bound)
{
    for (int i = 0; i < DRAWS / 10; i++) {
        double x = between(1, 171);
        ck_assert_double_le(ulps(tg_gamma(x), tgammal(x)), 500);
    }
    ck_assert_double_le(ulps(tg_gamma(1), 1), 500);
    ck_assert(isnan(tg_gamma(0.5)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("math");
    TCase *tcase = tcase_create("math");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, exp_is_within_its_bound);
    tcase_add_test(tcase, expm1_is_within_its_bound);
    tcase_add_test(tcase, log_is_within_its_bound);
    tcase_add_test(tcase, log1p_is_within_its_bound);
    tcase_add_test(tcase, pow_is_within_its_bound);
    tcase_add_test(tcase, gamma_is_within_its_bound);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
