#include <stdlib.h>
#include <string.h>

#include "tg_claim.h"
#include "tg_run.h"
#include "tg_store_internal.h"

static const char doing[] = "list the runs";

static int out_of_memory(struct tg_error *err)
{
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

/* False when memory ran out. */
static int read_text(sqlite3_stmt *s, int column, char **out)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

static int read_summary(sqlite3_stmt *s, struct tg_run_summary *r)
{
    *r = (struct tg_run_summary){.id = sqlite3_column_int64(s, 0),
                                 .curves = sqlite3_column_int64(s, 7),
                                 .points = sqlite3_column_int64(s, 8),
                                 .replications = sqlite3_column_int64(s, 9)};
    char **const texts[] = {&r->started_utc, &r->finished_utc, &r->kind,
                            &r->title,       &r->status,       &r->techniques};
    int good = 1;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        good &= read_text(s, 1 + (int)i, texts[i]);
    return good;
}

/* False when memory ran out. */
static int mark_abandoned(struct tg_store *store, struct tg_run_summary *r)
{
    if (strcmp(r->status, tg_run_status_name(TG_RUN_RUNNING)) != 0 || !tg_claim_is_abandoned(store, r->id))
        return 1;
    free(r->status);
    r->status = strdup(tg_run_status_name(TG_RUN_DIED));
    return r->status != NULL;
}

int tg_run_list(struct tg_store *store, struct tg_run_summary **runs, size_t *count, struct tg_error *err)
{
    static const char sql[] =
        "SELECT id, started_utc, finished_utc, kind, title, status,"
        " (SELECT coalesce(group_concat(technique, ', '), '') FROM"
        "  (SELECT technique FROM curve WHERE run = run.id ORDER BY position)),"
        " (SELECT count(*) FROM curve WHERE curve.run = run.id),"
        " (SELECT count(*) FROM curve JOIN point ON point.curve = curve.id WHERE curve.run = run.id),"
        " (SELECT count(*) FROM curve JOIN point ON point.curve = curve.id"
        "  JOIN replication ON replication.point = point.id WHERE curve.run = run.id)"
        " FROM run ORDER BY id DESC";
    sqlite3_stmt *s;
    int rc = tg_store_prepare(store, sql, doing, &s, err);
    if (rc)
        return rc;
    struct tg_run_summary *list = NULL;
    size_t n = 0, capacity = 0;
    int got = SQLITE_DONE;
    while (!rc && (got = sqlite3_step(s)) == SQLITE_ROW) {
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            struct tg_run_summary *larger = realloc(list, capacity * sizeof *list);
            if (!larger) {
                rc = out_of_memory(err);
                break;
            }
            list = larger;
        }
        if (!read_summary(s, &list[n++]))
            rc = out_of_memory(err);
    }
    if (!rc && got != SQLITE_DONE)
        rc = tg_store_failed(store, doing, err);
    tg_store_done(s);
    for (size_t i = 0; !rc && i < n; i++)
        rc = mark_abandoned(store, &list[i]) ? TG_OK : out_of_memory(err);
    if (rc) {
        tg_run_list_release(list, n);
        return rc;
    }
    *runs = list;
    *count = n;
    return TG_OK;
}

void tg_run_list_release(struct tg_run_summary *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(runs[i].started_utc);
        free(runs[i].finished_utc);
        free(runs[i].kind);
        free(runs[i].title);
        free(runs[i].status);
        free(runs[i].techniques);
    }
    free(runs);
}

int tg_run_latest(struct tg_store *store, int64_t *run_id, struct tg_error *err)
{
    static const char sql[] =
        "SELECT max(id) FROM run WHERE status = 'done' AND EXISTS "
        "(SELECT 1 FROM curve JOIN point ON point.curve = curve.id WHERE curve.run = run.id)";
    sqlite3_stmt *s;
    int rc = tg_store_prepare(store, sql, doing, &s, err);
    if (rc)
        return rc;
    if (sqlite3_step(s) != SQLITE_ROW)
        rc = tg_store_failed(store, doing, err);
    else if (sqlite3_column_type(s, 0) == SQLITE_NULL)
        rc = tg_error_set(err, TG_EINPUT, "store '%s': no finished run has results", tg_store_path(store));
    else
        *run_id = sqlite3_column_int64(s, 0);
    tg_store_done(s);
    return rc;
}
