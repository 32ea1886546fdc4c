/* tg_sections: a stream of non-negative integers cut into equal sections with a histogram each, in bounded
 * memory, for a quantile with an interval.
 *
 * Holds `full` sections at most. When that many are complete, neighbours are merged in pairs and the size
 * doubles, as in tg_batches. Histograms are log-linear as in tg_hist, TG_HIST_BITS bits, with counters of 4
 * bytes: 29 KB a section; sections of up to 2^32 - 1 samples. Adding allocates nothing.
 *
 * The point is the quantile of all complete sections together, so that sectioning adds no bias. The interval
 * inverts a test: it holds every x at which the sections' fractions of samples above x, batch means of a
 * stream whose mean is P(X > x), have an interval by tg_steady_interval() that contains 1 - q. No density is
 * estimated, and the ends need not be symmetric about the point. (Inverting a test of proportions goes back
 * to Thompson, 1936; for dependent data Heidelberger and Lewis, 1984, count exceedances likewise.) An end
 * that fewer than TG_SECTIONS_LEAST sections reach beyond is not known, and infinite, unless the data end in
 * a value that as many sections share.
 *
 * Inside a bucket the distribution is taken as even; the error of point and ends is below 2^-7 of the value,
 * and far below for continuous data.
 */
#ifndef TG_SECTIONS_H
#define TG_SECTIONS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_hist.h"
#include "tg_interval.h"
#include "tg_steady.h"

enum { TG_SECTIONS_LEAST = 4, TG_SECTIONS_MAX = 256 };

struct tg_sections {
    uint32_t *counts; /* owned: full rows of tg_hist_size(TG_HIST_BITS) */
    uint32_t *open;   /* the row being filled */
    size_t count;     /* complete sections */
    size_t full;
    uint64_t size;    /* samples in a section */
    uint64_t filled;  /* samples in the one being filled */
    int64_t min, max; /* of all samples; INT64_MAX and 0 when there is none */
};

/* full even, from 4 to TG_SECTIONS_MAX, size at least 1, else TG_EUSAGE; TG_ENOMEM. */
int tg_sections_init(struct tg_sections *s, size_t full, uint64_t size, struct tg_error *err);
/* Harmless on a zeroed struct. */
void tg_sections_release(struct tg_sections *s);

/* For tg_sections_add() alone. */
void tg_sections_close(struct tg_sections *s);

static inline void tg_sections_add(struct tg_sections *s, int64_t x)
{
    assert(x >= 0);
    s->open[tg_hist_index(TG_HIST_BITS, (uint64_t)x)]++;
    if (x < s->min)
        s->min = x;
    if (x > s->max)
        s->max = x;
    if (++s->filled == s->size)
        tg_sections_close(s);
}

/* Quantile q, 0 < q < 1 (asserted), of the complete sections. `quality`, which may be NULL, becomes that of
 * the sections' fractions above the point, single observations being above it or not. */
struct tg_estimate tg_sections_quantile(const struct tg_sections *s, double q, double level,
                                        struct tg_steady_quality *quality);

#endif
