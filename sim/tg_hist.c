#include "tg_hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int tg_hist_init(struct tg_hist *h, unsigned bits, struct tg_error *err)
{
    if (bits > TG_HIST_BITS_MAX)
        return tg_error_set(err, TG_EUSAGE, "a histogram of %u bits was asked for; the most is %d", bits,
                            TG_HIST_BITS_MAX);
    *h = (struct tg_hist){.bits = bits, .min = INT64_MAX};
    h->buckets = calloc(tg_hist_size(bits), sizeof *h->buckets);
    if (!h->buckets)
        return tg_error_set(err, TG_ENOMEM, "no memory for a histogram of %u bits", bits);
    return TG_OK;
}

void tg_hist_release(struct tg_hist *h)
{
    free(h->buckets);
    *h = (struct tg_hist){.min = INT64_MAX};
}

void tg_hist_reset(struct tg_hist *h)
{
    memset(h->buckets, 0, tg_hist_size(h->bits) * sizeof *h->buckets);
    *h = (struct tg_hist){.buckets = h->buckets, .bits = h->bits, .min = INT64_MAX};
}

void tg_hist_record_many(struct tg_hist *h, int64_t value, uint64_t times)
{
    assert(value >= 0);
    if (!times)
        return;
    uint64_t v = (uint64_t)value;
    h->buckets[tg_hist_index(h->bits, v)] += times;
    h->count += times;
    h->sum += (tg_u128)v * times;
    tg_wide_add(&h->squares, tg_wide_product((tg_u128)v * v, times));
    if (value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
}

int tg_hist_merge(struct tg_hist *into, const struct tg_hist *from, struct tg_error *err)
{
    if (into->bits != from->bits)
        return tg_error_set(err, TG_EUSAGE, "histograms of %u and %u bits cannot be merged", into->bits,
                            from->bits);
    if (!from->count)
        return TG_OK;
    size_t last = tg_hist_index(from->bits, (uint64_t)from->max);
    for (size_t i = tg_hist_index(from->bits, (uint64_t)from->min); i <= last; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    into->sum += from->sum;
    tg_wide_add(&into->squares, from->squares);
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    return TG_OK;
}

/* The whole part of the mean, and what it leaves: sum = whole * count + rest. */
static uint64_t split_mean(const struct tg_hist *h, uint64_t *rest)
{
    *rest = (uint64_t)(h->sum % h->count);
    return (uint64_t)(h->sum / h->count);
}

double tg_hist_mean(const struct tg_hist *h)
{
    if (!h->count)
        return 0;
    uint64_t rest, whole = split_mean(h, &rest);
    return (double)whole + (double)rest / (double)h->count;
}

/* With mean = whole + rest / n, the sum of squared deviations is sum (x - whole)^2 - rest^2 / n, and
 * sum (x - whole)^2 = squares - whole * sum - whole * rest, which integers give without cancellation. */
double tg_hist_variance(const struct tg_hist *h)
{
    if (h->count < 2)
        return 0;
    uint64_t rest, whole = split_mean(h, &rest);
    struct tg_wide about_whole = h->squares;
    tg_wide_subtract(&about_whole, tg_wide_product(h->sum, whole));
    tg_wide_subtract(&about_whole, tg_wide_product(whole, rest));
    double n = (double)h->count;
    double deviations = tg_wide_double(about_whole) - (double)rest * ((double)rest / n);
    return deviations > 0 ? deviations / (n - 1) : 0;
}

double tg_hist_stddev(const struct tg_hist *h)
{
    return sqrt(tg_hist_variance(h));
}

int64_t tg_hist_min(const struct tg_hist *h)
{
    return h->count ? h->min : 0;
}

int64_t tg_hist_max(const struct tg_hist *h)
{
    return h->max;
}

void tg_hist_range(unsigned bits, size_t i, int64_t *low, int64_t *high)
{
    size_t octave = i >> bits;
    unsigned shift = octave > 1 ? (unsigned)octave - 1 : 0;
    uint64_t first = (uint64_t)(i - ((size_t)shift << bits)) << shift;
    *low = (int64_t)first;
    *high = (int64_t)(first + ((UINT64_C(1) << shift) - 1));
}

int tg_hist_next(const struct tg_hist *h, size_t *at, struct tg_hist_bucket *bucket)
{
    if (!h->count)
        return 0;
    size_t i = *at, first = tg_hist_index(h->bits, (uint64_t)h->min);
    size_t last = tg_hist_index(h->bits, (uint64_t)h->max);
    if (i < first)
        i = first;
    while (i <= last && !h->buckets[i])
        i++;
    if (i > last)
        return 0;
    tg_hist_range(h->bits, i, &bucket->low, &bucket->high);
    bucket->count = h->buckets[i];
    *at = i + 1;
    return 1;
}

/* ceil(q n), at least 1, at most n. The product is taken down by a few roundings first, or 0.07 of 100 would
 * be 8. */
static uint64_t rank_of(const struct tg_hist *h, double q)
{
    double rank = ceil(q * (double)h->count * (1 - 4 * 0x1p-52));
    if (!(rank >= 1))
        return 1;
    return rank >= (double)h->count ? h->count : (uint64_t)rank;
}

/* The bucket's range within the extremes: its samples lie nowhere else. */
static void clip(const struct tg_hist *h, struct tg_hist_bucket *b)
{
    if (b->low < h->min)
        b->low = h->min;
    if (b->high > h->max)
        b->high = h->max;
}

/* Where the k-th of the bucket's samples lies if they are spread evenly. */
static double spread(const struct tg_hist_bucket *b, double k)
{
    return (double)b->low + (double)(b->high - b->low) * ((k - 0.5) / (double)b->count);
}

double tg_hist_quantile(const struct tg_hist *h, double q)
{
    if (!h->count)
        return 0;
    uint64_t rank = rank_of(h, q);
    if (!(q > 0))
        return (double)h->min;
    if (rank == h->count)
        return (double)h->max;
    struct tg_hist_bucket b = {0};
    uint64_t below = 0;
    for (size_t at = 0; tg_hist_next(h, &at, &b) && below + b.count < rank;)
        below += b.count;
    clip(h, &b);
    return spread(&b, (double)(rank - below));
}

double tg_hist_fastest_mean(const struct tg_hist *h, double fraction)
{
    if (!h->count)
        return 0;
    uint64_t wanted = rank_of(h, fraction), taken = 0;
    if (wanted == h->count)
        return tg_hist_mean(h);
    double sum = 0; /* of distances from the minimum, so that a narrow histogram keeps its digits */
    struct tg_hist_bucket b;
    for (size_t at = 0; taken < wanted && tg_hist_next(h, &at, &b);) {
        clip(h, &b);
        uint64_t take = b.count < wanted - taken ? b.count : wanted - taken;
        /* The mean of the first `take` evenly spread samples is the place of the middle one. */
        sum += (double)take * (spread(&b, ((double)take + 1) / 2) - (double)h->min);
        taken += take;
    }
    return (double)h->min + sum / (double)wanted;
}

uint64_t tg_hist_count_above(const struct tg_hist *h, int64_t value)
{
    if (!h->count || value >= h->max)
        return 0;
    if (value < h->min)
        return h->count;
    uint64_t above = 0;
    struct tg_hist_bucket b;
    for (size_t at = tg_hist_index(h->bits, (uint64_t)value); tg_hist_next(h, &at, &b);) {
        clip(h, &b);
        if (b.low > value)
            above += b.count;
        else if (b.high > value)
            above += (uint64_t)((double)b.count * ((double)(b.high - value) / (double)(b.high - b.low + 1)));
    }
    return above;
}
