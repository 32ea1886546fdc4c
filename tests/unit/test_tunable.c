/* Values of a scenario set by key: what is read back is what was set, and what cannot be set is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_json.h"
#include "tg_test.h"
#include "tg_tunable.h"

static struct tg_error err;

static const char profile_text[] = "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"small\", "
                                   "\"clock\": \"1 GHz\", \"costs\": {"
                                   "\"irq\": {\"law\": {\"family\": \"exponential\", \"parameters\": "
                                   "{\"mean\": \"2 us\"}}, \"mean_ns\": 2000, "
                                   "\"low_ns\": 1990, \"high_ns\": 2010, \"samples\": 5000, \"provenance\": "
                                   "\"measured\", \"source\": \"t\"}}, "
                                   "\"jitter\": [{\"name\": \"ticks\", \"rate\": \"250/s\", \"arrivals\": "
                                   "\"periodic\", \"length\": \"5 us\", "
                                   "\"provenance\": \"assumed\", \"source\": \"x\"}]}";

static const char scenario_text[] =
    "{\"format\": \"tollgate scenario\", \"version\": 1, \"profile\": \"small\", \"server\": {\"format\": "
    "\"tollgate server\", \"version\": 1, \"name\": \"s\", \"interrupt\": [{\"cost\": \"irq\", \"count\": "
    "{\"value\": 2, \"low\": 1, \"high\": 3, \"source\": \"a guess\"}}], \"queue_limit\": 64, "
    "\"request\": [{\"cost\": \"work\"}], \"costs\": {\"work\": {\"law\": \"30 us\", \"provenance\": "
    "\"assumed\", "
    "\"source\": \"x\"}}}, \"techniques\": [{\"format\": \"tollgate technique\", \"version\": 1, \"name\": "
    "\"plain\", \"title\": \"plain\", \"rules\": []}], \"link\": {\"latency\": \"25 us\"}}";

static const char *latency_of(const struct tg_scenario *scenario)
{
    const cJSON *link = cJSON_GetObjectItemCaseSensitive(scenario->system, "link");
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(link, "latency"));
}

static void make(struct tg_scenario *scenario, struct tg_tunable *tunable)
{
    ck_assert_tg_ok(tg_scenario_read_printed(scenario_text, profile_text, "it", scenario, &err), err);
    ck_assert_tg_ok(tg_tunable_init(tunable, scenario, "it", &err), err);
}

static const struct {
    const char *key, *unit;
    double start, unit_s;
} good[] = {
    {"link.latency", " us", 25, 1e-6},
    {"server.costs.work", " ns", 30000, 1e-9},
    {"server.interrupt[irq].count", "", 2, 0},
    {"profile.costs.irq.mean", " ns", 2000, 1e-9},
    {"profile.jitter[ticks].rate", "/s", 250, 0},
};

START_TEST(keys_are_found_and_set)
{
    struct tg_scenario scenario, made;
    struct tg_tunable t;
    make(&scenario, &t);
    for (size_t i = 0; i < TG_COUNT(good); i++) {
        ck_assert_tg_ok(tg_tunable_add(&t, good[i].key, &err), err);
        ck_assert_double_eq_tol(t.keys[i].start / good[i].start, 1, 1e-12);
        ck_assert_str_eq(t.keys[i].unit, good[i].unit);
        ck_assert_double_eq(t.keys[i].unit_s, good[i].unit_s);
        tg_tunable_set(&t, i, 1.5 * t.keys[i].start);
    }
    ck_assert_tg_ok(tg_tunable_make(&t, &made, &err), err);
    ck_assert_str_eq(latency_of(&made), "37.5 us");
    ck_assert_double_eq_tol(tg_dist_mean(&made.server.costs.items[0].law), 45000, 1e-6);
    ck_assert_double_eq_tol(made.server.points[TG_POINT_INTERRUPT].items[0].count, 3, 1e-12);
    /* The law keeps its form, and what was known of the samples is gone. */
    const struct tg_price *irq = tg_profile_price(&made.profile, "irq");
    ck_assert_double_eq_tol(tg_dist_mean(&irq->law), 3000, 1e-6);
    ck_assert_double_eq_tol(tg_dist_quantile(&irq->law, 0.5), 3000 * log(2), 1e-6);
    ck_assert_double_eq_tol(irq->mean_ns, 3000, 1e-6);
    ck_assert_int_eq(irq->samples, 0);
    ck_assert_double_eq_tol(made.profile.noises[0].rate_per_s, 375, 1e-9);
    tg_scenario_release(&made);
    /* And again: a second setting does not build on the first. */
    tg_tunable_set(&t, 3, 2000);
    ck_assert_tg_ok(tg_tunable_make(&t, &made, &err), err);
    ck_assert_double_eq_tol(tg_dist_mean(&tg_profile_price(&made.profile, "irq")->law), 2000, 1e-6);
    tg_scenario_release(&made);
    tg_tunable_release(&t);
    tg_scenario_release(&scenario);
}
END_TEST

static const char *const bad[][2] = {
    {"server.costs.wrk", "did you mean 'work'?"},
    {"link.rate", "there is latency"},
    {"server.costs", "neither a number"},
    {"title", "which is no quantity"},
    {"server..costs", "is no key"},
    {"techniques[other]", "there is plain"},
    {"server.costs.work.law", "are the same value"},
};

START_TEST(what_cannot_be_set_is_refused)
{
    struct tg_scenario scenario, made;
    struct tg_tunable t;
    make(&scenario, &t);
    ck_assert_tg_ok(tg_tunable_add(&t, "server.costs.work", &err), err);
    for (size_t i = 0; i < TG_COUNT(bad); i++) {
        ck_assert_int_eq(tg_tunable_add(&t, bad[i][0], &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i][1]), "%s: %s", bad[i][0], err.text);
    }
    /* What the scenario's reader refuses is its error. */
    ck_assert_tg_ok(tg_tunable_add(&t, "server.queue_limit", &err), err);
    tg_tunable_set(&t, 1, 12.5);
    ck_assert_int_eq(tg_tunable_make(&t, &made, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "whole number"), "%s", err.text);
    tg_tunable_release(&t);
    tg_scenario_release(&scenario);
}
END_TEST

START_TEST(a_fitted_scenario_is_written_and_read)
{
    struct tg_scenario scenario, made;
    struct tg_tunable t;
    char folder[] = "/tmp/tunable-XXXXXX", path[64], beside[64];
    make(&scenario, &t);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/new.json", folder);
    snprintf(beside, sizeof beside, "%s/new-profile.json", folder);
    ck_assert_tg_ok(tg_tunable_add(&t, "server.costs.work", &err), err);
    ck_assert_tg_ok(tg_tunable_add(&t, "profile.costs.irq", &err), err);
    ck_assert_tg_ok(tg_tunable_add(&t, "link.latency", &err), err);
    for (size_t i = 0; i < 3; i++) {
        tg_tunable_set(&t, i, 2 * t.keys[i].start);
        ck_assert_tg_ok(tg_tunable_tag(&t, i, 1.9 * t.keys[i].start, 2.1 * t.keys[i].start, "c.csv", &err),
                        err);
    }
    ck_assert_tg_ok(tg_tunable_write(&t, path, "small", &err), err);
    ck_assert_tg_ok(tg_scenario_read_file(path, NULL, &made, &err), err);
    const struct tg_price *irq = tg_profile_price(&made.profile, "irq"), *work = made.server.costs.items;
    ck_assert_int_eq(irq->provenance, TG_FITTED);
    ck_assert_int_eq(work->provenance, TG_FITTED);
    ck_assert_str_eq(work->source, "c.csv");
    ck_assert_double_eq_tol(work->mean_ns, 60000, 1e-6);
    ck_assert_double_eq_tol(work->low_ns, 57000, 1e-6);
    ck_assert_double_eq_tol(irq->mean_ns, 4000, 1e-6);
    ck_assert_str_eq(latency_of(&made), "50 us");
    tg_scenario_release(&made);
    unlink(path);
    unlink(beside);
    ck_assert_int_eq(rmdir(folder), 0);
    tg_tunable_release(&t);
    tg_scenario_release(&scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tunable");
    TCase *tc = tcase_create("keys");
    tcase_add_test(tc, keys_are_found_and_set);
    tcase_add_test(tc, what_cannot_be_set_is_refused);
    tcase_add_test(tc, a_fitted_scenario_is_written_and_read);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
