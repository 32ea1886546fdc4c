/* Two classes on one core of tg_cpu, the first preempting the second, which resumes where it was: M/M/1 with
 * preemptive-resume priority. */
#include <stdlib.h>

#include "tg_arrivals.h"
#include "tg_closed_forms.h"
#include "tg_cpu.h"
#include "tg_theory_models.h"
#include "tg_work.h"

enum { CLASSES = 2, JOBS = 1 << 15, WARM_UP = 20000, CUSTOMERS = 200000 };

/* In us: loads 0.3 and 0.5. */
static const double rates[CLASSES] = {0.6, 0.25}, means[CLASSES] = {0.5, 2};

struct run;

struct class
{
    struct run *run;
    struct tg_arrivals arrivals;
    struct tg_work work;
    struct tg_welford sojourns; /* us */
    unsigned klass;
};

struct run {
    struct tg_sim sim;
    struct tg_cpu cpu;
    struct class classes[CLASSES];
    struct tg_job *free;
    uint64_t served;
    struct tg_job jobs[JOBS];
};

static void on_done(struct tg_sim *sim, struct tg_job *job)
{
    struct class *class = job->owner;
    struct run *run = class->run;
    if (run->served++ >= WARM_UP)
        tg_welford_add(&class->sojourns, tg_us_from_ps(tg_sim_now(sim) - job->submitted_ps));
    if (run->served == WARM_UP + CUSTOMERS)
        tg_sim_stop(sim);
    job->next = run->free;
    run->free = job;
}

static void on_arrival(struct tg_sim *sim, void *object)
{
    struct class *class = object;
    struct run *run = class->run;
    struct tg_job *job = run->free;
    tg_sim_schedule(sim, tg_arrivals_next(&class->arrivals), 8, on_arrival, class);
    if (!job) {
        tg_sim_fail(sim, TG_ELIMIT, "more jobs than there is room for");
        return;
    }
    run->free = job->next;
    *job = (struct tg_job){.service_ps = tg_work_next(&class->work),
                           .done = on_done,
                           .owner = class,
                           .core = TG_CORE_ANY,
                           .klass = class->klass};
    tg_cpu_submit(&run->cpu, job);
}

static int make_class(struct run *run, unsigned klass, uint64_t seed, uint64_t replication,
                      struct tg_error *err)
{
    static const char *const gap_streams[] = {"urgent arrivals", "arrivals"};
    static const char *const work_streams[] = {"urgent services", "services"};
    struct class *class = &run->classes[klass];
    struct tg_rng rng;
    struct tg_dist law;
    class->run = run;
    class->klass = klass;
    int rc = tg_dist_init(&law, "exponential", &means[klass], 1, err);
    if (!rc)
        rc = tg_work_init(&class->work, &law, (double)TG_PS_PER_US, err);
    if (!rc)
        rc = tg_arrivals_init_poisson(&class->arrivals, rates[klass] * 1e6, err);
    tg_rng_seed(&rng, seed, replication, gap_streams[klass]);
    if (!rc)
        rc = tg_arrivals_start(&class->arrivals, 0, &rng, err);
    if (rc)
        return rc;
    tg_rng_seed(&rng, seed, replication, work_streams[klass]);
    tg_work_start(&class->work, &rng);
    tg_sim_schedule(&run->sim, tg_arrivals_next(&class->arrivals), 8, on_arrival, class);
    return TG_OK;
}

static void release(struct run *run)
{
    for (int k = 0; k < CLASSES; k++) {
        tg_arrivals_release(&run->classes[k].arrivals);
        tg_work_release(&run->classes[k].work);
    }
    tg_cpu_release(&run->cpu);
    tg_sim_release(&run->sim);
    free(run);
}

static int replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err)
{
    struct run *run = calloc(1, sizeof *run);
    (void)model;
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a core with two classes");
    for (size_t i = 0; i < JOBS; i++) {
        run->jobs[i].next = run->free;
        run->free = &run->jobs[i];
    }
    int rc = tg_sim_init(&run->sim, 8, err);
    if (!rc)
        rc = tg_cpu_init(&run->cpu, &run->sim, 1, 4, err);
    for (unsigned k = 0; !rc && k < CLASSES; k++)
        rc = make_class(run, k, seed, replication, err);
    if (!rc)
        rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    for (int k = 0; k < CLASSES; k++)
        values[k] = run->classes[k].sojourns.mean;
    release(run);
    return rc;
}

static int expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    (void)model, (void)err;
    for (int k = 0; k < CLASSES; k++)
        values[k] = tg_preemptive_sojourn(rates, means, k);
    return TG_OK;
}

const struct tg_theory_model tg_theory_preemptive = {
    .name = "preemptive",
    .title = "M/M/1 with two classes at loads 0.3 and 0.5, preemptive resume",
    .quantities = {{"urgent_sojourn_mean", "us"}, {"other_sojourn_mean", "us"}},
    .replications = 40,
    .expect = expect,
    .replicate = replicate,
};
