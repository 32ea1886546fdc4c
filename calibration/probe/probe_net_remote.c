/* Datagrams between cores: what a server pays for packets that another core delivered, and for those that
 * another core takes, beside what the same costs on one core. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_netpair.h"
#include "tg_peer.h"
#include "tg_probe_kind.h"

enum {
    PAYLOAD_BYTES = 64,
    BATCH = 8, /* packets that wait: a server under load finds several */
    COMMAND_END = UINT32_MAX,
};

struct across {
    struct tg_netpair pair;
    struct tg_peer peer;
    bool started;
    uint32_t turn;
};

static bool across_available(const struct tg_probe *probe, char *reason, size_t size)
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

static int send_batch(const struct tg_netpair *pair)
{
    static const char payload[PAYLOAD_BYTES];
    for (int i = 0; i < BATCH; i++) {
        if (sendto(pair->client, payload, sizeof payload, MSG_DONTWAIT,
                   (const struct sockaddr *)&pair->server_address,
                   sizeof pair->server_address) != PAYLOAD_BYTES)
            return errno;
    }
    return 0;
}

static int receive_batch(const struct tg_netpair *pair)
{
    char payload[PAYLOAD_BYTES];
    for (int i = 0; i < BATCH; i++) {
        if (recv(pair->server, payload, sizeof payload, MSG_DONTWAIT) != PAYLOAD_BYTES)
            return errno ? errno : EIO;
    }
    return 0;
}

/* The other core: for each odd number that it sees it does its part, and answers with the next even one. */
static void take_turns(struct tg_peer *peer, int (*part)(const struct tg_netpair *pair))
{
    const struct across *a = peer->argument;
    uint64_t seen = 0;
    for (;;) {
        uint64_t word = peer->page->word;
        if (word == COMMAND_END)
            return;
        if (word == seen || word % 2 == 0)
            continue;
        peer->page->code = part(&a->pair);
        seen = word + 1;
        peer->page->word = seen;
    }
}

static void send_in_turn(struct tg_peer *peer)
{
    take_turns(peer, send_batch);
}

static void receive_in_turn(struct tg_peer *peer)
{
    take_turns(peer, receive_batch);
}

static int let_other(struct across *a, struct tg_error *err)
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

static int setup(const struct tg_bench *bench, tg_peer_loop loop, void **state, struct tg_error *err)
{
    if (bench->peer_cpu < 0)
        return tg_error_set(err, TG_EENV, "needs a second CPU, and only one is allowed");
    struct across *a = calloc(1, sizeof *a);
    if (!a)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    a->pair.client = a->pair.server = a->pair.middle = -1;
    *state = a;
    int rc = tg_netpair_open(&a->pair, TG_NET_VETH, SOCK_DGRAM, err);
    rc = rc ? rc : tg_peer_start(&a->peer, bench->peer_cpu, loop, a, err);
    a->started = !rc;
    return rc;
}

static void teardown(void *state)
{
    struct across *a = state;
    if (a->started) {
        a->peer.page->word = COMMAND_END;
        tg_peer_stop(&a->peer);
    }
    tg_netpair_close(&a->pair);
    free(a);
}

static int time_batch(const struct tg_bench *bench, struct across *a,
                      int (*part)(const struct tg_netpair *pair), struct tg_sample *sample,
                      struct tg_error *err)
{
    sample->begin = tg_clock_begin();
    int fault = part(&a->pair);
    uint64_t end = tg_clock_end();
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end);
    sample->ops = BATCH;
    return fault ? tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(fault)) : TG_OK;
}

static int receive_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                         void **state, struct tg_error *err)
{
    (void)probe, (void)argument;
    return setup(bench, send_in_turn, state, err);
}

static int receive_remote(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    int rc = let_other(state, err);
    return rc ? rc : time_batch(bench, state, receive_batch, sample, err);
}

static int deliver_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                         void **state, struct tg_error *err)
{
    (void)probe, (void)argument;
    return setup(bench, receive_in_turn, state, err);
}

static int deliver_remote(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    int rc = time_batch(bench, state, send_batch, sample, err);
    return rc ? rc : let_other(state, err);
}

static const struct tg_probe probes[] = {
    {.name = "udp_receive_remote",
     .what =
         "recv of 64 bytes that another core has sent: udp_receive, with the packet and the socket in the "
         "other core's caches",
     .available = across_available,
     .setup = receive_setup,
     .sample = receive_remote,
     .teardown = teardown},
    {.name = "udp_deliver_remote",
     .what = "sendto of 64 bytes to a socket that another core reads: udp_deliver, with the socket and the "
             "memory for packets in the other core's caches",
     .available = across_available,
     .setup = deliver_setup,
     .sample = deliver_remote,
     .teardown = teardown},
};

const struct tg_probe_family tg_probes_net_remote = {probes, TG_COUNT(probes)};
