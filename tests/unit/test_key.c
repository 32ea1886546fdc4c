#include "tg_key.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_plugin_timer.h"
#include "tg_test.h"

enum { SKIPPED = 77, DATA_BYTES = 5000 };

static struct tg_key_domain *domain;
static volatile int64_t of_host = 17;

static void open_domain(void)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_key_open(&domain, DATA_BYTES, &err), err);
}

static void close_domain(void)
{
    tg_key_close(domain);
}

/* A plugin that uses its stack and its data, and reads its host's memory. */
static int64_t fill(void *data, int64_t argument)
{
    volatile char local[1000];
    for (size_t i = 0; i < sizeof local; i++)
        local[i] = (char)argument;
    for (size_t i = 0; i < DATA_BYTES; i++)
        ((char *)data)[i] = local[i % sizeof local];
    return argument + of_host;
}

static int64_t write_to_host(void *data, int64_t argument)
{
    (void)data;
    of_host = argument;
    return 0;
}

START_TEST(a_plugin_writes_its_own_memory_and_reads_its_hosts)
{
    for (int64_t i = 1; i <= 100; i++) {
        ck_assert_int_eq(tg_key_call(domain, fill, i), i + 17);
        ck_assert_int_eq(((char *)tg_key_data(domain))[0], i);
        ck_assert_int_eq(((char *)tg_key_data(domain))[DATA_BYTES - 1], i);
    }
    of_host = 18; /* the host's rights are back */
    ck_assert_int_eq(tg_key_call(domain, fill, 1), 19);
}
END_TEST

START_TEST(a_plugin_that_writes_to_its_host_is_stopped)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        tg_key_call(domain, write_to_host, 99);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != 0);
    ck_assert_int_eq(of_host, 17);
}
END_TEST

START_TEST(calls_are_timed)
{
    struct tg_error err = {0};
    struct tg_plugin_timer *timer;
    struct tg_plugin_sample sample;
    ck_assert_tg_ok(tg_plugin_timer_open(&timer, TG_PLUGIN_KEY_CALL, 0, &err), err);
    ck_assert_tg_ok(tg_plugin_timer_sample(timer, &sample, &err), err);
    ck_assert_double_gt(sample.cost_ns, 0);
    tg_plugin_timer_close(timer);
}
END_TEST

int main(void)
{
    struct tg_error why = {0};
    if (tg_key_available(&why)) {
        printf("skipped: %s\n", why.text);
        return SKIPPED;
    }
    Suite *suite = suite_create("key");
    TCase *tc = tcase_create("key");
    tcase_add_checked_fixture(tc, open_domain, close_domain);
    tcase_add_test(tc, a_plugin_writes_its_own_memory_and_reads_its_hosts);
    tcase_add_test(tc, a_plugin_that_writes_to_its_host_is_stopped);
    tcase_add_test(tc, calls_are_timed);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
