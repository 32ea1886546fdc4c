/* tg_hist: a mergeable log-linear histogram of non-negative integers, picoseconds as a rule.
 *
 * Each power of two is cut into 2^bits buckets of equal width; values below 2^(bits+1) have a bucket each.
 * The whole range 0 ... 2^63 - 1 is covered by (64 - bits) * 2^bits counters of 8 bytes: 58 KiB at 7 bits,
 * never more, allocated at init and by nothing else. Recording is inline: one lzcnt, shifts, adds, no branch
 * that is hard to predict. Counts, sums and the order of merging commute: same samples, same histogram.
 *
 * Error. A bucket [low, low + w) has low >= w * 2^bits (or w = 1), so two values of one bucket differ by less
 * than 2^-bits of either. Hence
 *   count, sum, mean, variance, minimum, maximum   exact (integer sums, rounded once to double)
 *   quantile, mean of the fastest part             relative error below 2^-bits (0.8 % at 7 bits); both
 *                                                  interpolate linearly inside a bucket, so that the usual
 *                                                  error is far smaller
 *   count above a threshold                        off by at most the count of the threshold's bucket
 * The form is that of G. Tene's HdrHistogram (2012), with binary instead of decimal digits.
 *
 * Limits: bits 0 ... 14; 2^64 - 1 samples. A negative sample is a bug in the caller (asserted).
 */
#ifndef TG_HIST_H
#define TG_HIST_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_wide.h"

enum { TG_HIST_BITS = 7, TG_HIST_BITS_MAX = 14 };

struct tg_hist {
    uint64_t *buckets; /* owned */
    uint64_t count;
    tg_u128 sum;
    struct tg_wide squares; /* sum of squares */
    int64_t min;            /* INT64_MAX when empty */
    int64_t max;            /* 0 when empty */
    unsigned bits;
};

/* TG_EUSAGE for bits out of range, TG_ENOMEM. */
int tg_hist_init(struct tg_hist *h, unsigned bits, struct tg_error *err);
/* Frees the buckets; harmless on a zeroed histogram. */
void tg_hist_release(struct tg_hist *h);
/* Empties the histogram and keeps its memory. */
void tg_hist_reset(struct tg_hist *h);

/* The number of counters of a histogram of so many bits. */
static inline size_t tg_hist_size(unsigned bits)
{
    return (size_t)(64 - bits) << bits;
}

/* The bucket of a value: v itself below 2^(bits+1), then 2^bits buckets for each power of two. */
static inline size_t tg_hist_index(unsigned bits, uint64_t v)
{
    unsigned shift = (63u ^ (unsigned)__builtin_clzll(v | (UINT64_C(1) << bits))) - bits;
    return ((size_t)shift << bits) + (size_t)(v >> shift);
}

/* The inverse: the first and last value of bucket i. */
void tg_hist_range(unsigned bits, size_t i, int64_t *low, int64_t *high);

static inline void tg_hist_record(struct tg_hist *h, int64_t value)
{
    assert(value >= 0);
    uint64_t v = (uint64_t)value;
    h->buckets[tg_hist_index(h->bits, v)]++;
    h->count++;
    h->sum += v;
    tg_wide_add(&h->squares, (struct tg_wide){.low = (tg_u128)v * v});
    if (value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
}

/* Records one value `times` times. */
void tg_hist_record_many(struct tg_hist *h, int64_t value, uint64_t times);

/* Adds the samples of `from`. TG_EUSAGE where the numbers of bits differ. */
int tg_hist_merge(struct tg_hist *into, const struct tg_hist *from, struct tg_error *err);

/* Of an empty histogram, all of these are 0. Variance has the divisor n - 1, and is 0 for one sample. */
double tg_hist_mean(const struct tg_hist *h);
double tg_hist_variance(const struct tg_hist *h);
double tg_hist_stddev(const struct tg_hist *h);
int64_t tg_hist_min(const struct tg_hist *h);
int64_t tg_hist_max(const struct tg_hist *h);

/* The sample of rank ceil(q n), for q from 0 (the minimum, exact) to 1 (the maximum, exact). */
double tg_hist_quantile(const struct tg_hist *h, double q);

/* The mean of the smallest ceil(fraction n) samples. */
double tg_hist_fastest_mean(const struct tg_hist *h, double fraction);

/* The number of samples greater than value, interpolated inside value's bucket; exact where value is the last
 * of its bucket. */
uint64_t tg_hist_count_above(const struct tg_hist *h, int64_t value);

struct tg_hist_bucket {
    int64_t low, high; /* the values it stands for, both included */
    uint64_t count;
};

/* Walks the non-empty buckets in ascending order: start with *at = 0; each call that returns 1 has filled
 * `bucket` and moved *at past it; 0 is the end. */
int tg_hist_next(const struct tg_hist *h, size_t *at, struct tg_hist_bucket *bucket);

/* A compact form for keeping: version, bits, sums, extremes, then (gap, count) of each non-empty bucket in
 * variable-length integers. The same bytes on every machine. *bytes is malloc'd. */
int tg_hist_encode(const struct tg_hist *h, uint8_t **bytes, size_t *size, struct tg_error *err);

/* Reads that form into an uninitialized histogram. Anything that tg_hist_encode cannot have written, such as
 * buckets that contradict count, sums or extremes, is TG_EINPUT, and leaves nothing to release. */
int tg_hist_decode(struct tg_hist *h, const uint8_t *bytes, size_t size, struct tg_error *err);

#endif
