/* tg_intrinsic: the samples of a trace without those that jitter hit.
 *
 * Interrupts and other noise hit samples in proportion to the time they take. The jitter trace of the same
 * session tells how often noise comes (rate) and how short its shortest stroke is (threshold). A trace whose
 * samples lasted T in all was hit about rate * T times. Of the samples that lie above the median by at least
 * the threshold, that many, the largest first, are taken for hit and set aside; all others are the
 * primitive's own cost, long tail included. A sample that was hit is jitter's, or the simulator, which runs
 * the jitter too, would count it twice.
 *
 * Limits: which of two equally large samples was hit cannot be told; only their number is right on average.
 */
#ifndef TG_INTRINSIC_H
#define TG_INTRINSIC_H

#include "tg_trace.h"

struct tg_intrinsic {
    double *cost_ns; /* of one operation, in order of time; owned */
    size_t count;
    size_t hits;          /* samples set aside */
    double expected_hits; /* rate times the time that the samples lasted */
    double raw_mean_ns;   /* of all samples */
};

/* jitter: the jitter trace of the same session, or NULL: then nothing is set aside. */
int tg_intrinsic_split(const struct tg_trace *trace, const struct tg_trace *jitter, struct tg_intrinsic *out,
                       struct tg_error *err);
void tg_intrinsic_release(struct tg_intrinsic *intrinsic);

#endif
