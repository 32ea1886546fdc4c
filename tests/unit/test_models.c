/* Profiles, servers, techniques and scenarios: what is read, what is refused, and with which words. */
#include <stdio.h>
#include <string.h>

#include "tg_json.h"
#include "tg_path.h"
#include "tg_scenario.h"
#include "tg_test.h"

#define COST(name, law) "\"" name "\": {\"law\": " law ", \"provenance\": \"assumed\", \"source\": \"test\"}"
#define PROFILE(costs) \
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {" costs "}}"

static struct tg_error err;

START_TEST(a_profile_knows_its_prices)
{
    struct tg_profile p;
    err = (struct tg_error){0};
    ck_assert_tg_ok(tg_profile_read_text(
                        PROFILE(COST("syscall", "\"120 ns\"") ", " COST(
                            "irq", "{\"family\": \"exponential\", \"parameters\": {\"mean\": \"2 us\"}}")),
                        "p.json", &p, &err),
                    err);
    ck_assert_ptr_null(tg_profile_price(&p, "vm_exit"));
    ck_assert_double_eq_tol(tg_profile_price(&p, "syscall")->mean_ns, 120, 1e-9);
    ck_assert_double_eq_tol(tg_profile_price(&p, "irq")->mean_ns, 2000, 1e-6);
    tg_profile_release(&p);
}
END_TEST

static const struct {
    const char *text, *needle;
} bad_profiles[] = {
    {"{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\"}",
     "p.json: costs: required key is missing"},
    {PROFILE(COST("syscall", "120")), "costs.syscall.law: expected a time"},
    {PROFILE(COST("syscall", "\"120\"")), "'120' has no unit"},
    {PROFILE(COST("syscall", "\"-1 ns\"")), "must not be negative"},
    {PROFILE(
         COST("syscall", "{\"family\": \"normal\", \"parameters\": {\"mean\": \"1 us\", \"sd\": \"1 us\"}}")),
     "costs.syscall.law"},
    {PROFILE(COST("syscall", "{\"family\": \"exponentail\", \"parameters\": {\"mean\": \"1 us\"}}")),
     "exponential"},
    {PROFILE("\"syscall\": {\"law\": \"1 us\", \"provenance\": \"guessed\", \"source\": \"x\"}"),
     "'guessed' is none of: measured, published, scaled, assumed, fitted"},
    {PROFILE("\"syscall\": {\"law\": \"1 us\", \"source\": \"x\"}"),
     "costs.syscall.provenance: required key is missing"},
    {"{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {}, \"cloak\": \"1 "
     "GHz\"}",
     "cloak: unknown key; did you mean 'clock'?"},
    {"{\"format\": \"tollgate profile\",\n  \"version\": }", "p.json: line 2, column 14"},
    {"[1]", "expected a JSON object"},
    {"{\"format\": \"tollgate profile\", ", "JSON ends too early"},
};

START_TEST(a_bad_profile_is_refused_by_its_key)
{
    struct tg_profile p;
    err = (struct tg_error){0};
    ck_assert_int_eq(tg_profile_read_text(bad_profiles[_i].text, "p.json", &p, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, bad_profiles[_i].needle) != NULL, "%s", err.text);
    ck_assert_msg(strncmp(err.text, "p.json", 6) == 0, "%s", err.text);
}
END_TEST

static void read_server(const char *text, struct tg_server *server)
{
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    ck_assert_tg_ok(tg_server_read_json(json, "server", server, &err), err);
    cJSON_Delete(json);
}

static int read_technique(const char *rules, struct tg_technique *technique)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", "
             "\"rules\": [%s]}",
             rules);
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    int rc = tg_technique_read_json(json, "t.json", technique, &err);
    cJSON_Delete(json);
    return rc;
}

/* A point's costs as "2 irq + 1 syscall". */
static void show(const struct tg_cost_list *list, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%g %s", i ? " + " : "", list->items[i].count,
                                 list->items[i].cost);
}

static const char server_text[] =
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"interrupt\": [{\"cost\": \"irq\"}],"
    " \"request\": [{\"cost\": \"syscall\", \"count\": 3}, {\"cost\": \"work\"}], \"reply\": [{\"cost\": "
    "\"syscall\"}]}";

static const struct {
    const char *rules;
    enum tg_point point;
    const char *result;
} rewrites[] = {
    {"{\"at\": \"request\", \"add\": [{\"cost\": \"plugin_call\"}]}", TG_POINT_REQUEST,
     "3 syscall + 1 work + 1 plugin_call"},
    {"{\"for\": \"syscall\", \"use\": [{\"cost\": \"call\"}, {\"cost\": \"check\", \"count\": 0.5}]}",
     TG_POINT_REQUEST, "3 call + 1.5 check + 1 work"},
    {"{\"for\": \"syscall\", \"use\": []}", TG_POINT_REPLY, ""},
    {"{\"for\": \"syscall\", \"at\": \"reply\", \"use\": []}", TG_POINT_REQUEST, "3 syscall + 1 work"},
    {"{\"each\": \"irq\", \"add\": [{\"cost\": \"vm_exit\", \"count\": 2}]}", TG_POINT_INTERRUPT,
     "1 irq + 2 vm_exit"},
    {"{\"at\": \"request\", \"clear\": true}", TG_POINT_REQUEST, ""},
    {"{\"each\": \"syscall\", \"add\": [{\"cost\": \"exit\"}]}, {\"each\": \"exit\", \"add\": [{\"cost\": "
     "\"flush\"}]}",
     TG_POINT_REPLY, "1 syscall + 1 exit + 1 flush"},
};

START_TEST(techniques_rewrite_paths)
{
    struct tg_server server;
    struct tg_technique technique;
    char shown[256];
    err = (struct tg_error){0};
    read_server(server_text, &server);
    ck_assert_tg_ok(read_technique(rewrites[_i].rules, &technique), err);
    ck_assert_tg_ok(tg_technique_apply(&technique, &server, &err), err);
    show(&server.points[rewrites[_i].point], shown, sizeof shown);
    ck_assert_str_eq(shown, rewrites[_i].result);
    tg_technique_release(&technique);
    tg_server_release(&server);
}
END_TEST

START_TEST(rules_that_make_no_sense_are_refused)
{
    static const char *const bad[] = {
        "{}",
        "{\"for\": \"x\"}",
        "{\"use\": []}",
        "{\"add\": [{\"cost\": \"x\"}]}",
        "{\"clear\": true}",
        "{\"each\": \"x\"}",
        "{\"each\": \"x\", \"for\": \"y\", \"use\": [], \"add\": [{\"cost\": \"z\"}]}",
        "{\"at\": \"nowhere\", \"clear\": true}",
        "{\"at\": \"request\", \"add\": [{\"cost\": \"x\", \"count\": -1}]}",
        "{\"at\": \"request\", \"add\": [{\"count\": 1}]}",
    };
    struct tg_technique technique;
    for (size_t i = 0; i < TG_COUNT(bad); i++) {
        err = (struct tg_error){0};
        ck_assert_msg(read_technique(bad[i], &technique) == TG_EINPUT, "accepted: %s", bad[i]);
        ck_assert_msg(strstr(err.text, "t.json: rules[0]") != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(a_rule_that_finds_nothing_says_so)
{
    struct tg_server server;
    struct tg_technique technique;
    err = (struct tg_error){0};
    read_server(server_text, &server);
    ck_assert_tg_ok(read_technique("{\"for\": \"udp_send\", \"use\": []}", &technique), err);
    ck_assert_int_eq(tg_technique_apply(&technique, &server, &err), TG_EINPUT);
    ck_assert_str_eq(err.text,
                     "technique 't': rules[0]: the path of server 's' has no 'udp_send' to rewrite");
    tg_technique_release(&technique);
    tg_server_release(&server);
}
END_TEST

START_TEST(a_path_names_the_price_that_is_missing)
{
    struct tg_server server;
    struct tg_scenario scenario = {0};
    struct tg_path path;
    err = (struct tg_error){0};
    read_server(server_text, &server);
    ck_assert_tg_ok(tg_profile_read_text(PROFILE(COST("irq", "\"1 us\"") ", " COST("work", "\"1 us\"")), "p",
                                         &scenario.profile, &err),
                    err);
    ck_assert_int_eq(tg_path_build(&path, &scenario, NULL, &server, &err), TG_EINPUT);
    ck_assert_str_eq(err.text, "profile 'p' has no price for 'syscall', which is paid at 'request'");
    tg_profile_release(&scenario.profile);
    tg_server_release(&server);
}
END_TEST

START_TEST(counts_are_paid_whole_and_by_chance)
{
    struct tg_server server;
    struct tg_scenario scenario = {0};
    struct tg_path path;
    struct tg_path_streams streams;
    tg_ps total = 0;
    err = (struct tg_error){0};
    read_server("{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\","
                " \"request\": [{\"cost\": \"a\", \"count\": 2.25}]}",
                &server);
    ck_assert_tg_ok(tg_profile_read_text(PROFILE(COST("a", "\"1 us\"")), "p", &scenario.profile, &err), err);
    ck_assert_tg_ok(tg_path_build(&path, &scenario, NULL, &server, &err), err);
    ck_assert_double_eq_tol(tg_path_mean_ps(&path, TG_POINT_REQUEST), 2.25e6, 1e-3);
    tg_path_seed(&path, &streams, 1, 0);
    for (int i = 0; i < 100000; i++) {
        struct tg_payment payment = {0};
        tg_path_pay(&path, &streams, TG_POINT_REQUEST, 1, &payment);
        ck_assert(payment.total_ps == 2 * TG_PS_PER_US || payment.total_ps == 3 * TG_PS_PER_US);
        ck_assert_uint_eq(payment.count, 1);
        ck_assert_int_eq(payment.items[0].ps, payment.total_ps);
        total += payment.total_ps;
    }
    /* Binomial: standard deviation 0.00137 us of the mean; five of them fail once in 1.7 million seeds. */
    ck_assert_double_eq_tol((double)total / 1e5 / 1e6, 2.25, 5 * 0.00137);
    tg_profile_release(&scenario.profile);
    tg_server_release(&server);
}
END_TEST

static int read_scenario(const char *text, struct tg_scenario *scenario)
{
    char profile[] = "/tmp/tollgate-test-XXXXXX";
    int fd = mkstemp(profile);
    ck_assert_int_ge(fd, 0);
    static const char prices[] =
        PROFILE(COST("irq", "\"1 us\"") ", " COST("packet_receive", "\"1 us\"") ", " COST(
            "udp_receive", "\"1 us\"") ", " COST("udp_send", "\"1 us\"") ", " COST("wakeup", "\"1 us\""));
    FILE *f = fdopen(fd, "w");
    fputs(prices, f);
    fclose(f);
    struct tg_error e = {0};
    cJSON *json;
    int rc = tg_json_read_text(text, "s.json", &json, &e);
    if (!rc) {
        char *absolute = realpath(profile, NULL);
        rc = tg_scenario_read_json(json, "s.json", absolute, scenario, &e);
        free(absolute);
        cJSON_Delete(json);
    }
    remove(profile);
    err = e;
    return rc;
}

#define SCENARIO(more)                                                                                    \
    "{\"format\": \"tollgate scenario\", \"version\": 1, \"server\": \"udp-responder\", \"techniques\": " \
    "[\"process\"]" more "}"

static const struct {
    const char *text, *needle;
} bad_scenarios[] = {
    {SCENARIO(", \"link\": {\"latencey\": \"1 us\"}"),
     "s.json: link.latencey: unknown key; did you mean 'latency'?"},
    {SCENARIO(", \"rates\": [\"10k/s\", \"-5/s\"]"), "s.json: rates[1]: -5 must be greater than zero"},
    {SCENARIO(", \"rates\": [1000]"), "rates[0]: expected a rate with its unit"},
    {SCENARIO(", \"replications\": 1"), "replications: 1 is outside 2 to 100000"},
    {SCENARIO(", \"horizon\": \"1 ms\""), "warm_up: must be shorter than the horizon"},
    {SCENARIO(", \"seed\": 1, \"seed\": 2"), "seed: key given twice"},
    {"{\"format\": \"tollgate scenario\", \"version\": 1, \"server\": \"udp-responder\", \"techniques\": []}",
     "techniques: expected a list of at least one"},
    {"{\"format\": \"tollgate scenario\", \"version\": 1, \"server\": \"udp-responder\", \"techniques\": "
     "[\"proces\"]}",
     "there is no 'proces' among the techniques; did you mean 'process'?"},
    {"{\"format\": \"tollgate scenario\", \"version\": 2, \"server\": \"udp-responder\", \"techniques\": "
     "[\"process\"]}",
     "version: 2 is outside"},
};

START_TEST(a_bad_scenario_is_refused_by_its_key)
{
    struct tg_scenario s;
    ck_assert_int_eq(read_scenario(bad_scenarios[_i].text, &s), TG_EINPUT);
    ck_assert_msg(strstr(err.text, bad_scenarios[_i].needle) != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_printed_scenario_reads_back_the_same)
{
    struct tg_scenario s, again;
    ck_assert_tg_ok(
        read_scenario(SCENARIO(", \"rates\": [\"12345/s\"], \"link\": {\"rate\": \"100 Mb/s\"}"), &s), err);
    char *text = tg_scenario_print(&s);
    ck_assert_tg_ok(read_scenario(text, &again), err);
    char *text_again = tg_scenario_print(&again);
    ck_assert_str_eq(text, text_again);
    ck_assert_double_eq(again.rates_per_s[0], 12345);
    free(text);
    free(text_again);
    tg_scenario_release(&s);
    tg_scenario_release(&again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("models");
    TCase *tc = tcase_create("models");
    tcase_add_test(tc, a_profile_knows_its_prices);
    tcase_add_loop_test(tc, a_bad_profile_is_refused_by_its_key, 0, TG_COUNT(bad_profiles));
    tcase_add_loop_test(tc, techniques_rewrite_paths, 0, TG_COUNT(rewrites));
    tcase_add_test(tc, rules_that_make_no_sense_are_refused);
    tcase_add_test(tc, a_rule_that_finds_nothing_says_so);
    tcase_add_test(tc, a_path_names_the_price_that_is_missing);
    tcase_add_test(tc, counts_are_paid_whole_and_by_chance);
    tcase_add_loop_test(tc, a_bad_scenario_is_refused_by_its_key, 0, TG_COUNT(bad_scenarios));
    tcase_add_test(tc, a_printed_scenario_reads_back_the_same);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
