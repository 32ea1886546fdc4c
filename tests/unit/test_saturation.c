#include "tg_saturation.h"

#include <math.h>

#include "tg_campaign.h"
#include "tg_test.h"

static struct tg_bed_point at(unsigned repetition, double offered, double reply)
{
    struct tg_bed_point point = tg_bed_point_unknown();
    point.repetition = repetition;
    point.wanted_per_s = point.offered_per_s = point.sent_per_s = offered;
    point.reply_per_s = reply;
    point.answered_fraction = reply / offered;
    point.server_run_share = reply / offered < 0.98 ? 1 : 0.5;
    point.limited_by = tg_bed_point_limit(&point, true);
    return point;
}

static struct tg_saturation of(const struct tg_bed_point *points, size_t count)
{
    struct tg_saturation s;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_saturation_of(points, count, &s, &err), err);
    return s;
}

START_TEST(a_plateau_is_the_middle_of_what_lies_beyond)
{
    const struct tg_bed_point points[] = {at(1, 80, 80), at(1, 95, 95), at(1, 110, 99), at(1, 130, 101),
                                          at(1, 150, 100)};
    struct tg_saturation s = of(points, 5);
    ck_assert_double_eq_tol(s.per_s, 100, 1e-9);
    ck_assert(s.plateau && s.reached);
    ck_assert_int_eq(s.limited_by, TG_LIMIT_SERVER);
    ck_assert_uint_eq(s.repetitions, 1);
    ck_assert(isnan(s.low) && isnan(s.high));
}
END_TEST

START_TEST(without_a_plateau_it_lies_between_two_offers)
{
    const struct tg_bed_point collapse[] = {at(1, 80, 80), at(1, 95, 95), at(1, 110, 90), at(1, 150, 50)};
    struct tg_saturation s = of(collapse, 4);
    ck_assert_double_eq_tol(s.per_s, 95, 1e-9);
    ck_assert_double_eq_tol(s.low, 95, 1e-9);
    ck_assert_double_eq_tol(s.high, 110, 1e-9);
    ck_assert(!s.plateau && s.reached);
    /* Level, but far below what was sustained: a collapse too. */
    const struct tg_bed_point low[] = {at(1, 95, 95), at(1, 110, 80), at(1, 150, 80)};
    ck_assert_double_eq_tol(of(low, 3).per_s, 95, 1e-9);
    /* The least of the offers was too much. */
    const struct tg_bed_point none[] = {at(1, 50, 40), at(1, 100, 20)};
    s = of(none, 2);
    ck_assert_double_eq_tol(s.per_s, 40, 1e-9);
    ck_assert_double_eq_tol(s.low, 0, 1e-9);
    ck_assert_double_eq_tol(s.high, 50, 1e-9);
}
END_TEST

/* Something else had the machine for a moment. */
START_TEST(one_bad_moment_does_not_count)
{
    const struct tg_bed_point points[] = {at(1, 50, 20), at(1, 95, 95), at(1, 110, 99), at(1, 150, 97),
                                          at(2, 50, 50), at(2, 95, 95), at(2, 110, 9),  at(2, 150, 99),
                                          at(3, 50, 50), at(3, 95, 60), at(3, 110, 98), at(3, 150, 98)};
    struct tg_saturation s = of(points, 12);
    ck_assert(s.plateau);
    /* Of the repetitions: 98, 54, 98; without the bad moment the second would be 99. */
    ck_assert_double_eq_tol(s.per_s, 250 / 3., 1e-9);
    ck_assert_uint_eq(s.repetitions, 3);
}
END_TEST

/* An offer that something disturbed in every repetition does not hide the plateau above it. */
START_TEST(a_hole_before_the_plateau_does_not_hide_it)
{
    const struct tg_bed_point points[] = {at(1, 50, 50), at(1, 80, 60), at(1, 110, 98), at(1, 150, 100)};
    struct tg_saturation s = of(points, 4);
    ck_assert(s.plateau);
    ck_assert_double_eq_tol(s.per_s, 99, 1e-9);
    /* What is level after a collapse is none. */
    const struct tg_bed_point collapsed[] = {at(1, 50, 50), at(1, 110, 104), at(1, 130, 60), at(1, 150, 60)};
    ck_assert(!of(collapsed, 4).plateau);
}
END_TEST

/* A shared machine is slow for moments: here two of three repetitions, by a fifth, at different offers. The
 * medians of the offers scatter, and no plateau is to be seen in them. */
START_TEST(slow_moments_do_not_hide_the_plateau)
{
    const struct tg_bed_point points[] = {at(1, 95, 95), at(1, 110, 80),  at(1, 130, 100), at(1, 150, 80),
                                          at(2, 95, 95), at(2, 110, 101), at(2, 130, 99),  at(2, 150, 81),
                                          at(3, 95, 95), at(3, 110, 80),  at(3, 130, 100), at(3, 150, 98)};
    struct tg_saturation s = of(points, 12);
    ck_assert(s.plateau);
    ck_assert_double_eq_tol(s.from_per_s, 110, 1e-9);
    /* Medians of 80, 100, 80; of 101, 99, 81; of 80, 100, 98. */
    ck_assert_double_eq_tol(s.per_s, (80 + 99 + 98) / 3., 1e-9);
}
END_TEST

START_TEST(a_repetition_has_a_level_of_the_plateau_of_all)
{
    const struct tg_bed_point points[] = {at(1, 95, 95), at(1, 110, 80), at(1, 150, 100),
                                          at(2, 95, 95), at(2, 110, 99), at(2, 150, 97)};
    const struct tg_bed_point collapse[] = {at(1, 80, 80), at(1, 110, 90), at(1, 150, 50)};
    struct tg_saturation s = of(points, 6);
    struct tg_error err = {0};
    double per_s;
    ck_assert(s.plateau);
    ck_assert_tg_ok(tg_saturation_of_repetition(points, 6, 1, &s, &per_s, &err), err);
    ck_assert_double_eq_tol(per_s, 90, 1e-9);
    ck_assert_tg_ok(tg_saturation_of_repetition(points, 6, 2, &s, &per_s, &err), err);
    ck_assert_double_eq_tol(per_s, 98, 1e-9);
    ck_assert_tg_ok(tg_saturation_of_repetition(points, 6, 3, &s, &per_s, &err), err);
    ck_assert(isnan(per_s));
    s = of(collapse, 3);
    ck_assert_tg_ok(tg_saturation_of_repetition(collapse, 3, 1, &s, &per_s, &err), err);
    ck_assert_double_eq_tol(per_s, 80, 1e-9);
}
END_TEST

START_TEST(where_no_offer_was_too_much_it_is_a_lower_bound)
{
    const struct tg_bed_point points[] = {at(1, 50, 50), at(1, 80, 79)};
    struct tg_saturation s = of(points, 2);
    ck_assert_double_eq_tol(s.per_s, 79, 1e-9);
    ck_assert(!s.reached);
    ck_assert(isnan(s.high));
    ck_assert_int_eq(s.limited_by, TG_LIMIT_NONE);
    ck_assert(isnan(of(NULL, 0).per_s));
}
END_TEST

START_TEST(the_interval_is_students)
{
    /* 98, 100, 102: standard deviation 2; t(0.975, 2) is 4.30265 (any table). */
    const struct tg_bed_point points[] = {at(1, 120, 98), at(2, 120, 100), at(3, 120, 102),
                                          at(1, 150, 98), at(2, 150, 100), at(3, 150, 102)};
    struct tg_saturation s = of(points, 6);
    ck_assert_uint_eq(s.repetitions, 3);
    ck_assert_double_eq_tol(s.per_s, 100, 1e-9);
    ck_assert_double_eq_tol(s.high - s.per_s, 4.30265 * 2 / sqrt(3), 1e-4);
    ck_assert_double_eq_tol(s.per_s - s.low, s.high - s.per_s, 1e-9);
}
END_TEST

START_TEST(repetitions_are_averaged_and_priced)
{
    const double request = 5000, wakeup = 20000;
    struct tg_bed_point points[] = {at(1, 10, 10), at(2, 10, 10),   at(1, 30, 30),
                                    at(2, 30, 30), at(1, 150, 100), at(2, 150, 100)};
    /* Wake-ups a reply, in turn; their means are 0.9 and 0.4. */
    const double wakeups[] = {0.8, 1.0, 0.3, 0.5};
    struct tg_measured m = {.system = tg_bed_system_find("udp"), .points = points, .count = 6};
    struct tg_error err = {0};
    double found_request, found_wakeup;
    for (int i = 0; i < 4; i++) {
        points[i].sleeps_per_s = wakeups[i] * points[i].reply_per_s;
        points[i].server_ns_per_reply = request + wakeups[i] * wakeup;
    }
    m.saturation = of(points, 6);
    ck_assert_double_eq_tol(tg_measured_at(&m, 25).sleeps_per_s, 12, 1e-9);
    ck_assert(isnan(tg_measured_at(&m, 25).latency_p50_ns));
    m.saturation.per_s = 100;
    ck_assert_tg_ok(tg_measured_price(&m, 0.1, 0.3, &found_request, &found_wakeup, &err), err);
    ck_assert_double_eq_tol(found_request, request, 1e-6);
    ck_assert_double_eq_tol(found_wakeup, wakeup, 1e-6);
    ck_assert_int_eq(tg_measured_price(&m, 0.1, 0.1, &found_request, &found_wakeup, &err), TG_ECHECK);
}
END_TEST

START_TEST(most_votes_tell_the_limit)
{
    struct tg_bed_point points[] = {at(1, 95, 95), at(1, 120, 96), at(1, 150, 96), at(1, 200, 96)};
    points[1].limited_by = points[2].limited_by = TG_LIMIT_CLIENT;
    ck_assert_int_eq(of(points, 4).limited_by, TG_LIMIT_CLIENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("saturation");
    TCase *tc = tcase_create("saturation");
    tcase_add_test(tc, a_plateau_is_the_middle_of_what_lies_beyond);
    tcase_add_test(tc, without_a_plateau_it_lies_between_two_offers);
    tcase_add_test(tc, one_bad_moment_does_not_count);
    tcase_add_test(tc, a_hole_before_the_plateau_does_not_hide_it);
    tcase_add_test(tc, slow_moments_do_not_hide_the_plateau);
    tcase_add_test(tc, a_repetition_has_a_level_of_the_plateau_of_all);
    tcase_add_test(tc, where_no_offer_was_too_much_it_is_a_lower_bound);
    tcase_add_test(tc, the_interval_is_students);
    tcase_add_test(tc, repetitions_are_averaged_and_priced);
    tcase_add_test(tc, most_votes_tell_the_limit);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
