#include "bench_hold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_rivals.h"
#include "tg_calendar.h"
#include "tg_ziggurat.h"

const char *const bench_law_names[BENCH_LAWS] = {
    [BENCH_EXPONENTIAL] = "exponential", [BENCH_BIMODAL] = "bimodal", [BENCH_CLUSTERED] = "clustered"};

enum {
    HOLDS = 1000000,
    HOLDS_MIN = 1000,
    REPETITIONS_MAX = 100,
    BURST = 64,
    SHIFTS = 7,           /* widths tried: powers of two around the mean distance of events */
    SCAN_WORK = 50000000, /* comparisons that a min-scan may take in a repetition */
};

#define MEAN_GAP_PS 1e9

/* The sequence of gaps. Bursts: 64 events are aimed at one instant of the future, spread over 1/1,000 of the
 * mean gap; those that come too late for it follow one another even closer. */
struct gaps {
    enum bench_law law;
    struct tg_rng rng;
    double burst_ps;
    unsigned left;
};

static double clustered(struct gaps *g, double now)
{
    if (!g->left--) {
        g->left = BURST - 1;
        g->burst_ps = now + MEAN_GAP_PS * tg_rng_exponential(&g->rng);
    }
    double u = tg_rng_unit(&g->rng), at = g->burst_ps + u * MEAN_GAP_PS / 1000;
    return at >= now ? at - now : u * MEAN_GAP_PS / 1000 / BURST;
}

static int64_t draw(struct gaps *g, double now)
{
    switch (g->law) {
    case BENCH_BIMODAL: {
        double mean = tg_rng_below(&g->rng, 10) ? MEAN_GAP_PS : 1000 * MEAN_GAP_PS;
        return (int64_t)(mean * tg_rng_exponential(&g->rng));
    }
    case BENCH_CLUSTERED:
        return (int64_t)clustered(g, now);
    default:
        return (int64_t)(MEAN_GAP_PS * tg_rng_exponential(&g->rng));
    }
}

struct hold {
    size_t n, warm_up, holds;
    int64_t *first; /* n times */
    int64_t *gaps;  /* warm_up + holds */
    double mean_distance_ps;
};

/* A contestant runs the warm-up and then `holds` timed ones; returns ns a hold. */
struct outcome {
    double ns;
    uint64_t checksum;
};

static uint64_t mix(uint64_t sum, int64_t time)
{
    return sum * 3 + (uint64_t)time;
}

static void nothing(struct tg_sim *sim, void *object)
{
    (void)sim, (void)object;
}

static inline uint64_t engine_holds(struct tg_calendar *c, const int64_t *gaps, size_t count)
{
    struct tg_due due;
    uint64_t sum = 0;
    for (size_t i = 0; i < count && tg_calendar_take(c, TG_PS_MAX, &due); i++) {
        sum = mix(sum, due.time);
        tg_calendar_schedule(c, due.time + gaps[i], 0, due.fn, due.object);
    }
    return sum;
}

static int run_engine(const struct hold *h, struct outcome *out, struct tg_error *err)
{
    struct tg_calendar c;
    int rc = tg_calendar_init(&c, h->n, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < h->n; i++)
        tg_calendar_schedule(&c, h->first[i], 0, nothing, NULL);
    engine_holds(&c, h->gaps, h->warm_up);
    double begin = bench_clock_ns();
    out->checksum = engine_holds(&c, h->gaps + h->warm_up, h->holds);
    out->ns = (bench_clock_ns() - begin) / (double)h->holds;
    tg_calendar_release(&c);
    return TG_OK;
}

static inline uint64_t scan_holds(struct bench_scan *s, const int64_t *gaps, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        size_t least = bench_scan_least(s);
        sum = mix(sum, s->times[least]);
        s->payloads[least]++;
        s->times[least] += gaps[i];
    }
    return sum;
}

/* A large scan is too slow to run all the holds: it runs fewer, and has then no checksum to compare. */
static int run_scan(const struct hold *h, struct outcome *out, struct tg_error *err)
{
    struct bench_scan s = {.count = h->n};
    size_t holds = h->holds, warm_up = h->warm_up;
    if ((holds + warm_up) * h->n > SCAN_WORK) {
        warm_up = 0;
        holds = SCAN_WORK / h->n < HOLDS_MIN ? SCAN_WORK / h->n : HOLDS_MIN;
    }
    s.times = malloc(h->n * sizeof *s.times);
    s.payloads = calloc(h->n, sizeof *s.payloads);
    int rc = s.times && s.payloads ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory for a min-scan");
    if (!rc) {
        memcpy(s.times, h->first, h->n * sizeof *s.times);
        scan_holds(&s, h->gaps, warm_up);
        double begin = bench_clock_ns();
        out->checksum = scan_holds(&s, h->gaps + warm_up, holds);
        out->ns = (bench_clock_ns() - begin) / (double)holds;
        if (holds != h->holds)
            out->checksum = 0;
    }
    free(s.times);
    free(s.payloads);
    return rc;
}

static inline uint64_t ideal_holds(struct bench_ideal *q, const int64_t *gaps, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        struct bench_node *node = bench_ideal_take(q);
        sum = mix(sum, node->time);
        node->payload++;
        node->time += gaps[i];
        bench_ideal_insert(q, node);
    }
    return sum;
}

static int run_ideal(const struct hold *h, unsigned shift, size_t buckets, size_t holds, struct outcome *out,
                     struct tg_error *err)
{
    struct bench_ideal q = {.shift = shift, .mask = buckets - 1, .end = INT64_C(1) << shift};
    q.buckets = calloc(buckets, sizeof *q.buckets);
    q.nodes = calloc(h->n, sizeof *q.nodes);
    int rc = q.buckets && q.nodes ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory for a calendar");
    if (!rc) {
        for (size_t i = 0; i < h->n; i++) {
            q.nodes[i].time = h->first[i];
            bench_ideal_insert(&q, &q.nodes[i]);
        }
        ideal_holds(&q, h->gaps, h->warm_up);
        double begin = bench_clock_ns();
        out->checksum = ideal_holds(&q, h->gaps + h->warm_up, holds);
        out->ns = (bench_clock_ns() - begin) / (double)holds;
    }
    free(q.buckets);
    free(q.nodes);
    return rc;
}

/* Half the events in a bucket to 32 of them, and n or 4 n buckets: the best by a short run each. */
static int tune_ideal(const struct hold *h, unsigned *shift, size_t *buckets, struct tg_error *err)
{
    unsigned least_shift = (unsigned)fmax(1, floor(log2(h->mean_distance_ps)) - 1);
    double best = HUGE_VAL;
    size_t size = 2;
    while (size < h->n)
        size *= 2;
    for (unsigned i = 0; i < 2 * SHIFTS; i++) {
        struct outcome out;
        size_t tried = i % 2 ? 4 * size : size;
        int rc = run_ideal(h, least_shift + i / 2, tried, h->holds / 5 + 1, &out, err);
        if (rc)
            return rc;
        if (out.ns < best) {
            best = out.ns;
            *shift = least_shift + i / 2;
            *buckets = tried;
        }
    }
    return TG_OK;
}

/* Draws the first times and the gaps; the calendar says when each gap is drawn. */
static int prepare(struct hold *h, enum bench_law law, size_t n, struct tg_error *err)
{
    struct gaps g = {.law = law};
    struct tg_calendar c;
    struct tg_due due = {0};
    int rc = tg_calendar_init(&c, n, err);
    if (rc)
        return rc;
    *h = (struct hold){.n = n, .warm_up = 2 * n > HOLDS / 10 ? 2 * n : HOLDS / 10, .holds = HOLDS};
    h->first = malloc(n * sizeof *h->first);
    h->gaps = malloc((h->warm_up + h->holds) * sizeof *h->gaps);
    if (!h->first || !h->gaps) {
        tg_calendar_release(&c);
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu gaps", h->warm_up + h->holds);
    }
    tg_rng_seed(&g.rng, 1, n, bench_law_names[law]);
    for (size_t i = 0; i < n; i++)
        tg_calendar_schedule(&c, h->first[i] = draw(&g, 0), 0, nothing, NULL);
    double began = 0;
    for (size_t i = 0; i < h->warm_up + h->holds; i++) {
        tg_calendar_take(&c, TG_PS_MAX, &due);
        h->gaps[i] = draw(&g, (double)due.time);
        tg_calendar_schedule(&c, due.time + h->gaps[i], 0, nothing, NULL);
        if (i == h->warm_up)
            began = (double)due.time;
    }
    h->mean_distance_ps = ((double)due.time - began) / (double)h->holds;
    tg_calendar_release(&c);
    return TG_OK;
}

static int check(const struct outcome *engine, const struct outcome *scan, const struct outcome *ideal,
                 struct tg_error *err)
{
    if (engine->checksum != ideal->checksum || (scan->checksum && engine->checksum != scan->checksum))
        return tg_error_set(err, TG_EBUG, "the calendars of the hold model disagree");
    return TG_OK;
}

static int repeat(const struct hold *h, unsigned repetitions, struct bench_hold *result, struct tg_error *err)
{
    double engine_ns[REPETITIONS_MAX], scan_ns[REPETITIONS_MAX], ideal_ns[REPETITIONS_MAX];
    unsigned shift = 0;
    size_t buckets = 0;
    int rc = tune_ideal(h, &shift, &buckets, err);
    if (repetitions > REPETITIONS_MAX)
        repetitions = REPETITIONS_MAX;
    for (unsigned r = 0; !rc && r < repetitions; r++) {
        struct outcome engine = {0}, scan = {0}, ideal = {0};
        rc = run_engine(h, &engine, err);
        if (!rc)
            rc = run_scan(h, &scan, err);
        if (!rc)
            rc = run_ideal(h, shift, buckets, h->holds, &ideal, err);
        if (!rc)
            rc = check(&engine, &scan, &ideal, err);
        engine_ns[r] = engine.ns;
        scan_ns[r] = scan.ns;
        ideal_ns[r] = ideal.ns;
    }
    if (rc)
        return rc;
    *result = (struct bench_hold){bench_median(engine_ns, repetitions), bench_median(scan_ns, repetitions),
                                  bench_median(ideal_ns, repetitions)};
    return TG_OK;
}

int bench_hold(enum bench_law law, size_t n, unsigned repetitions, struct bench_hold *result,
               struct tg_error *err)
{
    struct hold h = {0};
    int rc = prepare(&h, law, n, err);
    if (!rc)
        rc = repeat(&h, repetitions, result, err);
    free(h.first);
    free(h.gaps);
    return rc;
}
