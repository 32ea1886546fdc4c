#include "tg_ticks.h"

#include <math.h>
#include <stddef.h>

enum { PHASES = 200, DRIFT_STEPS = 10 };

static const double drift_ppm = 50;

struct window {
    double period_ns, phase_ns;
    double excess, deviation; /* gaps in it beyond the background; the background's standard deviation */
};

static double phase_of(double t_ns, double period_ns)
{
    return t_ns - floor(t_ns / period_ns) * period_ns;
}

static struct window fullest(const struct tg_trace *trace, const bool *taken, double period_ns)
{
    size_t count[PHASES] = {0}, best = 0, in_best = 0, n = 0;
    for (size_t i = 0; i < trace->count; i++) {
        size_t cell = (size_t)(phase_of(trace->t_ns[i], period_ns) / period_ns * PHASES);
        count[cell < PHASES ? cell : PHASES - 1] += !taken[i];
        n += !taken[i];
    }
    for (size_t c = 0; c < PHASES; c++) {
        size_t sum = count[(c + PHASES - 1) % PHASES] + count[c] + count[(c + 1) % PHASES];
        if (sum > in_best) {
            in_best = sum;
            best = c;
        }
    }
    double background = (double)(n - in_best) * 3 / (PHASES - 3);
    return (struct window){.period_ns = period_ns,
                           .phase_ns = ((double)best + 0.5) * period_ns / PHASES,
                           .excess = (double)in_best - background,
                           .deviation = sqrt(background + 1)};
}

static struct window best_of_rate(const struct tg_trace *trace, const bool *taken, double hz)
{
    struct window best = {0};
    for (int k = -DRIFT_STEPS; k <= DRIFT_STEPS; k++) {
        double period_ns = 1e9 / hz * (1 + 1e-6 * drift_ppm * k / DRIFT_STEPS);
        struct window w = fullest(trace, taken, period_ns);
        if (w.excess > best.excess)
            best = w;
    }
    return best;
}

/* Marks in each period the gap nearest to the phase, if it lies in the window. */
static void mark(const struct tg_trace *trace, const bool *taken, const struct window *w, bool *is_tick)
{
    double half = 1.5 * w->period_ns / PHASES, last_period = -1, last_distance = 0;
    size_t last = 0;
    for (size_t i = 0; i < trace->count; i++) {
        double shifted = trace->t_ns[i] - w->phase_ns + w->period_ns / 2;
        double period = floor(shifted / w->period_ns);
        double distance = fabs(shifted - (period + 0.5) * w->period_ns);
        is_tick[i] = distance <= half && !taken[i];
        if (is_tick[i] && period == last_period) {
            is_tick[distance < last_distance ? last : i] = false;
            if (distance >= last_distance)
                continue;
        }
        if (is_tick[i]) {
            last_period = period;
            last_distance = distance;
            last = i;
        }
    }
}

bool tg_ticks_find(const struct tg_trace *trace, const bool *taken, struct tg_ticks *ticks, bool *is_tick)
{
    static const double rates_hz[] = {100, 250, 300, 1000};
    struct window best = {0};
    double presence = 0;
    for (size_t i = 0; i < sizeof rates_hz / sizeof *rates_hz; i++) {
        struct window w = best_of_rate(trace, taken, rates_hz[i]);
        double here = w.excess / (trace->observed_ns * 1e-9 * rates_hz[i]);
        if (w.excess >= 6 * w.deviation && here >= 0.5 && w.excess > best.excess) {
            best = w;
            presence = here;
        }
    }
    if (!(presence > 0))
        return false;
    mark(trace, taken, &best, is_tick);
    *ticks = (struct tg_ticks){best.period_ns, best.phase_ns, fmin(1, presence)};
    return true;
}
