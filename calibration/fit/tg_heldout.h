/* tg_heldout: how well a profile predicts a trace set that it was not made from.
 *
 * The other set is calibrated by itself; for each primitive that both have, the 10th, 50th and 90th
 * percentile of the profile's law are compared with the other set's weighted samples. A primitive is
 * predicted where all three are within the tolerance. One that is not may still be open: at a percentile
 * where a law jumps from one mode to another, or of few samples, the two sets differ by chance. It is open
 * where each percentile comes within the tolerance of the interval in which the found one lies: its level
 * plus and minus 1.96 standard errors of the difference of two samples' ranks, taken as independent. For the
 * rest the reason is looked for among what the sets tell: a shift (all three off by about the same factor), a
 * spread (the median agrees), or both.
 */
#ifndef TG_HELDOUT_H
#define TG_HELDOUT_H

#include <stdbool.h>

#include "tg_profile.h"
#include "tg_trace_set.h"

enum { TG_HELDOUT_LEVELS = 3 };

struct tg_heldout_row {
    char name[TG_TRACE_NAME_MAX + 1];
    double predicted_ns[TG_HELDOUT_LEVELS], found_ns[TG_HELDOUT_LEVELS];
    double worst; /* greatest relative difference */
    bool predicted, open;
    char why[128]; /* "" where predicted */
};

struct tg_heldout {
    struct tg_heldout_row *rows; /* owned, in the profile's order */
    size_t count, predicted, open;
    char sessions[256]; /* what else changed from the profile's session to the other: date, clock, jitter */
};

int tg_heldout_make(const struct tg_profile *profile, const struct tg_trace_set *other, double tolerance,
                    struct tg_heldout *out, struct tg_error *err);
void tg_heldout_release(struct tg_heldout *heldout);

#endif
