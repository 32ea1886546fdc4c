#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tg_query.h"
#include "tg_run.h"
#include "tg_store.h"
#include "tg_test.h"

static struct tg_store *store;

static void open_store(void)
{
    struct tg_error err = {0};
    struct tg_run run = {.kind = "sweep", .title = "t", .scenario_json = "{}", .tool_version = "0"};
    int64_t id;
    /* Open for writing, on purpose: what is refused is refused by the query, not by the file. */
    ck_assert_tg_ok(tg_store_open(&store, ":memory:", TG_STORE_WRITE, &err), err);
    ck_assert_tg_ok(tg_run_begin(store, &run, &id, &err), err);
}

static void close_store(void)
{
    tg_store_close(store);
}

static const struct {
    const char *sql, *needle;
} refused[] = {
    {"DELETE FROM run", "writing is refused"},
    {"INSERT INTO run SELECT * FROM run", "writing is refused"},
    {"UPDATE run SET title = ''", "writing is refused"},
    {"WITH x AS (SELECT 1) DELETE FROM run", "writing is refused"},
    {"UPDATE sqlite_master SET sql = ''", "may not be modified"},
    {"DROP TABLE run", "refused"},
    {"CREATE TABLE x (a)", "refused"},
    {"CREATE TEMP TABLE x (a)", "refused"},
    {"CREATE VIRTUAL TABLE x USING fts5 (a)", "refused"},
    {"ALTER TABLE run RENAME TO walk", "refused"},
    {"ATTACH '/tmp/other.db' AS other", "ATTACH is refused"},
    {"VACUUM", "refused"},
    {"VACUUM INTO '/tmp/copy.db'", "refused"},
    {"REINDEX", "refused"},
    {"BEGIN", "a transaction is refused"},
    {"PRAGMA journal_mode = DELETE", "this PRAGMA is refused"},
    {"PRAGMA user_version = 3", "this PRAGMA is refused"},
    {"PRAGMA writable_schema = 1", "this PRAGMA is refused"},
    {"SELECT load_extension('x')", "refused"},
    {"SELECT 1; DELETE FROM run", "one statement at a time"},
    {"SELECT 1; SELECT 2", "one statement at a time"},
    {"SELECT ?", "parameters"},
    {"", "no SQL statement"},
    {"  -- nothing", "no SQL statement"},
    {"SELECT FORM run", "no such column"},
    {"SELECT * FORM run", "character 10"},
    {"SELECT * FROM walk", "no such table: walk"},
    {"SELECT tilte FROM run", "no such column: tilte"},
};

START_TEST(what_is_not_reading_is_refused_before_it_runs)
{
    struct tg_error err = {0};
    struct tg_query *query;
    ck_assert_int_eq(tg_query_open(&query, store, refused[_i].sql, NULL, &err), TG_EINPUT);
    ck_assert_ptr_null(query);
    ck_assert_msg(strstr(err.text, refused[_i].needle) != NULL, "%s: %s", refused[_i].sql, err.text);
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    ck_assert_uint_eq(count, 1);
    tg_run_list_release(runs, count);
    /* The store itself is not made read-only by it. */
    ck_assert_tg_ok(tg_run_delete(store, 1, &err), err);
}
END_TEST

START_TEST(describing_is_allowed)
{
    static const char *const allowed[] = {
        "PRAGMA table_info(run)",
        "PRAGMA user_version",
        "SELECT name FROM pragma_table_info('run')",
        "SELECT name FROM sqlite_master",
        "SELECT value FROM json_each('[1, 2]')",
        "EXPLAIN QUERY PLAN SELECT * FROM saturation",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT max(i) FROM n",
        "SELECT json_extract(scenario, '$.x'), printf('%u', seed) FROM run; -- done",
        "SELECT * FROM saturation",
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        struct tg_error err = {0};
        struct tg_query *query;
        bool row = true;
        ck_assert_msg(tg_query_open(&query, store, allowed[i], NULL, &err) == TG_OK, "%s: %s", allowed[i],
                      err.text);
        while (row)
            ck_assert_tg_ok(tg_query_step(query, &row, &err), err);
        tg_query_close(query);
    }
}
END_TEST

START_TEST(values_keep_their_types)
{
    struct tg_error err = {0};
    struct tg_query *query;
    bool row;
    ck_assert_tg_ok(tg_query_open(&query, store,
                                  "SELECT 1 AS x, 0.5 AS x, 'a''b' AS t, x'00ff' AS b, NULL AS n, 7 AS x",
                                  NULL, &err),
                    err);
    ck_assert_int_eq(tg_query_columns(query), 6);
    static const char *const names[] = {"x", "x_2", "t", "b", "n", "x_3"};
    for (int i = 0; i < 6; i++)
        ck_assert_str_eq(tg_query_name(query, i), names[i]);
    ck_assert_tg_ok(tg_query_step(query, &row, &err), err);
    ck_assert(row);
    ck_assert_int_eq(tg_query_value(query, 0).type, TG_QUERY_INTEGER);
    ck_assert_int_eq(tg_query_value(query, 0).integer, 1);
    ck_assert_int_eq(tg_query_value(query, 1).type, TG_QUERY_REAL);
    ck_assert_double_eq(tg_query_value(query, 1).real, 0.5);
    ck_assert_int_eq(tg_query_value(query, 2).type, TG_QUERY_TEXT);
    ck_assert_str_eq(tg_query_value(query, 2).bytes, "a'b");
    ck_assert_int_eq(tg_query_value(query, 3).type, TG_QUERY_BLOB);
    ck_assert_uint_eq(tg_query_value(query, 3).size, 2);
    ck_assert_int_eq(tg_query_value(query, 4).type, TG_QUERY_NULL);
    ck_assert_tg_ok(tg_query_step(query, &row, &err), err);
    ck_assert(!row);
    tg_query_close(query);
}
END_TEST

static int asked;

static int stop_at_third(void)
{
    return ++asked >= 3;
}

START_TEST(a_long_query_can_be_stopped)
{
    struct tg_error err = {0};
    struct tg_query *query;
    bool row;
    asked = 0;
    ck_assert_tg_ok(
        tg_query_open(&query, store,
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
                      stop_at_third, &err),
        err);
    ck_assert_int_eq(tg_query_step(query, &row, &err), TG_EINTERRUPTED);
    ck_assert_int_eq(asked, 3);
    tg_query_close(query);
}
END_TEST

START_TEST(a_mistake_found_while_running_is_told)
{
    struct tg_error err = {0};
    struct tg_query *query;
    bool row;
    ck_assert_tg_ok(tg_query_open(&query, store, "SELECT json_extract('{', '$')", NULL, &err), err);
    ck_assert_int_eq(tg_query_step(query, &row, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "malformed JSON") != NULL, "%s", err.text);
    tg_query_close(query);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query");
    TCase *tc = tcase_create("query");
    tcase_add_checked_fixture(tc, open_store, close_store);
    tcase_add_loop_test(tc, what_is_not_reading_is_refused_before_it_runs, 0,
                        (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tc, describing_is_allowed);
    tcase_add_test(tc, values_keep_their_types);
    tcase_add_test(tc, a_long_query_can_be_stopped);
    tcase_add_test(tc, a_mistake_found_while_running_is_told);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
