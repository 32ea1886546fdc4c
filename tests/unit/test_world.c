/* The simulated world: what must hold for every technique at every load. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_test_world.h"

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

static void build(struct tg_test_world *w, const char *technique, const char *interrupts, const char *rate)
{
    char keys[1024];
    snprintf(keys, sizeof keys,
             ", \"adapter\": {\"interrupts\": \"%s\", \"ring\": 30, \"budget\": 20, \"backlog\": 20},"
             " \"link\": {\"latency\": \"1 us\"%s}, \"horizon\": \"60 ms\", \"warm_up\": \"10 ms\", "
             "\"seed\": 7",
             interrupts, rate);
    tg_test_world_build(w, profile_text, server_text, technique, keys);
}

static const char *const interrupts_names[] = {"polled", "each"};

/* tg_world_run itself fails where a request is made or forgotten, or where the toll does not add up. */
START_TEST(requests_and_tolls_are_conserved)
{
    struct tg_test_world f;
    for (int interrupts = 0; interrupts < 2; interrupts++) {
        build(&f, techniques[_i], interrupts_names[interrupts], _i % 2 ? ", \"rate\": \"100 Mb/s\"" : "");
        for (double rate = 1000; rate < 1e6; rate *= 3) {
            tg_test_world_run(&f, rate, 0);
            /* Poisson: six standard deviations. */
            double expected = rate * 0.05;
            ck_assert_double_eq_tol((double)f.result.offered, expected, 6 * sqrt(expected));
            ck_assert_int_eq(f.result.still_open, 0);
        }
        tg_test_world_destroy(&f);
    }
}
END_TEST

START_TEST(the_same_replication_gives_the_same_bits)
{
    struct tg_test_world f;
    char first[TG_SHA256_HEX], second[TG_SHA256_HEX], other[TG_SHA256_HEX];
    build(&f, techniques[_i], "polled", "");
    tg_test_world_run(&f, 40000, 3);
    tg_result_digest(&f.result, first);
    tg_test_world_run(&f, 90000, 4);
    tg_result_digest(&f.result, other);
    tg_test_world_run(&f, 40000, 3);
    tg_result_digest(&f.result, second);
    ck_assert_str_eq(first, second);
    ck_assert_str_ne(first, other);
    tg_test_world_destroy(&f);
}
END_TEST

/* At light load a request meets an idle machine: its latency is the sum of the prices on its path, unless
 * jitter or another request is in the way. */
START_TEST(light_load_shows_the_path_alone)
{
    /* Twice 1 us of link, 2 of interrupt, 3 of packet, 10 of work; the wake-up is free here. */
    static const double us[] = {17, 17, 17, 25, 28};
    struct tg_test_world f;
    build(&f, techniques[_i], "polled", "");
    tg_test_world_run(&f, 1000, 0);
    double median = tg_hist_quantile(&f.result.latency, 0.5) / 1e6;
    /* The median of the exponential work is 10 ln 2; some 50 samples, so that six standard errors are about 9
     * us. */
    ck_assert_double_eq_tol(median, us[_i] - 10 + 6.93, 9);
    ck_assert_double_ge((double)tg_hist_min(&f.result.latency) / 1e6, us[_i] - 10);
    tg_test_world_destroy(&f);
}
END_TEST

/* An interrupt for every packet, and soft interrupts that never give way: past saturation the server starves
 * (Mogul and Ramakrishnan 1996). With polling that gives way after its budget it goes on. */
START_TEST(livelock_starves_the_server_and_polling_does_not)
{
    double replies[2];
    for (int interrupts = 0; interrupts < 2; interrupts++) {
        struct tg_test_world f;
        build(&f, techniques[0], interrupts_names[interrupts], "");
        tg_test_world_run(&f, 400000, 0);
        replies[interrupts] = (double)f.result.replies_in_window / 0.05;
        tg_test_world_destroy(&f);
    }
    ck_assert_double_lt(replies[TG_INTERRUPTS_EACH], 1000);
    /* Its queue of 40 requests of 10 us, once each two slices of 3 ms at worst: 6,700 a second. */
    ck_assert_double_gt(replies[TG_INTERRUPTS_POLLED], 6700);
}
END_TEST

/* More packets than one notice: the notices a packet fall as the load grows. */
START_TEST(notices_are_combined_under_load)
{
    struct tg_test_world f;
    build(&f, techniques[3], "polled", "");
    tg_test_world_run(&f, 1000, 0);
    double idle = (double)f.result.interrupts / (double)f.result.replied;
    tg_test_world_run(&f, 70000, 0);
    double busy = (double)f.result.interrupts / (double)f.result.replied;
    ck_assert_double_lt(busy, 0.8 * idle);
    tg_test_world_destroy(&f);
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
