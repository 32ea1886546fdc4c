#include "tg_likelihood_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_interval.h"

enum { STEPS = 14, REFINEMENTS = 3, RESTARTS = 3 };

static const double difference_step = 0.05; /* of a logarithm: beyond the roughness of a simulation */
static const double better = 0.5;           /* a deviance this much lower is a better point */

/* One parameter's walk in one direction. */
struct walk {
    struct tg_search *search;
    const struct tg_likelihood_profile *profile;
    size_t parameter;
    double sign;
    double inside[TG_SEARCH_PARAMETERS];
    double d_in, rise_in, d_out, rise_out;
    int refinements;
    bool found_better;
    double x[TG_SEARCH_PARAMETERS], deviance; /* where it stands */
};

/* The least deviance at a distance, the others starting from where they were at the last one inside. */
static int stand_at(struct walk *w, double distance, struct tg_error *err)
{
    bool fixed[TG_SEARCH_PARAMETERS] = {0};
    const struct tg_likelihood_profile *p = w->profile;
    fixed[w->parameter] = true;
    memcpy(w->x, w->inside, sizeof w->x);
    /* On a straight way the others go on as they went. */
    for (size_t i = 0; w->d_in > 0 && i < p->parameters; i++)
        w->x[i] += (w->inside[i] - p->x[i]) * (distance / w->d_in - 1);
    w->x[w->parameter] = p->x[w->parameter] + w->sign * distance;
    double step = fmax(0.01, 0.1 * distance), precision = 0.05 * step;
    for (size_t i = 0; i < p->parameters; i++)
        if (!fixed[i])
            precision = fmin(precision, 0.3 * p->alone[i]);
    struct tg_search_rule rule = {.fixed = fixed,
                                  .step = step,
                                  .precision = precision,
                                  .enough = p->deviance + 0.3 * p->threshold,
                                  .budget = 40 * (p->parameters - 1)};
    int rc = tg_search_minimize(w->search, &rule, w->x, &w->deviance, err);
    w->found_better = !rc && w->deviance < p->deviance - better;
    return rc;
}

/* Where the rise's root, straight near the best point, would reach the threshold's. */
static double next_distance(const struct walk *w)
{
    double goal = sqrt(w->profile->threshold), in = sqrt(w->rise_in), reach = log(w->profile->reach);
    if (isinf(w->d_out)) {
        double factor = in > 0 ? 1.1 * goal / in : 4;
        return fmin(reach, w->d_in * fmin(4, fmax(1.3, factor)));
    }
    double width = w->d_out - w->d_in, share = (goal - in) / (sqrt(fmin(w->rise_out, 1e6)) - in);
    return w->d_in + width * fmin(0.9, fmax(0.1, share));
}

static bool finished(const struct walk *w)
{
    if (isinf(w->d_out))
        return w->d_in >= log(w->profile->reach);
    return w->refinements >= REFINEMENTS || w->d_out - w->d_in < 0.05 * w->d_out;
}

static int take_walk(struct walk *w, double first, struct tg_error *err)
{
    double distance = first;
    int rc = TG_OK;
    for (int i = 0; !rc && i < STEPS && !finished(w); i++) {
        rc = stand_at(w, distance, err);
        if (rc || w->found_better)
            break;
        double rise = fmax(0, w->deviance - w->profile->deviance);
        w->refinements += !isinf(w->d_out);
        if (rise < w->profile->threshold) {
            w->d_in = distance;
            w->rise_in = rise;
            memcpy(w->inside, w->x, sizeof w->inside);
        } else {
            w->d_out = distance;
            w->rise_out = rise;
        }
        distance = next_distance(w);
    }
    return rc;
}

static double end_of(const struct walk *w)
{
    double goal = sqrt(w->profile->threshold), in = sqrt(w->rise_in);
    if (isinf(w->d_out))
        return HUGE_VAL;
    return w->d_in + (w->d_out - w->d_in) * (goal - in) / (sqrt(fmin(w->rise_out, 1e6)) - in);
}

static int walk_both(struct tg_search *search, struct tg_likelihood_profile *p, size_t parameter,
                     struct walk *w, struct tg_error *err)
{
    double guess = sqrt(p->threshold) * p->alone[parameter];
    double first = fmin(log(p->reach), fmax(0.003, isfinite(guess) ? 1.2 * guess : log(p->reach)));
    for (int up = 0; up <= 1; up++) {
        *w = (struct walk){
            .search = search, .profile = p, .parameter = parameter, .sign = up ? 1 : -1, .d_out = HUGE_VAL};
        memcpy(w->inside, p->x, sizeof w->inside);
        int rc = take_walk(w, first, err);
        if (rc || w->found_better)
            return rc;
        *(up ? &p->high[parameter] : &p->low[parameter]) = p->x[parameter] + w->sign * end_of(w);
        memcpy(p->farthest[parameter][up], w->inside, sizeof w->inside);
    }
    p->open += isinf(p->low[parameter]) || isinf(p->high[parameter]);
    return TG_OK;
}

/* The information that the residuals hold on one parameter, from differences. */
static int set_alone(struct tg_search *s, struct tg_likelihood_profile *p, struct tg_error *err)
{
    double *room = calloc(3 * (s->residuals + 1), sizeof *room), *low = room, *high = room + s->residuals;
    double *best = high + s->residuals, square[TG_SEARCH_GROUPS] = {0}, x[TG_SEARCH_PARAMETERS];
    size_t n[TG_SEARCH_GROUPS] = {0};
    int rc = room ? s->evaluate(s->context, p->x, best, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < s->residuals; i++) {
        square[s->group[i]] += best[i] * best[i];
        n[s->group[i]]++;
    }
    for (size_t j = 0; !rc && j < p->parameters; j++) {
        double information = 0;
        memcpy(x, p->x, sizeof x);
        x[j] = p->x[j] - difference_step;
        rc = s->evaluate(s->context, x, low, err);
        x[j] = p->x[j] + difference_step;
        rc = rc ? rc : s->evaluate(s->context, x, high, err);
        for (size_t i = 0; i < s->residuals; i++) {
            size_t g = s->group[i];
            double slope = (high[i] - low[i]) / (2 * difference_step);
            information += slope * slope / fmax(square[g] / (double)n[g], s->floor[g]);
        }
        p->alone[j] = information > 0 ? 1 / sqrt(information) : HUGE_VAL;
    }
    s->evaluations += 2 * p->parameters + 1;
    free(room);
    return rc;
}

static double threshold_of(size_t n, size_t k)
{
    double freedom = n > k ? (double)(n - k) : 1, t = tg_interval_t(0.95, freedom);
    return (double)n * log1p(t * t / freedom);
}

int tg_likelihood_profile_make(struct tg_search *search, const double *x, double reach,
                               struct tg_likelihood_profile *p, struct tg_error *err)
{
    struct walk w = {0};
    *p = (struct tg_likelihood_profile){.parameters = search->parameters, .reach = reach};
    p->threshold = threshold_of(search->residuals, search->parameters);
    memcpy(p->x, x, search->parameters * sizeof *x);
    int rc = tg_search_at(search, p->x, &p->deviance, err);
    for (int round = 0; !rc && round <= RESTARTS; round++) {
        p->open = 0;
        w.found_better = false;
        rc = set_alone(search, p, err);
        for (size_t j = 0; !rc && !w.found_better && j < p->parameters; j++)
            rc = walk_both(search, p, j, &w, err);
        if (rc || !w.found_better)
            break;
        struct tg_search_rule rule = {
            .step = 0.05, .precision = 1e-3, .enough = -HUGE_VAL, .budget = 60 * p->parameters};
        memcpy(p->x, w.x, sizeof p->x);
        rc = tg_search_minimize(search, &rule, p->x, &p->deviance, err);
    }
    return rc;
}

/* The slope of y over x, and how far y lies off the line, both by least squares. */
static double slope_of(const double *x, const double *y, size_t n, double *off)
{
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
    }
    double slope = xx > 0 ? xy / xx : 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += pow(y[i] - my - slope * (x[i] - mx), 2);
    *off = sqrt(squares / (double)n);
    return slope;
}

struct tg_ridge tg_likelihood_profile_ridge(const struct tg_likelihood_profile *p, size_t a, size_t b,
                                            double first, double second)
{
    double x[5], y[5], log_x[5], log_y[5], off, log_off;
    const double *points[5] = {p->x, p->farthest[a][0], p->farthest[a][1], p->farthest[b][0],
                               p->farthest[b][1]};
    for (int i = 0; i < 5; i++) {
        log_y[i] = points[i][a] + log(first);
        log_x[i] = points[i][b] + log(second);
        y[i] = exp(log_y[i]);
        x[i] = exp(log_x[i]);
    }
    double weight = -slope_of(x, y, 5, &off), power = -slope_of(log_x, log_y, 5, &log_off);
    double t = sqrt(p->threshold);
    struct tg_ridge ridge = {.sum = true, .weight = weight, .value = y[0] + weight * x[0]};
    ridge.variation = off / fabs(ridge.value);
    ridge.low = ridge.value - t * p->alone[a] * y[0];
    ridge.high = ridge.value + t * p->alone[a] * y[0];
    if (ridge.variation <= log_off && weight > 0)
        return ridge;
    ridge =
        (struct tg_ridge){.weight = power, .value = exp(log_y[0] + power * log_x[0]), .variation = log_off};
    ridge.low = ridge.value * exp(-t * p->alone[a]);
    ridge.high = ridge.value * exp(t * p->alone[a]);
    return ridge;
}
