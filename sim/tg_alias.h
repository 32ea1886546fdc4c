/* tg_alias: choosing among n outcomes with given weights in constant time (Walker 1977; the set-up of Vose,
 * "A linear algorithm for generating random numbers with a given distribution", IEEE TSE 17, 1991).
 *
 * The table lies in two arrays of the caller's, keep[n] and alias[n], so that it can live inside any owner. A
 * choice takes one random number; each probability is exact to 2^-53, or n times 2^-64 where that is more.
 */
#ifndef TG_ALIAS_H
#define TG_ALIAS_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_rng.h"

/* Fills the table. Weights are finite, 0 or above, with a positive finite sum, else TG_EINPUT; they need not
 * add up to 1. No allocation. */
int tg_alias_build(const double *weights, size_t n, double *keep, uint32_t *alias, struct tg_error *err);

static inline uint32_t tg_alias_pick(const double *keep, const uint32_t *alias, uint32_t n,
                                     struct tg_rng *rng)
{
    unsigned __int128 product = (unsigned __int128)tg_rng_u64(rng) * n;
    uint32_t cell = (uint32_t)(product >> 64);
    double rest = (double)(int64_t)((uint64_t)product >> 11) * 0x1p-53;
    /* Without a branch: it would be mispredicted as often as not. */
    uint32_t taken = -(uint32_t)(rest >= keep[cell]);
    return cell ^ ((cell ^ alias[cell]) & taken);
}

#endif
