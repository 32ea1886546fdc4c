/* Searching and walking the likelihood, on functions whose answers are known. */
#include <math.h>
#include <string.h>

#include "tg_field.h"
#include "tg_likelihood_profile.h"
#include "tg_rng.h"
#include "tg_test.h"
#include "tg_ziggurat.h"

static struct tg_error err;

enum { N = 12 };

/* Two unknowns, 3 and 0.5 in truth, start from 1 and 1; noise is 2 % of 1. */
struct problem {
    double noise[N];
    double (*model)(double a, double b, double t);
};

static double decay(double a, double b, double t)
{
    return a * exp(-b * t);
}

static double sum(double a, double b, double t)
{
    return (a + 2 * b) * (1 + t);
}

static double product(double a, double b, double t)
{
    return a * b * (1 + t);
}

static double first_alone(double a, double b, double t)
{
    (void)b;
    return a * (1 + t);
}

static int evaluate(void *context, const double *x, double *residuals, struct tg_error *error)
{
    const struct problem *p = context;
    (void)error;
    for (int i = 0; i < N; i++) {
        double t = 0.3 * i;
        residuals[i] = p->model(exp(x[0]), exp(x[1]), t) - p->model(3, 0.5, t) - p->noise[i];
    }
    return TG_OK;
}

static void find(struct problem *p, double noise, uint64_t seed, struct tg_likelihood_profile *profile)
{
    static const size_t group[N] = {0};
    struct tg_search search = {.parameters = 2,
                               .residuals = N,
                               .groups = 1,
                               .group = group,
                               .floor = {1e-8},
                               .evaluate = evaluate,
                               .context = p};
    struct tg_search_rule rule = {.step = 0.3, .precision = 1e-5, .enough = -HUGE_VAL, .budget = 400};
    struct tg_rng rng;
    double x[2] = {0}, deviance;
    tg_rng_seed(&rng, seed, 0, "noise");
    for (int i = 0; i < N; i++)
        p->noise[i] = noise * tg_rng_normal(&rng);
    ck_assert_tg_ok(tg_search_scan(&search, log(10), 40, x, &deviance, &err), err);
    ck_assert_tg_ok(tg_search_minimize(&search, &rule, x, &deviance, &err), err);
    ck_assert_tg_ok(tg_likelihood_profile_make(&search, x, 3, profile, &err), err);
}

/* 200 seeds: of 95 % intervals that cover at their level, 177 to 199 hold the truth but in one case in a
 * thousand. */
START_TEST(intervals_cover)
{
    int held[2] = {0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct problem p = {.model = decay};
        struct tg_likelihood_profile profile;
        find(&p, 0.02, seed, &profile);
        ck_assert_uint_eq(profile.open, 0);
        ck_assert_double_eq_tol(exp(profile.x[0]), 3, 0.1);
        ck_assert_double_eq_tol(exp(profile.x[1]), 0.5, 0.05);
        held[0] += profile.low[0] <= log(3) && log(3) <= profile.high[0];
        held[1] += profile.low[1] <= log(0.5) && log(0.5) <= profile.high[1];
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_int_ge(held[i], 177);
        ck_assert_int_le(held[i], 199);
    }
}
END_TEST

START_TEST(a_sum_is_named)
{
    struct problem p = {.model = sum};
    struct tg_likelihood_profile profile;
    find(&p, 0.02, 1, &profile);
    ck_assert_uint_eq(profile.open, 2);
    struct tg_ridge ridge = tg_likelihood_profile_ridge(&profile, 0, 1, 1, 1);
    ck_assert(ridge.sum);
    ck_assert_double_eq_tol(ridge.weight, 2, 0.1);
    ck_assert_double_eq_tol(ridge.value, 4, 0.1);
    ck_assert_double_lt(ridge.low, 4);
    ck_assert_double_gt(ridge.high, 4);
}
END_TEST

START_TEST(a_product_is_named)
{
    struct problem p = {.model = product};
    struct tg_likelihood_profile profile;
    find(&p, 0.02, 1, &profile);
    ck_assert_uint_eq(profile.open, 2);
    struct tg_ridge ridge = tg_likelihood_profile_ridge(&profile, 0, 1, 1, 1);
    ck_assert(!ridge.sum);
    ck_assert_double_eq_tol(ridge.weight, 1, 0.05);
    ck_assert_double_eq_tol(ridge.value, 1.5, 0.05);
}
END_TEST

START_TEST(what_moves_nothing_is_open_both_ways)
{
    struct problem p = {.model = first_alone};
    struct tg_likelihood_profile profile;
    find(&p, 0.02, 1, &profile);
    ck_assert_uint_eq(profile.open, 1);
    ck_assert(isfinite(profile.low[0]) && isfinite(profile.high[0]));
    ck_assert(isinf(profile.low[1]) && isinf(profile.high[1]) && isinf(profile.alone[1]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("likelihood_profile");
    TCase *tc = tcase_create("walks");
    tcase_add_test(tc, intervals_cover);
    tcase_add_test(tc, a_sum_is_named);
    tcase_add_test(tc, a_product_is_named);
    tcase_add_test(tc, what_moves_nothing_is_open_both_ways);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
