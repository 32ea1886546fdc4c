/* tg_field: tables that describe the members of a struct a user can set.
 *
 * One row holds name, kind, unit, range, default and help. The same rows drive the reading of JSON objects
 * (tg_json), the parsing of command lines, their --help and completion (tg_options), and the check that the
 * documentation names every key.
 *
 * Kinds and the type of the member at `offset`:
 *   TG_FLAG bool | TG_STRING char * (owned, malloc'd) | TG_INTEGER int64_t | TG_NUMBER double
 *   TG_TIME tg_ps | TG_FREQUENCY, TG_RATE, TG_BITRATE, TG_BYTES double in the base unit
 *   TG_CHOICE int, an index into choices | TG_STRINGS struct tg_strings | TG_CUSTOM whatever `read` fills
 */
#ifndef TG_FIELD_H
#define TG_FIELD_H

#include <stddef.h>

#include "tg_error.h"
#include "tg_units.h"

enum tg_kind {
    TG_FLAG,
    TG_STRING,
    TG_INTEGER,
    TG_NUMBER,
    TG_TIME,
    TG_FREQUENCY,
    TG_RATE,
    TG_BITRATE,
    TG_BYTES,
    TG_CHOICE,
    TG_STRINGS,
    TG_CUSTOM,
};

enum {
    TG_REQUIRED = 1,   /* must be given */
    TG_POSITIVE = 2,   /* greater than zero */
    TG_NONNEGATIVE = 4 /* zero or greater */
};

struct tg_strings {
    char **items; /* owned, as each item is */
    size_t count;
};

struct cJSON;

struct tg_field {
    const char *name;
    enum tg_kind kind;
    size_t offset;
    const char *help;
    const char *fallback; /* the default, as text; NULL: the member keeps what the caller put there */
    unsigned flags;
    double min, max;            /* an inclusive range in base units, where max > min */
    char letter;                /* options: the one-letter form, or 0 */
    const char *metavar;        /* options: what --help calls the value */
    const char *const *choices; /* TG_CHOICE: NULL-terminated */
    /* TG_CUSTOM: reads a JSON value into the member. path names the value for error messages. */
    int (*read)(const struct cJSON *value, const char *path, void *member, struct tg_error *err);
};

/* Sets one member from text. The sentence names the fault, not the field: the caller wraps it. */
int tg_field_set_text(const struct tg_field *field, void *object, const char *text, struct tg_error *err);

/* Sets one numeric member from a number in base units, with range checks. */
int tg_field_set_number(const struct tg_field *field, void *object, double value, struct tg_error *err);

/* Sets all members that have a fallback. A fallback that does not parse is TG_EBUG. */
int tg_field_defaults(const struct tg_field *fields, size_t count, void *object, struct tg_error *err);

/* Frees the strings among the members and zeroes them. TG_CUSTOM members are the caller's. */
void tg_field_release(const struct tg_field *fields, size_t count, void *object);

/* The row with this name, or NULL. */
const struct tg_field *tg_field_find(const struct tg_field *fields, size_t count, const char *name);

/* The name nearest to a mistyped one, or NULL. */
const char *tg_field_nearest(const struct tg_field *fields, size_t count, const char *name);

int tg_strings_add(struct tg_strings *strings, const char *text);
void tg_strings_release(struct tg_strings *strings);

#define TG_COUNT(array) (sizeof(array) / sizeof *(array))

#endif
