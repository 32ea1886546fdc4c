/* tg_xdp_lodger: the DNS service in the kernel without a name, for as long as this process keeps it.
 *
 * Serves one name on one end of a veth pair, as tg_xdp_service does, and has the other end take what it
 * sends. A kernel thread, bound to a CPU, receives for it (tg_napi). Both ends are in network namespaces
 * known by descriptors. Nothing is kept by files: all of it is gone when the process ends, however it ends.
 * Needs what tg_xdp_service needs. Errors: TG_EENV with the reason.
 */
#ifndef TG_XDP_LODGER_H
#define TG_XDP_LODGER_H

#include <stdint.h>
#include <sys/types.h>

#include "tg_error.h"

struct tg_xdp_lodger;

/* Each namespace holds one interface beside its loopback device. */
struct tg_xdp_lodging {
    int server_netns, client_netns; /* descriptors, which may be closed afterwards */
    const char *name, *address;     /* the record served */
    int cpu;                        /* of the thread that receives */
};

int tg_xdp_lodger_open(struct tg_xdp_lodger **lodger, const struct tg_xdp_lodging *lodging,
                       struct tg_error *err);
void tg_xdp_lodger_close(struct tg_xdp_lodger *lodger); /* NULL is allowed */

/* From now on the other end drops what it is sent before anything is made of it: the service does all that it
 * does, and nobody hears of it. */
int tg_xdp_lodger_drop_replies(struct tg_xdp_lodger *lodger, struct tg_error *err);

/* How many requests the service has answered with an address, on all CPUs. */
int tg_xdp_lodger_answered(const struct tg_xdp_lodger *lodger, uint64_t *answered, struct tg_error *err);

/* The thread that receives. */
pid_t tg_xdp_lodger_thread(const struct tg_xdp_lodger *lodger);

#endif
