#include "tg_units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    double factor;
};

static const struct unit number_units[] = {{"", 1}, {"%", 0.01}, {NULL, 0}};
static const struct unit time_units[] = {{"ps", 1e-12}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3},
                                         {"s", 1},      {"min", 60},  {"h", 3600},  {NULL, 0}};
static const struct unit frequency_units[] = {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}, {NULL, 0}};
static const struct unit rate_units[] = {
    {"/s", 1}, {"k/s", 1e3}, {"M/s", 1e6}, {"/min", 1.0 / 60}, {NULL, 0}};
static const struct unit bitrate_units[] = {
    {"b/s", 1}, {"kb/s", 1e3}, {"Mb/s", 1e6}, {"Gb/s", 1e9}, {NULL, 0}};
static const struct unit byte_units[] = {{"B", 1},      {"kB", 1e3},      {"MB", 1e6},      {"GB", 1e9},
                                         {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1 << 30}, {NULL, 0}};

static const struct {
    const char *what;
    const char *names;
    const struct unit *units;
} dimensions[] = {
    [TG_DIM_NUMBER] = {"a number", "none or %", number_units},
    [TG_DIM_TIME] = {"a time", "ps, ns, us, ms, s, min, h", time_units},
    [TG_DIM_FREQUENCY] = {"a frequency", "Hz, kHz, MHz, GHz", frequency_units},
    [TG_DIM_RATE] = {"a rate", "/s, k/s, M/s, /min", rate_units},
    [TG_DIM_BITRATE] = {"a bit rate", "b/s, kb/s, Mb/s, Gb/s", bitrate_units},
    [TG_DIM_BYTES] = {"a size", "B, kB, MB, GB, KiB, MiB, GiB", byte_units},
};

const char *tg_dimension_units(enum tg_dimension dim)
{
    return dimensions[dim].names;
}

const char *tg_dimension_base_unit(enum tg_dimension dim)
{
    const struct unit *unit = dimensions[dim].units;
    while (unit->factor != 1)
        unit++;
    return unit->name;
}

int tg_quantity_parse(const char *text, enum tg_dimension dim, double *out, struct tg_error *err)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value) || strpbrk(text, "xXpP") == text + 1)
        return tg_error_set(err, TG_EINPUT, "'%s' is not %s (a number with a unit: %s)", text,
                            dimensions[dim].what, dimensions[dim].names);
    while (isspace((unsigned char)*end))
        end++;
    for (const struct unit *u = dimensions[dim].units; u->name; u++) {
        if (strcmp(end, u->name) == 0) {
            *out = value * u->factor;
            return TG_OK;
        }
    }
    if (!*end)
        return tg_error_set(err, TG_EINPUT, "'%s' has no unit (one of: %s)", text, dimensions[dim].names);
    return tg_error_set(err, TG_EINPUT, "'%s': unknown unit '%s' (one of: %s)", text, end,
                        dimensions[dim].names);
}

int tg_quantity_guess(const char *text, enum tg_dimension *dim, double *out, struct tg_error *err)
{
    for (enum tg_dimension d = 0; d < sizeof dimensions / sizeof *dimensions; d++) {
        if (tg_quantity_parse(text, d, out, NULL) == TG_OK) {
            *dim = d;
            return TG_OK;
        }
    }
    return tg_error_set(err, TG_EINPUT, "'%s' is not a number with a known unit", text);
}

char *tg_time_format(double seconds, char *buf, size_t size)
{
    static const struct unit scale[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    double magnitude = fabs(seconds);
    size_t i = 0;
    while (i < 3 && magnitude < 0.9995 * scale[i].factor)
        i++;
    if (!isfinite(seconds) || magnitude == 0)
        snprintf(buf, size, "%g s", seconds);
    else
        snprintf(buf, size, "%.3g %s", seconds / scale[i].factor, scale[i].name);
    return buf;
}

char *tg_rate_format(double per_s, char *buf, size_t size)
{
    if (per_s >= 99950)
        snprintf(buf, size, "%.4g k/s", per_s / 1e3);
    else
        snprintf(buf, size, "%.*f/s", per_s >= 1000 ? 0 : 2, per_s);
    return buf;
}
