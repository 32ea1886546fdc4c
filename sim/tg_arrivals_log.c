/* Replay of an arrival log. */
#include <math.h>

#include "tg_arrivals_kind.h"

/* t times stretch, rounded to the nearest, halves up: exact, since stretch is m 2^-shift with m a whole
 * number of 53 bits. TG_PS_MAX where it does not fit. */
static tg_ps stretched(tg_ps t, double stretch)
{
    int exponent;
    uint64_t m = (uint64_t)(frexp(stretch, &exponent) * 0x1p53);
    int shift = 53 - exponent; /* below 114, by the range of rates */
    if (!((double)t * stretch < 0x1p62))
        return TG_PS_MAX;
    unsigned __int128 scaled = (unsigned __int128)(uint64_t)t * m;
    if (shift <= 0)
        return (tg_ps)(scaled << -shift);
    return (tg_ps)((scaled + ((unsigned __int128)1 << (shift - 1))) >> shift);
}

static void log_start(struct tg_arrivals *arrivals)
{
    arrivals->of.log.stretch = arrivals->own_per_s / arrivals->rate_per_s;
    arrivals->of.log.next = 0;
    arrivals->of.log.base_ps = 0;
}

static tg_ps log_next(struct tg_arrivals *arrivals)
{
    tg_ps t;
    if (arrivals->whole_ps == TG_PS_MAX)
        return TG_PS_MAX;
    if (arrivals->of.log.next == arrivals->of.log.count) {
        bool over = __builtin_add_overflow(arrivals->of.log.base_ps, arrivals->of.log.period_ps,
                                           &arrivals->of.log.base_ps);
        if (over || !arrivals->of.log.repeat)
            return arrivals->whole_ps = TG_PS_MAX;
        arrivals->of.log.next = 0;
    }
    if (__builtin_add_overflow(arrivals->of.log.base_ps, arrivals->of.log.times[arrivals->of.log.next++], &t))
        return arrivals->whole_ps = TG_PS_MAX;
    return arrivals->whole_ps = stretched(t, arrivals->of.log.stretch);
}

static const struct tg_arrivals_kind log_kind = {
    .name = "log",
    .start = log_start,
    .next = log_next,
};

static int check_times(const tg_ps *times, size_t n, struct tg_error *err)
{
    if (n < 1)
        return tg_error_set(err, TG_EINPUT, "the arrival log is empty");
    for (size_t i = 0; i < n; i++) {
        if (times[i] < 0)
            return tg_error_set(err, TG_EINPUT, "arrival %zu of the log is at %g s, before the start", i + 1,
                                tg_s_from_ps(times[i]));
        if (i && times[i] < times[i - 1])
            return tg_error_set(err, TG_EINPUT, "arrival %zu of the log is earlier than the one before",
                                i + 1);
    }
    return TG_OK;
}

int tg_arrivals_init_log(struct tg_arrivals *arrivals, const tg_ps *times, size_t n, tg_ps period_ps,
                         bool repeat, struct tg_error *err)
{
    *arrivals = (struct tg_arrivals){0};
    int rc = check_times(times, n, err);
    if (rc)
        return rc;
    if (period_ps == 0)
        period_ps = times[n - 1];
    if (period_ps < times[n - 1] || period_ps == 0)
        return tg_error_set(err, TG_EINPUT, "the arrival log lasts %g s, but its last arrival is at %g s",
                            tg_s_from_ps(period_ps), tg_s_from_ps(times[n - 1]));
    rc = tg_arrivals_make(arrivals, &log_kind, (double)n / ((double)period_ps * 1e-12), err);
    if (rc)
        return tg_error_wrap(err, rc, "arrival log");
    arrivals->of.log.times = times;
    arrivals->of.log.count = n;
    arrivals->of.log.period_ps = period_ps;
    arrivals->of.log.repeat = repeat;
    return TG_OK;
}
