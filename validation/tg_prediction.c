#include "tg_prediction.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_bed_model.h"
#include "tg_json.h"
#include "tg_load.h"
#include "tg_priors.h"
#include "tg_saturation.h"
#include "tg_workers.h"

static const double loads[] = {0.05, 0.1, 0.2, 0.3, 0.5, 0.65, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2};
enum { LOADS = sizeof loads / sizeof *loads };

struct tg_prediction_settings tg_prediction_full(void)
{
    return (struct tg_prediction_settings){.draws = 12, .window_s = 0.3, .warmup_s = 0.06, .seed = 1};
}

struct tg_prediction_settings tg_prediction_quick(void)
{
    return (struct tg_prediction_settings){.draws = 8, .window_s = 0.06, .warmup_s = 0.02, .seed = 1};
}

/* What the threads share: each job writes to a place of its own. */
struct work {
    const struct tg_prediction_settings *settings;
    struct tg_prediction *prediction;
    char *best, **drawn;         /* texts of profiles */
    double *base_per_s;          /* a first look at each system's saturation */
    struct tg_bed_point *points; /* [system][draw][load] */
    pthread_mutex_t lock;
    size_t done, total;
};

static void tell(struct work *w)
{
    if (!w->settings->progress)
        return;
    pthread_mutex_lock(&w->lock);
    w->settings->progress(w->settings->context, ++w->done, w->total);
    pthread_mutex_unlock(&w->lock);
}

/* Doubles the rate until two in a row are not sustained; the most replies seen are the saturation, nearly. */
static int look(struct tg_rig *rig, double *per_s, struct tg_error *err)
{
    enum { MISSES = 2, REQUESTS = 3000 };
    const double first_per_s = 500, last_per_s = 1e8, sustained = 0.98;
    const tg_ps horizon_ps = rig->scenario.horizon_ps, warm_up_ps = rig->scenario.warm_up_ps;
    int misses = 0, rc = TG_OK;
    *per_s = 0;
    for (double rate = first_per_s; !rc && misses < MISSES && rate < last_per_s; rate *= 2) {
        struct tg_sight sight;
        rig->scenario.horizon_ps = tg_ps_from_s(fmin(REQUESTS / rate + 0.005, tg_s_from_ps(horizon_ps)));
        rig->scenario.warm_up_ps = rig->scenario.horizon_ps / 4;
        rc = tg_rig_run(rig, rate, 0, NULL, &sight, err);
        if (rc)
            break;
        *per_s = fmax(*per_s, sight.metrics[TG_METRIC_REPLY_PER_S]);
        misses = sight.replied_ratio < sustained ? misses + 1 : 0;
    }
    rig->scenario.horizon_ps = horizon_ps;
    rig->scenario.warm_up_ps = warm_up_ps;
    return rc;
}

static struct tg_bed_model_setup setup_of(const struct work *w, size_t system, const char *profile)
{
    return (struct tg_bed_model_setup){.system = w->prediction->systems[system].system,
                                       .profile = profile,
                                       .window_s = w->settings->window_s,
                                       .warmup_s = w->settings->warmup_s,
                                       .seed = w->settings->seed};
}

/* A price that is missing is no failure: it is said of the system. */
static int look_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    struct tg_predicted *p = &w->prediction->systems[index];
    struct tg_bed_model_setup setup = setup_of(w, index, w->best);
    struct tg_rig rig;
    (void)worker;
    int rc = tg_bed_model_open(&setup, &rig, err);
    rc = rc ? rc : look(&rig, &w->base_per_s[index], err);
    tg_rig_close(&rig);
    if (rc == TG_EINPUT) {
        snprintf(p->skipped, sizeof p->skipped, "%s", err->text);
        rc = TG_OK;
    }
    tell(w);
    return rc;
}

static enum tg_limit limit_of(const struct tg_sight *s)
{
    const double sustained = 0.98;
    if (s->replied_ratio >= sustained)
        return TG_LIMIT_NONE;
    return s->metrics[TG_METRIC_CLIENT_UTILIZATION] > s->metrics[TG_METRIC_UTILIZATION] ? TG_LIMIT_CLIENT
                                                                                        : TG_LIMIT_SERVER;
}

/* Of what was sent: what the client could not even begin is no loss of the server's. */
static double lost_fraction(const struct tg_result *r, double horizon_s)
{
    int64_t lost =
        r->offered - r->replied - r->still_open - r->lost[TG_LOSS_DESCRIPTORS] - r->lost[TG_LOSS_PORTS];
    return (double)lost / tg_s_from_ps(r->window_ps) / ((double)r->sent / horizon_s);
}

static struct tg_bed_point point_of(const struct tg_rig *rig, const struct tg_sight *s, double rate_per_s,
                                    size_t draw)
{
    struct tg_bed_point p = tg_bed_point_unknown();
    p.repetition = (double)draw + 1;
    p.wanted_per_s = p.offered_per_s = rate_per_s;
    p.reply_per_s = s->metrics[TG_METRIC_REPLY_PER_S];
    p.answered_fraction = s->replied_ratio;
    p.lost_fraction = lost_fraction(&rig->result, tg_s_from_ps(rig->scenario.horizon_ps));
    p.latency_mean_ns = s->metrics[TG_METRIC_MEAN_PS] * 1e-3;
    p.latency_p50_ns = s->metrics[TG_METRIC_P50_PS] * 1e-3;
    p.latency_p99_ns = s->metrics[TG_METRIC_P99_PS] * 1e-3;
    p.limited_by = limit_of(s);
    return p;
}

static int draw_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    size_t system = index / w->settings->draws, draw = index % w->settings->draws;
    struct tg_bed_point *points = w->points + index * LOADS;
    struct tg_bed_model_setup setup = setup_of(w, system, w->drawn[draw]);
    struct tg_rig rig;
    (void)worker;
    if (*w->prediction->systems[system].skipped)
        return TG_OK;
    int rc = tg_bed_model_open(&setup, &rig, err);
    for (size_t i = 0; !rc && i < LOADS; i++) {
        struct tg_sight sight;
        double rate_per_s = loads[i] * w->base_per_s[system];
        rc = tg_rig_run(&rig, rate_per_s, draw, NULL, &sight, err);
        points[i] = point_of(&rig, &sight, rate_per_s, draw);
    }
    tg_rig_close(&rig);
    tell(w);
    return rc;
}

static int run_jobs(struct work *w, int (*job)(void *, unsigned, size_t, struct tg_error *), size_t count,
                    struct tg_error *err)
{
    const struct tg_prediction_settings *s = w->settings;
    struct tg_workers workers = {.threads = s->threads ? s->threads : tg_workers_cores(),
                                 .job = job,
                                 .context = w,
                                 .interrupted = s->interrupted,
                                 .interrupted_context = s->context};
    return tg_workers_run(&workers, count, err);
}

/* Summing up. */

static struct tg_span span_of(const double *values, size_t count)
{
    double known[TG_PREDICTION_DRAWS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i]))
            known[n++] = values[i];
    }
    return tg_span_quantiles(known, n);
}

static const struct {
    size_t of_point, of_predicted;
} columns[] = {
    {offsetof(struct tg_bed_point, reply_per_s), offsetof(struct tg_predicted_point, reply_per_s)},
    {offsetof(struct tg_bed_point, latency_mean_ns), offsetof(struct tg_predicted_point, mean_ns)},
    {offsetof(struct tg_bed_point, latency_p50_ns), offsetof(struct tg_predicted_point, p50_ns)},
    {offsetof(struct tg_bed_point, latency_p99_ns), offsetof(struct tg_predicted_point, p99_ns)},
    {offsetof(struct tg_bed_point, lost_fraction), offsetof(struct tg_predicted_point, lost_fraction)},
};

static void sum_up_load(const struct tg_bed_point *points, size_t draws, size_t load,
                        struct tg_predicted_point *out)
{
    double values[TG_PREDICTION_DRAWS_MAX];
    out->offered_per_s = points[load].offered_per_s;
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t d = 0; d < draws; d++)
            values[d] = *(const double *)((const char *)&points[d * LOADS + load] + columns[c].of_point);
        *(struct tg_span *)((char *)out + columns[c].of_predicted) = span_of(values, draws);
    }
}

static int sum_up(struct work *w, size_t system, struct tg_error *err)
{
    struct tg_predicted *p = &w->prediction->systems[system];
    const size_t draws = w->settings->draws;
    const struct tg_bed_point *points = w->points + system * draws * LOADS;
    struct tg_saturation all;
    int rc = TG_OK;
    if (*p->skipped)
        return TG_OK;
    p->draw_count = draws;
    for (size_t d = 0; !rc && d < draws; d++) {
        struct tg_saturation one;
        rc = tg_saturation_of(points + d * LOADS, LOADS, &one, err);
        p->draws_per_s[d] = one.per_s;
    }
    rc = rc ? rc : tg_saturation_of(points, draws * LOADS, &all, err);
    if (rc)
        return rc;
    p->saturation_per_s = span_of(p->draws_per_s, draws);
    p->limited_by = all.limited_by;
    p->point_count = LOADS;
    for (size_t i = 0; i < LOADS; i++)
        sum_up_load(points, draws, i, &p->points[i]);
    return TG_OK;
}

/* All together. */

/* A machine is quiet in most watches for jitter and disturbed in some: each draw takes one of them. */
static void choose_watch(cJSON *profile, size_t draw)
{
    cJSON *watches = cJSON_DetachItemFromObjectCaseSensitive(profile, "watches");
    int count = cJSON_GetArraySize(watches);
    if (count)
        cJSON_ReplaceItemInObjectCaseSensitive(
            profile, "jitter", cJSON_DetachItemFromArray(watches, (int)(draw % (size_t)count)));
    cJSON_Delete(watches);
}

static int print_best(struct work *w, const cJSON *profile, struct tg_error *err)
{
    cJSON *best = cJSON_Duplicate(profile, 1);
    cJSON_DeleteItemFromObjectCaseSensitive(best, "watches");
    w->best = best ? tg_json_print(best) : NULL;
    cJSON_Delete(best);
    return w->best ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int draw_profiles(struct work *w, const cJSON *profile, struct tg_error *err)
{
    int rc = print_best(w, profile, err);
    for (size_t d = 0; !rc && d < w->settings->draws; d++) {
        cJSON *copy = cJSON_Duplicate(profile, 1);
        rc = copy ? tg_bed_model_open_ranges(copy, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
        if (!rc)
            choose_watch(copy, d);
        rc = rc ? rc : tg_priors_draw(copy, "profile", w->settings->seed, d, err);
        w->drawn[d] = rc ? NULL : tg_json_print(copy);
        cJSON_Delete(copy);
        if (!rc && !w->drawn[d])
            rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return rc;
}

static int predict(struct work *w, const cJSON *profile, struct tg_error *err)
{
    const size_t count = w->prediction->count;
    w->total = count * (1 + w->settings->draws);
    int rc = draw_profiles(w, profile, err);
    rc = rc ? rc : run_jobs(w, look_job, count, err);
    rc = rc ? rc : run_jobs(w, draw_job, count * w->settings->draws, err);
    for (size_t i = 0; !rc && i < count; i++)
        rc = sum_up(w, i, err);
    return rc;
}

int tg_predict(const struct tg_bed_system *const *systems, size_t count, const cJSON *profile,
               const struct tg_prediction_settings *settings, struct tg_prediction *prediction,
               struct tg_error *err)
{
    const size_t draws = settings->draws;
    struct work w = {.settings = settings, .prediction = prediction, .lock = PTHREAD_MUTEX_INITIALIZER};
    *prediction = (struct tg_prediction){0};
    if (draws < 1 || draws > TG_PREDICTION_DRAWS_MAX)
        return tg_error_set(err, TG_EUSAGE, "a prediction takes 1 to %d draws, not %zu",
                            TG_PREDICTION_DRAWS_MAX, draws);
    prediction->systems = calloc(count ? count : 1, sizeof *prediction->systems);
    prediction->count = prediction->systems ? count : 0;
    for (size_t i = 0; i < prediction->count; i++)
        prediction->systems[i].system = systems[i];
    w.drawn = calloc(draws, sizeof *w.drawn);
    w.base_per_s = calloc(count + 1, sizeof *w.base_per_s);
    w.points = calloc((count + 1) * draws * LOADS, sizeof *w.points);
    int rc = prediction->systems && w.drawn && w.base_per_s && w.points
                 ? predict(&w, profile, err)
                 : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t d = 0; w.drawn && d < draws; d++)
        free(w.drawn[d]);
    free(w.best);
    free(w.drawn);
    free(w.base_per_s);
    free(w.points);
    if (rc)
        tg_prediction_release(prediction);
    return rc;
}

void tg_prediction_release(struct tg_prediction *prediction)
{
    free(prediction->systems);
    *prediction = (struct tg_prediction){0};
}

const struct tg_predicted *tg_prediction_find(const struct tg_prediction *prediction, const char *system)
{
    for (size_t i = 0; i < prediction->count; i++) {
        if (strcmp(prediction->systems[i].system->name, system) == 0)
            return &prediction->systems[i];
    }
    return NULL;
}

static double between(double a, double b, double part)
{
    return part <= 0 ? a : part >= 1 ? b : a + part * (b - a);
}

struct tg_span tg_predicted_at(const struct tg_predicted *p, double load, size_t column)
{
    const double offered = load * p->saturation_per_s.mid;
    for (size_t i = 0; i + 1 < p->point_count; i++) {
        const struct tg_predicted_point *a = &p->points[i], *b = a + 1;
        if (offered < a->offered_per_s || offered > b->offered_per_s)
            continue;
        double part = (offered - a->offered_per_s) / (b->offered_per_s - a->offered_per_s);
        const struct tg_span *x = (const struct tg_span *)((const char *)a + column),
                             *y = (const struct tg_span *)((const char *)b + column);
        return (struct tg_span){between(x->mid, y->mid, part), between(x->low, y->low, part),
                                between(x->high, y->high, part)};
    }
    return (struct tg_span){NAN, NAN, NAN};
}
