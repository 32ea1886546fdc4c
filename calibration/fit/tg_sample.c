#include "tg_sample.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, PASSES = 6 };

int tg_sample_init(struct tg_sample *sample, size_t n, struct tg_error *err)
{
    *sample =
        (struct tg_sample){.x = calloc(n + 1, sizeof(double)), .w = calloc(n + 1, sizeof(double)), .n = n};
    if (sample->x && sample->w)
        return TG_OK;
    tg_sample_release(sample);
    return tg_error_set(err, TG_ENOMEM, "out of memory for %zu samples", n);
}

void tg_sample_release(struct tg_sample *sample)
{
    free(sample->x);
    free(sample->w);
    free(sample->scratch);
    *sample = (struct tg_sample){0};
}

int tg_sample_scratch(struct tg_sample *sample, struct tg_error *err)
{
    if (!sample->scratch)
        sample->scratch = calloc(2 * sample->n + 1, sizeof *sample->scratch);
    return sample->scratch ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

void tg_sample_sum(struct tg_sample *sample)
{
    sample->total = 0;
    for (size_t i = 0; i < sample->n; i++)
        sample->total += sample->w[i];
}

double tg_sample_mean(const struct tg_sample *sample)
{
    /* From the first value on, so that a constant is its own mean to the last bit. */
    double sum = 0;
    for (size_t i = 0; i < sample->n; i++)
        sum += sample->w[i] * (sample->x[i] - sample->x[0]);
    return sample->x[0] + sum / sample->total;
}

double tg_sample_variance(const struct tg_sample *sample)
{
    double sum = 0, mean = tg_sample_mean(sample);
    for (size_t i = 0; i < sample->n; i++)
        sum += sample->w[i] * (sample->x[i] - mean) * (sample->x[i] - mean);
    return sum / sample->total;
}

void tg_sample_quantiles(const struct tg_sample *sample, const double *p, double *out, size_t n)
{
    size_t i = 0, last = 0;
    double before = 0, last_middle = 0;
    bool any = false;
    for (size_t k = 0; k < n; k++) {
        double want = p[k] * sample->total;
        for (;;) {
            while (i < sample->n && sample->w[i] <= 0)
                i++;
            if (i == sample->n) {
                out[k] = sample->x[any ? last : sample->n - 1];
                break;
            }
            double middle = before + sample->w[i] / 2;
            if (want <= middle) {
                double part = any ? (want - last_middle) / (middle - last_middle) : 1;
                double from = sample->x[any ? last : i], step = sample->x[i] - from;
                out[k] = step > 0 ? from + part * step : from;
                break;
            }
            before += sample->w[i];
            last_middle = middle;
            last = i++;
            any = true;
        }
        if (k && out[k] < out[k - 1])
            out[k] = out[k - 1];
    }
}

double tg_sample_quantile(const struct tg_sample *sample, double p)
{
    double q;
    tg_sample_quantiles(sample, &p, &q, 1);
    return q;
}

double tg_sample_lowest_mean(const struct tg_sample *sample, double share)
{
    double left = share * sample->total, whole = left, sum = 0;
    for (size_t i = 0; i < sample->n && left > 0; i++) {
        double take = fmin(left, sample->w[i]);
        sum += take * (sample->x[i] - sample->x[0]);
        left -= take;
    }
    return sample->x[0] + sum / whole;
}

double tg_sample_effective(const struct tg_sample *sample)
{
    double squares = 0;
    for (size_t i = 0; i < sample->n; i++)
        squares += sample->w[i] * sample->w[i];
    return sample->total * sample->total / squares;
}

double tg_sample_largest_atom(const struct tg_sample *sample)
{
    double largest = 0, here = 0;
    for (size_t i = 0; i < sample->n; i++) {
        here = i && sample->x[i] == sample->x[i - 1] ? here + sample->w[i] : sample->w[i];
        largest = fmax(largest, here);
    }
    return largest / sample->total;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The bits of doubles that are not negative order as the doubles do. */
void tg_sample_sort(double *values, double *scratch, size_t n)
{
    double *from = values, *to = scratch;
    for (int pass = 0; pass < PASSES; pass++) {
        size_t count[RADIX] = {0}, at = 0;
        for (size_t i = 0; i < n; i++)
            count[bits_of(from[i]) >> (pass * RADIX_BITS) & (RADIX - 1)]++;
        for (size_t k = 0; k < RADIX; k++) {
            size_t here = count[k];
            count[k] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++)
            to[count[bits_of(from[i]) >> (pass * RADIX_BITS) & (RADIX - 1)]++] = from[i];
        double *swap = from;
        from = to;
        to = swap;
    }
}
