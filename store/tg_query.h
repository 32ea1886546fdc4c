/* tg_query: one SQL statement on a store, which can only read.
 *
 * Whatever the store's mode, a statement that would write, attach another file, change a setting or load an
 * extension is refused with TG_EINPUT before it runs, as are several statements at once. EXPLAIN and the
 * PRAGMAs that describe tables are allowed. Mistakes of SQL are TG_EINPUT with SQLite's words and, where
 * known, the column of the statement. `stop`, where given, is asked every few thousand instructions whether
 * to give up with TG_EINTERRUPTED. One query at a time on a store.
 */
#ifndef TG_QUERY_H
#define TG_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_store;
struct tg_query;

enum tg_query_type { TG_QUERY_NULL, TG_QUERY_INTEGER, TG_QUERY_REAL, TG_QUERY_TEXT, TG_QUERY_BLOB };

/* A value of the row at hand, good until the next step. Texts are terminated. */
struct tg_query_value {
    enum tg_query_type type;
    int64_t integer;
    double real;
    const void *bytes; /* of a text or a blob */
    size_t size;
};

int tg_query_open(struct tg_query **query, struct tg_store *store, const char *sql, int (*stop)(void),
                  struct tg_error *err);
void tg_query_close(struct tg_query *query);

int tg_query_columns(const struct tg_query *query);
/* The names of columns, made unique where the statement has one twice ("x", "x_2"). */
const char *tg_query_name(const struct tg_query *query, int column);

/* Goes to the next row; *row tells whether there is one. */
int tg_query_step(struct tg_query *query, bool *row, struct tg_error *err);
struct tg_query_value tg_query_value(const struct tg_query *query, int column);

#endif
