#include "tg_across.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TAKE_MAX = 32, /* packets that one recvmmsg asks for: more than wait */
    COMMAND_END = UINT32_MAX,
};

bool tg_across_available(const struct tg_probe *probe, char *reason, size_t size)
{
    struct tg_error why;
    (void)probe;
    if (tg_netpair_available(&why)) {
        snprintf(reason, size, "%s", why.text);
        return false;
    }
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        return true;
    snprintf(reason, size, "needs a second CPU");
    return false;
}

static int send_from(int from, const struct sockaddr_in *target)
{
    static const char payload[TG_ACROSS_BYTES];
    return sendto(from, payload, sizeof payload, MSG_DONTWAIT, (const struct sockaddr *)target,
                  sizeof *target) == TG_ACROSS_BYTES
               ? 0
               : errno;
}

static int receive_at(int to)
{
    char payload[TG_ACROSS_BYTES];
    ssize_t got = recv(to, payload, sizeof payload, MSG_DONTWAIT);
    return got == TG_ACROSS_BYTES ? 0 : got < 0 ? errno : EIO;
}

int tg_across_send_one(const struct tg_across *across)
{
    return send_from(across->from, &across->target);
}

int tg_across_take_one(const struct tg_across *across)
{
    return receive_at(across->pair.server);
}

int tg_across_batch(const struct tg_across *across)
{
    return across->way->packets ? across->way->packets : TG_ACROSS_BATCH;
}

int tg_across_answer(const struct tg_across *across)
{
    char payload[TG_ACROSS_BYTES];
    struct sockaddr_in asker;
    socklen_t size = sizeof asker;
    for (int i = 0; i < tg_across_batch(across); i++) {
        ssize_t got = recvfrom(across->pair.server, payload, sizeof payload, MSG_DONTWAIT,
                               (struct sockaddr *)&asker, &size);
        if (got != TG_ACROSS_BYTES)
            return got < 0 ? errno : EIO;
        if (sendto(across->pair.server, payload, sizeof payload, 0, (const struct sockaddr *)&asker, size) !=
            TG_ACROSS_BYTES)
            return errno;
    }
    return 0;
}

static int send_singly(const struct tg_across *a)
{
    int fault = 0;
    for (int i = 0; i < tg_across_batch(a) && !fault; i++)
        fault = send_from(a->from, &a->target);
    return fault;
}

static int receive_singly(const struct tg_across *a)
{
    int fault = 0;
    for (int i = 0; i < tg_across_batch(a) && !fault; i++)
        fault = receive_at(a->to);
    return fault;
}

/* The first time there is nothing to be read. */
static int act_as_client(const struct tg_across *a)
{
    int fault = 0;
    while (receive_at(a->pair.client) == 0) {
    }
    for (int i = 0; i < tg_across_batch(a) && !fault; i++)
        fault = send_from(a->pair.client, &a->pair.server_address);
    return fault;
}

/* As a generator of load does: the packets lie there, and each call is given all of them. */
struct packets {
    char payloads[TAKE_MAX][TG_ACROSS_BYTES];
    struct iovec parts[TAKE_MAX];
    struct mmsghdr headers[TAKE_MAX];
};

static struct packets outgoing, incoming;

static void lay_out(struct packets *packets)
{
    for (int i = 0; i < TAKE_MAX; i++) {
        packets->parts[i] = (struct iovec){packets->payloads[i], TG_ACROSS_BYTES};
        packets->headers[i].msg_hdr = (struct msghdr){.msg_iov = &packets->parts[i], .msg_iovlen = 1};
    }
}

static int send_together(const struct tg_across *a)
{
    int sent = sendmmsg(a->from, outgoing.headers, TG_ACROSS_BATCH, MSG_DONTWAIT);
    return sent == TG_ACROSS_BATCH ? 0 : sent < 0 ? errno : EIO;
}

static int receive_together(const struct tg_across *a)
{
    int got = recvmmsg(a->to, incoming.headers, TAKE_MAX, MSG_DONTWAIT, NULL);
    return got == TG_ACROSS_BATCH ? 0 : got < 0 ? errno : EIO;
}

int tg_across_send(const struct tg_across *a)
{
    return a->way->together && !a->way->back ? send_together(a) : send_singly(a);
}

int tg_across_receive(const struct tg_across *a)
{
    return a->way->together && a->way->back ? receive_together(a) : receive_singly(a);
}

/* The other core: for each odd number that it sees it does its part, and answers with the next even one. */
static void take_turns(struct tg_peer *peer, int (*part)(const struct tg_across *a))
{
    const struct tg_across *a = peer->argument;
    uint64_t seen = 0;
    for (;;) {
        uint64_t word = peer->page->word;
        if (word == COMMAND_END)
            return;
        if (word == seen || word % 2 == 0)
            continue;
        peer->page->code = part(a);
        seen = word + 1;
        peer->page->word = seen;
    }
}

static void send_in_turn(struct tg_peer *peer)
{
    take_turns(peer, tg_across_send);
}

static void exchange_in_turn(struct tg_peer *peer)
{
    take_turns(peer, act_as_client);
}

static void receive_in_turn(struct tg_peer *peer)
{
    take_turns(peer, tg_across_receive);
}

int tg_across_turn(struct tg_across *a, struct tg_error *err)
{
    a->turn += 2;
    a->peer.page->word = a->turn - 1;
    while (a->peer.page->word != a->turn)
        ;
    if (a->peer.page->code)
        return tg_error_set(err, TG_EENV, "the other core cannot use the test network: %s",
                            strerror(a->peer.page->code));
    return TG_OK;
}

/* The server learns the client's address from a packet of the client's. */
static int learn_target(struct tg_across *a, struct tg_error *err)
{
    char byte = 0;
    socklen_t size = sizeof a->target;
    if (sendto(a->pair.client, &byte, 1, 0, (const struct sockaddr *)&a->pair.server_address,
               sizeof a->pair.server_address) != 1 ||
        recvfrom(a->pair.server, &byte, 1, 0, (struct sockaddr *)&a->target, &size) != 1)
        return tg_error_set(err, TG_EENV, "no packet gets through the test network: %s", strerror(errno));
    return TG_OK;
}

static int open_way(struct tg_across *a, struct tg_error *err)
{
    int rc = tg_netpair_open(&a->pair, a->way->kind, SOCK_DGRAM, err);
    if (rc)
        return rc;
    a->from = a->way->back ? a->pair.server : a->pair.client;
    a->to = a->way->back ? a->pair.client : a->pair.server;
    a->target = a->pair.server_address;
    if (a->way->together && connect(a->pair.client, (const struct sockaddr *)&a->pair.server_address,
                                    sizeof a->pair.server_address))
        return tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(errno));
    return a->way->back ? learn_target(a, err) : TG_OK;
}

static tg_peer_loop loop_of(const struct tg_way *way)
{
    if (way->exchange)
        return exchange_in_turn;
    return way->is_receipt ? send_in_turn : receive_in_turn;
}

int tg_across_open(struct tg_across *across, const struct tg_bench *bench, const struct tg_way *way,
                   struct tg_error *err)
{
    *across = (struct tg_across){.way = way, .pair = {.client = -1, .server = -1, .middle = -1}};
    if (bench->peer_cpu < 0)
        return tg_error_set(err, TG_EENV, "needs a second CPU, and only one is allowed");
    lay_out(&outgoing);
    lay_out(&incoming);
    int rc = open_way(across, err);
    if (!rc)
        rc = tg_peer_start(&across->peer, bench->peer_cpu, loop_of(way), across, err);
    across->started = !rc;
    return rc;
}

void tg_across_close(struct tg_across *across)
{
    if (across->started) {
        across->peer.page->word = COMMAND_END;
        tg_peer_stop(&across->peer);
    }
    tg_netpair_close(&across->pair);
}
