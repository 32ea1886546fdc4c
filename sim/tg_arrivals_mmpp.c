/* The Markov-modulated Poisson process: in each state, the next event is an arrival or a change of state. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "tg_alias.h"
#include "tg_arrivals_kind.h"
#include "tg_chain.h"

struct tg_arrivals_mmpp {
    uint32_t n, state;
    double generator_per_s[TG_CHAIN_MAX * TG_CHAIN_MAX];
    double rates_per_s[TG_CHAIN_MAX]; /* at the process's own rate */
    double stationary[TG_CHAIN_MAX];
    double stay_ps[TG_CHAIN_MAX]; /* mean time to the next event of either sort */
    /* Row i: which state comes next, or n for an arrival. */
    double keep[TG_CHAIN_MAX][TG_CHAIN_MAX + 1];
    uint32_t alias[TG_CHAIN_MAX][TG_CHAIN_MAX + 1];
};

static double leaving_rate(const struct tg_arrivals_mmpp *mmpp, uint32_t state)
{
    double sum = 0;
    for (uint32_t j = 0; j < mmpp->n; j++)
        sum += j == state ? 0 : mmpp->generator_per_s[state * mmpp->n + j];
    return sum;
}

static void fill_row(struct tg_arrivals_mmpp *mmpp, uint32_t state, double factor)
{
    double weights[TG_CHAIN_MAX + 1], arrival = mmpp->rates_per_s[state] * factor;
    memcpy(weights, mmpp->generator_per_s + state * mmpp->n, mmpp->n * sizeof *weights);
    weights[state] = 0;
    weights[mmpp->n] = arrival;
    mmpp->stay_ps[state] = (double)TG_PS_PER_S / (leaving_rate(mmpp, state) + arrival);
    tg_alias_build(weights, mmpp->n + 1, mmpp->keep[state], mmpp->alias[state], NULL); /* checked at init */
}

static void mmpp_start(struct tg_arrivals *arrivals)
{
    struct tg_arrivals_mmpp *mmpp = arrivals->of.mmpp;
    for (uint32_t i = 0; i < mmpp->n; i++)
        fill_row(mmpp, i, arrivals->rate_per_s / arrivals->own_per_s);
    double u = tg_rng_unit(&arrivals->rng);
    mmpp->state = 0;
    while (mmpp->state + 1 < mmpp->n && u >= mmpp->stationary[mmpp->state])
        u -= mmpp->stationary[mmpp->state++];
}

static tg_ps mmpp_next(struct tg_arrivals *arrivals)
{
    struct tg_arrivals_mmpp *mmpp = arrivals->of.mmpp;
    double gap_ps = 0;
    while (gap_ps < 0x1p63) {
        uint32_t state = mmpp->state;
        gap_ps += mmpp->stay_ps[state] * tg_rng_exponential(&arrivals->rng);
        uint32_t outcome = tg_alias_pick(mmpp->keep[state], mmpp->alias[state], mmpp->n + 1, &arrivals->rng);
        if (outcome == mmpp->n)
            break;
        mmpp->state = outcome;
    }
    return tg_arrivals_advance(arrivals, gap_ps);
}

static int mmpp_copy(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err)
{
    copy->of.mmpp = malloc(sizeof *copy->of.mmpp);
    if (!copy->of.mmpp)
        return tg_error_set(err, TG_ENOMEM, "memory ran out for an arrival process");
    *copy->of.mmpp = *arrivals->of.mmpp;
    return TG_OK;
}

static void mmpp_release(struct tg_arrivals *arrivals)
{
    free(arrivals->of.mmpp);
}

static const struct tg_arrivals_kind mmpp_kind = {
    .name = "mmpp",
    .start = mmpp_start,
    .next = mmpp_next,
    .copy = mmpp_copy,
    .release = mmpp_release,
};

/* Every state must have something to do, and no rate may drown in infinity. */
static int check_rows(const struct tg_arrivals_mmpp *mmpp, struct tg_error *err)
{
    for (uint32_t i = 0; i < mmpp->n; i++) {
        double rate = mmpp->rates_per_s[i];
        if (!(rate >= 0 && rate <= 1e12))
            return tg_error_set(err, TG_EINPUT,
                                "mmpp: the arrival rate in state %u is %g/s, but must be from 0 to 1e12/s",
                                i + 1, rate);
        if (!(leaving_rate(mmpp, i) <= 1e15))
            return tg_error_set(err, TG_EINPUT,
                                "mmpp: state %u is left at %g/s, but at most 1e15/s is allowed", i + 1,
                                leaving_rate(mmpp, i));
    }
    return TG_OK;
}

static int fill(struct tg_arrivals_mmpp *mmpp, const double *generator_per_s, const double *rates_per_s,
                size_t n, double *own_per_s, struct tg_error *err)
{
    mmpp->n = (uint32_t)n;
    memcpy(mmpp->generator_per_s, generator_per_s, n * n * sizeof *generator_per_s);
    memcpy(mmpp->rates_per_s, rates_per_s, n * sizeof *rates_per_s);
    int rc = tg_chain_stationary(generator_per_s, n, mmpp->stationary, err);
    if (rc)
        return tg_error_wrap(err, rc, "mmpp");
    rc = check_rows(mmpp, err);
    *own_per_s = 0;
    for (size_t i = 0; i < n; i++)
        *own_per_s += mmpp->stationary[i] * rates_per_s[i];
    return rc;
}

int tg_arrivals_init_mmpp(struct tg_arrivals *arrivals, const double *generator_per_s,
                          const double *rates_per_s, size_t n, struct tg_error *err)
{
    double own_per_s = 0;
    *arrivals = (struct tg_arrivals){0};
    if (n < 1 || n > TG_CHAIN_MAX)
        return tg_error_set(err, TG_EINPUT, "mmpp has %zu states, but 1 to %d are allowed", n, TG_CHAIN_MAX);
    struct tg_arrivals_mmpp *mmpp = calloc(1, sizeof *mmpp);
    if (!mmpp)
        return tg_error_set(err, TG_ENOMEM, "memory ran out for an arrival process");
    int rc = fill(mmpp, generator_per_s, rates_per_s, n, &own_per_s, err);
    if (!rc)
        rc = tg_arrivals_make(arrivals, &mmpp_kind, own_per_s, err);
    if (rc) {
        free(mmpp);
        return rc;
    }
    arrivals->of.mmpp = mmpp;
    return TG_OK;
}
