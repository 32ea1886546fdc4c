/* tg_netpair: two ends of a test network that is gone when its descriptors are closed; inner header.
 *
 * A child process makes anonymous network name spaces joined by veth pairs (as root in them, or, without
 * privilege, in a user name space of its own), opens the sockets asked for and passes them back; then it
 * ends. Nothing is named, nothing outlives the descriptors, and the caller's name space never changes.
 * Neighbours are set for good, so that no ARP disturbs; IPv6 is off.
 *
 *   TG_NET_VETH       a veth pair between two name spaces: packets arrive
 *   TG_NET_VOID       the same, but the server's end takes frames of 86 bytes at most, and the sending driver
 * drops longer ones: the transmit path whole, and nothing of the receiver's TG_NET_LOOPBACK   one name space,
 * the loopback device TG_NET_BRIDGE     as containers of one host: two veth pairs whose outer ends are ports
 * of a bridge in a third name space TG_NET_CONTAINER  as a container's published port: by veth pair to a
 * third name space, which translates the address, tracks the connection, filters and routes to a bridge, of
 * which a second veth pair is a port (needs the program nft)
 */
#ifndef TG_NETPAIR_H
#define TG_NETPAIR_H

#include <netinet/in.h>

#include "tg_error.h"

enum tg_net_kind { TG_NET_VETH, TG_NET_VOID, TG_NET_LOOPBACK, TG_NET_BRIDGE, TG_NET_CONTAINER };

struct tg_netpair {
    int client, server;                /* of the type asked for; server is bound, and listens if a stream */
    int middle;                        /* holds the name space in between; -1 where there is none */
    struct sockaddr_in server_address; /* as the client calls it */
};

/* type is SOCK_DGRAM or SOCK_STREAM. TG_EENV where the host does not allow it. */
int tg_netpair_open(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err);
void tg_netpair_close(struct tg_netpair *pair);

/* The same without a child: moves the calling process into the client's name space for good, so that it can
 * open more sockets there. For processes that end soon. */
int tg_netpair_enter(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err);

/* Whether TG_NET_VETH could be made; the reason where not. Asks once a process. */
int tg_netpair_available(struct tg_error *why);

#endif
