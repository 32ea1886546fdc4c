/* What a sweep says saturates, each case made so that only one thing can; and the parts of a toll. */
#include <math.h>
#include <string.h>

#include "tg_sweep.h"
#include "tg_test_scenario.h"

static const char profile[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", "
    "\"costs\": {" US("work", "100") ", " US("more", "30") ", " US("gate", "7") ", " US("packet", "20") "}}";

#define TCP ", \"protocol\": \"tcp\""
#define WORK ", \"request\": [{\"cost\": \"work\"}, {\"cost\": \"more\"}]"
#define KEYS(workload, more)                                                                        \
    ", \"horizon\": \"1 s\", \"warm_up\": \"100 ms\", \"replications\": 2, \"rates\": [\"10/s\"], " \
    "\"workload\": {\"gaps\": \"deterministic\"" workload "}" more
#define DRIVER                                                                            \
    ", \"rules\": [{\"hop\": {\"name\": \"dom0\", \"direction\": \"receive\", \"core\": " \
    "\"driver_domain\", \"packet\": [{\"cost\": \"work\"}, {\"cost\": \"work\"}, {\"cost\": \"work\"}]}}]"

static const struct {
    const char *limit, *server, *technique, *keys;
    double low_per_s, high_per_s; /* of the saturation throughput */
} cases[] = {
    {"server CPU, mostly work", WORK, "", KEYS("", ""), 7600, 8000},
    {"driver domain CPU", WORK, DRIVER, KEYS("", ""), 3300, 3700},
    /* Eight packets of 100 us, and opening: free. */
    {"client CPU", TCP WORK, "",
     KEYS(", \"client_packet_out\": [{\"cost\": \"slow\"}], \"client_packet_in\": [{\"cost\": \"slow\"}], "
          "\"costs\": {" US("slow", "100") "}",
          ""),
     1100, 1300},
    {"client ports", TCP WORK, "", KEYS(", \"ports\": 500", ""), 490, 570},
    /* Five at a time, each for two round trips of 20 ms and the close's. */
    {"client descriptors", TCP WORK, "", KEYS(", \"descriptors\": 5", ", \"link\": {\"latency\": \"10 ms\"}"),
     75, 130},
    /* 20 connections have room, and each lasts three round trips. */
    {"memory", TCP WORK, "",
     KEYS("", ", \"link\": {\"latency\": \"10 ms\"}, \"memory\": {\"limit\": \"1 MB\", \"connection\": "
              "\"50 kB\"}"),
     250, 700},
    {"memory", TCP WORK, "",
     KEYS("", ", \"link\": {\"latency\": \"10 ms\"}, \"memory\": {\"limit\": \"1 MB\", \"connection\": "
              "\"50 kB\", \"when_full\": \"crash\"}"),
     250, 700},
    /* 125,000 bytes a second. */
    {"link", WORK, "",
     KEYS(", \"reply_size\": \"1000 B\"", ", \"link\": {\"rate\": \"1 Mb/s\", \"queue\": 5}"), 120, 135},
    {"server workers", TCP WORK ", \"workers\": 2, \"holds\": \"connection\"", "",
     KEYS("", ", \"link\": {\"latency\": \"10 ms\"}, \"tcp\": {\"accept_queue\": 4}"), 40, 110},
    /* One request at a time, for a round trip and its service. */
    {"client window", WORK, "",
     KEYS(", \"client\": \"window\", \"window\": 1, \"timeout\": \"5 s\"",
          ", \"link\": {\"latency\": \"5 ms\"}"),
     96, 103},
    {"server CPU, mostly work", WORK, "",
     KEYS(", \"client\": \"window\", \"window\": 20, \"timeout\": \"5 s\"", ""), 7600, 7850},
};

struct heard {
    char limited_by[96];
    struct tg_estimate saturation_per_s;
    struct tg_sweep_toll toll;
    double latency_ps;
    size_t tolls;
};

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct heard *h = context;
    (void)err;
    strcpy(h->limited_by, curve->limited_by);
    h->saturation_per_s = curve->saturation_per_s;
    return TG_OK;
}

static int on_toll(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                   const struct tg_sweep_toll *toll, struct tg_error *err)
{
    struct heard *h = context;
    (void)curve, (void)err;
    h->toll = *toll;
    h->latency_ps = point->metrics[TG_METRIC_MEAN_PS].mean;
    h->tolls++;
    return TG_OK;
}

START_TEST(what_saturates_is_named)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_listener listener = {.context = &h, .curve = on_curve};
    tg_test_scenario_read(&scenario, profile, cases[_i].server, cases[_i].technique, cases[_i].keys);
    ck_assert_tg_ok(tg_sweep_run(&scenario, 1, &listener, &err), err);
    ck_assert_str_eq(h.limited_by, cases[_i].limit);
    ck_assert_double_ge(h.saturation_per_s.mean, cases[_i].low_per_s);
    ck_assert_double_le(h.saturation_per_s.mean, cases[_i].high_per_s);
    tg_scenario_release(&scenario);
}
END_TEST

/* The crossing into the plugin is isolation, the copy beside it is not; the plain path has neither. */
#define PARTS_RULES                                                                                  \
    ", \"isolation\": [\"gate\"], \"rules\": [{\"at\": \"request\", \"add\": [{\"cost\": \"gate\", " \
    "\"count\": 2}, {\"cost\": \"packet\"}]}]"

START_TEST(the_parts_of_a_toll_add_up)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_point point;
    struct tg_sweep_listener listener = {.context = &h, .toll = on_toll};
    tg_test_scenario_read(&scenario, profile, WORK, PARTS_RULES, KEYS("", ""));
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 100, 1, &listener, &point, &err), err);
    ck_assert_uint_eq(h.tolls, 1);
    ck_assert_double_eq(h.toll.plain_ps.mean, 130e6);
    ck_assert_double_eq(h.toll.isolation_ps.mean, 14e6);
    ck_assert_double_eq(h.toll.work_ps.mean, 20e6);
    ck_assert_double_eq(h.toll.wait_ps.mean, 0);
    /* Near saturation they still add up, and most of the rest is waiting. */
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 6500, 1, &listener, &point, &err), err);
    double sum = h.toll.plain_ps.mean + h.toll.isolation_ps.mean + h.toll.work_ps.mean + h.toll.wait_ps.mean;
    ck_assert_double_eq_tol(sum / h.latency_ps, 1, 1e-12);
    ck_assert_double_gt(h.toll.wait_ps.mean, 1e9);
    /* A sweep tells of one point a technique: that nearest to half of the saturation. */
    h.tolls = 0;
    ck_assert_tg_ok(tg_sweep_run(&scenario, 1, &listener, &err), err);
    ck_assert_uint_eq(h.tolls, 1);
    tg_scenario_release(&scenario);
}
END_TEST

/* A technique may save more than it costs. */
START_TEST(parts_may_be_negative)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_point point;
    struct tg_sweep_listener listener = {.context = &h, .toll = on_toll};
    tg_test_scenario_read(&scenario, profile, WORK, ", \"rules\": [{\"for\": \"more\", \"use\": []}]",
                          KEYS("", ""));
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 100, 1, &listener, &point, &err), err);
    ck_assert_double_eq(h.toll.work_ps.mean, -30e6);
    ck_assert_double_eq(h.toll.work_ps.low, -30e6);
    tg_scenario_release(&scenario);
}
END_TEST

/* Without a price that the plain path needs there is nothing to compare with, and no fault. */
START_TEST(a_server_may_run_under_its_technique_alone)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_point point;
    struct tg_sweep_listener listener = {.context = &h, .toll = on_toll};
    tg_test_scenario_read(&scenario, profile, ", \"request\": [{\"cost\": \"strange\"}]",
                          ", \"rules\": [{\"for\": \"strange\", \"use\": [{\"cost\": \"work\"}]}]",
                          KEYS("", ""));
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 100, 1, &listener, &point, &err), err);
    ck_assert_uint_eq(h.tolls, 0);
    tg_scenario_release(&scenario);
}
END_TEST

START_TEST(losses_and_peaks_are_told)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct tg_sweep_point p;
    tg_test_scenario_read(&scenario, profile, TCP WORK, "",
                          KEYS(", \"ports\": 90",
                               ", \"memory\": {\"limit\": \"1 MB\", \"connection\": \"1 kB\", "
                               "\"closed\": \"20 kB\", \"when_full\": \"crash\"}"));
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 60, 1, NULL, &p, &err), err);
    /* 48 closed connections fill the memory; after that the server is dead, and no SYN is answered. */
    ck_assert_double_eq(p.metrics[TG_METRIC_CRASHED].mean, 1);
    ck_assert_double_gt(p.metrics[TG_METRIC_MEMORY_PEAK_BYTES].mean, 0.95e6);
    ck_assert_double_le(p.metrics[TG_METRIC_MEMORY_PEAK_BYTES].mean, 1e6);
    ck_assert_double_gt(p.dropped_ratio[TG_LOSS_CRASH].mean, 0.1);
    ck_assert_double_eq(p.lost_ratio[TG_LOSS_PORTS].mean, 0);
    ck_assert_double_gt(p.metrics[TG_METRIC_DESCRIPTORS_PEAK].mean, 5);
    ck_assert_double_eq(p.metrics[TG_METRIC_CLIENT_UTILIZATION].mean, 0);
    tg_scenario_release(&scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits");
    TCase *tc = tcase_create("limits");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, what_saturates_is_named, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, the_parts_of_a_toll_add_up);
    tcase_add_test(tc, parts_may_be_negative);
    tcase_add_test(tc, a_server_may_run_under_its_technique_alone);
    tcase_add_test(tc, losses_and_peaks_are_told);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
