/* tg_clock: time stamps for micro-benchmarks.
 *
 * On x86-64 with an invariant time-stamp counter a stamp is one reading of it, fenced so that nothing of the
 * measured code moves out: LFENCE RDTSC LFENCE to begin, RDTSCP LFENCE to end (Paoloni, 2010, with AMD's and
 * Intel's serializing LFENCE for CPUID, which costs an exit in a virtual machine). Elsewhere it is
 * clock_gettime(CLOCK_MONOTONIC). Stamps are ticks; only tg_clock_ns() gives time.
 *
 * tg_clock_init() takes about 60 ms. It measures the length of a tick against CLOCK_MONOTONIC, the
 * usual step in which the counter moves (some count on by 10 ns at a time), and what an empty bracket takes:
 * that is subtracted from every measured bracket by tg_clock_cost_ns().
 */
#ifndef TG_CLOCK_H
#define TG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined __x86_64__
#include <x86intrin.h>
#endif

struct tg_clock {
    bool is_tsc;
    double ns_per_tick;
    double overhead_ns;   /* of an empty begin-end bracket, mean without the slowest percent */
    double resolution_ns; /* the usual step */
    uint64_t epoch;       /* ticks at init */
};

#if defined __x86_64__
static inline uint64_t tg_clock_begin(void)
{
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
}

static inline uint64_t tg_clock_end(void)
{
    unsigned cpu;
    uint64_t ticks = __rdtscp(&cpu);
    _mm_lfence();
    return ticks;
}

/* The cheapest stamp: neighbouring instructions may move past it. */
static inline uint64_t tg_clock_glance(void)
{
    return __rdtsc();
}
#else
static inline uint64_t tg_clock_begin(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t tg_clock_end(void)
{
    return tg_clock_begin();
}

static inline uint64_t tg_clock_glance(void)
{
    return tg_clock_begin();
}
#endif

void tg_clock_init(struct tg_clock *clock);

/* Time since init. */
static inline double tg_clock_ns(const struct tg_clock *clock, uint64_t ticks)
{
    return (double)(int64_t)(ticks - clock->epoch) * clock->ns_per_tick;
}

/* Length of a bracket without the clock's own part; never negative. */
static inline double tg_clock_cost_ns(const struct tg_clock *clock, uint64_t begin, uint64_t end)
{
    double ns = (double)(int64_t)(end - begin) * clock->ns_per_tick - clock->overhead_ns;
    return ns > 0 ? ns : 0;
}

/* The ticks that a time takes. */
static inline uint64_t tg_clock_ticks(const struct tg_clock *clock, double ns)
{
    return (uint64_t)(ns / clock->ns_per_tick);
}

#endif
