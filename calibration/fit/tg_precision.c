#include "tg_precision.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "tg_rng.h"

enum {
    BASES = 20000, /* sums kept of the whole trace */
    BLOCKS_MAX = 1000,
    BLOCKS_MIN = 20,
    RESAMPLES = 999,
    LAGS = 20,
    SERIES = 3, /* what is summed: the mean's residuals, and the counts of two quantiles */
};

static const double levels[SERIES] = {0, 0.5, 0.99};

struct sums {
    double *z[SERIES]; /* each the sum over a block; together they add up to about 0 */
    size_t n, block;
};

static double sum_of_squares(const double *z, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += z[i] * z[i];
    return sum;
}

static void add_bases(const struct tg_intrinsic *in, const struct tg_trace *trace,
                      const double center[SERIES], struct sums *s)
{
    s->block = (trace->count + BASES - 1) / BASES;
    s->n = trace->count / s->block; /* the last few samples of a long trace may belong to none */
    for (size_t b = 0; b < s->n; b++) {
        for (size_t i = b * s->block; i < (b + 1) * s->block; i++) {
            double cost = tg_intrinsic_cost(in, trace, i), weight = tg_intrinsic_weight(in, cost);
            s->z[0][b] += weight * (cost - center[0]);
            s->z[1][b] += weight * ((cost <= center[1]) - levels[1]);
            s->z[2][b] += weight * ((cost <= center[2]) - levels[2]);
        }
    }
}

static void join(struct sums *s, size_t factor)
{
    size_t n = s->n / factor;
    for (int k = 0; k < SERIES; k++)
        for (size_t b = 0; b < n; b++) {
            double sum = 0;
            for (size_t i = b * factor; i < (b + 1) * factor; i++)
                sum += s->z[k][i];
            s->z[k][b] = sum;
        }
    s->n = n;
    s->block *= factor;
}

static double correlation(const double *x, size_t n, size_t lag)
{
    double mean = 0, square = 0, product = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    for (size_t i = 0; i + lag < n; i++)
        product += (x[i] - mean) * (x[i + lag] - mean);
    return square > 0 ? product / square : 0;
}

static double ljung_box(const struct tg_intrinsic *in, const struct tg_trace *trace, double cap)
{
    size_t n = trace->count < BASES ? trace->count : BASES;
    double *x = n > 2 * LAGS ? malloc(n * sizeof *x) : NULL, q = 0;
    if (!x)
        return NAN;
    for (size_t i = 0; i < n; i++)
        x[i] = fmin(cap, tg_intrinsic_cost(in, trace, i));
    for (size_t lag = 1; lag <= LAGS; lag++) {
        double r = correlation(x, n, lag);
        q += r * r / (double)(n - lag);
    }
    free(x);
    return gsl_cdf_chisq_Q(q * (double)n * ((double)n + 2), LAGS);
}

static void choose_blocks(struct sums *s, bool correlated)
{
    while (correlated && s->n >= 2 * BLOCKS_MIN) {
        join(s, 2);
        if (fabs(correlation(s->z[0], s->n, 1)) < 2 / sqrt((double)s->n))
            break;
    }
    if (s->n > BLOCKS_MAX)
        join(s, (s->n + BLOCKS_MAX - 1) / BLOCKS_MAX);
}

/* The 2.5 % and 97.5 % points of the resampled t. */
static int bootstrap_t(const double *z, size_t n, const char *stream, double *low, double *high)
{
    double t[RESAMPLES];
    size_t kept = 0;
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, stream);
    for (int r = 0; r < RESAMPLES; r++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            /* The product's upper half: its bias, n / 2^32, is nothing here. */
            double x = z[(tg_rng_u64(&rng) >> 32) * n >> 32];
            sum += x;
            squares += x * x;
        }
        double variance = squares - sum * sum / (double)n;
        if (variance > 0)
            t[kept++] = sum / sqrt(variance);
    }
    if (kept < RESAMPLES / 2)
        return -1;
    gsl_sort(t, 1, kept);
    *low = t[(size_t)(0.025 * (double)(kept - 1) + 0.5)];
    *high = t[(size_t)(0.975 * (double)(kept - 1) + 0.5)];
    return 0;
}

static struct tg_estimate mean_interval(const struct tg_intrinsic *in, const struct sums *s,
                                        const char *stream, double mean)
{
    double *z = s->z[0];
    double n = (double)s->n, shift = 0;
    struct tg_estimate e = {.mean = mean, .low = mean, .high = mean, .level = 0.95, .n = s->n};
    for (size_t i = 0; i < s->n; i++)
        shift += z[i] / n;
    double squares = sum_of_squares(z, s->n) - n * shift * shift;
    if (s->n < 2 || !(squares > 0))
        return e;
    double error = sqrt(squares * n / (n - 1)) / in->sample.total, low, high;
    for (size_t i = 0; i < s->n; i++)
        z[i] -= shift;
    double t = tg_interval_t(0.95, n - 1);
    if (bootstrap_t(z, s->n, stream, &low, &high))
        low = -(high = t);
    double wide = 1 / (1 - in->lost), extra = t * in->systematic_ns;
    e.low = mean - hypot(fmax(high, 0) * error * wide, extra);
    e.high = mean + hypot(fmax(-low, 0) * error * wide, extra);
    e.low = fmax(e.low, in->sample.x[0]); /* no mean lies below the least value */
    e.freedom = n - 1;
    return e;
}

/* What the split leaves open about the weight above q: the missing share, and the jitter trace's error. */
static void open_above(const struct tg_intrinsic *in, double q, double *lost, double *systematic)
{
    const struct tg_sample *s = &in->sample;
    double above = 0, open = 0;
    *lost = *systematic = 0;
    for (size_t i = s->n; in->method == TG_SEPARATED && i > 0 && s->x[i - 1] > q; i--) {
        double u = tg_intrinsic_untouched(in, s->x[i - 1]);
        above += u;
        open += u * (1 - u);
    }
    if (above > 0) {
        *lost = fmin(0.8, open / above);
        *systematic = open / s->total / sqrt((double)in->jitter->count);
    }
}

static struct tg_estimate quantile_interval(const struct tg_intrinsic *in, const struct sums *s, int series,
                                            double q)
{
    double p = levels[series], n = (double)s->n, lost, systematic;
    double effective = tg_sample_effective(&in->sample);
    double error = sqrt(p * (1 - p) / effective);
    if (s->block > 1 && s->n > 1)
        error = fmax(error, sqrt(sum_of_squares(s->z[series], s->n) * n / (n - 1)) / in->sample.total);
    open_above(in, q, &lost, &systematic);
    double t = s->block > 1 ? tg_interval_t(0.95, fmax(n - 1, 1)) : 1.959963984540054;
    double half = t * hypot(error / (1 - lost), systematic);
    double skew = (1 - 2 * p) * (t * t - 1) / 6 / effective; /* of the binomial law (Cornish and Fisher) */
    return (struct tg_estimate){.mean = q,
                                .low = tg_sample_quantile(&in->sample, fmax(0, p - half + skew)),
                                .high = tg_sample_quantile(&in->sample, fmin(1, p + half + skew)),
                                .level = 0.95,
                                .n = s->n};
}

int tg_precision_of(const struct tg_intrinsic *in, const struct tg_trace *trace, const char *stream,
                    struct tg_precision *out, struct tg_error *err)
{
    struct sums s = {0};
    const struct tg_sample *sample = &in->sample;
    double center[SERIES] = {tg_sample_mean(sample), tg_sample_quantile(sample, levels[1]),
                             tg_sample_quantile(sample, levels[2])};
    double *memory = calloc(SERIES * (BASES + 1), sizeof *memory);
    if (!memory)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (int k = 0; k < SERIES; k++)
        s.z[k] = memory + k * (BASES + 1);
    add_bases(in, trace, center, &s);
    out->ljung_box_p = sample->x[0] < sample->x[sample->n - 1] ? ljung_box(in, trace, center[2]) : NAN;
    choose_blocks(&s, out->ljung_box_p < 0.01);
    out->block = out->ljung_box_p < 0.01 ? s.block : 1;
    out->median = quantile_interval(in, &s, 1, center[1]);
    out->p99 = quantile_interval(in, &s, 2, center[2]);
    out->mean = mean_interval(in, &s, stream, center[0]);
    free(memory);
    return TG_OK;
}
