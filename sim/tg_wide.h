/* tg_wide: unsigned sums of 192 bits, for exact sums of squares of 63-bit integers.
 *
 * 2^64 squares of numbers below 2^63 stay below 2^190, so nothing overflows. Arithmetic is modulo 2^192:
 * a difference is exact whenever the true result is not negative.
 */
#ifndef TG_WIDE_H
#define TG_WIDE_H

#include <stdint.h>

typedef unsigned __int128 tg_u128;

struct tg_wide {
    tg_u128 low;
    uint64_t high;
};

static inline void tg_wide_add(struct tg_wide *a, struct tg_wide b)
{
    tg_u128 low = a->low + b.low;
    a->high += b.high + (low < a->low);
    a->low = low;
}

static inline void tg_wide_subtract(struct tg_wide *a, struct tg_wide b)
{
    a->high -= b.high + (a->low < b.low);
    a->low -= b.low;
}

/* a * b, exact. */
static inline struct tg_wide tg_wide_product(tg_u128 a, uint64_t b)
{
    tg_u128 bottom = (tg_u128)(uint64_t)a * b;
    tg_u128 top = (tg_u128)(uint64_t)(a >> 64) * b + (bottom >> 64);
    return (struct tg_wide){.low = (top << 64) | (uint64_t)bottom, .high = (uint64_t)(top >> 64)};
}

/* Negative, zero or positive as a is below, equal to or above b. */
static inline int tg_wide_compare(struct tg_wide a, struct tg_wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

/* To within three roundings. */
static inline double tg_wide_double(struct tg_wide a)
{
    return ((double)a.high * 0x1p64 + (double)(uint64_t)(a.low >> 64)) * 0x1p64 + (double)(uint64_t)a.low;
}

#endif
