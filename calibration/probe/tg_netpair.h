/* tg_netpair: two ends of a test network that is gone when its descriptors are closed; inner header.
 *
 * A child process makes two anonymous network name spaces joined by veth pairs (as root in them, or, without
 * privilege, in a user name space of its own), opens the sockets asked for and passes them back; then it
 * ends. Nothing is named, nothing outlives the descriptors, and the caller's name space never changes.
 * Neighbours are set for good, so that no ARP disturbs; IPv6 is off.
 *
 *   TG_NET_VETH    client end 10.78.0.1, server end 10.78.0.2: packets arrive
 *   TG_NET_VOID    the same, but the server's end takes frames of 86 bytes at most, and the sending driver
 * drops longer ones: the transmit path whole, and nothing of the receiver's TG_NET_LOOPBACK  one name space,
 * 127.0.0.1 on both sides TG_NET_BRIDGE  as containers are joined: two veth pairs whose outer ends are ports
 * of a bridge in a third name space
 */
#ifndef TG_NETPAIR_H
#define TG_NETPAIR_H

#include <netinet/in.h>

#include "tg_error.h"

enum tg_net_kind { TG_NET_VETH, TG_NET_VOID, TG_NET_LOOPBACK, TG_NET_BRIDGE };

struct tg_netpair {
    int client, server; /* sockets of the type asked for; server is bound (and listens, if a stream) */
    struct sockaddr_in server_address; /* for the client */
    int client_namespace;              /* to open more sockets in, or -1 */
};

/* type is SOCK_DGRAM or SOCK_STREAM. TG_EENV where the host does not allow it. */
int tg_netpair_open(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err);
void tg_netpair_close(struct tg_netpair *pair);

/* Whether TG_NET_VETH could be made; the reason where not. Asks once a process. */
int tg_netpair_available(struct tg_error *why);

#endif
