#include <stdio.h>

#include "tg_plugin_timer.h"
#include "tg_test.h"

enum { SKIPPED = 77, SAMPLES = 400 };

static struct tg_plugin_timer *open_timer(enum tg_plugin_operation operation, unsigned arguments)
{
    struct tg_error err = {0};
    struct tg_plugin_timer *timer;
    ck_assert_tg_ok(tg_plugin_timer_open(&timer, operation, arguments, &err), err);
    return timer;
}

static double least_ns_per_call(unsigned arguments)
{
    struct tg_plugin_timer *timer = open_timer(TG_PLUGIN_KERNEL_CALL, arguments);
    struct tg_error err = {0};
    double least = 1e9;
    int64_t last_ns = 0;
    for (int i = 0; i < SAMPLES; i++) {
        struct tg_plugin_sample sample;
        ck_assert_tg_ok(tg_plugin_timer_sample(timer, &sample, &err), err);
        ck_assert_uint_gt(sample.ops, 0);
        ck_assert_int_ge(sample.t_ns, last_ns);
        last_ns = sample.t_ns;
        if (sample.cost_ns / sample.ops < least)
            least = sample.cost_ns / sample.ops;
    }
    tg_plugin_timer_close(timer);
    return least;
}

/* The least of many samples cannot be made shorter by noise than the work itself: eight stores, a map
 * look-up and eight loads more can only take longer. No time is compared with a figure of one machine,
 * except that no call and return can take less than nothing or, undisturbed, 2 us. */
START_TEST(a_null_call_takes_time_and_arguments_take_more)
{
    double none = least_ns_per_call(0);
    double eight = least_ns_per_call(tg_plugin_operation_arguments_max(TG_PLUGIN_KERNEL_CALL));
    ck_assert_double_gt(none, 0.5);
    ck_assert_double_lt(none, 2000);
    ck_assert_double_gt(eight, none);
}
END_TEST

START_TEST(too_many_arguments_are_refused)
{
    struct tg_plugin_timer *timer;
    struct tg_error err = {0};
    unsigned too_many = tg_plugin_operation_arguments_max(TG_PLUGIN_KERNEL_CALL) + 1;
    ck_assert_int_eq(tg_plugin_timer_open(&timer, TG_PLUGIN_KERNEL_CALL, too_many, &err), TG_EUSAGE);
    ck_assert_ptr_null(timer);
}
END_TEST

/* Each operation takes time, in order, and less than a second even on a busy machine's best try. */
START_TEST(every_operation_gives_samples)
{
    enum { TRIES = 5 };
    struct tg_error err = {0};
    if (tg_plugin_available(_i, &err)) {
        printf("%s is not timed: %s\n", tg_plugin_operation_name(_i), err.text);
        return;
    }
    struct tg_plugin_timer *timer = open_timer(_i, 0);
    double least = 1e12;
    int64_t last_ns = 0;
    for (int i = 0; i < TRIES; i++) {
        struct tg_plugin_sample sample;
        ck_assert_tg_ok(tg_plugin_timer_sample(timer, &sample, &err), err);
        ck_assert_int_gt(sample.t_ns, last_ns);
        ck_assert_uint_ge(sample.ops, 1);
        last_ns = sample.t_ns;
        if (sample.cost_ns / sample.ops < least)
            least = sample.cost_ns / sample.ops;
    }
    tg_plugin_timer_close(timer);
    ck_assert_double_gt(least, 0.1);
    ck_assert_double_lt(least, 1e9);
}
END_TEST

int main(void)
{
    struct tg_error why = {0};
    int in_kernel = tg_plugin_available(TG_PLUGIN_KERNEL_CALL, &why) == TG_OK;
    if (!in_kernel)
        printf("calls in the kernel are not timed: %s\n", why.text);
    if (!in_kernel && tg_plugin_available(TG_PLUGIN_SEGMENT_CALL, &why))
        return SKIPPED;
    Suite *suite = suite_create("plugin_timer");
    TCase *tc = tcase_create("plugin_timer");
    if (in_kernel)
        tcase_add_test(tc, a_null_call_takes_time_and_arguments_take_more);
    tcase_add_loop_test(tc, every_operation_gives_samples, 0, TG_PLUGIN_OPERATIONS);
    tcase_add_test(tc, too_many_arguments_are_refused);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
