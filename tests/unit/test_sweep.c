/* The sweep: what it tells, in which order, and that threads and interrupts change nothing of what is told.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_sweep.h"
#include "tg_test.h"

static struct tg_error err;

#define COST(name, law) "\"" name "\": {\"law\": " law ", \"provenance\": \"assumed\", \"source\": \"t\"}"

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {" COST(
        "irq",
        "\"1 us\"") ", " COST("packet_receive",
                              "\"1 us\"") ", " COST("wakeup",
                                                    "\"2 us\"") ", " COST("udp_receive",
                                                                          "{\"family\": \"exponential\", "
                                                                          "\"parameters\": {\"mean\": \"20 "
                                                                          "us\"}}") ", " COST("udp_send",
                                                                                              "\"2 us\"") "}"
                                                                                                          "}";

static const char scenario_text[] = "{\"format\": \"tollgate scenario\", \"version\": 1, \"server\": "
                                    "\"udp-responder\", \"techniques\": [\"process\"],"
                                    " \"horizon\": \"40 ms\", \"warm_up\": \"5 ms\", \"replications\": 70, "
                                    "\"rates\": [\"10k/s\", \"20k/s\"]}";

static void read_scenario(struct tg_scenario *scenario)
{
    char profile[] = "/tmp/tollgate-test-XXXXXX";
    int fd = mkstemp(profile);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    fputs(profile_text, f);
    fclose(f);
    cJSON *json = cJSON_Parse(scenario_text);
    ck_assert_ptr_nonnull(json);
    ck_assert_tg_ok(tg_scenario_read_json(json, "s", profile, scenario, &err), err);
    cJSON_Delete(json);
    remove(profile);
}

/* What was told, as one hash of all digests, and counts. */
struct heard {
    char digests[TG_SHA256_HEX];
    size_t replications, points, curves, last_number;
    bool in_order;
    size_t stop_after; /* jobs; 0: never */
    size_t asked;
};

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *e)
{
    struct heard *h = context;
    (void)e;
    h->curves++;
    ck_assert_uint_eq(curve->point_count, 2);
    return TG_OK;
}

static int on_replication(void *context, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *e)
{
    struct heard *h = context;
    char both[2 * TG_SHA256_HEX] = "";
    (void)curve, (void)e;
    ck_assert_double_eq(result->offered_per_s, offered_per_s);
    h->in_order &= number == 0 || number > h->last_number;
    h->last_number = number;
    tg_result_digest(result, both);
    strcat(both, h->digests);
    tg_sha256_bytes(both, strlen(both), h->digests);
    h->replications++;
    return TG_OK;
}

static int on_point(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                    struct tg_error *e)
{
    struct heard *h = context;
    (void)curve, (void)e;
    h->points++;
    ck_assert_uint_eq(point->replications, 70);
    /* The parts of the toll add up to the mean latency. */
    double sum = 0;
    for (uint32_t i = 0; i < curve->path->cost_count; i++)
        sum += point->paid_ps[i].mean;
    for (unsigned i = 0; i < curve->path->wait_count; i++)
        sum += point->waited_ps[i].mean;
    ck_assert_double_eq_tol(sum / point->metrics[TG_METRIC_MEAN_PS].mean, 1, 1e-9);
    return TG_OK;
}

static bool interrupted(void *context)
{
    struct heard *h = context;
    return h->stop_after && ++h->asked > h->stop_after;
}

static int sweep(unsigned threads, size_t stop_after, struct heard *heard)
{
    struct tg_scenario scenario;
    read_scenario(&scenario);
    *heard = (struct heard){.in_order = true, .stop_after = stop_after};
    struct tg_sweep_listener listener = {.context = heard,
                                         .curve = on_curve,
                                         .replication = on_replication,
                                         .point = on_point,
                                         .interrupted = interrupted};
    int rc = tg_sweep_run(&scenario, threads, &listener, &err);
    tg_scenario_release(&scenario);
    return rc;
}

START_TEST(threads_change_nothing)
{
    struct heard one, three;
    ck_assert_tg_ok(sweep(1, 0, &one), err);
    ck_assert_tg_ok(sweep(3, 0, &three), err);
    ck_assert_uint_eq(one.replications, 140);
    ck_assert_uint_eq(one.points, 2);
    ck_assert_uint_eq(one.curves, 1);
    ck_assert(one.in_order && three.in_order);
    ck_assert_str_eq(one.digests, three.digests);
}
END_TEST

START_TEST(an_interrupt_keeps_what_is_complete)
{
    struct heard heard;
    /* 1 pilot, 70 bisections, then replications: 30 of the first point are begun. */
    ck_assert_int_eq(sweep(2, 101, &heard), TG_EINTERRUPTED);
    ck_assert_uint_eq(heard.curves, 1);
    ck_assert_uint_eq(heard.replications, 30);
    ck_assert_uint_eq(heard.points, 0);
    ck_assert_int_eq(sweep(2, 5, &heard), TG_EINTERRUPTED);
    ck_assert_uint_eq(heard.curves, 0);
}
END_TEST

START_TEST(saturation_is_where_the_rule_says)
{
    struct tg_scenario scenario;
    struct tg_sweep_point below, above;
    read_scenario(&scenario);
    scenario.replications = 20;
    /* Capacity is 1 / (1 + 20 + 0.5 + 2 us), 42,500 a second; in so short a run the queue takes some 10 %
     * more. */
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 38000, 2, NULL, &below, &err), err);
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 60000, 2, NULL, &above, &err), err);
    ck_assert_double_lt(below.metrics[TG_METRIC_LOST_RATIO].mean, 0.02);
    ck_assert_double_gt(above.metrics[TG_METRIC_LOST_RATIO].mean, 0.02);
    tg_scenario_release(&scenario);
}
END_TEST

START_TEST(estimates_stay_where_values_can_be)
{
    const double values[] = {0, 0, 0, 9}, none[] = {NAN, NAN}, some[] = {NAN, 2, NAN, 4};
    struct tg_estimate e = tg_metric_estimate(values, 1, 4);
    ck_assert_double_eq(e.low, 0);
    ck_assert_double_gt(e.high, 9);
    ck_assert(isnan(tg_metric_estimate(none, 1, 2).mean));
    ck_assert_double_eq(tg_metric_estimate(some, 1, 4).mean, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tc = tcase_create("sweep");
    tcase_add_test(tc, threads_change_nothing);
    tcase_add_test(tc, an_interrupt_keeps_what_is_complete);
    tcase_add_test(tc, saturation_is_where_the_rule_says);
    tcase_add_test(tc, estimates_stay_where_values_can_be);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
