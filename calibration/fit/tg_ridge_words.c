#include "tg_ridge_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A value that is open both ways, and whose logarithm would not be known to this even if all others were,
 * moves nothing. */
static const double moves_nothing = 1;

static bool is_open(const struct tg_likelihood_profile *p, size_t i)
{
    return isinf(p->low[i]) || isinf(p->high[i]);
}

static int refuse_idle(const struct tg_tunable_key *key, struct tg_error *err)
{
    return tg_error_set(
        err, TG_EINPUT,
        "the curve does not identify %s: changing it changes nothing in the simulated curve beyond "
        "its noise (is it paid under this technique, at these rates?)",
        key->path);
}

static int refuse_bound(const struct tg_likelihood_profile *p, const struct tg_tunable_key *key, size_t i,
                        struct tg_error *err)
{
    char bound[64];
    bool above = isfinite(p->high[i]), below = isfinite(p->low[i]);
    if (!above && !below)
        return tg_error_set(
            err, TG_EINPUT,
            "the curve does not identify %s: values from a third to three times %s fit as well", key->path,
            tg_tunable_format(key, key->start * exp(p->x[i]), bound, sizeof bound));
    double end = key->start * exp(above ? p->high[i] : p->low[i]);
    return tg_error_set(
        err, TG_EINPUT,
        "the curve does not identify %s: it only tells that the value is at %s %s (95 %%); all %s "
        "ones fit as well",
        key->path, above ? "most" : "least", tg_tunable_format(key, end, bound, sizeof bound),
        above ? "smaller" : "greater");
}

/* Values in seconds where both are times, so that a sum of them has a meaning. */
static double scale_of(const struct tg_tunable_key *a, const struct tg_tunable_key *b)
{
    return a->unit_s > 0 && b->unit_s > 0 ? a->unit_s : 1;
}

static void say_value(bool time, double value, char *buf, size_t size)
{
    if (time)
        tg_time_format(value, buf, size);
    else
        snprintf(buf, size, "%.4g", value);
}

static int refuse_pair(const struct tg_tunable_key *a, const struct tg_tunable_key *b,
                       const struct tg_ridge *r, struct tg_error *err)
{
    char weight[32] = "", what[300], value[48], low[48], high[48];
    bool one = fabs(fabs(r->weight) - 1) < 0.05;
    if (r->sum && !one)
        snprintf(weight, sizeof weight, "%.3g x ", r->weight);
    if (r->sum)
        snprintf(what, sizeof what, "%s + %s%s", a->path, weight, b->path);
    else if (one)
        snprintf(what, sizeof what, "%s %s %s", a->path, r->weight > 0 ? "x" : "/", b->path);
    else
        snprintf(what, sizeof what, "%s x %s^%.3g", a->path, b->path, r->weight);
    bool times = r->sum && a->unit_s > 0 && b->unit_s > 0;
    say_value(times, r->value, value, sizeof value);
    say_value(times, r->low, low, sizeof low);
    say_value(times, r->high, high, sizeof high);
    return tg_error_set(
        err, TG_EINPUT,
        "the curve does not tell %s from %s: it identifies %s = %s (95 %%: %s to %s), and any two "
        "values that keep it fit as well; fit one of them and give the other",
        a->path, b->path, what, value, low, high);
}

int tg_ridge_refuse(const struct tg_likelihood_profile *p, const struct tg_tunable *t, struct tg_error *err)
{
    size_t first = 0, second = 0, last = 0;
    struct tg_ridge best = {.variation = HUGE_VAL};
    for (size_t i = 0; i < p->parameters; i++) {
        if (isinf(p->low[i]) && isinf(p->high[i]) && !(p->alone[i] < moves_nothing))
            return refuse_idle(&t->keys[i], err);
        last = is_open(p, i) ? i : last;
    }
    for (size_t i = 0; i < p->parameters; i++) {
        for (size_t j = i + 1; is_open(p, i) && j < p->parameters; j++) {
            double scale = scale_of(&t->keys[i], &t->keys[j]), other = scale_of(&t->keys[j], &t->keys[i]);
            if (!is_open(p, j))
                continue;
            struct tg_ridge ridge =
                tg_likelihood_profile_ridge(p, i, j, t->keys[i].start * scale, t->keys[j].start * other);
            if (ridge.variation < best.variation) {
                best = ridge;
                first = i;
                second = j;
            }
        }
    }
    if (isinf(best.variation))
        return refuse_bound(p, &t->keys[last], last, err);
    return refuse_pair(&t->keys[first], &t->keys[second], &best, err);
}
