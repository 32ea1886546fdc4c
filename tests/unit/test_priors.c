#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tg_json.h"
#include "tg_priors.h"
#include "tg_profile.h"
#include "tg_server.h"
#include "tg_test.h"
#include "tg_uncertain.h"

static const char server_text[] =
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\","
    " \"queue_limit\": {\"value\": 100, \"low\": 50, \"high\": 400, \"source\": \"a guess\"},"
    " \"request\": [{\"cost\": \"own\"}, {\"cost\": \"syscall\","
    "   \"count\": {\"value\": 6, \"low\": 4, \"high\": 8, \"source\": \"facts\"}}],"
    " \"costs\": {\"own\": {\"law\": \"20 us\", \"provenance\": \"assumed\", \"source\": \"a book\","
    "   \"range_low_ns\": 15000, \"range_high_ns\": 25000}}}";

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"m\", \"clock\": \"866 MHz\","
    " \"costs\": {\"irq\": {\"law\": {\"family\": \"gamma\", \"parameters\": {\"shape\": 4, \"scale\": \"1 "
    "us\"}},"
    "   \"provenance\": \"assumed\", \"source\": \"x\", \"range_low_ns\": 2000, \"range_high_ns\": 16000},"
    "  \"syscall\": {\"law\": \"400 ns\", \"provenance\": \"published\", \"source\": \"y\"}},"
    " \"jitter\": [{\"name\": \"tick\", \"rate\": {\"value\": \"100/s\", \"low\": \"90/s\", \"high\": "
    "\"110/s\","
    "   \"source\": \"z\"}, \"length\": {\"family\": \"lognormal\", \"parameters\": {\"median\":"
    "   {\"value\": \"5 us\", \"low\": \"3 us\", \"high\": \"8 us\", \"source\": \"w\", \"tag\": \"scaled\"},"
    "   \"sigma\": 0.5}}, \"provenance\": \"assumed\", \"source\": \"v\"}]}";

static cJSON *document_of(const char *text)
{
    struct tg_error err = {0};
    cJSON *json = NULL;
    ck_assert_tg_ok(tg_json_read_text(text, "text", &json, &err), err);
    return json;
}

START_TEST(all_priors_are_found_with_their_keys)
{
    struct tg_error err = {0};
    struct tg_priors priors = {0};
    cJSON *server = document_of(server_text), *profile = document_of(profile_text);
    ck_assert_tg_ok(tg_priors_list(server, "s", &priors, &err), err);
    ck_assert_tg_ok(tg_priors_list(profile, "m", &priors, &err), err);
    static const struct tg_prior expected[] = {
        {.key = "s/queue_limit", .value = 100, .low = 50, .high = 400, .unit = "", .tag = "assumed"},
        {.key = "s/request[1].count", .value = 6, .low = 4, .high = 8, .unit = "", .tag = "assumed"},
        {.key = "s/costs.own", .value = 20000, .low = 15000, .high = 25000, .unit = "ns", .tag = "assumed"},
        {.key = "m/costs.irq", .value = 4000, .low = 2000, .high = 16000, .unit = "ns", .tag = "assumed"},
        {.key = "m/jitter[0].rate", .value = 100, .low = 90, .high = 110, .unit = "/s", .tag = "assumed"},
        {.key = "m/jitter[0].length.parameters.median",
         .value = 5e-6,
         .low = 3e-6,
         .high = 8e-6,
         .unit = "s",
         .tag = "scaled"},
    };
    ck_assert_uint_eq(priors.count, TG_COUNT(expected));
    for (size_t i = 0; i < priors.count; i++) {
        ck_assert_str_eq(priors.items[i].key, expected[i].key);
        ck_assert_double_eq_tol(priors.items[i].value, expected[i].value, 1e-9 * expected[i].value);
        ck_assert_double_eq_tol(priors.items[i].low, expected[i].low, 1e-9 * expected[i].low);
        ck_assert_double_eq_tol(priors.items[i].high, expected[i].high, 1e-9 * expected[i].high);
        ck_assert_str_eq(priors.items[i].unit, expected[i].unit);
        ck_assert_str_eq(priors.items[i].tag, expected[i].tag);
        ck_assert_int_gt((int)strlen(priors.items[i].source), 0);
    }
    tg_priors_release(&priors);
    cJSON_Delete(server);
    cJSON_Delete(profile);
}
END_TEST

/* The law of the draws is triangular in the logarithm, or even. Kolmogorov-Smirnov at the level of one in a
 * million.
 */
START_TEST(draws_have_the_stated_law)
{
    enum { DRAWS = 20000 };
    static const struct tg_prior priors[] = {
        {.key = "a", .value = 6, .low = 4, .high = 24},
        {.key = "b", .value = 1, .low = 0, .high = 4},
        {.key = "c", .value = 2, .low = 1, .high = 10, .flat = true},
    };
    const struct tg_prior *p = &priors[_i];
    bool logarithmic = p->low > 0;
    double low = logarithmic ? log(p->low) : p->low, high = logarithmic ? log(p->high) : p->high;
    double mode = logarithmic ? log(p->value) : p->value;
    enum { BINS = 200 };
    static double counts[BINS];
    memset(counts, 0, sizeof counts);
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = tg_prior_draw(p, 7, i), y = logarithmic ? log(x) : x;
        ck_assert(x >= p->low && x <= p->high);
        double bin = floor((y - low) / (high - low) * BINS);
        counts[bin < BINS ? (int)bin : BINS - 1]++;
    }
    double sum = 0, distance = 0;
    for (int i = 0; i < BINS - 1; i++) {
        double y = low + (i + 1) * (high - low) / BINS;
        double cdf = p->flat    ? (y - low) / (high - low)
                     : y < mode ? (y - low) * (y - low) / ((high - low) * (mode - low))
                                : 1 - (high - y) * (high - y) / ((high - low) * (high - mode));
        sum += counts[i] / DRAWS;
        distance = fmax(distance, fabs(sum - cdf));
    }
    ck_assert_double_lt(distance * sqrt(DRAWS), 2.7);
}
END_TEST

START_TEST(the_ordinary_readers_read_a_draw)
{
    struct tg_error err = {0};
    struct tg_priors priors = {0};
    cJSON *server_json = document_of(server_text), *profile_json = document_of(profile_text);
    ck_assert_tg_ok(tg_priors_list(server_json, "s", &priors, &err), err);
    ck_assert_tg_ok(tg_priors_list(profile_json, "m", &priors, &err), err);
    ck_assert_tg_ok(tg_priors_draw(server_json, "s", 3, 5, &err), err);
    ck_assert_tg_ok(tg_priors_draw(profile_json, "m", 3, 5, &err), err);
    struct tg_server server;
    struct tg_profile profile;
    ck_assert_tg_ok(tg_server_read_json(server_json, "s", &server, &err), err);
    char *text = tg_json_print(profile_json);
    ck_assert_tg_ok(tg_profile_read_text(text, "m", &profile, &err), err);
    ck_assert_double_eq((double)server.queue_limit, nearbyint(tg_prior_draw(&priors.items[0], 3, 5)));
    ck_assert_double_eq(server.points[TG_POINT_REQUEST].items[1].count,
                        tg_prior_draw(&priors.items[1], 3, 5));
    ck_assert_double_eq_tol(server.costs.items[0].mean_ns, tg_prior_draw(&priors.items[2], 3, 5), 1e-6);
    ck_assert_double_eq_tol(tg_profile_price(&profile, "irq")->mean_ns, tg_prior_draw(&priors.items[3], 3, 5),
                            1e-6);
    ck_assert_double_eq_tol(tg_profile_price(&profile, "syscall")->mean_ns, 400, 1e-9);
    ck_assert_double_eq_tol(tg_dist_quantile(&profile.noises[0].length, 0.5),
                            1e9 * tg_prior_draw(&priors.items[5], 3, 5), 1e-6);
    free(text);
    tg_server_release(&server);
    tg_profile_release(&profile);
    tg_priors_release(&priors);
    cJSON_Delete(server_json);
    cJSON_Delete(profile_json);
}
END_TEST

/* A price's law keeps its shape when its mean moves, also when it moves twice. */
START_TEST(a_value_is_set_by_its_key)
{
    struct tg_error err = {0};
    cJSON *json = document_of(profile_text);
    ck_assert_tg_ok(tg_priors_draw(json, "m", 1, 1, &err), err);
    ck_assert_tg_ok(tg_priors_set(json, "m", "m/costs.irq", 40000, &err), err);
    ck_assert_tg_ok(tg_priors_set(json, "m", "m/jitter[0].rate", 250, &err), err);
    struct tg_profile profile;
    char *text = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(text, "m", &profile, &err), err);
    const struct tg_price *irq = tg_profile_price(&profile, "irq");
    ck_assert_double_eq_tol(irq->mean_ns, 40000, 1e-6);
    ck_assert_double_eq_tol(tg_dist_variance(&irq->law), 40000.0 * 40000.0 / 4, 1e-3);
    ck_assert_int_eq(irq->provenance, TG_FITTED);
    ck_assert_double_eq(profile.noises[0].rate_per_s, 250);
    ck_assert_int_eq(tg_priors_set(json, "m", "m/costs.irk", 1, &err), TG_EINPUT);
    ck_assert_str_eq(err.text, "m: no prior is called 'm/costs.irk'");
    free(text);
    tg_profile_release(&profile);
    cJSON_Delete(json);
}
END_TEST

START_TEST(draws_depend_on_seed_index_and_key_alone)
{
    struct tg_prior a = {.key = "x/a", .value = 2, .low = 1, .high = 3}, b = a;
    b.key = "x/b";
    ck_assert(tg_prior_draw(&a, 1, 1) == tg_prior_draw(&a, 1, 1));
    ck_assert(tg_prior_draw(&a, 1, 1) != tg_prior_draw(&a, 1, 2));
    ck_assert(tg_prior_draw(&a, 1, 1) != tg_prior_draw(&a, 2, 1));
    ck_assert(tg_prior_draw(&a, 1, 1) != tg_prior_draw(&b, 1, 1));
}
END_TEST

/* Fits try many values, also such as the range does not hold. */
START_TEST(a_value_is_put_again_and_again)
{
    struct tg_error err = {0};
    static const double tries[] = {9000, 30000, 16000, 1000};
    cJSON *json = document_of(profile_text);
    for (size_t i = 0; i < TG_COUNT(tries); i++) {
        struct tg_profile profile;
        ck_assert_tg_ok(tg_priors_put(json, "m", "m/costs.irq", tries[i], &err), err);
        ck_assert_tg_ok(tg_priors_put(json, "m", "m/jitter[0].rate", tries[i] / 100, &err), err);
        char *text = tg_json_print(json);
        ck_assert_tg_ok(tg_profile_read_text(text, "m", &profile, &err), err);
        ck_assert_double_eq_tol(tg_profile_price(&profile, "irq")->mean_ns, tries[i], 1e-6);
        ck_assert_double_eq_tol(profile.noises[0].rate_per_s, tries[i] / 100, 1e-9);
        tg_profile_release(&profile);
        free(text);
    }
    cJSON_Delete(json);
}
END_TEST

/* One range for counts that are not known apart from each other. */
START_TEST(values_of_one_name_move_in_proportion)
{
    struct tg_error err = {0};
    struct tg_priors priors = {0};
    static const char text[] =
        "{\"accept\": {\"value\": 3, \"name\": \"calls\"}, \"request\": {\"value\": 8, \"low\": 6, \"high\": "
        "10,"
        " \"source\": \"x\", \"name\": \"calls\"}, \"late\": {\"value\": \"4 us\", \"name\": \"calls\"}}";
    cJSON *json = document_of(text);
    ck_assert_tg_ok(tg_priors_list(json, "m", &priors, &err), err);
    ck_assert_uint_eq(priors.count, 1);
    ck_assert_str_eq(priors.items[0].key, "m/calls");
    double drawn = tg_prior_draw(&priors.items[0], 1, 1);
    ck_assert_tg_ok(tg_priors_draw(json, "m", 1, 1, &err), err);
    for (int pass = 0; pass < 2; pass++) {
        struct tg_uncertain u;
        ck_assert_tg_ok(tg_uncertain_read(cJSON_GetObjectItem(json, "request"), "", &u, &err), err);
        ck_assert_double_eq(u.value, drawn);
        ck_assert_tg_ok(tg_uncertain_read(cJSON_GetObjectItem(json, "accept"), "", &u, &err), err);
        ck_assert_double_eq_tol(u.value, 3 * drawn / 8, 1e-12);
        ck_assert_tg_ok(tg_uncertain_read(cJSON_GetObjectItem(json, "late"), "", &u, &err), err);
        ck_assert_double_eq_tol(u.value, 4e-6 * drawn / 8, 1e-18);
        drawn = 20;
        if (pass == 0)
            ck_assert_tg_ok(tg_priors_set(json, "m", "m/calls", drawn, &err), err);
    }
    tg_priors_release(&priors);
    cJSON_Delete(json);
    json = document_of("{\"accept\": {\"value\": 3, \"name\": \"calls\"}}");
    ck_assert_int_eq(tg_priors_draw(json, "m", 1, 1, &err), TG_EINPUT);
    ck_assert_str_eq(err.text, "m/calls: nothing of this name has a range");
    cJSON_Delete(json);
}
END_TEST

START_TEST(a_price_outside_its_range_is_refused)
{
    struct tg_error err = {0};
    struct tg_priors priors = {0};
    cJSON *json =
        document_of("{\"costs\": {\"irq\": {\"law\": \"3 us\", \"provenance\": \"assumed\", \"source\":"
                    " \"x\", \"range_low_ns\": 4000, \"range_high_ns\": 5000}}}");
    ck_assert_int_eq(tg_priors_list(json, "m", &priors, &err), TG_EINPUT);
    ck_assert_str_eq(err.text,
                     "m: costs.irq: the mean, 3000 ns, must lie between range_low_ns and range_high_ns");
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("priors");
    TCase *tests = tcase_create("priors");
    tcase_add_test(tests, all_priors_are_found_with_their_keys);
    tcase_add_loop_test(tests, draws_have_the_stated_law, 0, 3);
    tcase_add_test(tests, the_ordinary_readers_read_a_draw);
    tcase_add_test(tests, a_value_is_set_by_its_key);
    tcase_add_test(tests, a_value_is_put_again_and_again);
    tcase_add_test(tests, values_of_one_name_move_in_proportion);
    tcase_add_test(tests, draws_depend_on_seed_index_and_key_alone);
    tcase_add_test(tests, a_price_outside_its_range_is_refused);
    suite_add_tcase(suite, tests);
    return tg_test_run(suite);
}
