/* tg_ziggurat: standard exponential and normal draws, as fast as they get.
 *
 * The method is that of McFarland, "A modified ziggurat algorithm for generating exponentially and normally
 * distributed pseudorandom numbers" (Journal of Statistical Computation and Simulation 86, 2016). The area
 * under the density is cut into 256 parts of equal area, of which 252 (exponential) or 253 (normal) are
 * rectangles that lie wholly below the curve: a draw picks a part by 8 random bits and returns a uniform
 * number across its rectangle, without a comparison with the density. What is left over is taken out of line,
 * exactly: the remaining parts choose an overhang, the tail or the cap in proportion to its area by an alias
 * table.
 *
 * The draws are exact but for the rounding of doubles, the same bits on every compiler and machine. The
 * tables are printed by ziggurat_tables.py.
 */
#ifndef TG_ZIGGURAT_H
#define TG_ZIGGURAT_H

#include <stdint.h>

#include "tg_rng.h"

enum {
    TG_ZIGGURAT_PARTS = 256,
    TG_ZIGGURAT_EXPONENTIAL_LAYERS = 252,
    TG_ZIGGURAT_NORMAL_LAYERS = 253,
};

struct tg_ziggurat {
    int layers;
    double width[TG_ZIGGURAT_PARTS];  /* x times the unit of the random integer */
    double x[TG_ZIGGURAT_PARTS];      /* right edges, falling to 0 at [layers] */
    double y[TG_ZIGGURAT_PARTS];      /* the density there, rising to 1 */
    uint64_t keep[TG_ZIGGURAT_PARTS]; /* the alias table over tail (0), overhangs and cap (layers) */
    uint8_t alias[TG_ZIGGURAT_PARTS];
};

extern const struct tg_ziggurat tg_ziggurat_exponential;
extern const struct tg_ziggurat tg_ziggurat_normal;

/* The rare outcomes, out of line. */
double tg_ziggurat_exponential_rare(struct tg_rng *rng);
double tg_ziggurat_normal_rare(struct tg_rng *rng);

/* An exponential draw of mean 1; 0 with probability below 2^-52. */
static inline double tg_rng_exponential(struct tg_rng *rng)
{
    uint64_t bits = tg_rng_u64(rng);
    unsigned part = bits & (TG_ZIGGURAT_PARTS - 1);
    if (__builtin_expect(part < TG_ZIGGURAT_EXPONENTIAL_LAYERS, 1))
        return (double)(int64_t)(bits >> 11) * tg_ziggurat_exponential.width[part];
    return tg_ziggurat_exponential_rare(rng);
}

/* A normal draw of mean 0 and standard deviation 1. */
static inline double tg_rng_normal(struct tg_rng *rng)
{
    uint64_t bits = tg_rng_u64(rng);
    unsigned part = bits & (TG_ZIGGURAT_PARTS - 1);
    if (__builtin_expect(part < TG_ZIGGURAT_NORMAL_LAYERS, 1))
        return (double)((int64_t)bits >> 11) * tg_ziggurat_normal.width[part];
    return tg_ziggurat_normal_rare(rng);
}

#endif
