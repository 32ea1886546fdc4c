/* The columns of the tables point and replication that hold figures, by enum tg_run_figure. */
#ifndef TG_RUN_INTERNAL_H
#define TG_RUN_INTERNAL_H

#include "tg_run.h"

struct tg_run_column {
    const char *stem, *unit; /* the bounds are the columns stem + "_low" + unit and stem + "_high" + unit */
    const char *name;        /* the value's column: stem + unit */
};

extern const struct tg_run_column tg_run_columns[TG_RUN_FIGURES];

/* The columns that the tables price and run_price share, in the order of their reading and writing. */
#define TG_RUN_PRICE_COLUMNS                                                                            \
    "primitive, per, mean_ns, mean_low_ns, mean_high_ns, p50_ns, p99_ns, samples, provenance, source, " \
    "range_low_ns, range_high_ns, inherited_from"

int tg_run_status_from_name(const char *name, enum tg_run_status *status);

#endif
