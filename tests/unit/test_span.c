#include "tg_span.h"

#include <math.h>

#include "tg_test.h"

START_TEST(students_interval)
{
    /* Standard deviation 2; t(0.975, 2) is 4.30265 (any table). */
    const double values[] = {98, 100, 102};
    struct tg_span s = tg_span_student(values, 3);
    ck_assert_double_eq_tol(s.mid, 100, 1e-12);
    ck_assert_double_eq_tol(s.high - s.mid, 4.30265 * 2 / sqrt(3), 1e-4);
    ck_assert_double_eq_tol(s.mid - s.low, s.high - s.mid, 1e-12);
    s = tg_span_student(values, 1);
    ck_assert_double_eq(s.mid, 98);
    ck_assert(isnan(s.low) && isnan(s.high));
    ck_assert(isnan(tg_span_student(values, 0).mid));
}
END_TEST

/* Squares of such values leave no digits for their differences. */
START_TEST(large_values_that_differ_little)
{
    const double values[] = {1e12 + 98, 1e12 + 100, 1e12 + 102};
    struct tg_span s = tg_span_student(values, 3);
    ck_assert_double_eq_tol(s.high - s.mid, 4.30265 * 2 / sqrt(3), 1e-3);
}
END_TEST

START_TEST(quantiles_and_range)
{
    double values[] = {40, 0, 20, 10, 30};
    struct tg_span s = tg_span_quantiles(values, 5);
    ck_assert_double_eq(s.mid, 20);
    ck_assert_double_eq_tol(s.low, 1, 1e-9);
    ck_assert_double_eq_tol(s.high, 39, 1e-9);
    s = tg_span_range(values, 5);
    ck_assert_double_eq(s.low, 0);
    ck_assert_double_eq(s.high, 40);
    ck_assert(isnan(tg_span_range(values, 0).low));
}
END_TEST

START_TEST(overlaps)
{
    const struct tg_span a = {1, 0, 2}, b = {3, 2, 4}, c = {3, 2.5, 4}, unknown = {1, NAN, NAN};
    ck_assert(tg_span_overlap(&a, &b) && tg_span_overlap(&b, &a));
    ck_assert(!tg_span_overlap(&a, &c) && !tg_span_overlap(&c, &a));
    ck_assert(!tg_span_overlap(&a, &unknown));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("span");
    TCase *tc = tcase_create("span");
    tcase_add_test(tc, students_interval);
    tcase_add_test(tc, large_values_that_differ_little);
    tcase_add_test(tc, quantiles_and_range);
    tcase_add_test(tc, overlaps);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
