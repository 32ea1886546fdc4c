#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tg_run.h"
#include "tg_store.h"
#include "tg_test.h"

static struct tg_store *store;

static void open_store(void)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_store_open(&store, ":memory:", TG_STORE_WRITE, &err), err);
}

static void close_store(void)
{
    tg_store_close(store);
}

static const struct tg_run_price prices[] = {
    {"syscall",
     "operation",
     {105.5, 104, 107},
     103,
     160,
     2001,
     "measured",
     "syscall.csv",
     NAN,
     NAN,
     "old host",
     NULL},
    {"vm_exit", "operation", {1200, NAN, NAN}, NAN, NAN, 0, "assumed", NULL, 800, 2600, NULL, NULL},
};

static const struct tg_run_price own_prices[] = {
    {"service", "operation", {500, NAN, NAN}, 500, 500, 0, "assumed", "a guess", 100, 2000, NULL, "server"},
    {"syscall", "operation", {80, 70, 90}, 79, 100, 12, "published", "a paper", NAN, NAN, NULL, "server"},
};

static const struct tg_run_profile profile = {
    .sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .name = "this host",
    .json = "{\"a\": 1}",
    .prices = prices,
    .price_count = 2,
};

static const struct tg_run facts = {
    .kind = "sweep",
    .title = "a café's server",
    .started_utc = "2026-01-02T03:04:05Z",
    .scenario_json = "{\"workload\": {}}",
    .profile = &profile,
    .prices = own_prices,
    .price_count = 2,
    .seed = UINT64_C(0xfedcba9876543210),
    .tool_version = "0.1.0",
    .git_commit = "abc",
    .command_line = "tollgate sweep",
};

static const unsigned char histogram[] = {0, 1, 2, 0, 255};

static struct tg_run_replication a_replication(int64_t number)
{
    static const struct tg_run_loss losses[] = {{"queue full", 7}, {"client timeout", 2}};
    static const struct tg_run_drop drops[] = {{"ring full", 11}};
    static const struct tg_run_spent spent[] = {{"irq", 5000}, {"client: syscall", 4000}};
    static const struct tg_run_cpu_time times[] = {{"user", 0, 123456789012345}, {"hard interrupt", 0, 5}};
    static const struct tg_run_toll tolls[] = {{"syscall", "service", {1e6, 0, 0}},
                                               {"syscall", "wait", {2e6, 0, 0}}};
    struct tg_run_replication r = {
        .number = number,
        .seed = UINT64_MAX - (uint64_t)number,
        .horizon_ps = 10 * TG_PS_PER_S,
        .offered = 1000,
        .sent = 999,
        .replied = 990,
        .still_open = 1,
        .histogram = histogram,
        .histogram_bytes = sizeof histogram,
        .digest = "d1",
        .losses = losses,
        .loss_count = 2,
        .packets_in = 1001,
        .packets_out = 1002,
        .interrupts = 1003,
        .wakeups = 1004,
        .switches = 1005,
        .crashed_ps = number ? 77 : -1,
        .drops = drops,
        .drop_count = 1,
        .spent = spent,
        .spent_count = 2,
        .cpu_times = times,
        .cpu_time_count = 2,
        .tolls = tolls,
        .toll_count = 2,
    };
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        r.figures[i] = 100.0 * i + (double)number;
    r.figures[TG_RUN_WARMUP_PS] = NAN;
    return r;
}

static struct tg_run_point a_point(double offered_per_s)
{
    static const struct tg_run_toll tolls[] = {{"irq", "service", {1e6, 9e5, 1.1e6}},
                                               {"syscall", "wait", {3e6, 2e6, 4e6}}};
    static const struct tg_run_share losses[] = {{"timed out", {0.25, 0.2, 0.3}}},
                                     drops[] = {{"ring full", {1.5, 1, 2}}, {"SYN queue full", {2, 1, 3}}};
    struct tg_run_point point = {.offered_per_s = offered_per_s,
                                 .status = TG_RUN_RUNNING,
                                 .replication_count = 2,
                                 .losses = losses,
                                 .loss_count = 1,
                                 .drops = drops,
                                 .drop_count = 2,
                                 .tolls = tolls,
                                 .toll_count = 2};
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        point.figures[i] =
            (struct tg_run_estimate){offered_per_s + i, offered_per_s + i - 0.25, offered_per_s + i + 0.5};
    return point;
}

static const struct tg_run_curve a_curve = {
    .technique = "process",
    .title = "user-space process",
    .saturation_per_s = {NAN, NAN, NAN},
};

/* Two curves; the first with two points, added out of order, the lower of which has two replications. */
static int64_t store_a_run(void)
{
    struct tg_error err = {0};
    int64_t run, curve, other, point, lower;
    ck_assert_tg_ok(tg_run_begin(store, &facts, &run, &err), err);
    ck_assert_tg_ok(tg_run_add_curve(store, run, &a_curve, &curve, &err), err);
    struct tg_run_curve second = {
        .technique = "kernel", .title = "kernel service", .saturation_per_s = {5, 4, 6}};
    ck_assert_tg_ok(tg_run_add_curve(store, run, &second, &other, &err), err);
    struct tg_run_point high = a_point(2000), low = a_point(1000);
    ck_assert_tg_ok(tg_run_add_point(store, curve, &high, &point, &err), err);
    ck_assert_tg_ok(tg_run_add_point(store, curve, &low, &lower, &err), err);
    for (int i = 1; i >= 0; i--) {
        struct tg_run_replication r = a_replication(i);
        ck_assert_tg_ok(tg_run_add_replication(store, lower, &r, &err), err);
    }
    low.status = TG_RUN_DONE;
    ck_assert_tg_ok(tg_run_set_point(store, lower, &low, &err), err);
    struct tg_run_curve saturated = a_curve;
    saturated.saturation_per_s = (struct tg_run_estimate){1500, 1400, 1600};
    saturated.saturation_rule = "98 % of offers";
    saturated.limited_by = "core 0";
    ck_assert_tg_ok(tg_run_set_saturation(store, curve, &saturated, &err), err);
    return run;
}

static void assert_same(double a, double b)
{
    ck_assert_msg(a == b || (isnan(a) && isnan(b)), "%g is not %g", a, b);
}

static void assert_same_estimate(struct tg_run_estimate a, struct tg_run_estimate b)
{
    assert_same(a.value, b.value);
    assert_same(a.low, b.low);
    assert_same(a.high, b.high);
}

static void assert_same_prices(const struct tg_run_price *a, const struct tg_run_price *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(a[i].primitive, b[i].primitive);
        ck_assert_str_eq(a[i].per, b[i].per);
        assert_same_estimate(a[i].mean_ns, b[i].mean_ns);
        assert_same(a[i].p50_ns, b[i].p50_ns);
        assert_same(a[i].p99_ns, b[i].p99_ns);
        ck_assert_int_eq(a[i].samples, b[i].samples);
        ck_assert_str_eq(a[i].provenance, b[i].provenance);
        ck_assert_pstr_eq(a[i].source, b[i].source);
        assert_same(a[i].range_low_ns, b[i].range_low_ns);
        assert_same(a[i].range_high_ns, b[i].range_high_ns);
        ck_assert_pstr_eq(a[i].inherited_from, b[i].inherited_from);
        ck_assert_pstr_eq(a[i].belongs_to, b[i].belongs_to);
    }
}

START_TEST(a_run_comes_back_as_it_was_stored)
{
    struct tg_error err = {0};
    int64_t id = store_a_run();
    ck_assert_tg_ok(tg_run_finish(store, id, TG_RUN_DONE, &err), err);
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, TG_RUN_WITH_REPLICATIONS, &run, &err), err);
    ck_assert_int_eq(run.status, TG_RUN_DONE);
    ck_assert_str_eq(run.kind, "sweep");
    ck_assert_str_eq(run.title, facts.title);
    ck_assert_str_eq(run.started_utc, facts.started_utc);
    ck_assert_ptr_nonnull(run.finished_utc);
    ck_assert_str_eq(run.scenario_json, facts.scenario_json);
    ck_assert_uint_eq(run.seed, facts.seed);
    ck_assert_str_eq(run.git_commit, "abc");
    ck_assert_ptr_null(run.compiler);
    ck_assert_uint_eq(run.curve_count, 2);

    ck_assert_str_eq(run.profile->sha256, profile.sha256);
    ck_assert_uint_eq(run.profile->price_count, 2);
    assert_same_prices(run.profile->prices, prices, 2);
    ck_assert_uint_eq(run.price_count, 2);
    assert_same_prices(run.prices, own_prices, 2);

    const struct tg_run_curve *curve = &run.curves[0];
    ck_assert_str_eq(curve->technique, "process");
    assert_same_estimate(curve->saturation_per_s, (struct tg_run_estimate){1500, 1400, 1600});
    ck_assert_str_eq(curve->limited_by, "core 0");
    ck_assert_str_eq(run.curves[1].title, "kernel service");
    ck_assert_uint_eq(curve->point_count, 2);
    const struct tg_run_point *point = &curve->points[0];
    ck_assert_double_eq(point->offered_per_s, 1000);
    ck_assert_int_eq(point->status, TG_RUN_DONE);
    struct tg_run_point expected = a_point(1000);
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        assert_same_estimate(point->figures[i], expected.figures[i]);
    ck_assert_uint_eq(point->toll_count, 2);
    ck_assert_str_eq(point->tolls[0].primitive, "syscall");
    assert_same_estimate(point->tolls[0].toll_ps, expected.tolls[1].toll_ps);
    ck_assert_int_eq(curve->points[1].status, TG_RUN_DONE);
    ck_assert_uint_eq(point->loss_count, 1);
    ck_assert_str_eq(point->losses[0].name, "timed out");
    assert_same_estimate(point->losses[0].ratio, (struct tg_run_estimate){0.25, 0.2, 0.3});
    ck_assert_uint_eq(point->drop_count, 2);
    ck_assert_str_eq(point->drops[0].name, "SYN queue full");
    ck_assert_ptr_null(point->toll_parts);

    ck_assert_uint_eq(point->loaded_replications, 2);
    for (int i = 0; i < 2; i++) {
        const struct tg_run_replication *r = &point->replications[i];
        struct tg_run_replication e = a_replication(i);
        ck_assert_int_eq(r->number, i);
        ck_assert_uint_eq(r->seed, e.seed);
        ck_assert_int_eq(r->horizon_ps, e.horizon_ps);
        ck_assert_int_eq(r->offered, e.offered);
        ck_assert_int_eq(r->sent, e.sent);
        ck_assert_int_eq(r->replied, e.replied);
        ck_assert_int_eq(r->still_open, e.still_open);
        for (int k = 0; k < TG_RUN_FIGURES; k++)
            assert_same(r->figures[k], e.figures[k]);
        ck_assert_uint_eq(r->histogram_bytes, sizeof histogram);
        ck_assert_mem_eq(r->histogram, histogram, sizeof histogram);
        ck_assert_str_eq(r->digest, "d1");
        ck_assert_uint_eq(r->loss_count, 2);
        ck_assert_str_eq(r->losses[1].cause, "queue full");
        ck_assert_int_eq(r->losses[1].requests, 7);
        ck_assert_int_eq(r->packets_in, 1001);
        ck_assert_int_eq(r->packets_out, 1002);
        ck_assert_int_eq(r->interrupts, 1003);
        ck_assert_int_eq(r->wakeups, 1004);
        ck_assert_int_eq(r->switches, 1005);
        ck_assert_int_eq(r->crashed_ps, i ? 77 : -1);
        ck_assert_uint_eq(r->drop_count, 1);
        ck_assert_str_eq(r->drops[0].place, "ring full");
        ck_assert_int_eq(r->drops[0].packets, 11);
        ck_assert_uint_eq(r->spent_count, 2);
        ck_assert_str_eq(r->spent[0].primitive, "irq");
        ck_assert_int_eq(r->spent[1].spent_ps, 4000);
        ck_assert_uint_eq(r->cpu_time_count, 2);
        ck_assert_int_eq(r->cpu_times[1].busy_ps, 123456789012345);
        ck_assert_uint_eq(r->toll_count, 2);
        assert_same(r->tolls[0].toll_ps.value, 2e6);
    }
    tg_run_release(&run);
}
END_TEST

START_TEST(the_parts_of_a_toll_come_back)
{
    struct tg_error err = {0};
    const struct tg_run_estimate parts[TG_RUN_PARTS] = {
        {1e7, 9e6, 1.1e7}, {1e5, 9e4, 1.1e5}, {-2e6, -3e6, -1e6}, {0, NAN, NAN}};
    int64_t id = store_a_run();
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    int64_t point = run.curves[0].points[1].id;
    tg_run_release(&run);
    for (int twice = 0; twice < 2; twice++)
        ck_assert_tg_ok(tg_run_set_toll_parts(store, point, parts, &err), err);
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    ck_assert_ptr_null(run.curves[0].points[0].toll_parts);
    for (int i = 0; i < TG_RUN_PARTS; i++)
        assert_same_estimate(run.curves[0].points[1].toll_parts[i], parts[i]);
    tg_run_release(&run);
}
END_TEST

/* Two runs of one log share it. */
START_TEST(an_arrival_log_is_stored_once)
{
    struct tg_error err = {0};
    const struct tg_run_arrival_log log = {"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210",
                                           "[0,1500,9007199254740993]"};
    struct tg_run with_log = facts, run;
    int64_t first, second;
    with_log.arrival_log = &log;
    ck_assert_tg_ok(tg_run_begin(store, &with_log, &first, &err), err);
    ck_assert_tg_ok(tg_run_begin(store, &with_log, &second, &err), err);
    ck_assert_tg_ok(tg_run_load(store, second, 0, &run, &err), err);
    ck_assert_str_eq(run.arrival_log->sha256, log.sha256);
    ck_assert_str_eq(run.arrival_log->times_ps, log.times_ps);
    tg_run_release(&run);
}
END_TEST

START_TEST(an_interrupted_run_keeps_what_was_finished_and_marks_the_rest)
{
    struct tg_error err = {0};
    int64_t id = store_a_run();
    ck_assert_tg_ok(tg_run_finish(store, id, TG_RUN_INTERRUPTED, &err), err);
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    ck_assert_int_eq(run.status, TG_RUN_INTERRUPTED);
    ck_assert_int_eq(run.curves[0].points[0].status, TG_RUN_DONE);
    ck_assert_int_eq(run.curves[0].points[1].status, TG_RUN_INTERRUPTED);
    ck_assert_ptr_null(run.curves[0].points[0].replications);
    tg_run_release(&run);
    int64_t latest;
    ck_assert_int_eq(tg_run_latest(store, &latest, &err), TG_EINPUT);
    /* Taken up again, it runs, and has no end. */
    ck_assert_tg_ok(tg_run_finish(store, id, TG_RUN_RUNNING, &err), err);
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    ck_assert_int_eq(run.status, TG_RUN_RUNNING);
    ck_assert_ptr_null(run.finished_utc);
    tg_run_release(&run);
}
END_TEST

START_TEST(a_call_that_fails_leaves_nothing_behind)
{
    struct tg_error err = {0};
    int64_t id = store_a_run();
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    struct tg_run_replication r = a_replication(9);
    struct tg_run_loss twice[] = {{"same", 1}, {"same", 2}};
    r.losses = twice;
    ck_assert_int_eq(tg_run_add_replication(store, run.curves[0].points[1].id, &r, &err), TG_EBUG);
    ck_assert_msg(strstr(err.text, "UNIQUE") != NULL, "%s", err.text);
    struct tg_run_point again = a_point(2000);
    int64_t point;
    ck_assert_int_eq(tg_run_add_point(store, run.curves[0].id, &again, &point, &err), TG_EBUG);
    struct tg_run bad = facts;
    bad.scenario_json = "{";
    int64_t bad_id;
    ck_assert_int_eq(tg_run_begin(store, &bad, &bad_id, &err), TG_EBUG);
    tg_run_release(&run);
    ck_assert_tg_ok(tg_run_load(store, id, TG_RUN_WITH_REPLICATIONS, &run, &err), err);
    ck_assert_uint_eq(run.curves[0].points[1].loaded_replications, 0);
    ck_assert_uint_eq(run.curves[0].point_count, 2);
    tg_run_release(&run);
    /* The same inside a caller's transaction: only the failed call is undone. */
    ck_assert_tg_ok(tg_store_begin(store, &err), err);
    int64_t kept;
    ck_assert_tg_ok(tg_run_begin(store, &facts, &kept, &err), err);
    ck_assert_int_eq(tg_run_begin(store, &bad, &bad_id, &err), TG_EBUG);
    ck_assert_tg_ok(tg_store_commit(store, &err), err);
    ck_assert_tg_ok(tg_run_load(store, kept, 0, &run, &err), err);
    tg_run_release(&run);
}
END_TEST

START_TEST(ids_that_are_not_there_are_named)
{
    struct tg_error err = {0};
    struct tg_run run;
    struct tg_run_point point = a_point(1);
    ck_assert_int_eq(tg_run_load(store, 42, 0, &run, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "no run 42") != NULL, "%s", err.text);
    ck_assert_int_eq(tg_run_delete(store, 43, &err), TG_EINPUT);
    ck_assert_int_eq(tg_run_finish(store, 44, TG_RUN_DONE, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "no run 44") != NULL, "%s", err.text);
    ck_assert_int_eq(tg_run_set_point(store, 45, &point, &err), TG_EINPUT);
    ck_assert_int_eq(tg_run_set_saturation(store, 46, &a_curve, &err), TG_EINPUT);
    int64_t id;
    ck_assert_int_eq(tg_run_add_curve(store, 47, &a_curve, &id, &err), TG_EBUG);
    ck_assert_int_eq(tg_run_latest(store, &id, &err), TG_EINPUT);
}
END_TEST

START_TEST(deleting_a_run_takes_all_of_it_and_nothing_else)
{
    struct tg_error err = {0};
    int64_t first = store_a_run(), second = store_a_run();
    ck_assert_tg_ok(tg_run_finish(store, second, TG_RUN_DONE, &err), err);
    ck_assert_tg_ok(tg_run_delete(store, first, &err), err);
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(runs[0].id, second);
    ck_assert_str_eq(runs[0].techniques, "process, kernel");
    ck_assert_str_eq(runs[0].status, "done");
    ck_assert_int_eq(runs[0].curves, 2);
    ck_assert_int_eq(runs[0].points, 2);
    ck_assert_int_eq(runs[0].replications, 2);
    tg_run_list_release(runs, count);
    int64_t latest;
    ck_assert_tg_ok(tg_run_latest(store, &latest, &err), err);
    ck_assert_int_eq(latest, second);
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, second, TG_RUN_WITH_REPLICATIONS, &run, &err), err);
    ck_assert_uint_eq(run.curves[0].points[0].loaded_replications, 2);
    ck_assert_uint_eq(run.profile->price_count, 2);
    tg_run_release(&run);
}
END_TEST

START_TEST(a_profile_is_stored_once)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_run_keep_profile(store, &profile, &err), err);
    ck_assert_tg_ok(tg_run_keep_profile(store, &profile, &err), err);
    int64_t id;
    ck_assert_tg_ok(tg_run_begin(store, &facts, &id, &err), err);
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    ck_assert_uint_eq(run.profile->price_count, 2);
    tg_run_release(&run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run");
    TCase *tc = tcase_create("run");
    tcase_add_checked_fixture(tc, open_store, close_store);
    tcase_add_test(tc, a_run_comes_back_as_it_was_stored);
    tcase_add_test(tc, the_parts_of_a_toll_come_back);
    tcase_add_test(tc, an_arrival_log_is_stored_once);
    tcase_add_test(tc, an_interrupted_run_keeps_what_was_finished_and_marks_the_rest);
    tcase_add_test(tc, a_call_that_fails_leaves_nothing_behind);
    tcase_add_test(tc, ids_that_are_not_there_are_named);
    tcase_add_test(tc, deleting_a_run_takes_all_of_it_and_nothing_else);
    tcase_add_test(tc, a_profile_is_stored_once);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
