/* tg_units: quantities with units, and the only place where factors of 1000 appear.
 *
 * Time inside Tollgate is tg_ps, int64_t picoseconds: exact, ordered, and good for 106 days. Text forms
 * carry a number, an optional space and a unit: "20 us", "866 MHz", "100 Mb/s", "1500 B", "5 %", "4000/s".
 */
#ifndef TG_UNITS_H
#define TG_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

typedef int64_t tg_ps;

#define TG_PS_PER_NS INT64_C(1000)
#define TG_PS_PER_US INT64_C(1000000)
#define TG_PS_PER_MS INT64_C(1000000000)
#define TG_PS_PER_S INT64_C(1000000000000)
#define TG_PS_MAX INT64_MAX

static inline double tg_s_from_ps(tg_ps t)
{
    return (double)t * 1e-12;
}

static inline double tg_us_from_ps(tg_ps t)
{
    return (double)t * 1e-6;
}

static inline double tg_ns_from_ps(tg_ps t)
{
    return (double)t * 1e-3;
}

/* Nearest picosecond, halves away from zero. The caller keeps |ns| below 9.2e15. */
static inline tg_ps tg_ps_from_ns(double ns)
{
    double ps = ns * 1e3;
    return (tg_ps)(ps < 0 ? ps - 0.5 : ps + 0.5);
}

static inline tg_ps tg_ps_from_s(double s)
{
    double ps = s * 1e12;
    return (tg_ps)(ps < 0 ? ps - 0.5 : ps + 0.5);
}

enum tg_dimension {
    TG_DIM_NUMBER,    /* no unit; "%" accepted, as a hundredth */
    TG_DIM_TIME,      /* seconds: ps ns us ms s min h */
    TG_DIM_FREQUENCY, /* hertz: Hz kHz MHz GHz */
    TG_DIM_RATE,      /* events a second: /s k/s M/s /min */
    TG_DIM_BITRATE,   /* bits a second: b/s kb/s Mb/s Gb/s */
    TG_DIM_BYTES,     /* bytes: B kB MB GB KiB MiB GiB */
};

/* Parses text as a quantity of a dimension, in that dimension's base unit (seconds, hertz, per second,
 * bits per second, bytes). A bare number is an error except for TG_DIM_NUMBER: quantities carry units.
 * TG_EINPUT with a sentence that names the accepted units. */
int tg_quantity_parse(const char *text, enum tg_dimension dim, double *out, struct tg_error *err);

/* Parses text as a quantity of whatever dimension its unit belongs to. */
int tg_quantity_guess(const char *text, enum tg_dimension *dim, double *out, struct tg_error *err);

/* Writes a duration in seconds as a short text with a fitting unit: "4.13 us". Returns buf. */
char *tg_time_format(double seconds, char *buf, size_t size);

/* Writes a rate as a short text: "168 k/s". Returns buf. */
char *tg_rate_format(double per_s, char *buf, size_t size);

/* The units a dimension accepts, as "ns, us, ms, s", for messages and documentation. */
const char *tg_dimension_units(enum tg_dimension dim);

/* The base unit of a dimension: "s", "Hz", "/s", "b/s", "B" or "". */
const char *tg_dimension_base_unit(enum tg_dimension dim);

#endif
