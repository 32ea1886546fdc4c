/* tg_peer: a second process for probes that need one, joined by two pipes and a shared page; inner header.
 *
 * The child runs `loop` on the CPU given until its pipe is closed, and dies with its parent. */
#ifndef TG_PEER_H
#define TG_PEER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "tg_error.h"

/* What both sides see. */
struct tg_peer_page {
    _Atomic uint64_t stamp; /* ticks */
    _Atomic uint64_t word;
    double cost_ns;
    int code; /* tg_code and sentence of what failed over there */
    char text[512];
};

struct tg_peer {
    pid_t pid;
    int to[2], from[2]; /* pipes: parent to child, child to parent */
    struct tg_peer_page *page;
    void *argument;
};

/* In the child: reads from to[0], writes to from[1]. */
typedef void (*tg_peer_loop)(struct tg_peer *peer);

/* A cpu below 0 leaves the child where its parent is. */
int tg_peer_start(struct tg_peer *peer, int cpu, tg_peer_loop loop, void *argument, struct tg_error *err);
void tg_peer_stop(struct tg_peer *peer);

/* Pins the calling thread. */
int tg_peer_pin(int cpu);

#endif
