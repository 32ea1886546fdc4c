/* The service in the kernel without a name, on a test network of two anonymous name spaces. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "tg_test.h"
#include "tg_xdp_bed.h"

enum { SKIPPED = 77, BATCHES = 20, PATIENCE_S = 5 };

static struct tg_xdp_bed bed;

static unsigned take(unsigned wanted)
{
    time_t until = time(NULL) + PATIENCE_S;
    unsigned right = 0;
    while (right < wanted && time(NULL) < until)
        right += tg_xdp_bed_take(&bed);
    return right;
}

START_TEST(every_request_is_answered_right)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_xdp_bed_open(&bed, 0, &err), err);
    for (int i = 0; i < BATCHES; i++) {
        ck_assert_int_eq(tg_xdp_bed_send(&bed, TG_XDP_SEND_MAX), 0);
        ck_assert_uint_ge(take(TG_XDP_SEND_MAX), TG_XDP_SEND_MAX);
    }
    tg_xdp_bed_close(&bed);
}
END_TEST

/* Answered, as the service counts, but heard by nobody. */
START_TEST(dropped_replies_are_answered_and_not_delivered)
{
    struct tg_error err = {0};
    uint64_t before, after = 0;
    ck_assert_tg_ok(tg_xdp_bed_open(&bed, 0, &err), err);
    ck_assert_tg_ok(tg_xdp_lodger_drop_replies(bed.service, &err), err);
    const struct timespec nap = {.tv_nsec = 10000000};
    nanosleep(&nap, NULL);
    while (tg_xdp_bed_take(&bed))
        ;
    ck_assert_tg_ok(tg_xdp_lodger_answered(bed.service, &before, &err), err);
    ck_assert_uint_ge(before, 1);
    for (int i = 0; i < BATCHES; i++)
        ck_assert_int_eq(tg_xdp_bed_send(&bed, TG_XDP_SEND_MAX), 0);
    time_t until = time(NULL) + PATIENCE_S;
    while (after < before + BATCHES * TG_XDP_SEND_MAX && time(NULL) < until)
        ck_assert_tg_ok(tg_xdp_lodger_answered(bed.service, &after, &err), err);
    ck_assert_uint_eq(after, before + BATCHES * TG_XDP_SEND_MAX);
    nanosleep(&nap, NULL);
    ck_assert_uint_eq(tg_xdp_bed_take(&bed), 0);
    tg_xdp_bed_close(&bed);
}
END_TEST

/* The thread of a name space's interface goes when the last socket in it is closed, soon after. */
START_TEST(the_receiving_thread_goes_with_the_network)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_xdp_bed_open(&bed, 0, &err), err);
    pid_t thread = tg_xdp_lodger_thread(bed.service);
    ck_assert_int_eq(kill(thread, 0), 0);
    tg_xdp_bed_close(&bed);
    const struct timespec nap = {.tv_nsec = 10000000};
    time_t until = time(NULL) + PATIENCE_S;
    while (kill(thread, 0) == 0 && time(NULL) < until)
        nanosleep(&nap, NULL);
    ck_assert_int_ne(kill(thread, 0), 0);
}
END_TEST

int main(void)
{
    char reason[256];
    if (!tg_xdp_bed_available(NULL, reason, sizeof reason)) {
        printf("skipped: %s\n", reason);
        return SKIPPED;
    }
    Suite *suite = suite_create("xdp_bed");
    TCase *tc = tcase_create("xdp_bed");
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, every_request_is_answered_right);
    tcase_add_test(tc, dropped_replies_are_answered_and_not_delivered);
    tcase_add_test(tc, the_receiving_thread_goes_with_the_network);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
