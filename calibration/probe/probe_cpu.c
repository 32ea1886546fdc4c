/* What costs next to nothing: a function call, reading the clock, changing a protection key. */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#if defined __x86_64__
#include <cpuid.h>
#endif

#include "tg_probe_kind.h"

/* A loop whose counter is all it does: what the bodies below are compared with. */
static void empty_loop(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        __asm__ volatile("" ::: "memory");
}

__attribute__((noinline, noclone, aligned(64))) static long callee(long a, long b)
{
    __asm__ volatile("" ::: "memory");
    return a + b;
}

__attribute__((aligned(64))) static void function_call(void *state, uint64_t ops)
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

#if defined __x86_64__
static bool key_available(const struct tg_probe *probe, char *reason, size_t size)
{
    unsigned a, b, c, d;
    (void)probe;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & (1u << 4)))
        return true;
    snprintf(reason, size, "this CPU, or this kernel on it, has no memory protection keys");
    return false;
}

/* Into a domain and out of it again are two writes; each fences what follows. */
static void key_switch(void *state, uint64_t ops)
{
    unsigned rights, zero = 0;
    (void)state;
    __asm__ volatile("rdpkru" : "=a"(rights), "=d"(zero) : "c"(0));
    for (uint64_t i = 0; i < ops; i++)
        __asm__ volatile("wrpkru" ::"a"(rights), "c"(0), "d"(0) : "memory");
}
#else
static bool key_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    snprintf(reason, size, "needs an x86-64 CPU with memory protection keys");
    return false;
}

static void key_switch(void *state, uint64_t ops)
{
    (void)state, (void)ops;
}
#endif

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
    {.name = "key_switch",
     .what = "one change of the protection-key register: half of a switch into a domain and back",
     .available = key_available,
     .body = key_switch,
     .baseline = empty_loop},
};

const struct tg_probe_family tg_probes_cpu = {.probes = probes, .count = TG_COUNT(probes)};
