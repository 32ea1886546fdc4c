/* tg_prediction_record: a prediction with all that it was made from, as a folder.
 *
 * `traces/` is the trace set of the probes, `predictions.json` one object: schema 1; tool; made_at (UTC);
 * traces_sha256, of the names and SHA-256s of all traces; settings (draws, window_s, warmup_s, seed);
 * low_loads (each server's name and its load generator's, guess_per_s, request_ns and wakeup_ns with their
 * intervals, told_apart, and the two points); and the systems of the prediction. So the same folder gives the
 * same prediction again, to the bit, on any machine.
 */
#ifndef TG_PREDICTION_RECORD_H
#define TG_PREDICTION_RECORD_H

#include <cjson/cJSON.h>

#include "tg_error.h"
#include "tg_low_load.h"
#include "tg_prediction.h"
#include "tg_trace_set.h"

struct tg_prediction_record {
    char *tool; /* owned; may be NULL */
    char made_at[32];
    struct tg_prediction_settings settings;
    /* By server and load; guess_per_s 0: not priced so. */
    struct tg_low_load low_loads[TG_SERVERS][TG_GENERATORS];
    struct tg_prediction prediction;
};

/* The prices of the traces, those of the low loads, what follows from both, and the watches for jitter. The
 * caller frees *profile. */
int tg_prediction_record_profile(const struct tg_prediction_record *record, const struct tg_trace_set *traces,
                                 cJSON **profile, struct tg_error *err);

/* Writes predictions.json, and waits until it is on the disk. The traces are written by the caller. */
int tg_prediction_record_write(const struct tg_prediction_record *record, const struct tg_trace_set *traces,
                               const char *folder, struct tg_error *err);

/* Reads both. TG_EINPUT where the traces are not those that the prediction was made from. */
int tg_prediction_record_read(struct tg_prediction_record *record, struct tg_trace_set *traces,
                              const char *folder, struct tg_error *err);
void tg_prediction_record_release(struct tg_prediction_record *record);

#endif
