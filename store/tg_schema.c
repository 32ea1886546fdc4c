#include "tg_schema.h"

#include <stdio.h>

static const char *const steps[] = {
#include "tg_schema_steps.inc"
};

const struct tg_schema tg_schema = {steps, (int)(sizeof steps / sizeof *steps)};

enum { SQLITE_SAYS_NO = -1 };

static int read_number(sqlite3 *database, const char *sql, int *out)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        return SQLITE_SAYS_NO;
    int got = sqlite3_step(statement);
    if (got == SQLITE_ROW)
        *out = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return got == SQLITE_ROW ? TG_OK : SQLITE_SAYS_NO;
}

static int read_identity(sqlite3 *database, int *application, int *version, int *objects)
{
    int rc = read_number(database, "PRAGMA application_id", application);
    if (!rc)
        rc = read_number(database, "PRAGMA user_version", version);
    if (!rc)
        rc = read_number(database, "SELECT count(*) FROM sqlite_master", objects);
    return rc;
}

static int check(sqlite3 *database, const struct tg_schema *schema, int *version, struct tg_error *err)
{
    int application, objects;
    int rc = read_identity(database, &application, version, &objects);
    if (rc)
        return rc;
    if (application != TG_SCHEMA_APPLICATION_ID && (application || *version || objects))
        return tg_error_set(err, TG_EINPUT,
                            "it is an SQLite database of another program, not a Tollgate store");
    if (*version > schema->count)
        return tg_error_set(err, TG_EINPUT,
                            "its schema is version %d, and this program knows versions up to %d: a newer "
                            "tollgate made it",
                            *version, schema->count);
    return TG_OK;
}

int tg_schema_check(sqlite3 *database, const struct tg_schema *schema, enum tg_schema_state *state,
                    struct tg_error *err)
{
    int version;
    /* In one transaction: another program may be setting up the tables just now. */
    if (sqlite3_exec(database, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return SQLITE_SAYS_NO;
    int rc = check(database, schema, &version, err);
    if (rc != SQLITE_SAYS_NO)
        sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    if (!rc)
        *state = version == 0              ? TG_SCHEMA_EMPTY
                 : version < schema->count ? TG_SCHEMA_OLDER
                                           : TG_SCHEMA_CURRENT;
    return rc;
}

static int apply(sqlite3 *database, const struct tg_schema *schema, int version)
{
    char stamp[96];
    for (int i = version; i < schema->count; i++) {
        if (sqlite3_exec(database, schema->steps[i], NULL, NULL, NULL) != SQLITE_OK)
            return SQLITE_SAYS_NO;
    }
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             TG_SCHEMA_APPLICATION_ID, schema->count);
    return sqlite3_exec(database, stamp, NULL, NULL, NULL) == SQLITE_OK ? TG_OK : SQLITE_SAYS_NO;
}

int tg_schema_upgrade(sqlite3 *database, const struct tg_schema *schema, struct tg_error *err)
{
    /* The lock comes before the look: two programs may start on a new store at once. */
    if (sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return SQLITE_SAYS_NO;
    int version;
    int rc = check(database, schema, &version, err);
    if (!rc)
        rc = apply(database, schema, version);
    if (!rc && sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return TG_OK;
    if (rc == SQLITE_SAYS_NO || !rc) {
        /* The rollback would replace SQLite's account of the failure. */
        int failure = sqlite3_extended_errcode(database);
        char said[256];
        snprintf(said, sizeof said, "%s", sqlite3_errmsg(database));
        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
        return tg_error_set(err, TG_EENV, "cannot set up its tables: %s%s", said,
                            (failure & 0xff) == SQLITE_FULL ? " (the disk is full)" : "");
    }
    sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
