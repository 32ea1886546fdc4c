/* Jitter: ticks told from interrupts, rates and lengths kept, impossible traces refused; slopes and scaling.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_jitter.h"
#include "tg_json.h"
#include "tg_rng.h"
#include "tg_scale.h"
#include "tg_slope.h"
#include "tg_test.h"

static struct tg_error err;

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Ten seconds: ticks of 20 us at a rate (0: none), and `per_s` interrupts of 5 to 15 us a second. */
static struct tg_trace make_gaps(double tick_hz, double per_s)
{
    enum { MOST = 40000 };
    static double rows[MOST][2];
    struct tg_rng rng;
    struct tg_trace trace;
    size_t n = 0;
    tg_rng_seed(&rng, 3, 0, "gaps");
    for (double t = 1.3e6; tick_hz > 0 && t < 10e9; t += 1e9 / tick_hz, n++) {
        rows[n][0] = t;
        rows[n][1] = 20e3;
    }
    for (double t = 0; (t += tg_rng_exponential(&rng) * 1e9 / per_s) < 10e9; n++) {
        rows[n][0] = t;
        rows[n][1] = 5e3 + 10e3 * tg_rng_unit(&rng);
    }
    qsort(rows, n, sizeof *rows, by_time);
    ck_assert_tg_ok(tg_trace_init(&trace, "jitter", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, n, &err), err);
    for (size_t i = 0; i < n; i++)
        tg_trace_append(&trace, rows[i][0], rows[i][1], 1, 0);
    trace.is_jitter = true;
    trace.observed_ns = 10e9;
    trace.threshold_ns = 500;
    return trace;
}

START_TEST(ticks_are_told_from_interrupts)
{
    static const double rates[] = {100, 250, 300, 1000};
    struct tg_trace gaps = make_gaps(rates[_i], 800);
    struct tg_jitter j;
    ck_assert_tg_ok(tg_jitter_init(&j, &gaps, &err), err);
    ck_assert_uint_ge(j.process_count, 2);
    ck_assert(j.processes[0].periodic);
    ck_assert_double_eq_tol(j.processes[0].rate_per_s, rates[_i], 1e-4 * rates[_i]);
    ck_assert_double_ge(j.processes[0].presence, 0.97);
    /* The window of 1.5 % of the period on which ticks are looked for may hold a stray interrupt. */
    ck_assert_double_eq_tol(tg_sample_quantile(&j.processes[0].lengths, 0.5), 20e3, 1);
    double rest = 0;
    for (size_t i = 1; i < j.process_count; i++) {
        ck_assert(!j.processes[i].periodic);
        rest += j.processes[i].rate_per_s;
    }
    /* Six standard deviations of a Poisson count of 8,000, and the 1.5 % of them in the ticks' window. */
    ck_assert_double_eq_tol(rest, 800, 6 * sqrt(8000) / 10 + 12);
    tg_jitter_release(&j);
    tg_trace_release(&gaps);
}
END_TEST

START_TEST(without_ticks_there_are_none)
{
    struct tg_trace gaps = make_gaps(0, 2000);
    struct tg_jitter j;
    ck_assert_tg_ok(tg_jitter_init(&j, &gaps, &err), err);
    for (size_t i = 0; i < j.process_count; i++)
        ck_assert(!j.processes[i].periodic);
    ck_assert_double_eq_tol(j.mean_ns, 10e3, 6 * 2887 / sqrt(20000));
    ck_assert_double_eq_tol(tg_jitter_cdf(&j.one, 10e3), 0.5, 0.03);
    ck_assert_double_eq_tol(tg_jitter_cdf(&j.two, 20e3), 0.5, 0.05);
    tg_jitter_release(&j);
    tg_trace_release(&gaps);
}
END_TEST

START_TEST(gaps_longer_than_the_watch_are_refused)
{
    struct tg_trace gaps = make_gaps(0, 2000);
    struct tg_jitter j;
    gaps.observed_ns = 1e6;
    ck_assert_int_eq(tg_jitter_init(&j, &gaps, &err), TG_EINPUT);
    ck_assert(strstr(err.text, "longer together"));
    tg_trace_release(&gaps);
}
END_TEST

/* 300 + 0.5 x ns with noise of 20 ns; one in fifty grown by 10 us. */
START_TEST(a_slope_is_found_under_outliers)
{
    struct tg_rng rng;
    struct tg_trace trace;
    struct tg_price_slope slope;
    tg_rng_seed(&rng, 4, 0, "slope");
    ck_assert_tg_ok(tg_trace_init(&trace, "copy", "size_bytes", false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, 4000, &err), err);
    for (size_t i = 0; i < 4000; i++) {
        double x = 64 << i % 6, cost = 300 + 0.5 * x + 40 * (tg_rng_unit(&rng) - 0.5);
        tg_trace_append(&trace, (double)i * 1e5, cost + (tg_rng_below(&rng, 50) ? 0 : 10e3), 1, x);
    }
    ck_assert_tg_ok(tg_slope_fit(&trace, &slope, &err), err);
    ck_assert_double_eq_tol(slope.ns_per_unit, 0.5, 0.005);
    ck_assert_double_eq_tol(slope.fixed_ns, 300, 3);
    ck_assert_double_le(slope.low_ns_per_unit, slope.ns_per_unit);
    ck_assert_double_ge(slope.high_ns_per_unit, slope.ns_per_unit);
    ck_assert_double_lt(slope.misfit, 0.02);
    ck_assert_double_eq(slope.from, 64);
    ck_assert_double_eq(slope.to, 2048);
    for (size_t i = 0; i < trace.count; i++)
        trace.argument[i] = 64;
    ck_assert_int_eq(tg_slope_fit(&trace, &slope, &err), TG_EINPUT);
    tg_trace_release(&trace);
}
END_TEST

START_TEST(scaling_keeps_cycles_and_leaves_memory)
{
    static const char text[] =
        "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"fast\", \"clock\": \"2 GHz\", "
        "\"costs\": {\"syscall\": {\"law\": \"100 ns\", \"provenance\": \"published\", \"source\": \"x\", "
        "\"by_argument\": {\"argument\": \"idle_ns\", \"from\": 1, \"more\": [{\"at\": 7, \"law\": \"200 "
        "ns\", "
        "\"mean_ns\": 200, \"low_ns\": 200, \"high_ns\": 200}]}}, "
        "\"copy_byte\": {\"law\": \"1 ns\", \"provenance\": \"published\", \"source\": \"y\"}}, "
        "\"jitter\": [{\"name\": \"tick\", \"rate\": \"100/s\", \"arrivals\": \"periodic\", \"length\": \"5 "
        "us\", "
        "\"provenance\": \"assumed\", \"source\": \"z\"}]}";
    struct tg_profile fast, slow;
    cJSON *json;
    ck_assert_tg_ok(tg_profile_read_text(text, "fast", &fast, &err), err);
    ck_assert_tg_ok(tg_scale(&fast, 500e6, &(struct tg_strings){0}, &json, &err), err);
    char *scaled = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(scaled, "slow", &slow, &err), err);
    const struct tg_price *syscall = tg_profile_price(&slow, "syscall"),
                          *copy = tg_profile_price(&slow, "copy_byte");
    ck_assert_double_eq_tol(tg_dist_mean(&syscall->law), 400, 1e-9);
    ck_assert_double_eq_tol(syscall->low_ns, 400 / 1.25, 1e-9);
    ck_assert_double_eq_tol(syscall->high_ns, 400 * 1.25, 1e-9);
    ck_assert_int_eq(syscall->provenance, TG_SCALED);
    ck_assert_double_eq(syscall->by_argument.more[0].at, 7);
    ck_assert_double_eq_tol(tg_dist_mean(&syscall->by_argument.more[0].law), 800, 1e-9);
    ck_assert_double_eq_tol(syscall->by_argument.more[0].mean_ns, 800, 1e-9);
    ck_assert_double_eq_tol(syscall->by_argument.more[0].high_ns, 800 * 1.25, 1e-9);
    ck_assert(strstr(syscall->source, "500 MHz"));
    ck_assert_double_eq_tol(tg_dist_mean(&copy->law), 1, 1e-12);
    ck_assert_int_eq(copy->provenance, TG_PUBLISHED);
    ck_assert_double_eq_tol(tg_dist_mean(&slow.noises[0].length), 20e3, 1e-6);
    ck_assert_double_eq(slow.noises[0].rate_per_s, 100);
    ck_assert_double_eq(slow.clock_hz, 500e6);
    free(scaled);
    cJSON_Delete(json);
    tg_profile_release(&slow);
    tg_profile_release(&fast);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jitter");
    TCase *tc = tcase_create("jitter");
    tcase_add_loop_test(tc, ticks_are_told_from_interrupts, 0, 4);
    tcase_add_test(tc, without_ticks_there_are_none);
    tcase_add_test(tc, gaps_longer_than_the_watch_are_refused);
    tcase_add_test(tc, a_slope_is_found_under_outliers);
    tcase_add_test(tc, scaling_keeps_cycles_and_leaves_memory);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
