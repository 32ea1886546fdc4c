#include "tg_intrinsic.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tg_tail.h"

enum {
    CELL_MIN = 25, /* samples a cell: their number is then known to a fifth */
    TAIL_MIN = 20,
    TAIL_MAX = 3000,
    ROUNDS = 10,
    CLIMBS = 300,
    CLIMB_ROUNDS = 2,
    SPLITS = 4, /* each with the quantiles of the one before */
};

/* Turns of other processes: from the shortest that is worth a switch to the longest slice of a loaded
 * machine.
 */
static const double turn_low_ns = 20e3, turn_high_ns = 1e9;

/* How well a tail and a smoothed law of gaps describe what overlaps: the error of the odds between cost and
 * jitter there. */
static const double model_error = 0.04;

/* Hits that the jitter trace's rate is worth against the trace's own. */
static const double intensity_prior = 10;

static const double dilution_load = 0.3; /* hits a sample, from which on splitting is not tried */

/* Density of whole durations of samples that were hit, a ns, and its integral up to d. */
static double hit_density(const struct tg_intrinsic *in, double d)
{
    double sum = 0;
    for (int q = 0; q < TG_INTRINSIC_NODES; q++) {
        double load = in->jitter->per_ns * in->nodes[q], rest = d - in->nodes[q];
        if (rest > 0)
            sum += exp(-load) * (tg_jitter_density(&in->jitter->one, rest) +
                                 load / 2 * tg_jitter_density(&in->jitter->two, rest));
    }
    return in->intensity * in->jitter->per_ns * in->mean_ns * sum / TG_INTRINSIC_NODES;
}

/* The density is dear; the weights read it off a grid, evenly spaced in the logarithm. */
static void make_grid(struct tg_intrinsic *in)
{
    double top = in->sample.x[in->sample.n - 1] * in->ops;
    in->grid_low = log(in->zone_ns);
    in->grid_step = fmax(1e-9, log(top / in->zone_ns) / TG_INTRINSIC_GRID);
    for (int i = 0; i <= TG_INTRINSIC_GRID; i++)
        in->grid[i] = hit_density(in, exp(in->grid_low + i * in->grid_step));
}

static double grid_density(const struct tg_intrinsic *in, double d)
{
    double position = (log(d) - in->grid_low) / in->grid_step;
    if (position < 0 || position >= TG_INTRINSIC_GRID)
        return hit_density(in, d);
    size_t cell = (size_t)position;
    return in->grid[cell] + (position - (double)cell) * (in->grid[cell + 1] - in->grid[cell]);
}

static double hit_share(const struct tg_intrinsic *in, double d)
{
    double sum = 0;
    for (int q = 0; q < TG_INTRINSIC_NODES; q++) {
        double load = in->jitter->per_ns * in->nodes[q], rest = d - in->nodes[q];
        if (rest > 0)
            sum += exp(-load) *
                   (tg_jitter_cdf(&in->jitter->one, rest) + load / 2 * tg_jitter_cdf(&in->jitter->two, rest));
    }
    return in->intensity * in->jitter->per_ns * in->mean_ns * sum / TG_INTRINSIC_NODES;
}

static size_t first_from(const double *sorted, size_t n, double x)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double turn_density(const struct tg_intrinsic *in, double d)
{
    double y = d - in->sample.x[in->sample.n / 2] * in->ops;
    double low = fmax(turn_low_ns, in->jitter->long_ns);
    return y > low && y < turn_high_ns ? 1 / (y * log(turn_high_ns / low)) : 0;
}

/* Density of the untouched above the tail's start. Long samples hardly ever stay so. */
static double own_density(const struct tg_intrinsic *in, double excess)
{
    return in->tail_weight * exp(tg_tail_pareto_log_density(excess, in->tail_scale, in->tail_shape) -
                                 in->jitter->per_ns * excess);
}

/* The probabilities that a whole sample of duration d was hit by jitter, and by a turn. */
static void tell(const struct tg_intrinsic *in, double d, double *gap, double *turn)
{
    *gap = *turn = 0;
    if (in->method != TG_SEPARATED || d < in->zone_ns)
        return;
    if (d >= in->tail_ns) {
        double own = own_density(in, d - in->tail_ns), hit = grid_density(in, d);
        double other = in->turn_weight * turn_density(in, d), all = own + hit + other;
        *gap = all > 0 ? hit / all : 1;
        *turn = all > 0 ? other / all : 0;
        return;
    }
    size_t cell = first_from(in->cell_end_ns, in->cells, d);
    *gap = cell < in->cells ? 1 - in->cell_untouched[cell] : 0;
}

double tg_intrinsic_untouched(const struct tg_intrinsic *in, double cost_ns)
{
    double gap, turn;
    tell(in, cost_ns * in->ops, &gap, &turn);
    return fmax(0, 1 - gap - turn);
}

double tg_intrinsic_weight(const struct tg_intrinsic *in, double cost_ns)
{
    if (in->method != TG_SEPARATED)
        return 1;
    double load = in->jitter->per_ns * cost_ns * in->ops;
    return tg_intrinsic_untouched(in, cost_ns) * exp(fmin(load, 1));
}

double tg_intrinsic_cost(const struct tg_intrinsic *in, const struct tg_trace *trace, size_t i)
{
    return tg_trace_cost_per_op_ns(trace, i) * in->scale;
}

/* Cells of equal counts over the samples from zone to tail: what of each is the cost's own. */
static void split_cells(struct tg_intrinsic *in, size_t from, size_t to)
{
    const double *x = in->sample.x;
    size_t n = to - from, cells = n / CELL_MIN;
    cells = cells < TG_INTRINSIC_CELLS ? cells : TG_INTRINSIC_CELLS;
    cells = cells ? cells : n > 0;
    in->cells = 0;
    double start = hit_share(in, in->zone_ns);
    for (size_t c = 0; c < cells; c++) {
        size_t first = from + c * n / cells, last = from + (c + 1) * n / cells;
        double end = last < in->sample.n ? (x[last - 1] + x[last]) / 2 * in->ops : x[last - 1] * in->ops;
        double stop = hit_share(in, end);
        double hit = (stop - start) * (double)in->sample.n;
        in->cell_end_ns[in->cells] = end;
        in->cell_untouched[in->cells++] = fmin(1, fmax(0, 1 - hit / (double)(last - first)));
        start = stop;
    }
}

/* The highest samples, each with its densities as a hit by jitter (at intensity 1) and by a turn, and the
 * probability that it is neither. */
struct tail {
    size_t n;
    double each;            /* samples that each stands for */
    double total, expected; /* samples in all; hits expected among these */
    double *excess, *hit, *turn, *own;
};

static void fit_own(struct tg_intrinsic *in, const struct tail *t)
{
    double sum = 0, mean = 0;
    for (size_t i = 0; i < t->n; i++) {
        sum += t->own[i];
        mean += t->own[i] * t->excess[i];
    }
    in->tail_weight = sum * t->each / t->total;
    mean = sum > 0 ? mean / sum : 0;
    if (sum >= TAIL_MIN / 2 && mean > 1e-6 * in->tail_ns) {
        tg_tail_pareto(t->excess, t->own, t->n, &in->tail_scale, &in->tail_shape);
    } else { /* too few for a shape, or all alike */
        in->tail_scale = fmax(mean, 1e-6 * in->tail_ns);
        in->tail_shape = 0;
    }
}

/* Jitter's intensity, from the samples beyond the last that may be its own: what overlaps with costs would
 * let one stand for the other. Only a clear difference counts. */
static void set_intensity(struct tg_intrinsic *in, const struct tail *t)
{
    size_t from = t->n;
    double gaps = 0;
    while (from > 0 && t->own[from - 1] < 0.02)
        from--;
    for (size_t i = from; i < t->n; i++) {
        double gap = in->intensity * t->hit[i], turn = in->turn_weight * t->turn[i];
        gaps += gap > 0 ? t->each * (1 - t->own[i]) * gap / (gap + turn) : 0;
    }
    double start = from > 0 ? t->excess[from - 1] + in->tail_ns : in->tail_ns;
    double expected = fmax(0, hit_share(in, HUGE_VAL) - hit_share(in, start)) / in->intensity * t->total;
    double intensity = (intensity_prior + gaps) / (intensity_prior + expected);
    bool clear = fabs(gaps - expected) > 3 * sqrt(expected + 1) && (intensity < 0.67 || intensity > 1.5);
    in->intensity = clear ? intensity : 1;
}

/* Returns the largest change of a probability. */
static double share_out(struct tg_intrinsic *in, struct tail *t)
{
    double turns = 0, moved = 0;
    for (size_t i = 0; i < t->n; i++) {
        double own = own_density(in, t->excess[i]), gap = in->intensity * t->hit[i];
        double turn = in->turn_weight * t->turn[i], all = own + gap + turn, now = all > 0 ? own / all : 0;
        turns += all > 0 ? turn / all : 0;
        moved = fmax(moved, fabs(now - t->own[i]));
        t->own[i] = now;
    }
    in->turn_weight = turns * t->each / t->total;
    set_intensity(in, t);
    return moved;
}

/* What is left to maximize after EM's slow approach: the likelihood itself, over the logarithms of the tail's
 * weight, its scale and the turns' weight, and the shape. */
struct likelihood {
    struct tg_intrinsic *in;
    const struct tail *tail;
};

static void set_parameters(struct tg_intrinsic *in, const gsl_vector *v)
{
    in->tail_weight = exp(gsl_vector_get(v, 0));
    in->tail_scale = exp(gsl_vector_get(v, 1));
    in->tail_shape = gsl_vector_get(v, 2);
    in->turn_weight = exp(gsl_vector_get(v, 3));
}

static double minus_likelihood(const gsl_vector *v, void *opaque)
{
    const struct likelihood *l = opaque;
    struct tg_intrinsic *in = l->in;
    double sum = 0;
    set_parameters(in, v);
    if (in->tail_shape < -0.5 || in->tail_shape > 0.95)
        return 1e300;
    for (size_t i = 0; i < l->tail->n; i++) {
        double density = own_density(in, l->tail->excess[i]) + in->intensity * l->tail->hit[i] +
                         in->turn_weight * l->tail->turn[i];
        sum += log(fmax(density, 1e-300));
    }
    /* Few of the untouched are lost to exp(-r d) above the threshold; to first order as many as here. */
    double mean = in->tail_scale / (1 - in->tail_shape);
    double mass = in->tail_weight / (1 + in->jitter->per_ns * mean) + in->turn_weight;
    return mass * l->tail->total - sum * l->tail->each;
}

static void climb(struct tg_intrinsic *in, const struct tail *t)
{
    struct likelihood l = {in, t};
    double start[] = {log(in->tail_weight), log(in->tail_scale), fmin(0.9, fmax(-0.4, in->tail_shape)),
                      log(fmax(in->turn_weight, 1e-3 / t->total))};
    double step[] = {0.1, 0.2, 0.1, 1};
    gsl_vector_view x = gsl_vector_view_array(start, 4), width = gsl_vector_view_array(step, 4);
    gsl_multimin_function f = {.f = minus_likelihood, .n = 4, .params = &l};
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 4);
    if (!m)
        return; /* EM's values stay */
    /* Where the likelihood is not finite all around the start, GSL leaves parts of the simplex as they were
     * allocated: there is nothing to climb then. */
    int status = gsl_multimin_fminimizer_set(m, &f, &x.vector, &width.vector);
    for (int i = 0; !status && i < CLIMBS; i++) {
        if (gsl_multimin_fminimizer_iterate(m) ||
            gsl_multimin_test_size(gsl_multimin_fminimizer_size(m), 1e-3) == GSL_SUCCESS)
            break;
    }
    set_parameters(in, status ? &x.vector : m->x);
    gsl_multimin_fminimizer_free(m);
}

/* The highest samples: a generalized Pareto tail beside hits of known density. */
static int split_tail(struct tg_intrinsic *in, size_t from, struct tg_error *err)
{
    size_t all = in->sample.n - from, stride = (all + TAIL_MAX - 1) / TAIL_MAX;
    struct tail t = {.n = (all + stride - 1) / stride, .each = (double)stride, .total = (double)in->sample.n};
    t.excess = malloc(4 * (t.n + 1) * sizeof *t.excess);
    if (!t.excess)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    t.hit = t.excess + t.n;
    t.turn = t.excess + 2 * t.n;
    t.own = t.excess + 3 * t.n;
    in->intensity = 1;
    in->turn_weight = 1 / t.total;
    t.expected = fmax(0, (hit_share(in, HUGE_VAL) - hit_share(in, in->tail_ns)) * t.total);
    for (size_t i = 0; i < t.n; i++) {
        double d = in->sample.x[in->sample.n - 1 - (t.n - 1 - i) * stride] * in->ops;
        t.excess[i] = d - in->tail_ns;
        t.hit[i] = hit_density(in, d);
        t.turn[i] = turn_density(in, d);
        /* To begin with, the largest are taken for hit, as many as are expected. */
        t.own[i] = (double)(t.n - i) * t.each > t.expected ? 1 : 0.02;
    }
    double own = 0;
    for (int round = 0; round < ROUNDS; round++) {
        fit_own(in, &t);
        if (share_out(in, &t) < 1e-4)
            break;
    }
    for (size_t i = 0; i < t.n; i++)
        own += t.own[i];
    for (int round = 0; round < CLIMB_ROUNDS && own >= TAIL_MIN / 2 && t.excess[t.n - 1] > 0; round++) {
        climb(in, &t);
        double turns = in->turn_weight;
        share_out(in, &t);
        in->turn_weight = turns;
    }
    free(t.excess);
    return TG_OK;
}

static void set_weights(struct tg_intrinsic *in)
{
    struct tg_sample *s = &in->sample;
    size_t start = first_from(s->x, s->n, in->zone_ns / in->ops);
    double median = s->x[s->n / 2], gap, turn;
    in->gaps = in->turns = in->turns_ns = in->longest_gap_ns = 0;
    for (size_t i = 0; i < s->n; i++) {
        double untouched = 1;
        if (i >= start) {
            tell(in, s->x[i] * in->ops, &gap, &turn);
            untouched = fmax(0, 1 - gap - turn);
            in->gaps += gap;
            in->turns += turn;
            in->turns_ns += turn * (s->x[i] - median) / (double)s->n;
            if (gap > 0.5)
                in->longest_gap_ns = (s->x[i] - median) * in->ops;
        }
        s->w[i] = untouched * exp(fmin(in->jitter->per_ns * s->x[i] * in->ops, 1));
    }
    in->hits = in->gaps + in->turns;
    tg_sample_sum(s);
}

/* Costs as hits meet them: a long one is hit more often, so that each node stands for an equal part of all
 * the time that samples take, the highest `left_out` samples not counted. */
static void set_nodes(struct tg_intrinsic *in, double left_out)
{
    const struct tg_sample *s = &in->sample;
    size_t n = s->n - (size_t)fmin(left_out, (double)s->n / 2), node = 0;
    double whole = 0, sum = 0, weight = 0;
    for (size_t i = 0; i < n; i++) {
        whole += s->w[i] * s->x[i];
        weight += s->w[i];
    }
    in->mean_ns = whole / weight * in->ops;
    for (size_t i = 0; i < n && node < TG_INTRINSIC_NODES; i++) {
        sum += s->w[i] * s->x[i];
        while (node < TG_INTRINSIC_NODES && sum >= (node + 0.5) / TG_INTRINSIC_NODES * whole)
            in->nodes[node++] = s->x[i] * in->ops;
    }
    for (; node < TG_INTRINSIC_NODES; node++)
        in->nodes[node] = s->x[n - 1] * in->ops;
}

static int separate(struct tg_intrinsic *in, struct tg_error *err)
{
    struct tg_sample *s = &in->sample;
    size_t tail = s->n / 20;
    size_t most = (size_t)fmax(TAIL_MAX, 2 * in->expected_hits);
    tail = tail < TAIL_MIN ? TAIL_MIN : tail > most ? most : tail;
    tail = tail < s->n / 2 ? tail : s->n / 2;
    in->method = TG_SEPARATED;
    for (int round = 0; round < SPLITS; round++) {
        set_nodes(in, round ? 0 : 2 * in->expected_hits);
        in->zone_ns = in->sample.x[0] * in->ops + 0.95 * in->jitter->shortest_ns;
        in->tail_ns = s->x[s->n - tail] * in->ops;
        size_t zone = first_from(s->x, s->n, in->zone_ns / in->ops);
        size_t top = first_from(s->x, s->n, in->tail_ns / in->ops);
        in->cells = 0;
        if (zone < top)
            split_cells(in, zone, top);
        int rc = split_tail(in, top, err);
        if (rc)
            return rc;
        make_grid(in);
        set_weights(in);
        if (!(s->total > 0))
            return tg_error_set(err, TG_EINPUT, "jitter alone explains every sample");
    }
    return TG_OK;
}

/* Missing information, and the effect of the jitter trace's own error, on the mean. */
static void set_uncertainty(struct tg_intrinsic *in)
{
    const struct tg_sample *s = &in->sample;
    double mean = tg_sample_mean(s), variance = 0, missing = 0, shift = 0;
    for (size_t i = first_from(s->x, s->n, in->zone_ns / in->ops); i < s->n; i++) {
        double untouched = tg_intrinsic_untouched(in, s->x[i]), distance = s->x[i] - mean;
        missing += untouched * (1 - untouched) * distance * distance;
        shift += untouched * (1 - untouched) * distance;
    }
    variance = tg_sample_variance(s) * s->total;
    in->lost = variance > 0 ? fmin(0.8, missing / variance) : 0;
    double size_bias = in->jitter->per_ns * in->ops * variance / s->total;
    double relative = 1 / sqrt((double)in->jitter->count);
    if (in->intensity != 1)
        relative = hypot(relative, 1 / sqrt(intensity_prior + in->expected_hits));
    in->systematic_ns =
        hypot(relative, model_error) * fabs(shift) / s->total / (1 - in->lost) + relative * size_bias;
}

static double median_ops(const struct tg_trace *trace, double *a, double *b)
{
    if (!trace->ops)
        return 1;
    memcpy(a, trace->ops, trace->count * sizeof *a);
    tg_sample_sort(a, b, trace->count);
    return a[trace->count / 2];
}

static void dilute(struct tg_intrinsic *in)
{
    in->method = TG_DILUTED;
    in->scale = 1 / (1 + in->jitter->stolen_share);
    for (size_t i = 0; i < in->sample.n; i++)
        in->sample.x[i] *= in->scale;
    in->hits = fmin(in->expected_hits, (double)in->sample.n);
    in->systematic_ns =
        in->raw_mean_ns * in->scale * in->scale * in->jitter->stolen_share * in->jitter->stolen_error;
}

int tg_intrinsic_split(const struct tg_trace *trace, const struct tg_jitter *jitter, struct tg_intrinsic *out,
                       struct tg_error *err)
{
    size_t n = trace->count;
    *out = (struct tg_intrinsic){.jitter = jitter, .scale = 1, .intensity = 1};
    struct tg_sample *s = &out->sample;
    int rc = tg_sample_init(s, n, err);
    if (rc)
        return rc;
    out->ops = median_ops(trace, s->x, s->w);
    for (size_t i = 0; i < n; i++)
        s->x[i] = tg_trace_cost_per_op_ns(trace, i);
    tg_sample_sort(s->x, s->w, n);
    for (size_t i = 0; i < n; i++)
        s->w[i] = 1;
    tg_sample_sum(s);
    out->raw_mean_ns = tg_sample_mean(s);
    out->raw_fastest_ns = tg_sample_lowest_mean(s, 0.1);
    if (!jitter || !jitter->count || s->x[0] == s->x[n - 1])
        return TG_OK;
    double load = jitter->per_ns * s->x[n / 2] * out->ops;
    out->expected_hits =
        jitter->per_ns / (1 + jitter->stolen_share) * out->raw_mean_ns * out->ops * (double)n;
    if (load > dilution_load) {
        dilute(out);
        return TG_OK;
    }
    rc = separate(out, err);
    if (rc)
        tg_intrinsic_release(out);
    else
        set_uncertainty(out);
    return rc;
}

void tg_intrinsic_release(struct tg_intrinsic *intrinsic)
{
    tg_sample_release(&intrinsic->sample);
    *intrinsic = (struct tg_intrinsic){0};
}
