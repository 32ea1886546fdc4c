/* tg_precision: how sure the mean and the quantiles of a cost are.
 *
 * Samples in order of time are tested for autocorrelation (Ljung and Box, 1978; 20 lags, values above the
 * 99th percentile counted as that; the first 20,000 samples). Where p is below 0.01 consecutive samples are
 * joined to blocks, doubled in length until neighbouring blocks no longer resemble each other or 20 are left;
 * beyond 1,000 samples they are joined to 1,000 blocks in any case. The mean's 95 % interval is that of the
 * studentized bootstrap over blocks (Hall, 1988): 999 resamples from the stream named by the caller, seed 1.
 * It follows the skewness of the cost, where Student's interval misses it.
 *
 * A quantile's interval is where the sample's distribution function leaves the band that holds the truth 95 %
 * of the time: the limit of its bootstrap without resampling. Its width grows with correlation as the
 * variance of the blocks' counts does.
 *
 * Both widen by what the split from jitter leaves uncertain (tg_intrinsic).
 */
#ifndef TG_PRECISION_H
#define TG_PRECISION_H

#include "tg_interval.h"
#include "tg_intrinsic.h"

struct tg_precision {
    struct tg_estimate mean;
    struct tg_estimate median, p99; /* the point in `mean` */
    double ljung_box_p;             /* NaN where there are too few samples, or all are alike */
    size_t block;                   /* samples a block; 1: taken as independent */
};

int tg_precision_of(const struct tg_intrinsic *in, const struct tg_trace *trace, const char *stream,
                    struct tg_precision *out, struct tg_error *err);

#endif
