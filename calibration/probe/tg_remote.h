/* tg_remote: a body that is timed in a child process, because what it needs there cannot be undone: filters,
 * name spaces; inner header.
 *
 * The child prepares itself, then times batches on demand and hands back what they took. It runs where its
 * parent is pinned. */
#ifndef TG_REMOTE_H
#define TG_REMOTE_H

#include "tg_peer.h"
#include "tg_timing.h"

/* In the child, before the first batch. *state is given to the body. */
typedef int (*tg_remote_prepare)(void *argument, void **state, struct tg_error *err);

struct tg_remote {
    struct tg_peer peer;
    const struct tg_clock *clock;
    tg_remote_prepare prepare;
    tg_body body;
    void *argument;
};

/* clock must outlive the remote. What prepare returned is returned. */
int tg_remote_start(struct tg_remote *remote, const struct tg_clock *clock, tg_remote_prepare prepare,
                    tg_body body, void *argument, struct tg_error *err);
int tg_remote_time(struct tg_remote *remote, uint64_t ops, uint64_t *begin, double *cost_ns,
                   struct tg_error *err);

/* The smallest power of two of operations that the clock resolves. */
int tg_remote_resolve(struct tg_remote *remote, uint64_t *ops, struct tg_error *err);
void tg_remote_stop(struct tg_remote *remote);

#endif
