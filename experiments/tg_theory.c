#include "tg_theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_rng.h"
#include "tg_theory_models.h"

const struct tg_theory_model *const tg_theory_models[] = {
    &tg_theory_mm1,
    &tg_theory_md1,
    &tg_theory_mg1_lognormal,
    &tg_theory_mg1_hyperexponential,
    &tg_theory_dm1,
    &tg_theory_gm1,
    &tg_theory_mmc,
    &tg_theory_mm1k,
    &tg_theory_mmcc,
    &tg_theory_mgcc,
    &tg_theory_mginf,
    &tg_theory_gg1_lindley,
    &tg_theory_preemptive,
    &tg_theory_mmpp_m1,
    &tg_theory_tandem,
    &tg_theory_jackson,
    NULL,
};

const struct tg_theory_model *tg_theory_find(const char *name)
{
    for (const struct tg_theory_model *const *m = tg_theory_models; *m; m++) {
        if (strcmp((*m)->name, name) == 0)
            return *m;
    }
    return NULL;
}

struct sample {
    const struct tg_theory_model *model;
    uint64_t seed, first;
    double (*values)[TG_THEORY_QUANTITIES];
};

static int replicate(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    const struct sample *s = context;
    (void)worker;
    return s->model->replicate(s->model, s->seed, s->first + index, s->values[index], err);
}

static struct tg_estimate estimate(const struct sample *s, size_t n, size_t quantity, double level)
{
    struct tg_welford w = {0};
    for (size_t i = 0; i < n; i++)
        tg_welford_add(&w, s->values[i][quantity]);
    return tg_interval_welford(&w, level);
}

static void judge(struct tg_theory_check *check, struct tg_estimate e)
{
    double off = e.mean - check->expected;
    double error = tg_estimate_half_width(&e) / tg_interval_t(e.level, e.freedom);
    check->estimate = e;
    check->z = off == 0 ? 0 : off / error;
    check->met = tg_estimate_contains(&e, check->expected);
}

/* One sample, and the verdicts on those checks that are not met yet. */
static int take_sample(struct sample *s, size_t n, double level, const struct tg_workers *workers,
                       struct tg_theory_check *checks, struct tg_error *err)
{
    struct tg_workers team = *workers;
    team.job = replicate;
    team.context = s;
    s->values = calloc(n, sizeof *s->values);
    if (!s->values)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu replications", n);
    int rc = tg_workers_run(&team, n, err);
    size_t quantities = tg_theory_quantity_count(s->model);
    for (size_t q = 0; !rc && q < quantities; q++) {
        checks[q].extended = s->first > 0;
        if (!checks[q].met)
            judge(&checks[q], estimate(s, n, q, level));
    }
    free(s->values);
    return rc;
}

int tg_theory_run(const struct tg_theory_model *model, uint64_t seed, const struct tg_workers *workers,
                  struct tg_theory_check *checks, struct tg_error *err)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, 0, model->name); /* models must not share their chances */
    struct sample s = {.model = model, .seed = tg_rng_u64(&rng)};
    double expected[TG_THEORY_QUANTITIES] = {0};
    size_t n = tg_theory_quantity_count(model), open = 0;
    int rc = model->expect(model, expected, err);
    for (size_t q = 0; q < n; q++)
        checks[q] = (struct tg_theory_check){
            .model = model, .quantity = &model->quantities[q], .expected = expected[q]};
    if (!rc)
        rc = take_sample(&s, model->replications, TG_THEORY_FIRST_LEVEL, workers, checks, err);
    for (size_t q = 0; q < n; q++)
        open += !checks[q].met;
    s.first = model->replications;
    if (!rc && open)
        rc = take_sample(&s, TG_THEORY_EXTENSION * model->replications, TG_THEORY_SECOND_LEVEL, workers,
                         checks, err);
    return rc ? tg_error_wrap(err, rc, "model '%s'", model->name) : TG_OK;
}
