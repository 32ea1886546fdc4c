/* tg_xdp_pair: two network namespaces, a server's and a client's, joined by a pair of virtual Ethernet
 * interfaces.
 *
 * Named after a service. They last until tg_xdp_pair_destroy(), beyond the process that made them. What is
 * sent stays between the two. Needs the ip command (iproute2) and CAP_SYS_ADMIN.
 */
#ifndef TG_XDP_PAIR_H
#define TG_XDP_PAIR_H

#include "tg_error.h"

#define TG_XDP_PAIR_SERVER_ADDRESS "10.113.0.1"
#define TG_XDP_PAIR_CLIENT_ADDRESS "10.113.0.2"

struct tg_xdp_pair {
    char server_namespace[32], client_namespace[32];
    char server_interface[16], client_interface[16];
};

/* Fills in the names. The service's name is well-formed (tg_pins). */
void tg_xdp_pair_name(struct tg_xdp_pair *pair, const char *service);

int tg_xdp_pair_create(const struct tg_xdp_pair *pair, struct tg_error *err);

/* Removes both namespaces with all in them; ones that are not there are no error. */
void tg_xdp_pair_destroy(const struct tg_xdp_pair *pair);

int tg_xdp_pair_exists(const struct tg_xdp_pair *pair);

/* Gives each end a kernel thread that receives its packets (threaded NAPI), bound to a CPU of its own:
 * without, the server's work is done on the core of whoever sends. To be called when the programs on both
 * interfaces are in place, because attaching one makes the receive queues anew. */
int tg_xdp_pair_spread(const struct tg_xdp_pair *pair, int server_cpu, int client_cpu, struct tg_error *err);

#endif
