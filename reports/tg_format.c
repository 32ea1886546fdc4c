#include "tg_format.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct scale {
    double factor;
    const char *plain, *typeset;
};

static const struct scale times[] = {
    {1e12, "s", "s"}, {1e9, "ms", "ms"}, {1e6, "us", "µs"}, {1e3, "ns", "ns"}, {1, "ps", "ps"},
};

static const struct scale rates[] = {
    {1e6, "M/s", "M/s"},
    {1e3, "k/s", "k/s"},
    {1, "/s", "/s"},
};

static const struct scale percent[] = {{0.01, "%", "%"}};

/* Rates without an interval are mostly offered rates, which are exact: they get a digit more. */
enum { TIME_DIGITS = 3, RATE_DIGITS = 4 };
enum { DECIMALS_MAX = 4, INTERVAL_DIGITS = 2 };

/* The greatest unit in which the value is at least 1, as it will be rounded. */
static const struct scale *fitting(const struct scale *scales, size_t count, double value)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (fabs(value) >= 0.9995 * scales[i].factor)
            return &scales[i];
    }
    return &scales[count - 1];
}

/* Decimals that show `digits` significant digits of x. */
static int decimals_for(double x, int digits)
{
    if (!(fabs(x) > 0))
        return 0;
    int decimals = digits - 1 - (int)floor(log10(fabs(x)));
    return decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
}

static bool has_interval(struct tg_run_estimate e)
{
    return isfinite(e.low) && isfinite(e.high) && e.high > e.low;
}

static char *format(struct tg_run_estimate e, const struct scale *scales, size_t count,
                    enum tg_format_alphabet alphabet, int digits, char buf[TG_FORMAT_SIZE])
{
    if (!isfinite(e.value)) {
        snprintf(buf, TG_FORMAT_SIZE, "-");
        return buf;
    }
    const struct scale *scale = fitting(scales, count, e.value == 0 && has_interval(e) ? e.high : e.value);
    const char *unit = alphabet == TG_FORMAT_TYPESET ? scale->typeset : scale->plain;
    const char *space = *unit == '/' ? "" : " ";
    double value = e.value / scale->factor;
    if (!has_interval(e)) {
        snprintf(buf, TG_FORMAT_SIZE, "%.*g%s%s", digits, value, space, unit);
        return buf;
    }
    double below = (e.value - e.low) / scale->factor, above = (e.high - e.value) / scale->factor;
    double wider = below > above ? below : above;
    int decimals = decimals_for(wider, INTERVAL_DIGITS);
    if (fabs(below - above) <= 0.6 * pow(10, -decimals))
        snprintf(buf, TG_FORMAT_SIZE, "%.*f ± %.*f%s%s", decimals, value, decimals, wider, " ", unit);
    else
        snprintf(buf, TG_FORMAT_SIZE, "%.*f%s%s (%.*f to %.*f)", decimals, value, space, unit, decimals,
                 e.low / scale->factor, decimals, e.high / scale->factor);
    return buf;
}

char *tg_format_time(struct tg_run_estimate ps, enum tg_format_alphabet alphabet, char buf[TG_FORMAT_SIZE])
{
    return format(ps, times, sizeof times / sizeof *times, alphabet, TIME_DIGITS, buf);
}

static struct tg_run_estimate ps_from_ns(struct tg_run_estimate ns)
{
    return (struct tg_run_estimate){ns.value * 1e3, ns.low * 1e3, ns.high * 1e3};
}

char *tg_format_price(const struct tg_run_price *price, enum tg_format_alphabet alphabet,
                      char buf[TG_FORMAT_SIZE])
{
    char low[TG_FORMAT_SIZE], high[TG_FORMAT_SIZE];
    tg_format_time(ps_from_ns(price->mean_ns), alphabet, buf);
    if (!isfinite(price->range_low_ns) || !isfinite(price->range_high_ns))
        return buf;
    tg_format_time(ps_from_ns(tg_format_bare(price->range_low_ns)), alphabet, low);
    tg_format_time(ps_from_ns(tg_format_bare(price->range_high_ns)), alphabet, high);
    size_t used = strlen(buf);
    snprintf(buf + used, TG_FORMAT_SIZE - used, ", from %s to %s", low, high);
    return buf;
}

char *tg_format_rate(struct tg_run_estimate per_s, char buf[TG_FORMAT_SIZE])
{
    return format(per_s, rates, sizeof rates / sizeof *rates, TG_FORMAT_PLAIN, RATE_DIGITS, buf);
}

char *tg_format_ratio(struct tg_run_estimate ratio, char buf[TG_FORMAT_SIZE])
{
    return format(ratio, percent, 1, TG_FORMAT_PLAIN, TIME_DIGITS, buf);
}

struct tg_run_estimate tg_format_bare(double value)
{
    return (struct tg_run_estimate){value, NAN, NAN};
}
