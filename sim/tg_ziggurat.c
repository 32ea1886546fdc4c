#include "tg_ziggurat.h"

#include "tg_math.h"

/* Which piece of the left-over area: 0 the tail, `layers` the cap, between them the overhang of that layer.
 */
static unsigned pick_piece(const struct tg_ziggurat *ziggurat, struct tg_rng *rng)
{
    uint64_t bits = tg_rng_u64(rng);
    unsigned piece = bits & (TG_ZIGGURAT_PARTS - 1);
    return bits >> 8 < ziggurat->keep[piece] ? piece : ziggurat->alias[piece];
}

double tg_ziggurat_exponential_rare(struct tg_rng *rng)
{
    const struct tg_ziggurat *z = &tg_ziggurat_exponential;
    unsigned piece = pick_piece(z, rng);
    if (piece == 0)
        return z->x[0] + tg_rng_exponential(rng); /* the law has no memory */
    double width = z->x[piece - 1] - z->x[piece];
    double height = z->y[piece] - z->y[piece - 1];
    for (;;) {
        double u = tg_rng_unit(rng), v = tg_rng_unit(rng);
        if (u + v > 1) { /* the curve is convex: it lies below the diagonal */
            u = 1 - u;
            v = 1 - v;
        }
        double x = z->x[piece] + u * width;
        if (z->y[piece - 1] + v * height < tg_exp(-x))
            return x;
    }
}

/* Marsaglia's method for the tail beyond r ("Generating a variable from the tail of the normal distribution",
 * Technometrics 6, 1964), with exponential draws for the logarithms. */
static double normal_tail(struct tg_rng *rng, double r)
{
    double x, e;
    do {
        x = tg_rng_exponential(rng) / r;
        e = tg_rng_exponential(rng);
    } while (e + e < x * x);
    return r + x;
}

static double normal_overhang(struct tg_rng *rng, const struct tg_ziggurat *z, unsigned piece)
{
    double width = z->x[piece - 1] - z->x[piece];
    double height = z->y[piece] - z->y[piece - 1];
    for (;;) {
        double x = z->x[piece] + tg_rng_unit(rng) * width;
        double y = z->y[piece - 1] + tg_rng_unit(rng) * height;
        if (y < tg_exp(-0.5 * (x * x)))
            return x;
    }
}

double tg_ziggurat_normal_rare(struct tg_rng *rng)
{
    const struct tg_ziggurat *z = &tg_ziggurat_normal;
    unsigned piece = pick_piece(z, rng);
    double x = piece == 0 ? normal_tail(rng, z->x[0]) : normal_overhang(rng, z, piece);
    return tg_rng_u64(rng) >> 63 ? -x : x;
}
