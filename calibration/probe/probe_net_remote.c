/* Datagrams between cores: what a server pays for packets that another core delivered, and for those that
 * another core takes, beside what the same costs on one core. */
#include <stdlib.h>
#include <string.h>

#include "tg_across.h"

enum { RECEIPT, DELIVERY, CONTAINER_DELIVERY, CONTAINER_REPLY, BATCH_RECEIPT, BATCH_DELIVERY, EXCHANGE };

static const struct tg_way ways[] = {
    [RECEIPT] = {.kind = TG_NET_VETH, .is_receipt = true},
    [DELIVERY] = {.kind = TG_NET_VETH},
    [CONTAINER_DELIVERY] = {.kind = TG_NET_CONTAINER},
    [CONTAINER_REPLY] = {.kind = TG_NET_CONTAINER, .back = true},
    [BATCH_RECEIPT] = {.kind = TG_NET_VETH, .back = true, .together = true, .is_receipt = true},
    [BATCH_DELIVERY] = {.kind = TG_NET_VETH, .together = true},
    /* A server at its saturation finds a long queue: beginning a batch is next to no part of a request. */
    [EXCHANGE] = {.kind = TG_NET_VETH, .back = true, .exchange = true, .packets = 32},
};

static int setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument, void **state,
                 struct tg_error *err)
{
    struct tg_across *a = calloc(1, sizeof *a);
    (void)argument;
    if (!a)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = a;
    return tg_across_open(a, bench, &ways[probe->selector], err);
}

static void teardown(void *state)
{
    tg_across_close(state);
    free(state);
}

static int time_batch(const struct tg_bench *bench, struct tg_across *a,
                      int (*part)(const struct tg_across *a), struct tg_sample *sample, struct tg_error *err)
{
    sample->begin = tg_clock_begin();
    int fault = part(a);
    uint64_t end = tg_clock_end();
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, end);
    sample->ops = (unsigned)tg_across_batch(a);
    return fault ? tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(fault)) : TG_OK;
}

static int receive_remote(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    int rc = tg_across_turn(state, err);
    return rc ? rc : time_batch(bench, state, tg_across_receive, sample, err);
}

static int deliver_remote(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                          struct tg_error *err)
{
    int rc = time_batch(bench, state, tg_across_send, sample, err);
    return rc ? rc : tg_across_turn(state, err);
}

static int answer_remote(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    int rc = tg_across_turn(state, err);
    return rc ? rc : time_batch(bench, state, tg_across_answer, sample, err);
}

#define REMOTE_PROBE(label, way, take, sentence)                                                            \
    {                                                                                                       \
        .name = label, .what = sentence, .selector = way, .available = tg_across_available, .setup = setup, \
        .sample = take, .teardown = teardown                                                                \
    }

static const struct tg_probe probes[] = {
    REMOTE_PROBE(
        "udp_receive_remote", RECEIPT, receive_remote,
        "recv of 64 bytes that another core has sent: udp_receive, with the packet and the socket in the "
        "other core's caches"),
    REMOTE_PROBE(
        "udp_deliver_remote", DELIVERY, deliver_remote,
        "sendto of 64 bytes to a socket that another core reads: udp_deliver, with the socket and the "
        "memory for packets in the other core's caches"),
    REMOTE_PROBE("udp_answer_remote", EXCHANGE, answer_remote,
                 "recvfrom and sendto of 64 bytes in turn, from and to another core: both of the above, with "
                 "the code of each displacing the other's"),
    REMOTE_PROBE("udp_deliver_container_remote", CONTAINER_DELIVERY, deliver_remote,
                 "udp_deliver_remote to a container's published port, as udp_deliver_container"),
    REMOTE_PROBE("udp_reply_container_remote", CONTAINER_REPLY, deliver_remote,
                 "the same from the container back to who asked: the address put back, by the connection "
                 "that is tracked"),
    REMOTE_PROBE(
        "udp_receive_batch_remote", BATCH_RECEIPT, receive_remote,
        "a packet's share of one recvmmsg of eight that another core has sent to a connected socket"),
    REMOTE_PROBE(
        "udp_deliver_batch_remote", BATCH_DELIVERY, deliver_remote,
        "a packet's share of one sendmmsg of eight, from a connected socket, to one that another core "
        "reads"),
};

const struct tg_probe_family tg_probes_net_remote = {
    .probes = probes, .count = TG_COUNT(probes), .builds_networks = true};
