/* tg_across: datagrams between this core and another, turn by turn; inner header.
 *
 * A test network whose one end belongs to a process on another core, that spins on a shared word until it is
 * its turn, so that nobody sleeps and is woken. Each turn is a batch of packets of 64 bytes: the other
 * core's part of it is fixed at opening, this core's part is done and timed by the probe.
 */
#ifndef TG_ACROSS_H
#define TG_ACROSS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "tg_netpair.h"
#include "tg_peer.h"
#include "tg_probe_kind.h"

/* A server under load finds several packets. */
enum { TG_ACROSS_BATCH = 8, TG_ACROSS_BYTES = 64 };

/* A way of datagrams from one core to the other. */
struct tg_way {
    enum tg_net_kind kind;
    bool back;       /* from server to client, as a reply; the client has sent before */
    bool together;   /* the client, whose socket is connected, handles a batch in one call */
    bool exchange;   /* the other core reads what was sent back, and then sends a batch, as clients do */
    bool is_receipt; /* this core receives and the other sends, else the other way round */
    int packets;     /* of a turn; 0: TG_ACROSS_BATCH. Not where they go together */
};

struct tg_across {
    const struct tg_way *way;
    struct tg_netpair pair;
    struct tg_peer peer;
    bool started;
    uint32_t turn;
    int from, to;
    struct sockaddr_in target; /* where what is sent singly goes */
};

/* For probes' `available`. */
bool tg_across_available(const struct tg_probe *probe, char *reason, size_t size);

/* The other core's part is to send where the way is a receipt, both in an exchange, else to receive.
 * tg_across_close() also after a failure. The way must last. */
int tg_across_open(struct tg_across *across, const struct tg_bench *bench, const struct tg_way *way,
                   struct tg_error *err);
void tg_across_close(struct tg_across *across);

/* Lets the other core do its part, and waits for it. */
int tg_across_turn(struct tg_across *across, struct tg_error *err);

/* Of an exchange: this core's receipt of one request, and its reply; 0 or an errno. */
int tg_across_take_one(const struct tg_across *across);
int tg_across_send_one(const struct tg_across *across);

/* How many packets one turn is. */
int tg_across_batch(const struct tg_across *across);

/* Of an exchange: a batch of requests, each received and at once sent back, as a server does; 0 or an errno.
 */
int tg_across_answer(const struct tg_across *across);

/* One batch, from `from` or into `to`; 0 or an errno. */
int tg_across_send(const struct tg_across *across);
int tg_across_receive(const struct tg_across *across);

#endif
