/* recovery: does calibration find what was put in?
 *
 * Traces are made from known costs, hit by known jitter on a simulated clock: ticks of 250 Hz, Poisson
 * interrupts and rare long stalls, which may fall into a sample or between two. A jitter trace of 5 s on the
 * same machine goes with each. Each trial splits, estimates and (with --fits) fits; a cell of trials prints
 * how often the 95 % intervals of mean and 99th percentile held the truth, the bias of the mean in percent,
 * and how often the family was found.
 *
 * recovery [--trials N] [--samples N,N,...] [--fits] [--cell NAME] [--check]
 *
 * --check fails (status 1) where coverage over all cells leaves what binomial chance allows an interval of 93
 * to 97 %, at a false-alarm rate of 1e-3, or a cell's bias is beyond 0.5 % and six of its standard errors.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_field.h"
#include "tg_fit_test.h"
#include "tg_law.h"
#include "tg_pooled.h"

static struct tg_error err;

static const struct cell {
    const char *name;
    const char *family; /* what a fit should be called, without "shifted"; NULL: none is right */
    const char *law;
} cells[] = {
    {"exponential", "exponential",
     "{\"family\": \"shifted\", \"offset\": \"1 us\", \"part\": {\"family\": \"exponential\", "
     "\"parameters\": {\"mean\": \"2 us\"}}}"},
    {"gamma", "gamma", "{\"family\": \"gamma\", \"parameters\": {\"shape\": 3, \"scale\": \"1 us\"}}"},
    {"shifted gamma", "gamma",
     "{\"family\": \"shifted\", \"offset\": \"5 us\", \"part\": {\"family\": \"gamma\", \"parameters\": "
     "{\"shape\": 2, \"scale\": \"1 us\"}}}"},
    {"lognormal", "lognormal",
     "{\"family\": \"lognormal\", \"parameters\": {\"median\": \"3 us\", \"sigma\": 0.6}}"},
    {"long lognormal", "lognormal",
     "{\"family\": \"lognormal\", \"parameters\": {\"median\": \"15 us\", \"sigma\": 0.5}}"},
    {"weibull", "weibull",
     "{\"family\": \"weibull\", \"parameters\": {\"shape\": 1.7, \"scale\": \"4 us\"}}"},
    {"normal", "normal",
     "{\"family\": \"normal\", \"parameters\": {\"mean\": \"4 us\", \"deviation\": \"400 ns\"}}"},
    {"uniform", "uniform",
     "{\"family\": \"uniform\", \"parameters\": {\"low\": \"2 us\", \"high\": \"4 us\"}}"},
    {"hyperexponential", "hyperexponential",
     "{\"family\": \"hyperexponential\", \"unit\": \"ns\", \"values\": [0.7, 1000, 0.3, 8000]}"},
    {"two modes", "mixture of 2",
     "{\"family\": \"mixture\", \"weights\": [0.7, 0.3], \"parts\": [{\"family\": \"lognormal\", "
     "\"parameters\": {\"median\": \"2 us\", \"sigma\": 0.1}}, {\"family\": \"lognormal\", \"parameters\": "
     "{\"median\": \"5 us\", \"sigma\": 0.15}}]}"},
    {"tail 0.1", NULL,
     "{\"family\": \"mixture\", \"weights\": [0.9, 0.1], \"parts\": [{\"family\": \"uniform\", "
     "\"parameters\": {\"low\": \"2 us\", \"high\": \"4 us\"}}, {\"family\": \"generalized_pareto\", "
     "\"parameters\": {\"location\": \"4 us\", \"scale\": \"1.5 us\", \"shape\": 0.1}}]}"},
    {"tail 0.3", NULL,
     "{\"family\": \"mixture\", \"weights\": [0.9, 0.1], \"parts\": [{\"family\": \"uniform\", "
     "\"parameters\": {\"low\": \"2 us\", \"high\": \"4 us\"}}, {\"family\": \"generalized_pareto\", "
     "\"parameters\": {\"location\": \"4 us\", \"scale\": \"1.5 us\", \"shape\": 0.3}}]}"},
};

/* The noise of the simulated machine, on a wall clock of ns. */
struct noise {
    struct tg_rng rng;
    struct tg_dist tick, interrupt, stall;
    double next_tick, next_interrupt, next_stall;
};

/* As the profile's fits do. */
enum { FIT_SAMPLES = 20000 };

enum { TICK_HZ = 250, INTERRUPTS_PER_S = 2000, STALLS_PER_S = 20 };

static void noise_start(struct noise *n, uint64_t seed, uint64_t replication, const char *name)
{
    double tick[] = {15e3, 0.3}, interrupt[] = {8e3, 0.9}, stall[] = {60e3, 40e3, 0.2};
    tg_rng_seed(&n->rng, seed, replication, name);
    tg_dist_init(&n->tick, "lognormal", tick, 2, &err);
    tg_dist_init(&n->interrupt, "lognormal", interrupt, 2, &err);
    tg_dist_init(&n->stall, "generalized_pareto", stall, 3, &err);
    n->next_tick = tg_rng_unit(&n->rng) * 1e9 / TICK_HZ;
    n->next_interrupt = tg_rng_exponential(&n->rng) * 1e9 / INTERRUPTS_PER_S;
    n->next_stall = tg_rng_exponential(&n->rng) * 1e9 / STALLS_PER_S;
}

/* The next stroke at or after `now`, if it begins before `until`: its length, and `now` moved to its begin.
 */
static double stroke(struct noise *n, double *now, double until)
{
    double first = fmin(n->next_tick, fmin(n->next_interrupt, n->next_stall));
    if (first >= until)
        return 0;
    *now = fmax(*now, first);
    if (first == n->next_tick) {
        n->next_tick += 1e9 / TICK_HZ;
        return tg_dist_sample(&n->tick, &n->rng);
    }
    if (first == n->next_interrupt) {
        n->next_interrupt += tg_rng_exponential(&n->rng) * 1e9 / INTERRUPTS_PER_S;
        return tg_dist_sample(&n->interrupt, &n->rng);
    }
    n->next_stall += tg_rng_exponential(&n->rng) * 1e9 / STALLS_PER_S;
    return tg_dist_sample(&n->stall, &n->rng);
}

/* Runs for `own` ns of its own from `now`, strokes and all; returns when it is done. */
static double run_for(struct noise *n, double now, double own)
{
    while (own > 0) {
        double at = now, length = stroke(n, &at, now + own);
        if (!(length > 0))
            return now + own;
        own -= at - now;
        now = at + length;
    }
    return now;
}

static void make_gaps(struct tg_trace *trace, uint64_t seed, uint64_t replication)
{
    struct noise n;
    double now = 0;
    noise_start(&n, seed, replication, "gaps");
    tg_trace_init(trace, "jitter", NULL, false, &err);
    tg_trace_reserve(trace, 20000, &err);
    trace->is_jitter = true;
    trace->threshold_ns = 500;
    trace->observed_ns = 5e9;
    while (now < trace->observed_ns) {
        double length = stroke(&n, &now, trace->observed_ns), begin = now, next;
        if (!(length > 0))
            break;
        now += length;
        /* What came due meanwhile begins at once: a loop that reads the clock sees one gap. */
        while ((next = stroke(&n, &now, now)) > 0)
            now += next;
        if (now - begin >= trace->threshold_ns)
            tg_trace_append(trace, begin, now - begin, 1, 0);
    }
}

static void make_trace(struct tg_trace *trace, const struct tg_dist *law, size_t count, uint64_t seed,
                       uint64_t replication)
{
    struct noise n;
    struct tg_rng rng;
    double now = 0;
    noise_start(&n, seed, replication, "noise");
    tg_rng_seed(&rng, seed, replication, "cost");
    tg_trace_init(trace, "trial", NULL, false, &err);
    tg_trace_reserve(trace, count, &err);
    for (size_t i = 0; i < count; i++) {
        double own = tg_dist_sample(law, &rng);
        double begin = run_for(&n, now, 2000); /* between two samples */
        now = run_for(&n, begin, own);
        tg_trace_append(trace, begin, now - begin, 1, 0);
    }
}

struct tally {
    int trials, mean_held, mean_above, p99_held, found;
    double bias, squares, width;
};

static bool is_family(const struct cell *cell, const struct tg_fit *fit)
{
    char name[64];
    const char *found = strstr(tg_fit_name(fit, name, sizeof name), cell->family);
    /* "gamma" is not found in "mixture of 2 gamma". */
    return found && (cell->family[0] == 'm' || !strstr(name, "mixture"));
}

static bool is_found(const struct cell *cell, const struct tg_pooled *p)
{
    struct tg_fit fits[TG_FIT_MAX];
    struct tg_sample part;
    if (tg_fit_test_part(&p->sample, FIT_SAMPLES, "trial", &part, &err))
        return false;
    int count = tg_fit_all(&part, true, fits, &err);
    tg_sample_release(&part);
    return count && is_family(cell, &fits[0]);
}

/* The Kullback-Leibler distance from the law to the nearest law of another family with no more parameters,
 * from a large sample: the difference of the mean log-likelihoods. */
static double distance_to_next(const struct cell *cell, const struct tg_dist *law)
{
    enum { N = 100000 };
    struct tg_fit fits[TG_FIT_MAX];
    struct tg_sample s;
    struct tg_rng rng;
    double *scratch = malloc(N * sizeof *scratch), own = -HUGE_VAL, other = -HUGE_VAL;
    int own_parameters = 99;
    tg_rng_seed(&rng, 7, 0, "distance");
    if (!scratch || tg_sample_init(&s, N, &err))
        exit(1);
    tg_dist_sample_many(law, &rng, s.x, N);
    tg_sample_sort(s.x, scratch, N);
    for (size_t i = 0; i < N; i++)
        s.w[i] = 1;
    tg_sample_sum(&s);
    int count = tg_fit_all(&s, true, fits, &err);
    for (int i = 0; i < count; i++)
        if (is_family(cell, &fits[i]) && fits[i].log_likelihood > own + 5) {
            own = fits[i].log_likelihood;
            own_parameters = fits[i].free_parameters;
        }
    for (int i = 0; i < count; i++)
        if (!is_family(cell, &fits[i]) && fits[i].free_parameters <= own_parameters)
            other = fmax(other, fits[i].log_likelihood);
    tg_sample_release(&s);
    free(scratch);
    return fmax(0, own - other) / N;
}

static void trial(const struct cell *cell, const struct tg_dist *law, size_t samples, uint64_t replication,
                  bool fits, struct tally *t)
{
    struct tg_trace trace, gaps;
    struct tg_jitter jitter;
    struct tg_pooled p;
    uint64_t seed = 1000 + (uint64_t)(cell - cells);
    make_gaps(&gaps, seed, replication);
    make_trace(&trace, law, samples, seed, replication);
    const struct tg_trace *traces[] = {&trace};
    const struct tg_jitter *jitters[] = {&jitter};
    if (tg_jitter_init(&jitter, &gaps, &err) || tg_pooled_make(traces, jitters, 1, "trial", &p, &err)) {
        fprintf(stderr, "recovery: %s\n", err.text);
        exit(1);
    }
    double truth = tg_dist_mean(law), p99 = tg_dist_quantile(law, 0.99),
           off = p.precision.mean.mean / truth - 1;
    t->trials++;
    t->mean_held += tg_estimate_contains(&p.precision.mean, truth);
    t->mean_above += truth > p.precision.mean.high;
    t->p99_held += tg_estimate_contains(&p.precision.p99, p99);
    t->bias += off;
    t->squares += off * off;
    t->width += (p.precision.mean.high - p.precision.mean.low) / 2 / truth;
    t->found += fits && cell->family && is_found(cell, &p);
    tg_pooled_release(&p);
    tg_jitter_release(&jitter);
    tg_trace_release(&trace);
    tg_trace_release(&gaps);
}

static void print_cell(const struct cell *cell, size_t samples, double distance, const struct tally *t)
{
    double n = t->trials;
    printf("%-17s %7zu  mean %5.1f %% (%.1f %% above)  ", cell->name, samples, 100 * t->mean_held / n,
           100 * t->mean_above / n);
    if (samples >= 5000)
        printf("p99 %5.1f %%  ", 100 * t->p99_held / n);
    else
        printf("p99     -    ");
    printf("bias %+.3f %%  half-width %.2f %%", 100 * t->bias / n, 100 * t->width / n);
    if (distance >= 0)
        printf("  found %5.1f %% (n KL %.1f)", 100 * t->found / n,
               fmin((double)samples, FIT_SAMPLES) * distance);
    putchar('\n');
    fflush(stdout);
}

/* Whether `held` of n is one in a thousand cases or rarer at any coverage from low to high. */
static bool out_of(int held, int n, double low, double high)
{
    double above = gsl_cdf_binomial_Q((unsigned)(held - (held > 0)), high, (unsigned)n);
    double below = gsl_cdf_binomial_P((unsigned)held, low, (unsigned)n);
    return held > high * n ? above < 5e-4 : held < low * n && below < 5e-4;
}

int main(int argc, char **argv)
{
    size_t sizes[8] = {1000, 5000, 20000, 100000}, size_count = 4;
    int trials = 400, failed = 0, held = 0, all = 0;
    bool fits = false, check = false;
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--fits") == 0)
            fits = true;
        else if (strcmp(argv[i], "--check") == 0)
            check = true;
        else if (i + 1 < argc && strcmp(argv[i], "--trials") == 0)
            trials = atoi(argv[++i]);
        else if (i + 1 < argc && strcmp(argv[i], "--cell") == 0)
            only = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--samples") == 0) {
            size_count = 0;
            for (char *p = strtok(argv[++i], ","); p && size_count < TG_COUNT(sizes); p = strtok(NULL, ","))
                sizes[size_count++] = (size_t)atol(p);
        } else
            return 2;
    }
    for (size_t c = 0; c < TG_COUNT(cells); c++) {
        struct tg_dist law;
        cJSON *json = cJSON_Parse(cells[c].law);
        if (only && strcmp(only, cells[c].name) != 0) {
            cJSON_Delete(json);
            continue;
        }
        if (tg_law_read(json, cells[c].name, &law, &err)) {
            fprintf(stderr, "recovery: %s\n", err.text);
            return 1;
        }
        double distance = fits && cells[c].family ? distance_to_next(&cells[c], &law) : -1;
        for (size_t s = 0; s < size_count; s++) {
            struct tally t = {0};
            for (int r = 0; r < trials; r++)
                trial(&cells[c], &law, sizes[s], (uint64_t)r, fits, &t);
            print_cell(&cells[c], sizes[s], distance, &t);
            double bias = t.bias / t.trials, error = sqrt(t.squares / t.trials / t.trials);
            failed += fabs(bias) > 0.005 + 6 * error;
            held += t.mean_held + (sizes[s] >= 5000 ? t.p99_held : 0);
            all += t.trials * (sizes[s] >= 5000 ? 2 : 1);
        }
        tg_dist_release(&law);
        cJSON_Delete(json);
    }
    printf("all intervals: %.2f %% of %d hold the truth\n", 100.0 * held / all, all);
    return check && (failed || out_of(held, all, 0.93, 0.97));
}
