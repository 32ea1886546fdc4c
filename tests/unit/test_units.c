#include <string.h>

#include "tg_test.h"
#include "tg_units.h"

START_TEST(quantities_carry_their_unit)
{
    static const struct {
        const char *text;
        enum tg_dimension dim;
        double value;
    } good[] = {
        {"20 us", TG_DIM_TIME, 20e-6},        {"20us", TG_DIM_TIME, 20e-6},
        {"866 MHz", TG_DIM_FREQUENCY, 866e6}, {"100 Mb/s", TG_DIM_BITRATE, 1e8},
        {"4000/s", TG_DIM_RATE, 4000},        {"1500 B", TG_DIM_BYTES, 1500},
        {"4 KiB", TG_DIM_BYTES, 4096},        {"5 %", TG_DIM_NUMBER, 0.05},
        {"0.5", TG_DIM_NUMBER, 0.5},          {"-3 ns", TG_DIM_TIME, -3e-9},
        {"1.5e3 k/s", TG_DIM_RATE, 1.5e6},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct tg_error err = {0};
        double value;
        ck_assert_tg_ok(tg_quantity_parse(good[i].text, good[i].dim, &value, &err), err);
        ck_assert_double_eq_tol(value, good[i].value, 1e-12 * (1 + good[i].value));
    }
}
END_TEST

START_TEST(faulty_quantities_are_refused_with_the_units_named)
{
    static const struct {
        const char *text;
        enum tg_dimension dim;
        const char *needle;
    } bad[] = {
        {"20", TG_DIM_TIME, "has no unit"},     {"20 MHz", TG_DIM_TIME, "unknown unit 'MHz'"},
        {"fast", TG_DIM_RATE, "is not a rate"}, {"", TG_DIM_TIME, "is not a time"},
        {"nan us", TG_DIM_TIME, "is not"},      {"inf s", TG_DIM_TIME, "is not"},
        {"0x10 s", TG_DIM_TIME, "is not"},      {"1 us us", TG_DIM_TIME, "unknown unit"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_error err = {0};
        double value;
        ck_assert_int_eq(tg_quantity_parse(bad[i].text, bad[i].dim, &value, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle) != NULL, "'%s': %s", bad[i].text, err.text);
    }
}
END_TEST

START_TEST(picoseconds_round_to_nearest)
{
    ck_assert_int_eq(tg_ps_from_ns(0.0004), 0);
    ck_assert_int_eq(tg_ps_from_ns(0.0006), 1);
    ck_assert_int_eq(tg_ps_from_ns(-0.0006), -1);
    ck_assert_int_eq(tg_ps_from_s(20e-6), 20 * TG_PS_PER_US);
}
END_TEST

START_TEST(times_print_with_a_fitting_unit)
{
    char buf[32];
    ck_assert_str_eq(tg_time_format(4.13e-6, buf, sizeof buf), "4.13 us");
    ck_assert_str_eq(tg_time_format(0.9999e-6, buf, sizeof buf), "1 us");
    ck_assert_str_eq(tg_time_format(12, buf, sizeof buf), "12 s");
    ck_assert_str_eq(tg_time_format(0, buf, sizeof buf), "0 s");
    ck_assert_str_eq(tg_rate_format(168000, buf, sizeof buf), "168 k/s");
    ck_assert_str_eq(tg_rate_format(50000, buf, sizeof buf), "50000/s");
    ck_assert_str_eq(tg_rate_format(5000, buf, sizeof buf), "5000/s");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units");
    TCase *tc = tcase_create("units");
    tcase_add_test(tc, quantities_carry_their_unit);
    tcase_add_test(tc, faulty_quantities_are_refused_with_the_units_named);
    tcase_add_test(tc, picoseconds_round_to_nearest);
    tcase_add_test(tc, times_print_with_a_fitting_unit);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
