/* tg_replay: simulates a stored sweep again, from what the store holds alone, and compares.
 *
 * The scenario, its profile and the seed come from the store; no model file is read, and nothing is stored. A
 * replication is the same where its digest is, which is a hash of all its counts, sums and buckets; a
 * saturation is the same where all bits of its estimate are. A replication that the sweep does not come to
 * again, because a saturation differs and with it the rates chosen from it, counts as different. Of a run
 * that was cut off, only what it has is simulated.
 *
 * TG_EINPUT: the run is no sweep, has no replications, or was changed since: the text of its profile no
 * longer has the hash it is stored under.
 */
#ifndef TG_REPLAY_H
#define TG_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_store;
struct tg_technique;

struct tg_replay {
    int64_t replications, same; /* stored, and the same to the bit */
    int64_t saturations, same_saturations;
    char first[256];     /* the first difference in words, or "" */
    char made_by[160];   /* the tool, commit and compiler that made the run */
    bool made_elsewhere; /* by another than this program */
};

/* progress and interrupted have the form of those of tg_sweep_listener; either may be NULL. */
int tg_replay_run(struct tg_store *store, int64_t run_id, unsigned threads,
                  void (*progress)(void *, const struct tg_technique *, size_t done, size_t total),
                  bool (*interrupted)(void *), struct tg_replay *replay, struct tg_error *err);

#endif
