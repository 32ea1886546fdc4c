#include "tg_dns_client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_test.h"

/* A server on the loopback that answers every name with 192.0.2.1, and misbehaves as it is told. */
enum fault { NONE, SILENT, WRONG_ADDRESS, WRONG_CODE, WRONG_NAME, WRONG_ID, CUT_SHORT, TWICE, NO_AUTHORITY };

struct server {
    int socket;
    uint16_t port;
    enum fault fault;
    unsigned every; /* of so many queries the last meets the fault */
    pthread_t thread;
};

static size_t answer(uint8_t *message, size_t bytes, enum fault fault)
{
    static const uint8_t record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
    memcpy(message + bytes, record, sizeof record);
    message[2] |= fault == NO_AUTHORITY ? 0x80 : 0x84;
    message[3] = fault == WRONG_CODE ? 2 : 0;
    message[7] = 1;
    message[0] ^= fault == WRONG_ID ? 0x80 : 0;
    message[14] ^= fault == WRONG_NAME ? 1 : 0;
    message[bytes + 15] ^= fault == WRONG_ADDRESS ? 1 : 0;
    return bytes + sizeof record - (fault == CUT_SHORT ? 3 : 0);
}

static void *serve(void *opaque)
{
    struct server *server = opaque;
    uint8_t message[TG_DNS_MESSAGE_MAX + 16];
    struct sockaddr_in from;
    for (unsigned i = 1;; i++) {
        socklen_t length = sizeof from;
        ssize_t bytes =
            recvfrom(server->socket, message, TG_DNS_MESSAGE_MAX, 0, (struct sockaddr *)&from, &length);
        if (bytes < 12)
            return NULL; /* the test says it is over */
        enum fault fault = i % server->every == 0 ? server->fault : NONE;
        if (fault == SILENT)
            continue;
        size_t reply = answer(message, (size_t)bytes, fault);
        for (int copies = fault == TWICE ? 2 : 1; copies; copies--)
            sendto(server->socket, message, reply, 0, (struct sockaddr *)&from, length);
    }
}

static void start(struct server *server, enum fault fault, unsigned every)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof here;
    server->fault = fault;
    server->every = every;
    server->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server->socket, (struct sockaddr *)&here, sizeof here), 0);
    ck_assert_int_eq(getsockname(server->socket, (struct sockaddr *)&here, &length), 0);
    server->port = ntohs(here.sin_port);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(server->port)};
    sendto(server->socket, "", 0, 0, (struct sockaddr *)&to, sizeof to);
    pthread_join(server->thread, NULL);
    close(server->socket);
}

/* Fewer than a socket of the usual size holds, so that none is lost where the server does not get to run. */
enum { QUERIES = 200, EVERY = 8 };

static struct tg_dns_tally ask(enum fault fault)
{
    const struct tg_dns_question questions[] = {{"www.example.org", TG_DNS_NO_ERROR, inet_addr("192.0.2.1")},
                                                {"b.example.org", TG_DNS_NO_ERROR, 0}};
    struct tg_error err = {0};
    struct tg_dns_tally tally;
    struct server server;
    start(&server, fault, EVERY);
    const struct tg_dns_load load = {.server = "127.0.0.1",
                                     .port = server.port,
                                     .questions = questions,
                                     .question_count = 2,
                                     .count = QUERIES,
                                     .rate_per_s = 10000,
                                     .timeout_s = fault == SILENT || fault == WRONG_ID ? 1 : 20};
    ck_assert_tg_ok(tg_dns_client_run(&load, &tally, &err), err);
    stop(&server);
    ck_assert_uint_eq(tally.sent, QUERIES);
    return tally;
}

START_TEST(right_answers_are_counted_and_timed)
{
    struct tg_dns_tally tally = ask(NONE);
    ck_assert_uint_eq(tally.right, QUERIES);
    ck_assert_uint_eq(tally.wrong + tally.lost, 0);
    ck_assert_double_gt(tally.latency_min_ns, 0);
    ck_assert_double_ge(tally.latency_mean_ns, tally.latency_min_ns);
    ck_assert_double_ge(tally.latency_max_ns, tally.latency_mean_ns);
}
END_TEST

static const struct {
    enum fault fault;
    unsigned right, wrong, lost;
    const char *needle;
} faults[] = {
    {SILENT, QUERIES * 7 / 8, 0, QUERIES / 8, ""},
    /* The second question, which the last of every eight is, takes any address. */
    {WRONG_ADDRESS, QUERIES, 0, 0, ""},
    {WRONG_CODE, QUERIES * 7 / 8, QUERIES / 8, 0, "not the expected answer"},
    {NO_AUTHORITY, QUERIES * 7 / 8, QUERIES / 8, 0, "not the expected answer"},
    {WRONG_NAME, QUERIES * 7 / 8, QUERIES / 8, 0, "another question"},
    {CUT_SHORT, QUERIES * 7 / 8, QUERIES / 8, 0, "not an address"},
    {TWICE, QUERIES, QUERIES / 8, 0, "no query under way"},
    {WRONG_ID, QUERIES * 7 / 8, QUERIES / 8, QUERIES / 8, "no query under way"},
};

START_TEST(faulty_answers_are_told_from_right_ones)
{
    struct tg_dns_tally tally = ask(faults[_i].fault);
    ck_assert_uint_eq(tally.right, faults[_i].right);
    /* The copy of the very last answer may come when nobody waits any more. */
    ck_assert_uint_ge(tally.wrong + (faults[_i].fault == TWICE), faults[_i].wrong);
    ck_assert_uint_le(tally.wrong, faults[_i].wrong);
    ck_assert_uint_eq(tally.lost, faults[_i].lost);
    ck_assert_msg(strstr(tally.fault, faults[_i].needle) != NULL, "%s", tally.fault);
}
END_TEST

START_TEST(a_wrong_address_is_noticed)
{
    const struct tg_dns_question question = {"www.example.org", TG_DNS_NO_ERROR, inet_addr("192.0.2.1")};
    struct tg_error err = {0};
    struct tg_dns_tally tally;
    struct server server;
    start(&server, WRONG_ADDRESS, 2);
    const struct tg_dns_load load = {.server = "127.0.0.1",
                                     .port = server.port,
                                     .questions = &question,
                                     .question_count = 1,
                                     .count = 20,
                                     .rate_per_s = 10000,
                                     .timeout_s = 20};
    ck_assert_tg_ok(tg_dns_client_run(&load, &tally, &err), err);
    stop(&server);
    ck_assert_uint_eq(tally.right, 10);
    ck_assert_uint_eq(tally.wrong, 10);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_told)
{
    const struct tg_dns_question question = {"www.example.org", TG_DNS_NO_ERROR, 0};
    struct tg_error err = {0};
    struct tg_dns_tally tally;
    struct server server;
    start(&server, NONE, 1);
    stop(&server); /* its port is free again, and nobody listens */
    struct tg_dns_load load = {.server = "127.0.0.1",
                               .port = server.port,
                               .questions = &question,
                               .question_count = 1,
                               .count = 5,
                               .rate_per_s = 100,
                               .timeout_s = 1};
    ck_assert_int_eq(tg_dns_client_run(&load, &tally, &err), TG_EENV);
    load.server = "example.org";
    ck_assert_int_eq(tg_dns_client_run(&load, &tally, &err), TG_EINPUT);
    load.server = "127.0.0.1";
    load.netns = "no-such-namespace";
    ck_assert_int_eq(tg_dns_client_run(&load, &tally, &err), TG_EENV);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dns_client");
    TCase *tc = tcase_create("dns_client");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, right_answers_are_counted_and_timed);
    tcase_add_loop_test(tc, faulty_answers_are_told_from_right_ones, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tc, a_wrong_address_is_noticed);
    tcase_add_test(tc, a_server_that_is_not_there_is_told);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
