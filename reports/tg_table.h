/* tg_table: tables as text, with columns that line up.
 *
 * Cells are UTF-8 and are added row by row; the first row is the heading. Widths count characters, each taken
 * as one column wide. Line breaks and other control characters in a cell are shown as spaces. If memory runs
 * out, tg_table_print says so once, at the end.
 */
#ifndef TG_TABLE_H
#define TG_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "tg_error.h"

struct tg_table {
    size_t columns;
    const char *align; /* one letter a column: l or r; the caller's */
    char **cells;
    size_t count, capacity;
    int failed;
};

/* align has one letter for each column and outlives the table. */
void tg_table_begin(struct tg_table *table, const char *align);
void tg_table_cell(struct tg_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
int tg_table_print(const struct tg_table *table, FILE *stream, struct tg_error *err);
void tg_table_release(struct tg_table *table);

#endif
