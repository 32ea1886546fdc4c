/* tg_rng: one stream of random numbers, xoshiro256++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom
 * number generators", ACM TOMS 47, 2021): 256 bits of state, period 2^256 - 1, equidistributed in 4
 * dimensions.
 *
 * A stream is named, not numbered: tg_rng_seed() derives its state from (master seed, replication, name), so
 * that adding a source of randomness to a model disturbs no other, and two models that share a name share its
 * draws. Streams are states of 256 bits drawn by a hash; two of n streams of length L overlap with
 * probability below n^2 L / 2^256.
 *
 * A stream is a plain struct: copy it to fork it, embed it where it is used. No call allocates, and nothing
 * is shared, so that each thread may hold its own. The state of all zeros is the only invalid one.
 */
#ifndef TG_RNG_H
#define TG_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct tg_rng {
    uint64_t s[4];
};

/* The stream of (master seed, replication, name). The name is hashed by its bytes. */
void tg_rng_seed(struct tg_rng *rng, uint64_t master_seed, uint64_t replication, const char *name);

/* The stream whose state is the first four outputs of splitmix64 started at seed, as the generator's authors
 * advise; for interchange with other programs. Streams of a simulation use tg_rng_seed(). */
void tg_rng_seed_splitmix(struct tg_rng *rng, uint64_t seed);

/* The next output of splitmix64 (Steele, Lea and Flood, OOPSLA 2014; constants of Stafford's variant 13). */
uint64_t tg_rng_splitmix_next(uint64_t *state);

static inline uint64_t tg_rng_rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* 64 random bits. */
static inline uint64_t tg_rng_u64(struct tg_rng *rng)
{
    uint64_t s0 = rng->s[0], s1 = rng->s[1], s2 = rng->s[2], s3 = rng->s[3];
    uint64_t result = tg_rng_rotate(s0 + s3, 23) + s0;
    uint64_t shifted = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = tg_rng_rotate(s3, 45);
    rng->s[0] = s0;
    rng->s[1] = s1;
    rng->s[2] = s2;
    rng->s[3] = s3;
    return result;
}

/* A double in the open interval (0, 1): an odd multiple of 2^-53, each of the 2^52 equally likely. Neither
 * end can occur, 1 - u is as good a draw as u, and the mean is exactly 1/2. */
static inline double tg_rng_unit(struct tg_rng *rng)
{
    return (double)(int64_t)((tg_rng_u64(rng) >> 11) | 1) * 0x1p-53;
}

/* An integer below n, n > 0, without bias (Lemire, "Fast random integer generation in an interval", ACM
 * TOMACS 29, 2019). */
static inline uint64_t tg_rng_below(struct tg_rng *rng, uint64_t n)
{
    unsigned __int128 product = (unsigned __int128)tg_rng_u64(rng) * n;
    if (__builtin_expect((uint64_t)product < n, 0)) {
        uint64_t least = -n % n;
        while ((uint64_t)product < least)
            product = (unsigned __int128)tg_rng_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

/* xoshiro256++ as a generator of GSL, whose state is a struct tg_rng; gsl_rng_set() seeds it by splitmix64.
 */
extern const gsl_rng_type *const tg_rng_gsl_type;

/* A view of a stream for GSL's functions: draws advance the stream. It owns nothing: never gsl_rng_free() it.
 */
static inline gsl_rng tg_rng_gsl(struct tg_rng *rng)
{
    return (gsl_rng){.type = tg_rng_gsl_type, .state = rng};
}

#endif
