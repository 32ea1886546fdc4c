#include "tg_rng.h"

#include <string.h>

/* The odd integer nearest to 2^64 divided by the golden ratio: splitmix64's increment. */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t tg_rng_splitmix_next(uint64_t *state)
{
    return mix(*state += GOLDEN);
}

void tg_rng_seed_splitmix(struct tg_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = tg_rng_splitmix_next(&seed);
}

/* Absorbs one word into four lanes. A lane is a bijection of the word and of what it held before, and the
 * lanes start apart, so that streams coincide only if all four lanes collide. */
static void absorb(uint64_t lanes[4], uint64_t word)
{
    for (int i = 0; i < 4; i++)
        lanes[i] = mix((lanes[i] + GOLDEN) ^ word);
}

/* Eight bytes, least significant first on any host, short ones padded with zeros. */
static uint64_t word_from_bytes(const char *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return word;
}

void tg_rng_seed(struct tg_rng *rng, uint64_t master_seed, uint64_t replication, const char *name)
{
    size_t length = strlen(name);
    tg_rng_seed_splitmix(rng, 0);
    absorb(rng->s, master_seed);
    absorb(rng->s, replication);
    absorb(rng->s, length);
    for (size_t i = 0; i < length; i += 8)
        absorb(rng->s, word_from_bytes(name + i, length - i < 8 ? length - i : 8));
    if (!(rng->s[0] | rng->s[1] | rng->s[2] | rng->s[3]))
        rng->s[0] = GOLDEN;
}

static void gsl_set(void *state, unsigned long seed)
{
    tg_rng_seed_splitmix(state, seed);
}

static unsigned long gsl_get(void *state)
{
    return tg_rng_u64(state);
}

/* GSL's contract includes zero: [0, 1). */
static double gsl_get_double(void *state)
{
    return (double)(int64_t)(tg_rng_u64(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type gsl_type = {
    .name = "xoshiro256++",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct tg_rng),
    .set = gsl_set,
    .get = gsl_get,
    .get_double = gsl_get_double,
};

const gsl_rng_type *const tg_rng_gsl_type = &gsl_type;
