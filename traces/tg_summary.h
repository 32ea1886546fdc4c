/* tg_summary: what a set of samples says at a glance. Never a substitute for the samples.
 *
 * The interval is a 95 % one for the median: the wider of two, joined. One is of order statistics (binomial,
 * assumes independent samples); the other is Student's t over the medians of ten consecutive blocks, which
 * also sees slow drift. With fewer than 6 samples it is the range. The mean of the fastest tenth is over the
 * samples at and below the first decile, at least one.
 */
#ifndef TG_SUMMARY_H
#define TG_SUMMARY_H

#include <stddef.h>

#include "tg_trace.h"

struct tg_summary {
    size_t samples;
    double median, mean, fastest_decile_mean;
    double low, high; /* the median's interval */
    double minimum, maximum;
    double drift; /* median of the last third over that of the first, less 1 */
};

/* costs are in order of time; TG_ENOMEM, or TG_EINPUT where there is no sample. */
int tg_summarize(const double *costs, size_t count, struct tg_summary *summary);

/* The same of a trace's costs an operation; with `argument` only of the samples with that value. */
int tg_summarize_trace(const struct tg_trace *trace, const double *argument, struct tg_summary *summary);

/* The different values of a trace's argument in rising order, malloc'd; *count is 0 without an argument. */
int tg_trace_argument_values(const struct tg_trace *trace, double **values, size_t *count);

#endif
