#include <math.h>
#include <string.h>

#include "tg_arrival_log.h"
#include "tg_curve.h"
#include "tg_test.h"

static int read_text(struct tg_curve *curve, const char *text, struct tg_error *err)
{
    return tg_curve_read_text(curve, text, strlen(text), "c.csv", err);
}

START_TEST(optional_values_may_be_absent)
{
    struct tg_curve curve;
    struct tg_error err = {0};
    ck_assert_tg_ok(read_text(&curve,
                              "reply_per_s,offered_per_s,latency_p99_ns,lost_fraction\n"
                              "100,100,5e6,\r\n150,200,,0.25\n",
                              &err),
                    err);
    ck_assert_uint_eq(curve.count, 2);
    ck_assert_double_eq(curve.points[1].values[TG_CURVE_OFFERED], 200);
    ck_assert_double_eq(curve.points[0].values[TG_CURVE_LATENCY_P99], 5e6);
    ck_assert(isnan(curve.points[1].values[TG_CURVE_LATENCY_P99]));
    ck_assert(isnan(curve.points[0].values[TG_CURVE_LOST]));
    ck_assert(isnan(curve.points[0].values[TG_CURVE_LATENCY_MEAN]));
    tg_curve_release(&curve);
}
END_TEST

START_TEST(points_stay_in_order)
{
    static const double rates[] = {300, 100, 200, 100};
    struct tg_curve curve = {0};
    struct tg_error err = {0};
    for (int i = 0; i < 4; i++) {
        struct tg_curve_point point = tg_curve_unknown();
        point.values[TG_CURVE_OFFERED] = rates[i];
        point.values[TG_CURVE_REPLY] = i;
        ck_assert_tg_ok(tg_curve_add(&curve, &point, &err), err);
    }
    ck_assert_double_eq(curve.points[0].values[TG_CURVE_REPLY], 1);
    ck_assert_double_eq(curve.points[1].values[TG_CURVE_REPLY], 3);
    ck_assert_double_eq(curve.points[3].values[TG_CURVE_REPLY], 0);
    tg_curve_release(&curve);
}
END_TEST

START_TEST(faulty_curves_are_refused)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"", "c.csv: the file is empty: it starts with a header row"},
        {"offered_per_s,reply_per_s\n1,2", "c.csv: line 2: the last line is cut short (it has no line end)"},
        {"offered_per_s,reply_per_s\n", "c.csv: line 2: no points after the header row"},
        {"offered_per_s\n1\n", "c.csv: line 1: column 'reply_per_s' is missing"},
        {"offered_per_s,reply_per_s,latency\n1,1,1\n", "c.csv: line 1: a curve has no column 'latency'"},
        {"offered_per_s,reply_per_s\n1,\n", "c.csv: line 2: reply_per_s: no value"},
        {"offered_per_s,reply_per_s\n1,x\n", "c.csv: line 2, column 3: reply_per_s: 'x' is not a number"},
        {"offered_per_s,reply_per_s\n1,2,3\n",
         "c.csv: line 2, column 4: more values than the header has columns"},
        {"offered_per_s,reply_per_s\n1\n",
         "c.csv: line 2, column 2: fewer values than the header has columns"},
        {"offered_per_s,reply_per_s\n5,1\n4,1\n",
         "c.csv: line 3: offered_per_s is below the row above: rates must rise"},
        {"offered_per_s,reply_per_s\n-5,1\n", "c.csv: line 2: offered_per_s is negative"},
        {"offered_per_s,reply_per_s,lost_fraction\n5,1,2\n", "c.csv: line 2: lost_fraction is more than 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_curve curve;
        struct tg_error err = {0};
        ck_assert_int_eq(read_text(&curve, bad[i].text, &err), TG_EINPUT);
        ck_assert_str_eq(err.text, bad[i].sentence);
    }
}
END_TEST

START_TEST(arrival_logs_are_read_and_checked)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"t_ns,x\n1,2\n", "a.csv: line 1: an arrival log has one column, 't_ns'"},
        {"t_ns\n", "a.csv: line 2: no arrivals after the header row"},
        {"t_ns\n5\n4\n", "a.csv: line 3: t_ns is earlier than the row above: time must not go back"},
        {"t_ns\n\n", "a.csv: line 2, column 1: t_ns: no value"},
    };
    struct tg_arrival_log log;
    struct tg_error err = {0};
    const char *good = "t_ns\n0\n1.5\n1.5\n9e9\n";
    ck_assert_tg_ok(tg_arrival_log_read_text(&log, good, strlen(good), "a.csv", &err), err);
    ck_assert_uint_eq(log.count, 4);
    ck_assert_double_eq(log.t_ns[3], 9e9);
    tg_arrival_log_release(&log);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(tg_arrival_log_read_text(&log, bad[i].text, strlen(bad[i].text), "a.csv", &err),
                         TG_EINPUT);
        ck_assert_str_eq(err.text, bad[i].sentence);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("curve");
    TCase *tc = tcase_create("curve");
    tcase_add_test(tc, optional_values_may_be_absent);
    tcase_add_test(tc, points_stay_in_order);
    tcase_add_test(tc, faulty_curves_are_refused);
    tcase_add_test(tc, arrival_logs_are_read_and_checked);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
