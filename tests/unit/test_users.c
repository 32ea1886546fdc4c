/* Closed clients against the closed form of M/M/1//N, the machine-repairman model: N users who think for an
 * exponential time of mean Z, one exponential server of mean s. Throughput X and response time R by exact
 * mean value analysis (Reiser and Lavenberg, 1980): R(n) = s (1 + Q(n - 1)), X(n) = n / (Z + R(n)),
 * Q(n) = X(n) R(n). */
#include <math.h>
#include <string.h>

#include "tg_interval.h"
#include "tg_sweep.h"
#include "tg_test_scenario.h"

static const char profile[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", "
    "\"costs\": {" COST("millisecond", "{\"family\": \"exponential\", \"parameters\": {\"mean\": "
                                       "\"1 ms\"}}") ", " COST("tenth", "{\"family\": \"exponential\", "
                                                                        "\"parameters\": {\"mean\": \"100 "
                                                                        "us\"}}") "}}";

#define SERVER(cost) ", \"queue_limit\": 10000, \"request\": [{\"cost\": \"" cost "\"}]"

struct repairman {
    double throughput_per_s, response_s;
};

static struct repairman repairman(int users, double think_s, double service_s)
{
    struct repairman m = {0};
    double queue = 0;
    for (int n = 1; n <= users; n++) {
        m.response_s = service_s * (1 + queue);
        m.throughput_per_s = n / (think_s + m.response_s);
        queue = m.throughput_per_s * m.response_s;
    }
    return m;
}

/* Student's interval, widened from 95 % to 99.99 %. */
static void assert_near(struct tg_estimate e, double exact)
{
    double half = (e.high - e.mean) * tg_interval_t(0.9999, e.freedom) / tg_interval_t(0.95, e.freedom);
    ck_assert_msg(fabs(e.mean - exact) <= half, "%g is not within %g of %g", e.mean, half, exact);
}

/* Eight comparisons at 99.99 %: a false alarm in less than 0.1 % of all seeds. */
START_TEST(users_follow_the_machine_repairman)
{
    static const int users[] = {3, 8, 12, 30};
    static const char keys[] =
        ", \"horizon\": \"20 s\", \"warm_up\": \"1 s\", \"replications\": 10, \"seed\": 4, \"workload\": "
        "{\"client\": \"closed\", \"think\": \"10 ms\", \"timeout\": \"100 s\", \"drain\": \"1 s\"}";
    struct tg_scenario scenario;
    struct tg_sweep_point point;
    struct tg_error err;
    tg_test_scenario_read(&scenario, profile, SERVER("millisecond"), "", keys);
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, users[_i] / 0.010, 2, NULL, &point, &err), err);
    struct repairman exact = repairman(users[_i], 0.010, 0.001);
    assert_near(point.metrics[TG_METRIC_REPLY_PER_S], exact.throughput_per_s);
    assert_near(point.metrics[TG_METRIC_MEAN_PS], exact.response_s * 1e12);
    tg_scenario_release(&scenario);
}
END_TEST

struct heard {
    struct tg_estimate saturation_per_s;
    char limited_by[96];
    size_t points, count;
    double rates[32];
};

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct heard *h = context;
    (void)err;
    h->saturation_per_s = curve->saturation_per_s;
    strcpy(h->limited_by, curve->limited_by);
    h->count = curve->point_count;
    return TG_OK;
}

static int on_point(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                    struct tg_error *err)
{
    struct heard *h = context;
    (void)curve, (void)err;
    h->rates[h->points++] = point->offered_per_s;
    return TG_OK;
}

#define SHORT(think, more)                                                                     \
    ", \"horizon\": \"1200 ms\", \"warm_up\": \"400 ms\", \"replications\": 4, \"workload\": " \
    "{\"client\": \"closed\", \"think\": \"" think "\", \"timeout\": \"100 s\"" more "}"

/* Replies are 98 % of the nominal rate where users spend 2 % of their time waiting. The search compares the
 * time spent thinking, so that 1,000 users in 0.8 s do: the requests of so few would scatter by 1 %. The
 * tolerance is for the finite run, not for chance. */
START_TEST(saturation_is_where_users_wait_for_two_percent)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_listener listener = {.context = &h, .curve = on_curve, .point = on_point};
    int users = 1;
    while (repairman(users + 1, 0.1, 0.0001).throughput_per_s * 0.1 >= 0.98 * (users + 1))
        users++;
    tg_test_scenario_read(&scenario, profile, SERVER("tenth"), "", SHORT("100 ms", ""));
    ck_assert_tg_ok(tg_sweep_run(&scenario, 2, &listener, &err), err);
    double exact = repairman(users, 0.1, 0.0001).throughput_per_s;
    ck_assert_msg(fabs(h.saturation_per_s.mean / exact - 1) < 0.02, "%g, not %g", h.saturation_per_s.mean,
                  exact);
    ck_assert_double_lt(h.saturation_per_s.high - h.saturation_per_s.low, 0.05 * exact);
    ck_assert_uint_eq(h.points, h.count);
    for (size_t i = 0; i < h.points; i++)
        /* Whole users, each rate higher than the one before. */
        ck_assert(fabs(h.rates[i] * 0.1 - round(h.rates[i] * 0.1)) < 1e-9 &&
                  (!i || h.rates[i] > h.rates[i - 1]));
    tg_scenario_release(&scenario);
}
END_TEST

START_TEST(users_may_run_out_of_descriptors)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_listener listener = {.context = &h, .curve = on_curve, .point = on_point};
    tg_test_scenario_read(&scenario, profile, SERVER("tenth"), "", SHORT("100 ms", ", \"descriptors\": 100"));
    ck_assert_tg_ok(tg_sweep_run(&scenario, 1, &listener, &err), err);
    ck_assert_str_eq(h.limited_by, "client descriptors");
    ck_assert_double_eq_tol(h.saturation_per_s.mean, 1000, 10);
    ck_assert_double_le(h.rates[h.points - 1], 1000.001);
    tg_scenario_release(&scenario);
}
END_TEST

/* Thinking for 10 ms and waiting for 1: a single user waits too long for any rate to be sustained. */
START_TEST(where_no_rate_is_sustained_it_is_said)
{
    struct tg_scenario scenario;
    struct tg_error err;
    struct heard h = {0};
    struct tg_sweep_listener listener = {.context = &h, .curve = on_curve, .point = on_point};
    tg_test_scenario_read(&scenario, profile, SERVER("millisecond"), "", SHORT("10 ms", ""));
    ck_assert_int_eq(tg_sweep_run(&scenario, 1, &listener, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "no rate is sustained") != NULL, "%s", err.text);
    tg_scenario_release(&scenario);
    tg_test_scenario_read(&scenario, profile, SERVER("millisecond"), "",
                          SHORT("10 ms", "") ", \"rates\": [\"300/s\"]");
    ck_assert_tg_ok(tg_sweep_run(&scenario, 1, &listener, &err), err);
    ck_assert(isnan(h.saturation_per_s.mean));
    ck_assert_str_eq(h.limited_by, "users' waiting");
    ck_assert_uint_eq(h.points, 1);
    tg_scenario_release(&scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("users");
    TCase *tc = tcase_create("users");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, users_follow_the_machine_repairman, 0, 4);
    tcase_add_test(tc, saturation_is_where_users_wait_for_two_percent);
    tcase_add_test(tc, users_may_run_out_of_descriptors);
    tcase_add_test(tc, where_no_rate_is_sustained_it_is_said);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
