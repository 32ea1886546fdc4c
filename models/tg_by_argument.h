/* tg_by_argument: what one operation takes at several values of its argument.
 *
 * A price's own law holds at `from`, the least value measured; `more` goes on from there, rising. Beyond both
 * ends the law of the end counts. Between two values each draw is one from the law below or the law above,
 * from the latter with a probability that rises evenly from 0 to 1: the mean goes from one measured mean to
 * the next in straight lines, and every draw is what was measured. A cost that is taken in one of a few ways
 * (a core that is still polling, one that has halted, one whose host has gone on to something else) keeps the
 * ways and changes their shares; moving the draws themselves would make up costs between the ways that nobody
 * pays. Straight lines, and not in the logarithm of the argument: nothing but + - * / goes into a draw, so
 * that it is the same to the bit everywhere.
 *
 * Arguments are in the unit that the argument's name ends in, times ns. Numbers that are not given are NaN.
 */
#ifndef TG_BY_ARGUMENT_H
#define TG_BY_ARGUMENT_H

#include <cjson/cJSON.h>

#include "tg_dist.h"
#include "tg_error.h"
#include "tg_field.h"

struct tg_law_at {
    double at; /* the argument */
    struct tg_dist law;
    double mean_ns, low_ns, high_ns, median_ns; /* the mean with its 95 % interval */
    int64_t samples;
};

struct tg_by_argument {
    char *argument; /* with its unit, "idle_ns"; NULL: the price goes by none */
    double from;
    struct tg_law_at *more;
    size_t count;
};

/* Has the form of tg_field.read. What it fills is to be released also where it fails. */
int tg_by_argument_read(const cJSON *value, const char *path, void *by, struct tg_error *err);
void tg_by_argument_release(struct tg_by_argument *by);

/* The law to draw from at an argument; `least` is that at `from`. Takes one number from the stream. */
const struct tg_dist *tg_by_argument_choose(const struct tg_by_argument *by, const struct tg_dist *least,
                                            double argument, struct tg_rng *rng);

extern const struct tg_field tg_by_argument_fields[], tg_law_at_fields[];
extern const size_t tg_by_argument_field_count, tg_law_at_field_count;

#endif
