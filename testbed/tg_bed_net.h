/* tg_bed_net: the network of a testbed: a server's and a client's name space, and the way between them.
 *
 *   TG_BED_DIRECT     a veth pair
 *   TG_BED_CONTAINER  as to a container's published port: by veth pair to a third name space, which
 *                     translates the address, tracks the connection, filters and routes to a bridge, of
 *                     which the server's veth pair is a port
 *
 * The name spaces are named "tollgate-TAG-server", "-client" and "-middle", as `ip netns` shows them, and
 * last until tg_bed_net_down(), beyond the process that made them. Neighbours are set for good, so that no
 * ARP disturbs; IPv6 is off; the client may use the ports 1024 to 65535. What is sent stays inside. Ports 53,
 * 80 and 7878 of a container are published.
 *
 * There is no wire: who sends also does the receiver's work up to the socket, on the sender's core, unless
 * a thread receives (tg_napi).
 *
 * Needs CAP_SYS_ADMIN and the ip command; a container's path also nft. Errors are TG_EENV.
 */
#ifndef TG_BED_NET_H
#define TG_BED_NET_H

#include "tg_error.h"

enum tg_bed_path { TG_BED_DIRECT, TG_BED_CONTAINER };

enum { TG_BED_TAG_MAX = 8 }; /* letters and digits: it also names a service of tg_xdp_service */

struct tg_bed_net {
    enum tg_bed_path path;
    char tag[TG_BED_TAG_MAX + 1];
    char server_namespace[32], client_namespace[32], middle_namespace[32];
    char server_interface[16];
    const char *peer_namespace, *peer_interface; /* the other end of the server's veth pair */
    const char *server_address;                  /* its own */
    const char *target;                          /* the same, as the client calls it */
};

/* Fills in the names. */
void tg_bed_net_name(struct tg_bed_net *net, const char *tag, enum tg_bed_path path);

/* Makes it and waits until it carries packets. What was made is removed after a failure. */
int tg_bed_net_up(struct tg_bed_net *net, const char *tag, enum tg_bed_path path, struct tg_error *err);

/* Removes what there is under a tag; nothing there is no error. */
int tg_bed_net_down(const char *tag, struct tg_error *err);

#endif
