/* Mixtures, shifted and truncated forms. */
#include <float.h>
#include <math.h>

#include "tg_alias.h"
#include "tg_dist_family.h"

static void release_parts(struct tg_dist *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tg_dist_release(&parts[i]);
}

/* mixture: table = probabilities[n], keep[n]; index = alias[n] */

int tg_dist_init_mixture(struct tg_dist *dist, const double *weights, struct tg_dist *parts, size_t n,
                         struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    double sum = 0;
    int rc = n ? tg_dist_allocate(dist, 2 * n, n, n, err)
               : tg_error_set(err, TG_EINPUT, "mixture: there are no parts");
    if (!rc) {
        rc = tg_alias_build(weights, n, dist->table + n, dist->index, err);
        if (rc)
            tg_error_wrap(err, rc, "mixture");
    }
    if (rc) {
        tg_dist_release(dist);
        release_parts(parts, n);
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        sum += weights[i];
        dist->parts[i] = parts[i];
        parts[i] = (struct tg_dist){0};
    }
    for (size_t i = 0; i < n; i++)
        dist->table[i] = weights[i] / sum;
    dist->family = &tg_dist_mixture;
    return TG_OK;
}

static double mixture_mean(const struct tg_dist *dist)
{
    double sum = 0;
    for (uint32_t i = 0; i < dist->part_count; i++)
        if (dist->table[i] > 0)
            sum += dist->table[i] * tg_dist_mean(&dist->parts[i]);
    return sum;
}

static double mixture_variance(const struct tg_dist *dist)
{
    double sum = 0, mean = mixture_mean(dist);
    for (uint32_t i = 0; i < dist->part_count; i++) {
        double offset = tg_dist_mean(&dist->parts[i]) - mean;
        if (dist->table[i] > 0)
            sum += dist->table[i] * (tg_dist_variance(&dist->parts[i]) + offset * offset);
    }
    return sum;
}

static double mixture_cdf(const struct tg_dist *dist, double x)
{
    double sum = 0;
    for (uint32_t i = 0; i < dist->part_count; i++)
        sum += dist->table[i] * tg_dist_cdf(&dist->parts[i], x);
    return fmin(sum, 1);
}

/* A quantile of a mixture lies between the least and the greatest of its parts'. */
static double mixture_quantile(const struct tg_dist *dist, double p)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (uint32_t i = 0; i < dist->part_count; i++) {
        if (dist->table[i] == 0)
            continue;
        double quantile = tg_dist_quantile(&dist->parts[i], p);
        low = fmin(low, quantile);
        high = fmax(high, quantile);
    }
    if (p <= 0)
        return low;
    if (p >= 1 || tg_dist_cdf(dist, low) >= p)
        return p >= 1 ? high : low;
    return tg_dist_bisect_quantile(dist, p, low, high);
}

static inline double mixture_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    uint32_t n = dist->part_count;
    return tg_dist_sample(&dist->parts[tg_alias_pick(dist->table + n, dist->index, n, rng)], rng);
}
TG_DIST_DEFINE_MANY(mixture)

const struct tg_dist_family tg_dist_mixture = {
    .name = "mixture",
    .help = "one of several distributions, by weight",
    .mean = mixture_mean,
    .variance = mixture_variance,
    .cdf = mixture_cdf,
    .quantile = mixture_quantile,
    .sample = mixture_sample,
    .sample_many = mixture_many,
};

/* A composition of one part: allocates, moves the part in. On failure the part is released. */
static int adopt(struct tg_dist *dist, struct tg_dist *part, const struct tg_dist_family *family,
                 struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    int rc = tg_dist_allocate(dist, 0, 0, 1, err);
    if (rc) {
        tg_dist_release(part);
        return rc;
    }
    dist->parts[0] = *part;
    *part = (struct tg_dist){0};
    dist->family = family;
    return TG_OK;
}

/* shifted: w[0] the offset, w[1] the factor */

int tg_dist_init_shifted(struct tg_dist *dist, struct tg_dist *part, double offset, double factor,
                         struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    int rc = TG_OK;
    if (!isfinite(offset))
        rc = tg_error_set(err, TG_EINPUT, "shifted: the offset is not finite");
    else if (!(factor > 0 && factor <= DBL_MAX))
        rc = tg_error_set(err, TG_EINPUT, "shifted: the factor is %g, but must be above 0", factor);
    if (rc) {
        tg_dist_release(part);
        return rc;
    }
    rc = adopt(dist, part, &tg_dist_shifted, err);
    if (rc)
        return rc;
    dist->w[0] = offset;
    dist->w[1] = factor;
    return TG_OK;
}

static double shifted_mean(const struct tg_dist *dist)
{
    return dist->w[0] + dist->w[1] * tg_dist_mean(dist->parts);
}

static double shifted_variance(const struct tg_dist *dist)
{
    return dist->w[1] * dist->w[1] * tg_dist_variance(dist->parts);
}

static double shifted_cdf(const struct tg_dist *dist, double x)
{
    return tg_dist_cdf(dist->parts, (x - dist->w[0]) / dist->w[1]);
}

static double shifted_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[0] + dist->w[1] * tg_dist_quantile(dist->parts, p);
}

static inline double shifted_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[0] + dist->w[1] * tg_dist_sample(dist->parts, rng);
}
TG_DIST_DEFINE_MANY(shifted)

const struct tg_dist_family tg_dist_shifted = {
    .name = "shifted",
    .help = "an offset plus a factor times another distribution",
    .mean = shifted_mean,
    .variance = shifted_variance,
    .cdf = shifted_cdf,
    .quantile = shifted_quantile,
    .sample = shifted_sample,
    .sample_many = shifted_many,
};

/* truncated: w[0] low, w[1] high, w[2] the part's probability below low, w[3] its probability inside */

static bool has_atoms(const struct tg_dist *dist)
{
    bool any = dist->family->atoms;
    for (uint32_t i = 0; i < dist->part_count && !any; i++)
        any = has_atoms(&dist->parts[i]);
    return any;
}

static int check_truncated(const struct tg_dist *part, double low, double high, double inside,
                           struct tg_error *err)
{
    if (!(low < high))
        return tg_error_set(err, TG_EINPUT, "truncated: high is %g, but must be above low, %g", high, low);
    if (has_atoms(part))
        return tg_error_set(err, TG_EINPUT, "truncated: the part has single values of positive probability");
    if (!(inside >= 0.001))
        return tg_error_set(err, TG_EINPUT,
                            "truncated: only %.2g of the values lie from %g to %g; at least 0.001 must",
                            inside, low, high);
    return TG_OK;
}

int tg_dist_init_truncated(struct tg_dist *dist, struct tg_dist *part, double low, double high,
                           struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    double below = tg_dist_cdf(part, low), inside = tg_dist_cdf(part, high) - below;
    int rc = check_truncated(part, low, high, inside, err);
    if (rc) {
        tg_dist_release(part);
        return rc;
    }
    rc = adopt(dist, part, &tg_dist_truncated, err);
    if (rc)
        return rc;
    dist->w[0] = low;
    dist->w[1] = high;
    dist->w[2] = below;
    dist->w[3] = inside;
    return TG_OK;
}

static double truncated_cdf(const struct tg_dist *dist, double x)
{
    if (x <= dist->w[0])
        return 0;
    return x >= dist->w[1] ? 1 : fmin(1, (tg_dist_cdf(dist->parts, x) - dist->w[2]) / dist->w[3]);
}

static double truncated_quantile(const struct tg_dist *dist, double p)
{
    double x = tg_dist_quantile(dist->parts, fmin(1, dist->w[2] + p * dist->w[3]));
    return fmin(dist->w[1], fmax(dist->w[0], x));
}

/* The integral of (quantile(u) - center)^power over u from 0 to 1: Gauss-Legendre quadrature of four points
 * on 256 panels of t, u = t^3 (10 - 15 t + 6 t^2), which crowds them at both ends, where quantiles may be
 * infinite. */
static double moment(const struct tg_dist *dist, double center, int power)
{
    static const double nodes[] = {-0.86113631159405257522, -0.33998104358485626480, 0.33998104358485626480,
                                   0.86113631159405257522};
    static const double weights[] = {0.34785484513745385737, 0.65214515486254614263, 0.65214515486254614263,
                                     0.34785484513745385737};
    enum { PANELS = 256 };
    double sum = 0;
    for (int panel = 0; panel < PANELS; panel++) {
        for (int k = 0; k < 4; k++) {
            double t = (panel + 0.5 + 0.5 * nodes[k]) / PANELS;
            double u = t * t * t * (10 - 15 * t + 6 * t * t), slope = 30 * t * t * (1 - t) * (1 - t);
            double x = truncated_quantile(dist, u) - center;
            sum += weights[k] * slope * (power == 2 ? x * x : x);
        }
    }
    return sum / (2 * PANELS);
}

/* x with the last 21 bits of its mantissa rounded away (Veltkamp). */
static double round_to_32_bits(double x)
{
    double c = x * (0x1p21 + 1);
    return c - (c - x);
}

static double truncated_mean(const struct tg_dist *dist)
{
    if (dist->w[1] == HUGE_VAL && tg_dist_mean(dist->parts) == HUGE_VAL)
        return HUGE_VAL;
    return round_to_32_bits(moment(dist, 0, 1));
}

static double truncated_variance(const struct tg_dist *dist)
{
    if (dist->w[1] == HUGE_VAL && !(tg_dist_variance(dist->parts) < HUGE_VAL))
        return HUGE_VAL;
    return moment(dist, moment(dist, 0, 1), 2);
}

static inline double truncated_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    double x;
    do
        x = tg_dist_sample(dist->parts, rng);
    while (!(x > dist->w[0] && x <= dist->w[1]));
    return x;
}
TG_DIST_DEFINE_MANY(truncated)

const struct tg_dist_family tg_dist_truncated = {
    .name = "truncated",
    .help = "another distribution, its values outside an interval left out",
    .mean = truncated_mean,
    .variance = truncated_variance,
    .cdf = truncated_cdf,
    .quantile = truncated_quantile,
    .sample = truncated_sample,
    .sample_many = truncated_many,
};
