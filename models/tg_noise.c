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

static void start(struct tg_world *world, size_t i, const struct tg_noise *noise, int core, const char *name,
                  uint64_t replication)
{
    struct tg_noise_source *source = &world->noises[i];
    *source = (struct tg_noise_source){.world = world, .noise = noise};
    source->job =
        (struct tg_job){.done = on_noise_done, .owner = source, .core = core, .klass = TG_CLASS_STEAL};
    tg_rng_seed(&source->rng, (uint64_t)world->scenario->seed, replication, name);
    source->phase_ps = tg_ps_from_s(tg_rng_unit(&source->rng) / noise->rate_per_s);
    schedule_noise(source);
}

/* Each core has its own copy of every process of the machine. The server's keeps the plain name, so that a
 * core more changes nothing for it. The technique's own are the server's core's alone. */
void tg_noise_start(struct tg_world *world, uint64_t replication)
{
    const struct tg_profile *profile = &world->scenario->profile;
    const struct tg_path *path = world->path;
    size_t machines = world->noise_count ? world->noise_count - path->noise_count : 0;
    char name[160];
    for (size_t i = 0; i < world->noise_count; i++) {
        bool own = i >= machines;
        const struct tg_noise *noise =
            own ? &path->noises[i - machines] : &profile->noises[i % profile->noise_count];
        int core = own ? TG_CORE_SERVER : (int)(i / profile->noise_count);
        if (own)
            snprintf(name, sizeof name, "jitter/technique/%s", noise->name);
        else if (core)
            snprintf(name, sizeof name, "jitter/%s/%d", noise->name, core);
        else
            snprintf(name, sizeof name, "jitter/%s", noise->name);
        start(world, i, noise, core, name, replication);
    }
}
