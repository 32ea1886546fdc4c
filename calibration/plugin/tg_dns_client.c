#include "tg_dns_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_netns.h"
#include "tg_stopwatch.h"

enum { IDS = 65536 };

struct prepared {
    struct tg_dns_key key;
    size_t name_bytes;
};

struct client {
    const struct tg_dns_load *load;
    struct tg_dns_tally *tally;
    struct prepared *questions;
    int64_t *sent_ns; /* by identifier; 0: none under way */
    int socket;
    uint64_t under_way;
    double latency_sum_ns;
};

static int prepare(struct client *c, struct tg_error *err)
{
    c->questions = calloc(c->load->question_count, sizeof *c->questions);
    c->sent_ns = calloc(IDS, sizeof *c->sent_ns);
    if (!c->questions || !c->sent_ns)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = TG_OK;
    for (size_t i = 0; i < c->load->question_count && !rc; i++)
        rc = tg_dns_name(c->load->questions[i].name, &c->questions[i].key, &c->questions[i].name_bytes, err);
    return rc;
}

/* A socket stays in the namespace it was made in. */
static int open_socket(struct client *c, struct tg_error *err)
{
    enum { BUFFER_BYTES = 4 << 20 };
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(c->load->port ? c->load->port : TG_DNS_PORT)};
    int back, size = BUFFER_BYTES;
    if (inet_pton(AF_INET, c->load->server, &to.sin_addr) != 1)
        return tg_error_set(err, TG_EINPUT, "'%s' is not an IPv4 address", c->load->server);
    int rc = tg_netns_enter(c->load->netns, &back, err);
    if (rc)
        return rc;
    c->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int failed = c->socket < 0 || connect(c->socket, (struct sockaddr *)&to, sizeof to), cause = errno;
    tg_netns_leave(back);
    if (failed)
        return tg_error_set(err, TG_EENV, "cannot reach %s: %s", c->load->server, strerror(cause));
    setsockopt(c->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return TG_OK;
}

static void lose(struct client *c, uint64_t index)
{
    uint64_t id = index % IDS;
    if (c->sent_ns[id]) {
        c->sent_ns[id] = 0;
        c->under_way--;
        c->tally->lost++;
    }
}

static int send_one(struct client *c, struct tg_error *err)
{
    uint8_t message[TG_DNS_MESSAGE_MAX];
    uint64_t index = c->tally->sent;
    const struct prepared *question = &c->questions[index % c->load->question_count];
    size_t bytes =
        tg_dns_query(message, (uint16_t)index, &question->key, question->name_bytes, TG_DNS_TYPE_A);
    lose(c, index); /* whoever had this identifier before */
    c->sent_ns[index % IDS] = tg_stopwatch_now_ns();
    if (send(c->socket, message, bytes, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
        return tg_error_set(err, TG_EENV, "cannot send to %s: %s", c->load->server, strerror(errno));
    c->under_way++;
    c->tally->sent++;
    return TG_OK;
}

/* Which of the queries under way an identifier means: the last one sent with it. */
static uint64_t index_of(const struct client *c, uint16_t id)
{
    uint64_t last = c->tally->sent - 1;
    return last - (uint16_t)((uint16_t)last - id);
}

static void note_fault(struct tg_dns_tally *tally, const char *fault)
{
    if (!tally->wrong++)
        snprintf(tally->fault, sizeof tally->fault, "%s", fault);
}

static void check_reply(struct client *c, const uint8_t *message, size_t bytes)
{
    struct tg_dns_tally *tally = c->tally;
    struct tg_error err = {0};
    uint16_t id = (uint16_t)(bytes >= 2 ? message[0] << 8 | message[1] : 0);
    int64_t sent_ns = c->sent_ns[id];
    if (!sent_ns || bytes < 2) {
        note_fault(tally, "a reply to no query under way");
        return;
    }
    size_t which = index_of(c, id) % c->load->question_count;
    const struct tg_dns_question *expected = &c->load->questions[which];
    double latency_ns = (double)(tg_stopwatch_now_ns() - sent_ns);
    c->sent_ns[id] = 0;
    c->under_way--;
    if (tg_dns_read_reply(message, bytes, &c->questions[which].key, c->questions[which].name_bytes,
                          TG_DNS_TYPE_A, &tally->last, &err)) {
        note_fault(tally, err.text);
        return;
    }
    if (tally->last.rcode != expected->rcode || !tally->last.authoritative ||
        (expected->rcode == TG_DNS_NO_ERROR &&
         (tally->last.answers != 1 || (expected->address && tally->last.address != expected->address)))) {
        note_fault(tally, "not the expected answer");
        return;
    }
    tally->right++;
    c->latency_sum_ns += latency_ns;
    if (tally->right == 1 || latency_ns < tally->latency_min_ns)
        tally->latency_min_ns = latency_ns;
    if (latency_ns > tally->latency_max_ns)
        tally->latency_max_ns = latency_ns;
}

static int receive_all(struct client *c, struct tg_error *err)
{
    uint8_t message[TG_DNS_MESSAGE_MAX];
    for (;;) {
        ssize_t bytes = recv(c->socket, message, sizeof message, 0);
        if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
            return TG_OK;
        if (bytes < 0)
            return tg_error_set(err, TG_EENV, "%s does not answer: %s", c->load->server, strerror(errno));
        check_reply(c, message, (size_t)bytes);
    }
}

static void wait_until(struct client *c, int64_t until_ns)
{
    struct pollfd wait = {.fd = c->socket, .events = POLLIN};
    int64_t left_ns = until_ns - tg_stopwatch_now_ns();
    struct timespec timeout = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
    if (left_ns > 0)
        ppoll(&wait, 1, &timeout, NULL);
}

static int run(struct client *c, struct tg_error *err)
{
    const struct tg_dns_load *load = c->load;
    int64_t begun_ns = tg_stopwatch_now_ns(), end_ns = 0;
    int rc = TG_OK;
    while (!rc && (c->tally->sent < load->count || c->under_way)) {
        int64_t now_ns = tg_stopwatch_now_ns();
        int64_t next_ns = begun_ns + (int64_t)((double)c->tally->sent * 1e9 / load->rate_per_s);
        if (load->interrupted && load->interrupted())
            return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
        if (c->tally->sent == load->count) {
            if (!end_ns)
                end_ns = now_ns + (int64_t)(load->timeout_s * 1e9);
            if (now_ns >= end_ns)
                break;
            wait_until(c, end_ns);
        } else if (now_ns >= next_ns) {
            rc = send_one(c, err);
        } else {
            wait_until(c, next_ns);
        }
        if (!rc)
            rc = receive_all(c, err);
    }
    for (uint64_t id = 0; id < IDS; id++)
        lose(c, id);
    if (c->tally->right)
        c->tally->latency_mean_ns = c->latency_sum_ns / (double)c->tally->right;
    return rc;
}

int tg_dns_client_run(const struct tg_dns_load *load, struct tg_dns_tally *tally, struct tg_error *err)
{
    struct client c = {.load = load, .tally = tally, .socket = -1};
    memset(tally, 0, sizeof *tally);
    int rc = prepare(&c, err);
    if (!rc)
        rc = open_socket(&c, err);
    if (!rc)
        rc = run(&c, err);
    if (c.socket >= 0)
        close(c.socket);
    free(c.questions);
    free(c.sent_ns);
    return rc;
}
