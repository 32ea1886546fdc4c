#include "tg_reproduce.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *const tg_verdict_names[] = {"met", "consistent", "missed", NULL};

/* Fits. */

static int set_all(struct tg_study_draw *draw, const struct tg_study_fit *fit, double value,
                   struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < fit->key_count; i++)
        rc = tg_study_draw_set(draw, fit->keys[i], value, err);
    return rc;
}

static int measure_how(struct tg_study_draw *draw, const struct tg_study_claim *claim, bool quick,
                       struct tg_measured *m, struct tg_error *err)
{
    const struct tg_study *study = tg_study_draw_study(draw);
    const struct tg_measure *how = tg_measure_find(study->name, claim->id);
    if (!how)
        return tg_error_set(err, TG_EINPUT, "study '%s': nothing measures claim '%s'", study->name,
                            claim->id);
    *m = (struct tg_measured){0};
    int rc = quick && how->quick ? how->quick(draw, m, err) : how->measure(draw, m, err);
    return rc ? tg_error_wrap(err, rc, "claim %s", claim->id) : TG_OK;
}

static int measure(struct tg_study_draw *draw, const struct tg_study_claim *claim, struct tg_measured *m,
                   struct tg_error *err)
{
    return measure_how(draw, claim, false, m, err);
}

static int find_prior(const struct tg_study *study, const char *key, struct tg_prior *prior,
                      struct tg_error *err)
{
    struct tg_priors priors = {0};
    int rc = TG_OK;
    bool found = false;
    for (size_t i = 0; !rc && i < study->model_count; i++)
        rc = tg_priors_list(study->models[i].document, study->models[i].name, &priors, err);
    for (size_t i = 0; !rc && i < priors.count && !found; i++) {
        found = strcmp(priors.items[i].key, key) == 0;
        if (found)
            *prior = priors.items[i];
    }
    prior->key = prior->source = prior->tag = NULL;
    tg_priors_release(&priors);
    if (!rc && !found)
        rc = tg_error_set(err, TG_EINPUT, "study '%s': no prior is called '%s'", study->name, key);
    return rc;
}

/* A key's value on the way to its target. */
struct root {
    double x, low, high;     /* low: the measure is above the target there; NaN where not known yet */
    double before, y_before; /* NaN before the first step */
    double slope;            /* of y, as last seen; 0: not known yet */
};

/* What is fitted is a part of the time that the target's rate or ratio is the inverse of: the inverse, y,
 * grows with it and is close to a line. Secants within a bracket; wide steps until there is one. */
static void step(struct root *r, double y)
{
    double secant = (y - r->y_before) / (r->x - r->before);
    r->slope = secant > 0 && isfinite(secant) ? secant : r->slope;
    double next = r->x - y / r->slope;
    if (y < 0)
        r->low = r->x;
    else
        r->high = r->x;
    r->before = r->x;
    r->y_before = y;
    double least = isnan(r->low) ? r->x / 3 : r->low, most = isnan(r->high) ? r->x * 3 : r->high;
    if (r->slope > 0 && next > least && next < most)
        r->x = next;
    else if (isnan(r->low) || isnan(r->high))
        r->x *= y < 0 ? 1.5 : 0.67;
    else
        r->x = sqrt(r->low * r->high);
}

static int approach(struct tg_study_draw *draw, const struct tg_study_fit *fit, bool quick, double wanted,
                    struct root *root, double *value, struct tg_error *err)
{
    enum { STEPS_MAX = 12 };
    const struct tg_study_claim *claim = &tg_study_draw_study(draw)->claims[fit->claim];
    struct tg_measured m = {.value = NAN};
    int rc = TG_OK;
    for (int i = 0; !rc && i < STEPS_MAX; i++) {
        rc = set_all(draw, fit, root->x, err);
        rc = rc ? rc : measure_how(draw, claim, quick, &m, err);
        if (rc || fabs(m.value / wanted - 1) < 0.01)
            break;
        step(root, 1 / m.value - 1 / wanted);
    }
    *value = m.value;
    return rc;
}

static int fit_one(struct tg_study_draw *draw, const struct tg_study_fit *fit, double wanted, double *value,
                   struct tg_error *err)
{
    const struct tg_study *study = tg_study_draw_study(draw);
    const struct tg_study_claim *claim = &study->claims[fit->claim];
    const struct tg_measure *how = tg_measure_find(study->name, claim->id);
    struct tg_prior prior = {0};
    double reached = NAN;
    int rc = find_prior(study, fit->keys[0], &prior, err);
    struct root root = {.x = prior.value, .low = NAN, .high = NAN, .before = NAN, .y_before = NAN};
    if (!rc && how && how->quick)
        rc = approach(draw, fit, true, wanted, &root, &reached, err);
    /* The quick measure's values are not the measure's; its slope is about the same. */
    root.low = root.high = root.before = root.y_before = NAN;
    rc = rc ? rc : approach(draw, fit, false, wanted, &root, &reached, err);
    *value = root.x;
    if (!rc && !(fabs(reached / wanted - 1) < 0.05))
        rc = tg_error_set(err, TG_EINPUT, "no value of '%s' gives claim %s its %g: the nearest gives %g",
                          fit->keys[0], claim->id, wanted, reached);
    return rc;
}

int tg_reproduce_fit(struct tg_study_draw *draw, double *values, struct tg_error *err)
{
    const struct tg_study *study = tg_study_draw_study(draw);
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < study->fit_count; i++) {
        double wanted;
        rc = tg_study_draw_target(draw, i, &wanted, err);
        rc = rc ? rc : fit_one(draw, &study->fits[i], wanted, &values[i], err);
    }
    return rc;
}

/* Draws. */

struct work {
    struct tg_reproduction *r;
    const struct tg_reproduce_options *options;
    struct tg_measured *measured; /* claims by draws, as drawn */
    double *fitted;               /* draws by fits */
    pthread_mutex_t lock;
    size_t done, total;
};

static bool is_wanted(const struct tg_reproduce_options *options, const char *id)
{
    const char *const *only = options->only;
    while (only && *only && strcmp(*only, id) != 0)
        only++;
    return !options->only || *only;
}

static int measure_all(const struct tg_reproduce_options *options, struct tg_study_draw *draw,
                       struct tg_measured *measured, double *fitted, struct tg_error *err)
{
    const struct tg_study *study = tg_study_draw_study(draw);
    int rc = options->only ? TG_OK : tg_reproduce_fit(draw, fitted, err);
    for (size_t i = 0; !rc && i < study->claim_count; i++)
        if (is_wanted(options, study->claims[i].id))
            rc = measure(draw, &study->claims[i], &measured[i], err);
    return rc;
}

static void tell(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->done++;
    if (w->options->progress)
        w->options->progress(w->options->context, w->done, w->total);
    pthread_mutex_unlock(&w->lock);
}

/* Job 0 is the best guess, the others are the draws. */
static int draw_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    const struct tg_study *study = w->r->study;
    struct tg_study_draw *draw;
    int64_t number = (int64_t)index - 1;
    (void)worker;
    int rc = tg_study_draw_new(study, w->r->seed, index ? number : TG_DRAW_BEST, &draw, err);
    if (rc)
        return rc;
    rc = measure_all(w->options, draw, &w->measured[index * study->claim_count],
                     &w->fitted[index * study->fit_count], err);
    tg_study_draw_free(draw);
    tell(w);
    return rc ? tg_error_wrap(err, rc, index ? "draw %zu" : "best guess", index) : TG_OK;
}

/* What the draws say. */

static void interval(const double *values, size_t count, double *median, double *low, double *high)
{
    double *sorted = malloc((count + 1) * sizeof *sorted);
    *median = *low = *high = NAN;
    if (!sorted)
        return;
    memcpy(sorted, values, count * sizeof *sorted);
    gsl_sort(sorted, 1, count);
    *median = gsl_stats_median_from_sorted_data(sorted, 1, count);
    *low = gsl_stats_quantile_from_sorted_data(sorted, 1, count, 0.05);
    *high = gsl_stats_quantile_from_sorted_data(sorted, 1, count, 0.95);
    free(sorted);
}

static enum tg_verdict judge(const struct tg_claim_outcome *o)
{
    const struct tg_study_claim *c = o->claim;
    bool ranged = isfinite(c->low) || isfinite(c->high);
    bool within = ranged && o->median >= c->low && o->median <= c->high;
    bool near = !isnan(c->value) && fabs(o->median - c->value) <= 0.1 * fabs(c->value);
    if (within || near)
        return TG_MET;
    bool reaches = ranged && o->high >= c->low && o->low <= c->high;
    bool holds = !isnan(c->value) && o->low <= c->value && c->value <= o->high;
    return reaches || holds ? TG_CONSISTENT : TG_MISSED;
}

/* Of some hundred priors without influence none exceeds this by chance in nine of ten cases. */
static double least_correlation(size_t draws)
{
    return 3.3 / sqrt((double)draws - 1);
}

static void suspect(struct tg_reproduction *r, struct tg_claim_outcome *o, double *workspace)
{
    for (size_t i = 0; i < r->priors.count; i++) {
        double c = gsl_stats_spearman(&r->drawn[i * r->draws], 1, o->values, 1, r->draws, workspace);
        struct tg_suspect entry = {&r->priors.items[i], c, NAN};
        for (size_t k = 0; k < TG_SUSPECTS && fabs(c) >= least_correlation(r->draws); k++) {
            if (o->suspects[k].prior && fabs(o->suspects[k].correlation) >= fabs(entry.correlation))
                continue;
            struct tg_suspect pushed = o->suspects[k];
            o->suspects[k] = entry;
            entry = pushed;
            if (!entry.prior)
                break;
        }
    }
}

static int conclude_claim(const struct work *w, size_t claim, struct tg_error *err)
{
    struct tg_reproduction *r = w->r;
    size_t n = r->draws, claims = r->study->claim_count;
    struct tg_claim_outcome *o = &r->claims[claim];
    double *workspace = malloc((2 * n + 1) * sizeof *workspace);
    o->claim = &r->study->claims[claim];
    o->values = malloc(n * sizeof *o->values);
    if (!workspace || !o->values) {
        free(workspace);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    o->parts = w->measured[claim];
    for (size_t p = 0; p < o->parts.part_count; p++) {
        double low, high;
        for (size_t d = 0; d < n; d++)
            o->values[d] = w->measured[(d + 1) * claims + claim].parts[p].value;
        interval(o->values, n, &o->parts.parts[p].value, &low, &high);
    }
    for (size_t d = 0; d < n; d++)
        o->values[d] = w->measured[(d + 1) * claims + claim].value;
    interval(o->values, n, &o->median, &o->low, &o->high);
    o->verdict = judge(o);
    suspect(r, o, workspace);
    free(workspace);
    return TG_OK;
}

static int conclude_fit(const struct work *w, size_t fit, struct tg_error *err)
{
    struct tg_reproduction *r = w->r;
    struct tg_fit_outcome *o = &r->fits[fit];
    struct tg_prior prior = {0};
    *o = (struct tg_fit_outcome){.key = r->study->fits[fit].keys[0],
                                 .values = malloc(r->draws * sizeof *o->values)};
    if (!o->values)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = find_prior(r->study, o->key, &prior, err);
    o->unit = prior.unit;
    o->prior = prior.value;
    o->prior_low = prior.low;
    o->prior_high = prior.high;
    for (size_t d = 0; d < r->draws; d++)
        o->values[d] = w->fitted[(d + 1) * r->study->fit_count + fit];
    interval(o->values, r->draws, &o->median, &o->low, &o->high);
    r->best_fit[fit] = w->fitted[fit];
    return rc;
}

static int conclude(const struct work *w, struct tg_error *err)
{
    struct tg_reproduction *r = w->r;
    for (size_t i = 0; i < r->priors.count; i++)
        for (size_t d = 0; d < r->draws; d++)
            r->drawn[i * r->draws + d] = tg_prior_draw(&r->priors.items[i], r->seed, d);
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < r->study->claim_count; i++)
        if (is_wanted(w->options, r->study->claims[i].id))
            rc = conclude_claim(w, i, err);
    for (size_t i = 0; !rc && !w->options->only && i < r->study->fit_count; i++)
        rc = conclude_fit(w, i, err);
    return rc;
}

/* What would have to be. */

struct question {
    struct tg_reproduction *r;
    struct tg_claim_outcome *outcome;
    struct tg_suspect *suspect;
};

/* The claim with all at its best guess but one prior, and with the fits made anew; its ratio to what is
 * published, as a logarithm where both are positive. */
static int ask(const struct question *q, double value, double *gap, struct tg_error *err)
{
    const struct tg_study_claim *claim = q->outcome->claim;
    double wanted = !isnan(claim->value)              ? claim->value
                    : q->outcome->median < claim->low ? claim->low
                                                      : claim->high;
    double fitted[TG_STUDY_CLAIMS_MAX];
    struct tg_measured m = {.value = NAN};
    struct tg_study_draw *draw;
    int rc = tg_study_draw_new(q->r->study, q->r->seed, TG_DRAW_BEST, &draw, err);
    if (rc)
        return rc;
    rc = tg_study_draw_set(draw, q->suspect->prior->key, value, err);
    rc = rc ? rc : tg_reproduce_fit(draw, fitted, err);
    rc = rc ? rc : measure(draw, claim, &m, err);
    tg_study_draw_free(draw);
    *gap = m.value - wanted;
    return rc;
}

/* Where the fits fail on the way there is no answer. */
static double find_needed(const struct question *q)
{
    enum { STEPS = 10 };
    const struct tg_prior *p = q->suspect->prior;
    double low = p->low > 0 ? p->low / 10 : p->low, high = p->high * 10, gap_low, gap_high, gap;
    if (ask(q, low, &gap_low, NULL) || ask(q, high, &gap_high, NULL) || !(gap_low * gap_high < 0))
        return NAN;
    for (int i = 0; i < STEPS; i++) {
        double middle = low > 0 ? sqrt(low * high) : (low + high) / 2;
        if (ask(q, middle, &gap, NULL))
            return NAN;
        if (gap * gap_low > 0) {
            low = middle;
            gap_low = gap;
        } else {
            high = middle;
        }
    }
    return low > 0 ? sqrt(low * high) : (low + high) / 2;
}

static int needed_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct tg_reproduction *r = context;
    struct question q = {.r = r, .outcome = &r->claims[index / TG_SUSPECTS]};
    (void)worker, (void)err;
    q.suspect = &q.outcome->suspects[index % TG_SUSPECTS];
    if (q.outcome->values && q.outcome->verdict != TG_MET && q.suspect->prior)
        q.suspect->needed = find_needed(&q);
    return TG_OK;
}

static int allocate(struct work *w, struct tg_error *err)
{
    struct tg_reproduction *r = w->r;
    int rc = tg_study_priors(r->study, &r->priors, err);
    if (rc)
        return rc;
    w->total = r->draws + 1;
    w->measured = calloc(w->total * r->study->claim_count + 1, sizeof *w->measured);
    w->fitted = calloc(w->total * r->study->fit_count + 1, sizeof *w->fitted);
    r->drawn = calloc(r->priors.count * r->draws + 1, sizeof *r->drawn);
    return w->measured && w->fitted && r->drawn ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_reproduce(const struct tg_study *study, const struct tg_reproduce_options *options,
                 struct tg_reproduction *out, struct tg_error *err)
{
    *out = (struct tg_reproduction){.study = study, .draws = options->draws, .seed = options->seed};
    struct work w = {.r = out, .options = options, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct tg_workers workers = {.threads = options->threads,
                                 .job = draw_job,
                                 .context = &w,
                                 .interrupted = options->interrupted,
                                 .interrupted_context = options->context};
    int rc = allocate(&w, err);
    rc = rc ? rc : tg_workers_run(&workers, w.total, err);
    rc = rc ? rc : conclude(&w, err);
    if (!rc && options->explain) {
        workers.job = needed_job;
        workers.context = out;
        rc = tg_workers_run(&workers, study->claim_count * TG_SUSPECTS, err);
    }
    free(w.measured);
    free(w.fitted);
    pthread_mutex_destroy(&w.lock);
    if (rc)
        tg_reproduction_release(out);
    return rc;
}

void tg_reproduction_release(struct tg_reproduction *r)
{
    for (size_t i = 0; i < TG_STUDY_CLAIMS_MAX; i++) {
        free(r->claims[i].values);
        free(r->fits[i].values);
    }
    free(r->drawn);
    tg_priors_release(&r->priors);
    *r = (struct tg_reproduction){0};
}
