/* Crossings that stay on one core and in one process: function call, clock, system call, signal. */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tg_probe_kind.h"

/* A loop whose counter is all it does: what the bodies below are compared with. */
static void empty_loop(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        __asm__ volatile("" ::: "memory");
}

__attribute__((noinline, noclone)) static long callee(long a, long b)
{
    __asm__ volatile("" ::: "memory");
    return a + b;
}

static void function_call(void *state, uint64_t ops)
{
    /* Through a pointer the compiler cannot see through, so that the call stays one. */
    long (*volatile hidden)(long, long) = callee;
    long (*call)(long, long) = hidden;
    long sum = 0;
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        sum = call(sum, 1);
    __asm__ volatile("" ::"r"(sum));
}

static void clock_read(void *state, uint64_t ops)
{
    struct timespec now;
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
}

static void system_call(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        syscall(SYS_getppid);
}

struct signals {
    struct sigaction handled_before, ignored_before;
    pid_t self;
};

static void on_signal(int number)
{
    (void)number;
}

static int signal_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    struct signals *s = calloc(1, sizeof *s);
    struct sigaction handle = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    (void)bench, (void)argument;
    if (!s)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    sigaction(SIGUSR1, &handle, &s->handled_before);
    sigaction(SIGUSR2, &ignore, &s->ignored_before);
    s->self = getpid();
    *state = s;
    return TG_OK;
}

static void signal_teardown(void *state)
{
    struct signals *s = state;
    sigaction(SIGUSR1, &s->handled_before, NULL);
    sigaction(SIGUSR2, &s->ignored_before, NULL);
    free(s);
}

static void signal_handled(void *state, uint64_t ops)
{
    const struct signals *s = state;
    for (uint64_t i = 0; i < ops; i++)
        kill(s->self, SIGUSR1);
}

static void signal_ignored(void *state, uint64_t ops)
{
    const struct signals *s = state;
    for (uint64_t i = 0; i < ops; i++)
        kill(s->self, SIGUSR2);
}

static const struct tg_probe probes[] = {
    {.name = "function_call",
     .what = "an indirect call of a function with two arguments, and its return",
     .body = function_call,
     .baseline = empty_loop},
    {.name = "clock_read",
     .what =
         "clock_gettime(CLOCK_MONOTONIC), answered without entering the kernel where the clock source allows",
     .body = clock_read,
     .baseline = empty_loop},
    {.name = "syscall",
     .what = "a system call that does next to nothing: getppid",
     .body = system_call,
     .baseline = empty_loop},
    {.name = "signal",
     .what =
         "delivery of a signal to a handler of the same thread and return from it, without the sending call",
     .setup = signal_setup,
     .body = signal_handled,
     .baseline = signal_ignored,
     .teardown = signal_teardown},
};

const struct tg_probe_family tg_probes_cpu = {probes, TG_COUNT(probes)};
