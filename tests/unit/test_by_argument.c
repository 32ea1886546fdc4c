/* Prices by argument: what is read and refused, which law counts where, and what a server whose core was idle
 * for a known time then takes. */
#include <math.h>
#include <string.h>

#include "tg_json.h"
#include "tg_priors.h"
#include "tg_test_world.h"

#define AT(argument, law) "{\"at\": " argument ", \"law\": " law "}"
#define PRICE(more_keys) \
    "\"wake\": {\"law\": \"10 us\", \"provenance\": \"assumed\", \"source\": \"t\"" more_keys "}"
#define BY(argument, from, more) \
    ", \"by_argument\": {\"argument\": \"" argument "\", \"from\": " from ", \"more\": [" more "]}"
#define PROFILE(price)                                                                       \
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {" price \
    ", \"work\": {\"law\": \"5 us\", \"provenance\": \"assumed\", \"source\": \"t\"}}}"

#define THREE BY("idle_ns", "10000", AT("50000", "\"20 us\"") ", " AT("200000", "\"40 us\""))

static struct tg_error err;

static struct tg_profile read_profile(const char *text)
{
    struct tg_profile profile;
    ck_assert_tg_ok(tg_profile_read_text(text, "p.json", &profile, &err), err);
    return profile;
}

START_TEST(a_price_knows_its_arguments)
{
    struct tg_profile p = read_profile(PROFILE(PRICE(
        BY("idle_ns", "10000",
           "{\"at\": 50000, \"law\": \"20 us\", \"mean_ns\": 20500, \"low_ns\": 19000, \"high_ns\": 22000,"
           " \"median_ns\": 20000, \"samples\": 7}, " AT("200000", "\"40 us\"")))));
    const struct tg_by_argument *by = &tg_profile_price(&p, "wake")->by_argument;
    ck_assert_str_eq(by->argument, "idle_ns");
    ck_assert_double_eq(by->from, 10000);
    ck_assert_uint_eq(by->count, 2);
    ck_assert_double_eq(by->more[0].at, 50000);
    ck_assert_double_eq(by->more[0].mean_ns, 20500);
    ck_assert_double_eq(by->more[0].low_ns, 19000);
    ck_assert_double_eq(by->more[0].high_ns, 22000);
    ck_assert_int_eq(by->more[0].samples, 7);
    ck_assert_double_eq_tol(by->more[1].mean_ns, 40000, 1e-9);
    ck_assert(isnan(by->more[1].low_ns));
    ck_assert_ptr_null(tg_profile_price(&p, "work")->by_argument.argument);
    tg_profile_release(&p);
}
END_TEST

static const struct {
    const char *text, *says;
} bad[] = {
    {PROFILE(PRICE(BY("idle_ns", "10", AT("50", "\"1 us\"") ", " AT("50", "\"2 us\"")))),
     "p.json: costs.wake.by_argument.more[1].at: 50 is not above 50, which comes before it"},
    {PROFILE(PRICE(BY("idle_ns", "10", AT("9", "\"1 us\"")))),
     "p.json: costs.wake.by_argument.more[0].at: 9 is not above 10, which comes before it"},
    {PROFILE(PRICE(BY("idle_ns", "10", ""))), "costs.wake.by_argument.more: expected a list of at least one"},
    {PROFILE(PRICE(
         BY("idle_ns", "10",
            AT("50",
               "{\"family\": \"normal\", \"parameters\": {\"mean\": \"1 us\", \"deviation\": \"1 us\"}}")))),
     "costs.wake.by_argument.more[0].law: a cost must not be negative"},
    {PROFILE(PRICE(BY("idle_ns", "10", "{\"at\": 50}"))),
     "costs.wake.by_argument.more[0].law: required key is missing"},
    {PROFILE(PRICE(BY("idle_ns", "10", "{\"ta\": 50}"))), "did you mean 'at'?"},
    {PROFILE(PRICE(", \"by_argument\": {\"from\": 10, \"more\": [" AT("50", "\"1 us\"") "]}")),
     "costs.wake.by_argument.argument: required key is missing"},
    {PROFILE(PRICE(", \"by_argument\": [1]")), "costs.wake.by_argument"},
};

START_TEST(what_makes_no_sense_is_refused)
{
    struct tg_profile p;
    err = (struct tg_error){0};
    ck_assert_int_eq(tg_profile_read_text(bad[_i].text, "p.json", &p, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
}
END_TEST

/* At the ends, beyond them and at what was measured one law counts; in between the share of the one above. */
START_TEST(the_law_follows_the_argument)
{
    enum { DRAWS = 100000 };
    static const struct {
        double argument, mean_ns;
        bool sure;
    } cases[] = {{-1, 10000, true},      {0, 10000, true},       {10000, 10000, true},  {50000, 20000, true},
                 {200000, 40000, true},  {1e12, 40000, true},    {30000, 15000, false}, {20000, 12500, false},
                 {125000, 30000, false}, {185000, 38000, false}, {10400, 10100, false}};
    struct tg_profile p = read_profile(PROFILE(PRICE(THREE)));
    const struct tg_price *wake = tg_profile_price(&p, "wake");
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, "by argument");
    for (size_t i = 0; i < TG_COUNT(cases); i++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < DRAWS; k++) {
            const struct tg_dist *law =
                tg_by_argument_choose(&wake->by_argument, &wake->law, cases[i].argument, &rng);
            double ns = tg_dist_mean(law);
            ck_assert(ns == 10000 || ns == 20000 || ns == 40000);
            sum += ns;
            squares += ns * ns;
        }
        double mean = sum / DRAWS, spread = sqrt(fmax(0, squares / DRAWS - mean * mean));
        ck_assert_int_eq(spread == 0, cases[i].sure);
        /* Five standard errors: once in 1.7 million seeds and case. */
        ck_assert_double_eq_tol(mean, cases[i].mean_ns, 5 * spread / sqrt(DRAWS) + 1e-6);
    }
    tg_profile_release(&p);
}
END_TEST

/* A server on whose core nothing else runs, and a request each so often. */
#define SERVER(wakeup)                                                                             \
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", " wakeup ", \"request\": " \
    "[{\"cost\": \"work\"}]}"
#define IDLE(point) "\"" point "\": [{\"cost\": \"wake\", \"argument\": \"idle\"}]"
#define PLAIN "\"wakeup\": [{\"cost\": \"wake\"}]"

static const char technique[] =
    "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", \"rules\": []}";

static void run(struct tg_test_world *w, const char *profile, const char *server, const char *core,
                double period_us)
{
    char keys[512];
    snprintf(keys, sizeof keys,
             ", \"adapter\": {\"core\": \"%s\"}, \"link\": {\"latency\": \"1 us\"}, \"horizon\": \"220 ms\", "
             "\"warm_up\": \"20 ms\", \"workload\": {\"gaps\": \"deterministic\"}",
             core);
    tg_test_world_build(w, profile, server, technique, keys);
    tg_test_world_run(w, 1e6 / period_us, 0);
    ck_assert_int_gt(w->result.replies_in_window, 150);
}

/* Latency: 2 us of link, 5 of work, and the wake-up after what is left of the period. */
static const struct {
    const char *profile, *server, *core;
    double period_us;
    tg_ps latency_ps;
} exact[] = {
    {PROFILE(PRICE(THREE)), SERVER(IDLE("wakeup")), "sender", 1000, 47000000}, /* idle for 955 us */
    {PROFILE(PRICE(THREE)), SERVER(IDLE("wakeup")), "sender", 245, 47000000},  /* 200 us */
    {PROFILE(PRICE(THREE)), SERVER(IDLE("wakeup")), "sender", 75, 27000000},   /* 50 us */
    {PROFILE(PRICE(THREE)), SERVER(IDLE("wakeup")), "sender", 20, 17000000},   /* 5 us */
    {PROFILE(PRICE(THREE)), SERVER(PLAIN), "sender", 1000, 17000000},          /* nobody asks */
    {PROFILE(PRICE("")), SERVER(IDLE("wakeup")), "sender", 1000, 17000000},    /* nobody knows */
    {PROFILE(PRICE(THREE)), SERVER(IDLE("idle_exit")), "sender", 1000, 47000000},
    /* The interrupt ends the idle time: it pays for 945 us, the wake-up behind it for none. */
    {PROFILE(PRICE(THREE)), SERVER(IDLE("idle_exit") ", " IDLE("wakeup")), "server", 1000, 57000000},
};

START_TEST(a_wakeup_is_paid_for_the_time_that_the_core_was_idle)
{
    struct tg_test_world w;
    run(&w, exact[_i].profile, exact[_i].server, exact[_i].core, exact[_i].period_us);
    ck_assert_int_eq(tg_hist_min(&w.result.latency), exact[_i].latency_ps);
    ck_assert_int_eq(tg_hist_max(&w.result.latency), exact[_i].latency_ps);
    tg_test_world_destroy(&w);
}
END_TEST

/* Each 100 us: idle for 75 us after a wake-up of 20 us and for 55 us after one of 40, which therefore follows
 * with probability 1/6 or 1/30: 15 of 102 are long. */
START_TEST(between_two_arguments_shares_are_paid)
{
    struct tg_test_world w;
    double sum = 0;
    run(&w, PROFILE(PRICE(THREE)), SERVER(IDLE("wakeup")), "sender", 100);
    ck_assert_int_eq(tg_hist_min(&w.result.latency), 27000000);
    ck_assert_int_eq(tg_hist_max(&w.result.latency), 47000000);
    for (uint32_t i = 0; i < w.path.cost_count; i++)
        sum += strcmp(w.path.costs[i], "wake") == 0 ? (double)w.result.spent_ps[i] : 0;
    double share = (sum / (double)w.result.wakeups / 1e6 - 20) / 20, n = (double)w.result.wakeups;
    /* Turns that follow each other are hardly correlated, and then negatively: five standard errors of
     * independent ones fail at most once in 1.7 million seeds. */
    ck_assert_double_eq_tol(share, 15. / 102, 5 * sqrt(15. / 102 * 87 / 102 / n));
    tg_test_world_destroy(&w);
}
END_TEST

static const struct {
    const char *price, *server, *says;
} misplaced[] = {
    {PRICE(THREE), SERVER("\"accept\": [{\"cost\": \"wake\", \"argument\": \"idle\"}]"),
     "'wake' has the argument 'idle' at 'accept': it is known at 'idle_exit' and 'wakeup' alone"},
    {PRICE(BY("size_bytes", "1", AT("2", "\"20 us\""))), SERVER(IDLE("wakeup")),
     "'wake' has the argument 'idle' at 'wakeup', but its price goes by 'size_bytes', not by 'idle_ns'"},
    {PRICE(THREE), SERVER("\"wakeup\": [{\"cost\": \"wake\", \"argument\": \"idel\"}]"),
     "wakeup[0].argument: 'idel' is none of: none, idle"},
};

START_TEST(an_argument_that_nobody_knows_is_refused)
{
    struct tg_scenario scenario = {0};
    struct tg_server server;
    struct tg_path path;
    char text[1024];
    snprintf(text, sizeof text,
             "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {%s, \"work\": "
             "{\"law\": \"5 us\", \"provenance\": \"assumed\", \"source\": \"t\"}}}",
             misplaced[_i].price);
    scenario.profile = read_profile(text);
    cJSON *json = cJSON_Parse(misplaced[_i].server);
    err = (struct tg_error){0};
    int rc = tg_server_read_json(json, "s.json", &server, &err);
    if (!rc) {
        rc = tg_path_build(&path, &scenario, NULL, &server, &err);
        tg_server_release(&server);
    }
    ck_assert_int_eq(rc, TG_EINPUT);
    ck_assert_msg(strstr(err.text, misplaced[_i].says) != NULL, "%s", err.text);
    cJSON_Delete(json);
    tg_profile_release(&scenario.profile);
}
END_TEST

/* What a technique puts in the place of a cost is paid as that was. */
START_TEST(a_replacement_keeps_the_argument)
{
    struct tg_cost_list list = {0}, use = {0};
    cJSON *json = cJSON_Parse("[{\"cost\": \"wake\", \"argument\": \"idle\"}, {\"cost\": \"work\"}]");
    ck_assert_tg_ok(tg_cost_list_read(json, "wakeup", &list, &err), err);
    ck_assert_int_eq(list.items[0].argument, TG_ARGUMENT_IDLE);
    ck_assert_int_eq(list.items[1].argument, TG_ARGUMENT_NONE);
    ck_assert_tg_ok(tg_cost_list_add(&use, "wake", 2, &err), err);
    ck_assert_tg_ok(tg_cost_list_replace(&list, "wake", &use, &err), err);
    ck_assert_double_eq(list.items[0].count, 2);
    ck_assert_int_eq(list.items[0].argument, TG_ARGUMENT_IDLE);
    ck_assert_tg_ok(tg_cost_list_replace(&list, "work", &use, &err), err);
    ck_assert_int_eq(list.items[1].argument, TG_ARGUMENT_NONE);
    tg_cost_list_release(&use);
    tg_cost_list_release(&list);
    cJSON_Delete(json);
}
END_TEST

/* One factor for all arguments, whatever the form of their laws; set again, it does not pile up. */
START_TEST(a_draw_moves_all_arguments_alike)
{
    static const char *const texts[] = {
        PROFILE(PRICE(", \"range_low_ns\": 5000, \"range_high_ns\": 40000" THREE)),
        PROFILE("\"wake\": {\"law\": {\"family\": \"exponential\", \"parameters\": {\"mean\": \"10 us\"}}, "
                "\"provenance\": \"assumed\", \"source\": \"t\", \"range_low_ns\": 5000, \"range_high_ns\": "
                "40000" BY("idle_ns", "10000",
                           "{\"at\": 50000, \"law\": \"20 us\", \"mean_ns\": 20000, \"samples\": 9}, " AT(
                               "200000",
                               "{\"family\": \"exponential\", \"parameters\": {\"mean\": \"40 us\"}}")) "}"),
    };
    cJSON *json = cJSON_Parse(texts[_i]);
    ck_assert_ptr_nonnull(json);
    for (double value = 15000; value < 25000; value += 5000) {
        ck_assert_tg_ok(tg_priors_put(json, "p", "p/costs.wake", value, &err), err);
        char *text = tg_json_print(json);
        struct tg_profile p = read_profile(text);
        const struct tg_price *wake = tg_profile_price(&p, "wake");
        ck_assert_double_eq_tol(tg_dist_mean(&wake->law), value, 1e-6);
        ck_assert_double_eq_tol(tg_dist_mean(&wake->by_argument.more[0].law), 2 * value, 1e-6);
        ck_assert_double_eq_tol(wake->by_argument.more[0].mean_ns, 2 * value, 1e-6);
        ck_assert_double_eq_tol(tg_dist_mean(&wake->by_argument.more[1].law), 4 * value, 1e-6);
        ck_assert_double_eq(wake->by_argument.more[1].at, 200000);
        tg_profile_release(&p);
        free(text);
    }
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("by_argument");
    TCase *tc = tcase_create("by_argument");
    tcase_add_test(tc, a_price_knows_its_arguments);
    tcase_add_loop_test(tc, what_makes_no_sense_is_refused, 0, TG_COUNT(bad));
    tcase_add_test(tc, the_law_follows_the_argument);
    tcase_add_loop_test(tc, a_wakeup_is_paid_for_the_time_that_the_core_was_idle, 0, TG_COUNT(exact));
    tcase_add_test(tc, between_two_arguments_shares_are_paid);
    tcase_add_loop_test(tc, an_argument_that_nobody_knows_is_refused, 0, TG_COUNT(misplaced));
    tcase_add_test(tc, a_replacement_keeps_the_argument);
    tcase_add_loop_test(tc, a_draw_moves_all_arguments_alike, 0, 2);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
