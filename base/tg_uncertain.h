/* tg_uncertain: a number or quantity that is not known for sure, as JSON, wherever a plain one may stand:
 *   {"value": "5 us", "low": "3 us", "high": "8 us", "source": "where the range comes from", "tag":
 * "assumed"}
 *
 * value is the best guess and what readers take; low <= value <= high are the ends of its range. With a range
 * goes a source. tag is published, scaled, assumed (the default) or fitted; a fitted value has no range. All
 * three values have one form: numbers, or texts with units of one dimension.
 */
#ifndef TG_UNCERTAIN_H
#define TG_UNCERTAIN_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tg_error.h"
#include "tg_field.h"
#include "tg_units.h"

extern const char *const tg_uncertain_tags[]; /* NULL-terminated */

struct tg_uncertain {
    double value, low, high; /* in the dimension's base unit; without a range all are the value */
    bool ranged, flat;
    bool text; /* the values are texts with units */
    enum tg_dimension dimension;
    const char *source, *tag, *name; /* owned by the JSON; source and name may be NULL */
};

/* Whether a value has this form (an object with the key "value" and one of the others). */
bool tg_uncertain_is(const cJSON *value);

/* Reads and checks one; path names it in messages. */
int tg_uncertain_read(const cJSON *value, const char *path, struct tg_uncertain *out, struct tg_error *err);

/* *plain becomes what stands in `value` for sure: the "value" of an uncertain one, else `value` itself. */
int tg_uncertain_open(const cJSON *value, const char *path, const cJSON **plain, struct tg_error *err);

/* Puts another value into an uncertain one, in base units and in the form that it has. */
int tg_uncertain_put(cJSON *value, double number, struct tg_error *err);

extern const struct tg_field tg_uncertain_fields[];
extern const size_t tg_uncertain_field_count;

#endif
