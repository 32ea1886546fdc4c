/* Connections in the simulated world: handshake, segments, tear-down, losses, ports and memory. Prices are
 * constants and jitter is off, so that what happens can be worked out by hand. */
#include <math.h>
#include <string.h>

#include "tg_test_world.h"

#define COST(name, law) "\"" name "\": {\"law\": " law ", \"provenance\": \"assumed\", \"source\": \"test\"}"
#define US(name, us) COST(name, "\"" us " us\"")

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {" US("irq", "2") ", " US(
        "packet",
        "3") ", " US("out",
                     "1") ", " US("syn",
                                  "0.5") ", " US("accept",
                                                 "1.5") ", " US("work",
                                                                "10") ", " US("close",
                                                                              "4") ", " US("wake",
                                                                                           "0.25") "}}";

#define SERVER(keys)                                                                                     \
    "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"protocol\": \"tcp\", "         \
    "\"interrupt\": [{\"cost\": \"irq\"}], \"packet_in\": [{\"cost\": \"packet\"}], \"packet_out\": "    \
    "[{\"cost\": \"out\"}], \"syn_in\": [{\"cost\": \"syn\"}], \"wakeup\": [{\"cost\": \"wake\"}], "     \
    "\"accept\": [{\"cost\": \"accept\"}], \"request\": [{\"cost\": \"work\"}], \"close\": [{\"cost\": " \
    "\"close\"}]" keys "}"

static const char technique_text[] =
    "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"T\", \"rules\": []}";

#define KEYS(workload, more)                                                                      \
    ", \"jitter\": false, \"link\": {\"latency\": \"1 us\"}, \"horizon\": \"1 s\", \"warm_up\": " \
    "\"0 s\", \"workload\": {\"gaps\": \"deterministic\"" workload "}" more

static int64_t failed(const struct tg_result *r)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < r->loss_count; i++)
        sum += r->lost[i];
    return sum;
}

/* One connection at a time. SYN: link 1, interrupt 2, packet 3, set-up 0.5, SYN-ACK out 1, link 1. Then the
 * ACK and the request: link 1, interrupt 2, two packets 6; wake-up 0.25, accept 1.5, work 10, the reply's
 * segments 1 each, link 1. */
START_TEST(a_connection_takes_the_sum_of_its_steps)
{
    static const struct {
        const char *size;
        double us;
        int64_t in, out;
    } cases[] = {
        {"1 kB", 31.25, 5, 4}, {"1460 B", 31.25, 5, 4}, {"4 kB", 33.25, 6, 6}, {"10 kB", 37.25, 8, 10}};
    struct tg_test_world w;
    char keys[512];
    snprintf(keys, sizeof keys, KEYS(", \"reply_size\": \"%s\"", ""), cases[_i].size);
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text, keys);
    tg_test_world_run(&w, 100, 0);
    ck_assert_int_eq(w.result.replied, 99);
    ck_assert_int_eq((int64_t)tg_hist_min(&w.result.latency), (int64_t)(cases[_i].us * 1e6));
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)(cases[_i].us * 1e6));
    /* From the request on, without the handshake's 8.5; the segments leave together. */
    ck_assert_int_eq(w.result.response_ps, 99 * (int64_t)((cases[_i].us - 8.5) * 1e6));
    ck_assert_int_eq(w.result.packets_in, 99 * cases[_i].in);
    ck_assert_int_eq(w.result.packets_out, 99 * cases[_i].out);
    tg_test_world_destroy(&w);
}
END_TEST

static double longest_us(const char *stores)
{
    struct tg_test_world w;
    char keys[512];
    snprintf(keys, sizeof keys,
             ", \"jitter\": false, \"horizon\": \"1 s\", \"warm_up\": \"0 s\", \"link\": {\"rate\": \"8 "
             "Mb/s\"%s}, \"workload\": {\"gaps\": \"deterministic\", \"request_size\": \"100 B\", "
             "\"reply_size\": \"1500 B\"}",
             stores);
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text, keys);
    tg_test_world_run(&w, 100, 0);
    ck_assert_int_eq(w.result.replied, 99);
    double us = (double)tg_hist_max(&w.result.latency) * 1e-6;
    tg_test_world_destroy(&w);
    return us;
}

/* A byte takes a microsecond. The handshake's ACK is dealt with while the request is on its way, so that of
 * the sum of steps, 31.25, four crossings of 1 and a packet of 3 go, and a segment of 1 comes. The request is
 * stored for 100 us, and a segment of 1,460 bytes for as long; the last of 40 bytes waits behind it: it does
 * not overtake. */
START_TEST(a_switch_stores_packets_in_their_order)
{
    double cable = longest_us(", \"stores\": 0"), stored = longest_us(", \"stores\": 1");
    ck_assert_double_eq_tol(cable, 31.25 - 4 - 3 + 1 + 100 + 1500, 1e-6);
    ck_assert_double_eq_tol(stored - cable, 100 + 1460, 1e-6);
}
END_TEST

/* Seven segments, three at once. The first ack lets the server send three more, the one for the third, last
 * in its window, two: but only one is left. What waits: crossing 1, client nothing, crossing 1, interrupt 2,
 * packet 3 and three segments out 3, after the first two have crossed. */
START_TEST(a_reply_starts_slowly)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text,
                        KEYS(", \"reply_size\": \"10 kB\"", ", \"tcp\": {\"initial_window\": 3}"));
    tg_test_world_run(&w, 100, 0);
    ck_assert_int_eq(w.result.replied, 99);
    /* Three segments less in the worker, 37.25 - 4; then the second ack waits for the first to be dealt with,
     * and brings the last segment: 1 + 1 + 2 + (3 + 3) + (3 + 1). */
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)((37.25 - 4 + 14) * 1e6));
    ck_assert_int_eq(w.result.packets_out, 99 * 10);
    tg_test_world_destroy(&w);
}
END_TEST

/* The server closes first: its FIN goes out with the reply, and is answered by the client's. */
START_TEST(the_server_may_close_first)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(", \"closes\": \"server\""), technique_text,
                        KEYS(", \"ports\": 10", ""));
    tg_test_world_run(&w, 100, 0);
    ck_assert_int_eq(w.result.replied, 99);
    ck_assert_int_eq(w.result.packets_in, 99 * 4);
    ck_assert_int_eq(w.result.packets_out, 99 * 4);
    /* The client keeps no port in TIME_WAIT: ten would not do for 99 connections. */
    ck_assert_int_eq(w.result.ports_peak, 1);
    /* It closes when the reply has left, which waits for nothing more than where the client closes. */
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)(31.25 * 1e6));
    tg_test_world_destroy(&w);
}
END_TEST

START_TEST(ports_in_time_wait_run_out_and_come_back)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text,
                        KEYS(", \"ports\": 50", ", \"tcp\": {\"time_wait\": \"500 ms\"}"));
    tg_test_world_run(&w, 200, 0);
    /* 50 connections take a quarter of a second; then nothing goes until half a second has passed. */
    ck_assert_int_eq(w.result.ports_peak, 50);
    ck_assert_int_gt(w.result.replied, 98);
    ck_assert_int_lt(w.result.replied, 102);
    ck_assert_int_eq(w.result.lost[TG_LOSS_PORTS] + w.result.replied, 199);
    tg_test_world_destroy(&w);
    /* Twice the addresses, twice the connections. */
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text,
                        KEYS(", \"ports\": 50, \"addresses\": 2", ", \"tcp\": {\"time_wait\": \"500 ms\"}"));
    tg_test_world_run(&w, 190, 0);
    ck_assert_int_eq(w.result.lost[TG_LOSS_PORTS], 0);
    tg_test_world_destroy(&w);
}
END_TEST

/* A rate inherits the ports of the one before, unless the pause is long enough. */
START_TEST(ports_are_handed_on_to_the_next_rate)
{
    static const char *const pauses[] = {"1 ms", "600 ms"};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        struct tg_carry *carry;
        struct tg_error err;
        char keys[512];
        snprintf(keys, sizeof keys,
                 KEYS(", \"ports\": 250, \"pause\": \"%s\"", ", \"tcp\": {\"time_wait\": \"1500 ms\"}"),
                 pauses[i]);
        tg_test_world_build(&w, profile_text, SERVER(""), technique_text, keys);
        ck_assert_tg_ok(tg_carry_new(&w.scenario, &w.path, &carry, &err), err);
        ck_assert_tg_ok(tg_world_run(w.world, 200, 0, carry, &w.result, &err), err);
        ck_assert_int_eq(w.result.lost[TG_LOSS_PORTS], 0);
        ck_assert_tg_ok(tg_world_run(w.world, 200, 0, carry, &w.result, &err), err);
        if (i == 0)
            /* 51 are left, and none comes back before half a second has passed. */
            ck_assert_int_eq(w.result.lost[TG_LOSS_PORTS], 50);
        else
            ck_assert_int_eq(w.result.lost[TG_LOSS_PORTS], 0);
        tg_carry_free(carry);
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* Twice the rate that the server can do: the accept queue fills, SYNs are dropped, and come again after a
 * second, or never where there are no retries. */
START_TEST(a_full_accept_queue_drops_syns)
{
    static const char *const retries[] = {"[\"1 s\"]", "[]"};
    struct tg_result r[2];
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        char keys[512];
        snprintf(keys, sizeof keys,
                 KEYS(", \"descriptors\": 1000, \"drain\": \"3 s\"",
                      ", \"tcp\": {\"accept_queue\": 20, \"syn_retries\": %s}"),
                 retries[i]);
        tg_test_world_build(&w, profile_text, SERVER(", \"costs\": {" US("work", "1000") "}"), technique_text,
                            keys);
        tg_test_world_run(&w, 2000, 0);
        r[i] = w.result;
        ck_assert_int_gt(w.result.dropped[TG_LOSS_ACCEPT_QUEUE], 100);
        if (i == 0)
            ck_assert_double_gt((double)tg_hist_max(&w.result.latency), 1e12);
        else
            ck_assert_double_lt((double)tg_hist_max(&w.result.latency), 0.1e12);
        tg_test_world_destroy(&w);
    }
    ck_assert_int_gt(r[0].replied, r[1].replied + 100);
    ck_assert_int_eq(r[1].lost[TG_LOSS_RETRIES], failed(&r[1]));
}
END_TEST

/* A tenth more than the server can do. SYNs that were dropped come again after a second: the test lasts twice
 * as long, next to nothing happens in its second half, and the mean of its samples drops, though the server
 * did as much as it can. */
START_TEST(a_test_that_waits_for_retries_samples_low_rates)
{
    static const char *const retries[] = {"[\"1 s\"]", "[]"};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        char keys[512];
        snprintf(keys, sizeof keys,
                 KEYS(", \"drain\": \"10 s\"", ", \"tcp\": {\"accept_queue\": 20, \"syn_retries\": %s}"),
                 retries[i]);
        tg_test_world_build(&w, profile_text, SERVER(", \"costs\": {" US("work", "1000") "}"), technique_text,
                            keys);
        tg_test_world_run(&w, 1100, 0);
        ck_assert_int_gt(w.result.replies_in_window, 900);
        if (i == 0)
            ck_assert_double_lt(w.result.reply_sampled_per_s, 700);
        else
            ck_assert_double_gt(w.result.reply_sampled_per_s, 900);
        tg_test_world_destroy(&w);
    }
}
END_TEST

START_TEST(a_client_has_no_more_sockets_than_descriptors)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(", \"costs\": {" US("work", "1000") "}"), technique_text,
                        KEYS(", \"descriptors\": 30", ""));
    tg_test_world_run(&w, 2000, 0);
    ck_assert_int_eq(w.result.descriptors_peak, 30);
    ck_assert_int_gt(w.result.lost[TG_LOSS_DESCRIPTORS], 500);
    /* What it does send, the server does: about 1,000 a second. */
    ck_assert_int_gt(w.result.replied, 900);
    tg_test_world_destroy(&w);
}
END_TEST

/* A worker a connection, on a link with 5 ms each way: a connection keeps its worker for two crossings at
 * least, from the request to the client's FIN, so that two workers do at most 200 connections a second. */
START_TEST(a_worker_that_holds_its_connection_takes_no_other)
{
    static const struct {
        const char *keys;
        double least, most;
    } cases[] = {{", \"holds\": \"connection\", \"workers\": 2", 150, 201},
                 {", \"holds\": \"request\", \"workers\": 2", 900, 1000}};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        char server[2048];
        snprintf(server, sizeof server, SERVER("%s"), cases[i].keys);
        tg_test_world_build(
            &w, profile_text, server, technique_text,
            ", \"jitter\": false, \"horizon\": \"1 s\", \"warm_up\": \"0 s\", \"workload\": {\"gaps\": "
            "\"deterministic\"}, \"link\": {\"latency\": \"5 ms\"}, \"tcp\": {\"syn_retries\": []}");
        tg_test_world_run(&w, 1000, 0);
        ck_assert_double_ge((double)w.result.replies_in_window, cases[i].least);
        ck_assert_double_le((double)w.result.replies_in_window, cases[i].most);
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* A connection of 10 kB, 20 of them closed and not reclaimed, in 1 MB of which 800 kB are taken. */
START_TEST(memory_runs_out_as_the_system_does)
{
    static const char *const ways[] = {"refuse", "crash"};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        char keys[512];
        snprintf(keys, sizeof keys,
                 KEYS("",
                      ", \"memory\": {\"limit\": \"1 MB\", \"system\": \"700 kB\", \"server\": \"100 kB\", "
                      "\"connection\": \"10 kB\", \"closed\": \"9.5 kB\", \"reclaim\": \"500 ms\", "
                      "\"when_full\": \"%s\"}, \"tcp\": {\"syn_retries\": []}"),
                 ways[i]);
        tg_test_world_build(&w, profile_text, SERVER(""), technique_text, keys);
        tg_test_world_run(&w, 100, 0);
        ck_assert_double_eq_tol(w.result.memory_peak_bytes, 1e6, 1e4);
        /* 21 of the first 50 find room, and of the other 50 again. */
        if (i == 0) {
            ck_assert_int_lt(w.result.crashed_ps, 0);
            ck_assert_int_eq(w.result.lost[TG_LOSS_RETRIES] + w.result.replied, 99);
            ck_assert_int_ge(w.result.replied, 40);
            ck_assert_int_le(w.result.replied, 44);
        } else {
            ck_assert_int_eq(w.result.replied, 21);
            ck_assert_double_eq_tol((double)w.result.crashed_ps, 0.22e12, 1e9);
            ck_assert_int_gt(w.result.dropped[TG_LOSS_CRASH], 70);
        }
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* Requests that the client gives up still cost the server its work, and end in one way only. */
START_TEST(a_client_gives_up)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(", \"costs\": {" US("work", "1000") "}"), technique_text,
                        KEYS(", \"timeout\": \"20 ms\"", ""));
    tg_test_world_run(&w, 1500, 0);
    ck_assert_int_gt(w.result.lost[TG_LOSS_TIMEOUT], 200);
    ck_assert_int_gt(w.result.replied, 10);
    ck_assert_double_le((double)tg_hist_max(&w.result.latency), 20e9 * 1.01);
    tg_test_world_destroy(&w);
}
END_TEST

/* A client that pays 100 us for each packet is what saturates: 4 packets out, 4 in, opening free. */
START_TEST(the_client_is_a_machine_too)
{
    struct tg_test_world w;
    tg_test_world_build(
        &w, profile_text, SERVER(""), technique_text,
        KEYS(", \"client_packet_out\": [{\"cost\": \"slow\"}], \"client_packet_in\": [{\"cost\": "
             "\"slow\"}], \"costs\": {" US("slow", "100") "}",
             ""));
    tg_test_world_run(&w, 100, 0);
    /* SYN, SYN-ACK, ACK and request, reply: five packets of the eight before the reply is there. */
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)((31.25 + 500) * 1e6));
    tg_test_world_run(&w, 3000, 0);
    ck_assert_double_lt((double)w.result.replies_in_window, 1e6 / 500);
    ck_assert_double_gt((double)w.result.client_busy_ps / 1e12, 0.99);
    tg_test_world_destroy(&w);
}
END_TEST

/* A window of 20 on a server of 1 ms: latency is 20 ms at saturation (Little's law). */
START_TEST(a_window_obeys_littles_law)
{
    static const char server[] = "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", "
                                 "\"request\": [{\"cost\": \"work\"}], "
                                 "\"costs\": {" US("work", "1000") "}}";
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, server, technique_text,
                        KEYS(", \"client\": \"window\", \"window\": 20, \"timeout\": \"5 s\"", ""));
    tg_test_world_run(&w, 5000, 0);
    ck_assert_double_eq_tol((double)w.result.replies_in_window, 999, 2);
    ck_assert_double_eq_tol(tg_hist_quantile(&w.result.latency, 0.5), 20e9, 0.3e9);
    /* Below saturation it sends at the rate it is told. */
    tg_test_world_run(&w, 500, 0);
    ck_assert_double_eq_tol((double)w.result.replies_in_window, 500, 1);
    tg_test_world_destroy(&w);
}
END_TEST

/* M/D/1//N by hand at the ends: one user is never in another's way, and with many the server is always busy.
 */
START_TEST(users_think_and_wait)
{
    static const char server[] = "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", "
                                 "\"request\": [{\"cost\": \"work\"}], "
                                 "\"costs\": {" US("work", "1000") "}}";
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, server, technique_text,
                        KEYS(", \"client\": \"closed\", \"think\": \"9 ms\", \"timeout\": \"5 s\"", ""));
    tg_test_world_run(&w, 1 / 9e-3, 0);
    /* 9 ms of thought, 1 of work, 2 us of link. */
    ck_assert_double_eq_tol((double)w.result.replies_in_window, 100, 1);
    tg_test_world_run(&w, 30 / 9e-3, 0);
    ck_assert_double_eq_tol((double)w.result.replies_in_window, 995, 6);
    ck_assert_double_eq_tol(tg_hist_quantile(&w.result.latency, 0.5), 21e9, 0.5e9);
    tg_test_world_destroy(&w);
}
END_TEST

START_TEST(interrupts_wait_for_more_packets)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text, SERVER(""), technique_text,
                        KEYS("", ", \"adapter\": {\"coalesce_time\": \"18 us\", \"coalesce_frames\": 2}"));
    tg_test_world_run(&w, 100, 0);
    /* The SYN waits 18 us for others; the ACK and the request come together, and wait no longer. */
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)((31.25 + 18) * 1e6));
    tg_test_world_destroy(&w);
}
END_TEST

/* On a pair of virtual devices the client's core takes the packet up: 3 us there; the server wakes up, 0.25,
 * from idle, 2, and works, 10, and sends, 1. A crossing is 1 us. What the client does it does one by one: at
 * most 1 / 3 us, while the server would do more. */
START_TEST(the_sender_may_take_packets_up)
{
    static const char server[] =
        "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"idle_exit\": [{\"cost\": "
        "\"irq\"}], \"packet_in\": [{\"cost\": \"packet\"}], \"wakeup\": [{\"cost\": \"wake\"}], "
        "\"request\": "
        "[{\"cost\": \"%s\"}], \"packet_out\": [{\"cost\": \"out\"}], \"queue_limit\": 1000}";
    char text[1024];
    struct tg_test_world w;
    snprintf(text, sizeof text, server, "work");
    tg_test_world_build(&w, profile_text, text, technique_text,
                        KEYS("", ", \"adapter\": {\"core\": \"sender\"}"));
    tg_test_world_run(&w, 100, 0);
    ck_assert_int_eq((int64_t)tg_hist_max(&w.result.latency), (int64_t)(18.25 * 1e6));
    ck_assert_int_eq(w.result.interrupts, 0);
    tg_test_world_destroy(&w);
    snprintf(text, sizeof text, server, "syn");
    tg_test_world_build(&w, profile_text, text, technique_text,
                        KEYS("", ", \"adapter\": {\"core\": \"sender\"}"));
    tg_test_world_run(&w, 400000, 0);
    ck_assert_double_eq_tol((double)w.result.replied / ((double)w.result.run_ps * 1e-12), 1e6 / 3, 100);
    ck_assert_int_lt(w.result.busy_ps[TG_CLASS_USER], (int64_t)0.6e12);
    tg_test_world_destroy(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcp");
    TCase *tc = tcase_create("tcp");
    tcase_add_loop_test(tc, a_connection_takes_the_sum_of_its_steps, 0, 4);
    tcase_add_test(tc, a_switch_stores_packets_in_their_order);
    tcase_add_test(tc, a_reply_starts_slowly);
    tcase_add_test(tc, the_server_may_close_first);
    tcase_add_test(tc, ports_in_time_wait_run_out_and_come_back);
    tcase_add_test(tc, ports_are_handed_on_to_the_next_rate);
    tcase_add_test(tc, a_full_accept_queue_drops_syns);
    tcase_add_test(tc, a_test_that_waits_for_retries_samples_low_rates);
    tcase_add_test(tc, a_client_has_no_more_sockets_than_descriptors);
    tcase_add_test(tc, a_worker_that_holds_its_connection_takes_no_other);
    tcase_add_test(tc, memory_runs_out_as_the_system_does);
    tcase_add_test(tc, a_client_gives_up);
    tcase_add_test(tc, the_client_is_a_machine_too);
    tcase_add_test(tc, a_window_obeys_littles_law);
    tcase_add_test(tc, users_think_and_wait);
    tcase_add_test(tc, interrupts_wait_for_more_packets);
    tcase_add_test(tc, the_sender_may_take_packets_up);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
