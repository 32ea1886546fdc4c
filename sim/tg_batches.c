#include "tg_batches.h"

#include <stdlib.h>

int tg_batches_init(struct tg_batches *b, size_t full, uint64_t size, struct tg_error *err)
{
    if (full < 4 || full % 2 || !size)
        return tg_error_set(err, TG_EUSAGE,
                            "%zu batches of %llu samples: an even number of 4 or more is needed", full,
                            (unsigned long long)size);
    *b = (struct tg_batches){.full = full, .size = size};
    b->means = malloc(full * sizeof *b->means);
    if (!b->means)
        return tg_error_set(err, TG_ENOMEM, "no memory for %zu batches", full);
    return TG_OK;
}

void tg_batches_release(struct tg_batches *b)
{
    free(b->means);
    *b = (struct tg_batches){0};
}

static void merge_pairs(struct tg_batches *b)
{
    b->count /= 2;
    b->size *= 2;
    for (size_t i = 0; i < b->count; i++)
        b->means[i] = (b->means[2 * i] + b->means[2 * i + 1]) / 2;
}

void tg_batches_close(struct tg_batches *b)
{
    b->means[b->count++] = b->sum / (double)b->size;
    b->sum = 0;
    b->filled = 0;
    if (b->count == b->full)
        merge_pairs(b);
}
