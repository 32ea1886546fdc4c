/* The simulated world: what must hold for every technique at every load. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_test.h"
#include "tg_world.h"

static struct tg_error err;

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {"
    "\"irq\": {\"law\": \"2 us\", \"provenance\": \"assumed\", \"source\": \"t\"},"
    "\"work\": {\"law\": {\"family\": \"exponential\", \"parameters\": {\"mean\": \"10 us\"}}, "
    "\"provenance\": \"assumed\","
    " \"source\": \"t\"},"
    "\"packet\": {\"law\": \"3 us\", \"provenance\": \"assumed\", \"source\": \"t\"},"
    "\"context_switch\": {\"law\": \"1 us\", \"provenance\": \"assumed\", \"source\": \"t\"}},"
    "\"jitter\": [{\"name\": \"tick\", \"rate\": \"250/s\", \"arrivals\": \"periodic\", \"length\": \"5 us\","
    " \"provenance\": \"assumed\", \"source\": \"t\"}]}";

static const char server_text[] =
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"queue_limit\": 40,"
    " \"interrupt\": [{\"cost\": \"irq\"}], \"packet_in\": [{\"cost\": \"packet\"}], \"request\": "
    "[{\"cost\": \"work\"}]}";

#define TECHNIQUE(rules)                                                                                  \
    "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", \"rules\": " \
    "[" rules "]}"

static const char *const techniques[] = {
    TECHNIQUE("{\"sleeps\": true}"),
    TECHNIQUE("{\"runs_in\": \"soft_irq\", \"sleeps\": false}"),
    TECHNIQUE("{\"runs_in\": \"kernel\"}"),
    TECHNIQUE("{\"hop\": {\"name\": \"domain\", \"direction\": \"receive\", \"core\": \"driver_domain\", "
              "\"queue\": 30,"
              " \"notify\": [{\"cost\": \"irq\"}], \"packet\": [{\"cost\": \"packet\"}]}},"
              " {\"hop\": {\"name\": \"out\", \"direction\": \"transmit\", \"core\": \"driver_domain\", "
              "\"queue\": 30,"
              " \"packet\": [{\"cost\": \"packet\"}]}}"),
    TECHNIQUE("{\"hop\": {\"name\": \"host\", \"direction\": \"receive\", \"notify_class\": \"steal\", "
              "\"packet_class\": \"steal\","
              " \"interrupts\": \"each\", \"notify\": [{\"cost\": \"irq\"}], \"packet\": [{\"cost\": "
              "\"packet\"}]}},"
              " {\"hop\": {\"name\": \"host out\", \"direction\": \"transmit\", \"packet_class\": \"steal\","
              " \"packet\": [{\"cost\": \"packet\"}]}},"
              " {\"hop\": {\"name\": \"further out\", \"direction\": \"transmit\", \"packet\": [{\"cost\": "
              "\"packet\"}]}}"),
};

struct fixture {
    struct tg_scenario scenario;
    struct tg_technique technique;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
};

static cJSON *parse(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    return json;
}

static void build(struct fixture *f, const char *technique, int interrupts, double link_bits_per_s)
{
    cJSON *server = parse(server_text), *rules = parse(technique);
    *f = (struct fixture){.scenario = {.adapter = {interrupts, 30, 20, 20},
                                       .link = {TG_PS_PER_US, link_bits_per_s},
                                       .workload = {TG_GAPS_EXPONENTIAL, 64, 64},
                                       .jitter = true,
                                       .time_slice_ps = 3 * TG_PS_PER_MS,
                                       .horizon_ps = 60 * TG_PS_PER_MS,
                                       .warm_up_ps = 10 * TG_PS_PER_MS,
                                       .seed = 7}};
    ck_assert_tg_ok(tg_profile_read_text(profile_text, "p", &f->scenario.profile, &err), err);
    ck_assert_tg_ok(tg_server_read_json(server, "s", &f->scenario.server, &err), err);
    ck_assert_tg_ok(tg_technique_read_json(rules, "t", &f->technique, &err), err);
    ck_assert_tg_ok(tg_technique_apply(&f->technique, &f->scenario.server, &err), err);
    ck_assert_tg_ok(tg_path_build(&f->path, &f->scenario.server, &f->scenario.profile, &err), err);
    ck_assert_tg_ok(tg_world_new(&f->scenario, &f->path, &f->world, &err), err);
    ck_assert_tg_ok(tg_result_init(&f->result, &err), err);
    cJSON_Delete(server);
    cJSON_Delete(rules);
}

static void destroy(struct fixture *f)
{
    tg_world_free(f->world);
    tg_result_release(&f->result);
    tg_technique_release(&f->technique);
    tg_server_release(&f->scenario.server);
    tg_profile_release(&f->scenario.profile);
}

/* tg_world_run itself fails where a request is made or forgotten, or where the toll does not add up. */
START_TEST(requests_and_tolls_are_conserved)
{
    struct fixture f;
    for (int interrupts = 0; interrupts < 2; interrupts++) {
        build(&f, techniques[_i], interrupts, _i % 2 ? 1e8 : 0);
        for (double rate = 1000; rate < 1e6; rate *= 3) {
            ck_assert_tg_ok(tg_world_run(f.world, rate, 0, &f.result, &err), err);
            /* Poisson: six standard deviations. */
            double expected = rate * 0.05;
            ck_assert_double_eq_tol((double)f.result.offered, expected, 6 * sqrt(expected));
            ck_assert_int_eq(f.result.still_open, 0);
        }
        destroy(&f);
    }
}
END_TEST

START_TEST(the_same_replication_gives_the_same_bits)
{
    struct fixture f;
    char first[TG_SHA256_HEX], second[TG_SHA256_HEX], other[TG_SHA256_HEX];
    build(&f, techniques[_i], 0, 0);
    ck_assert_tg_ok(tg_world_run(f.world, 40000, 3, &f.result, &err), err);
    tg_result_digest(&f.result, first);
    ck_assert_tg_ok(tg_world_run(f.world, 90000, 4, &f.result, &err), err);
    tg_result_digest(&f.result, other);
    ck_assert_tg_ok(tg_world_run(f.world, 40000, 3, &f.result, &err), err);
    tg_result_digest(&f.result, second);
    ck_assert_str_eq(first, second);
    ck_assert_str_ne(first, other);
    destroy(&f);
}
END_TEST

/* At light load a request meets an idle machine: its latency is the sum of the prices on its path, unless
 * jitter or another request is in the way. */
START_TEST(light_load_shows_the_path_alone)
{
    /* Twice 1 us of link, 2 of interrupt, 3 of packet, 10 of work; the wake-up is free here. */
    static const double us[] = {17, 17, 17, 25, 28};
    struct fixture f;
    build(&f, techniques[_i], 0, 0);
    ck_assert_tg_ok(tg_world_run(f.world, 1000, 0, &f.result, &err), err);
    double median = tg_hist_quantile(&f.result.latency, 0.5) / 1e6;
    /* The median of the exponential work is 10 ln 2; some 50 samples, so that six standard errors are about 9
     * us. */
    ck_assert_double_eq_tol(median, us[_i] - 10 + 6.93, 9);
    ck_assert_double_ge((double)tg_hist_min(&f.result.latency) / 1e6, us[_i] - 10);
    destroy(&f);
}
END_TEST

/* An interrupt for every packet, and soft interrupts that never give way: past saturation the server starves
 * (Mogul and Ramakrishnan 1996). With polling that gives way after its budget it goes on. */
START_TEST(livelock_starves_the_server_and_polling_does_not)
{
    double replies[2];
    for (int interrupts = 0; interrupts < 2; interrupts++) {
        struct fixture f;
        build(&f, techniques[0], interrupts, 0);
        ck_assert_tg_ok(tg_world_run(f.world, 400000, 0, &f.result, &err), err);
        replies[interrupts] = (double)f.result.replies_in_window / 0.05;
        destroy(&f);
    }
    ck_assert_double_lt(replies[TG_INTERRUPTS_EACH], 1000);
    /* Its queue of 40 requests of 10 us, once each two slices of 3 ms at worst: 6,700 a second. */
    ck_assert_double_gt(replies[TG_INTERRUPTS_POLLED], 6700);
}
END_TEST

/* More packets than one notice: the notices a packet fall as the load grows. */
START_TEST(notices_are_combined_under_load)
{
    struct fixture f;
    build(&f, techniques[3], 0, 0);
    ck_assert_tg_ok(tg_world_run(f.world, 1000, 0, &f.result, &err), err);
    double idle = (double)f.result.interrupts / (double)f.result.replied;
    ck_assert_tg_ok(tg_world_run(f.world, 70000, 0, &f.result, &err), err);
    double busy = (double)f.result.interrupts / (double)f.result.replied;
    ck_assert_double_lt(busy, 0.8 * idle);
    destroy(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("world");
    TCase *tc = tcase_create("world");
    tcase_add_loop_test(tc, requests_and_tolls_are_conserved, 0, TG_COUNT(techniques));
    tcase_add_loop_test(tc, the_same_replication_gives_the_same_bits, 0, TG_COUNT(techniques));
    tcase_add_loop_test(tc, light_load_shows_the_path_alone, 0, TG_COUNT(techniques));
    tcase_add_test(tc, livelock_starves_the_server_and_polling_does_not);
    tcase_add_test(tc, notices_are_combined_under_load);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
