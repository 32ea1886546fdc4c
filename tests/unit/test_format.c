#include <math.h>

#include "tg_format.h"
#include "tg_test.h"

static const struct {
    struct tg_run_estimate ps;
    const char *text;
} times[] = {
    {{8.214e6, 8.1e6, 8.328e6}, "8.21 ± 0.11 us"},
    {{8.214e6, 8.1e6, 9.5e6}, "8.2 us (8.1 to 9.5)"},
    {{8.214e6, NAN, NAN}, "8.21 us"},
    {{8.214e6, 8.214e6, 8.214e6}, "8.21 us"},
    {{NAN, NAN, NAN}, "-"},
    {{INFINITY, NAN, NAN}, "-"},
    {{999.6e6, NAN, NAN}, "1 ms"},
    {{999.4e6, NAN, NAN}, "999 us"},
    {{12e12, 9e12, 15e12}, "12.0 ± 3.0 s"},
    {{1234e9, 1000e9, 1468e9}, "1.23 ± 0.23 s"},
    {{30, NAN, NAN}, "30 ps"},
    {{0, NAN, NAN}, "0 ps"},
    {{0, -2e6, 2e6}, "0.0 ± 2.0 us"},
    {{500e3, 490e3, 510e3}, "500 ± 10 ns"},
};

START_TEST(times_carry_the_digits_of_their_interval)
{
    char buf[TG_FORMAT_SIZE];
    ck_assert_str_eq(tg_format_time(times[_i].ps, TG_FORMAT_PLAIN, buf), times[_i].text);
}
END_TEST

START_TEST(rates_and_ratios_have_their_units)
{
    char buf[TG_FORMAT_SIZE];
    ck_assert_str_eq(tg_format_rate((struct tg_run_estimate){201300, 198800, 203800}, buf),
                     "201.3 ± 2.5 k/s");
    ck_assert_str_eq(tg_format_rate((struct tg_run_estimate){201300, 198800, 209800}, buf),
                     "201.3 k/s (198.8 to 209.8)");
    ck_assert_str_eq(tg_format_rate(tg_format_bare(112500), buf), "112.5 k/s");
    ck_assert_str_eq(tg_format_rate(tg_format_bare(60000), buf), "60 k/s");
    ck_assert_str_eq(tg_format_rate(tg_format_bare(950), buf), "950/s");
    ck_assert_str_eq(tg_format_rate(tg_format_bare(2.5e6), buf), "2.5 M/s");
    ck_assert_str_eq(tg_format_ratio((struct tg_run_estimate){0.0987, 0.0967, 0.1007}, buf), "9.87 ± 0.20 %");
    ck_assert_str_eq(tg_format_ratio(tg_format_bare(0), buf), "0 %");
    ck_assert_str_eq(tg_format_time(tg_format_bare(2e6), TG_FORMAT_TYPESET, buf), "2 µs");
}
END_TEST

START_TEST(an_assumed_price_has_a_range_in_the_place_of_an_interval)
{
    struct tg_run_price price = {.mean_ns = {500, NAN, NAN}, .range_low_ns = 100, .range_high_ns = 2000};
    char buf[TG_FORMAT_SIZE];
    ck_assert_str_eq(tg_format_price(&price, TG_FORMAT_TYPESET, buf), "500 ns, from 100 ns to 2 µs");
    price.range_low_ns = price.range_high_ns = NAN;
    ck_assert_str_eq(tg_format_price(&price, TG_FORMAT_PLAIN, buf), "500 ns");
    price.mean_ns = (struct tg_run_estimate){1412, 1398, 1426};
    ck_assert_str_eq(tg_format_price(&price, TG_FORMAT_PLAIN, buf), "1.412 ± 0.014 us");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tc = tcase_create("format");
    tcase_add_loop_test(tc, times_carry_the_digits_of_their_interval, 0, (int)(sizeof times / sizeof *times));
    tcase_add_test(tc, rates_and_ratios_have_their_units);
    tcase_add_test(tc, an_assumed_price_has_a_range_in_the_place_of_an_interval);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
