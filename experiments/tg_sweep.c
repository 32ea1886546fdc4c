#include "tg_sweep.h"

#include <math.h>

#include "tg_sweep_parts.h"

static const double fractions[] = {0.05, 0.1, 0.2,  0.3, 0.4,  0.5, 0.6,  0.7,
                                   0.8,  0.9, 0.95, 1,   1.05, 1.1, 1.25, 1.5};

enum { RATES_MAX = TG_COUNT(fractions) };

/* The offered rates of a technique: the scenario's, or those chosen. */
struct rates {
    const double *items;
    size_t count;
    double chosen[RATES_MAX];
};

/* Three significant digits, so that axes and tables read well. */
static double round_rate(double rate)
{
    double scale = pow(10, floor(log10(rate)) - 2);
    return round(rate / scale) * scale;
}

/* Users are whole. */
static double round_to_users(double rate, double think_s)
{
    return fmax(1, round(rate * think_s)) / think_s;
}

static void choose_rates(const struct tg_sweep_bench *b, struct rates *rates)
{
    const struct tg_scenario *s = b->scenario;
    *rates = (struct rates){.items = s->rates_per_s, .count = s->rate_count};
    if (s->rate_count)
        return;
    rates->items = rates->chosen;
    for (size_t i = 0; i < RATES_MAX; i++) {
        double rate = round_rate(b->curve.saturation_per_s.mean * fractions[i]);
        if (s->workload.client == TG_CLIENT_CLOSED)
            rate = round_to_users(rate, tg_s_from_ps(s->workload.think_ps));
        if (rate <= tg_sweep_most_rate(s) && (!rates->count || rate > rates->chosen[rates->count - 1]))
            rates->chosen[rates->count++] = rate;
    }
}

/* The point nearest to half of the saturation throughput; none where nothing is sustained. */
static size_t half_load(const struct tg_sweep_bench *b, const struct rates *rates)
{
    size_t best = SIZE_MAX;
    double half = b->curve.saturation_per_s.mean / 2, least = INFINITY;
    for (size_t i = 0; i < rates->count; i++) {
        double distance = fabs(rates->items[i] - half);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static int check_rates(const struct tg_sweep_bench *b, struct tg_error *err)
{
    if (b->scenario->rate_count || !isnan(b->curve.saturation_per_s.mean))
        return TG_OK;
    return tg_error_set(
        err, TG_EINPUT,
        "technique '%s': no rate is sustained, even by a single user, who waits for more than "
        "2 %% of the time: the scenario must name its 'rates', or users must 'think' longer",
        b->curve.technique->name);
}

static int run_points(struct tg_sweep_bench *b, const struct rates *rates, size_t done, size_t total,
                      struct tg_error *err)
{
    const struct tg_sweep_listener *l = b->listener;
    const size_t half = half_load(b, rates);
    struct tg_sweep_point point;
    int rc = b->scenario->workload.pause_ps ? tg_sweep_bench_begin_ladder(b, err) : TG_OK;
    for (size_t i = 0; !rc && i < rates->count; i++) {
        if (l->progress)
            l->progress(l->context, b->curve.technique, done + i + 1, total);
        rc = tg_sweep_bench_point(b, rates->items[i], &point, err);
        if (!rc && i == half && l->toll)
            rc = tg_sweep_tell_toll(b, &point, err);
    }
    return rc;
}

static int run_technique(const struct tg_scenario *scenario, size_t index, unsigned threads,
                         const struct tg_sweep_listener *listener, struct tg_error *err)
{
    struct tg_sweep_bench b;
    struct rates rates;
    int rc = tg_sweep_bench_init(&b, scenario, index, threads, listener, err);
    if (rc)
        return rc;
    rc = tg_sweep_find_saturation(&b, err);
    rc = rc ? rc : tg_sweep_note_limit(&b, err);
    rc = rc ? rc : check_rates(&b, err);
    if (!rc) {
        choose_rates(&b, &rates);
        b.curve.point_count = rates.count;
        if (listener->curve)
            rc = listener->curve(listener->context, &b.curve, err);
    }
    if (!rc) {
        size_t steps = (scenario->rate_count ? scenario->rate_count : RATES_MAX) + 1;
        rc = run_points(&b, &rates, index * steps, steps * scenario->technique_count, err);
    }
    tg_sweep_bench_release(&b);
    return rc;
}

int tg_sweep_run(const struct tg_scenario *scenario, unsigned threads,
                 const struct tg_sweep_listener *listener, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < scenario->technique_count; i++) {
        if (listener->progress)
            listener->progress(listener->context, &scenario->techniques[i], i, scenario->technique_count);
        rc = run_technique(scenario, i, threads, listener, err);
    }
    return rc;
}

int tg_sweep_run_point(const struct tg_scenario *scenario, size_t technique, double offered_per_s,
                       unsigned threads, const struct tg_sweep_listener *listener,
                       struct tg_sweep_point *point, struct tg_error *err)
{
    static const struct tg_sweep_listener silent = {0};
    struct tg_sweep_bench b;
    int rc = tg_sweep_bench_init(&b, scenario, technique, threads, listener ? listener : &silent, err);
    if (rc)
        return rc;
    b.curve.point_count = 1;
    if (b.listener->curve)
        rc = b.listener->curve(b.listener->context, &b.curve, err);
    rc = rc ? rc : tg_sweep_bench_point(&b, offered_per_s, point, err);
    if (!rc && b.listener->toll)
        rc = tg_sweep_tell_toll(&b, point, err);
    tg_sweep_bench_release(&b);
    return rc;
}
