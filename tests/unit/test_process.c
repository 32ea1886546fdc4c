#include "tg_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_test.h"
#include "tg_usage.h"

static struct tg_process started(const char *script)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const struct tg_process_setup setup = {.arguments = arguments, .cpu = -1};
    struct tg_process process;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_process_start(&process, &setup, &err), err);
    return process;
}

START_TEST(what_it_says_and_how_it_ends_is_known)
{
    struct tg_error err = {0};
    int status = -1;
    struct tg_process process = started("echo out; echo err >&2; exit 7");
    ck_assert_tg_ok(tg_process_wait(&process, 20, NULL, &status, &err), err);
    ck_assert_int_eq(status, 7);
    ck_assert_str_eq(process.said.data, "out\nerr\n");
    tg_process_stop(&process);
    process = started("kill -9 $$");
    ck_assert_tg_ok(tg_process_wait(&process, 20, NULL, &status, &err), err);
    ck_assert_int_eq(status, 128 + SIGKILL);
    tg_process_stop(&process);
    tg_process_stop(&process);
}
END_TEST

START_TEST(time_is_bounded)
{
    struct tg_error err = {0};
    int status;
    struct tg_process process = started("sleep 1000");
    ck_assert_int_eq(tg_process_wait(&process, 0.05, NULL, &status, &err), TG_ELIMIT);
    ck_assert(tg_process_runs(&process));
    tg_process_stop(&process);
    ck_assert(!tg_process_runs(&process));
}
END_TEST

/* Those of whoever it waited for too; a shell that starts nobody sleeps a few times at most. */
START_TEST(its_sleeps_are_counted)
{
    struct tg_error err = {0};
    int status;
    struct tg_process process = started("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.002; done");
    ck_assert_tg_ok(tg_process_wait(&process, 20, NULL, &status, &err), err);
    ck_assert_double_ge(process.sleeps, 10);
    tg_process_stop(&process);
    process = started("true");
    ck_assert_tg_ok(tg_process_wait(&process, 20, NULL, &status, &err), err);
    ck_assert_double_lt(process.sleeps, 10);
    tg_process_stop(&process);
}
END_TEST

/* The sleep that is started in the background belongs to nobody, and holds the pipe open. */
START_TEST(what_it_left_running_is_ended_too)
{
    struct tg_usage usage;
    struct tg_process process = started("sleep 1000 & setsid sleep 1000 & sleep 1000; true");
    for (int i = 0; i < 500; i++) {
        tg_usage_read(process.pid, 0, &usage);
        if (usage.threads >= 5)
            break;
        usleep(10000);
    }
    /* Our own, the shell, and three that sleep. */
    ck_assert_uint_eq(usage.threads, 5);
    int output = dup(process.output);
    tg_process_stop(&process);
    char byte;
    ssize_t got = -1;
    for (int i = 0; i < 500 && got != 0; i++) {
        got = read(output, &byte, 1);
        if (got != 0)
            usleep(10000);
    }
    ck_assert_msg(got == 0, "someone still holds the output");
    close(output);
}
END_TEST

/* The parent is killed with what it started; the pipe's other end, which only they hold, closes. */
START_TEST(it_dies_with_its_parent)
{
    int pipes[2];
    char byte;
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t parent = fork();
    if (parent == 0) {
        char script[64];
        close(pipes[0]);
        snprintf(script, sizeof script, "echo ready >&%d; sleep 1000", pipes[1]);
        started(script);
        pause();
    }
    close(pipes[1]);
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    while (read(pipes[0], &byte, 1) == 1) {
    }
    close(pipes[0]);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_named)
{
    const char *const arguments[] = {"no-such-program", NULL};
    const struct tg_process_setup setup = {.arguments = arguments, .cpu = -1};
    struct tg_process process;
    struct tg_error err = {0};
    ck_assert_int_eq(tg_process_start(&process, &setup, &err), TG_EENV);
    ck_assert_ptr_nonnull(strstr(err.text, "no-such-program"));
    ck_assert(!tg_process_exists("no-such-program"));
    ck_assert(tg_process_exists("sh"));
    tg_process_stop(&process);
}
END_TEST

int main(void)
{
    if (geteuid() != 0) {
        printf("skipped: process name spaces need root\n");
        return 77;
    }
    Suite *suite = suite_create("process");
    TCase *tc = tcase_create("process");
    tcase_add_test(tc, what_it_says_and_how_it_ends_is_known);
    tcase_add_test(tc, its_sleeps_are_counted);
    tcase_add_test(tc, time_is_bounded);
    tcase_add_test(tc, what_it_left_running_is_ended_too);
    tcase_add_test(tc, it_dies_with_its_parent);
    tcase_add_test(tc, a_program_that_is_not_there_is_named);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
