/* tg_usage: what a server's threads have used so far: processor time, waiting for it, and going to sleep.
 *
 * Read from the kernel's accounts (/proc) of a process, of all its threads and descendants; a kernel thread
 * is a process too. A soft interrupt that runs in a thread's time counts as that thread's, unless the kernel
 * keeps time for interrupts apart (CONFIG_IRQ_TIME_ACCOUNTING). Processor time is exact; the core's is
 * counted in ticks of 10 ms. Processes that ended in between are missing.
 */
#ifndef TG_USAGE_H
#define TG_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct tg_usage {
    int64_t t_ns;     /* CLOCK_MONOTONIC when it was read */
    double run_ns;    /* on a core */
    double waited_ns; /* ready to run, but not on a core */
    double sleeps;    /* times that a thread gave the core up by itself: each is a wake-up later */
    double preempted; /* times that it lost the core */
    double core_s, core_idle_s, core_irq_s, core_stolen_s; /* of the server's core, all that runs there */
    unsigned threads;
};

/* root 0: only the core. */
void tg_usage_read(pid_t root, int cpu, struct tg_usage *usage);

/* What the calling thread has waited for its core, ns. */
double tg_usage_own_waited_ns(void);

/* What happened from a to b. */
struct tg_usage tg_usage_between(const struct tg_usage *a, const struct tg_usage *b);

#endif
