/* Held-out sets: what agrees is predicted, what chance alone tells apart is open, and a change is named. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_calibrate.h"
#include "tg_heldout.h"
#include "tg_json.h"
#include "tg_test.h"

static struct tg_error err;

/* n values of an exponential law above `least`, evenly spread over its probabilities. */
static struct tg_trace exponential_trace(const char *name, size_t n, double least, double scale)
{
    struct tg_trace trace;
    ck_assert_tg_ok(tg_trace_init(&trace, name, NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, n, &err), err);
    for (size_t i = 0; i < n; i++) {
        size_t k = i * 7919 % n; /* in no order of size: 7919 is a prime above n */
        tg_trace_append(&trace, 1e5 * (double)i, least - scale * log(1 - ((double)k + 0.5) / (double)n), 1,
                        0);
    }
    return trace;
}

/* 55 values in two modes, `low` of them in the first. */
static struct tg_trace two_modes(size_t low)
{
    struct tg_trace trace;
    ck_assert_tg_ok(tg_trace_init(&trace, "modes", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, 55, &err), err);
    for (size_t i = 0; i < 55; i++)
        tg_trace_append(&trace, 1e5 * (double)i, (i * 13 % 55 < low ? 1000 : 2000) + (double)i, 1, 0);
    return trace;
}

/* A difference of two measurements: 2,000 values evenly spread from `from` to 100, those below zero made
 * zero. */
static struct tg_trace difference_trace(double from)
{
    enum { COUNT = 2000 };
    struct tg_trace trace;
    ck_assert_tg_ok(tg_trace_init(&trace, "difference", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, COUNT, &err), err);
    for (int i = 0; i < COUNT; i++)
        tg_trace_append(&trace, 1e5 * i, fmax(0, from + (100 - from) * (i * 7919 % COUNT) / COUNT), 1, 0);
    return trace;
}

static void add(struct tg_trace_set *set, struct tg_trace trace)
{
    ck_assert_tg_ok(tg_trace_set_add(set, &trace, NULL, &err), err);
}

static const struct tg_heldout_row *row(const struct tg_heldout *heldout, const char *name)
{
    for (size_t i = 0; i < heldout->count; i++)
        if (strcmp(heldout->rows[i].name, name) == 0)
            return &heldout->rows[i];
    ck_abort_msg("no row of %s", name);
}

START_TEST(rows_tell_what_happened)
{
    struct tg_trace_set set = {0}, other = {0};
    struct tg_profile profile;
    struct tg_heldout heldout;
    cJSON *json;
    add(&set, exponential_trace("same", 2000, 1000, 500));
    add(&set, exponential_trace("slower", 2000, 1000, 500));
    add(&set, exponential_trace("wider", 2000, 1000, 100));
    add(&set, difference_trace(-300));
    add(&set, two_modes(29));
    add(&other, difference_trace(-20));
    add(&other, exponential_trace("same", 1500, 1010, 505));
    add(&other, exponential_trace("slower", 2000, 1300, 650));
    add(&other, exponential_trace("wider", 2000, 900, 300));
    add(&other, two_modes(26));
    ck_assert_tg_ok(tg_calibrate(&set, "set", NULL, &json, &err), err);
    cJSON_AddStringToObject(json, "clock", "1 GHz");
    char *text = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(text, "profile", &profile, &err), err);
    /* The other set is calibrated by the same way; its host tells no clock either. */
    other.host.frequency_hz = 1e9;
    ck_assert_tg_ok(tg_heldout_make(&profile, &other, 0.1, &heldout, &err), err);
    ck_assert_uint_eq(heldout.count, 5);
    ck_assert_uint_eq(heldout.predicted, 1);
    ck_assert_uint_eq(heldout.open, 1);
    ck_assert(row(&heldout, "same")->predicted);
    ck_assert(!row(&heldout, "slower")->predicted && !row(&heldout, "slower")->open);
    ck_assert_ptr_nonnull(strstr(row(&heldout, "slower")->why, "factor of 1.3"));
    ck_assert_ptr_nonnull(strstr(row(&heldout, "wider")->why, "slow end"));
    ck_assert_str_eq(row(&heldout, "difference")->why, "nothing was predicted, and a median of 40 ns found");
    ck_assert(row(&heldout, "modes")->open && row(&heldout, "modes")->worst > 0.3);
    tg_heldout_release(&heldout);
    tg_profile_release(&profile);
    free(text);
    cJSON_Delete(json);
    tg_trace_set_release(&set);
    tg_trace_set_release(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heldout");
    TCase *tc = tcase_create("rows");
    tcase_add_test(tc, rows_tell_what_happened);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
