/* The jitter of single watches: told apart by the time between, each with its own rate and lengths. */
#include "tg_watches.h"

#include <stdlib.h>
#include <string.h>

#include "tg_test.h"

static struct tg_error err;

/* Watches of one second, two seconds apart: ticks of 20 us at 100 a second, and in the last one also stalls
 * of 300 us. */
static struct tg_trace make(unsigned watches)
{
    struct tg_trace trace;
    ck_assert_tg_ok(tg_trace_init(&trace, "jitter", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, 1000, &err), err);
    for (unsigned w = 0; w < watches; w++) {
        for (unsigned i = 0; i < 100; i++) {
            double t_ns = 3e9 * w + 1e7 * i;
            tg_trace_append(&trace, t_ns, 20000, 1, 0);
            if (w == watches - 1 && i % 2)
                tg_trace_append(&trace, t_ns + 1e6 + 3e4 * i, 300000 + 10 * i, 1, 0);
        }
    }
    trace.is_jitter = true;
    trace.observed_ns = 1e9 * watches;
    return trace;
}

static double rate_of(const cJSON *watch)
{
    double rate = 0;
    const cJSON *process;
    cJSON_ArrayForEach(process, watch)
    {
        rate += strtod(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(process, "rate")), NULL);
    }
    return rate;
}

START_TEST(each_watch_has_its_own)
{
    struct tg_trace trace = make(4);
    cJSON *lists = cJSON_CreateArray();
    ck_assert_tg_ok(tg_watches_json(lists, &trace, "jitter.csv", &err), err);
    ck_assert_int_eq(cJSON_GetArraySize(lists), 4);
    for (int i = 0; i < 4; i++) {
        const cJSON *watch = cJSON_GetArrayItem(lists, i);
        ck_assert_int_eq(cJSON_GetArraySize(watch), i < 3 ? 1 : 2);
        ck_assert_double_eq_tol(rate_of(watch), i < 3 ? 100 : 150, 1.5);
    }
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetArrayItem(lists, 0), 0);
    const char *source = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(first, "source"));
    ck_assert_msg(strstr(source, "one watch of 4") != NULL, "%s", source);
    cJSON_Delete(lists);
    tg_trace_release(&trace);
}
END_TEST

START_TEST(one_watch_says_no_more_than_the_whole)
{
    struct tg_trace trace = make(1);
    cJSON *lists = cJSON_CreateArray();
    ck_assert_tg_ok(tg_watches_json(lists, &trace, "jitter.csv", &err), err);
    ck_assert_tg_ok(tg_watches_json(lists, NULL, "jitter.csv", &err), err);
    tg_trace_release(&trace);
    trace = make(2);
    trace.observed_ns = 0;
    ck_assert_tg_ok(tg_watches_json(lists, &trace, "jitter.csv", &err), err);
    ck_assert_int_eq(cJSON_GetArraySize(lists), 0);
    cJSON_Delete(lists);
    tg_trace_release(&trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watches");
    TCase *tc = tcase_create("watches");
    tcase_add_test(tc, each_watch_has_its_own);
    tcase_add_test(tc, one_watch_says_no_more_than_the_whole);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
