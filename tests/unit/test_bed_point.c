#include "tg_bed_point.h"

#include <math.h>

#include "tg_test.h"

/* A point at which half of the offers were answered, and nothing else is known. */
static struct tg_bed_point halved(void)
{
    struct tg_bed_point point = tg_bed_point_unknown();
    point.offered_per_s = point.sent_per_s = 1000;
    point.reply_per_s = 500;
    point.answered_fraction = 0.5;
    return point;
}

START_TEST(what_is_sustained_is_limited_by_nothing)
{
    struct tg_bed_point point = halved();
    point.answered_fraction = 0.98;
    point.server_run_share = 1;
    ck_assert(tg_bed_point_sustained(&point));
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_NONE);
    point.answered_fraction = 0.979;
    ck_assert(!tg_bed_point_sustained(&point));
}
END_TEST

START_TEST(a_server_that_never_rests_is_the_limit)
{
    struct tg_bed_point point = halved();
    point.server_run_share = 0.95;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_SERVER);
    point.sent_per_s = 600; /* even if the client fell short too, as long as what it sent was lost */
    point.lost_fraction = 0.17;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_SERVER);
    point.sent_per_s = 505;
    point.lost_fraction = 0.01; /* all that came was answered */
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_CLIENT);
    /* One that waits for answers sends less because of the server. */
    ck_assert_int_eq(tg_bed_point_limit(&point, false), TG_LIMIT_SERVER);
}
END_TEST

START_TEST(a_server_that_waits_for_its_core_counts_as_busy)
{
    struct tg_bed_point point = halved();
    point.server_run_share = 0.5;
    point.server_waited_share = 0.45;
    point.core_busy_share = 1;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_SERVER);
    ck_assert_double_eq_tol(tg_bed_point_disturbed(&point), 0.45, 1e-12);
}
END_TEST

START_TEST(threads_that_wait_for_one_another_are_not_disturbed)
{
    struct tg_bed_point point = halved();
    point.server_run_share = 0.2;
    point.server_waited_share = 5;
    point.core_busy_share = 0.25;
    ck_assert_double_eq_tol(tg_bed_point_disturbed(&point), 0.05, 1e-12);
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_UNCLEAR);
}
END_TEST

START_TEST(a_client_that_does_not_send_is_the_limit)
{
    struct tg_bed_point point = halved();
    point.server_run_share = 0.4;
    point.sent_per_s = 970;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_CLIENT);
    point.client_waited_share = 0.3; /* it was not let */
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_UNCLEAR);
    point.client_waited_share = 0.01;
    point.sent_per_s = 1000;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_UNCLEAR);
    point.refused_per_s = 3;
    ck_assert_int_eq(tg_bed_point_limit(&point, true), TG_LIMIT_CLIENT);
}
END_TEST

START_TEST(a_request_and_a_wakeup_are_priced_apart)
{
    const double request = 5000, wakeup = 20000;
    struct tg_error err;
    struct tg_bed_point a = halved(), b = halved();
    double found_request, found_wakeup;
    a.reply_per_s = 1000;
    a.sleeps_per_s = 950;
    a.server_ns_per_reply = request + 0.95 * wakeup;
    b.reply_per_s = 3000;
    b.sleeps_per_s = 900;
    b.server_ns_per_reply = request + 0.3 * wakeup;
    ck_assert_tg_ok(tg_bed_point_price(&a, &b, &found_request, &found_wakeup, &err), err);
    ck_assert_double_eq_tol(found_request, request, 1e-6);
    ck_assert_double_eq_tol(found_wakeup, wakeup, 1e-6);
    b.sleeps_per_s = 2840; /* as often as at the other load */
    ck_assert_int_eq(tg_bed_point_price(&a, &b, &found_request, &found_wakeup, &err), TG_ECHECK);
    b.sleeps_per_s = 900;
    b.server_ns_per_reply = a.server_ns_per_reply + 1; /* dearer, although it slept less */
    ck_assert_int_eq(tg_bed_point_price(&a, &b, &found_request, &found_wakeup, &err), TG_ECHECK);
}
END_TEST

START_TEST(limits_have_names)
{
    struct tg_error err;
    enum tg_limit limit;
    for (int i = 0; i <= TG_LIMIT_UNCLEAR; i++) {
        ck_assert_tg_ok(tg_limit_parse(tg_limit_name((enum tg_limit)i), &limit, &err), err);
        ck_assert_int_eq(limit, i);
    }
    ck_assert_int_eq(tg_limit_parse("sever", &limit, &err), TG_EINPUT);
}
END_TEST

START_TEST(a_point_becomes_one_of_a_curve)
{
    struct tg_bed_point point = halved();
    point.latency_p99_ns = 1234;
    struct tg_curve_point c = tg_bed_point_to_curve(&point);
    ck_assert_double_eq(c.values[TG_CURVE_OFFERED], 1000);
    ck_assert_double_eq(c.values[TG_CURVE_REPLY], 500);
    ck_assert_double_eq(c.values[TG_CURVE_LATENCY_P99], 1234);
    ck_assert(isnan(c.values[TG_CURVE_LATENCY_MEAN]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("point");
    TCase *tc = tcase_create("point");
    tcase_add_test(tc, what_is_sustained_is_limited_by_nothing);
    tcase_add_test(tc, a_server_that_never_rests_is_the_limit);
    tcase_add_test(tc, a_server_that_waits_for_its_core_counts_as_busy);
    tcase_add_test(tc, threads_that_wait_for_one_another_are_not_disturbed);
    tcase_add_test(tc, a_client_that_does_not_send_is_the_limit);
    tcase_add_test(tc, a_request_and_a_wakeup_are_priced_apart);
    tcase_add_test(tc, limits_have_names);
    tcase_add_test(tc, a_point_becomes_one_of_a_curve);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
