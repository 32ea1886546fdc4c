#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_test.h"

/* splitmix64: a fixed stream of test bits. */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void check_round_trip(double value)
{
    char text[TG_DECIMAL_MAX + 1];
    char *end = tg_decimal_write(text, value);
    ck_assert_int_le(end - text, TG_DECIMAL_MAX);
    *end = '\0';
    double back;
    const char *after = tg_decimal_read(text, &back);
    ck_assert_msg(after == end, "'%s' was not read whole", text);
    ck_assert_msg(memcmp(&back, &value, sizeof value) == 0 || (value == 0 && back == 0),
                  "'%s': %.17g became %.17g", text, value, back);
}

START_TEST(every_double_reads_back_as_the_same_bits)
{
    uint64_t state = 7;
    for (int i = 0; i < 40000; i++) {
        uint64_t bits = next_bits(&state);
        double any;
        memcpy(&any, &bits, sizeof any);
        if (isfinite(any))
            check_round_trip(any);
        check_round_trip((double)(bits >> 24) / 1000);
        check_round_trip(-(double)(bits >> 40) / 7);
    }
}
END_TEST

START_TEST(reading_agrees_with_the_c_library)
{
    uint64_t state = 11;
    for (int i = 0; i < 40000; i++) {
        char text[64];
        uint64_t a = next_bits(&state), b = next_bits(&state);
        int decimals = (int)(b % 18);
        snprintf(text, sizeof text, "%.*f", decimals, (double)(a >> (b >> 8) % 60) / 1e3);
        double value;
        ck_assert_ptr_eq(tg_decimal_read(text, &value), text + strlen(text));
        ck_assert_msg(value == strtod(text, NULL), "'%s'", text);
    }
}
END_TEST

START_TEST(short_forms_are_written_short)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},       {12, "12"},         {12.5, "12.5"},         {0.001, "0.001"},
                 {0.25, "0.25"}, {-3.125, "-3.125"}, {1e11, "100000000000"}, {99.1, "99.1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TG_DECIMAL_MAX + 1];
        *tg_decimal_write(text, cases[i].value) = '\0';
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(what_is_no_finite_number_is_refused)
{
    static const char *const bad[] = {"",  "abc", "nan", "inf", "-inf",  "-",
                                      ".", " 1",  "e5",  "1e",  "1e999", "--1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value;
        ck_assert_msg(tg_decimal_read(bad[i], &value) == NULL, "'%s'", bad[i]);
    }
    double value;
    const char *hexadecimal = "0x10";
    ck_assert_ptr_eq(tg_decimal_read(hexadecimal, &value), hexadecimal + 1);
    ck_assert_double_eq(value, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *tc = tcase_create("decimal");
    tcase_add_test(tc, every_double_reads_back_as_the_same_bits);
    tcase_add_test(tc, reading_agrees_with_the_c_library);
    tcase_add_test(tc, short_forms_are_written_short);
    tcase_add_test(tc, what_is_no_finite_number_is_refused);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
