/* Alternatives to what the claims say: their mechanisms give what they should. */
#include <math.h>
#include <string.h>

#include "tg_alternative.h"
#include "tg_test.h"

static struct tg_error err;

static const struct tg_alternative_outcome *find(const struct tg_alternative_outcome *outcomes, size_t count,
                                                 const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(outcomes[i].alternative->name, name) == 0)
            return &outcomes[i];
    }
    ck_abort_msg("no alternative '%s'", name);
    return NULL;
}

/* A tick takes 3 to 8 us with the median of a lognormal law; the longest median of ten of them in nine phases
 * of a thousand is somewhat more. The requests are at the server for some 1 % of 10 ms. The cold lines are in
 * the price of each call; the means of two series differ by less than 3 us of chance (their deviation is 1 us
 * or less; false alarms: 3 in a thousand, with the seed fixed). */
START_TEST(the_mean_shifts_by_the_tick_and_by_cold_lines)
{
    struct tg_study study;
    struct tg_alternative_outcome outcomes[TG_ALTERNATIVES_MAX];
    struct tg_alternative_options options = {.seed = 1, .draws = 3, .threads = 2};
    size_t count;
    ck_assert_tg_ok(tg_study_read("plugins", &study, &err), err);
    ck_assert_tg_ok(tg_alternatives_run(&study, &options, outcomes, &count, &err), err);
    ck_assert_int_eq((int)count, 2);
    const struct tg_alternative_outcome *tick = find(outcomes, count, "in step with the tick");
    const struct tg_alternative_outcome *lines = find(outcomes, count, "cold lines");
    ck_assert_double_gt(tick->median, 3);
    ck_assert_double_lt(tick->median, 12);
    ck_assert_double_gt(tick->parts.parts[1].value, 0.002);
    ck_assert_double_lt(tick->parts.parts[1].value, 0.05);
    ck_assert_double_eq_tol(lines->median, 0.53 + 0.174 * lines->parts.parts[0].value, 3);
    ck_assert_double_eq_tol(lines->parts.parts[1].value, 43, 6);
    ck_assert_double_le(lines->low, lines->median);
    ck_assert_double_le(lines->median, lines->high);
    tg_study_release(&study);
}
END_TEST

START_TEST(a_study_may_have_none)
{
    struct tg_study study;
    struct tg_alternative_outcome outcomes[TG_ALTERNATIVES_MAX];
    struct tg_alternative_options options = {.seed = 1, .draws = 3, .threads = 1};
    size_t count = 1;
    ck_assert_tg_ok(tg_study_read("osv", &study, &err), err);
    ck_assert_tg_ok(tg_alternatives_run(&study, &options, outcomes, &count, &err), err);
    ck_assert_int_eq((int)count, 0);
    tg_study_release(&study);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alternative");
    TCase *tcase = tcase_create("alternative");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_mean_shifts_by_the_tick_and_by_cold_lines);
    tcase_add_test(tcase, a_study_may_have_none);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
