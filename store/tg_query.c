#include "tg_query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_store_internal.h"
#include "tg_text.h"

enum { STOP_EVERY = 4000 }; /* instructions of SQLite's machine, well under a millisecond */

struct tg_query {
    struct tg_store *store;
    sqlite3 *database;
    sqlite3_stmt *statement;
    int (*stop)(void);
    const char *refused; /* what the authorizer turned down */
    char **names;
    int columns;
};

/* What a query may not do, in the words of the refusal. What is in neither table is refused as "this". */
static const struct {
    int action;
    const char *what;
} refusals[] = {
    {SQLITE_INSERT, "writing"},
    {SQLITE_UPDATE, "writing"},
    {SQLITE_DELETE, "writing"},
    {SQLITE_ATTACH, "ATTACH"},
    {SQLITE_DETACH, "DETACH"},
    {SQLITE_PRAGMA, "this PRAGMA"},
    {SQLITE_TRANSACTION, "a transaction"},
    {SQLITE_SAVEPOINT, "a savepoint"},
    {SQLITE_FUNCTION, "load_extension"},
    {SQLITE_CREATE_TABLE, "creating a table"},
    {SQLITE_CREATE_VIEW, "creating a view"},
    {SQLITE_DROP_TABLE, "dropping a table"},
    {SQLITE_DROP_VIEW, "dropping a view"},
};

static const char *const describing_pragmas[] = {
    "table_info",   "table_xinfo",    "table_list",    "index_list",  "index_info",      "foreign_key_list",
    "user_version", "application_id", "function_list", "pragma_list", "compile_options",
};

static bool is_describing(const char *pragma, const char *value)
{
    static const char *const take_no_value[] = {"user_version", "application_id"};
    for (size_t i = 0; i < sizeof take_no_value / sizeof *take_no_value; i++) {
        if (sqlite3_stricmp(pragma, take_no_value[i]) == 0)
            return !value;
    }
    for (size_t i = 0; i < sizeof describing_pragmas / sizeof *describing_pragmas; i++) {
        if (sqlite3_stricmp(pragma, describing_pragmas[i]) == 0)
            return true;
    }
    return false;
}

static bool may(int action, const char *a, const char *b)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return true;
    case SQLITE_FUNCTION:
        return sqlite3_stricmp(b, "load_extension") != 0;
    case SQLITE_PRAGMA:
        return is_describing(a, b);
    case SQLITE_UPDATE:
        /* SQLite asks for this when it declares a table-valued function such as json_each. A statement that
         * really updates it is refused by SQLite, and by prepare(). */
        return strcmp(a, "sqlite_master") == 0;
    default:
        return false;
    }
}

static int authorize(void *opaque, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    struct tg_query *query = opaque;
    (void)database, (void)trigger;
    if (may(action, a, b))
        return SQLITE_OK;
    query->refused = "this";
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (refusals[i].action == action) {
            query->refused = refusals[i].what;
            break;
        }
    }
    return SQLITE_DENY;
}

static int ask_stop(void *opaque)
{
    struct tg_query *query = opaque;
    return query->stop();
}

static int failed(struct tg_query *query, struct tg_error *err)
{
    int failure = sqlite3_errcode(query->database) & 0xff;
    if (query->refused)
        return tg_error_set(err, TG_EINPUT, "query: %s is refused: a query can only read", query->refused);
    if (failure == SQLITE_INTERRUPT)
        return tg_error_set(err, TG_EINTERRUPTED, "query: interrupted");
    if (failure != SQLITE_ERROR && failure != SQLITE_MISMATCH && failure != SQLITE_TOOBIG &&
        failure != SQLITE_RANGE)
        return tg_store_failed(query->store, "answer the query", err);
    int offset = sqlite3_error_offset(query->database);
    if (offset >= 0)
        return tg_error_set(err, TG_EINPUT, "query: character %d: %s", offset + 1,
                            sqlite3_errmsg(query->database));
    return tg_error_set(err, TG_EINPUT, "query: %s", sqlite3_errmsg(query->database));
}

static const char *skip_blank(const char *sql)
{
    while (isspace((unsigned char)*sql) || *sql == ';')
        sql++;
    return sql;
}

/* Comments after the statement are no second statement: SQLite prepares them to nothing. */
static bool is_empty_sql(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    const char *tail = skip_blank(sql);
    if (!*tail)
        return true;
    bool empty = sqlite3_prepare_v2(database, tail, -1, &statement, &tail) == SQLITE_OK && !statement;
    sqlite3_finalize(statement);
    return empty;
}

static int prepare(struct tg_query *query, const char *sql, struct tg_error *err)
{
    const char *tail;
    if (sqlite3_prepare_v2(query->database, sql, -1, &query->statement, &tail) != SQLITE_OK)
        return failed(query, err);
    if (!query->statement)
        return tg_error_set(err, TG_EINPUT, "query: there is no SQL statement in it");
    if (!is_empty_sql(query->database, tail))
        return tg_error_set(err, TG_EINPUT, "query: one statement at a time, but more follows: '%.40s'",
                            skip_blank(tail));
    if (!sqlite3_stmt_readonly(query->statement))
        return tg_error_set(err, TG_EINPUT, "query: writing is refused: a query can only read");
    if (sqlite3_bind_parameter_count(query->statement))
        return tg_error_set(err, TG_EINPUT, "query: '?' and other parameters have no value here");
    return TG_OK;
}

static bool is_taken(struct tg_query *query, int before, const char *name)
{
    for (int i = 0; i < before; i++) {
        if (strcmp(query->names[i], name) == 0)
            return true;
    }
    return false;
}

static int name_columns(struct tg_query *query, struct tg_error *err)
{
    query->columns = sqlite3_column_count(query->statement);
    query->names = calloc((size_t)query->columns + 1, sizeof *query->names);
    for (int i = 0; query->names && i < query->columns; i++) {
        const char *plain = sqlite3_column_name(query->statement, i);
        struct tg_text name = {0};
        tg_text_printf(&name, "%s", plain ? plain : "");
        for (int n = 2; !name.failed && is_taken(query, i, name.data); n++) {
            name.length = 0;
            tg_text_printf(&name, "%s_%d", plain, n);
        }
        if (name.failed)
            return tg_error_set(err, TG_ENOMEM, "out of memory");
        query->names[i] = name.data;
    }
    return query->names ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_query_open(struct tg_query **query, struct tg_store *store, const char *sql, int (*stop)(void),
                  struct tg_error *err)
{
    *query = NULL;
    struct tg_query *q = calloc(1, sizeof *q);
    if (!q)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    q->store = store;
    q->database = tg_store_database(store);
    q->stop = stop;
    sqlite3_set_authorizer(q->database, authorize, q);
    if (stop)
        sqlite3_progress_handler(q->database, STOP_EVERY, ask_stop, q);
    int rc = prepare(q, sql, err);
    if (!rc)
        rc = name_columns(q, err);
    if (rc) {
        tg_query_close(q);
        return rc;
    }
    *query = q;
    return TG_OK;
}

void tg_query_close(struct tg_query *query)
{
    if (!query)
        return;
    sqlite3_finalize(query->statement);
    sqlite3_set_authorizer(query->database, NULL, NULL);
    sqlite3_progress_handler(query->database, 0, NULL, NULL);
    for (int i = 0; query->names && i < query->columns; i++)
        free(query->names[i]);
    free(query->names);
    free(query);
}

int tg_query_columns(const struct tg_query *query)
{
    return query->columns;
}

const char *tg_query_name(const struct tg_query *query, int column)
{
    return query->names[column];
}

int tg_query_step(struct tg_query *query, bool *row, struct tg_error *err)
{
    int got = sqlite3_step(query->statement);
    *row = got == SQLITE_ROW;
    return got == SQLITE_ROW || got == SQLITE_DONE ? TG_OK : failed(query, err);
}

struct tg_query_value tg_query_value(const struct tg_query *query, int column)
{
    sqlite3_stmt *s = query->statement;
    struct tg_query_value value = {TG_QUERY_NULL, 0, 0, NULL, 0};
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER:
        value.type = TG_QUERY_INTEGER;
        value.integer = sqlite3_column_int64(s, column);
        break;
    case SQLITE_FLOAT:
        value.type = TG_QUERY_REAL;
        value.real = sqlite3_column_double(s, column);
        break;
    case SQLITE_TEXT:
        value.type = TG_QUERY_TEXT;
        value.bytes = sqlite3_column_text(s, column);
        value.size = (size_t)sqlite3_column_bytes(s, column);
        break;
    case SQLITE_BLOB:
        value.type = TG_QUERY_BLOB;
        value.bytes = sqlite3_column_blob(s, column);
        value.size = (size_t)sqlite3_column_bytes(s, column);
        break;
    default:
        break;
    }
    return value;
}
