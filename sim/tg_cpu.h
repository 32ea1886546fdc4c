/* tg_cpu: cores that run jobs by preemptive-resume priority classes.
 *
 * Classes are numbered from 0, the most urgent. A job of a more urgent class takes the core from a less
 * urgent one at once; the job that lost it keeps what it had done, and goes on before others of its class.
 * Within a class jobs run in the order in which they were submitted, each to its end, or by turns of a time
 * slice where the class has one and others wait.
 *
 * A job may be pinned to a core or left to any: then it goes to the idle core of the lowest number, else it
 * preempts the core that runs the least urgent job (of equals the lowest number), else it waits in a queue
 * that all cores share. A core that falls idle takes the most urgent job that may run there, of equals the
 * one submitted first.
 *
 * Where the class of a job has threads and the thread differs from the one that the core ran last, the job
 * first pays what `switch_cost` returns, in its own class; the cost is reported in `switch_ps`. A switch,
 * once begun, is paid in full even when the job is preempted in between.
 *
 * Jobs are the caller's, one struct for each piece of work under way; a submitted job must stay in place
 * until its `done` is called. Nothing here allocates after tg_cpu_init().
 */
#ifndef TG_CPU_H
#define TG_CPU_H

#include "tg_sim.h"

enum { TG_CPU_CLASSES = 8, TG_CORE_ANY = -1 };

struct tg_job;
struct tg_cpu;
typedef void tg_job_fn(struct tg_sim *sim, struct tg_job *job);

struct tg_job {
    /* The caller's. */
    tg_ps service_ps; /* work to do, not negative; unchanged by the run */
    tg_job_fn *done;
    void *owner;
    int core;        /* or TG_CORE_ANY */
    unsigned klass;  /* priority class */
    uint32_t thread; /* 0: runs in whatever context is there (an interrupt) */

    /* The CPU's; readable in `done`. */
    tg_ps submitted_ps;
    tg_ps switch_ps;   /* context switches paid */
    tg_ps left_ps;     /* work and switch still to do */
    uint64_t sequence; /* order of submission, for queues that merge */
    struct tg_job *next;
    uint32_t preemptions;
    int on_core; /* where it last ran */
};

struct tg_job_queue {
    struct tg_job *first, *last;
};

struct tg_core {
    struct tg_cpu *cpu;
    struct tg_job *running;
    tg_ps resumed_ps; /* since when the job has run, or the core has been idle */
    tg_event event;
    bool handing_over; /* a job has just finished, the next is not yet chosen */
    uint32_t last_thread;
    tg_ps turn_used_ps;    /* of the time slice, by the thread that has the core */
    uint32_t waiting_mask; /* classes with pinned jobs waiting */
    struct tg_job_queue waiting[TG_CPU_CLASSES];
    tg_ps busy_ps[TG_CPU_CLASSES]; /* up to `resumed_ps` of the job running */
    uint64_t switches;
};

struct tg_cpu {
    struct tg_sim *sim;
    struct tg_core *cores;
    int core_count;
    unsigned event_priority;
    tg_ps slice_ps[TG_CPU_CLASSES]; /* 0: each job runs to its end */
    tg_ps (*switch_cost)(void *context, uint32_t from_thread, uint32_t to_thread);
    void *switch_context;
    uint32_t waiting_mask; /* classes with unpinned jobs waiting */
    struct tg_job_queue waiting[TG_CPU_CLASSES];
    uint64_t next_sequence;
};

/* event_priority: of completions, among events at one time. */
int tg_cpu_init(struct tg_cpu *cpu, struct tg_sim *sim, int core_count, unsigned event_priority,
                struct tg_error *err);
void tg_cpu_release(struct tg_cpu *cpu);

/* Forgets all jobs and counts, for a new replication. */
void tg_cpu_reset(struct tg_cpu *cpu);

void tg_cpu_submit(struct tg_cpu *cpu, struct tg_job *job);

/* Time a core has worked in a class, up to now. */
tg_ps tg_cpu_busy(const struct tg_cpu *cpu, int core, unsigned klass);

/* Time a finished job spent neither working nor switching: waiting, or preempted. */
static inline tg_ps tg_job_waited(const struct tg_job *job, tg_ps now)
{
    return now - job->submitted_ps - job->service_ps - job->switch_ps;
}

static inline bool tg_core_idle(const struct tg_cpu *cpu, int core)
{
    return !cpu->cores[core].running;
}

/* How long a core has had nothing to do: 0 while it runs a job, and when one has just finished. */
static inline tg_ps tg_core_idle_ps(const struct tg_cpu *cpu, int core)
{
    return tg_core_idle(cpu, core) ? tg_sim_now(cpu->sim) - cpu->cores[core].resumed_ps : 0;
}

#endif
