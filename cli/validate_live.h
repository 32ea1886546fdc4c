/* validate_live: predictions of the testbed's systems against measurements of them. */
#ifndef VALIDATE_LIVE_H
#define VALIDATE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "tg_comparison.h"
#include "tg_error.h"
#include "tg_field.h"
#include "tg_prediction_record.h"

struct validate_live_options {
    bool json, quick, all;
    char *output;
    int64_t threads, seed, server_cpu, client_cpu;
};

/* Measures, predicts, runs the testbed and compares; systems by name or pattern, none: the usual ones.
 * TG_ECHECK where a check is missed. */
int validate_live(const struct validate_live_options *options, const struct tg_strings *systems,
                  struct tg_error *err);

/* Predicts again from a recorded folder, all its systems or those of some names or patterns, and compares
 * with what was measured; into `output`, where given, go the comparison and its figures. Operands: the
 * folder, and the names. TG_ECHECK where a check is missed, or a prediction is another than recorded. */
int validate_replay(const struct validate_live_options *options, const struct tg_strings *operands,
                    struct tg_error *err);

/* validate_tell: compares, keeps and draws, prints, and judges: TG_ECHECK where a check is missed. */
struct validate_told {
    const struct tg_prediction *prediction;
    const struct tg_bed_record *measured;
    const char *shown;                  /* the folder of the run, to be named */
    const char *folder;                 /* where the comparison is kept and drawn; NULL: nowhere */
    const struct tg_strings *differing; /* systems predicted otherwise than recorded; NULL: not asked */
};
int validate_tell(const struct validate_live_options *options, const struct validate_told *told,
                  struct tg_error *err);

/* validate_words: the comparison as tables. */
void validate_print(const struct tg_comparison *comparison);

/* validate_figures: scripts of four figures, and what they draw, into a folder that is there: saturations,
 * curves, latencies, slopes (docs/validation.md). Where gnuplot is missing or fails, stderr says so and the
 * scripts stay. */
int validate_draw(const struct tg_comparison *comparison, const struct tg_prediction *prediction,
                  const struct tg_bed_record *measured, const char *folder, struct tg_error *err);

#endif
