/* Round trips between two processes of one core, and TCP connections. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_netpair.h"
#include "tg_probe_kind.h"
#include "tg_remote.h"

enum { PAYLOAD_BYTES = 64 };

static bool net_available(const struct tg_probe *probe, char *reason, size_t size)
{
    struct tg_error why;
    (void)probe;
    if (tg_netpair_available(&why) == TG_OK)
        return true;
    snprintf(reason, size, "%s", why.text);
    return false;
}

struct talk {
    struct tg_netpair net;
    struct tg_peer peer;
    int accepted; /* the server's end of a connection */
};

static int cannot_talk(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "cannot talk on the test network: %s", strerror(errno));
}

static void echo_datagrams(struct tg_peer *peer)
{
    const struct talk *t = peer->argument;
    char payload[PAYLOAD_BYTES];
    struct sockaddr_in from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(t->net.server, payload, sizeof payload, 0, (struct sockaddr *)&from, &size);
        if (got <= 0 || sendto(t->net.server, payload, (size_t)got, 0, (struct sockaddr *)&from, size) != got)
            break;
    }
}

static void echo_stream(struct tg_peer *peer)
{
    const struct talk *t = peer->argument;
    char payload[PAYLOAD_BYTES];
    for (;;) {
        ssize_t got = recv(t->accepted, payload, sizeof payload, MSG_WAITALL);
        if (got <= 0 || send(t->accepted, payload, (size_t)got, MSG_NOSIGNAL) != got)
            break;
    }
}

static int connect_stream(struct talk *t, struct tg_error *err)
{
    int yes = 1;
    if (connect(t->net.client, (struct sockaddr *)&t->net.server_address, sizeof t->net.server_address) != 0)
        return cannot_talk(err);
    t->accepted = accept(t->net.server, NULL, NULL);
    if (t->accepted < 0)
        return cannot_talk(err);
    setsockopt(t->net.client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(t->accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return TG_OK;
}

static int talk_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    struct talk *t = calloc(1, sizeof *t);
    bool stream = probe->selector == SOCK_STREAM;
    (void)argument;
    if (!t)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    t->net.client = t->net.server = t->accepted = -1;
    *state = t;
    int rc = tg_netpair_open(&t->net, TG_NET_VETH, probe->selector, err);
    if (!rc && stream)
        rc = connect_stream(t, err);
    return rc ? rc : tg_peer_start(&t->peer, bench->cpu, stream ? echo_stream : echo_datagrams, t, err);
}

static void talk_teardown(void *state)
{
    struct talk *t = state;
    tg_peer_stop(&t->peer);
    if (t->accepted >= 0)
        close(t->accepted);
    tg_netpair_close(&t->net);
    free(t);
}

static int udp_round_trip(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    const struct talk *t = state;
    char payload[PAYLOAD_BYTES] = {0};
    sample->begin = tg_clock_begin();
    if (sendto(t->net.client, payload, sizeof payload, 0, (const struct sockaddr *)&t->net.server_address,
               sizeof t->net.server_address) != sizeof payload ||
        recv(t->net.client, payload, sizeof payload, 0) != sizeof payload)
        return cannot_talk(err);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->ops = 1;
    return TG_OK;
}

static int tcp_round_trip(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    const struct talk *t = state;
    char payload[PAYLOAD_BYTES] = {0};
    sample->begin = tg_clock_begin();
    if (send(t->net.client, payload, sizeof payload, MSG_NOSIGNAL) != sizeof payload ||
        recv(t->net.client, payload, sizeof payload, MSG_WAITALL) != sizeof payload)
        return cannot_talk(err);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->ops = 1;
    return TG_OK;
}

/* Connections need new sockets in the client's name space: a child lives there. */
struct connections {
    struct tg_remote remote;
    struct tg_netpair net;
};

static int enter_network(void *argument, void **state, struct tg_error *err)
{
    struct connections *c = argument;
    *state = c;
    return tg_netpair_enter(&c->net, TG_NET_VETH, SOCK_STREAM, err);
}

/* Both ends in one process: the packets of the other end are dealt with inside the calls of this one. */
static void connect_and_close(void *state, uint64_t ops)
{
    const struct connections *c = state;
    for (uint64_t i = 0; i < ops; i++) {
        int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(client, (const struct sockaddr *)&c->net.server_address, sizeof c->net.server_address) !=
            0)
            _exit(1);
        int server = accept(c->net.server, NULL, NULL);
        if (server < 0)
            _exit(1);
        close(client);
        close(server);
    }
}

static int connections_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                             void **state, struct tg_error *err)
{
    struct connections *c = calloc(1, sizeof *c);
    (void)probe, (void)argument;
    if (!c)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = c;
    return tg_remote_start(&c->remote, &bench->clock, enter_network, connect_and_close, c, err);
}

static int connections_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                              struct tg_error *err)
{
    struct connections *c = state;
    (void)bench;
    sample->ops = 1;
    return tg_remote_time(&c->remote, 1, &sample->begin, &sample->cost_ns, err);
}

static void connections_teardown(void *state)
{
    struct connections *c = state;
    tg_remote_stop(&c->remote);
    free(c);
}

static const struct tg_probe probes[] = {
    {.name = "udp_round_trip",
     .what = "64 bytes by UDP to a process of this core that sleeps, and back, over a veth pair: everything",
     .selector = SOCK_DGRAM,
     .available = net_available,
     .setup = talk_setup,
     .sample = udp_round_trip,
     .teardown = talk_teardown},
    {.name = "tcp_round_trip",
     .what = "the same on a standing TCP connection",
     .selector = SOCK_STREAM,
     .available = net_available,
     .setup = talk_setup,
     .sample = tcp_round_trip,
     .teardown = talk_teardown},
    {.name = "tcp_connection",
     .what = "a TCP connection over a veth pair: sockets made, connect, accept, closed on both sides, all by "
             "one process",
     .available = net_available,
     .setup = connections_setup,
     .sample = connections_sample,
     .teardown = connections_teardown},
};

const struct tg_probe_family tg_probes_tcp = {
    .probes = probes, .count = TG_COUNT(probes), .builds_networks = true};
