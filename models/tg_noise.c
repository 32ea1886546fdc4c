/* Jitter: periodic and Poisson processes that take the core from whatever runs. */
#include <stdio.h>

#include "tg_world_parts.h"

static void on_noise(struct tg_sim *sim, void *object);

static void schedule_noise(struct tg_noise_source *source)
{
    struct tg_sim *sim = &source->world->sim;
    double period_s = 1 / source->noise->rate_per_s;
    tg_ps when = source->noise->periodic
                     ? source->phase_ps + tg_ps_from_s((double)source->ticks++ * period_s)
                     : tg_sim_now(sim) + tg_ps_from_s(tg_rng_exponential(&source->rng) * period_s);
    tg_sim_schedule(sim, when, PRIORITY_NOISE, on_noise, source);
}

static void on_noise_done(struct tg_sim *sim, struct tg_job *job)
{
    struct tg_noise_source *source = job->owner;
    (void)sim;
    source->running = false;
}

static void on_noise(struct tg_sim *sim, void *object)
{
    (void)sim;
    struct tg_noise_source *source = object;
    struct tg_world *world = source->world;
    schedule_noise(source);
    double ns = tg_dist_sample(&source->noise->length, &source->rng);
    /* One that comes while its predecessor still runs is lost in it, as a second interrupt of one line is. */
    if (source->running || ns <= 0)
        return;
    source->running = true;
    source->job.service_ps = tg_ps_from_ns(ns);
    tg_cpu_submit(&world->cpu, &source->job);
}

/* Each core has its own copy of every process. The server's keeps the plain name, so that a core more changes
 * nothing for it. */
void tg_noise_start(struct tg_world *world, uint64_t replication)
{
    size_t kinds = world->scenario->profile.noise_count;
    for (size_t i = 0; i < world->noise_count; i++) {
        struct tg_noise_source *source = &world->noises[i];
        const struct tg_noise *noise = &world->scenario->profile.noises[i % kinds];
        int core = (int)(i / kinds);
        char name[128];
        int used = snprintf(name, sizeof name, "jitter/%s", noise->name);
        if (core)
            snprintf(name + used, sizeof name - (size_t)used, "/%d", core);
        *source = (struct tg_noise_source){.world = world, .noise = noise};
        source->job =
            (struct tg_job){.done = on_noise_done, .owner = source, .core = core, .klass = TG_CLASS_STEAL};
        tg_rng_seed(&source->rng, (uint64_t)world->scenario->seed, replication, name);
        source->phase_ps = tg_ps_from_s(tg_rng_unit(&source->rng) / noise->rate_per_s);
        schedule_noise(source);
    }
}
