/* tg_netbuild: makes the name spaces and devices of a tg_netpair in the calling process; inner header.
 *
 * On return the process is in the client's name space; `server` and `client` are descriptors of both (the
 * same one for loopback). `middle` is one of the name space in between, or -1 where there is none: it lasts
 * only as long as someone holds it, and its devices with it. */
#ifndef TG_NETBUILD_H
#define TG_NETBUILD_H

#include <stdint.h>

#include "tg_netpair.h"

enum { TG_NET_PORT = 7878 };

struct tg_netbuild {
    int client, server, middle;
};

int tg_netbuild(struct tg_netbuild *build, enum tg_net_kind kind, struct tg_error *err);

/* In network order: the server's own address, and the one by which the client reaches it. */
uint32_t tg_netbuild_own_address(enum tg_net_kind kind);
uint32_t tg_netbuild_reached_address(enum tg_net_kind kind);

/* Moves this process into a name space. */
int tg_netbuild_enter(int name_space, struct tg_error *err);

#endif
