#include <math.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tg_claim.h"
#include "tg_run.h"
#include "tg_run_internal.h"
#include "tg_store_internal.h"
#include "tg_text.h"

/* What a loaded run owns: a chain of allocations, released together. */
struct piece {
    struct piece *next;
    alignas(max_align_t) char data[];
};

/* A load under way. `rc` remembers the first failure, so that the many small reads need no checks. */
struct loader {
    struct tg_store *store;
    struct piece *pieces;
    unsigned flags;
    int rc;
    struct tg_error *err;
};

static const char doing[] = "read a run";

static void *take(struct loader *l, size_t size)
{
    struct piece *piece = calloc(1, sizeof *piece + (size ? size : 1));
    if (!piece) {
        if (!l->rc)
            l->rc = tg_error_set(l->err, TG_ENOMEM, "out of memory");
        return NULL;
    }
    piece->next = l->pieces;
    l->pieces = piece;
    return piece->data;
}

static void release_pieces(struct piece *piece)
{
    while (piece) {
        struct piece *next = piece->next;
        free(piece);
        piece = next;
    }
}

static const char *text_at(struct loader *l, sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    if (!text)
        return NULL;
    size_t size = (size_t)sqlite3_column_bytes(s, column) + 1;
    char *copy = take(l, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static double number_at(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? NAN : sqlite3_column_double(s, column);
}

static struct tg_run_estimate estimate_at(sqlite3_stmt *s, int column)
{
    return (struct tg_run_estimate){number_at(s, column), number_at(s, column + 1), number_at(s, column + 2)};
}

static enum tg_run_status status_at(sqlite3_stmt *s, int column)
{
    enum tg_run_status status = TG_RUN_FAILED;
    tg_run_status_from_name((const char *)sqlite3_column_text(s, column), &status);
    return status;
}

/* The rows of one parent as an array: read_row fills one element. Children are loaded afterwards by their
 * own query, because a cached statement serves one reading at a time. */
static void *load_rows(struct loader *l, const char *sql, const char *key_letters, int64_t id,
                       const char *key, size_t size,
                       void (*read_row)(struct loader *, sqlite3_stmt *, void *), size_t *count)
{
    *count = 0;
    if (l->rc)
        return NULL;
    sqlite3_stmt *s;
    l->rc = tg_store_prepare(l->store, sql, doing, &s, l->err);
    if (l->rc)
        return NULL;
    if (*key_letters == 's')
        tg_store_bind(s, "s", key);
    else
        tg_store_bind(s, "i", id);
    char *rows = NULL;
    size_t capacity = 0, n = 0;
    int got = SQLITE_DONE;
    while (!l->rc && (got = sqlite3_step(s)) == SQLITE_ROW) {
        if (n == capacity) {
            size_t larger = capacity ? 2 * capacity : 16;
            char *moved = realloc(rows, larger * size);
            if (!moved) {
                l->rc = tg_error_set(l->err, TG_ENOMEM, "out of memory");
                break;
            }
            rows = moved;
            capacity = larger;
        }
        memset(rows + n * size, 0, size);
        read_row(l, s, rows + n * size);
        n++;
    }
    if (!l->rc && got != SQLITE_DONE)
        l->rc = tg_store_failed(l->store, doing, l->err);
    tg_store_done(s);
    void *kept = l->rc ? NULL : take(l, n * size);
    if (kept) {
        if (n)
            memcpy(kept, rows, n * size);
        *count = n;
    }
    free(rows);
    return kept;
}

static void *load_children(struct loader *l, const char *sql, int64_t id, size_t size,
                           void (*read_row)(struct loader *, sqlite3_stmt *, void *), size_t *count)
{
    return load_rows(l, sql, "i", id, NULL, size, read_row, count);
}

/* The same with a query built here, whose text is released. */
static void *load_built(struct loader *l, struct tg_text *sql, int64_t id, size_t size,
                        void (*read_row)(struct loader *, sqlite3_stmt *, void *), size_t *count)
{
    if (sql->failed && !l->rc)
        l->rc = tg_error_set(l->err, TG_ENOMEM, "out of memory");
    void *rows = load_children(l, sql->data, id, size, read_row, count);
    tg_text_release(sql);
    return rows;
}

static void read_toll(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_toll *toll = row;
    toll->primitive = text_at(l, s, 0);
    toll->place = text_at(l, s, 1);
    toll->toll_ps = estimate_at(s, 2);
}

static void read_loss(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_loss *loss = row;
    loss->cause = text_at(l, s, 0);
    loss->requests = sqlite3_column_int64(s, 1);
}

static void read_cpu_time(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_cpu_time *time = row;
    time->class_name = text_at(l, s, 0);
    time->core = sqlite3_column_int(s, 1);
    time->busy_ps = sqlite3_column_int64(s, 2);
}

static void read_price(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_price *price = row;
    price->primitive = text_at(l, s, 0);
    price->per = text_at(l, s, 1);
    price->mean_ns = estimate_at(s, 2);
    price->p50_ns = number_at(s, 5);
    price->p99_ns = number_at(s, 6);
    price->samples = sqlite3_column_int64(s, 7);
    price->provenance = text_at(l, s, 8);
    price->source = text_at(l, s, 9);
    price->range_low_ns = number_at(s, 10);
    price->range_high_ns = number_at(s, 11);
    price->inherited_from = text_at(l, s, 12);
    price->belongs_to = text_at(l, s, 13);
}

static void read_profile(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_profile *profile = row;
    profile->sha256 = text_at(l, s, 0);
    profile->name = text_at(l, s, 1);
    profile->json = text_at(l, s, 2);
    profile->host_json = text_at(l, s, 3);
}

enum { REPLICATION_FIRST_FIGURE = 16, POINT_FIRST_FIGURE = 4 };

static void read_replication(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_replication *r = row;
    r->id = sqlite3_column_int64(s, 0);
    r->number = sqlite3_column_int64(s, 1);
    r->seed = (uint64_t)sqlite3_column_int64(s, 2);
    r->horizon_ps = sqlite3_column_int64(s, 3);
    r->offered = sqlite3_column_int64(s, 4);
    r->sent = sqlite3_column_int64(s, 5);
    r->replied = sqlite3_column_int64(s, 6);
    r->still_open = sqlite3_column_int64(s, 7);
    const void *histogram = sqlite3_column_blob(s, 8);
    if (histogram) {
        r->histogram_bytes = (size_t)sqlite3_column_bytes(s, 8);
        void *copy = take(l, r->histogram_bytes);
        r->histogram = copy ? memcpy(copy, histogram, r->histogram_bytes) : NULL;
    }
    r->digest = text_at(l, s, 9);
    r->packets_in = sqlite3_column_int64(s, 10);
    r->packets_out = sqlite3_column_int64(s, 11);
    r->interrupts = sqlite3_column_int64(s, 12);
    r->wakeups = sqlite3_column_int64(s, 13);
    r->switches = sqlite3_column_int64(s, 14);
    r->crashed_ps = sqlite3_column_type(s, 15) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 15);
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        r->figures[i] = number_at(s, REPLICATION_FIRST_FIGURE + i);
}

static void read_point(struct loader *l, sqlite3_stmt *s, void *row)
{
    (void)l;
    struct tg_run_point *point = row;
    point->id = sqlite3_column_int64(s, 0);
    point->offered_per_s = sqlite3_column_double(s, 1);
    point->status = status_at(s, 2);
    point->replication_count = sqlite3_column_int64(s, 3);
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        point->figures[i] = estimate_at(s, POINT_FIRST_FIGURE + 3 * i);
}

static void read_curve(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct tg_run_curve *curve = row;
    curve->id = sqlite3_column_int64(s, 0);
    curve->technique = text_at(l, s, 1);
    curve->title = text_at(l, s, 2);
    curve->saturation_per_s = estimate_at(s, 3);
    curve->saturation_rule = text_at(l, s, 6);
    curve->limited_by = text_at(l, s, 7);
}

static void read_drop(struct loader *l, sqlite3_stmt *s, void *row)
{
    *(struct tg_run_drop *)row = (struct tg_run_drop){text_at(l, s, 0), sqlite3_column_int64(s, 1)};
}

static void read_spent(struct loader *l, sqlite3_stmt *s, void *row)
{
    *(struct tg_run_spent *)row = (struct tg_run_spent){text_at(l, s, 0), sqlite3_column_int64(s, 1)};
}

static void read_share(struct loader *l, sqlite3_stmt *s, void *row)
{
    *(struct tg_run_share *)row = (struct tg_run_share){text_at(l, s, 0), estimate_at(s, 1)};
}

/* NULL where the point's toll has no parts, or not all. */
static const struct tg_run_estimate *load_parts(struct loader *l, int64_t point_id)
{
    size_t count;
    const struct tg_run_share *rows =
        load_children(l, "SELECT part, toll_ps, toll_low_ps, toll_high_ps FROM toll_part WHERE point = ?",
                      point_id, sizeof *rows, read_share, &count);
    struct tg_run_estimate *parts =
        rows && count == TG_RUN_PARTS ? take(l, TG_RUN_PARTS * sizeof *parts) : NULL;
    for (size_t i = 0; parts && i < count; i++) {
        for (int p = 0; p < TG_RUN_PARTS; p++) {
            if (strcmp(rows[i].name, tg_run_part_names[p]) == 0)
                parts[p] = rows[i].ratio;
        }
    }
    return parts;
}

static void load_replication_details(struct loader *l, struct tg_run_replication *r)
{
    r->losses = load_children(l, "SELECT cause, requests FROM loss WHERE replication = ? ORDER BY cause",
                              r->id, sizeof *r->losses, read_loss, &r->loss_count);
    r->drops = load_children(l, "SELECT place, packets FROM packet_drop WHERE replication = ? ORDER BY place",
                             r->id, sizeof *r->drops, read_drop, &r->drop_count);
    r->spent = load_children(
        l,
        "SELECT primitive, spent_ps FROM cpu_spent WHERE replication = ? ORDER BY spent_ps DESC, primitive",
        r->id, sizeof *r->spent, read_spent, &r->spent_count);
    r->cpu_times =
        load_children(l,
                      "SELECT class, core, busy_ps FROM cpu_time WHERE replication = ? ORDER BY class, "
                      "core",
                      r->id, sizeof *r->cpu_times, read_cpu_time, &r->cpu_time_count);
    r->tolls = load_children(l,
                             "SELECT primitive, place, toll_ps, NULL, NULL FROM replication_toll WHERE "
                             "replication = ? ORDER BY toll_ps DESC, primitive, place",
                             r->id, sizeof *r->tolls, read_toll, &r->toll_count);
}

static void load_point_details(struct loader *l, struct tg_run_point *point)
{
    point->tolls =
        load_children(l,
                      "SELECT primitive, place, toll_ps, toll_low_ps, toll_high_ps FROM toll WHERE "
                      "point = ? ORDER BY toll_ps DESC, primitive, place",
                      point->id, sizeof *point->tolls, read_toll, &point->toll_count);
    point->losses = load_children(l,
                                  "SELECT cause, lost_ratio, lost_low_ratio, lost_high_ratio FROM point_loss "
                                  "WHERE point = ? ORDER BY lost_ratio DESC, cause",
                                  point->id, sizeof *point->losses, read_share, &point->loss_count);
    point->drops =
        load_children(l,
                      "SELECT place, dropped_ratio, dropped_low_ratio, dropped_high_ratio FROM point_drop "
                      "WHERE point = ? ORDER BY dropped_ratio DESC, place",
                      point->id, sizeof *point->drops, read_share, &point->drop_count);
    point->toll_parts = load_parts(l, point->id);
    if (!(l->flags & TG_RUN_WITH_REPLICATIONS))
        return;
    struct tg_text sql = {0};
    tg_text_printf(&sql,
                   "SELECT id, number, seed, horizon_ps, offered, sent, replied, still_open, histogram, "
                   "digest, packets_in, packets_out, interrupts, wakeups, switches, crashed_ps");
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        tg_text_printf(&sql, ", %s", tg_run_columns[i].name);
    tg_text_printf(&sql, " FROM replication WHERE point = ? ORDER BY number");
    struct tg_run_replication *r = sql.failed ? NULL
                                              : load_children(l, sql.data, point->id, sizeof *r,
                                                              read_replication, &point->loaded_replications);
    tg_text_release(&sql);
    for (size_t i = 0; r && i < point->loaded_replications; i++)
        load_replication_details(l, &r[i]);
    point->replications = r;
}

static void load_points(struct loader *l, struct tg_run_curve *curve)
{
    struct tg_text sql = {0};
    tg_text_printf(&sql, "SELECT id, offered_per_s, status, replications");
    for (const struct tg_run_column *c = tg_run_columns; c < tg_run_columns + TG_RUN_FIGURES; c++)
        tg_text_printf(&sql, ", %s, %s_low%s, %s_high%s", c->name, c->stem, c->unit, c->stem, c->unit);
    tg_text_printf(&sql, " FROM point WHERE curve = ? ORDER BY offered_per_s");
    struct tg_run_point *points =
        load_built(l, &sql, curve->id, sizeof *points, read_point, &curve->point_count);
    for (size_t i = 0; points && i < curve->point_count; i++)
        load_point_details(l, &points[i]);
    curve->points = points;
}

static void load_curves(struct loader *l, struct tg_run *run)
{
    struct tg_run_curve *curves = load_children(
        l,
        "SELECT id, technique, title, saturation_per_s, saturation_low_per_s, saturation_high_per_s, "
        "saturation_rule, limited_by FROM curve WHERE run = ? ORDER BY position",
        run->id, sizeof *curves, read_curve, &run->curve_count);
    for (size_t i = 0; curves && i < run->curve_count; i++)
        load_points(l, &curves[i]);
    run->curves = curves;
}

static const struct tg_run_profile *load_profile(struct loader *l, const char *sha256)
{
    size_t count;
    struct tg_run_profile *profile =
        load_rows(l, "SELECT sha256, name, json, host FROM profile WHERE sha256 = ?", "s", 0, sha256,
                  sizeof *profile, read_profile, &count);
    if (!profile || count == 0)
        return NULL;
    profile->prices =
        load_rows(l, "SELECT " TG_RUN_PRICE_COLUMNS ", NULL FROM price WHERE profile = ? ORDER BY primitive",
                  "s", 0, sha256, sizeof *profile->prices, read_price, &profile->price_count);
    return profile;
}

/* A run's own row, with the hash of its profile beside it. */
struct run_row {
    struct tg_run run;
    const char *profile_sha256;
    const char *log_sha256;
};

static void read_run(struct loader *l, sqlite3_stmt *s, void *row)
{
    struct run_row *r = row;
    r->run.id = sqlite3_column_int64(s, 0);
    r->run.status = status_at(s, 1);
    r->run.seed = (uint64_t)sqlite3_column_int64(s, 2);
    const char **const texts[] = {&r->run.kind,         &r->run.title,         &r->run.started_utc,
                                  &r->run.finished_utc, &r->run.scenario_json, &r->profile_sha256,
                                  &r->run.tool_version, &r->run.git_commit,    &r->run.compiler,
                                  &r->run.host_json,    &r->run.command_line,  &r->log_sha256};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = text_at(l, s, 3 + (int)i);
}

static void read_log(struct loader *l, sqlite3_stmt *s, void *row)
{
    *(struct tg_run_arrival_log *)row = (struct tg_run_arrival_log){text_at(l, s, 0), text_at(l, s, 1)};
}

static const struct tg_run_arrival_log *load_log(struct loader *l, const char *sha256)
{
    size_t count;
    const struct tg_run_arrival_log *log =
        load_rows(l, "SELECT sha256, times_ps FROM arrival_log WHERE sha256 = ?", "s", 0, sha256, sizeof *log,
                  read_log, &count);
    return count ? log : NULL;
}

static void load_run(struct loader *l, int64_t run_id, struct tg_run *run)
{
    size_t count;
    struct run_row *row =
        load_children(l,
                      "SELECT id, status, seed, kind, title, started_utc, finished_utc, scenario, "
                      "profile_sha256, tool_version, git_commit, compiler, host, command_line, "
                      "arrival_log_sha256 FROM run WHERE id = ?",
                      run_id, sizeof *row, read_run, &count);
    if (!l->rc && count == 0)
        l->rc = tg_error_set(l->err, TG_EINPUT, "store '%s': there is no run %lld", tg_store_path(l->store),
                             (long long)run_id);
    if (l->rc)
        return;
    *run = row->run;
    if (row->profile_sha256)
        run->profile = load_profile(l, row->profile_sha256);
    if (row->log_sha256)
        run->arrival_log = load_log(l, row->log_sha256);
    run->prices = load_children(l,
                                "SELECT " TG_RUN_PRICE_COLUMNS
                                ", belongs_to FROM run_price WHERE run = ? ORDER BY belongs_to, primitive",
                                run_id, sizeof *run->prices, read_price, &run->price_count);
    load_curves(l, run);
}

/* The rows of a loaded run are the loader's own to change. */
static void mark_abandoned(struct tg_run *run)
{
    run->status = TG_RUN_DIED;
    for (size_t c = 0; c < run->curve_count; c++) {
        struct tg_run_point *points = (struct tg_run_point *)(uintptr_t)run->curves[c].points;
        for (size_t p = 0; p < run->curves[c].point_count; p++) {
            if (points[p].status == TG_RUN_RUNNING)
                points[p].status = TG_RUN_DIED;
        }
    }
}

int tg_run_load(struct tg_store *store, int64_t run_id, unsigned flags, struct tg_run *run,
                struct tg_error *err)
{
    struct loader l = {.store = store, .flags = flags, .err = err};
    *run = (struct tg_run){0};
    /* One transaction: a run that another program is writing is seen as it was at one moment. */
    bool nested = sqlite3_get_autocommit(tg_store_database(store)) == 0;
    if (!nested && sqlite3_exec(tg_store_database(store), "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return tg_store_failed(store, doing, err);
    load_run(&l, run_id, run);
    if (!nested)
        sqlite3_exec(tg_store_database(store), "ROLLBACK", NULL, NULL, NULL);
    if (l.rc) {
        release_pieces(l.pieces);
        *run = (struct tg_run){0};
        return l.rc;
    }
    run->memory = l.pieces;
    if (run->status == TG_RUN_RUNNING && tg_claim_is_abandoned(store, run_id))
        mark_abandoned(run);
    return TG_OK;
}

void tg_run_release(struct tg_run *run)
{
    release_pieces(run->memory);
    *run = (struct tg_run){0};
}
