#include "tg_load.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_dns.h"
#include "tg_responder.h"
#include "tg_test.h"

/* On this process's own loopback, where an unprivileged user may serve too. */
static struct tg_load usual(uint16_t port, double rate_per_s, double window_s)
{
    return (struct tg_load){.target = "127.0.0.1",
                            .port = port,
                            .name = "www.example.org",
                            .rate_per_s = rate_per_s,
                            .window_s = window_s,
                            .timeout_s = 2,
                            .batch_max = 8,
                            .seed = 7,
                            .cpu = -1};
}

/* A free port, found by trying. */
static pid_t serve(uint16_t *port, const char *crossing, unsigned crossings)
{
    struct tg_error err = {0};
    pid_t pid = 0;
    struct tg_responder_setup setup = {.address = "127.0.0.1",
                                       .crossing = crossing ? tg_crossing_find(crossing) : NULL,
                                       .crossings = crossings};
    for (int i = 0; i < 50 && !pid; i++) {
        setup.port = (uint16_t)(20000 + (getpid() * 7 + i) % 20000);
        tg_responder_start(&pid, &setup, &err);
    }
    ck_assert_msg(pid > 0, "%s", err.text);
    *port = setup.port;
    return pid;
}

START_TEST(every_request_is_answered_and_timed)
{
    uint16_t port;
    struct tg_error err = {0};
    struct tg_load_tally t;
    pid_t server = serve(&port, "syscall", 3);
    struct tg_load load = usual(port, 2000, 0.2);
    load.warmup_s = 0.05;
    ck_assert_tg_ok(tg_load_await(&load, 5, &err), err);
    ck_assert_tg_ok(tg_load_run(&load, &t, &err), err);
    /* 400 expected; 8 standard deviations are 160. */
    ck_assert_uint_gt(t.due, 240);
    ck_assert_uint_lt(t.due, 560);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_le(t.sent, t.due);
    ck_assert_uint_le(t.answered, t.sent);
    ck_assert_uint_gt(t.answered, 0);
    for (size_t i = 0; i < t.answered; i++)
        ck_assert_double_gt(t.latency_ns[i], i ? t.latency_ns[i - 1] - 1 : 0);
    ck_assert_double_ge(t.late_max_ns, t.late_p99_ns);
    ck_assert_double_le(t.batch_max, 8);
    tg_load_tally_release(&t);
    tg_responder_stop(server);
}
END_TEST

/* The server stands still for a while. All that was due then has to wait, not only the one request that a
 * client which waits for answers would have sent. */
START_TEST(what_is_due_while_the_server_stands_still_counts_as_waiting)
{
    enum { STILL_MS = 600, RATE_PER_S = 300 };
    uint16_t port;
    struct tg_error err = {0};
    struct tg_load_tally t;
    pid_t server = serve(&port, NULL, 0);
    struct tg_load load = usual(port, RATE_PER_S, 0.7);
    load.even = true;
    ck_assert_tg_ok(tg_load_await(&load, 5, &err), err);
    kill(server, SIGSTOP);
    pid_t waker = fork();
    if (waker == 0) {
        usleep(STILL_MS * 1000);
        kill(server, SIGCONT);
        _exit(0);
    }
    ck_assert_tg_ok(tg_load_run(&load, &t, &err), err);
    size_t waited = 0;
    for (size_t i = 0; i < t.answered; i++)
        waited += t.latency_ns[i] > 50e6;
    /* Those due in the first 550 ms, 165 of them, if the run began with the standstill; some, even if other
     * work kept it from beginning for most of that time. */
    ck_assert_uint_ge(waited, 30);
    tg_load_tally_release(&t);
    waitpid(waker, NULL, 0);
    tg_responder_stop(server);
}
END_TEST

START_TEST(a_server_that_is_not_there_loses_all)
{
    struct tg_error err = {0};
    struct tg_load_tally t;
    struct tg_load load = usual(9, 1000, 0.05);
    load.timeout_s = 0.01;
    ck_assert_tg_ok(tg_load_run(&load, &t, &err), err);
    ck_assert_uint_eq(t.answered, 0);
    tg_load_tally_release(&t);
    ck_assert_int_eq(tg_load_await(&load, 0.05, &err), TG_EENV);
}
END_TEST

START_TEST(a_run_has_a_limit)
{
    struct tg_error err = {0};
    struct tg_load_tally t;
    struct tg_load load = usual(9, 1e6, 1000);
    ck_assert_int_eq(tg_load_run(&load, &t, &err), TG_ELIMIT);
}
END_TEST

static int always(void)
{
    return 1;
}

START_TEST(a_run_can_be_interrupted)
{
    struct tg_error err = {0};
    struct tg_load_tally t;
    struct tg_load load = usual(9, 1000, 3600);
    load.interrupted = always;
    ck_assert_int_eq(tg_load_run(&load, &t, &err), TG_EINTERRUPTED);
}
END_TEST

START_TEST(the_responder_answers_as_a_name_server)
{
    uint8_t message[TG_RESPONDER_MESSAGE_MAX];
    struct tg_error err = {0};
    struct tg_dns_key key;
    struct tg_dns_reply reply;
    size_t name_bytes;
    ck_assert_tg_ok(tg_dns_name("www.example.org", &key, &name_bytes, &err), err);
    size_t bytes = tg_dns_query(message, 99, &key, name_bytes, TG_DNS_TYPE_A);
    bytes = tg_responder_answer(message, bytes);
    ck_assert_tg_ok(tg_dns_read_reply(message, bytes, &key, name_bytes, TG_DNS_TYPE_A, &reply, &err), err);
    ck_assert_uint_eq(reply.id, 99);
    ck_assert_int_eq(reply.rcode, TG_DNS_NO_ERROR);
    ck_assert_uint_eq(reply.answers, 1);
    ck_assert(reply.authoritative);
    /* Too short for DNS, and too long to hold an answer: as they came. */
    memset(message, 1, sizeof message);
    ck_assert_uint_eq(tg_responder_answer(message, 5), 5);
    ck_assert_uint_eq(tg_responder_answer(message, sizeof message), sizeof message);
    ck_assert_uint_eq(message[2], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *tc = tcase_create("load");
    tcase_add_test(tc, every_request_is_answered_and_timed);
    tcase_add_test(tc, what_is_due_while_the_server_stands_still_counts_as_waiting);
    tcase_add_test(tc, a_server_that_is_not_there_loses_all);
    tcase_add_test(tc, a_run_has_a_limit);
    tcase_add_test(tc, a_run_can_be_interrupted);
    tcase_add_test(tc, the_responder_answers_as_a_name_server);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
