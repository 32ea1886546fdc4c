#include <math.h>

#include "tg_level.h"
#include "tg_test.h"

START_TEST(average_of_a_staircase)
{
    struct tg_level l;
    tg_level_init(&l, 100, 0);
    tg_level_add(&l, 110, 3);  /* 0 for 10 */
    tg_level_add(&l, 130, -1); /* 3 for 20 */
    tg_level_set(&l, 140, 7);  /* 2 for 10 */
    ck_assert_double_eq(tg_level_mean(&l, 150), (0 * 10 + 3 * 20 + 2 * 10 + 7 * 10) / 50.0);
    double squares = (9 * 20 + 4 * 10 + 49 * 10) / 50.0;
    ck_assert_double_eq_tol(tg_level_stddev(&l, 150), sqrt(squares - 9), 1e-12);
    ck_assert_int_eq(l.min, 0);
    ck_assert_int_eq(l.max, 7);
    ck_assert_double_eq(tg_level_mean(&l, 140), (3 * 20 + 2 * 10) / 40.0);
}
END_TEST

START_TEST(how_a_run_is_cut_changes_nothing)
{
    struct tg_level once, often;
    tg_level_init(&once, 0, -5);
    tg_level_init(&often, 0, -5);
    for (tg_ps t = 1; t < 1000; t++)
        tg_level_set(&often, t, often.value);
    tg_level_set(&once, 1000, 12);
    tg_level_set(&often, 1000, 12);
    ck_assert(once.area == often.area);
    ck_assert(once.squares == often.squares);
    ck_assert_double_eq(tg_level_mean(&once, 1234), tg_level_mean(&often, 1234));
}
END_TEST

/* A level near 10^9 that differs by 1 half of the time, over most of the range of time. */
START_TEST(a_small_spread_on_a_high_level_is_kept)
{
    struct tg_level l;
    tg_level_init(&l, 0, 1000000000);
    tg_level_add(&l, TG_PS_MAX / 4, 1);
    tg_ps end = TG_PS_MAX / 4 * 2;
    ck_assert_double_eq_tol(tg_level_mean(&l, end), 1000000000.5, 1e-6);
    ck_assert_double_eq_tol(tg_level_stddev(&l, end), 0.5, 1e-9);
}
END_TEST

START_TEST(no_time_no_spread)
{
    struct tg_level l;
    tg_level_init(&l, 7, 3);
    ck_assert_double_eq(tg_level_mean(&l, 7), 3);
    ck_assert_double_eq(tg_level_stddev(&l, 7), 0);
    tg_level_set(&l, 7, 9);
    ck_assert_double_eq(tg_level_mean(&l, 7), 9);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("level");
    TCase *tc = tcase_create("level");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, average_of_a_staircase);
    tcase_add_test(tc, how_a_run_is_cut_changes_nothing);
    tcase_add_test(tc, a_small_spread_on_a_high_level_is_kept);
    tcase_add_test(tc, no_time_no_spread);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
