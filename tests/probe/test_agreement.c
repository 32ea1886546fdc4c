/* The probes' medians against plain loops in the manner of lmbench (McVoy and Staelin, 1996), written here
 * without anything of the probes': clock_gettime around batches, the median batch.
 *
 * Both are timed in turn, so that a slow mood of the machine reaches both; a pair that disagrees by more than
 * 15 % is tried again, since a loaded machine may favour one of them for a while. A probe that measures
 * something else than its name says fails every try. */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tg_probe.h"
#include "tg_summary.h"
#include "tg_test.h"

enum { BATCHES = 101, TRIES = 6 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static double time_batches(void (*batch)(void), int ops)
{
    double costs[BATCHES];
    batch();
    for (int i = 0; i < BATCHES; i++) {
        double start = now_ns();
        batch();
        costs[i] = (now_ns() - start) / ops;
    }
    return median(costs, BATCHES);
}

enum { CALLS = 2000, SIGNALS = 200, PAGES = 256, RETURNED = 512, TURNS = 100 };

static void call_batch(void)
{
    for (int i = 0; i < CALLS; i++)
        syscall(SYS_getppid);
}

static double plain_syscall(void)
{
    return time_batches(call_batch, CALLS);
}

static void on_signal(int number)
{
    (void)number;
}

static void handled_batch(void)
{
    for (int i = 0; i < SIGNALS; i++)
        kill(getpid(), SIGUSR1);
}

static void ignored_batch(void)
{
    for (int i = 0; i < SIGNALS; i++)
        kill(getpid(), SIGUSR2);
}

static double plain_signal(void)
{
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, SIG_IGN);
    double handled = time_batches(handled_batch, SIGNALS), ignored = time_batches(ignored_batch, SIGNALS);
    return handled - ignored;
}

static double plain_signal_send(void)
{
    pid_t self = getpid();
    double costs[BATCHES];
    signal(SIGUSR2, SIG_IGN);
    for (int i = 0; i < BATCHES; i++) {
        double start = now_ns();
        for (int k = 0; k < SIGNALS; k++)
            kill(self, SIGUSR2);
        costs[i] = (now_ns() - start) / SIGNALS;
    }
    return median(costs, BATCHES);
}

static double plain_page_return(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    double costs[BATCHES];
    volatile char *memory =
        mmap(NULL, RETURNED * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne((void *)memory, MAP_FAILED);
    madvise((void *)memory, RETURNED * page, MADV_NOHUGEPAGE);
    for (int i = 0; i < BATCHES; i++) {
        for (size_t k = 0; k < RETURNED; k++)
            memory[k * page] = 1;
        double start = now_ns();
        madvise((void *)memory, RETURNED * page, MADV_DONTNEED);
        costs[i] = (now_ns() - start) / RETURNED;
    }
    munmap((void *)memory, RETURNED * page);
    return median(costs, BATCHES);
}

static double plain_page_fault(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    double costs[BATCHES];
    for (int i = 0; i < BATCHES; i++) {
        volatile char *memory =
            mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne((void *)memory, MAP_FAILED);
        madvise((void *)memory, PAGES * page, MADV_NOHUGEPAGE);
        double start = now_ns();
        for (size_t k = 0; k < PAGES; k++)
            memory[k * page] = 1;
        costs[i] = (now_ns() - start) / PAGES;
        munmap((void *)memory, PAGES * page);
    }
    return median(costs, BATCHES);
}

static int there[2], back[2];

static void round_trips(void)
{
    char byte = 0;
    for (int i = 0; i < TURNS; i++) {
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            abort();
    }
}

static void lonely_transfers(void)
{
    char byte = 0;
    for (int i = 0; i < TURNS; i++) {
        if (write(there[1], &byte, 1) != 1 || read(there[0], &byte, 1) != 1)
            abort();
    }
}

/* Half a round trip between two processes; lonely is set to a transfer that no one sleeps for. */
static double plain_pipe(double *lonely)
{
    char byte;
    ck_assert(pipe(there) == 0 && pipe(back) == 0);
    *lonely = time_batches(lonely_transfers, TURNS);
    pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
            ;
        _exit(0);
    }
    double cost = time_batches(round_trips, 2 * TURNS);
    close(there[1]);
    waitpid(child, NULL, 0);
    close(there[0]);
    close(back[0]);
    close(back[1]);
    return cost;
}

static double plain_pipe_handover(void)
{
    double lonely;
    return plain_pipe(&lonely);
}

static double plain_context_switch(void)
{
    double lonely, half = plain_pipe(&lonely);
    return half - lonely;
}

static double probe_median(const char *name)
{
    struct tg_strings names = {0};
    struct tg_error err = {0};
    struct tg_trace_set set;
    struct tg_summary summary;
    struct tg_probe_settings settings = tg_probe_settings_quick();
    tg_strings_add(&names, name);
    settings.only = &names;
    settings.budget_s = 2;
    settings.jitter_s = 0;
    settings.passes = 1;
    settings.cpu = sched_getcpu();
    ck_assert_tg_ok(tg_probe_session(&settings, &set, &err), err);
    ck_assert_int_eq(tg_summarize_trace(tg_trace_set_find(&set, name), NULL, &summary), TG_OK);
    tg_trace_set_release(&set);
    tg_strings_release(&names);
    return summary.median;
}

static const struct {
    const char *name;
    double (*plain)(void);
} pairs[] = {
    {"syscall", plain_syscall},
    {"signal", plain_signal},
    {"signal_send", plain_signal_send},
    {"page_fault", plain_page_fault},
    {"page_return", plain_page_return},
    {"pipe_handover", plain_pipe_handover},
    {"context_switch", plain_context_switch},
};

START_TEST(a_probe_agrees_with_a_plain_loop)
{
    const double tolerance = 0.15;
    double ratio = 0;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    sched_setaffinity(0, sizeof set, &set);
    for (int i = 0; i < TRIES; i++) {
        double before = pairs[_i].plain(), probe = probe_median(pairs[_i].name), after = pairs[_i].plain();
        ratio = probe / ((before + after) / 2);
        printf("%-16s probe %8.1f ns, plain loop %8.1f and %8.1f ns: ratio %.3f\n", pairs[_i].name, probe,
               before, after, ratio);
        if (fabs(ratio - 1) <= tolerance)
            return;
    }
    ck_abort_msg("%s: the probe's median is %.2f times the plain loop's", pairs[_i].name, ratio);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agreement");
    TCase *tc = tcase_create("agreement");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_probe_agrees_with_a_plain_loop, 0, (int)(sizeof pairs / sizeof *pairs));
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
