/* Datagrams, packet by packet, on a test network of this host. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tg_netpair.h"
#include "tg_probe_kind.h"
#include "tg_timing.h"

enum {
    PAYLOAD_BYTES = 64, /* a small request; with its headers longer than TG_NET_VOID lets arrive */
    LOOK_AGAIN = 500,   /* samples after which a baseline is measured anew */
};

struct net {
    struct tg_netpair arriving, dropped;
    char payload[PAYLOAD_BYTES];
    double dropped_ns, syscall_ns; /* medians of one send that is dropped, of one getppid */
    unsigned samples;
};

static int send_one(const struct tg_netpair *pair, const char *payload)
{
    return sendto(pair->client, payload, PAYLOAD_BYTES, MSG_DONTWAIT,
                  (const struct sockaddr *)&pair->server_address,
                  sizeof pair->server_address) == PAYLOAD_BYTES;
}

static int cannot_send(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "cannot send on the test network: %s", strerror(errno));
}

static int time_send(const struct tg_bench *bench, const struct tg_netpair *pair, const char *payload,
                     struct tg_sample *sample, struct tg_error *err)
{
    sample->begin = tg_clock_begin();
    int sent = send_one(pair, payload);
    uint64_t end = tg_clock_end();
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end);
    sample->ops = 1;
    return sent ? TG_OK : cannot_send(err);
}

static void system_call(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        syscall(SYS_getppid);
}

static int median_dropped(const struct tg_bench *bench, struct net *net, struct tg_error *err)
{
    double costs[TG_BASELINE_SAMPLES];
    struct tg_sample sample;
    int rc = TG_OK;
    for (int i = 0; i < TG_BASELINE_SAMPLES && !rc; i++) {
        rc = time_send(bench, &net->dropped, net->payload, &sample, err);
        costs[i] = sample.cost_ns;
    }
    net->dropped_ns = tg_median(costs, TG_BASELINE_SAMPLES);
    return rc;
}

/* Takes what arrived, so that the queue never fills. */
static void drain(const struct net *net)
{
    char payload[PAYLOAD_BYTES];
    while (recv(net->arriving.server, payload, sizeof payload, MSG_DONTWAIT) > 0)
        ;
}

static bool veth_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    struct tg_error why;
    if (tg_netpair_available(&why) == TG_OK)
        return true;
    snprintf(reason, size, "%s", why.text);
    return false;
}

static int open_pairs(enum tg_net_kind arriving, bool with_dropped, void **state, struct tg_error *err)
{
    struct net *net = calloc(1, sizeof *net);
    if (!net)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    net->arriving.client = net->arriving.server = -1;
    net->dropped = net->arriving;
    *state = net;
    int rc = tg_netpair_open(&net->arriving, arriving, SOCK_DGRAM, err);
    if (!rc && with_dropped)
        rc = tg_netpair_open(&net->dropped, TG_NET_VOID, SOCK_DGRAM, err);
    return rc;
}

static void close_pairs(void *state)
{
    struct net *net = state;
    tg_netpair_close(&net->arriving);
    tg_netpair_close(&net->dropped);
    free(net);
}

static int dropped_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                         void **state, struct tg_error *err)
{
    (void)probe, (void)bench, (void)argument;
    return open_pairs(TG_NET_VETH, true, state, err);
}

static int udp_send(const struct tg_bench *bench, void *state, struct tg_sample *sample, struct tg_error *err)
{
    const struct net *net = state;
    return time_send(bench, &net->dropped, net->payload, sample, err);
}

static int packet_send(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                       struct tg_error *err)
{
    struct net *net = state;
    if (net->samples++ % LOOK_AGAIN == 0)
        net->syscall_ns = tg_time_per_op_ns(&bench->clock, system_call, NULL);
    int rc = time_send(bench, &net->dropped, net->payload, sample, err);
    sample->cost_ns -= net->syscall_ns;
    return rc;
}

static int packet_receive(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    struct net *net = state;
    int rc = net->samples++ % LOOK_AGAIN == 0 ? median_dropped(bench, net, err) : TG_OK;
    if (!rc)
        rc = time_send(bench, &net->arriving, net->payload, sample, err);
    sample->cost_ns -= net->dropped_ns;
    drain(net);
    return rc;
}

static int veth_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    (void)probe, (void)bench, (void)argument;
    struct tg_error why;
    bool veth = tg_netpair_available(&why) == TG_OK;
    return open_pairs(veth ? TG_NET_VETH : TG_NET_LOOPBACK, false, state, err);
}

static int deliver_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                         void **state, struct tg_error *err)
{
    (void)bench, (void)argument;
    return open_pairs((enum tg_net_kind)probe->selector, false, state, err);
}

static int udp_receive(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                       struct tg_error *err)
{
    const struct net *net = state;
    char payload[PAYLOAD_BYTES];
    if (!send_one(&net->arriving, net->payload))
        return cannot_send(err);
    sample->begin = tg_clock_begin();
    ssize_t got = recv(net->arriving.server, payload, sizeof payload, MSG_DONTWAIT);
    uint64_t end = tg_clock_end();
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end);
    sample->ops = 1;
    if (got != PAYLOAD_BYTES)
        return tg_error_set(err, TG_EENV, "a datagram did not arrive before its sending call returned");
    return TG_OK;
}

static int udp_deliver(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                       struct tg_error *err)
{
    const struct net *net = state;
    int rc = time_send(bench, &net->arriving, net->payload, sample, err);
    drain(net);
    return rc;
}

static const struct tg_probe probes[] = {
    {.name = "udp_send",
     .what = "sendto of 64 bytes: the call and the whole transmit path into a veth device, which drops the "
             "packet",
     .available = veth_available,
     .setup = dropped_setup,
     .sample = udp_send,
     .teardown = close_pairs},
    {.name = "packet_send",
     .what = "the kernel's transmit path for one packet: udp_send less a system call",
     .available = veth_available,
     .setup = dropped_setup,
     .sample = packet_send,
     .teardown = close_pairs},
    {.name = "packet_receive",
     .what = "the kernel's receive path for one packet, up to the socket's queue, soft interrupt included: a "
             "sendto "
             "whose packet arrives less one whose packet is dropped by the device",
     .available = veth_available,
     .setup = dropped_setup,
     .sample = packet_receive,
     .teardown = close_pairs},
    {.name = "udp_deliver",
     .what =
         "sendto of 64 bytes until it returns: on these devices transmit and receive path in one call (veth; "
         "loopback where name spaces are not allowed)",
     .setup = veth_setup,
     .sample = udp_deliver,
     .teardown = close_pairs},
    {.name = "udp_deliver_loopback",
     .what = "the same over the loopback device",
     .selector = TG_NET_LOOPBACK,
     .available = veth_available,
     .setup = deliver_setup,
     .sample = udp_deliver,
     .teardown = close_pairs},
    {.name = "udp_deliver_bridge",
     .what = "the same over two veth pairs joined by a bridge, as between containers of one host",
     .selector = TG_NET_BRIDGE,
     .available = veth_available,
     .setup = deliver_setup,
     .sample = udp_deliver,
     .teardown = close_pairs},
    {.name = "udp_deliver_container",
     .what = "the same over veth, address translation, connection tracking, filter, routing, bridge and "
             "veth, as to a "
             "container's published port",
     .selector = TG_NET_CONTAINER,
     .available = veth_available,
     .setup = deliver_setup,
     .sample = udp_deliver,
     .teardown = close_pairs},
    {.name = "udp_receive",
     .what = "recv of 64 bytes that wait in the socket's queue: the call, the copy, and freeing the packet",
     .setup = veth_setup,
     .sample = udp_receive,
     .teardown = close_pairs},
};

const struct tg_probe_family tg_probes_net = {
    .probes = probes, .count = TG_COUNT(probes), .builds_networks = true};
