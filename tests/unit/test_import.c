#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_import.h"
#include "tg_summary.h"
#include "tg_test.h"

static const struct tg_import_options plain = {.samples_max = 1000};

static struct tg_import import_file(const char *name, const struct tg_import_options *options)
{
    struct tg_import import = {0};
    struct tg_error err = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/import/%s", TG_SOURCE_FOLDER, name);
    ck_assert_tg_ok(tg_import_file(&import, options, path, &err), err);
    return import;
}

static const struct tg_trace *trace_of(const struct tg_import *import, const char *name)
{
    const struct tg_trace *trace = tg_trace_set_find(&import->set, name);
    ck_assert_msg(trace != NULL, "no trace '%s'", name);
    return trace;
}

static double sum_of(const struct tg_trace *trace)
{
    double sum = 0;
    for (size_t i = 0; i < trace->count; i++)
        sum += trace->cost_ns[i];
    return sum;
}

START_TEST(cyclictest_counts_become_samples)
{
    struct tg_import import = import_file("cyclictest.txt", &plain);
    const struct tg_trace *trace = trace_of(&import, "timer_wakeup");
    struct tg_summary s;
    ck_assert_uint_eq(trace->count, 12 + 3 + 80 + 90 + 5 + 6 + 2);
    ck_assert_double_eq_tol(sum_of(trace), 15 * 1500. + 170 * 2500. + 11 * 3500. + 31000 + 40000, 1e-6);
    tg_summarize(trace->cost_ns, trace->count, &s);
    ck_assert_double_eq(s.median, 2500);
    ck_assert_double_eq(s.maximum, 40000);
    ck_assert_double_lt(fabs(s.drift), 1e-9);
    tg_import_release(&import);
}
END_TEST

START_TEST(more_counts_than_wanted_are_taken_through_the_quantiles)
{
    const struct tg_import_options few = {.samples_max = 20};
    struct tg_import import = import_file("cyclictest.txt", &few);
    const struct tg_trace *trace = trace_of(&import, "timer_wakeup");
    struct tg_summary s;
    ck_assert_uint_eq(trace->count, 20);
    tg_summarize(trace->cost_ns, trace->count, &s);
    ck_assert_double_eq(s.median, 2500);
    ck_assert_ptr_nonnull(strstr(import.set.what[0], "20 of 198"));
    tg_import_release(&import);
}
END_TEST

START_TEST(rtla_osnoise_is_jitter)
{
    struct tg_import import = import_file("osnoise.txt", &plain);
    const struct tg_trace *trace = trace_of(&import, "jitter");
    ck_assert(trace->is_jitter);
    ck_assert_uint_eq(trace->count, 531);
    ck_assert_double_eq(trace->observed_ns, 20e9);
    ck_assert_double_eq_tol(sum_of(trace), 500 * 5000. + 30 * 15000. + 35000, 1e-6);
    tg_import_release(&import);
}
END_TEST

START_TEST(rtla_timerlat_gives_a_trace_a_kind)
{
    const struct tg_import_options all = {.samples_max = 1000000};
    struct tg_import import = import_file("timerlat.txt", &all);
    ck_assert_uint_eq(import.set.count, 2);
    ck_assert_uint_eq(trace_of(&import, "timer_irq_latency")->count, 10002);
    ck_assert_double_eq_tol(sum_of(trace_of(&import, "timer_wakeup")),
                            8100 * 1500. + 1880 * 2500. + 22 * 5500., 1e-3);
    tg_import_release(&import);
}
END_TEST

START_TEST(percentiles_become_samples)
{
    const struct tg_import_options us = {.samples_max = 1000, .unit_ns = 1e3, .name = "handler"};
    struct tg_import import = import_file("percentiles.txt", &us);
    const struct tg_trace *trace = trace_of(&import, "handler");
    ck_assert_uint_eq(trace->count, 100);
    ck_assert_double_eq_tol(sum_of(trace), 10e3 + 49 * 20e3 + 50 * 40e3, 1e-6);
    tg_import_release(&import);
}
END_TEST

START_TEST(lmbench_lines_become_single_samples)
{
    static const struct {
        const char *name;
        double per_op_ns;
    } expected[] = {{"syscall", 120},          {"signal", 1300},          {"protection_fault", 400},
                    {"pipe_handover", 2100},   {"page_fault", 160},       {"udp_round_trip", 9500},
                    {"tcp_round_trip", 12500}, {"tcp_connection", 30000}, {"context_switch", 1500}};
    struct tg_import import = import_file("lmbench.txt", &plain);
    ck_assert_uint_eq(import.set.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct tg_trace *trace = trace_of(&import, expected[i].name);
        ck_assert_uint_eq(trace->count, 1);
        ck_assert_double_eq_tol(tg_trace_cost_per_op_ns(trace, 0), expected[i].per_op_ns, 1e-6);
    }
    tg_import_release(&import);
}
END_TEST

START_TEST(plain_samples_are_read)
{
    const struct tg_import_options named = {.samples_max = 1000, .name = "handler"};
    struct tg_import csv = import_file("samples.csv", &named), json = import_file("samples.json", &plain);
    const struct tg_trace *trace = trace_of(&csv, "handler");
    ck_assert_uint_eq(trace->count, 3);
    ck_assert_double_eq(trace->t_ns[1], 200);
    ck_assert_double_eq(trace->cost_ns[1], 2500);
    ck_assert_double_eq_tol(trace_of(&json, "syscall")->cost_ns[1], 130, 1e-9);
    ck_assert_uint_eq(trace_of(&json, "signal")->count, 1);
    tg_import_release(&csv);
    tg_import_release(&json);
}
END_TEST

static void check_point(const struct tg_curve *curve, size_t index, const double expected[TG_CURVE_COLUMNS])
{
    ck_assert_uint_lt(index, curve->count);
    for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
        double value = curve->points[index].values[i];
        ck_assert_msg(
            isnan(expected[i]) ? isnan(value) : fabs(value - expected[i]) <= 1e-9 * (1 + fabs(expected[i])),
            "%s: %g, expected %g", tg_curve_column_name((enum tg_curve_column)i), value, expected[i]);
    }
}

START_TEST(load_generators_give_points)
{
    static const struct {
        const char *file;
        size_t index;
        double expected[TG_CURVE_COLUMNS]; /* offered, reply, mean, sd, p50, p90, p99, max, lost */
    } cases[] = {
        {"httperf.txt", 0, {1000, 1000, 0.4e6, 0.2e6, NAN, NAN, NAN, NAN, 0}},
        {"httperf.txt", 1, {5000, 3500, 181e6, NAN, NAN, NAN, NAN, NAN, 0.3}},
        {"dnsperf.txt", 0, {20000, 19800, 412e3, 121e3, NAN, NAN, NAN, 21e6, 0.01}},
        {"queryperf.txt", 0, {20000, 20000, 500e3, 100e3, NAN, NAN, NAN, 2e6, 0}},
        {"wrk2.txt", 0, {2001, 2001, 1.1e6, 0.5e6, 1.05e6, 1.8e6, 3.1e6, 9.9e6, 20. / 20030}},
        {"ab.txt", 0, {4950, 4950, 2e6, NAN, 2e6, 3e6, 7e6, 12e6, 0.01}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tg_import import = import_file(cases[i].file, &plain);
        check_point(&import.curve, cases[i].index, cases[i].expected);
        tg_import_release(&import);
    }
}
END_TEST

START_TEST(the_spectrum_of_wrk2_can_be_chosen)
{
    const struct tg_import_options hdr = {.samples_max = 100000, .format = "hdr"};
    struct tg_import import = import_file("wrk2.txt", &hdr);
    const struct tg_trace *trace = trace_of(&import, "latency");
    struct tg_summary s;
    ck_assert_uint_eq(trace->count, 20000);
    tg_summarize(trace->cost_ns, trace->count, &s);
    ck_assert_double_eq_tol(s.maximum, 9.9e6, 1e-3);
    tg_import_release(&import);
}
END_TEST

START_TEST(a_curve_survives_its_file)
{
    char path[] = "/tmp/tg_curve_XXXXXX";
    struct tg_import import = import_file("httperf.txt", &plain);
    struct tg_curve back;
    struct tg_error err = {0};
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_tg_ok(tg_curve_write(&import.curve, path, &err), err);
    ck_assert_tg_ok(tg_curve_read(&back, path, &err), err);
    ck_assert_uint_eq(back.count, 2);
    check_point(&back, 0, import.curve.points[0].values);
    check_point(&back, 1, import.curve.points[1].values);
    tg_curve_release(&back);
    tg_import_release(&import);
    unlink(path);
}
END_TEST

START_TEST(faults_are_named)
{
    static const struct {
        const char *format, *text, *sentence;
    } bad[] = {
        {NULL, "", "x: the file is empty"},
        {"sysbench", "a", "there is no format 'sysbench'"},
        {NULL, "# Histogram\n000001 000002\n000002 x\n", "x: line 3: expected a bin and its counts"},
        {NULL, "# Histogram\n000001 000000\n", "x: the histogram counts nothing"},
        {NULL, "# RTLA osnoise histogram\nIndex   CPU-000\n0  1 2\n",
         "x: line 3: expected a bin and one count for each column"},
        {NULL, "# RTLA osnoise histogram\nIndex   GPU-000\n0  1\n",
         "x: line 2: expected columns such as CPU-000, IRQ-000, Thr-000"},
        {NULL, "  Value Percentile TotalCount 1/(1-Percentile)\n1 0.5 1 2\n",
         "x: percentile output does not say its unit: name it by --unit"},
        {NULL, "Simple syscall: fast\n", "x: none of lmbench's lines that are known here"},
        {NULL, "a,b\n1,2\n",
         "x: line 1: column 'a' does not say its unit (as in 'cost_us'): name it by --unit"},
        {NULL, "a_us\n1\n-2\n", "x: sample 2 is negative or no number"},
        {NULL, "a_us\n1\nx\n", "x: line 3, column 1: a_us: 'x' is not a number"},
        {NULL, "{\"name\": \"a\", \"unit\": \"us\", \"samples\": [1, \"b\"]}",
         "x: samples[1]: expected a number"},
        {NULL, "{\"name\": \"a\", \"unit\": \"fortnights\", \"samples\": [1]}",
         "x: unit: 'fortnights' is none of ns, us, ms, s"},
        {NULL, "httperf --rate=10\nnothing\n",
         "x: no number after 'Total: connections ... test-duration': the output is not whole"},
        {NULL, "DNS Performance Testing Tool\n  Queries sent: 10\n",
         "x: no number after 'Queries completed:': the output is not whole"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_import import = {0};
        struct tg_error err = {0};
        const struct tg_import_options options = {.format = bad[i].format, .samples_max = 10};
        ck_assert_int_ne(tg_import_text(&import, &options, bad[i].text, strlen(bad[i].text), "x", &err),
                         TG_OK);
        ck_assert_str_eq(err.text, bad[i].sentence);
        tg_import_release(&import);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import");
    TCase *tc = tcase_create("import");
    tcase_add_test(tc, cyclictest_counts_become_samples);
    tcase_add_test(tc, more_counts_than_wanted_are_taken_through_the_quantiles);
    tcase_add_test(tc, rtla_osnoise_is_jitter);
    tcase_add_test(tc, rtla_timerlat_gives_a_trace_a_kind);
    tcase_add_test(tc, percentiles_become_samples);
    tcase_add_test(tc, lmbench_lines_become_single_samples);
    tcase_add_test(tc, plain_samples_are_read);
    tcase_add_test(tc, load_generators_give_points);
    tcase_add_test(tc, the_spectrum_of_wrk2_can_be_chosen);
    tcase_add_test(tc, a_curve_survives_its_file);
    tcase_add_test(tc, faults_are_named);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
