/* tg_record: stores a sweep as it goes: the listener that turns its results into rows of the run store.
 *
 * Begin before the sweep, pass the listener to it, and finish with its outcome: whatever happens in between,
 * every complete replication is stored, and the run says how it ended.
 */
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include "tg_run.h"
#include "tg_store.h"
#include "tg_sweep.h"

struct tg_record {
    struct tg_store *store;
    const struct tg_scenario *scenario;
    int64_t run_id, curve_id, point_id;
    double point_per_s; /* rate of the point under way, 0: none */
};

int tg_record_begin(struct tg_record *record, struct tg_store *store, const char *kind,
                    const struct tg_scenario *scenario, struct tg_error *err);
int tg_record_curve(struct tg_record *record, const struct tg_sweep_curve *curve, struct tg_error *err);
int tg_record_replication(struct tg_record *record, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *err);
int tg_record_point(struct tg_record *record, const struct tg_sweep_curve *curve,
                    const struct tg_sweep_point *point, struct tg_error *err);
/* Of the point told last. */
int tg_record_toll(struct tg_record *record, const struct tg_sweep_toll *toll, struct tg_error *err);

/* rc: what the sweep returned. */
int tg_record_finish(struct tg_record *record, int rc, struct tg_error *err);

/* The command line as typed, for the store; set by main. */
extern const char *tg_record_command_line;

#endif
