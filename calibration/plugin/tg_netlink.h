/* tg_netlink: the few rtnetlink requests that a test network needs.
 *
 * Requests are answered before a call returns. Errors are TG_EENV with the kernel's cause. Interfaces are
 * named; all calls act in the network name space of the thread that opened the socket. */
#ifndef TG_NETLINK_H
#define TG_NETLINK_H

#include <stdint.h>

#include "tg_error.h"

/* A socket, or -1 with err filled. */
int tg_netlink_open(struct tg_error *err);

/* A veth pair: `name` here, `peer` in the name space behind peer_namespace (a descriptor), or here if -1. */
int tg_netlink_add_veth(int nl, const char *name, const char *peer, int peer_namespace, struct tg_error *err);

/* A link of a kind that needs no data of its own, as "bridge". */
int tg_netlink_add_link(int nl, const char *name, const char *kind, struct tg_error *err);

/* 0 leaves a property as it is. */
struct tg_netlink_change {
    int up;
    unsigned mtu_bytes;
    const uint8_t *mac;
    const char *bridge; /* to be a port of */
};

int tg_netlink_change(int nl, const char *name, const struct tg_netlink_change *change, struct tg_error *err);

/* ipv4 in network order. */
int tg_netlink_add_address(int nl, const char *name, uint32_t ipv4, unsigned prefix_bits,
                           struct tg_error *err);

/* A neighbour that needs no asking and never grows old. */
int tg_netlink_add_neighbour(int nl, const char *name, uint32_t ipv4, const uint8_t mac[6],
                             struct tg_error *err);

/* Everything that is not near goes by way of `gateway`. */
int tg_netlink_add_default_route(int nl, uint32_t gateway, struct tg_error *err);

#endif
