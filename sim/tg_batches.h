/* tg_batches: a stream cut into batches of equal size, in bounded memory.
 *
 * Holds `full` batch means at most, an even number. When that many are complete, neighbours are merged in
 * pairs and the batch size doubles; from then on between full / 2 and full batches are at hand, however long
 * the stream. Adding allocates nothing and costs an addition and a comparison.
 *
 * What a series of batch means says of the mean of the stream is the business of tg_steady; where its warm-up
 * ends, of tg_mser.
 */
#ifndef TG_BATCHES_H
#define TG_BATCHES_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_batches {
    double *means; /* owned; `count` of them complete */
    size_t count, full;
    uint64_t size;   /* samples in a batch */
    uint64_t filled; /* samples in the one being filled */
    double sum;      /* of these */
};

/* full even and at least 4, size at least 1, else TG_EUSAGE; TG_ENOMEM. */
int tg_batches_init(struct tg_batches *b, size_t full, uint64_t size, struct tg_error *err);
void tg_batches_release(struct tg_batches *b);

/* Closes the batch being filled; for tg_batches_add() alone. */
void tg_batches_close(struct tg_batches *b);

static inline void tg_batches_add(struct tg_batches *b, double x)
{
    b->sum += x;
    if (++b->filled == b->size)
        tg_batches_close(b);
}

/* Samples in complete batches. */
static inline uint64_t tg_batches_samples(const struct tg_batches *b)
{
    return b->count * b->size;
}

#endif
