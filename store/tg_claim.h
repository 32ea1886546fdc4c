/* tg_claim: tells whether the process that writes a run is still there.
 *
 * Who writes a run holds a lock on the byte of its number in the file STORE-running, which lies beside the
 * store, is empty, and stays. The kernel drops the lock with the process, however that ends; so neither a
 * process number that was given anew, nor a restart, nor a container's numbering of its own can deceive. The
 * locks belong to the open file (F_OFD_SETLK), not to the process: other handles in it neither share nor drop
 * them. A store in memory needs none.
 */
#ifndef TG_CLAIM_H
#define TG_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_store;

/* TG_EENV where another handle holds the run, or the file cannot be made. */
int tg_claim_take(struct tg_store *store, int64_t run_id, struct tg_error *err);
void tg_claim_drop(struct tg_store *store, int64_t run_id);

/* True where a run is stored as running and nobody holds it. Where that cannot be found out, false. Asks the
 * store again after the look at the lock, as the run may have been finished meanwhile: not to be called
 * within a transaction that only reads. */
bool tg_claim_is_abandoned(struct tg_store *store, int64_t run_id);

#endif
