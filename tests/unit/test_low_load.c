/* Prices of a server's own work from low loads: which servers need them, and a real one where it can run. */
#include "tg_low_load.h"

#include <math.h>
#include <stdio.h>

#include "tg_rng.h"
#include "tg_test.h"

/* A reply takes `request` and, at a load where it sleeps so often, its wake-ups. */
static struct tg_bed_point at(double request_ns, double wakeup_ns, double sleeps)
{
    struct tg_bed_point point = tg_bed_point_unknown();
    point.reply_per_s = 1000;
    point.sleeps_per_s = sleeps * 1000;
    point.server_ns_per_reply = request_ns + sleeps * wakeup_ns;
    return point;
}

START_TEST(two_points_give_two_prices)
{
    const struct tg_bed_point pairs[][2] = {{at(5000, 20000, 0.9), at(5000, 20000, 0.4)},
                                            {at(5000, 20000, 0.8), at(5000, 20000, 0.5)}};
    struct tg_low_load low;
    tg_low_load_price(pairs, 2, &low);
    ck_assert(low.told_apart);
    ck_assert_double_eq_tol(low.request_ns.mid, 5000, 1e-6);
    ck_assert_double_eq_tol(low.wakeup_ns.mid, 20000, 1e-6);
    ck_assert_double_eq_tol(low.request_ns.high, 5000, 1e-6);
    ck_assert_double_eq_tol(low.points[0].sleeps_per_s, 850, 1e-9);
    tg_low_load_price(pairs, 1, &low);
    ck_assert_double_eq_tol(low.request_ns.low, 5000, 1e-6);
}
END_TEST

START_TEST(where_the_loads_do_not_tell_all_counts_as_the_requests)
{
    const struct tg_bed_point alike[][2] = {{at(5000, 20000, 0.5), at(6000, 20000, 0.5)},
                                            {at(5000, 20000, 0.5), at(4000, 20000, 0.5)}};
    const struct tg_bed_point threads[][2] = {{at(5000, 2000, 5), at(5000, 2000, 3)}};
    struct tg_low_load low;
    tg_low_load_price(alike, 2, &low);
    ck_assert(!low.told_apart);
    ck_assert_double_eq_tol(low.request_ns.mid, 15000, 1e-6);
    ck_assert(low.request_ns.low < 15000 && low.request_ns.high > 15000);
    ck_assert_double_eq(low.wakeup_ns.high, 0);
    tg_low_load_price(threads, 1, &low);
    ck_assert(!low.told_apart);
    ck_assert_double_eq_tol(low.request_ns.mid, 11000, 1e-6);
}
END_TEST

static double normal(struct tg_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += tg_rng_unit(rng);
    return sum;
}

/* Times with noise of 15 %, so that single repetitions give requests below zero, which belong to the interval
 * as the others do: of 2,000 intervals 95 % hold the truth. Fewer than 92.5 % or more than 97.5 % would come
 * about once in 1e6 by chance. */
START_TEST(the_interval_holds_the_truth_as_often_as_it_says)
{
    enum { TRIALS = 2000, REPETITIONS = 8 };
    const double request_ns = 5000, wakeup_ns = 20000, noise = 0.15;
    struct tg_rng rng;
    int held = 0, below_zero = 0;
    tg_rng_seed(&rng, 1, 0, "low loads");
    for (int trial = 0; trial < TRIALS; trial++) {
        struct tg_bed_point pairs[REPETITIONS][2];
        struct tg_low_load low;
        for (int i = 0; i < REPETITIONS; i++) {
            for (int k = 0; k < 2; k++) {
                pairs[i][k] = at(request_ns, wakeup_ns, k ? 0.4 : 0.9);
                pairs[i][k].server_ns_per_reply *= 1 + noise * normal(&rng);
            }
            double low_ns = pairs[i][0].server_ns_per_reply, high_ns = pairs[i][1].server_ns_per_reply;
            below_zero += high_ns - 0.4 * (low_ns - high_ns) / 0.5 < 0;
        }
        tg_low_load_price((const struct tg_bed_point(*)[2])pairs, REPETITIONS, &low);
        held += low.told_apart && low.request_ns.low <= request_ns && request_ns <= low.request_ns.high;
    }
    ck_assert_int_gt(below_zero, TRIALS * REPETITIONS / 50);
    ck_assert_int_gt(held, TRIALS * 0.925);
    ck_assert_int_lt(held, TRIALS * 0.975);
}
END_TEST

START_TEST(servers_with_work_of_their_own_need_it)
{
    ck_assert(tg_low_load_needed(tg_bed_system_find("bind")));
    ck_assert(tg_low_load_needed(tg_bed_system_find("lighttpd")));
    ck_assert(tg_low_load_needed(tg_bed_system_find("apache")));
    ck_assert(!tg_low_load_needed(tg_bed_system_find("udp-signal-1")));
    ck_assert(!tg_low_load_needed(tg_bed_system_find("xdp-container")));
}
END_TEST

/* Prices are told apart, or it is said that they are not: other work may have the machine. */
START_TEST(a_real_server_is_priced)
{
    const struct tg_bed_system *system = tg_bed_system_find("bind-open");
    const struct tg_bed_settings settings = tg_bed_settings_usual();
    const struct tg_low_load_settings few = {.repetitions = 2, .window_s = 0.2};
    struct tg_error err = {0};
    struct tg_low_load low;
    struct tg_bed *bed;
    if (tg_bed_system_available(system, &err)) {
        printf("not checked: %s\n", err.text);
        return;
    }
    ck_assert_tg_ok(tg_bed_open(&bed, &settings, &err), err);
    int rc = tg_low_load_measure(bed, system, &few, &low, &err);
    tg_bed_close(bed);
    if (rc == TG_ECHECK) {
        ck_assert_msg(strstr(err.text, "bind-open") != NULL, "%s", err.text);
        return;
    }
    ck_assert_tg_ok(rc, err);
    ck_assert_double_gt(low.guess_per_s, 0);
    ck_assert(low.request_ns.low <= low.request_ns.mid && low.request_ns.mid <= low.request_ns.high);
    ck_assert(low.wakeup_ns.low <= low.wakeup_ns.mid && low.wakeup_ns.mid <= low.wakeup_ns.high);
    /* The points give the prices back: time a reply = request + wake-ups a reply x wake-up; where the two do
     * not tell them apart, the second alone. */
    for (int i = low.told_apart ? 0 : 1; i < 2; i++) {
        const struct tg_bed_point *p = &low.points[i];
        double ns = low.request_ns.mid + p->sleeps_per_s / p->reply_per_s * low.wakeup_ns.mid;
        ck_assert_double_eq_tol(ns / p->server_ns_per_reply, 1, 1e-6);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("low_load");
    TCase *tc = tcase_create("low_load");
    tcase_set_timeout(tc, 120); /* real servers, started many times, maybe while other work has the machine */
    tcase_add_test(tc, servers_with_work_of_their_own_need_it);
    tcase_add_test(tc, two_points_give_two_prices);
    tcase_add_test(tc, where_the_loads_do_not_tell_all_counts_as_the_requests);
    tcase_add_test(tc, the_interval_holds_the_truth_as_often_as_it_says);
    tcase_add_test(tc, a_real_server_is_priced);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
