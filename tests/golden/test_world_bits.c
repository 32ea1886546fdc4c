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
    {TECHNIQUE("{\"sleeps\": true}"), "a06cabee426555328e732cfac2758c8fa881cd77cd41fc485fc5bd64463eaab1"},
    {TECHNIQUE("{\"runs_in\": \"soft_irq\", \"sleeps\": false}"),
     "2c2c4e95f5979bb7ecce1ac750b585929deb42915a47a22d730331969d10710e"},
    {TECHNIQUE("{\"hop\": {\"name\": \"domain\", \"direction\": \"receive\", \"core\": \"driver_domain\", "
               "\"queue\": 30, \"notify\": [{\"cost\": \"irq\"}], \"packet\": [{\"cost\": \"packet\"}]}}"),
     "5b2e3e63d319ca0915eba62a97ab3661c5cbc384c99585e0f70c0dbd36dc9054"},
};

/* Connections that overload a server with two workers, by a client with a machine of its own. */
START_TEST(connections_keep_their_bits)
{
    static const char server[] =
        "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"protocol\": \"tcp\", "
        "\"workers\": 2, "
        "\"holds\": \"connection\", \"interrupt\": [{\"cost\": \"irq\"}], \"packet_in\": [{\"cost\": "
        "\"packet\"}], "
        "\"packet_out\": [{\"cost\": \"packet\", \"count\": 0.5}], \"request\": [{\"cost\": \"work\"}], "
        "\"close\": [{\"cost\": \"work\", \"count\": 0.2}]}";
    static const char keys[] = ", \"link\": {\"latency\": \"20 us\", \"rate\": \"100 Mb/s\", \"framing\": "
                               "\"78 B\"}, \"tcp\": {\"accept_queue\": "
                               "8, \"syn_retries\": [\"20 ms\", \"40 ms\"], \"initial_window\": 2}, "
                               "\"workload\": {\"reply_size\": \"5 kB\", "
                               "\"ports\": 5000, \"descriptors\": 100, \"drain\": \"300 ms\", "
                               "\"client_packet_out\": [{\"cost\": \"send\"}], "
                               "\"costs\": {\"send\": {\"law\": \"4 us\", " SOURCE
                               "}}}, \"horizon\": \"300 ms\", \"warm_up\": \"10 ms\", "
                               "\"seed\": 5";
    struct tg_test_world w;
    char hex[TG_SHA256_HEX];
    tg_test_world_build(&w, profile_text, server, TECHNIQUE("{\"sleeps\": true}"), keys);
    tg_test_world_run(&w, 9000, 1);
    ck_assert_int_gt(w.result.replied, 500);
    ck_assert_int_gt(w.result.dropped[TG_LOSS_ACCEPT_QUEUE], 10);
    tg_result_digest(&w.result, hex);
    ck_assert_msg(strcmp(hex, "3eb64e91a45169620047dce5b423165ed739762eedeb0b09fdbfe7db34d5ea15") == 0,
                  "connections give %s", hex);
    tg_test_world_destroy(&w);
}
END_TEST

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
    tcase_add_test(tcase, connections_keep_their_bits);
    tcase_add_loop_test(tcase, worlds_keep_their_bits, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
