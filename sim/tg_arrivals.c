/* What all arrival processes share, and the renewal and deterministic ones. */
#include "tg_arrivals.h"

#include <math.h>

#include "tg_arrivals_kind.h"

static int check_rate(double rate_per_s, struct tg_error *err)
{
    if (!(rate_per_s >= 1e-6 && rate_per_s <= 1e12))
        return tg_error_set(err, TG_EINPUT, "the arrival rate is %g/s, but must be from 1e-6/s to 1e12/s",
                            rate_per_s);
    return TG_OK;
}

int tg_arrivals_make(struct tg_arrivals *arrivals, const struct tg_arrivals_kind *kind, double own_per_s,
                     struct tg_error *err)
{
    *arrivals = (struct tg_arrivals){0};
    int rc = check_rate(own_per_s, err);
    if (rc)
        return rc;
    arrivals->kind = kind;
    arrivals->own_per_s = arrivals->rate_per_s = own_per_s;
    return TG_OK;
}

int tg_arrivals_start(struct tg_arrivals *arrivals, double rate_per_s, const struct tg_rng *rng,
                      struct tg_error *err)
{
    if (rate_per_s == 0)
        rate_per_s = arrivals->own_per_s;
    int rc = check_rate(rate_per_s, err);
    if (rc)
        return rc;
    arrivals->rate_per_s = rate_per_s;
    arrivals->rng = *rng;
    arrivals->whole_ps = 0;
    arrivals->fraction = 0;
    arrivals->kind->start(arrivals);
    return TG_OK;
}

int tg_arrivals_copy(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err)
{
    *copy = *arrivals;
    int rc = arrivals->kind->copy ? arrivals->kind->copy(copy, arrivals, err) : TG_OK;
    if (rc)
        *copy = (struct tg_arrivals){0};
    return rc;
}

void tg_arrivals_release(struct tg_arrivals *arrivals)
{
    if (arrivals->kind && arrivals->kind->release)
        arrivals->kind->release(arrivals);
    *arrivals = (struct tg_arrivals){0};
}

static void renewal_start(struct tg_arrivals *arrivals)
{
    double unit_ps = arrivals->of.renewal.unit_ps, stretch = arrivals->own_per_s / arrivals->rate_per_s;
    arrivals->of.renewal.scale_ps = unit_ps * stretch;
}

static tg_ps renewal_next(struct tg_arrivals *arrivals)
{
    return tg_arrivals_next(arrivals);
}

static int renewal_copy(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_dist_copy(&copy->of.renewal.gap, &arrivals->of.renewal.gap, err);
}

static void renewal_release(struct tg_arrivals *arrivals)
{
    tg_dist_release(&arrivals->of.renewal.gap);
}

static const struct tg_arrivals_kind renewal_kind = {
    .name = "renewal",
    .start = renewal_start,
    .next = renewal_next,
    .copy = renewal_copy,
    .release = renewal_release,
};

static int check_gap(const struct tg_dist *gap, double unit_ps, struct tg_error *err)
{
    double mean = tg_dist_mean(gap), least = tg_dist_quantile(gap, 0);
    if (!(unit_ps > 0 && unit_ps < HUGE_VAL))
        return tg_error_set(err, TG_EINPUT, "the unit of gaps is %g ps, but must be above 0", unit_ps);
    if (!(mean > 0 && mean < HUGE_VAL))
        return tg_error_set(err, TG_EINPUT,
                            "the mean gap between arrivals is %g, but must be finite and above 0", mean);
    if (!(least >= 0))
        return tg_error_set(err, TG_EINPUT,
                            "gaps between arrivals can be as low as %g, but must not be negative", least);
    return TG_OK;
}

int tg_arrivals_init_renewal(struct tg_arrivals *arrivals, struct tg_dist *gap, double unit_ps,
                             struct tg_error *err)
{
    *arrivals = (struct tg_arrivals){0};
    int rc = check_gap(gap, unit_ps, err);
    if (!rc)
        rc = tg_arrivals_make(arrivals, &renewal_kind, (double)TG_PS_PER_S / (tg_dist_mean(gap) * unit_ps),
                              err);
    if (rc) {
        tg_dist_release(gap);
        return rc;
    }
    arrivals->renewal = true;
    arrivals->of.renewal.gap = *gap;
    arrivals->of.renewal.unit_ps = unit_ps;
    *gap = (struct tg_dist){0};
    return TG_OK;
}

int tg_arrivals_init_poisson(struct tg_arrivals *arrivals, double rate_per_s, struct tg_error *err)
{
    struct tg_dist gap;
    const double mean = 1;
    int rc = check_rate(rate_per_s, err);
    if (!rc)
        rc = tg_dist_init(&gap, "exponential", &mean, 1, err);
    if (!rc)
        rc = tg_arrivals_init_renewal(arrivals, &gap, (double)TG_PS_PER_S / rate_per_s, err);
    if (rc) {
        *arrivals = (struct tg_arrivals){0};
        return rc;
    }
    arrivals->own_per_s = arrivals->rate_per_s = rate_per_s;
    return TG_OK;
}

/* The gap 1e12 / rate as a whole number and an exact fraction: the rate is m 2^-e, with m a whole number of
 * 53 bits, so that the gap is 1e12 2^e / m. Both parts are doubled and the carry starts at a half: times are
 * rounded, halves up. */
static void deterministic_start(struct tg_arrivals *arrivals)
{
    int exponent;
    uint64_t m = (uint64_t)(frexp(arrivals->rate_per_s, &exponent) * 0x1p53);
    unsigned __int128 numerator = (unsigned __int128)TG_PS_PER_S << (53 - exponent);
    arrivals->of.deterministic.step_ps = (tg_ps)(numerator / m);
    arrivals->of.deterministic.part = 2 * (uint64_t)(numerator % m);
    arrivals->of.deterministic.whole = 2 * m;
    arrivals->of.deterministic.carry = m;
}

static tg_ps deterministic_next(struct tg_arrivals *arrivals)
{
    tg_ps step = arrivals->of.deterministic.step_ps;
    arrivals->of.deterministic.carry += arrivals->of.deterministic.part;
    if (arrivals->of.deterministic.carry >= arrivals->of.deterministic.whole) {
        arrivals->of.deterministic.carry -= arrivals->of.deterministic.whole;
        step++;
    }
    if (__builtin_add_overflow(arrivals->whole_ps, step, &arrivals->whole_ps))
        arrivals->whole_ps = TG_PS_MAX;
    return arrivals->whole_ps;
}

static const struct tg_arrivals_kind deterministic_kind = {
    .name = "deterministic",
    .start = deterministic_start,
    .next = deterministic_next,
};

int tg_arrivals_init_deterministic(struct tg_arrivals *arrivals, double rate_per_s, struct tg_error *err)
{
    return tg_arrivals_make(arrivals, &deterministic_kind, rate_per_s, err);
}
