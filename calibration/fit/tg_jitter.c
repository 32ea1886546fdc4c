#include "tg_jitter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_rng.h"
#include "tg_tail.h"
#include "tg_ticks.h"

enum {
    PAIRS = 4096,
    TICKS_MAX = 2,
    TAIL_MIN = 100, /* gaps above the threshold, for a tail of its own */
};

static double cell_position(const struct tg_jitter_law *law, double x)
{
    return (log(x) - law->log_low) / law->log_step;
}

static double between(const double *table, double position)
{
    size_t cell = (size_t)position;
    return cell >= TG_JITTER_CELLS
               ? table[TG_JITTER_CELLS]
               : table[cell] + (position - (double)cell) * (table[cell + 1] - table[cell]);
}

double tg_jitter_density(const struct tg_jitter_law *law, double x)
{
    double position = x > 0 ? cell_position(law, x) : -1;
    return position < 0 || position > TG_JITTER_CELLS ? 0 : between(law->density, position) / x;
}

double tg_jitter_cdf(const struct tg_jitter_law *law, double x)
{
    double position = x > 0 ? cell_position(law, x) : -1;
    if (position < 0)
        return 0;
    return position >= TG_JITTER_CELLS ? 1 : between(law->cumulative, position);
}

double tg_jitter_mean_to(const struct tg_jitter_law *law, double x)
{
    double sum = 0, weight = 0;
    for (int i = 0; i <= TG_JITTER_CELLS; i++) {
        double length = exp(law->log_low + i * law->log_step);
        if (length > x)
            break;
        sum += law->density[i] * length;
        weight += law->density[i];
    }
    return weight > 0 ? sum / weight : 0;
}

/* Silverman's bandwidth for logarithms of sorted lengths; at least 2 %, so that equal lengths are a peak of
 * some width. */
static double bandwidth(const double *sorted, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(sorted[i]);
    for (size_t i = 0; i < n; i++)
        squares += pow(log(sorted[i]) - sum / (double)n, 2);
    double quartiles = log(sorted[n - 1 - n / 4] / sorted[n / 4]) / 1.34;
    double spread = fmin(sqrt(squares / (double)n), quartiles > 0 ? quartiles : HUGE_VAL);
    return fmax(0.02, 0.9 * spread * pow((double)n, -0.2));
}

static void make_law(struct tg_jitter_law *law, const double *sorted, size_t n)
{
    double width = bandwidth(sorted, n);
    double raw[TG_JITTER_CELLS + 1] = {0};
    law->log_low = log(sorted[0]) - 3 * width;
    law->log_step = (log(sorted[n - 1]) + 3 * width - law->log_low) / TG_JITTER_CELLS;
    for (size_t i = 0; i < n; i++) { /* each length shared by the two nearest points */
        double position = cell_position(law, sorted[i]);
        size_t cell = (size_t)fmin(position, TG_JITTER_CELLS - 1);
        raw[cell] += 1 - (position - (double)cell);
        raw[cell + 1] += position - (double)cell;
    }
    memset(law->density, 0, sizeof law->density);
    for (int from = 0; from <= TG_JITTER_CELLS; from++) {
        for (int to = 0; raw[from] > 0 && to <= TG_JITTER_CELLS; to++)
            law->density[to] += raw[from] * exp(-0.5 * pow((to - from) * law->log_step / width, 2));
    }
    law->cumulative[0] = 0;
    for (int i = 1; i <= TG_JITTER_CELLS; i++)
        law->cumulative[i] =
            law->cumulative[i - 1] + (law->density[i - 1] + law->density[i]) / 2 * law->log_step;
    double total = law->cumulative[TG_JITTER_CELLS];
    for (int i = 0; i <= TG_JITTER_CELLS; i++) {
        law->density[i] /= total;
        law->cumulative[i] /= total;
    }
}

static void make_pairs(struct tg_jitter_law *law, const double *sorted, size_t n)
{
    double sums[PAIRS], scratch[PAIRS];
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, "jitter");
    for (size_t i = 0; i < PAIRS; i++)
        sums[i] = sorted[tg_rng_below(&rng, n)] + sorted[tg_rng_below(&rng, n)];
    tg_sample_sort(sums, scratch, PAIRS);
    make_law(law, sums, PAIRS);
}

static int add_process(struct tg_jitter *jitter, const char *name, bool periodic, double rate_per_s,
                       const double *sorted, size_t n, struct tg_error *err)
{
    struct tg_jitter_process *process = &jitter->processes[jitter->process_count];
    *process = (struct tg_jitter_process){
        .periodic = periodic, .rate_per_s = rate_per_s, .presence = 1, .tail_shape = NAN};
    snprintf(process->name, sizeof process->name, "%s", name);
    int rc = tg_sample_init(&process->lengths, n, err);
    if (rc)
        return rc;
    memcpy(process->lengths.x, sorted, n * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        process->lengths.w[i] = 1;
    tg_sample_sum(&process->lengths);
    jitter->process_count++;
    return TG_OK;
}

/* Splits sorted gaps at the threshold of their tail into interrupts and stalls. */
static int add_rest(struct tg_jitter *jitter, double *sorted, size_t n, double observed_s,
                    struct tg_error *err)
{
    struct tg_sample all = {.x = sorted, .n = n};
    struct tg_tail tail = {0};
    size_t body = n;
    all.w = malloc((n + 1) * sizeof *all.w);
    if (!all.w)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        all.w[i] = 1;
    tg_sample_sum(&all);
    if (tg_tail_fit(&all, "jitter", &tail)) {
        while (body > 0 && sorted[body - 1] > tail.threshold)
            body--;
    }
    free(all.w);
    if (n - body < TAIL_MIN)
        body = n;
    int rc =
        body ? add_process(jitter, "interrupts", false, (double)body / observed_s, sorted, body, err) : TG_OK;
    if (!rc && body < n)
        rc = add_process(jitter, "stalls", false, (double)(n - body) / observed_s, sorted + body, n - body,
                         err);
    if (!rc && body < n)
        jitter->processes[jitter->process_count - 1].tail_shape = tail.shape;
    return rc;
}

/* Takes the gaps of one more tick away; false where there is none. */
static bool add_ticks(struct tg_jitter *jitter, const struct tg_trace *trace, bool *taken, bool *is_tick,
                      double *room, int *rc, struct tg_error *err)
{
    struct tg_ticks ticks;
    char name[32];
    size_t n = 0;
    if (!tg_ticks_find(trace, taken, &ticks, is_tick))
        return false;
    for (size_t i = 0; i < trace->count; i++) {
        if (is_tick[i])
            room[n++] = trace->cost_ns[i];
        taken[i] |= is_tick[i];
    }
    tg_sample_sort(room, room + trace->count, n);
    snprintf(name, sizeof name, "ticks of %.0f Hz", 1e9 / ticks.period_ns);
    *rc = add_process(jitter, name, true, 1e9 / ticks.period_ns, room, n, err);
    if (!*rc)
        jitter->processes[jitter->process_count - 1].presence = ticks.presence;
    return !*rc;
}

static int add_processes(struct tg_jitter *jitter, const struct tg_trace *trace, struct tg_error *err)
{
    size_t n = trace->count, resting = 0;
    double *room = malloc(2 * (n + 1) * sizeof *room);
    bool *marks = calloc(2 * (n + 1), sizeof *marks);
    int rc = TG_OK;
    if (!room || !marks)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    for (int k = 0; !rc && k < TICKS_MAX; k++)
        if (!add_ticks(jitter, trace, marks, marks + n, room, &rc, err))
            break;
    if (!rc) {
        for (size_t i = 0; i < n; i++)
            if (!marks[i])
                room[resting++] = trace->cost_ns[i];
        tg_sample_sort(room, room + n, resting);
        if (resting)
            rc = add_rest(jitter, room, resting, trace->observed_ns * 1e-9, err);
    }
    free(room);
    free(marks);
    return rc;
}

int tg_jitter_init(struct tg_jitter *jitter, const struct tg_trace *trace, struct tg_error *err)
{
    *jitter = (struct tg_jitter){.shortest_ns = HUGE_VAL};
    if (!trace || !trace->count || !(trace->observed_ns > 0))
        return TG_OK;
    size_t n = trace->count;
    double *sorted = malloc(2 * (n + 1) * sizeof *sorted), sum = 0, squares = 0;
    if (!sorted)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    memcpy(sorted, trace->cost_ns, n * sizeof *sorted);
    tg_sample_sort(sorted, sorted + n, n);
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
        squares += sorted[i] * sorted[i];
    }
    int rc = TG_OK;
    if (!(sum < trace->observed_ns))
        rc =
            tg_error_set(err, TG_EINPUT, "%s: the gaps last longer together (%g ns) than was watched (%g ns)",
                         trace->name, sum, trace->observed_ns);
    else if (!(sorted[0] > 0))
        rc = tg_error_set(err, TG_EINPUT, "%s: a gap of no length", trace->name);
    if (!rc) {
        double own_ns = trace->observed_ns - sum;
        jitter->count = n;
        jitter->per_ns = (double)n / own_ns;
        jitter->stolen_share = sum / own_ns;
        jitter->stolen_error = sqrt(squares) / sum;
        jitter->shortest_ns = sorted[0];
        jitter->long_ns = sorted[(n - 1) - n / 100];
        jitter->mean_ns = sum / (double)n;
        make_law(&jitter->one, sorted, n);
        make_pairs(&jitter->two, sorted, n);
        rc = add_processes(jitter, trace, err);
    }
    free(sorted);
    if (rc)
        tg_jitter_release(jitter);
    return rc;
}

void tg_jitter_release(struct tg_jitter *jitter)
{
    for (size_t i = 0; i < jitter->process_count; i++)
        tg_sample_release(&jitter->processes[i].lengths);
    *jitter = (struct tg_jitter){0};
}
