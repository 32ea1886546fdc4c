#include <sqlite3.h>
#include <string.h>

#include "tg_schema.h"
#include "tg_test.h"

static sqlite3 *database;

static void open_database(void)
{
    ck_assert_int_eq(sqlite3_open(":memory:", &database), SQLITE_OK);
}

static void close_database(void)
{
    sqlite3_close(database);
}

static int number(const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        return -1;
    int value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
}

static const char *const two_steps[] = {
    "CREATE TABLE pet (name TEXT) STRICT; INSERT INTO pet VALUES ('Rex');",
    "ALTER TABLE pet ADD COLUMN legs INTEGER; UPDATE pet SET legs = 4;",
};
static const struct tg_schema first = {two_steps, 1}, second = {two_steps, 2};

START_TEST(a_store_of_an_older_program_gets_only_the_steps_it_lacks)
{
    struct tg_error err = {0};
    enum tg_schema_state state;
    ck_assert_tg_ok(tg_schema_upgrade(database, &first, &err), err);
    ck_assert_tg_ok(tg_schema_check(database, &first, &state, &err), err);
    ck_assert_int_eq(state, TG_SCHEMA_CURRENT);
    ck_assert_tg_ok(tg_schema_check(database, &second, &state, &err), err);
    ck_assert_int_eq(state, TG_SCHEMA_OLDER);
    ck_assert_tg_ok(tg_schema_upgrade(database, &second, &err), err);
    ck_assert_int_eq(number("PRAGMA user_version"), 2);
    ck_assert_int_eq(number("SELECT count(*) FROM pet WHERE legs = 4"), 1);
    /* Once more does nothing. */
    ck_assert_tg_ok(tg_schema_upgrade(database, &second, &err), err);
    ck_assert_int_eq(number("SELECT count(*) FROM pet"), 1);
}
END_TEST

START_TEST(an_older_program_refuses_a_newer_store)
{
    struct tg_error err = {0};
    enum tg_schema_state state;
    ck_assert_tg_ok(tg_schema_upgrade(database, &second, &err), err);
    ck_assert_int_eq(tg_schema_check(database, &first, &state, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "version 2") != NULL, "%s", err.text);
    ck_assert_int_eq(tg_schema_upgrade(database, &first, &err), TG_EINPUT);
    ck_assert_int_eq(sqlite3_get_autocommit(database), 1);
}
END_TEST

START_TEST(a_step_that_fails_leaves_the_store_as_it_was)
{
    static const char *const steps[] = {"CREATE TABLE pet (name TEXT);",
                                        "CREATE TABLE home (x TEXT); CREATE TABLE pet (x);"};
    static const struct tg_schema bad_end = {steps, 2}, good_start = {steps, 1};
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_schema_upgrade(database, &good_start, &err), err);
    ck_assert_int_eq(tg_schema_upgrade(database, &bad_end, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "already exists") != NULL, "%s", err.text);
    ck_assert_int_eq(number("PRAGMA user_version"), 1);
    ck_assert_int_eq(number("SELECT count(*) FROM home"), -1);
}
END_TEST

START_TEST(the_projects_schema_is_strict_throughout)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_schema_upgrade(database, &tg_schema, &err), err);
    ck_assert_int_eq(number("PRAGMA user_version"), tg_schema.count);
    ck_assert_int_gt(number("SELECT count(*) FROM pragma_table_list WHERE strict"), 8);
    ck_assert_int_eq(
        number("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT "
               "strict AND name NOT LIKE 'sqlite_%'"),
        0);
    ck_assert_int_eq(
        number("SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name IN ('saturation', "
               "'curve_points', 'tolls', 'prices')"),
        4);
}
END_TEST

START_TEST(an_assumed_price_of_an_older_store_has_a_range_and_no_interval)
{
    static const char rows[] =
        "INSERT INTO profile VALUES (printf('%064d', 1), 'host', '{}', NULL);"
        "INSERT INTO price VALUES (printf('%064d', 1), 'service', 'operation', 500, 100, 2000, 500, 500, "
        "NULL,"
        " 'assumed', 'a guess'),"
        "(printf('%064d', 1), 'syscall', 'operation', 80, 70, 90, 79, 100, 9, 'measured', 'a trace');";
    const struct tg_schema oldest = {tg_schema.steps, 1};
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_schema_upgrade(database, &oldest, &err), err);
    ck_assert_int_eq(sqlite3_exec(database, rows, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_tg_ok(tg_schema_upgrade(database, &tg_schema, &err), err);
    ck_assert_int_eq(number("SELECT mean_ns = 500 AND mean_low_ns IS NULL AND mean_high_ns IS NULL AND "
                            "range_low_ns = 100 AND range_high_ns = 2000 FROM price WHERE primitive = "
                            "'service'"),
                     1);
    ck_assert_int_eq(number("SELECT mean_low_ns = 70 AND mean_high_ns = 90 AND range_low_ns IS NULL AND "
                            "range_high_ns IS NULL FROM price WHERE primitive = 'syscall'"),
                     1);
}
END_TEST

START_TEST(a_runs_own_price_of_an_older_store_is_its_servers)
{
    static const char rows[] =
        "INSERT INTO run (kind, title, status, started_utc, scenario, seed, tool_version) VALUES ('sweep', "
        "'t', 'done', '2026', '{}', 1, '0');"
        "INSERT INTO run_price VALUES (1, 'service', 'operation', 500, NULL, NULL, 490, 510, 7, 'assumed', "
        "'a guess', 100, 2000, 'other');";
    const struct tg_schema older = {tg_schema.steps, 2};
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_schema_upgrade(database, &older, &err), err);
    ck_assert_int_eq(sqlite3_exec(database, rows, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_tg_ok(tg_schema_upgrade(database, &tg_schema, &err), err);
    ck_assert_int_eq(
        number("SELECT count(*) FROM prices WHERE run = 1 AND belongs_to = 'server' AND primitive "
               "= 'service' AND mean_ns = 500 AND p50_ns = 490 AND p99_ns = 510 AND samples = 7 "
               "AND range_low_ns = 100 AND range_high_ns = 2000 AND inherited_from = 'other'"),
        1);
    ck_assert_int_eq(number("SELECT count(*) FROM run WHERE arrival_log_sha256 IS NULL"), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tc = tcase_create("schema");
    tcase_add_checked_fixture(tc, open_database, close_database);
    tcase_add_test(tc, a_store_of_an_older_program_gets_only_the_steps_it_lacks);
    tcase_add_test(tc, an_older_program_refuses_a_newer_store);
    tcase_add_test(tc, a_step_that_fails_leaves_the_store_as_it_was);
    tcase_add_test(tc, the_projects_schema_is_strict_throughout);
    tcase_add_test(tc, an_assumed_price_of_an_older_store_has_a_range_and_no_interval);
    tcase_add_test(tc, a_runs_own_price_of_an_older_store_is_its_servers);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
