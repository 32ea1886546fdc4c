/* Runs of the simulated world are the same bits on every compiler, optimization and machine. The digests
 * cover all that a replication gives; they may change only where the model is changed on purpose: results
 * stored before then cannot be replayed after. */
#include <string.h>

#include "tg_json.h"
#include "tg_test.h"
#include "tg_world.h"

#define SOURCE "\"provenance\": \"assumed\", \"source\": \"test\""

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {"
    "\"irq\": {\"law\": {\"family\": \"lognormal\", \"parameters\": {\"median\": \"2 us\", \"sigma\": "
    "0.3}}, " SOURCE "},"
    "\"work\": {\"law\": {\"family\": \"exponential\", \"parameters\": {\"mean\": \"10 us\"}}, " SOURCE "},"
    "\"packet\": {\"law\": \"3 us\", " SOURCE "},"
    "\"context_switch\": {\"law\": \"1 us\", " SOURCE "}},"
    "\"jitter\": [{\"name\": \"tick\", \"rate\": \"250/s\", \"arrivals\": \"periodic\", \"length\": \"5 "
    "us\", " SOURCE "}]}";

static const char server_text[] =
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"queue_limit\": 40,"
    " \"interrupt\": [{\"cost\": \"irq\"}], \"packet_in\": [{\"cost\": \"packet\"}], \"request\": "
    "[{\"cost\": \"work\"}]}";

#define TECHNIQUE(rules)                                                                                  \
    "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", \"rules\": " \
    "[" rules "]}"

static const struct {
    const char *technique, *digest;
} cases[] = {
    {TECHNIQUE("{\"sleeps\": true}"), "8b9a204f5069c4ab7fda2fa8c7d5da742ed9115461b6c9b0f6899d36fa79121d"},
    {TECHNIQUE("{\"runs_in\": \"soft_irq\", \"sleeps\": false}"),
     "05febd1aab0dc84865579ca08525e76046e3616c6b836e077d642a8cc95dc18d"},
    {TECHNIQUE("{\"hop\": {\"name\": \"domain\", \"direction\": \"receive\", \"core\": \"driver_domain\", "
               "\"queue\": 30, \"notify\": [{\"cost\": \"irq\"}], \"packet\": [{\"cost\": \"packet\"}]}}"),
     "d4ef2edc04b9ea5a50865838c87f4f357de9632a31e02d5bc856778074dffa32"},
};

static struct tg_error err;

static cJSON *parse(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    return json;
}

START_TEST(worlds_keep_their_bits)
{
    cJSON *server = parse(server_text), *rules = parse(cases[_i].technique);
    struct tg_scenario scenario = {.adapter = {0, 30, 20, 20},
                                   .link = {TG_PS_PER_US, 1e9},
                                   .workload = {TG_GAPS_EXPONENTIAL, 64, 64},
                                   .jitter = true,
                                   .time_slice_ps = 3 * TG_PS_PER_MS,
                                   .horizon_ps = 200 * TG_PS_PER_MS,
                                   .warm_up_ps = 10 * TG_PS_PER_MS,
                                   .seed = 11};
    struct tg_technique technique;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
    char hex[TG_SHA256_HEX];
    ck_assert_tg_ok(tg_profile_read_text(profile_text, "p", &scenario.profile, &err), err);
    ck_assert_tg_ok(tg_server_read_json(server, "s", &scenario.server, &err), err);
    ck_assert_tg_ok(tg_technique_read_json(rules, "t", &technique, &err), err);
    ck_assert_tg_ok(tg_technique_apply(&technique, &scenario.server, &err), err);
    ck_assert_tg_ok(tg_path_build(&path, &scenario.server, &scenario.profile, &err), err);
    ck_assert_tg_ok(tg_world_new(&scenario, &path, &world, &err), err);
    ck_assert_tg_ok(tg_result_init(&result, &err), err);
    ck_assert_tg_ok(tg_world_run(world, 55000, 2, &result, &err), err);
    ck_assert_int_gt(result.replied, 1000);
    tg_result_digest(&result, hex);
    ck_assert_msg(strcmp(hex, cases[_i].digest) == 0, "case %d gives %s", _i, hex);
    tg_world_free(world);
    tg_result_release(&result);
    tg_technique_release(&technique);
    tg_server_release(&scenario.server);
    tg_profile_release(&scenario.profile);
    cJSON_Delete(server);
    cJSON_Delete(rules);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world_bits");
    TCase *tcase = tcase_create("world_bits");
    tcase_add_loop_test(tcase, worlds_keep_their_bits, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
