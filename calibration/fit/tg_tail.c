#include "tg_tail.h"

#include <math.h>
#include <stdlib.h>

#include "tg_fit_distance.h"
#include "tg_golden.h"
#include "tg_rng.h"

enum { TEST_MAX = 300, REPLICATES = 49, COUNT_MIN = 50 };

static const double shape_low = -0.5, shape_high = 1;

struct excesses {
    const double *y, *w;
    size_t n;
    double total, mean, largest;
};

static double shape_at(const struct excesses *e, double theta)
{
    double sum = 0;
    for (size_t i = 0; i < e->n; i++)
        sum += (e->w ? e->w[i] : 1) * log1p(theta * e->y[i]);
    return sum / e->total;
}

/* The negative profile likelihood, a value; theta is shape / scale. */
static double minus_likelihood(double scaled, void *opaque)
{
    const struct excesses *e = opaque;
    double theta = scaled / e->mean;
    if (fabs(scaled) < 1e-6)
        return log(e->mean) + 1;
    double shape = shape_at(e, theta);
    if (shape < shape_low || shape > shape_high)
        return HUGE_VAL;
    return log(shape / theta) + 1 + shape;
}

double tg_tail_pareto(const double *y, const double *w, size_t n, double *scale, double *shape)
{
    struct excesses e = {.y = y, .w = w, .n = n};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = w ? w[i] : 1;
        e.total += weight;
        sum += weight * y[i];
        e.largest = fmax(e.largest, y[i]);
    }
    e.mean = sum / e.total;
    double least = -(1 - 1e-9) * e.mean / e.largest, best, value;
    /* Steps that are dense around the exponential, where most tails are. */
    static const double grid[] = {-0.999, -0.9, -0.7, -0.5, -0.3, -0.15, -0.05, 0, 0.05,
                                  0.15,   0.3,  0.5,  0.8,  1.2,  2,     3.5,   6, 12};
    double points[sizeof grid / sizeof *grid];
    for (size_t i = 0; i < sizeof grid / sizeof *grid; i++)
        points[i] = grid[i] < 0 ? -grid[i] * least : grid[i];
    best = tg_golden(minus_likelihood, &e, points, sizeof grid / sizeof *grid, 1e-4, &value);
    *shape = fabs(best) < 1e-6 ? 0 : shape_at(&e, best / e.mean);
    *scale = fabs(best) < 1e-6 ? e.mean : *shape / (best / e.mean);
    return -value * e.total;
}

double tg_tail_pareto_log_density(double y, double scale, double shape)
{
    if (fabs(shape) < 1e-9)
        return -log(scale) - y / scale;
    double z = 1 + shape * y / scale;
    return z > 0 ? -log(scale) - (1 + 1 / shape) * log(z) : -HUGE_VAL;
}

static double pareto_cdf(double y, double scale, double shape)
{
    if (fabs(shape) < 1e-9)
        return -expm1(-y / scale);
    double z = 1 + shape * y / scale;
    return z > 0 ? 1 - pow(z, -1 / shape) : 1;
}

static double pareto_draw(struct tg_rng *rng, double scale, double shape)
{
    double u = tg_rng_unit(rng);
    return fabs(shape) < 1e-9 ? -scale * log(u) : scale / shape * expm1(-shape * log(u));
}

/* Anderson-Darling of sorted excesses against their own fit. */
static double statistic(const double *y, size_t n, double *scale, double *shape)
{
    double p[TEST_MAX];
    tg_tail_pareto(y, NULL, n, scale, shape);
    for (size_t i = 0; i < n; i++)
        p[i] = pareto_cdf(y[i], *scale, *shape);
    return tg_fit_distance_ad(p, NULL, n, (double)n);
}

static double test_p(double *y, size_t n, struct tg_rng *rng)
{
    double scale, shape, drawn[TEST_MAX], scratch[TEST_MAX], other_scale, other_shape;
    double observed = statistic(y, n, &scale, &shape);
    int above = 0;
    for (int r = 0; r < REPLICATES; r++) {
        for (size_t i = 0; i < n; i++)
            drawn[i] = pareto_draw(rng, scale, shape);
        tg_sample_sort(drawn, scratch, n);
        above += statistic(drawn, n, &other_scale, &other_shape) >= observed;
        if (above > (REPLICATES + 1) / 10 + 10)
            return (above + 1.0) / (r + 2.0); /* settled (Besag and Clifford, 1991) */
    }
    return (above + 1.0) / (REPLICATES + 1.0);
}

/* The excesses over sample->x[from - 1]'s place; false where they do not fit. */
static bool try_threshold(const struct tg_sample *sample, size_t from, double threshold, struct tg_rng *rng,
                          struct tg_tail *tail)
{
    size_t n = sample->n - from, kept = 0;
    double *y = malloc(n * sizeof *y), weight = 0, test[TEST_MAX];
    if (!y)
        return false;
    for (size_t i = 0; i < n; i++) {
        y[i] = sample->x[from + i] - threshold;
        weight += sample->w[from + i];
    }
    /* Selection sampling (Knuth): a random part of the sorted excesses, by their weight, still sorted. */
    double want = fmin(weight, TEST_MAX) / weight;
    for (size_t i = 0; i < n && kept < TEST_MAX; i++)
        if (tg_rng_unit(rng) < want * sample->w[from + i])
            test[kept++] = y[i];
    bool fits = kept >= COUNT_MIN * 4 / 5 && test[kept - 1] > test[0];
    if (fits) {
        tail->p = test_p(test, kept, rng);
        fits = tail->p > 0.1;
    }
    if (fits) {
        tg_tail_pareto(y, sample->w + from, n, &tail->scale, &tail->shape);
        tail->threshold = threshold;
        tail->share = weight / sample->total;
        tail->count = (size_t)llround(weight);
    }
    free(y);
    return fits;
}

bool tg_tail_fit(const struct tg_sample *sample, const char *stream, struct tg_tail *tail)
{
    static const double levels[] = {0.9, 0.95, 0.975, 0.99};
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, stream);
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
        double threshold = tg_sample_quantile(sample, levels[k]);
        size_t from = sample->n;
        double above = 0;
        while (from > 0 && sample->x[from - 1] > threshold)
            above += sample->w[--from];
        if (above < COUNT_MIN)
            return false;
        if (try_threshold(sample, from, threshold, &rng, tail))
            return true;
    }
    return false;
}
