/* What must hold for every scenario: 500 of them, drawn at random over all that a scenario can say, at loads
 * from a tenth of the capacity to three times it.
 *
 * tg_world_run() itself checks that each request ends in exactly one way, that no wait is negative, that the
 * toll adds up to the latency to the picosecond, and Little's law at every queue; any breach is TG_EBUG. Here
 * it is made to, and what it does not see is checked too: that nothing is lost between the counts, and that
 * the same seed gives the same bits, whatever ran in between. Nothing here is left to chance: the seeds are
 * fixed, and none of these laws has a tolerance. */
#include <stdarg.h>
#include <string.h>

#include "tg_test_world.h"

enum { SCENARIOS = 500, GROUPS = 10 };

#define COST(name, law) "\"" name "\": {\"law\": " law ", \"provenance\": \"assumed\", \"source\": \"test\"}"

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", "
    "\"costs\": {" COST("a", "\"2 us\"") ", " COST(
        "b", "{\"family\": "
             "\"exponential\", "
             "\"parameters\": "
             "{\"mean\": \"5 "
             "us\"}}") ", " COST("c", "{\"family\": \"lognormal\", \"parameters\": {\"median\": \"1 us\", "
                                      "\"sigma\": 1}}") ", " COST("context_switch",
                                                                  "\"1 us\"") "}, \"jitter\": [{\"name\": "
                                                                              "\"tick\", \"rate\": "
                                                                              "\"1000/s\", \"arrivals\": "
                                                                              "\"periodic\", \"length\": "
                                                                              "\"5 us\", \"provenance\": "
                                                                              "\"assumed\", \"source\": "
                                                                              "\"t\"}, {\"name\": \"irq\", "
                                                                              "\"rate\": \"300/s\", "
                                                                              "\"length\": {\"family\": "
                                                                              "\"lognormal\", "
                                                                              "\"parameters\": {\"median\": "
                                                                              "\"20 us\", "
                                                                              "\"sigma\": 1}}, "
                                                                              "\"provenance\": \"assumed\", "
                                                                              "\"source\": \"t\"}]}";

struct writer {
    char text[8192];
    size_t used;
    struct tg_rng rng;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(w->text + w->used, sizeof w->text - w->used, format, arguments);
    va_end(arguments);
    ck_assert_int_ge(n, 0);
    w->used += (size_t)n;
    ck_assert_uint_lt(w->used, sizeof w->text);
}

static unsigned pick(struct writer *w, unsigned n)
{
    return (unsigned)(tg_rng_unit(&w->rng) * n);
}

static bool chance(struct writer *w, double probability)
{
    return tg_rng_unit(&w->rng) < probability;
}

static void put_costs(struct writer *w, const char *key)
{
    static const char *const names[] = {"a", "b", "c"};
    if (chance(w, 0.4))
        return;
    put(w, ", \"%s\": [", key);
    unsigned n = 1 + pick(w, 2);
    for (unsigned i = 0; i < n; i++)
        put(w, "%s{\"cost\": \"%s\", \"count\": %.3g}", i ? ", " : "", names[pick(w, 3)],
            0.25 * (double)(1 + pick(w, 8)));
    put(w, "]");
}

/* From a stream of its own: a batch changes nothing else of the server. */
static void put_batch(struct writer *w, unsigned seed)
{
    struct writer own = {0};
    tg_rng_seed(&own.rng, seed, 0, "batch");
    if (strstr(w->text, "\"udp\"") && chance(&own, 0.5))
        put(w, ", \"reply_batch\": %u", chance(&own, 0.8) ? 2 + pick(&own, 20) : 1000000);
}

static void write_server(struct writer *w, unsigned seed)
{
    static const char *const places[] = {"soft_irq", "kernel", "user"};
    w->used = 0;
    put(w, "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"protocol\": \"%s\"",
        chance(w, 0.7) ? "tcp" : "udp");
    put(w, ", \"runs_in\": \"%s\", \"sleeps\": %s, \"workers\": %u", places[pick(w, 3)],
        chance(w, 0.7) ? "true" : "false", 1 + pick(w, 5));
    put(w, ", \"holds\": \"%s\", \"closes\": \"%s\", \"queue_limit\": %u",
        chance(w, 0.5) ? "request" : "connection", chance(w, 0.5) ? "client" : "server", 1 + pick(w, 50));
    for (int p = 0; p < TG_POINT_COUNT; p++)
        if (p != TG_POINT_REQUEST)
            put_costs(w, tg_point_names[p]);
    put_batch(w, seed);
    put(w, ", \"request\": [{\"cost\": \"b\"}]}");
}

static void write_hop(struct writer *w, unsigned i)
{
    static const char *const classes[] = {"steal", "hard_irq", "soft_irq", "kernel"};
    put(w,
        "%s{\"hop\": {\"name\": \"hop %u\", \"direction\": \"%s\", \"core\": \"%s\", \"interrupts\": \"%s\", "
        "\"notify_class\": \"%s\", \"packet_class\": \"%s\", \"queue\": %u",
        i ? ", " : "", i, chance(w, 0.5) ? "receive" : "transmit",
        chance(w, 0.5) ? "server" : "driver_domain", chance(w, 0.7) ? "polled" : "each", classes[pick(w, 4)],
        classes[pick(w, 4)], 1 + pick(w, 60));
    if (chance(w, 0.3))
        put(w, ", \"coalesce_time\": \"%u us\", \"coalesce_frames\": %u", 1 + pick(w, 30), 1 + pick(w, 6));
    put_costs(w, "notify");
    put_costs(w, "packet");
    put(w, "}}");
}

static void write_technique(struct writer *w)
{
    unsigned hops = pick(w, 4);
    w->used = 0;
    put(w, "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", "
           "\"rules\": [");
    for (unsigned i = 0; i < hops; i++)
        write_hop(w, i);
    if (chance(w, 0.3))
        put(w,
            "%s{\"at\": \"packet_in\", \"add\": [{\"cost\": \"a\", \"times\": 0.5, \"as\": "
            "\"translation\"}]}",
            hops ? ", " : "");
    put(w, "]}");
}

static void write_workload(struct writer *w, const char *protocol)
{
    static const char *const clients[] = {"open", "open", "window", "closed"};
    const char *client = clients[pick(w, 4)];
    bool closed = strcmp(client, "closed") == 0, udp = strcmp(protocol, "udp") == 0;
    put(w, ", \"workload\": {\"client\": \"%s\", \"gaps\": \"%s\", \"window\": %u, \"think\": \"%u ms\"",
        client, chance(w, 0.5) ? "deterministic" : "exponential", 1 + pick(w, 30), 1 + pick(w, 20));
    if (udp || chance(w, 0.4))
        put(w, ", \"timeout\": \"%u ms\"", 1 + pick(w, 30));
    if (chance(w, 0.5))
        put(w, ", \"drain\": \"%u ms\"", pick(w, 400));
    put(w,
        ", \"reply_size\": \"%u B\", \"clients\": %u, \"addresses\": %u, \"ports\": %u, \"descriptors\": %u",
        1 + pick(w, 12000), 1 + pick(w, 3), 1 + pick(w, 2), pick(w, 3) ? 20 + pick(w, 400) : 0,
        closed ? 20000 : 40 + pick(w, 1000));
    for (int p = 0; chance(w, 0.7) && p < TG_CLIENT_POINTS; p++)
        put_costs(w, tg_client_point_names[p]);
    put(w, ", \"costs\": {" COST("a", "\"1 us\"") ", " COST("b", "\"2 us\"") ", " COST("c", "\"3 us\"") "}}");
}

static void write_keys(struct writer *w, const char *protocol, unsigned seed)
{
    w->used = 0;
    put(w, ", \"seed\": %u, \"horizon\": \"50 ms\", \"warm_up\": \"%u ms\", \"jitter\": %s", seed,
        pick(w, 20), chance(w, 0.7) ? "true" : "false");
    put(w,
        ", \"adapter\": {\"interrupts\": \"%s\", \"ring\": %u, \"budget\": %u, \"backlog\": %u, "
        "\"coalesce_time\": \"%u us\", \"coalesce_frames\": %u}",
        chance(w, 0.5) ? "polled" : "each", 1 + pick(w, 60), 1 + pick(w, 60), 1 + pick(w, 60),
        chance(w, 0.3) ? pick(w, 30) : 0, 1 + pick(w, 8));
    put(w, ", \"link\": {\"latency\": \"%u us\", \"framing\": \"40 B\", \"stores\": %u, \"queue\": %u",
        pick(w, 100), pick(w, 2), 1 + pick(w, 100));
    put(w, chance(w, 0.5) ? ", \"rate\": \"100 Mb/s\"}" : "}");
    put(w,
        ", \"tcp\": {\"accept_queue\": %u, \"syn_queue\": %u, \"minimum_rto\": \"%u ms\", \"time_wait\": "
        "\"%u ms\", \"initial_window\": %u",
        1 + pick(w, 40), 1 + pick(w, 40), 1 + pick(w, 30), 10 + pick(w, 200), 1 + pick(w, 12));
    put(w, chance(w, 0.7) ? ", \"syn_retries\": [\"5 ms\", \"10 ms\"]}" : ", \"syn_retries\": []}");
    if (chance(w, 0.4))
        put(w,
            ", \"memory\": {\"limit\": \"1 MB\", \"system\": \"800 kB\", \"connection\": \"%u kB\", "
            "\"closed\": "
            "\"%u kB\", \"reclaim\": \"20 ms\", \"when_full\": \"%s\"}",
            1 + pick(w, 30), pick(w, 5), chance(w, 0.7) ? "refuse" : "crash");
    write_workload(w, protocol);
}

static void check(const struct tg_result *r)
{
    int64_t ended = r->replied + r->still_open;
    for (unsigned i = 0; i < r->loss_count; i++) {
        ck_assert_int_ge(r->lost[i], 0);
        ended += r->lost[i];
    }
    ck_assert_int_eq(ended, r->offered);
    ck_assert_int_eq((int64_t)r->latency.count, r->replied);
    int64_t by_window = 0;
    for (int64_t i = 0; i < r->reply_windows; i++)
        by_window += r->replies_by_window[i];
    ck_assert_int_le(by_window, r->replies_in_window);
    tg_ps busy = 0;
    for (int k = 0; k < TG_CLASS_COUNT; k++)
        busy += r->busy_ps[k];
    ck_assert_int_le(busy, r->window_ps);
}

static void try_scenario(unsigned seed)
{
    static struct writer server, technique, keys;
    struct tg_test_world w;
    char first[TG_SHA256_HEX], again[TG_SHA256_HEX];
    tg_rng_seed(&server.rng, seed, 0, "server");
    tg_rng_seed(&technique.rng, seed, 0, "technique");
    tg_rng_seed(&keys.rng, seed, 0, "keys");
    write_server(&server, seed);
    write_technique(&technique);
    write_keys(&keys, strstr(server.text, "\"udp\"") ? "udp" : "tcp", seed);
    tg_test_world_build(&w, profile_text, server.text, technique.text, keys.text);
    if (getenv("TG_SHOW_SCENARIOS"))
        fprintf(stderr, "%u: %s\n%s\n%s\n", seed, server.text, technique.text, keys.text);
    double capacity = tg_world_capacity_per_s(&w.scenario, &w.path);
    for (int i = 0; i < 3; i++) {
        static const double loads[] = {0.1, 0.9, 3};
        tg_test_world_run(&w, loads[i] * capacity, (uint64_t)i);
        check(&w.result);
        if (i == 0)
            tg_result_digest(&w.result, first);
    }
    tg_test_world_run(&w, 0.1 * capacity, 0);
    tg_result_digest(&w.result, again);
    ck_assert_str_eq(first, again);
    tg_test_world_destroy(&w);
}

START_TEST(every_scenario_keeps_the_laws)
{
    for (unsigned i = 0; i < SCENARIOS / GROUPS; i++)
        try_scenario((unsigned)_i * (SCENARIOS / GROUPS) + i + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("properties");
    TCase *tc = tcase_create("properties");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, every_scenario_keeps_the_laws, 0, GROUPS);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
