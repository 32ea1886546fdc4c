/* Runs of the simulated world are the same bits on every compiler, optimization and machine. The digests
 * cover all that a replication gives; they may change only where the model is changed on purpose: results
 * stored before then cannot be replayed after. */
#include <string.h>

#include "tg_test_world.h"

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
    {TECHNIQUE("{\"sleeps\": true}"), "b385194a334254e425d5c0a06bfbad30d9e4e1be30f532bdc72dfc318a8c8ee5"},
    {TECHNIQUE("{\"runs_in\": \"soft_irq\", \"sleeps\": false}"),
     "778d7dd07397d2886134839e9965e5922a0c51677266db835d8dbb166d05aa4e"},
    {TECHNIQUE("{\"hop\": {\"name\": \"domain\", \"direction\": \"receive\", \"core\": \"driver_domain\", "
               "\"queue\": 30, \"notify\": [{\"cost\": \"irq\"}], \"packet\": [{\"cost\": \"packet\"}]}}"),
     "511217466832c0f58244ef8ebac6f81dc5a69fc8151bfd93b2ca34fe7a97e270"},
};

START_TEST(worlds_keep_their_bits)
{
    struct tg_test_world w;
    char hex[TG_SHA256_HEX];
    tg_test_world_build(&w, profile_text, server_text, cases[_i].technique,
                        ", \"adapter\": {\"ring\": 30, \"budget\": 20, \"backlog\": 20}, \"link\": "
                        "{\"latency\": \"1 us\", \"rate\": \"1 Gb/s\"}, \"horizon\": \"200 ms\", "
                        "\"warm_up\": \"10 ms\", \"seed\": 11");
    tg_test_world_run(&w, 55000, 2);
    ck_assert_int_gt(w.result.replied, 1000);
    tg_result_digest(&w.result, hex);
    ck_assert_msg(strcmp(hex, cases[_i].digest) == 0, "case %d gives %s", _i, hex);
    tg_test_world_destroy(&w);
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
