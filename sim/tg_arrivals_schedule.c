/* The Poisson process whose rate follows a schedule: unit exponential draws, taken back through the
 * integrated rate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_arrivals_kind.h"

struct segment {
    double duration_ps;
    tg_ps whole_ps;                  /* the same duration */
    double start_per_ps, end_per_ps; /* at the process's own rate */
    double slope;                    /* of the rate, likewise */
};

struct tg_arrivals_schedule {
    bool repeat;
    size_t count, current;
    tg_ps begin_ps;      /* when the current segment began */
    tg_ps period_ps;     /* all segments together */
    double arrivals;     /* expected over the period, at the rate it was started with */
    double own_arrivals; /* ... and at its own */
    double factor;       /* of all rates */
    struct segment segments[];
};

static double segment_arrivals(const struct segment *segment)
{
    return (segment->start_per_ps + segment->end_per_ps) / 2 * segment->duration_ps;
}

static void schedule_start(struct tg_arrivals *arrivals)
{
    struct tg_arrivals_schedule *schedule = arrivals->of.schedule;
    schedule->factor = arrivals->rate_per_s / arrivals->own_per_s;
    schedule->arrivals = schedule->own_arrivals * schedule->factor;
    schedule->current = 0;
    schedule->begin_ps = 0;
}

static tg_ps end_of_time(struct tg_arrivals *arrivals)
{
    arrivals->whole_ps = TG_PS_MAX;
    arrivals->fraction = 0;
    return TG_PS_MAX;
}

/* Goes to the beginning of the next segment; false where the schedule or time ends. Whole periods that the
 * draw left to spend passes over are skipped at once. */
static bool enter_next(struct tg_arrivals *arrivals, double *left)
{
    struct tg_arrivals_schedule *schedule = arrivals->of.schedule;
    tg_ps begin;
    if (__builtin_add_overflow(schedule->begin_ps, schedule->segments[schedule->current].whole_ps, &begin))
        return false;
    if (++schedule->current == schedule->count) {
        double periods = floor(*left / schedule->arrivals),
               skipped_ps = periods * (double)schedule->period_ps;
        if (!schedule->repeat || !(skipped_ps < 0x1p62))
            return false;
        if (__builtin_add_overflow(begin, (tg_ps)periods * schedule->period_ps, &begin))
            return false;
        *left = fmax(0, *left - periods * schedule->arrivals);
        schedule->current = 0;
    }
    schedule->begin_ps = begin;
    arrivals->whole_ps = begin;
    arrivals->fraction = 0;
    return true;
}

/* The root of rate x + slope x^2 / 2 = left, in the form that does not cancel. */
static inline double time_for(double left, double rate, double slope)
{
    if (slope == 0)
        return left / rate;
    return 2 * left / (rate + sqrt(fmax(0, rate * rate + 2 * slope * left)));
}

static tg_ps schedule_next(struct tg_arrivals *arrivals)
{
    struct tg_arrivals_schedule *schedule = arrivals->of.schedule;
    if (arrivals->whole_ps == TG_PS_MAX)
        return TG_PS_MAX;
    for (double left = tg_rng_exponential(&arrivals->rng);;) {
        const struct segment *s = &schedule->segments[schedule->current];
        double start = s->start_per_ps * schedule->factor, end = s->end_per_ps * schedule->factor;
        double slope = s->slope * schedule->factor;
        double offset = (double)(arrivals->whole_ps - schedule->begin_ps) +
                        (double)(int64_t)arrivals->fraction / TG_ARRIVALS_ONE_PS;
        double span = s->duration_ps - offset, rate = start + slope * offset;
        double available = span > 0 ? (rate + end) / 2 * span : 0;
        if (left < available)
            return tg_arrivals_advance(arrivals, fmin(span, time_for(left, rate, slope)));
        left -= available;
        if (!enter_next(arrivals, &left))
            return end_of_time(arrivals);
    }
}

static size_t schedule_bytes(size_t count)
{
    return sizeof(struct tg_arrivals_schedule) + count * sizeof(struct segment);
}

static int schedule_copy(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err)
{
    size_t bytes = schedule_bytes(arrivals->of.schedule->count);
    copy->of.schedule = malloc(bytes);
    if (!copy->of.schedule)
        return tg_error_set(err, TG_ENOMEM, "memory ran out for an arrival process");
    memcpy(copy->of.schedule, arrivals->of.schedule, bytes);
    return TG_OK;
}

static void schedule_release(struct tg_arrivals *arrivals)
{
    free(arrivals->of.schedule);
}

static const struct tg_arrivals_kind schedule_kind = {
    .name = "schedule",
    .start = schedule_start,
    .next = schedule_next,
    .copy = schedule_copy,
    .release = schedule_release,
};

static int fill(struct tg_arrivals_schedule *schedule, const struct tg_arrivals_segment *segments, size_t n,
                struct tg_error *err)
{
    schedule->count = n;
    for (size_t i = 0; i < n; i++) {
        const struct tg_arrivals_segment *s = &segments[i];
        if (s->duration_ps <= 0)
            return tg_error_set(err, TG_EINPUT,
                                "schedule: segment %zu lasts %g s, but must last longer than 0", i + 1,
                                tg_s_from_ps(s->duration_ps));
        if (!(s->start_per_s >= 0 && s->start_per_s <= 1e12 && s->end_per_s >= 0 && s->end_per_s <= 1e12))
            return tg_error_set(
                err, TG_EINPUT,
                "schedule: segment %zu goes from %g/s to %g/s, but rates must be from 0 to 1e12/s", i + 1,
                s->start_per_s, s->end_per_s);
        if (__builtin_add_overflow(schedule->period_ps, s->duration_ps, &schedule->period_ps))
            return tg_error_set(err, TG_EINPUT, "schedule: it lasts longer than 106 days, the end of time");
        struct segment *segment = &schedule->segments[i];
        *segment = (struct segment){
            .duration_ps = (double)s->duration_ps,
            .whole_ps = s->duration_ps,
            .start_per_ps = s->start_per_s * 1e-12,
            .end_per_ps = s->end_per_s * 1e-12,
        };
        segment->slope = (segment->end_per_ps - segment->start_per_ps) / segment->duration_ps;
        schedule->own_arrivals += segment_arrivals(segment);
    }
    return TG_OK;
}

int tg_arrivals_init_schedule(struct tg_arrivals *arrivals, const struct tg_arrivals_segment *segments,
                              size_t n, bool repeat, struct tg_error *err)
{
    *arrivals = (struct tg_arrivals){0};
    if (n < 1)
        return tg_error_set(err, TG_EINPUT, "schedule: it has no segment");
    struct tg_arrivals_schedule *schedule = calloc(1, schedule_bytes(n));
    if (!schedule)
        return tg_error_set(err, TG_ENOMEM, "memory ran out for an arrival process");
    int rc = fill(schedule, segments, n, err);
    if (!rc) {
        rc =
            tg_arrivals_make(arrivals, &schedule_kind,
                             schedule->own_arrivals / (double)schedule->period_ps * (double)TG_PS_PER_S, err);
        if (rc)
            tg_error_wrap(err, rc, "schedule");
    }
    if (rc) {
        free(schedule);
        return rc;
    }
    schedule->repeat = repeat;
    arrivals->of.schedule = schedule;
    return TG_OK;
}
