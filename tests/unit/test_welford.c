#include <math.h>

#include "tg_test.h"
#include "tg_welford.h"

START_TEST(moments_of_a_known_series)
{
    struct tg_welford w = {0};
    for (int i = 1; i <= 1000; i++)
        tg_welford_add(&w, i);
    ck_assert_uint_eq(w.count, 1000);
    ck_assert_double_eq_tol(w.mean, 500.5, 1e-10);
    ck_assert_double_eq_tol(tg_welford_variance(&w), 1000 * 1001 / 12.0, 1e-7);
    ck_assert_double_eq(w.min, 1);
    ck_assert_double_eq(w.max, 1000);
}
END_TEST

START_TEST(a_large_offset_costs_no_digits)
{
    struct tg_welford w = {0};
    for (int i = 0; i < 1000; i++)
        tg_welford_add(&w, 1e9 + i % 2);
    ck_assert_double_eq_tol(tg_welford_variance(&w), 0.25 * 1000 / 999, 1e-9);
}
END_TEST

START_TEST(merging_equals_adding_in_turn)
{
    for (int split = 0; split <= 100; split += 20) {
        struct tg_welford all = {0}, left = {0}, right = {0};
        for (int i = 0; i < 100; i++) {
            double x = (i * 37) % 101 - 50;
            tg_welford_add(&all, x);
            tg_welford_add(i < split ? &left : &right, x);
        }
        tg_welford_merge(&left, &right);
        ck_assert_uint_eq(left.count, all.count);
        ck_assert_double_eq_tol(left.mean, all.mean, 1e-12);
        ck_assert_double_eq_tol(left.deviations, all.deviations, 1e-8);
        ck_assert_double_eq(left.min, all.min);
        ck_assert_double_eq(left.max, all.max);
    }
}
END_TEST

START_TEST(few_samples_have_no_variance)
{
    struct tg_welford w = {0};
    ck_assert_double_eq(tg_welford_stddev(&w), 0);
    tg_welford_add(&w, -3);
    ck_assert_double_eq(w.mean, -3);
    ck_assert_double_eq(w.max, -3);
    ck_assert_double_eq(tg_welford_variance(&w), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("welford");
    TCase *tc = tcase_create("welford");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, moments_of_a_known_series);
    tcase_add_test(tc, a_large_offset_costs_no_digits);
    tcase_add_test(tc, merging_equals_adding_in_turn);
    tcase_add_test(tc, few_samples_have_no_variance);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
