/* Prices of a server's own work from low loads: which servers need them, and a real one where it can run. */
#include "tg_low_load.h"

#include <stdio.h>

#include "tg_test.h"

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
    /* The two points give the prices back: time a reply = request + wake-ups a reply x wake-up. */
    for (int i = 0; i < 2; i++) {
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
    tcase_add_test(tc, servers_with_work_of_their_own_need_it);
    tcase_add_test(tc, a_real_server_is_priced);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
