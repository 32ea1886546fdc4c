/* The commands on the store, run as a user runs them: what they print, what they say, how they end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_json.h"
#include "tg_query.h"
#include "tg_run.h"
#include "tg_sample_run.h"
#include "tg_store.h"
#include "tg_test.h"
#include "tg_text.h"

static char folder[64];

static void make_store(void)
{
    struct tg_error err = {0};
    struct tg_store *store;
    strcpy(folder, "/tmp/tollgate-commands-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *path = tg_file_join(folder, "runs.db");
    ck_assert_tg_ok(tg_store_open(&store, path, TG_STORE_WRITE, &err), err);
    sample_run(store, "first, \"sample\"", TG_RUN_DONE);
    sample_run(store, "cut short", TG_RUN_INTERRUPTED);
    tg_store_close(store);
    setenv("TOLLGATE_DB", path, 1);
    free(path);
}

static void remove_store(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

struct outcome {
    int status;
    char *out, *said;
};

static char *read_and_remove(const char *name)
{
    char *path = tg_file_join(folder, name), *text = NULL;
    ck_assert_int_eq(tg_file_read(path, &text, NULL, NULL), TG_OK);
    unlink(path);
    free(path);
    return text;
}

/* Runs `tollgate ARGUMENTS` through a shell, inside the folder. */
static struct outcome tollgate(const char *arguments)
{
    struct tg_text command = {0};
    tg_text_printf(&command, "cd '%s' && '%s' %s >.out 2>.said </dev/null", folder, TOLLGATE_PROGRAM,
                   arguments);
    int status = system(command.data);
    tg_text_release(&command);
    ck_assert(WIFEXITED(status));
    return (struct outcome){WEXITSTATUS(status), read_and_remove(".out"), read_and_remove(".said")};
}

static void release(struct outcome *o)
{
    free(o->out);
    free(o->said);
}

static void expect(const char *arguments, int status, const char *out, const char *said)
{
    struct outcome o = tollgate(arguments);
    ck_assert_msg(o.status == status, "%s: status %d: %s", arguments, o.status, o.said);
    ck_assert_msg(!out || strstr(o.out, out), "%s printed: %s", arguments, o.out);
    ck_assert_msg(!said || strstr(o.said, said), "%s said: %s", arguments, o.said);
    /* A failure prints no results, and says one line. */
    if (status)
        ck_assert_msg(!*o.out && strchr(o.said, '\n') == o.said + strlen(o.said) - 1, "%s: %s%s", arguments,
                      o.out, o.said);
    release(&o);
}

START_TEST(faults_have_their_status_and_one_sentence)
{
    static const struct {
        const char *arguments;
        int status;
        const char *said;
    } cases[] = {
        {"query", 2, "one SQL statement"},
        {"query 'SELECT 1' 'SELECT 2'", 2, "one SQL statement"},
        {"query --csv --json 'SELECT 1'", 2, "exclude"},
        {"query 'DROP TABLE run'", 3, "can only read"},
        {"query \"ATTACH 'x.db' AS x\"", 3, "can only read"},
        {"query 'SELECT * FORM run'", 3, "syntax error"},
        {"query --db none.db 'SELECT 1'", 4, "none.db"},
        {"runs --db none.db", 4, "none.db"},
        {"runs delete 1 --db none.db", 4, "none.db"},
        {"runs walk", 2, "'walk'"},
        {"runs show", 2, "number of a run"},
        {"runs show first", 2, "'first'"},
        {"runs show 1 2", 2, "'2'"},
        {"runs show 99", 3, "no run 99"},
        {"runs delete 99", 3, "no run 99"},
        {"report 99 --format text", 3, "no run 99"},
        {"report 1 2", 2, "one run at a time"},
        {"report --format pdf", 2, "pdf"},
        {"report 1 --format text --db /dev/null", 3, "not a Tollgate store"},
    };
    for (size_t i = 0; i < TG_COUNT(cases); i++)
        expect(cases[i].arguments, cases[i].status, NULL, cases[i].said);
    char *none = tg_file_join(folder, "none.db");
    ck_assert(!tg_file_exists(none));
    free(none);
}
END_TEST

START_TEST(runs_lists_shows_and_deletes)
{
    expect("runs", 0, "first, \"sample\"", NULL);
    expect("runs", 0, "interrupted", NULL);
    expect("runs show 1", 0, "200.0 ± 2.4 k/s", NULL);
    expect("runs delete 2", 0, NULL, "run 2 is deleted");
    expect("runs show 2", 3, NULL, "no run 2");
    expect("runs delete 1", 0, NULL, NULL);
    struct outcome o = tollgate("runs");
    ck_assert_int_eq(o.status, 0);
    ck_assert_str_eq(o.out, "");
    ck_assert_msg(strstr(o.said, "no runs yet") != NULL, "%s", o.said);
    release(&o);
}
END_TEST

START_TEST(json_is_one_object_with_a_schema)
{
    static const char *const commands[] = {
        "runs --json",
        "runs show 1 --json",
        "report 1 --format text --json",
        "query --json 'SELECT * FROM curve_points'",
        "query --json 'SELECT * FROM run WHERE 0'",
        "query --json \"SELECT 1e999, -0.0, 9007199254740993, x'00', char(10) || 'x', NULL\"",
        "runs delete 2 --json",
    };
    for (size_t i = 0; i < TG_COUNT(commands); i++) {
        struct tg_error err = {0};
        struct outcome o = tollgate(commands[i]);
        cJSON *document;
        ck_assert_msg(o.status == 0, "%s: %s", commands[i], o.said);
        ck_assert_tg_ok(tg_json_read_text(o.out, commands[i], &document, &err), err);
        ck_assert_int_eq(cJSON_GetObjectItem(document, "schema")->valueint, 1);
        cJSON_Delete(document);
        release(&o);
    }
    expect("query --json 'SELECT 9007199254740993 AS n'", 0, "9007199254740993", NULL);
}
END_TEST

START_TEST(query_prints_typed_values)
{
    struct outcome o =
        tollgate("query --csv \"SELECT 'a,\\\"b' AS t, 0.1 AS x, 3 AS n, NULL AS z, x'0aff' AS b\"");
    ck_assert_str_eq(o.out, "t,x,n,z,b\n\"a,\"\"b\",0.1,3,,0aff\n");
    release(&o);
    o = tollgate("query \"SELECT 'left' AS t, 2.5 AS x UNION ALL SELECT 'l', 1000\"");
    ck_assert_str_eq(o.out, "t        x\n----  ----\nleft   2.5\nl     1000\n");
    release(&o);
}
END_TEST

START_TEST(report_draws_the_newest_that_is_done)
{
    expect("report --format text", 0, "Run 1, sweep: first", NULL);
    expect("report --format text 2", 0, "not complete", NULL);
    if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        expect("report", 4, NULL, "gnuplot");
        return;
    }
    struct outcome o = tollgate("report --json -o drawn");
    ck_assert_msg(o.status == 0, "%s", o.said);
    cJSON *document = cJSON_Parse(o.out);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(document, "files")), 14);
    cJSON_Delete(document);
    release(&o);
    expect("report --format html", 0, "200.0 ± 2.4 k/s", "wrote tollgate-run-1/report.html");
    char *page = tg_file_join(folder, "tollgate-run-1/report.html");
    ck_assert(tg_file_exists(page));
    free(page);
}
END_TEST

/* docs/store.md */

/* Runs the queries of the page: each indented block that begins with SELECT. */
START_TEST(the_documented_queries_work)
{
    struct tg_error err = {0};
    struct tg_store *store;
    char *page, *rest;
    int queries = 0;
    ck_assert_tg_ok(tg_store_open(&store, NULL, TG_STORE_READ, &err), err);
    ck_assert_tg_ok(tg_file_read(TOLLGATE_DOCS "/store.md", &page, NULL, &err), err);
    struct tg_text sql = {0};
    rest = page;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (strncmp(line, "    ", 4) == 0 && (sql.length || strncmp(line + 4, "SELECT", 6) == 0)) {
            tg_text_printf(&sql, "%s\n", line);
            continue;
        }
        if (!sql.length)
            continue;
        struct tg_query *query;
        bool row = false;
        ck_assert_msg(tg_query_open(&query, store, sql.data, NULL, &err) == TG_OK, "%s: %s", sql.data,
                      err.text);
        ck_assert_tg_ok(tg_query_step(query, &row, &err), err);
        ck_assert_msg(row, "no rows: %s", sql.data);
        tg_query_close(query);
        tg_text_release(&sql);
        queries++;
    }
    ck_assert_int_ge(queries, 5);
    free(page);
    tg_store_close(store);
}
END_TEST

START_TEST(every_table_and_column_is_documented)
{
    struct tg_error err = {0};
    struct tg_store *store;
    struct tg_query *query;
    char *page;
    bool row = true;
    int columns = 0;
    ck_assert_tg_ok(tg_store_open(&store, NULL, TG_STORE_READ, &err), err);
    ck_assert_tg_ok(tg_file_read(TOLLGATE_DOCS "/store.md", &page, NULL, &err), err);
    /* Bounds are documented by their rule, and the figures of a replication with those of a point. */
    static const char sql[] =
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type IN "
        "('table', 'view') "
        "AND m.name NOT LIKE 'sqlite_%' AND c.name NOT LIKE '%\\_low\\_%' ESCAPE '\\' AND c.name NOT LIKE "
        "'%\\_high\\_%' ESCAPE '\\'";
    ck_assert_tg_ok(tg_query_open(&query, store, sql, NULL, &err), err);
    for (;;) {
        ck_assert_tg_ok(tg_query_step(query, &row, &err), err);
        if (!row)
            break;
        for (int i = 0; i < 2; i++) {
            const char *name = tg_query_value(query, i).bytes;
            char quoted[96], dotted[96];
            snprintf(quoted, sizeof quoted, "`%s`", name);
            snprintf(dotted, sizeof dotted, ".%s`", name);
            ck_assert_msg(strstr(page, quoted) || strstr(page, dotted), "docs/store.md lacks %s", quoted);
        }
        columns++;
    }
    ck_assert_int_gt(columns, 80);
    tg_query_close(query);
    free(page);
    tg_store_close(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store commands");
    TCase *tc = tcase_create("store commands");
    tcase_add_checked_fixture(tc, make_store, remove_store);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, faults_have_their_status_and_one_sentence);
    tcase_add_test(tc, runs_lists_shows_and_deletes);
    tcase_add_test(tc, json_is_one_object_with_a_schema);
    tcase_add_test(tc, query_prints_typed_values);
    tcase_add_test(tc, report_draws_the_newest_that_is_done);
    tcase_add_test(tc, the_documented_queries_work);
    tcase_add_test(tc, every_table_and_column_is_documented);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
