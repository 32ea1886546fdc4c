#include "tg_sequential.h"

#include <math.h>

/* Bounds of the growth between looks, and what a failed test of correlation asks for. Derived from
 * experiments on M/M/1 queues: coverage does not depend on them within 1.05 ... 1.5, run length does a
 * little. */
static const double LEAST_GROWTH = 1.1, MOST_GROWTH = 2, GROWTH_IF_CORRELATED = 1.2;
/* One-sided 5 % of the normal distribution. */
static const double CORRELATED = 1.6448536269514722;
/* For a quantile: observations expected on its rarer side before the first look. */
static const double LEAST_RARE = 1000;
/* Independent observations that a run must be worth, and of these, for a quantile, on its rarer side. Without
 * them, 84 % of intervals covered the mean of an M/M/1 queue at load 0.9 where 20 % had been wanted. */
static const double LEAST_WORTH = 500, LEAST_RARE_WORTH = 20;
static const uint64_t MOST = UINT64_C(1) << 37;

static int check(const struct tg_sequential_plan *p, struct tg_error *err)
{
    if (!(p->relative_half_width > 0))
        return tg_error_set(err, TG_EUSAGE, "a relative half-width of %g is not greater than 0",
                            p->relative_half_width);
    if (!(p->level > 0 && p->level < 1))
        return tg_error_set(err, TG_EUSAGE, "a confidence level of %g is not between 0 and 1", p->level);
    if (!(p->quantile >= 0 && p->quantile < 1))
        return tg_error_set(err, TG_EUSAGE, "a quantile of %g is not between 0 and 1", p->quantile);
    if (p->most > MOST || p->least > MOST || p->skip > MOST)
        return tg_error_set(err, TG_EUSAGE, "more than 2^37 observations were asked for");
    if (p->most && p->most < TG_SEQUENTIAL_BATCHES)
        return tg_error_set(err, TG_EUSAGE, "a limit of %llu observations is below %d",
                            (unsigned long long)p->most, TG_SEQUENTIAL_BATCHES);
    return TG_OK;
}

static uint64_t default_least(double quantile)
{
    double rarer = quantile < 0.5 ? quantile : 1 - quantile;
    double least = rarer > 0 ? LEAST_RARE / rarer : 0;
    if (least < TG_SEQUENTIAL_LEAST)
        return TG_SEQUENTIAL_LEAST;
    return least < (double)MOST ? (uint64_t)least : MOST;
}

static uint64_t batch_size(const struct tg_sequential *s)
{
    return s->sections.counts ? s->sections.size : s->batches.size;
}

/* Sets the next look to the first end of a batch at or after n observations past the warm-up. */
static void look_at(struct tg_sequential *s, double n)
{
    uint64_t target = n < (double)s->plan.most ? (uint64_t)n : s->plan.most, size = batch_size(s);
    while (target / size >= TG_SEQUENTIAL_BATCHES)
        size *= 2;
    s->next = s->plan.skip + (target + size - 1) / size * size;
}

int tg_sequential_init(struct tg_sequential *s, const struct tg_sequential_plan *plan, struct tg_error *err)
{
    int rc = check(plan, err);
    if (rc)
        return rc;
    *s = (struct tg_sequential){.plan = *plan};
    if (!s->plan.most)
        s->plan.most = MOST;
    if (!s->plan.least)
        s->plan.least = default_least(plan->quantile);
    rc = plan->quantile > 0 ? tg_sections_init(&s->sections, TG_SEQUENTIAL_BATCHES, 1, err)
                            : tg_batches_init(&s->batches, TG_SEQUENTIAL_BATCHES, 1, err);
    if (rc)
        return rc;
    s->estimate = tg_sequential_estimate(s);
    look_at(s, (double)s->plan.least);
    return TG_OK;
}

void tg_sequential_release(struct tg_sequential *s)
{
    tg_batches_release(&s->batches);
    tg_sections_release(&s->sections);
}

/* Of single observations, those of the batch being filled included. */
static double variance(const struct tg_sequential *s, double mean)
{
    double n = (double)(s->n - s->plan.skip), shift = mean - s->origin;
    return s->squares / n - shift * shift;
}

static struct tg_estimate estimate(const struct tg_sequential *s, struct tg_steady_quality *quality)
{
    if (s->sections.counts)
        return tg_sections_quantile(&s->sections, s->plan.quantile, s->plan.level, quality);
    const struct tg_batches *b = &s->batches;
    struct tg_estimate e = tg_steady_interval(b->means, b->count, s->plan.level);
    *quality = tg_steady_quality(b->means, b->count, variance(s, e.mean));
    return e;
}

struct tg_estimate tg_sequential_estimate(const struct tg_sequential *s)
{
    struct tg_steady_quality quality;
    return estimate(s, &quality);
}

/* How much longer the run must be, were the variance estimate right; above 1 where it may not stop. */
static double needed(const struct tg_sequential *s)
{
    double excess = tg_estimate_relative_half_width(&s->estimate) / s->plan.relative_half_width;
    double rarer = s->plan.quantile < 0.5 ? s->plan.quantile : 1 - s->plan.quantile;
    double worth = s->plan.quantile > 0 && LEAST_RARE_WORTH / rarer > LEAST_WORTH ? LEAST_RARE_WORTH / rarer
                                                                                  : LEAST_WORTH;
    double precision = excess * excess, substance = worth / s->quality.worth;
    return precision > substance ? precision : substance;
}

static double growth(double needed)
{
    return needed < LEAST_GROWTH ? LEAST_GROWTH : needed < MOST_GROWTH ? needed : MOST_GROWTH;
}

int tg_sequential_look(struct tg_sequential *s)
{
    if (s->state != TG_SEQUENTIAL_RUNNING)
        return 1;
    s->looks++;
    s->estimate = estimate(s, &s->quality);
    uint64_t n = s->n - s->plan.skip;
    double longer = needed(s);
    int correlated = s->quality.correlation > CORRELATED;
    if (longer <= 1 && !correlated)
        s->state = TG_SEQUENTIAL_PRECISE;
    else if (n >= s->plan.most)
        s->state = TG_SEQUENTIAL_EXHAUSTED;
    else
        look_at(s, (double)n *
                       growth(correlated && longer < GROWTH_IF_CORRELATED ? GROWTH_IF_CORRELATED : longer));
    return s->state != TG_SEQUENTIAL_RUNNING;
}
