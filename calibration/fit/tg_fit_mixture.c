#include "tg_fit_mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 400, ROUNDS = 150 };

/* Neighbouring values joined, with the weights of each part in one array. */
struct groups {
    size_t n;
    double x[GROUPS], log_x[GROUPS], w[GROUPS], part_w[TG_FIT_PARTS][GROUPS], scratch[2 * GROUPS];
};

static void make_groups(struct groups *g, const struct tg_sample *s)
{
    double per_group = s->total / GROUPS, sum = 0, weight = 0, limit = per_group, before = 0;
    g->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        sum += s->w[i] * s->x[i];
        weight += s->w[i];
        bool last = i + 1 == s->n;
        if (weight > 0 && (before + weight >= limit - 1e-9 || last) && g->n < GROUPS) {
            g->x[g->n] = sum / weight;
            g->w[g->n] = weight;
            g->log_x[g->n] = log(g->x[g->n]);
            g->n++;
            before += weight;
            limit = before + per_group;
            sum = weight = 0;
        }
    }
}

/* The sum of squares of the logarithms within groups a to b. */
static double within(const double *w, const double *first, const double *second, size_t a, size_t b)
{
    double weight = w[b] - w[a], sum = first[b] - first[a];
    return weight > 0 ? second[b] - second[a] - sum * sum / weight : 0;
}

static void cut(struct groups *g, int parts)
{
    double w[GROUPS + 1] = {0}, first[GROUPS + 1] = {0}, second[GROUPS + 1] = {0}, best = HUGE_VAL;
    size_t at[2] = {g->n, g->n};
    size_t trim = g->n / 50; /* a few far values must not get a piece of their own */
    for (size_t i = 0; i < g->n; i++) {
        double weight = i < trim || i >= g->n - trim ? 0 : g->w[i];
        w[i + 1] = w[i] + weight;
        first[i + 1] = first[i] + weight * g->log_x[i];
        second[i + 1] = second[i] + weight * g->log_x[i] * g->log_x[i];
    }
    for (size_t a = 1; a < g->n; a++) {
        size_t from = parts == 2 ? g->n : a + 1;
        for (size_t b = from; b <= (parts == 2 ? g->n : g->n - 1); b++) {
            double value = within(w, first, second, 0, a) + within(w, first, second, a, b) +
                           within(w, first, second, b, g->n);
            if (value < best) {
                best = value;
                at[0] = a;
                at[1] = b;
            }
        }
    }
    for (size_t i = 0; i < g->n; i++) {
        int part = (i >= at[0]) + (parts > 2 && i >= at[1]);
        for (int k = 0; k < parts; k++)
            g->part_w[k][i] = k == part ? g->w[i] : 0;
    }
}

static bool maximize(struct groups *g, struct tg_fit *fit)
{
    double all = 0;
    for (size_t i = 0; i < g->n; i++)
        all += g->w[i];
    for (int k = 0; k < fit->parts; k++) {
        struct tg_sample s = {.x = g->x, .w = g->part_w[k], .n = g->n, .scratch = g->scratch};
        tg_sample_sum(&s);
        if (s.total < 0.002 * all || s.total < 5)
            return false;
        if (!isfinite(fit->family->fit(&s, 0, g->log_x, fit->part[k].parameters)))
            return false;
        fit->part[k].weight = s.total / all;
        fit->part[k].log_constant =
            log(fit->part[k].weight) + fit->family->log_constant(fit->part[k].parameters);
    }
    return true;
}

static double log_density(const struct tg_fit *fit, double x, double log_x, double each[TG_FIT_PARTS])
{
    double top = -HUGE_VAL, sum = 0;
    for (int k = 0; k < fit->parts; k++) {
        each[k] = fit->part[k].log_constant + fit->family->log_density(x, log_x, fit->part[k].parameters);
        top = fmax(top, each[k]);
    }
    if (!(top > -HUGE_VAL))
        return top;
    for (int k = 0; k < fit->parts; k++)
        sum += exp(each[k] - top);
    return top + log(sum);
}

static double expect(struct groups *g, const struct tg_fit *fit)
{
    double likelihood = 0, each[TG_FIT_PARTS];
    for (size_t i = 0; i < g->n; i++) {
        double here = log_density(fit, g->x[i], g->log_x[i], each);
        likelihood += g->w[i] * here;
        for (int k = 0; k < fit->parts; k++)
            g->part_w[k][i] = g->w[i] * exp(each[k] - here);
    }
    return likelihood;
}

bool tg_fit_mixture(const struct tg_sample *sample, struct tg_fit *fit, bool warm, double *likelihood)
{
    double before = -HUGE_VAL, each[TG_FIT_PARTS];
    if (!(sample->x[0] > 0))
        return false;
    struct groups *g = malloc(sizeof *g);
    if (!g)
        return false;
    make_groups(g, sample);
    bool ok = g->n > 10;
    if (ok && warm)
        expect(g, fit);
    else if (ok)
        cut(g, fit->parts);
    for (int round = 0; ok && round < ROUNDS; round++) {
        ok = maximize(g, fit);
        double now = ok ? expect(g, fit) : 0;
        if (ok && !isfinite(now))
            ok = false;
        if (now - before < 1e-7 * sample->total)
            break;
        before = now;
    }
    free(g);
    if (!ok)
        return false;
    *likelihood = 0;
    for (size_t i = 0; i < sample->n; i++)
        *likelihood +=
            sample->w[i] > 0 ? sample->w[i] * log_density(fit, sample->x[i], log(sample->x[i]), each) : 0;
    return isfinite(*likelihood);
}
