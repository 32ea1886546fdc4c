#include <stdbool.h>
#include <stdio.h>

#include "tg_claim.h"
#include "tg_run.h"
#include "tg_run_internal.h"
#include "tg_store_internal.h"
#include "tg_text.h"

static int64_t last_id(struct tg_store *store)
{
    return sqlite3_last_insert_rowid(tg_store_database(store));
}

static int must_have_changed(struct tg_store *store, const char *what, int64_t id, struct tg_error *err)
{
    if (sqlite3_changes(tg_store_database(store)) == 1)
        return TG_OK;
    return tg_error_set(err, TG_EINPUT, "store '%s': there is no %s %lld", tg_store_path(store), what,
                        (long long)id);
}

/* Profiles and runs */

#define PRICE_MARKS "?,?,?,?,?,?,?,nullif(?,0),?,?,?,?,?"
#define PRICE_LETTERS "ssdddddissdds"
#define PRICE_VALUES(p)                                                                                 \
    (p)->primitive, (p)->per, (p)->mean_ns.value, (p)->mean_ns.low, (p)->mean_ns.high, (p)->p50_ns,     \
        (p)->p99_ns, (p)->samples, (p)->provenance, (p)->source, (p)->range_low_ns, (p)->range_high_ns, \
        (p)->inherited_from

static int write_price(struct tg_store *store, const char *sha256, const struct tg_run_price *p,
                       struct tg_error *err)
{
    return tg_store_write(store, "add a price", err,
                          "INSERT INTO price (profile, " TG_RUN_PRICE_COLUMNS ") VALUES (?," PRICE_MARKS ")",
                          "s" PRICE_LETTERS, sha256, PRICE_VALUES(p));
}

static int write_own_price(struct tg_store *store, int64_t run_id, const struct tg_run_price *p,
                           struct tg_error *err)
{
    return tg_store_write(store, "add a price", err,
                          "INSERT INTO run_price (run, belongs_to, " TG_RUN_PRICE_COLUMNS
                          ") VALUES (?,?," PRICE_MARKS ")",
                          "is" PRICE_LETTERS, run_id, p->belongs_to, PRICE_VALUES(p));
}

static int write_log(struct tg_store *store, const struct tg_run_arrival_log *log, struct tg_error *err)
{
    return tg_store_write(store, "add an arrival log", err,
                          "INSERT INTO arrival_log VALUES (?,?) ON CONFLICT DO NOTHING", "ss", log->sha256,
                          log->times_ps);
}

static int write_profile(struct tg_store *store, const struct tg_run_profile *profile, struct tg_error *err)
{
    int rc = tg_store_write(store, "add a profile", err,
                            "INSERT INTO profile VALUES (?,?,?,?) ON CONFLICT DO NOTHING", "ssss",
                            profile->sha256, profile->name, profile->json, profile->host_json);
    if (rc || sqlite3_changes(tg_store_database(store)) == 0)
        return rc;
    for (size_t i = 0; !rc && i < profile->price_count; i++)
        rc = write_price(store, profile->sha256, &profile->prices[i], err);
    return rc;
}

int tg_run_keep_profile(struct tg_store *store, const struct tg_run_profile *profile, struct tg_error *err)
{
    static const char doing[] = "add a profile";
    int rc = tg_store_enter(store, doing, err);
    return rc ? rc : tg_store_leave(store, write_profile(store, profile, err), doing, err);
}

static int write_run(struct tg_store *store, const struct tg_run *run, struct tg_error *err)
{
    return tg_store_write(
        store, "add a run", err,
        "INSERT INTO run (kind, title, status, started_utc, scenario, profile_sha256, seed, "
        "tool_version, git_commit, compiler, host, command_line, arrival_log_sha256) VALUES (?, ?, "
        "'running', "
        "coalesce(?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sssssissssss", run->kind, run->title, run->started_utc, run->scenario_json,
        run->profile ? run->profile->sha256 : NULL, (int64_t)run->seed, run->tool_version, run->git_commit,
        run->compiler, run->host_json, run->command_line, run->arrival_log ? run->arrival_log->sha256 : NULL);
}

int tg_run_begin(struct tg_store *store, const struct tg_run *run, int64_t *run_id, struct tg_error *err)
{
    static const char doing[] = "add a run";
    int rc = tg_store_enter(store, doing, err);
    if (rc)
        return rc;
    if (run->profile)
        rc = write_profile(store, run->profile, err);
    if (!rc && run->arrival_log)
        rc = write_log(store, run->arrival_log, err);
    if (!rc)
        rc = write_run(store, run, err);
    if (!rc)
        *run_id = last_id(store);
    for (size_t i = 0; !rc && i < run->price_count; i++)
        rc = write_own_price(store, *run_id, &run->prices[i], err);
    if (!rc)
        rc = tg_claim_take(store, *run_id, err);
    return tg_store_leave(store, rc, doing, err);
}

static int finish(struct tg_store *store, int64_t run_id, enum tg_run_status status, struct tg_error *err)
{
    static const char doing[] = "finish a run";
    const char *name = tg_run_status_name(status);
    int rc = tg_store_write(store, doing, err,
                            "UPDATE run SET status = ?1, finished_utc = "
                            "iif(?1 = 'running', NULL, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) WHERE id = ?2",
                            "si", name, run_id);
    if (!rc)
        rc = must_have_changed(store, "run", run_id, err);
    if (rc || status == TG_RUN_RUNNING)
        return rc;
    return tg_store_write(store, doing, err,
                          "UPDATE point SET status = ? WHERE status = 'running' AND curve IN "
                          "(SELECT id FROM curve WHERE run = ?)",
                          "si", name, run_id);
}

int tg_run_finish(struct tg_store *store, int64_t run_id, enum tg_run_status status, struct tg_error *err)
{
    static const char doing[] = "finish a run";
    int rc = status == TG_RUN_RUNNING ? tg_claim_take(store, run_id, err) : TG_OK;
    if (!rc)
        rc = tg_store_enter(store, doing, err);
    if (!rc)
        rc = tg_store_leave(store, finish(store, run_id, status, err), doing, err);
    if (!rc && status != TG_RUN_RUNNING)
        tg_claim_drop(store, run_id);
    return rc;
}

int tg_run_delete(struct tg_store *store, int64_t run_id, struct tg_error *err)
{
    int rc = tg_claim_take(store, run_id, err);
    if (rc)
        return rc;
    rc = tg_store_write(store, "delete a run", err, "DELETE FROM run WHERE id = ?", "i", run_id);
    if (!rc)
        rc = must_have_changed(store, "run", run_id, err);
    tg_claim_drop(store, run_id);
    return rc;
}

/* Curves */

int tg_run_add_curve(struct tg_store *store, int64_t run_id, const struct tg_run_curve *curve,
                     int64_t *curve_id, struct tg_error *err)
{
    const struct tg_run_estimate *s = &curve->saturation_per_s;
    int rc =
        tg_store_write(store, "add a curve", err,
                       "INSERT INTO curve (run, position, technique, title, saturation_per_s, "
                       "saturation_low_per_s, saturation_high_per_s, saturation_rule, limited_by) VALUES "
                       "(?1, (SELECT count(*) FROM curve WHERE run = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                       "issdddss", run_id, curve->technique, curve->title, s->value, s->low, s->high,
                       curve->saturation_rule, curve->limited_by);
    if (!rc)
        *curve_id = last_id(store);
    return rc;
}

int tg_run_set_saturation(struct tg_store *store, int64_t curve_id, const struct tg_run_curve *curve,
                          struct tg_error *err)
{
    const struct tg_run_estimate *s = &curve->saturation_per_s;
    int rc = tg_store_write(store, "set a saturation", err,
                            "UPDATE curve SET saturation_per_s = ?, saturation_low_per_s = ?, "
                            "saturation_high_per_s = ?, saturation_rule = ?, limited_by = ? WHERE id = ?",
                            "dddssi", s->value, s->low, s->high, curve->saturation_rule, curve->limited_by,
                            curve_id);
    return rc ? rc : must_have_changed(store, "curve", curve_id, err);
}

/* Points */

static void add_figure_columns(struct tg_text *sql)
{
    for (const struct tg_run_column *c = tg_run_columns; c < tg_run_columns + TG_RUN_FIGURES; c++)
        tg_text_printf(sql, ", %s, %s_low%s, %s_high%s", c->name, c->stem, c->unit, c->stem, c->unit);
}

static void add_marks(struct tg_text *sql, int count)
{
    for (int i = 0; i < count; i++)
        tg_text_printf(sql, ", ?");
}

static void bind_figures(sqlite3_stmt *statement, int first,
                         const struct tg_run_estimate figures[TG_RUN_FIGURES])
{
    for (int i = 0; i < TG_RUN_FIGURES; i++) {
        sqlite3_bind_double(statement, first + 3 * i, figures[i].value);
        sqlite3_bind_double(statement, first + 3 * i + 1, figures[i].low);
        sqlite3_bind_double(statement, first + 3 * i + 2, figures[i].high);
    }
}

/* Prepares a statement built here and releases its text. */
static int prepare_built(struct tg_store *store, struct tg_text *sql, const char *doing,
                         sqlite3_stmt **statement, struct tg_error *err)
{
    int rc = sql->failed ? tg_error_set(err, TG_ENOMEM, "out of memory")
                         : tg_store_prepare(store, sql->data, doing, statement, err);
    tg_text_release(sql);
    return rc;
}

static int write_tolls(struct tg_store *store, int64_t point_id, const struct tg_run_point *point,
                       struct tg_error *err)
{
    int rc = tg_store_write(store, "clear tolls", err, "DELETE FROM toll WHERE point = ?", "i", point_id);
    for (size_t i = 0; !rc && i < point->toll_count; i++) {
        const struct tg_run_toll *t = &point->tolls[i];
        rc = tg_store_write(store, "add a toll", err, "INSERT INTO toll VALUES (?,?,?,?,?,?)", "issddd",
                            point_id, t->primitive, t->place, t->toll_ps.value, t->toll_ps.low,
                            t->toll_ps.high);
    }
    return rc;
}

static int write_shares(struct tg_store *store, int64_t point_id, const struct tg_run_point *point,
                        struct tg_error *err)
{
    static const char doing[] = "add a loss";
    int rc = tg_store_write(store, doing, err, "DELETE FROM point_loss WHERE point = ?", "i", point_id);
    rc = rc ? rc : tg_store_write(store, doing, err, "DELETE FROM point_drop WHERE point = ?", "i", point_id);
    for (size_t i = 0; !rc && i < point->loss_count; i++) {
        const struct tg_run_share *s = &point->losses[i];
        rc = tg_store_write(store, doing, err, "INSERT INTO point_loss VALUES (?,?,?,?,?)", "isddd", point_id,
                            s->name, s->ratio.value, s->ratio.low, s->ratio.high);
    }
    for (size_t i = 0; !rc && i < point->drop_count; i++) {
        const struct tg_run_share *s = &point->drops[i];
        rc = tg_store_write(store, doing, err, "INSERT INTO point_drop VALUES (?,?,?,?,?)", "isddd", point_id,
                            s->name, s->ratio.value, s->ratio.low, s->ratio.high);
    }
    return rc;
}

static int write_parts(struct tg_store *store, int64_t point_id,
                       const struct tg_run_estimate parts[TG_RUN_PARTS], struct tg_error *err)
{
    static const char doing[] = "add the parts of a toll";
    int rc = tg_store_write(store, doing, err, "DELETE FROM toll_part WHERE point = ?", "i", point_id);
    for (int i = 0; !rc && i < TG_RUN_PARTS; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO toll_part VALUES (?,?,?,?,?)", "isddd", point_id,
                            tg_run_part_names[i], parts[i].value, parts[i].low, parts[i].high);
    return rc;
}

int tg_run_set_toll_parts(struct tg_store *store, int64_t point_id,
                          const struct tg_run_estimate parts[TG_RUN_PARTS], struct tg_error *err)
{
    static const char doing[] = "add the parts of a toll";
    int rc = tg_store_enter(store, doing, err);
    return rc ? rc : tg_store_leave(store, write_parts(store, point_id, parts, err), doing, err);
}

static int insert_point(struct tg_store *store, int64_t curve_id, const struct tg_run_point *point,
                        struct tg_error *err)
{
    static const char doing[] = "add a point";
    struct tg_text sql = {0};
    tg_text_printf(&sql, "INSERT INTO point (curve, offered_per_s, status, replications");
    add_figure_columns(&sql);
    tg_text_printf(&sql, ") VALUES (?, ?, ?, ?");
    add_marks(&sql, 3 * TG_RUN_FIGURES);
    tg_text_printf(&sql, ")");
    sqlite3_stmt *statement;
    int rc = prepare_built(store, &sql, doing, &statement, err);
    if (rc)
        return rc;
    tg_store_bind(statement, "idsi", curve_id, point->offered_per_s, tg_run_status_name(point->status),
                  point->replication_count);
    bind_figures(statement, 5, point->figures);
    return tg_store_execute(store, statement, doing, err);
}

static int update_point(struct tg_store *store, int64_t point_id, const struct tg_run_point *point,
                        struct tg_error *err)
{
    static const char doing[] = "set a point";
    struct tg_text sql = {0};
    tg_text_printf(&sql, "UPDATE point SET (status, replications");
    add_figure_columns(&sql);
    tg_text_printf(&sql, ") = (?2, ?3");
    add_marks(&sql, 3 * TG_RUN_FIGURES);
    tg_text_printf(&sql, ") WHERE id = ?1");
    sqlite3_stmt *statement;
    int rc = prepare_built(store, &sql, doing, &statement, err);
    if (rc)
        return rc;
    tg_store_bind(statement, "isi", point_id, tg_run_status_name(point->status), point->replication_count);
    bind_figures(statement, 4, point->figures);
    rc = tg_store_execute(store, statement, doing, err);
    return rc ? rc : must_have_changed(store, "point", point_id, err);
}

int tg_run_add_point(struct tg_store *store, int64_t curve_id, const struct tg_run_point *point,
                     int64_t *point_id, struct tg_error *err)
{
    static const char doing[] = "add a point";
    int rc = tg_store_enter(store, doing, err);
    if (rc)
        return rc;
    rc = insert_point(store, curve_id, point, err);
    if (!rc) {
        *point_id = last_id(store);
        rc = write_tolls(store, *point_id, point, err);
    }
    if (!rc)
        rc = write_shares(store, *point_id, point, err);
    return tg_store_leave(store, rc, doing, err);
}

int tg_run_set_point(struct tg_store *store, int64_t point_id, const struct tg_run_point *point,
                     struct tg_error *err)
{
    static const char doing[] = "set a point";
    int rc = tg_store_enter(store, doing, err);
    if (rc)
        return rc;
    rc = update_point(store, point_id, point, err);
    if (!rc)
        rc = write_tolls(store, point_id, point, err);
    if (!rc)
        rc = write_shares(store, point_id, point, err);
    return tg_store_leave(store, rc, doing, err);
}

/* Replications */

static int insert_replication(struct tg_store *store, int64_t point_id, const struct tg_run_replication *r,
                              struct tg_error *err)
{
    static const char doing[] = "add a replication";
    struct tg_text sql = {0};
    tg_text_printf(&sql, "INSERT INTO replication (point, number, seed, horizon_ps, offered, sent, replied, "
                         "still_open, histogram, digest, packets_in, packets_out, interrupts, wakeups, "
                         "switches, crashed_ps");
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        tg_text_printf(&sql, ", %s", tg_run_columns[i].name);
    tg_text_printf(&sql, ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, -1)");
    add_marks(&sql, TG_RUN_FIGURES);
    tg_text_printf(&sql, ")");
    sqlite3_stmt *statement;
    int rc = prepare_built(store, &sql, doing, &statement, err);
    if (rc)
        return rc;
    tg_store_bind(statement, "iiiiiiiibsiiiiii", point_id, r->number, (int64_t)r->seed,
                  (int64_t)r->horizon_ps, r->offered, r->sent, r->replied, r->still_open, r->histogram,
                  r->histogram_bytes, r->digest, r->packets_in, r->packets_out, r->interrupts, r->wakeups,
                  r->switches, (int64_t)(r->crashed_ps < 0 ? -1 : r->crashed_ps));
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        sqlite3_bind_double(statement, 17 + i, r->figures[i]);
    return tg_store_execute(store, statement, doing, err);
}

static int write_details(struct tg_store *store, int64_t id, const struct tg_run_replication *r,
                         struct tg_error *err)
{
    static const char doing[] = "add a replication";
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < r->loss_count; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO loss VALUES (?,?,?)", "isi", id,
                            r->losses[i].cause, r->losses[i].requests);
    for (size_t i = 0; !rc && i < r->drop_count; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO packet_drop VALUES (?,?,?)", "isi", id,
                            r->drops[i].place, r->drops[i].packets);
    for (size_t i = 0; !rc && i < r->spent_count; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO cpu_spent VALUES (?,?,?)", "isi", id,
                            r->spent[i].primitive, (int64_t)r->spent[i].spent_ps);
    for (size_t i = 0; !rc && i < r->cpu_time_count; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO cpu_time VALUES (?,?,?,?)", "isii", id,
                            r->cpu_times[i].class_name, (int64_t)r->cpu_times[i].core,
                            (int64_t)r->cpu_times[i].busy_ps);
    for (size_t i = 0; !rc && i < r->toll_count; i++)
        rc = tg_store_write(store, doing, err, "INSERT INTO replication_toll VALUES (?,?,?,?)", "issd", id,
                            r->tolls[i].primitive, r->tolls[i].place, r->tolls[i].toll_ps.value);
    return rc;
}

int tg_run_add_replication(struct tg_store *store, int64_t point_id,
                           const struct tg_run_replication *replication, struct tg_error *err)
{
    static const char doing[] = "add a replication";
    int rc = tg_store_enter(store, doing, err);
    if (rc)
        return rc;
    rc = insert_replication(store, point_id, replication, err);
    if (!rc)
        rc = write_details(store, last_id(store), replication, err);
    return tg_store_leave(store, rc, doing, err);
}
