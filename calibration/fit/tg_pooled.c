#include "tg_pooled.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { SESSIONS_MAX = 64 };

static const double alike = 0.05;

static int merge(struct tg_sample *into, struct tg_sample *other, struct tg_error *err)
{
    struct tg_sample all;
    size_t i = 0, j = 0, k = 0;
    if (!into->n) {
        *into = *other;
        *other = (struct tg_sample){0};
        return TG_OK;
    }
    int rc = tg_sample_init(&all, into->n + other->n, err);
    if (rc)
        return rc;
    while (i < into->n || j < other->n) {
        bool first = j == other->n || (i < into->n && into->x[i] <= other->x[j]);
        all.x[k] = first ? into->x[i] : other->x[j];
        all.w[k++] = first ? into->w[i++] : other->w[j++];
    }
    tg_sample_sum(&all);
    tg_sample_release(into);
    *into = all;
    return TG_OK;
}

/* The fastest tenth of the raw samples is the cost's. The raw mean would be the cost's own, grown by its
 * hits, each of the mean length of the gaps no longer than the longest that hit; where hits cannot be
 * counted, by the share that jitter steals. */
static double explained(const struct tg_intrinsic *in)
{
    double mean = tg_sample_mean(&in->sample), fastest = tg_sample_lowest_mean(&in->sample, 0.1);
    if (in->method == TG_DILUTED)
        return mean / in->scale - fastest;
    if (in->method != TG_SEPARATED)
        return mean - fastest;
    double gap_ns = tg_jitter_mean_to(&in->jitter->one, in->longest_gap_ns);
    return mean - fastest + in->gaps * gap_ns / in->ops / (double)in->sample.n;
}

struct session {
    double mean, error, weight;
};

static void join_means(struct tg_pooled *p, const struct session *sessions, size_t n)
{
    double sum = 0, weights = 0, squares = 0, q = 0, low = HUGE_VAL, high = 0, variance = 0, total = 0;
    double mean = tg_sample_mean(&p->sample);
    for (size_t i = 0; i < n; i++) {
        double w = 1 / fmax(sessions[i].error * sessions[i].error, 1e-30 * mean * mean + 1e-300);
        sum += w * sessions[i].mean;
        weights += w;
        squares += w * w;
        total += sessions[i].weight;
        low = fmin(low, sessions[i].mean);
        high = fmax(high, sessions[i].mean);
    }
    for (size_t i = 0; i < n; i++) {
        double w = 1 / fmax(sessions[i].error * sessions[i].error, 1e-30 * mean * mean + 1e-300);
        q += w * (sessions[i].mean - sum / weights) * (sessions[i].mean - sum / weights);
    }
    double between = fmax(0, (q - (double)(n - 1)) / (weights - squares / weights));
    for (size_t i = 0; i < n; i++) {
        double share = sessions[i].weight / total;
        variance += share * share * (sessions[i].error * sessions[i].error + between);
    }
    double t = 1.959963984540054, half = t * sqrt(variance);
    p->q_p = gsl_cdf_chisq_Q(q, (double)(n - 1));
    p->disagreement = mean > 0 ? sqrt(between) / mean : 0;
    p->agree = p->q_p >= 0.01 || high - low <= alike * mean;
    p->precision.mean = (struct tg_estimate){
        .mean = mean, .low = fmax(p->sample.x[0], mean - half), .high = mean + half, .level = 0.95, .n = n};
}

static void widen(struct tg_estimate *into, const struct tg_estimate *other)
{
    into->low = fmin(into->low, other->low);
    into->high = fmax(into->high, other->high);
}

static void join_precision(struct tg_pooled *p, const struct tg_precision *one, bool first)
{
    if (first) {
        p->precision = *one;
        return;
    }
    widen(&p->precision.median, &one->median);
    widen(&p->precision.p99, &one->p99);
    p->precision.ljung_box_p = fmin(p->precision.ljung_box_p, one->ljung_box_p);
    p->precision.block = one->block > p->precision.block ? one->block : p->precision.block;
}

static int add_session(struct tg_pooled *p, const struct tg_trace *trace, const struct tg_jitter *jitter,
                       const char *name, struct session *session, struct tg_error *err)
{
    struct tg_intrinsic in;
    struct tg_precision precision;
    int rc = tg_intrinsic_split(trace, jitter, &in, err);
    if (rc)
        return rc;
    rc = tg_precision_of(&in, trace, name, &precision, err);
    double before = (double)p->count, n = (double)trace->count, all = before + n;
    p->raw_mean_ns = (p->raw_mean_ns * before + in.raw_mean_ns * n) / all;
    p->raw_fastest_ns = (p->raw_fastest_ns * before + in.raw_fastest_ns * n) / all;
    p->explained_ns = (p->explained_ns * before + explained(&in) * n) / all;
    p->turns_ns = (p->turns_ns * before + in.turns_ns * n) / all;
    p->hits += in.hits;
    p->aside += in.method == TG_SEPARATED ? in.hits : 0;
    p->count += trace->count;
    p->method = in.method > p->method ? in.method : p->method;
    *session = (struct session){.mean = precision.mean.mean,
                                .error = (precision.mean.high - precision.mean.low) / 2 / 1.959963984540054,
                                .weight = in.sample.total};
    if (!rc)
        join_precision(p, &precision, p->sessions == 0);
    if (!rc)
        rc = merge(&p->sample, &in.sample, err);
    p->sessions++;
    tg_intrinsic_release(&in);
    return rc;
}

int tg_pooled_make(const struct tg_trace *const *traces, const struct tg_jitter *const *jitters, size_t n,
                   const char *name, struct tg_pooled *out, struct tg_error *err)
{
    struct session sessions[SESSIONS_MAX];
    int rc = TG_OK;
    *out = (struct tg_pooled){.q_p = NAN, .agree = true};
    if (n > SESSIONS_MAX)
        return tg_error_set(err, TG_ELIMIT, "at most %d trace sets make one profile", SESSIONS_MAX);
    for (size_t i = 0; i < n && !rc; i++)
        rc = add_session(out, traces[i], jitters[i], name, &sessions[i], err);
    if (rc) {
        tg_pooled_release(out);
        return rc;
    }
    if (n > 1)
        join_means(out, sessions, n);
    out->precision.median.mean = tg_sample_quantile(&out->sample, 0.5);
    out->precision.p99.mean = tg_sample_quantile(&out->sample, 0.99);
    return TG_OK;
}

void tg_pooled_release(struct tg_pooled *pooled)
{
    tg_sample_release(&pooled->sample);
}
