#include "tg_store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_schema.h"
#include "tg_store_internal.h"
#include "tg_text.h"

enum { STATEMENTS_MAX = 48 };

struct tg_store {
    sqlite3 *database;
    char *path;
    bool in_transaction;
    int claims;
    struct {
        char *sql;
        sqlite3_stmt *statement;
    } cache[STATEMENTS_MAX];
    size_t cached;
};

sqlite3 *tg_store_database(struct tg_store *store)
{
    return store->database;
}

int *tg_store_claims(struct tg_store *store)
{
    return &store->claims;
}

const char *tg_store_path(const struct tg_store *store)
{
    return store->path;
}

/* Failures */

static const struct {
    int sqlite;
    enum tg_code code;
    const char *cause; /* NULL: SQLite's own words */
    bool with_errno;
} causes[] = {
    {SQLITE_BUSY, TG_EENV, "another program keeps it locked", false},
    {SQLITE_LOCKED, TG_EENV, "another program keeps it locked", false},
    {SQLITE_READONLY, TG_EENV, "it is read-only", false},
    {SQLITE_PERM, TG_EENV, "permission denied", false},
    {SQLITE_CANTOPEN, TG_EENV, "it cannot be opened", true},
    {SQLITE_FULL, TG_EENV, "the disk is full", false},
    {SQLITE_IOERR, TG_EENV, "input or output failed", true},
    {SQLITE_NOTADB, TG_EINPUT, "it is not an SQLite database", false},
    {SQLITE_CORRUPT, TG_EINPUT, "the file is damaged", false},
    {SQLITE_NOMEM, TG_ENOMEM, "out of memory", false},
    {SQLITE_CONSTRAINT, TG_EBUG, NULL, false},
    {SQLITE_MISUSE, TG_EBUG, NULL, false},
};

static int explain(sqlite3 *database, struct tg_error *err)
{
    int failure = database ? sqlite3_errcode(database) & 0xff : SQLITE_NOMEM;
    int number = database ? sqlite3_system_errno(database) : 0;
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if (causes[i].sqlite != failure)
            continue;
        const char *cause = causes[i].cause ? causes[i].cause : sqlite3_errmsg(database);
        if (causes[i].with_errno && number)
            return tg_error_set(err, causes[i].code, "%s: %s", cause, strerror(number));
        return tg_error_set(err, causes[i].code, "%s", cause);
    }
    return tg_error_set(err, TG_EENV, "%s", sqlite3_errmsg(database));
}

int tg_store_failed(struct tg_store *store, const char *doing, struct tg_error *err)
{
    int rc = explain(store->database, err);
    return tg_error_wrap(err, rc, "store '%s': cannot %s", store->path, doing);
}

/* Opening */

static const char *set_variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

int tg_store_default_path(const char *given, char **path, struct tg_error *err)
{
    const char *direct = given && *given ? given : set_variable("TOLLGATE_DB");
    const char *data = set_variable("XDG_DATA_HOME"), *home = set_variable("HOME");
    struct tg_text text = {0};
    if (direct)
        tg_text_printf(&text, "%s", direct);
    else if (data && *data == '/') /* the XDG rules have a relative path ignored */
        tg_text_printf(&text, "%s/tollgate/runs.db", data);
    else if (home)
        tg_text_printf(&text, "%s/.local/share/tollgate/runs.db", home);
    else
        return tg_error_set(
            err, TG_EENV,
            "there is no place for the run store: neither --db nor TOLLGATE_DB, XDG_DATA_HOME "
            "or HOME is set");
    if (text.failed) {
        tg_text_release(&text);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    *path = text.data;
    return TG_OK;
}

static int make_parent(const char *path, struct tg_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return TG_OK;
    char *folder = strndup(path, (size_t)(slash - path));
    if (!folder)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_file_make_folder(folder, err);
    free(folder);
    return rc;
}

static int open_database(struct tg_store *store, const char *name, int flags, struct tg_error *err)
{
    sqlite3_close(store->database);
    store->database = NULL;
    if (sqlite3_open_v2(name, &store->database, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return explain(store->database, err);
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, TG_STORE_WAIT_MS);
    return TG_OK;
}

/* A store in WAL mode on a medium that cannot be written has no place for WAL's index; where no log is left
 * beside it, nobody can be writing it, and SQLite may read it as it lies. */
static int open_immutable(struct tg_store *store, struct tg_error *err)
{
    struct tg_text log = {0}, uri = {0};
    tg_text_printf(&log, "%s-wal", store->path);
    tg_text_printf(&uri, "file:");
    for (const char *p = store->path; *p; p++)
        tg_text_printf(&uri, strchr("%?#", *p) ? "%%%02X" : "%c", *p);
    tg_text_printf(&uri, "?immutable=1");
    int rc = TG_EENV;
    if (!log.failed && !uri.failed && !tg_file_exists(log.data))
        rc = open_database(store, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    tg_text_release(&log);
    tg_text_release(&uri);
    return rc;
}

static int check_schema(struct tg_store *store, enum tg_schema_state *state, struct tg_error *err)
{
    int rc = tg_schema_check(store->database, &tg_schema, state, err);
    return rc < 0 ? explain(store->database, err) : rc;
}

static int upgrade_schema(struct tg_store *store, struct tg_error *err)
{
    int rc = tg_schema_upgrade(store->database, &tg_schema, err);
    return rc < 0 ? explain(store->database, err) : rc;
}

/* SQLite does not wait for a lock when it changes to WAL, so this does: a program that starts on a new store
 * at the same moment may hold it. */
static int switch_to_wal(struct tg_store *store, struct tg_error *err)
{
    enum { PAUSE_MS = 5 };
    int got = SQLITE_OK;
    for (int waited_ms = 0; waited_ms < TG_STORE_WAIT_MS; waited_ms += PAUSE_MS) {
        got = sqlite3_exec(store->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((got & 0xff) != SQLITE_BUSY)
            break;
        sqlite3_sleep(PAUSE_MS);
    }
    return got == SQLITE_OK ? TG_OK : explain(store->database, err);
}

static int set_up_connection(struct tg_store *store, struct tg_error *err)
{
    /* With WAL and synchronous=NORMAL a commit survives a crash of this program, and a crash of the machine
     * may lose the last ones but never damages the file. */
    static const char settings[] = "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON";
    if (sqlite3_exec(store->database, settings, NULL, NULL, NULL) != SQLITE_OK)
        return explain(store->database, err);
    return switch_to_wal(store, err);
}

static int open_for_writing(struct tg_store *store, struct tg_error *err)
{
    enum tg_schema_state state;
    int rc = make_parent(store->path, err);
    if (!rc)
        rc = open_database(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (!rc && sqlite3_db_readonly(store->database, "main") == 1)
        rc = tg_error_set(err, TG_EENV, "it is read-only");
    if (!rc)
        rc = check_schema(store, &state, err);
    if (!rc && state != TG_SCHEMA_CURRENT)
        rc = upgrade_schema(store, err);
    if (!rc)
        rc = set_up_connection(store, err);
    return rc;
}

static int open_for_reading(struct tg_store *store, struct tg_error *err)
{
    enum tg_schema_state state;
    if (!tg_file_exists(store->path))
        return tg_error_set(err, TG_EENV, "it does not exist; a run makes it, or --db names another");
    int rc = open_database(store, store->path, SQLITE_OPEN_READONLY, err);
    if (!rc)
        rc = check_schema(store, &state, err);
    if (rc && sqlite3_errcode(store->database) == SQLITE_CANTOPEN && open_immutable(store, err) == TG_OK)
        rc = check_schema(store, &state, err);
    if (rc || state == TG_SCHEMA_CURRENT)
        return rc;
    if (state == TG_SCHEMA_EMPTY)
        return tg_error_set(err, TG_EINPUT, "it is empty, not a Tollgate store");
    rc = open_for_writing(store, err);
    return rc ? rc : open_database(store, store->path, SQLITE_OPEN_READONLY, err);
}

int tg_store_open(struct tg_store **store, const char *path, enum tg_store_mode mode, struct tg_error *err)
{
    *store = NULL;
    struct tg_store *s = calloc(1, sizeof *s);
    if (!s)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    s->claims = -1;
    int rc = tg_store_default_path(path, &s->path, err);
    if (!rc) {
        rc = mode == TG_STORE_WRITE ? open_for_writing(s, err) : open_for_reading(s, err);
        if (rc)
            tg_error_wrap(err, rc, "store '%s'", s->path);
    }
    if (rc) {
        tg_store_close(s);
        return rc;
    }
    *store = s;
    return TG_OK;
}

void tg_store_close(struct tg_store *store)
{
    if (!store)
        return;
    if (store->in_transaction)
        tg_store_rollback(store);
    for (size_t i = 0; i < store->cached; i++) {
        sqlite3_finalize(store->cache[i].statement);
        free(store->cache[i].sql);
    }
    sqlite3_close(store->database);
    if (store->claims >= 0)
        close(store->claims);
    free(store->path);
    free(store);
}

/* Statements */

static sqlite3_stmt *find_cached(struct tg_store *store, const char *sql)
{
    for (size_t i = 0; i < store->cached; i++) {
        if (strcmp(store->cache[i].sql, sql) == 0)
            return store->cache[i].statement;
    }
    return NULL;
}

int tg_store_prepare(struct tg_store *store, const char *sql, const char *doing, sqlite3_stmt **statement,
                     struct tg_error *err)
{
    *statement = find_cached(store, sql);
    if (*statement)
        return TG_OK;
    if (store->cached == STATEMENTS_MAX)
        return tg_error_set(err, TG_EBUG, "the store has more than %d kinds of statements",
                            (int)STATEMENTS_MAX);
    char *copy = strdup(sql);
    if (!copy)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    if (sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) !=
        SQLITE_OK) {
        free(copy);
        return tg_store_failed(store, doing, err);
    }
    store->cache[store->cached].sql = copy;
    store->cache[store->cached++].statement = *statement;
    return TG_OK;
}

void tg_store_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void bind_list(sqlite3_stmt *statement, const char *letters, va_list args)
{
    const void *blob;
    for (int i = 1; *letters; i++, letters++) {
        switch (*letters) {
        case 'i':
            sqlite3_bind_int64(statement, i, va_arg(args, int64_t));
            break;
        case 'd':
            sqlite3_bind_double(statement, i, va_arg(args, double));
            break;
        case 's':
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1, SQLITE_STATIC);
            break;
        default:
            blob = va_arg(args, const void *);
            sqlite3_bind_blob64(statement, i, blob, va_arg(args, size_t), SQLITE_STATIC);
        }
    }
}

void tg_store_bind(sqlite3_stmt *statement, const char *letters, ...)
{
    va_list args;
    va_start(args, letters);
    bind_list(statement, letters, args);
    va_end(args);
}

int tg_store_execute(struct tg_store *store, sqlite3_stmt *statement, const char *doing, struct tg_error *err)
{
    int got = sqlite3_step(statement);
    int rc = got == SQLITE_DONE || got == SQLITE_ROW ? TG_OK : tg_store_failed(store, doing, err);
    tg_store_done(statement);
    return rc;
}

int tg_store_write(struct tg_store *store, const char *doing, struct tg_error *err, const char *sql,
                   const char *letters, ...)
{
    sqlite3_stmt *statement;
    int rc = tg_store_prepare(store, sql, doing, &statement, err);
    if (rc)
        return rc;
    va_list args;
    va_start(args, letters);
    bind_list(statement, letters, args);
    va_end(args);
    return tg_store_execute(store, statement, doing, err);
}

/* Transactions */

static int simple(struct tg_store *store, const char *sql, const char *doing, struct tg_error *err)
{
    return tg_store_write(store, doing, err, sql, "");
}

int tg_store_begin(struct tg_store *store, struct tg_error *err)
{
    int rc = simple(store, "BEGIN IMMEDIATE", "begin a transaction", err);
    store->in_transaction = !rc;
    return rc;
}

int tg_store_commit(struct tg_store *store, struct tg_error *err)
{
    int rc = simple(store, "COMMIT", "commit a transaction", err);
    if (rc)
        tg_store_rollback(store);
    store->in_transaction = false;
    return rc;
}

void tg_store_rollback(struct tg_store *store)
{
    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    store->in_transaction = false;
}

int tg_store_enter(struct tg_store *store, const char *doing, struct tg_error *err)
{
    if (store->in_transaction)
        return simple(store, "SAVEPOINT call", doing, err);
    return simple(store, "BEGIN IMMEDIATE", doing, err);
}

int tg_store_leave(struct tg_store *store, int rc, const char *doing, struct tg_error *err)
{
    if (!rc)
        rc = simple(store, store->in_transaction ? "RELEASE call" : "COMMIT", doing, err);
    if (!rc)
        return TG_OK;
    sqlite3_exec(store->database, store->in_transaction ? "ROLLBACK TO call; RELEASE call" : "ROLLBACK", NULL,
                 NULL, NULL);
    return rc;
}
