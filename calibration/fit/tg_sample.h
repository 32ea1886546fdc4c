/* tg_sample: sorted values with weights, and what is read off them.
 *
 * Values ascend; weights are zero or more, and their sum is above zero. A weight is the share of a sample
 * that counts: below 1 where it may belong to something else, slightly above where it stands for others like
 * it. The quantile at p interpolates between neighbouring values at the middles of their weights (Hazen,
 * 1914).
 */
#ifndef TG_SAMPLE_H
#define TG_SAMPLE_H

#include <stddef.h>

#include "tg_error.h"

struct tg_sample {
    double *x, *w; /* owned */
    size_t n;
    double total;    /* of the weights */
    double *scratch; /* owned; room for 2 n values; NULL until tg_sample_scratch() */
};

int tg_sample_init(struct tg_sample *sample, size_t n, struct tg_error *err);
void tg_sample_release(struct tg_sample *sample);

int tg_sample_scratch(struct tg_sample *sample, struct tg_error *err);

/* Sums the weights anew, after they were set. */
void tg_sample_sum(struct tg_sample *sample);

double tg_sample_mean(const struct tg_sample *sample);
double tg_sample_variance(const struct tg_sample *sample);
double tg_sample_quantile(const struct tg_sample *sample, double p);
/* Quantiles at n ascending probabilities, in one pass. */
void tg_sample_quantiles(const struct tg_sample *sample, const double *p, double *out, size_t n);
/* The mean of the lowest `share` of the weight. */
double tg_sample_lowest_mean(const struct tg_sample *sample, double share);
/* The number of independent values of one weight that would carry as much: total^2 / sum of squares. */
double tg_sample_effective(const struct tg_sample *sample);
/* The largest share of the weight that sits on one value. */
double tg_sample_largest_atom(const struct tg_sample *sample);

/* Sorts n values, none negative or NaN, ascending, by radix: linear in n. scratch holds n values. */
void tg_sample_sort(double *values, double *scratch, size_t n);

#endif
