#include "tg_test.h"
#include "tg_windows.h"

static struct tg_windows made(void)
{
    struct tg_windows w;
    tg_windows_init(&w, 2 * TG_PS_PER_S, 5 * TG_PS_PER_S);
    return w;
}

START_TEST(rates_of_complete_windows)
{
    struct tg_windows w = made();
    for (tg_ps t = 2 * TG_PS_PER_S; t < 7 * TG_PS_PER_S; t += TG_PS_PER_S / 10)
        tg_windows_count(&w, t); /* 50 events, 10/s */
    for (tg_ps t = 7 * TG_PS_PER_S; t < 12 * TG_PS_PER_S; t += TG_PS_PER_S / 20)
        tg_windows_count(&w, t); /* 20/s */
    tg_windows_count(&w, 13 * TG_PS_PER_S);
    tg_windows_advance(&w, 16 * TG_PS_PER_S); /* the third window is cut */
    ck_assert_uint_eq(w.rates_per_s.count, 2);
    ck_assert_double_eq_tol(w.rates_per_s.mean, 15, 1e-12);
    ck_assert_double_eq_tol(tg_welford_variance(&w.rates_per_s), 50, 1e-9);
    tg_windows_advance(&w, 17 * TG_PS_PER_S);
    ck_assert_uint_eq(w.rates_per_s.count, 3);
    ck_assert_double_eq_tol(w.rates_per_s.min, 0.2, 1e-12);
}
END_TEST

START_TEST(an_event_on_a_border_belongs_to_the_later_window)
{
    struct tg_windows w = made();
    tg_windows_count(&w, 7 * TG_PS_PER_S - 1);
    tg_windows_count(&w, 7 * TG_PS_PER_S);
    ck_assert_uint_eq(w.rates_per_s.count, 1);
    ck_assert_double_eq(w.rates_per_s.mean, 0.2);
    ck_assert_uint_eq(w.count, 1);
}
END_TEST

START_TEST(silent_windows_count_as_zero)
{
    struct tg_windows w = made();
    tg_windows_count(&w, 3 * TG_PS_PER_S);
    tg_windows_count(&w, 1000000 * TG_PS_PER_S); /* in window (1000000 - 2) / 5 = 199999 */
    ck_assert_uint_eq(w.rates_per_s.count, 199999);
    ck_assert_double_eq(w.rates_per_s.min, 0);
    ck_assert_double_eq_tol(w.rates_per_s.mean, 0.2 / 199999, 1e-15);
    ck_assert(w.end == (2 + 5 * INT64_C(200000)) * TG_PS_PER_S);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("windows");
    TCase *tc = tcase_create("windows");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, rates_of_complete_windows);
    tcase_add_test(tc, an_event_on_a_border_belongs_to_the_later_window);
    tcase_add_test(tc, silent_windows_count_as_zero);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
