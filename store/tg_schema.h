/* tg_schema: brings a database to the schema that this program knows.
 *
 * The schema is a sequence of SQL steps; user_version counts the steps a database has had. Steps are applied
 * in one transaction, or not at all. A database is recognized by its application_id; an empty one is claimed.
 * An SQLite database of another application is TG_EINPUT, as is one that has had more steps than are known.
 * Messages do not name the file: the caller wraps them.
 */
#ifndef TG_SCHEMA_H
#define TG_SCHEMA_H

#include <sqlite3.h>

#include "tg_error.h"

enum { TG_SCHEMA_APPLICATION_ID = 0x546F6C6C }; /* "Toll" */

struct tg_schema {
    const char *const *steps;
    int count;
};

/* The project's schema. */
extern const struct tg_schema tg_schema;

enum tg_schema_state { TG_SCHEMA_CURRENT, TG_SCHEMA_OLDER, TG_SCHEMA_EMPTY };

/* Tells whether there are steps to apply, or all of them, to a database with nothing in it. An SQLite failure
 * is returned as -1, for the caller to explain. */
int tg_schema_check(sqlite3 *database, const struct tg_schema *schema, enum tg_schema_state *state,
                    struct tg_error *err);

int tg_schema_upgrade(sqlite3 *database, const struct tg_schema *schema, struct tg_error *err);

#endif
