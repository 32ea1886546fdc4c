/* tg_pair: this process and a second one that answers it byte by byte; inner header.
 *
 * What the pipes' own calls take when no one sleeps is measured at opening, so that it can be subtracted. */
#ifndef TG_PAIR_H
#define TG_PAIR_H

#include "tg_peer.h"
#include "tg_probe_kind.h"

struct tg_pair {
    struct tg_peer peer;
    int own[2];         /* a pipe that this process writes and reads alone */
    double write_ns;    /* a write into that pipe */
    double transfer_ns; /* a write into it and the read of it */
};

/* The child runs `loop` on `cpu`. *pair is set even on failure: close it. */
int tg_pair_open(struct tg_pair **pair, const struct tg_bench *bench, int cpu, tg_peer_loop loop,
                 void *argument, struct tg_error *err);
void tg_pair_close(void *pair);

/* A byte there and one back; *begin is the stamp before the write. */
int tg_pair_round_trip(const struct tg_bench *bench, struct tg_pair *pair, uint64_t *begin, double *cost_ns,
                       struct tg_error *err);

/* A loop for the child: sends every byte back. */
void tg_pair_echo(struct tg_peer *peer);

/* The sentence for a child that is gone. */
int tg_pair_lost(struct tg_error *err);

#endif
