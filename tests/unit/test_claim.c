#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_run.h"
#include "tg_store.h"
#include "tg_test.h"

static char folder[64], *path;
static struct tg_store *store;

static void make_store(void)
{
    struct tg_error err = {0};
    strcpy(folder, "/tmp/tollgate-claim-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path = tg_file_join(folder, "runs.db");
    ck_assert_tg_ok(tg_store_open(&store, path, TG_STORE_WRITE, &err), err);
}

static void remove_store(void)
{
    char command[96];
    tg_store_close(store);
    free(path);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static int64_t begin(struct tg_store *in)
{
    static const struct tg_run facts = {
        .kind = "sweep", .title = "x", .scenario_json = "{}", .tool_version = "0"};
    static const struct tg_run_curve curve = {.technique = "process", .title = "process"};
    struct tg_run_point point = {.offered_per_s = 1, .status = TG_RUN_RUNNING};
    struct tg_error err = {0};
    int64_t id, curve_id, point_id;
    ck_assert_tg_ok(tg_run_begin(in, &facts, &id, &err), err);
    ck_assert_tg_ok(tg_run_add_curve(in, id, &curve, &curve_id, &err), err);
    ck_assert_tg_ok(tg_run_add_point(in, curve_id, &point, &point_id, &err), err);
    return id;
}

static void expect_status(int64_t id, enum tg_run_status status)
{
    struct tg_error err = {0};
    struct tg_run_summary *runs;
    size_t count;
    ck_assert_tg_ok(tg_run_list(store, &runs, &count, &err), err);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].id == id)
            ck_assert_str_eq(runs[i].status, tg_run_status_name(status));
    }
    tg_run_list_release(runs, count);
    struct tg_run run;
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
    ck_assert_int_eq(run.status, status);
    ck_assert_int_eq(run.curves[0].points[0].status, status);
    tg_run_release(&run);
}

/* A process that begins a run and then waits to be killed. */
static pid_t start_writer(int64_t *id)
{
    int told[2];
    ck_assert_int_eq(pipe(told), 0);
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct tg_error err = {0};
        struct tg_store *own;
        if (tg_store_open(&own, path, TG_STORE_WRITE, &err))
            _exit(1);
        int64_t begun = begin(own);
        if (write(told[1], &begun, sizeof begun) != sizeof begun)
            _exit(1);
        for (;;)
            pause();
    }
    close(told[1]);
    ck_assert_int_eq(read(told[0], id, sizeof *id), (int)sizeof *id);
    close(told[0]);
    return pid;
}

START_TEST(a_run_lives_as_long_as_its_process)
{
    struct tg_error err = {0};
    int64_t id;
    pid_t pid = start_writer(&id);
    expect_status(id, TG_RUN_RUNNING);
    ck_assert_int_eq(tg_run_delete(store, id, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "under way in another process") != NULL, "%s", err.text);
    ck_assert_int_eq(tg_run_finish(store, id, TG_RUN_RUNNING, &err), TG_EENV);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    expect_status(id, TG_RUN_DIED);
    /* Taken up by this process it runs again. */
    ck_assert_tg_ok(tg_run_finish(store, id, TG_RUN_RUNNING, &err), err);
    expect_status(id, TG_RUN_RUNNING);
    ck_assert_tg_ok(tg_run_finish(store, id, TG_RUN_DONE, &err), err);
    expect_status(id, TG_RUN_DONE);
    ck_assert_tg_ok(tg_run_delete(store, id, &err), err);
}
END_TEST

START_TEST(handles_of_one_process_do_not_drop_each_others_claims)
{
    struct tg_error err = {0};
    struct tg_store *other;
    int64_t mine = begin(store);
    ck_assert_tg_ok(tg_store_open(&other, path, TG_STORE_WRITE, &err), err);
    int64_t theirs = begin(other);
    expect_status(mine, TG_RUN_RUNNING);
    expect_status(theirs, TG_RUN_RUNNING);
    tg_store_close(other);
    expect_status(mine, TG_RUN_RUNNING);
    expect_status(theirs, TG_RUN_DIED);
}
END_TEST

START_TEST(a_copy_of_a_store_does_not_run)
{
    struct tg_error err = {0};
    char command[256];
    int64_t id = begin(store);
    snprintf(command, sizeof command, "cp '%s' '%s/copy.db'; cp '%s-wal' '%s/copy.db-wal'", path, folder,
             path, folder);
    ck_assert_int_eq(system(command), 0);
    tg_store_close(store);
    snprintf(command, sizeof command, "%s/copy.db", folder);
    ck_assert_tg_ok(tg_store_open(&store, command, TG_STORE_READ, &err), err);
    expect_status(id, TG_RUN_DIED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claim");
    TCase *tc = tcase_create("claim");
    tcase_add_checked_fixture(tc, make_store, remove_store);
    tcase_add_test(tc, a_run_lives_as_long_as_its_process);
    tcase_add_test(tc, handles_of_one_process_do_not_drop_each_others_claims);
    tcase_add_test(tc, a_copy_of_a_store_does_not_run);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
