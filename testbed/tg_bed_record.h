/* tg_bed_record: what a testbed measured, as a folder.
 *
 * `testbed.json` is one object: schema 1; tool; host (the keys of tg_host); settings (free in form); systems,
 * in the order they were measured, each with its name and description, `skipped` with the reason, or else
 * `failed` with what stopped it, `searched_per_s`, `complete`, `saturation`, `price` (of a request and of a
 * wake-up, from low loads, where those tell) and `points` (tg_bed_point's numbers by name, unknown ones left
 * out, and `limited_by`). Each measured system also has its curve as `SYSTEM.csv` (tg_curve), all repetitions
 * together. Systems are looked up by name when read; one that this program does not know is TG_EINPUT.
 */
#ifndef TG_BED_RECORD_H
#define TG_BED_RECORD_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "tg_campaign.h"
#include "tg_error.h"
#include "tg_host.h"

struct tg_bed_record {
    struct tg_host host;
    char *tool;                  /* owned; may be NULL */
    cJSON *settings;             /* owned; may be NULL */
    struct tg_measured *systems; /* owned, as all in them */
    size_t count;
};

/* Moves a measured system into the record; on failure it is still the caller's. */
int tg_bed_record_add(struct tg_bed_record *record, struct tg_measured *measured, struct tg_error *err);

/* Measures systems into the record: all are begun, then pass after pass goes over all of them, and the folder
 * is written after each. A system that fails for its surroundings (TG_EENV) says so in `failed`, and the
 * others go on. */
int tg_bed_record_measure(struct tg_bed_record *record, struct tg_bed *bed,
                          const struct tg_bed_system *const *systems, size_t count,
                          const struct tg_campaign *campaign, const char *folder, struct tg_error *err);

/* The measured system of this name, or NULL. */
const struct tg_measured *tg_bed_record_find(const struct tg_bed_record *record, const char *system);

/* The document; NULL when memory ran out. */
cJSON *tg_bed_record_to_json(const struct tg_bed_record *record);

/* Writes the folder's files, each beside and renamed; may be called again as systems are added. */
int tg_bed_record_write(const struct tg_bed_record *record, const char *folder, struct tg_error *err);
int tg_bed_record_read(struct tg_bed_record *record, const char *folder, struct tg_error *err);
void tg_bed_record_release(struct tg_bed_record *record);

/* A campaign's settings for `settings`. */
cJSON *tg_bed_record_settings(const struct tg_campaign *campaign, const struct tg_bed_settings *bed);

#endif
