/* tg_store: the run store, one SQLite file.
 *
 * The file is in WAL mode, with foreign keys on and STRICT tables; its schema is documented in
 * docs/store.md and brought up to date when it is opened. Several programs may use one file at a time: a
 * writer waits up to TG_STORE_WAIT_MS for another. A handle belongs to the thread that uses it: give each
 * thread its own. Strings are UTF-8.
 *
 * Errors name the file and the cause. TG_EENV: it cannot be opened, made or written, the disk is full, it
 * stayed locked. TG_EINPUT: it is not a Tollgate store, it is damaged, or a newer program made it.
 */
#ifndef TG_STORE_H
#define TG_STORE_H

#include "tg_error.h"

struct tg_store;

enum tg_store_mode {
    TG_STORE_READ,  /* the file must exist, and no call can change what it holds */
    TG_STORE_WRITE, /* the file and its folders are made where missing */
};

enum { TG_STORE_WAIT_MS = 10000 };

/* Where the store is: `given` where it is not NULL or empty, else $TOLLGATE_DB, else
 * $XDG_DATA_HOME/tollgate/runs.db, else $HOME/.local/share/tollgate/runs.db. *path is malloc'd. */
int tg_store_default_path(const char *given, char **path, struct tg_error *err);

/* Opens the store at path; NULL stands for the default path. On failure *store is NULL. */
int tg_store_open(struct tg_store **store, const char *path, enum tg_store_mode mode, struct tg_error *err);

/* NULL is harmless. A transaction still open is rolled back. */
void tg_store_close(struct tg_store *store);

const char *tg_store_path(const struct tg_store *store);

/* A transaction around several calls. Each call of tg_run.h is one by itself, so that what it stored
 * survives a crash of this program; within tg_store_begin and tg_store_commit they commit together. */
int tg_store_begin(struct tg_store *store, struct tg_error *err);
int tg_store_commit(struct tg_store *store, struct tg_error *err);
void tg_store_rollback(struct tg_store *store);

#endif
