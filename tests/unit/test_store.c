#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_run.h"
#include "tg_store.h"
#include "tg_store_internal.h"
#include "tg_test.h"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/tollgate-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int64_t add_run(struct tg_store *store)
{
    struct tg_error err = {0};
    struct tg_run run = {.kind = "sweep", .title = "t", .scenario_json = "{}", .tool_version = "0"};
    int64_t id = 0;
    ck_assert_tg_ok(tg_run_begin(store, &run, &id, &err), err);
    return id;
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *database;
    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    char *message = NULL;
    sqlite3_exec(database, sql, NULL, NULL, &message);
    ck_assert_msg(!message, "%s", message);
    sqlite3_close(database);
}

static int pragma_of(const char *path, const char *sql, char *out, size_t size)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    snprintf(out, size, "%s", (const char *)sqlite3_column_text(statement, 0));
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return number;
}

START_TEST(the_path_is_the_option_then_the_variable_then_the_data_folder)
{
    static const struct {
        const char *given, *variable, *data, *home, *path;
    } cases[] = {
        {"a.db", "b.db", "/d", "/h", "a.db"},
        {"", "b.db", "/d", "/h", "b.db"},
        {NULL, "b.db", "/d", "/h", "b.db"},
        {NULL, NULL, "/d", "/h", "/d/tollgate/runs.db"},
        {NULL, "", "relative", "/h", "/h/.local/share/tollgate/runs.db"},
        {NULL, NULL, NULL, "/h", "/h/.local/share/tollgate/runs.db"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tg_error err = {0};
        char *path = NULL;
        cases[i].variable ? setenv("TOLLGATE_DB", cases[i].variable, 1) : unsetenv("TOLLGATE_DB");
        cases[i].data ? setenv("XDG_DATA_HOME", cases[i].data, 1) : unsetenv("XDG_DATA_HOME");
        setenv("HOME", cases[i].home, 1);
        ck_assert_tg_ok(tg_store_default_path(cases[i].given, &path, &err), err);
        ck_assert_str_eq(path, cases[i].path);
        free(path);
    }
    struct tg_error err = {0};
    char *path = NULL;
    unsetenv("HOME");
    unsetenv("XDG_DATA_HOME");
    unsetenv("TOLLGATE_DB");
    ck_assert_int_eq(tg_store_default_path(NULL, &path, &err), TG_EENV);
    ck_assert_ptr_nonnull(strstr(err.text, "HOME"));
}
END_TEST

START_TEST(a_new_store_is_made_with_its_folders_and_settings)
{
    struct tg_error err = {0};
    struct tg_store *store;
    const char *path = in_folder("deep/er/runs.db");
    ck_assert_tg_ok(tg_store_open(&store, path, TG_STORE_WRITE, &err), err);
    ck_assert_str_eq(tg_store_path(store), path);
    tg_store_close(store);
    char text[32];
    pragma_of(path, "PRAGMA journal_mode", text, sizeof text);
    ck_assert_str_eq(text, "wal");
    ck_assert_int_eq(pragma_of(path, "PRAGMA application_id", text, sizeof text), 0x546F6C6C);
    ck_assert_int_ge(pragma_of(path, "PRAGMA user_version", text, sizeof text), 1);
    ck_assert_int_eq(
        pragma_of(path,
                  "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
                  "AND NOT strict AND name NOT LIKE 'sqlite_%'",
                  text, sizeof text),
        0);
}
END_TEST

START_TEST(a_store_opened_again_keeps_its_runs)
{
    struct tg_error err = {0};
    struct tg_store *store;
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_WRITE, &err), err);
    int64_t id = add_run(store);
    tg_store_close(store);
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_WRITE, &err), err);
    ck_assert_int_gt(add_run(store), id);
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    ck_assert_uint_eq(count, 2);
    tg_run_list_release(runs, count);
    tg_store_close(store);
}
END_TEST

START_TEST(reading_cannot_write)
{
    struct tg_error err = {0};
    struct tg_store *store;
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_WRITE, &err), err);
    int64_t id = add_run(store);
    tg_store_close(store);
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_READ, &err), err);
    ck_assert_int_eq(tg_run_delete(store, id, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "read-only") != NULL, "%s", err.text);
    tg_store_close(store);
}
END_TEST

/* One fault a row: how the file is made, how it is opened, the code and two parts of the sentence. */
static void no_file(const char *path)
{
    (void)path;
}

static void text_file(const char *path)
{
    char text[4096];
    memset(text, 'x', sizeof text);
    ck_assert_int_eq(tg_file_write(path, text, sizeof text, NULL), TG_OK);
}

static void empty_file(const char *path)
{
    ck_assert_int_eq(tg_file_write(path, "", 0, NULL), TG_OK);
}

static void other_database(const char *path)
{
    execute(path, "CREATE TABLE bookmarks (url)");
}

static void other_application(const char *path)
{
    execute(path, "PRAGMA application_id = 7; CREATE TABLE t (a)");
}

static void newer_store(const char *path)
{
    struct tg_store *store;
    ck_assert_int_eq(tg_store_open(&store, path, TG_STORE_WRITE, NULL), TG_OK);
    tg_store_close(store);
    execute(path, "PRAGMA user_version = 999");
}

static void a_folder(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

/* A page in the middle of the file overwritten: the schema is there, the tables are not. */
static void damaged_store(const char *path)
{
    struct tg_store *store;
    ck_assert_int_eq(tg_store_open(&store, path, TG_STORE_WRITE, NULL), TG_OK);
    add_run(store);
    tg_store_close(store);
    int fd = open(path, O_WRONLY);
    char junk[4096];
    memset(junk, 0xa5, sizeof junk);
    ck_assert_int_eq(pwrite(fd, junk, sizeof junk - 100, 100), (ssize_t)sizeof junk - 100);
    close(fd);
}

static const struct {
    void (*make)(const char *path);
    enum tg_store_mode mode;
    int code;
    const char *needle;
} faults[] = {
    {no_file, TG_STORE_READ, TG_EENV, "does not exist"},
    {empty_file, TG_STORE_READ, TG_EINPUT, "it is empty"},
    {text_file, TG_STORE_READ, TG_EINPUT, "not an SQLite database"},
    {text_file, TG_STORE_WRITE, TG_EINPUT, "not an SQLite database"},
    {other_database, TG_STORE_READ, TG_EINPUT, "another program"},
    {other_database, TG_STORE_WRITE, TG_EINPUT, "another program"},
    {other_application, TG_STORE_WRITE, TG_EINPUT, "another program"},
    {newer_store, TG_STORE_READ, TG_EINPUT, "version 999"},
    {newer_store, TG_STORE_WRITE, TG_EINPUT, "version 999"},
    {a_folder, TG_STORE_READ, TG_EENV, "directory"},
    {a_folder, TG_STORE_WRITE, TG_EENV, "directory"},
    {damaged_store, TG_STORE_READ, TG_EINPUT, "damaged"},
};

START_TEST(what_is_no_store_is_refused_in_one_sentence_and_left_alone)
{
    const char *path = in_folder("given.db");
    struct tg_error err = {0};
    struct tg_store *store;
    faults[_i].make(path);
    struct stat before = {0}, after = {0};
    stat(path, &before);
    ck_assert_int_eq(tg_store_open(&store, path, faults[_i].mode, &err), faults[_i].code);
    ck_assert_ptr_null(store);
    ck_assert_msg(strstr(err.text, faults[_i].needle) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, path) != NULL, "%s", err.text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    stat(path, &after);
    ck_assert_int_eq(before.st_size, after.st_size);
}
END_TEST

START_TEST(an_unwritable_place_is_named)
{
    struct tg_error err = {0};
    struct tg_store *store;
    ck_assert_int_eq(tg_store_open(&store, "/proc/tollgate/runs.db", TG_STORE_WRITE, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "/proc/tollgate") != NULL, "%s", err.text);
}
END_TEST

static int page_count(struct tg_store *store)
{
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_prepare_v2(tg_store_database(store), "PRAGMA page_count", -1, &statement, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    int pages = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return pages;
}

START_TEST(a_full_disk_loses_nothing_that_was_stored)
{
    struct tg_error err = {0};
    struct tg_store *store;
    const char *path = in_folder("runs.db");
    ck_assert_tg_ok(tg_store_open(&store, path, TG_STORE_WRITE, &err), err);
    int64_t first = add_run(store);
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", page_count(store) + 4);
    ck_assert_int_eq(sqlite3_exec(tg_store_database(store), limit, NULL, NULL, NULL), SQLITE_OK);
    enum { BIG = 1 << 20 };
    char *big = malloc(BIG);
    memset(big, ' ', BIG);
    memcpy(big, "{}", 2);
    big[BIG - 1] = '\0';
    struct tg_run run = {.kind = "sweep", .title = "t", .scenario_json = big, .tool_version = "0"};
    int64_t id;
    ck_assert_int_eq(tg_run_begin(store, &run, &id, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "the disk is full") != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, path) != NULL, "%s", err.text);
    ck_assert_int_gt(add_run(store), first);
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    ck_assert_uint_eq(count, 2);
    tg_run_list_release(runs, count);
    free(big);
    tg_store_close(store);
}
END_TEST

START_TEST(a_transaction_not_committed_leaves_nothing)
{
    struct tg_error err = {0};
    struct tg_store *store;
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_WRITE, &err), err);
    ck_assert_tg_ok(tg_store_begin(store, &err), err);
    add_run(store);
    tg_store_rollback(store);
    ck_assert_tg_ok(tg_store_begin(store, &err), err);
    int64_t kept = add_run(store);
    ck_assert_tg_ok(tg_store_commit(store, &err), err);
    ck_assert_tg_ok(tg_store_begin(store, &err), err);
    add_run(store);
    tg_store_close(store);
    ck_assert_tg_ok(tg_store_open(&store, in_folder("runs.db"), TG_STORE_READ, &err), err);
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(runs[0].id, kept);
    tg_run_list_release(runs, count);
    tg_store_close(store);
}
END_TEST

START_TEST(programs_that_start_on_a_new_store_at_once_all_get_it)
{
    enum { PROGRAMS = 6, RUNS_EACH = 5 };
    const char *path = in_folder("shared.db");
    pid_t pids[PROGRAMS];
    for (int i = 0; i < PROGRAMS; i++) {
        pids[i] = fork();
        ck_assert_int_ge(pids[i], 0);
        if (pids[i] == 0) {
            struct tg_error err = {0};
            struct tg_store *store;
            struct tg_run run = {.kind = "sweep", .title = "t", .scenario_json = "{}", .tool_version = "0"};
            int64_t id;
            int rc = tg_store_open(&store, path, TG_STORE_WRITE, &err);
            for (int k = 0; !rc && k < RUNS_EACH; k++)
                rc = tg_run_begin(store, &run, &id, &err);
            if (rc)
                fprintf(stderr, "%s\n", err.text);
            tg_store_close(store);
            _exit(rc ? 1 : 0);
        }
    }
    for (int i = 0; i < PROGRAMS; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        ck_assert_int_eq(status, 0);
    }
    char text[32];
    ck_assert_int_eq(pragma_of(path, "SELECT count(*) FROM run", text, sizeof text), PROGRAMS * RUNS_EACH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tc = tcase_create("store");
    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, the_path_is_the_option_then_the_variable_then_the_data_folder);
    tcase_add_test(tc, a_new_store_is_made_with_its_folders_and_settings);
    tcase_add_test(tc, a_store_opened_again_keeps_its_runs);
    tcase_add_test(tc, reading_cannot_write);
    tcase_add_loop_test(tc, what_is_no_store_is_refused_in_one_sentence_and_left_alone, 0,
                        (int)(sizeof faults / sizeof *faults));
    tcase_add_test(tc, an_unwritable_place_is_named);
    tcase_add_test(tc, a_full_disk_loses_nothing_that_was_stored);
    tcase_add_test(tc, a_transaction_not_committed_leaves_nothing);
    tcase_add_test(tc, programs_that_start_on_a_new_store_at_once_all_get_it);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
