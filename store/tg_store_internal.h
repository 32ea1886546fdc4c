/* What the sources of this folder share: the database under a store, cached statements, and failures as
 * sentences. */
#ifndef TG_STORE_INTERNAL_H
#define TG_STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdint.h>

#include "tg_store.h"

sqlite3 *tg_store_database(struct tg_store *store);

/* The open file whose locks are this handle's claims (tg_claim), or -1; closed with the store. */
int *tg_store_claims(struct tg_store *store);

/* A statement ready to be bound, from the cache. `doing` completes "cannot ...". Give it back with
 * tg_store_done. */
int tg_store_prepare(struct tg_store *store, const char *sql, const char *doing, sqlite3_stmt **statement,
                     struct tg_error *err);
void tg_store_done(sqlite3_stmt *statement);

/* Binds parameters 1.. by letters: i int64_t, d double (NAN is NULL), s const char * (NULL is NULL),
 * b const void * and size_t. Texts and blobs must live until the statement is done. */
void tg_store_bind(sqlite3_stmt *statement, const char *letters, ...);

/* Runs a bound statement that returns no rows, and gives it back. */
int tg_store_execute(struct tg_store *store, sqlite3_stmt *statement, const char *doing,
                     struct tg_error *err);

/* Prepare, bind and execute in one: the shape of most writes. */
int tg_store_write(struct tg_store *store, const char *doing, struct tg_error *err, const char *sql,
                   const char *letters, ...);

/* A nested transaction: the work of one call, inside the caller's transaction or by itself. */
int tg_store_enter(struct tg_store *store, const char *doing, struct tg_error *err);
int tg_store_leave(struct tg_store *store, int rc, const char *doing, struct tg_error *err);

/* The sentence for what SQLite said last: "store 'runs.db': cannot add a run: the disk is full". */
int tg_store_failed(struct tg_store *store, const char *doing, struct tg_error *err);

#endif
