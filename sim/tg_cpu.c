#include "tg_cpu.h"

#include <stdlib.h>
#include <string.h>

int tg_cpu_init(struct tg_cpu *cpu, struct tg_sim *sim, int core_count, unsigned event_priority,
                struct tg_error *err)
{
    memset(cpu, 0, sizeof *cpu);
    if (core_count < 1 || core_count > 1024)
        return tg_error_set(err, TG_EINPUT, "a CPU has 1 to 1024 cores, not %d", core_count);
    cpu->cores = calloc((size_t)core_count, sizeof *cpu->cores);
    if (!cpu->cores)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %d cores", core_count);
    cpu->sim = sim;
    cpu->core_count = core_count;
    cpu->event_priority = event_priority;
    tg_cpu_reset(cpu);
    return TG_OK;
}

void tg_cpu_release(struct tg_cpu *cpu)
{
    free(cpu->cores);
    memset(cpu, 0, sizeof *cpu);
}

void tg_cpu_reset(struct tg_cpu *cpu)
{
    memset(cpu->cores, 0, (size_t)cpu->core_count * sizeof *cpu->cores);
    for (int i = 0; i < cpu->core_count; i++)
        cpu->cores[i].cpu = cpu;
    memset(cpu->waiting, 0, sizeof cpu->waiting);
    cpu->waiting_mask = 0;
    cpu->next_sequence = 0;
}

static void append(struct tg_job_queue *queue, uint32_t *mask, struct tg_job *job)
{
    job->next = NULL;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
    *mask |= 1u << job->klass;
}

static void prepend(struct tg_job_queue *queue, uint32_t *mask, struct tg_job *job)
{
    job->next = queue->first;
    queue->first = job;
    if (!queue->last)
        queue->last = job;
    *mask |= 1u << job->klass;
}

static struct tg_job *pop(struct tg_job_queue *queue, uint32_t *mask)
{
    struct tg_job *job = queue->first;
    queue->first = job->next;
    if (!queue->first) {
        queue->last = NULL;
        *mask &= ~(1u << job->klass);
    }
    return job;
}

static void on_event(struct tg_sim *sim, void *object);

static void arm(struct tg_core *core, struct tg_job *job)
{
    struct tg_cpu *cpu = core->cpu;
    tg_ps slice = cpu->slice_ps[job->klass];
    tg_ps turn = slice - core->turn_used_ps;
    tg_ps span = slice && turn < job->left_ps ? turn : job->left_ps;
    core->resumed_ps = tg_sim_now(cpu->sim);
    core->event = tg_sim_after(cpu->sim, span, cpu->event_priority, on_event, core);
}

static void start(struct tg_core *core, struct tg_job *job)
{
    struct tg_cpu *cpu = core->cpu;
    if (job->thread && job->thread != core->last_thread) {
        if (cpu->switch_cost && core->last_thread) {
            tg_ps cost = cpu->switch_cost(cpu->switch_context, core->last_thread, job->thread);
            job->switch_ps += cost;
            job->left_ps += cost;
            core->switches++;
        }
        core->last_thread = job->thread;
        core->turn_used_ps = 0;
    } else if (cpu->slice_ps[job->klass] &&
               (!job->thread || core->turn_used_ps >= cpu->slice_ps[job->klass])) {
        core->turn_used_ps = 0;
    }
    core->running = job;
    job->on_core = (int)(core - cpu->cores);
    arm(core, job);
}

/* Books the time that the running job has had since it was resumed. */
static void settle(struct tg_core *core)
{
    struct tg_job *job = core->running;
    tg_ps now = tg_sim_now(core->cpu->sim), ran = now - core->resumed_ps;
    job->left_ps -= ran;
    core->busy_ps[job->klass] += ran;
    if (core->cpu->slice_ps[job->klass])
        core->turn_used_ps += ran;
    core->resumed_ps = now;
}

static void preempt(struct tg_core *core)
{
    struct tg_job *job = core->running;
    settle(core);
    tg_sim_cancel(core->cpu->sim, core->event);
    job->preemptions++;
    core->running = NULL;
    /* A job left to any core stays where it began: what it has in the caches is there. */
    prepend(&core->waiting[job->klass], &core->waiting_mask, job);
}

/* Takes the first waiting job of the thread that has the core, if its turn is not over. */
static struct tg_job *pop_same_thread(struct tg_core *core, unsigned klass)
{
    struct tg_job_queue *queue = &core->waiting[klass];
    struct tg_job *before = NULL, *job = queue->first;
    if (!core->last_thread || core->turn_used_ps >= core->cpu->slice_ps[klass])
        return NULL;
    while (job && job->thread != core->last_thread) {
        before = job;
        job = job->next;
    }
    if (!before || !job)
        return job ? pop(queue, &core->waiting_mask) : NULL;
    before->next = job->next;
    if (queue->last == job)
        queue->last = before;
    return job;
}

/* The most urgent job that may run on this core, or NULL. */
static struct tg_job *next_job(struct tg_core *core)
{
    struct tg_cpu *cpu = core->cpu;
    uint32_t mask = core->waiting_mask | cpu->waiting_mask;
    if (!mask)
        return NULL;
    unsigned klass = (unsigned)__builtin_ctz(mask);
    if (cpu->slice_ps[klass]) {
        struct tg_job *job = pop_same_thread(core, klass);
        if (job)
            return job;
    }
    struct tg_job *pinned = core->waiting[klass].first, *shared = cpu->waiting[klass].first;
    if (!shared || (pinned && pinned->sequence < shared->sequence))
        return pop(&core->waiting[klass], &core->waiting_mask);
    return pop(&cpu->waiting[klass], &cpu->waiting_mask);
}

static void dispatch(struct tg_core *core)
{
    struct tg_job *job = next_job(core);
    if (job)
        start(core, job);
}

static void finish(struct tg_core *core, struct tg_job *job)
{
    core->running = NULL;
    core->handing_over = true;
    job->done(core->cpu->sim, job);
    core->handing_over = false;
    dispatch(core);
}

static void on_event(struct tg_sim *sim, void *object)
{
    struct tg_core *core = object;
    struct tg_job *job = core->running;
    (void)sim;
    settle(core);
    if (job->left_ps == 0) {
        finish(core, job);
        return;
    }
    if (!((core->waiting_mask | core->cpu->waiting_mask) >> job->klass & 1)) {
        core->turn_used_ps = 0;
        arm(core, job);
        return;
    }
    core->running = NULL;
    job->sequence = core->cpu->next_sequence++;
    append(&core->waiting[job->klass], &core->waiting_mask, job);
    dispatch(core);
}

static struct tg_core *choose_core(struct tg_cpu *cpu, const struct tg_job *job)
{
    if (job->core >= 0)
        return &cpu->cores[job->core];
    struct tg_core *best = NULL;
    for (int i = 0; i < cpu->core_count; i++) {
        struct tg_core *core = &cpu->cores[i];
        if (core->handing_over)
            continue;
        if (!core->running)
            return core;
        if (!best || core->running->klass > best->running->klass)
            best = core;
    }
    return best ? best : cpu->cores;
}

void tg_cpu_submit(struct tg_cpu *cpu, struct tg_job *job)
{
    assert(job->service_ps >= 0);
    assert(job->klass < TG_CPU_CLASSES);
    assert(job->core < cpu->core_count);
    job->submitted_ps = tg_sim_now(cpu->sim);
    job->left_ps = job->service_ps;
    job->switch_ps = 0;
    job->preemptions = 0;
    job->sequence = cpu->next_sequence++;
    struct tg_core *core = choose_core(cpu, job);
    if (!core->running && !core->handing_over) {
        start(core, job);
    } else if (core->running && core->running->klass > job->klass) {
        preempt(core);
        start(core, job);
    } else if (job->core >= 0) {
        append(&core->waiting[job->klass], &core->waiting_mask, job);
    } else {
        append(&cpu->waiting[job->klass], &cpu->waiting_mask, job);
    }
}

tg_ps tg_cpu_busy(const struct tg_cpu *cpu, int index, unsigned klass)
{
    const struct tg_core *core = &cpu->cores[index];
    tg_ps busy = core->busy_ps[klass];
    if (core->running && core->running->klass == klass)
        busy += tg_sim_now(cpu->sim) - core->resumed_ps;
    return busy;
}
