/* tg_columns: small numeric CSV files with a header row; inner reading for curves, arrival logs and imports.
 *
 * The header names the columns; every other line has one number a column. Lines end in "\n" or "\r\n". Where
 * `allow_missing` is set a value may be absent, and is NaN then. Blanks around values, quotes and comments
 * are not read. Faults are TG_EINPUT and name file, line, column (place of the first character, from 1) and
 * cause.
 */
#ifndef TG_COLUMNS_H
#define TG_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_error.h"

enum { TG_COLUMNS_MAX = 32, TG_COLUMN_NAME_MAX = 64 };

struct tg_columns {
    char names[TG_COLUMNS_MAX][TG_COLUMN_NAME_MAX + 1];
    double *values[TG_COLUMNS_MAX]; /* owned; each holds `rows` numbers */
    size_t count, rows;
};

/* text is terminated by a zero byte; `where` is what messages call it. */
int tg_columns_read(struct tg_columns *columns, const char *text, size_t size, const char *where,
                    bool allow_missing, struct tg_error *err);

/* The index of a column, or -1. */
int tg_columns_find(const struct tg_columns *columns, const char *name);
void tg_columns_release(struct tg_columns *columns);

#endif
