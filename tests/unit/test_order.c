#include "tg_order.h"

#include <math.h>

#include "tg_test.h"

START_TEST(quantiles_lie_between_neighbours)
{
    const double sorted[] = {1, 2, 4, 8};
    ck_assert_double_eq(tg_order_quantile(sorted, 4, 0), 1);
    ck_assert_double_eq(tg_order_quantile(sorted, 4, 1), 8);
    ck_assert_double_eq_tol(tg_order_quantile(sorted, 4, 0.5), 3, 1e-12);
    ck_assert_double_eq_tol(tg_order_quantile(sorted, 4, 0.1), 1.3, 1e-12);
    ck_assert_double_eq(tg_order_quantile(sorted, 1, 0.5), 1);
    ck_assert(isnan(tg_order_quantile(sorted, 0, 0.5)));
}
END_TEST

START_TEST(a_median_sorts)
{
    double odd[] = {3, -1, 2}, even[] = {5, 1, 4, 2};
    ck_assert_double_eq(tg_order_median(odd, 3), 2);
    ck_assert_double_eq_tol(tg_order_median(even, 4), 3, 1e-12);
    ck_assert_double_eq(odd[0], -1);
    ck_assert_double_eq(odd[2], 3);
    ck_assert(isnan(tg_order_median(NULL, 0)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *tc = tcase_create("order");
    tcase_add_test(tc, quantiles_lie_between_neighbours);
    tcase_add_test(tc, a_median_sorts);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
