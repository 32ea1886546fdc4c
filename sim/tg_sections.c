#include "tg_sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = TG_HIST_BITS, ROW = (64 - BITS) << BITS, BISECTIONS = 20 };

int tg_sections_init(struct tg_sections *s, size_t full, uint64_t size, struct tg_error *err)
{
    if (full < 4 || full > TG_SECTIONS_MAX || full % 2 || !size)
        return tg_error_set(err, TG_EUSAGE,
                            "%zu sections of %llu samples: an even number from 4 to %d is needed", full,
                            (unsigned long long)size, TG_SECTIONS_MAX);
    *s = (struct tg_sections){.full = full, .size = size, .min = INT64_MAX};
    s->open = s->counts = calloc(full * ROW, sizeof *s->counts);
    if (!s->counts)
        return tg_error_set(err, TG_ENOMEM, "no memory for %zu sections", full);
    return TG_OK;
}

void tg_sections_release(struct tg_sections *s)
{
    free(s->counts);
    *s = (struct tg_sections){0};
}

static uint32_t *row(const struct tg_sections *s, size_t section)
{
    return s->counts + section * ROW;
}

static void merge_pairs(struct tg_sections *s)
{
    size_t first = tg_hist_index(BITS, (uint64_t)s->min), end = tg_hist_index(BITS, (uint64_t)s->max) + 1;
    s->count /= 2;
    s->size *= 2;
    for (size_t i = 0; i < s->count; i++) {
        uint32_t *into = row(s, i), *a = row(s, 2 * i), *b = row(s, 2 * i + 1);
        for (size_t bucket = first; bucket < end; bucket++)
            into[bucket] = a[bucket] + b[bucket];
    }
    for (size_t i = s->count; i < s->full; i++)
        memset(row(s, i) + first, 0, (end - first) * sizeof *s->counts);
}

void tg_sections_close(struct tg_sections *s)
{
    s->filled = 0;
    if (++s->count == s->full)
        merge_pairs(s);
    s->open = row(s, s->count);
}

/* A place among the samples: just above bucket `bucket`, with what each section has above it. */
struct place {
    const struct tg_sections *s;
    size_t bucket;
    uint64_t above[TG_SECTIONS_MAX];
};

/* Moves the place to just above the next lower bucket; returns how many samples it passes. */
static uint64_t step_down(struct place *p)
{
    uint64_t passed = 0;
    for (size_t i = 0; i < p->s->count; i++) {
        uint32_t here = row(p->s, i)[p->bucket];
        p->above[i] += here;
        passed += here;
    }
    p->bucket--;
    return passed;
}

static void step_up(struct place *p)
{
    p->bucket++;
    for (size_t i = 0; i < p->s->count; i++)
        p->above[i] -= row(p->s, i)[p->bucket];
}

/* The fractions above a point in the place's bucket, `depth` (0 ... 1) of the bucket below its top. */
static void fractions(const struct place *p, double depth, double *out)
{
    for (size_t i = 0; i < p->s->count; i++)
        out[i] = ((double)p->above[i] + depth * row(p->s, i)[p->bucket]) / (double)p->s->size;
}

static double value_at(const struct place *p, double depth)
{
    int64_t low, high;
    tg_hist_range(BITS, p->bucket, &low, &high);
    if (low < p->s->min)
        low = p->s->min;
    if (high > p->s->max)
        high = p->s->max;
    return (double)high - depth * (double)(high - low);
}

/* One end of the interval: which end of the fraction's interval decides it, and on which side of the target.
 */
struct end {
    double target, level;
    int upper;
};

/* Is a point this deep in the bucket outside the interval, on the end's side? */
static int excluded(const struct place *p, double depth, const struct end *end)
{
    double series[TG_SECTIONS_MAX];
    fractions(p, depth, series);
    struct tg_estimate e = tg_steady_interval(series, p->s->count, end->level);
    return end->upper ? e.high < end->target : e.low > end->target;
}

/* How many sections have samples above a depth of 0 or 1 (upper), or below it. */
static size_t reaching(const struct place *p, int depth, int upper)
{
    size_t sections = 0;
    for (size_t i = 0; i < p->s->count; i++) {
        uint64_t above = p->above[i] + (depth ? row(p->s, i)[p->bucket] : 0);
        sections += upper ? above > 0 : above < p->s->size;
    }
    return sections;
}

static double bisect(const struct place *p, const struct end *end)
{
    double inside = end->upper ? 1 : 0, outside = end->upper ? 0 : 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (inside + outside) / 2;
        if (excluded(p, middle, end))
            outside = middle;
        else
            inside = middle;
    }
    return value_at(p, inside);
}

/* Walks from the point's bucket until the bucket's far edge is excluded on the word of enough sections. */
static double find_end(struct place p, const struct end *end)
{
    int far = !end->upper; /* the depth of the far edge */
    int64_t extreme = end->upper ? p.s->max : p.s->min;
    size_t last = tg_hist_index(BITS, (uint64_t)extreme);
    for (;;) {
        if (reaching(&p, far, end->upper) >= TG_SECTIONS_LEAST && excluded(&p, far, end))
            return bisect(&p, end);
        if (p.bucket == last)
            break;
        if (end->upper)
            step_up(&p);
        else
            step_down(&p);
    }
    if (reaching(&p, !far, end->upper) >= TG_SECTIONS_LEAST)
        return (double)extreme;
    return end->upper ? INFINITY : -INFINITY;
}

/* Moves the place to the quantile's bucket; returns how deep in it the quantile lies. */
static double find_point(struct place *p, double q)
{
    double wanted = (1 - q) * (double)p->s->size * (double)p->s->count, above = 0;
    p->bucket = tg_hist_index(BITS, (uint64_t)p->s->max);
    for (;;) {
        double passed = (double)step_down(p);
        if (above + passed >= wanted) {
            step_up(p);
            return (wanted - above) / passed;
        }
        above += passed;
    }
}

struct tg_estimate tg_sections_quantile(const struct tg_sections *s, double q, double level,
                                        struct tg_steady_quality *quality)
{
    assert(q > 0);
    assert(q < 1);
    struct tg_estimate e = {.low = -INFINITY, .high = INFINITY, .level = level, .n = s->count};
    if (quality)
        *quality = (struct tg_steady_quality){0};
    if (!s->count)
        return e;
    struct place p = {.s = s};
    double depth = find_point(&p, q);
    e.mean = value_at(&p, depth);
    double series[TG_SECTIONS_MAX];
    fractions(&p, depth, series);
    if (quality)
        *quality = tg_steady_quality(series, s->count, q * (1 - q));
    e.freedom = tg_steady_interval(series, s->count, level).freedom;
    e.low = find_end(p, &(struct end){.target = 1 - q, .level = level});
    e.high = find_end(p, &(struct end){.target = 1 - q, .level = level, .upper = 1});
    return e;
}
