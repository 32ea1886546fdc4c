/* What one rate leaves behind for the next, where the workload has a pause. */
#include <string.h>

#include "tg_sweep.h"
#include "tg_test_scenario.h"

static const char profile[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {" COST(
        "work", "{\"family\": \"exponential\", \"parameters\": {\"mean\": \"100 us\"}}") "}}";

#define SERVER ", \"protocol\": \"tcp\", \"request\": [{\"cost\": \"work\"}]"
#define PORTS(gaps, pause, rates)                                                          \
    ", \"horizon\": \"1 s\", \"warm_up\": \"0 s\", \"replications\": 3, \"rates\": " rates \
    ", \"workload\": {\"ports\": 1000, \"gaps\": \"" gaps "\", \"pause\": \"" pause "\"}"

enum { RATES_MAX = 4, REPLICATIONS = 3 };

struct heard {
    struct tg_error err;
    size_t points;
    double rates[RATES_MAX];
    int64_t no_port[RATES_MAX][REPLICATIONS];
    char digests[TG_SHA256_HEX];
};

static int on_replication(void *context, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *err)
{
    struct heard *h = context;
    char both[2 * TG_SHA256_HEX] = "";
    (void)curve, (void)err;
    h->points += number == 0;
    h->rates[h->points - 1] = offered_per_s;
    h->no_port[h->points - 1][number] = result->lost[TG_LOSS_PORTS];
    tg_result_digest(result, both);
    strcat(both, h->digests);
    tg_sha256_bytes(both, strlen(both), h->digests);
    return TG_OK;
}

static void sweep(const char *keys, unsigned threads, struct heard *heard)
{
    struct tg_scenario scenario;
    struct tg_sweep_listener listener = {.context = heard, .replication = on_replication};
    *heard = (struct heard){0};
    tg_test_scenario_read(&scenario, profile, SERVER, "", keys);
    ck_assert_tg_ok(tg_sweep_run(&scenario, threads, &listener, &heard->err), heard->err);
    tg_scenario_release(&scenario);
}

/* 1,000 ports; the first second takes 599 of them, for a minute. */
START_TEST(ports_in_time_wait_are_handed_on)
{
    struct heard h;
    sweep(PORTS("deterministic", "1 s", "[\"600/s\", \"601/s\"]"), 1, &h);
    ck_assert_uint_eq(h.points, 2);
    for (int i = 0; i < REPLICATIONS; i++) {
        ck_assert_int_eq(h.no_port[0][i], 0);
        ck_assert_int_ge(h.no_port[1][i], 600 - 401 - 5);
        ck_assert_int_le(h.no_port[1][i], 600 - 401 + 5);
    }
}
END_TEST

START_TEST(rates_are_climbed_in_the_order_of_the_scenario)
{
    struct heard h;
    sweep(PORTS("deterministic", "1 s", "[\"601/s\", \"300/s\", \"600/s\"]"), 1, &h);
    ck_assert_double_eq(h.rates[0], 601);
    ck_assert_double_eq(h.rates[1], 300);
    ck_assert_int_eq(h.no_port[1][0], 0);
    ck_assert_int_gt(h.no_port[2][0], 400);
}
END_TEST

START_TEST(after_a_long_pause_all_ports_are_back)
{
    struct heard h;
    sweep(PORTS("deterministic", "61 s", "[\"600/s\", \"601/s\"]"), 1, &h);
    ck_assert_int_eq(h.no_port[1][0], 0);
}
END_TEST

START_TEST(without_a_pause_each_rate_begins_afresh)
{
    struct heard h;
    sweep(PORTS("deterministic", "0 s", "[\"600/s\", \"601/s\"]"), 1, &h);
    ck_assert_int_eq(h.no_port[1][0], 0);
}
END_TEST

START_TEST(threads_change_nothing)
{
    struct heard one, three;
    sweep(PORTS("exponential", "1 s", "[\"500/s\", \"700/s\", \"100/s\", \"400/s\"]"), 1, &one);
    sweep(PORTS("exponential", "1 s", "[\"500/s\", \"700/s\", \"100/s\", \"400/s\"]"), 3, &three);
    ck_assert_int_gt(one.no_port[1][2], 0);
    ck_assert_str_eq(one.digests, three.digests);
}
END_TEST

START_TEST(a_point_by_itself_begins_afresh)
{
    struct tg_scenario scenario;
    struct tg_sweep_point point;
    struct tg_error err;
    tg_test_scenario_read(&scenario, profile, SERVER, "", PORTS("deterministic", "1 s", "[\"600/s\"]"));
    for (int i = 0; i < 2; i++) {
        ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 900, 2, NULL, &point, &err), err);
        ck_assert_double_eq(point.lost_ratio[TG_LOSS_PORTS].mean, 0);
        ck_assert_double_eq_tol(point.metrics[TG_METRIC_PORTS_PEAK].mean, 899, 1);
    }
    /* More than there are. */
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 2000, 2, NULL, &point, &err), err);
    ck_assert_double_eq_tol(point.lost_ratio[TG_LOSS_PORTS].mean, 0.5, 0.01);
    ck_assert_double_eq(point.metrics[TG_METRIC_PORTS_PEAK].mean, 1000);
    tg_scenario_release(&scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ladder");
    TCase *tc = tcase_create("ladder");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, ports_in_time_wait_are_handed_on);
    tcase_add_test(tc, rates_are_climbed_in_the_order_of_the_scenario);
    tcase_add_test(tc, after_a_long_pause_all_ports_are_back);
    tcase_add_test(tc, without_a_pause_each_rate_begins_afresh);
    tcase_add_test(tc, threads_change_nothing);
    tcase_add_test(tc, a_point_by_itself_begins_afresh);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
