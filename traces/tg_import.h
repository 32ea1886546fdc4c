/* tg_import: other people's measurements as traces or as points of a curve.
 *
 * Micro-benchmarks become traces: cyclictest's and rtla's histograms, HdrHistogram's percentile output
 * (wrk2's too), lmbench's results, CSV and JSON. Load generators become points of a curve: httperf, dnsperf,
 * queryperf, wrk, ab. The format is recognized by what the text says, or chosen by name.
 *
 * A histogram holds no times and no order. Its counts become samples at the values of its bins, in a fixed
 * shuffled order, a microsecond apart; where it counts more than samples_max, that many are taken evenly
 * through its quantiles (the k-th at quantile (k + 1/2) / samples_max), so that the extreme tail is lost, and
 * the trace's description says so. Results that are a single number become a trace of one sample.
 *
 * Errors are TG_EINPUT, with the text's name and, where there is one, the line.
 */
#ifndef TG_IMPORT_H
#define TG_IMPORT_H

#include "tg_curve.h"
#include "tg_trace_set.h"

struct tg_import_options {
    const char *format;   /* NULL: recognize it */
    const char *name;     /* of the primitive, for formats that do not say; NULL: the format's own choice */
    const char *column;   /* csv: the column that holds costs; NULL: the first */
    double unit_ns;       /* nanoseconds that one unit of the text's numbers is; 0: what the format says */
    double offered_per_s; /* curves: the rate that was offered, where the text does not say; 0: unknown */
    size_t samples_max;   /* of each trace */
};

struct tg_import {
    struct tg_trace_set set; /* has traces, or ... */
    struct tg_curve curve;   /* ... has points; both if texts of both kinds were imported */
};

/* The formats by name, NULL-terminated. */
const char *const *tg_import_formats(void);

/* Adds what a text holds to `out`, which starts zeroed. size bytes, terminated by a zero byte. */
int tg_import_text(struct tg_import *out, const struct tg_import_options *options, const char *text,
                   size_t size, const char *where, struct tg_error *err);
int tg_import_file(struct tg_import *out, const struct tg_import_options *options, const char *path,
                   struct tg_error *err);
void tg_import_release(struct tg_import *import);

#endif
