/* tg_xdp_bed: the DNS service in the kernel on a test network, and a client of it; inner header.
 *
 * A veth pair between two name spaces (tg_netpair). The service's thread is bound to a CPU; who sends a
 * request does not wait for it. Replies are delivered by the service's core to the client's socket, which is
 * connected and takes many in a call, as a generator of load does.
 */
#ifndef TG_XDP_BED_H
#define TG_XDP_BED_H

#include <stdbool.h>
#include <sys/socket.h>

#include "tg_dns.h"
#include "tg_netpair.h"
#include "tg_probe_kind.h"
#include "tg_xdp_lodger.h"

enum {
    TG_XDP_SEND_MAX = 8, /* requests in one call */
    TG_XDP_TAKE_MAX = 32,
    TG_XDP_REPLY_MAX = 128,
};

struct tg_xdp_bed {
    struct tg_netpair pair;
    struct tg_xdp_lodger *service;
    uint8_t query[TG_DNS_MESSAGE_MAX], replies[TG_XDP_TAKE_MAX][TG_XDP_REPLY_MAX];
    struct iovec query_part, reply_parts[TG_XDP_TAKE_MAX];
    struct mmsghdr outgoing[TG_XDP_SEND_MAX], incoming[TG_XDP_TAKE_MAX];
};

/* For probes' `available`: the right to load programs, test networks, a second CPU. */
bool tg_xdp_bed_available(const struct tg_probe *probe, char *reason, size_t size);

/* cpu is the service's. On return it has answered. tg_xdp_bed_close() also after a failure. */
int tg_xdp_bed_open(struct tg_xdp_bed *bed, int cpu, struct tg_error *err);
void tg_xdp_bed_close(struct tg_xdp_bed *bed);

/* Sends at most TG_XDP_SEND_MAX requests in one call; 0 or an errno. */
int tg_xdp_bed_send(struct tg_xdp_bed *bed, unsigned count);

/* Takes the replies that are there, in one call, and returns how many carried the address that was asked for.
 */
unsigned tg_xdp_bed_take(struct tg_xdp_bed *bed);

#endif
