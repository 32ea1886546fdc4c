/* Inverse calibration: a simulated server's hidden values are recovered from its own curve, made with other
 * random streams; two costs that only appear as a sum are refused, and the sum is named. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_inverse.h"
#include "tg_sweep.h"
#include "tg_test.h"

static struct tg_error err;

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"small\", \"clock\": \"1 GHz\", "
    "\"costs\": {"
    "\"irq\": {\"law\": \"2 us\", \"provenance\": \"assumed\", \"source\": \"x\"}, "
    "\"wakeup\": {\"law\": \"5 us\", \"provenance\": \"assumed\", \"source\": \"x\"}, "
    "\"syscall\": {\"law\": \"1 us\", \"provenance\": \"assumed\", \"source\": \"x\"}}}";

/* Per request: 1 us to take the packet, parse, work, and 2 us to reply. */
static const char scenario_form[] =
    "{\"format\": \"tollgate scenario\", \"version\": 1, \"profile\": \"small\", \"server\": {\"format\": "
    "\"tollgate server\", \"version\": 1, \"name\": \"s\", \"interrupt\": [{\"cost\": \"irq\"}], "
    "\"packet_in\": "
    "[{\"cost\": \"syscall\"}], \"wakeup\": [{\"cost\": \"wakeup\"}], \"request\": [{\"cost\": \"parse\"}, "
    "{\"cost\": \"work\"}], \"reply\": [{\"cost\": \"syscall\", \"count\": 2}], \"costs\": {\"parse\": "
    "{\"law\": "
    "\"10 us\", \"provenance\": \"assumed\", \"source\": \"x\"}, \"work\": {\"law\": {\"family\": \"%s\", "
    "\"parameters\": {\"%s\": \"%g us\"}}, \"provenance\": \"assumed\", \"source\": \"x\"}}}, "
    "\"techniques\": "
    "[{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"plain\", \"title\": \"plain\", "
    "\"rules\": "
    "[]}], \"link\": {\"latency\": \"%g us\"}, \"horizon\": \"%g ms\", \"warm_up\": \"20 ms\", "
    "\"replications\": "
    "4, \"seed\": %d}";

struct server {
    const char *family, *parameter;
    double work_us, latency_us;
};

static const struct server exponential = {"exponential", "mean", 30, 25},
                           constant = {"constant", "value", 30, 25};

static void read_server(struct tg_scenario *scenario, struct server s, double horizon_ms, int seed)
{
    char text[2000];
    snprintf(text, sizeof text, scenario_form, s.family, s.parameter, s.work_us, s.latency_us, horizon_ms,
             seed);
    ck_assert_tg_ok(tg_scenario_read_printed(text, profile_text, "it", scenario, &err), err);
}

/* What a load test of the server would have measured. */
static void measure(struct server server, double horizon_ms, struct tg_curve *curve)
{
    static const double rates[] = {3000, 6000, 9000, 13000, 16000, 18000, 20000, 23000, 27000};
    struct tg_scenario scenario;
    read_server(&scenario, server, horizon_ms, 99);
    scenario.replications = 12;
    for (size_t i = 0; i < TG_COUNT(rates); i++) {
        struct tg_sweep_point point;
        struct tg_curve_point known = tg_curve_unknown();
        ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, rates[i], 1, NULL, &point, &err), err);
        known.values[TG_CURVE_OFFERED] = rates[i];
        known.values[TG_CURVE_REPLY] = point.metrics[TG_METRIC_REPLY_PER_S].mean;
        known.values[TG_CURVE_LATENCY_MEAN] = point.metrics[TG_METRIC_MEAN_PS].mean * 1e-3;
        ck_assert_tg_ok(tg_curve_add(curve, &known, &err), err);
    }
    tg_scenario_release(&scenario);
}

static int fit(struct server truth, struct server start, double horizon_ms, const char *const *keys,
               size_t key_count, int match, struct tg_inverse *inverse)
{
    struct tg_curve curve = {0};
    struct tg_scenario scenario;
    struct tg_inverse_options options = {.match = match, .threads = 1};
    measure(truth, horizon_ms, &curve);
    read_server(&scenario, start, horizon_ms, 1);
    int rc = tg_inverse_fit(&scenario, "it", &curve, keys, key_count, &options, inverse, &err);
    tg_scenario_release(&scenario);
    tg_curve_release(&curve);
    return rc;
}

START_TEST(two_hidden_values_are_recovered)
{
    static const char *const keys[] = {"server.costs.work", "link.latency"};
    struct server start = exponential;
    struct tg_inverse inverse;
    start.work_us = 70;
    start.latency_us = 8;
    ck_assert_tg_ok(fit(exponential, start, 250, keys, 2, TG_MATCH_BOTH, &inverse), err);
    const struct tg_tunable_key *k = inverse.tunable.keys;
    ck_assert_double_eq_tol(k[0].value / 30e3, 1, 0.03);
    ck_assert_double_eq_tol(k[1].value / 25, 1, 0.03);
    ck_assert(inverse.low[0] < 30e3 && 30e3 < inverse.high[0]);
    ck_assert(inverse.low[1] < 25 && 25 < inverse.high[1]);
    ck_assert_double_lt(inverse.high[0] / inverse.low[0], 1.1);
    ck_assert_uint_eq(inverse.held_out[TG_INVERSE_REPLY].count, 3);
    ck_assert_double_lt(inverse.held_out[TG_INVERSE_REPLY].mean, 0.03);
    ck_assert_double_lt(inverse.held_out[TG_INVERSE_LATENCY].mean, 0.15);
    tg_inverse_release(&inverse);
}
END_TEST

START_TEST(a_sum_of_costs_is_refused)
{
    static const char *const keys[] = {"server.costs.work", "server.costs.parse"};
    struct server start = constant;
    struct tg_inverse inverse;
    start.work_us = 70;
    ck_assert_int_eq(fit(constant, start, 60, keys, 2, TG_MATCH_BOTH, &inverse), TG_EINPUT);
    const char *named = strstr(err.text, "it identifies server.costs.work + server.costs.parse = ");
    ck_assert_msg(named, "%s", err.text);
    double us = strtod(strstr(named, "= ") + 2, NULL);
    ck_assert_double_eq_tol(us / 40, 1, 0.03);
}
END_TEST

START_TEST(what_throughput_does_not_tell_is_refused)
{
    static const char *const keys[] = {"link.latency"};
    struct tg_inverse inverse;
    ck_assert_int_eq(fit(exponential, exponential, 60, keys, 1, TG_MATCH_THROUGHPUT, &inverse), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "does not identify link.latency"), "%s", err.text);
}
END_TEST

START_TEST(a_curve_too_short_is_refused)
{
    static const char *const keys[] = {"link.latency", "server.costs.work"};
    struct tg_curve curve = {0};
    struct tg_curve_point point = tg_curve_unknown();
    struct tg_scenario scenario;
    struct tg_inverse inverse;
    struct tg_inverse_options options = {.threads = 1};
    point.values[TG_CURVE_OFFERED] = point.values[TG_CURVE_REPLY] = 1000;
    ck_assert_tg_ok(tg_curve_add(&curve, &point, &err), err);
    read_server(&scenario, exponential, 200, 1);
    ck_assert_int_eq(tg_inverse_fit(&scenario, "it", &curve, keys, 2, &options, &inverse, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "1 values to fit 2 unknowns"), "%s", err.text);
    tg_scenario_release(&scenario);
    tg_curve_release(&curve);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inverse");
    TCase *tc = tcase_create("curves");
    tcase_set_timeout(tc, 500);
    tcase_add_test(tc, two_hidden_values_are_recovered);
    tcase_add_test(tc, a_sum_of_costs_is_refused);
    tcase_add_test(tc, what_throughput_does_not_tell_is_refused);
    tcase_add_test(tc, a_curve_too_short_is_refused);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
