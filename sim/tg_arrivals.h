/* tg_arrivals: when requests are meant to arrive, as a sequence of times in picoseconds from the start of a
 * run.
 *
 * Kinds: deterministic; renewal, with gaps of any distribution (exponential gaps make it Poisson);
 * Markov-modulated Poisson (MMPP); Poisson with a rate that follows a schedule of steps and ramps; replay of
 * an arrival log.
 *
 * A process is made once by a tg_arrivals_init_...() with its own mean rate, may be copied, and begins by
 * tg_arrivals_start(), which gives it a random stream and may give it another mean rate. What a new rate
 * changes: deterministic and renewal processes stretch their gaps, a log stretches its times; MMPP and
 * schedules multiply their rates and keep the durations of their states and segments. The process
 * keeps its own stream, so that its sequence depends on nothing outside: two simulations that start it from
 * one stream see the same arrivals (common random numbers).
 *
 * Times never decrease and are the exact times rounded to the nearest picosecond: rounding never accumulates.
 * Arrival k of the deterministic process is k/rate, k = 1, 2, ..., exactly rounded (halves up) for the double
 * `rate`. After the last arrival, or past the end of time, tg_arrivals_next() returns TG_PS_MAX forever. It
 * allocates nothing, and its draws are the same bits everywhere.
 *
 * Rates are from 1e-6 to 1e12 a second (TG_EINPUT else). Release with tg_arrivals_release(); a zeroed process
 * may be released; a plain assignment moves it.
 */
#ifndef TG_ARRIVALS_H
#define TG_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_dist.h"
#include "tg_error.h"
#include "tg_rng.h"
#include "tg_units.h"

#define TG_ARRIVALS_ONE_PS 0x1p62 /* a picosecond in units of the fraction */

struct tg_arrivals;
struct tg_arrivals_mmpp;
struct tg_arrivals_schedule;

struct tg_arrivals_kind {
    const char *name;
    void (*start)(struct tg_arrivals *arrivals); /* own_per_s, rate_per_s and rng are set */
    tg_ps (*next)(struct tg_arrivals *arrivals);
    int (*copy)(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err);
    void (*release)(struct tg_arrivals *arrivals);
};

struct tg_arrivals {
    const struct tg_arrivals_kind *kind;
    bool renewal; /* tg_arrivals_next() draws the gap in line */
    struct tg_rng rng;
    double own_per_s;  /* the mean rate it was made with */
    double rate_per_s; /* the mean rate it was started with */
    /* The exact time of the last arrival: whole picoseconds and a fraction in units of 2^-62 ps. */
    tg_ps whole_ps;
    uint64_t fraction;
    union {
        struct {
            struct tg_dist gap; /* owned */
            double unit_ps;     /* picoseconds in its unit */
            double scale_ps;    /* the same at the rate it was started with */
        } renewal;
        struct {
            tg_ps step_ps; /* the gap is step_ps + part / whole */
            uint64_t part, whole, carry;
        } deterministic;
        struct tg_arrivals_mmpp *mmpp;         /* owned */
        struct tg_arrivals_schedule *schedule; /* owned */
        struct {
            const tg_ps *times; /* borrowed */
            size_t count, next;
            tg_ps period_ps, base_ps;
            bool repeat;
            double stretch;
        } log;
    } of;
};

/* A stretch of a schedule: the rate goes from one value to the other in a straight line. */
struct tg_arrivals_segment {
    tg_ps duration_ps;
    double start_per_s, end_per_s;
};

int tg_arrivals_init_deterministic(struct tg_arrivals *arrivals, double rate_per_s, struct tg_error *err);

int tg_arrivals_init_poisson(struct tg_arrivals *arrivals, double rate_per_s, struct tg_error *err);

/* Gaps of a distribution without negative values and with a finite mean above 0, in a unit of unit_ps
 * picoseconds. The first arrival comes after one gap. Takes the distribution over: it is moved or, on
 * failure, released. */
int tg_arrivals_init_renewal(struct tg_arrivals *arrivals, struct tg_dist *gap, double unit_ps,
                             struct tg_error *err);

/* n states, at most TG_CHAIN_MAX, each of which can be reached from every other: generator_per_s[n * n] in
 * row order (the diagonal is not read), and the arrival rate in each state. It starts in a state drawn from
 * the stationary law. */
int tg_arrivals_init_mmpp(struct tg_arrivals *arrivals, const double *generator_per_s,
                          const double *rates_per_s, size_t n, struct tg_error *err);

/* A Poisson process whose rate follows n segments, once or over and over. Exact: the integrated rate is
 * inverted. Its mean rate is that over the whole schedule. */
int tg_arrivals_init_schedule(struct tg_arrivals *arrivals, const struct tg_arrivals_segment *segments,
                              size_t n, bool repeat, struct tg_error *err);

/* The n times of a log, ascending and not negative, which are borrowed and must outlive the process. The log
 * lasts period_ps (0: up to its last arrival); with repeat it starts over after that. Its mean rate is n /
 * period. */
int tg_arrivals_init_log(struct tg_arrivals *arrivals, const tg_ps *times, size_t n, tg_ps period_ps,
                         bool repeat, struct tg_error *err);

/* (Re)starts at time 0 on a copy of the stream; rate_per_s 0 keeps the process's own mean rate. */
int tg_arrivals_start(struct tg_arrivals *arrivals, double rate_per_s, const struct tg_rng *rng,
                      struct tg_error *err);

int tg_arrivals_copy(struct tg_arrivals *copy, const struct tg_arrivals *arrivals, struct tg_error *err);
void tg_arrivals_release(struct tg_arrivals *arrivals);

/* Moves on by a gap and returns the time rounded; TG_PS_MAX, once and for all, where time ends. Without
 * branches on the fraction, which no processor predicts. */
static inline tg_ps tg_arrivals_advance(struct tg_arrivals *arrivals, double gap_ps)
{
    tg_ps whole = TG_PS_MAX, now;
    uint64_t fraction = arrivals->fraction;
    if (__builtin_expect(gap_ps < 0x1p63, 1)) {
        whole = (tg_ps)gap_ps;
        fraction += (uint64_t)(int64_t)((gap_ps - (double)whole) * TG_ARRIVALS_ONE_PS);
        whole += (tg_ps)(fraction >> 62);
        fraction &= (UINT64_C(1) << 62) - 1;
    }
    if (__builtin_expect(__builtin_add_overflow(arrivals->whole_ps, whole, &now) || now == TG_PS_MAX, 0)) {
        arrivals->whole_ps = TG_PS_MAX;
        arrivals->fraction = 0;
        return TG_PS_MAX;
    }
    arrivals->whole_ps = now;
    arrivals->fraction = fraction;
    return now + (tg_ps)(fraction >> 61);
}

/* The next arrival. The process must have been started. */
static inline tg_ps tg_arrivals_next(struct tg_arrivals *arrivals)
{
    if (arrivals->renewal)
        return tg_arrivals_advance(arrivals, tg_dist_sample(&arrivals->of.renewal.gap, &arrivals->rng) *
                                                 arrivals->of.renewal.scale_ps);
    return arrivals->kind->next(arrivals);
}

#endif
