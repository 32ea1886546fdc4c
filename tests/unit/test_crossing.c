#include "tg_crossing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tg_bed_system.h"
#include "tg_probe.h"
#include "tg_test.h"
#include "tg_usage.h"

START_TEST(every_kind_crosses_where_it_can)
{
    enum { TIMES = 2000 };
    const struct tg_crossing_kind *kind = &tg_crossing_kinds[_i];
    struct tg_error err = {0};
    void *state = NULL;
    if (kind->available && kind->available(&err)) {
        printf("not checked: %s: %s\n", kind->name, err.text);
        return;
    }
    ck_assert_tg_ok(kind->open(0, &state, &err), err);
    for (int i = 0; i < TIMES; i++)
        kind->cross(state);
    kind->close(state);
    ck_assert(kind->made_of[0].primitive && kind->made_of[0].count > 0);
    if (kind->after) {
        bool known;
        tg_probe_nearest(kind->after, &known);
        ck_assert_msg(known, "%s: no probe measures '%s'", kind->name, kind->after);
    }
    for (int i = 0; i < TG_CROSSING_PARTS && kind->made_of[i].primitive; i++) {
        bool known;
        tg_probe_nearest(kind->made_of[i].primitive, &known);
        ck_assert_msg(known, "%s: no probe measures '%s'", kind->name, kind->made_of[i].primitive);
    }
    ck_assert_ptr_eq(tg_crossing_find(kind->name), kind);
}
END_TEST

/* Each signal must have been handled, each page touched anew, each byte sent to another process and back: the
 * kernel counts some of that. */
START_TEST(hand_overs_put_this_process_to_sleep)
{
    enum { TIMES = 500 };
    struct tg_error err = {0};
    struct tg_usage before, after;
    const struct tg_crossing_kind *kind = tg_crossing_find("pipe_handover");
    void *state = NULL;
    ck_assert_tg_ok(kind->open(0, &state, &err), err);
    tg_usage_read(getpid(), 0, &before);
    for (int i = 0; i < TIMES; i++)
        kind->cross(state);
    tg_usage_read(getpid(), 0, &after);
    struct tg_usage used = tg_usage_between(&before, &after);
    /* Two processes on different cores may now and then answer before the other sleeps. */
    ck_assert_double_ge(used.sleeps, TIMES / 2);
    ck_assert_uint_ge(after.threads, 2);
    kind->close(state);
}
END_TEST

START_TEST(processor_time_is_accounted)
{
    enum { SPIN_NS = 30000000 };
    struct tg_usage before, after;
    struct timespec now;
    tg_usage_read(getpid(), 0, &before);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    double until = (double)now.tv_sec * 1e9 + (double)now.tv_nsec + SPIN_NS, at = 0;
    while (at < until) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        at = (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
    }
    tg_usage_read(getpid(), 0, &after);
    struct tg_usage used = tg_usage_between(&before, &after);
    ck_assert_double_ge(used.run_ns, SPIN_NS);
    ck_assert_int_ge(used.t_ns, (int64_t)SPIN_NS);
    ck_assert_double_gt(after.core_s, 0);
}
END_TEST

START_TEST(the_table_of_systems_is_sound)
{
    for (const struct tg_bed_system *s = tg_bed_systems; s->name; s++) {
        ck_assert_msg(tg_bed_system_find(s->name) == s, "%s stands twice", s->name);
        ck_assert_msg(s->what && s->guess_per_s > 0, "%s", s->name);
        if (s->crossing && s->server == TG_SERVER_RESPONDER)
            ck_assert_msg(tg_crossing_find(s->crossing) != NULL, "%s: no crossing '%s'", s->name,
                          s->crossing);
        ck_assert_msg(!s->crossing == !s->crossings, "%s: crossings without a kind, or a kind without",
                      s->name);
        ck_assert(tg_bed_generator_name(s->generator) && tg_bed_server_name(s->server));
    }
    ck_assert_ptr_null(tg_bed_system_find("nonesuch"));
}
END_TEST

int main(void)
{
    int kinds = 0;
    while (tg_crossing_kinds[kinds].name)
        kinds++;
    Suite *suite = suite_create("crossing");
    TCase *tc = tcase_create("crossing");
    tcase_add_loop_test(tc, every_kind_crosses_where_it_can, 0, kinds);
    tcase_add_test(tc, hand_overs_put_this_process_to_sleep);
    tcase_add_test(tc, processor_time_is_accounted);
    tcase_add_test(tc, the_table_of_systems_is_sound);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
