#include "validate_scatter.h"

#include <math.h>
#include <string.h>

static const enum tg_limit limits[] = {TG_LIMIT_SERVER, TG_LIMIT_CLIENT, TG_LIMIT_UNCLEAR};

void validate_scatter_add(struct validate_scatter *s, const struct validate_dot *dot)
{
    if (dot->measured.mid > 0 && dot->predicted.mid > 0 && s->count < VALIDATE_ROWS_MAX)
        s->dots[s->count++] = *dot;
}

void validate_scatter_range(const struct validate_scatter *s, double *low, double *high)
{
    const double room = 1.35;
    for (size_t i = 0; i < s->count; i++) {
        const struct tg_span *spans[] = {&s->dots[i].measured, &s->dots[i].predicted};
        for (int k = 0; k < 2; k++) {
            *low = !(*low <= spans[k]->mid / room) ? spans[k]->mid / room : *low;
            *high = !(*high >= spans[k]->mid * room) ? spans[k]->mid * room : *high;
        }
    }
}

static enum tg_limit limit_of(const struct validate_dot *dot)
{
    return dot->limit == TG_LIMIT_NONE ? TG_LIMIT_UNCLEAR : dot->limit;
}

static size_t of_limit(const struct validate_scatter *s, enum tg_limit limit)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += limit_of(&s->dots[i]) == limit;
    return count;
}

/* Ends that are unknown, or not above 0, are drawn as far as the axis goes, or not at all. */
static double end_of(double value, double middle, double edge)
{
    return isfinite(value) ? (value > 0 ? value : edge) : middle;
}

/* Cut at the plot's edges: gnuplot would not cut a shade along them. */
static void write_band(const struct validate_scatter *s, const char *name, FILE *script)
{
    enum { STEPS = 200 };
    fprintf(script, "$%s_band << END\n", name);
    for (int i = 0; i <= STEPS; i++) {
        double x = s->low * exp(log(s->high / s->low) * i / STEPS);
        fprintf(script, "%.9g %.9g %.9g\n", x, fmax(s->low, x * (1 - s->band)),
                fmin(s->high, x * (1 + s->band)));
    }
    fputs("END\n\n", script);
}

void validate_scatter_data(const struct validate_scatter *s, const char *name, FILE *script)
{
    write_band(s, name, script);
    for (size_t k = 0; k < TG_COUNT(limits); k++) {
        if (!of_limit(s, limits[k]))
            continue;
        fprintf(script, "$%s_%s << END\n# measured predicted, ends of both, number\n", name,
                tg_limit_name(limits[k]));
        for (size_t i = 0; i < s->count; i++) {
            const struct validate_dot *d = &s->dots[i];
            if (limit_of(d) == limits[k])
                fprintf(script, "%.9g %.9g %.9g %.9g %.9g %.9g %zu\n", d->measured.mid, d->predicted.mid,
                        end_of(d->measured.low, d->measured.mid, s->low),
                        end_of(d->measured.high, d->measured.mid, s->high),
                        end_of(d->predicted.low, d->predicted.mid, s->low),
                        end_of(d->predicted.high, d->predicted.mid, s->high), d->number);
        }
        fputs("END\n\n", script);
    }
}

/* Where the numbers go: in pixels of the plot. */

struct box {
    double x, y, half_width, half_height;
};

static double pixel(const struct validate_scatter *s, double value)
{
    return s->side * log(value / s->low) / log(s->high / s->low);
}

static double value_at(const struct validate_scatter *s, double at)
{
    return s->low * exp(at / s->side * log(s->high / s->low));
}

static double overlap(const struct box *a, const struct box *b)
{
    double x = a->half_width + b->half_width - fabs(a->x - b->x),
           y = a->half_height + b->half_height - fabs(a->y - b->y);
    return x > 0 && y > 0 ? x * y : 0;
}

static struct box sign_of(const struct validate_scatter *s, const struct validate_dot *d)
{
    return (struct box){pixel(s, d->measured.mid), pixel(s, d->predicted.mid), 6, 6};
}

/* The arms of an error bar, as two thin boxes. */
static void arms_of(const struct validate_scatter *s, const struct validate_dot *d, struct box arms[2])
{
    double x = pixel(s, d->measured.mid), y = pixel(s, d->predicted.mid);
    double west = pixel(s, end_of(d->measured.low, d->measured.mid, s->low)),
           east = pixel(s, end_of(d->measured.high, d->measured.mid, s->high)),
           south = pixel(s, end_of(d->predicted.low, d->predicted.mid, s->low)),
           north = pixel(s, end_of(d->predicted.high, d->predicted.mid, s->high));
    arms[0] = (struct box){(west + east) / 2, y, (east - west) / 2, 1};
    arms[1] = (struct box){x, (south + north) / 2, 1, (north - south) / 2};
}

/* What is hidden by a number here, and how far it is from its point. */
static double badness(const struct validate_scatter *s, size_t own, const struct box *here,
                      const struct box *numbers)
{
    const struct box sign = sign_of(s, &s->dots[own]);
    double bad = hypot(here->x - sign.x, here->y - sign.y);
    if (here->x < here->half_width || here->y < here->half_height || here->x > s->side - here->half_width ||
        here->y > s->side - here->half_height)
        bad += 1e6;
    for (size_t i = 0; i < s->count; i++) {
        struct box other = sign_of(s, &s->dots[i]), arms[2];
        arms_of(s, &s->dots[i], arms);
        bad += 20 * overlap(here, &other) + overlap(here, &arms[0]) + overlap(here, &arms[1]);
        bad += i < own ? 40 * overlap(here, &numbers[i]) : 0;
        /* The line to the point should pass by other points and numbers. */
        for (double part = 0.25; part < 0.9 && i != own; part += 0.2) {
            const struct box spot = {sign.x + part * (here->x - sign.x), sign.y + part * (here->y - sign.y),
                                     1, 1};
            bad += 10 * overlap(&spot, &other) + (i < own ? 10 * overlap(&spot, &numbers[i]) : 0);
        }
    }
    return bad;
}

static void place_numbers(const struct validate_scatter *s, struct box numbers[])
{
    static const double radii[] = {14, 20, 28, 38, 50, 64, 80, 98};
    enum { DIRECTIONS = 24 };
    for (size_t i = 0; i < s->count; i++) {
        const struct box sign = sign_of(s, &s->dots[i]);
        double least = INFINITY;
        for (size_t r = 0; r < TG_COUNT(radii); r++) {
            for (int k = 0; k < DIRECTIONS; k++) {
                double angle = 2 * M_PI * k / DIRECTIONS;
                const struct box here = {sign.x + radii[r] * cos(angle), sign.y + radii[r] * sin(angle),
                                         s->dots[i].number > 9 ? 11 : 6, 7};
                double bad = badness(s, i, &here, numbers);
                if (bad < least) {
                    least = bad;
                    numbers[i] = here;
                }
            }
        }
    }
}

static void write_numbers(const struct validate_scatter *s, FILE *script)
{
    const double near = 22;
    struct box numbers[VALIDATE_ROWS_MAX];
    place_numbers(s, numbers);
    for (size_t i = 0; i < s->count; i++) {
        const struct validate_dot *d = &s->dots[i];
        const struct box sign = sign_of(s, d), *at = &numbers[i];
        double far = hypot(at->x - sign.x, at->y - sign.y);
        if (far > near)
            fprintf(script,
                    "    set arrow from %.9g,%.9g to %.9g,%.9g nohead back linewidth 0.6 linecolor "
                    "'#999999'\n",
                    d->measured.mid, d->predicted.mid,
                    value_at(s, sign.x + (at->x - sign.x) * (far - 9) / far),
                    value_at(s, sign.y + (at->y - sign.y) * (far - 9) / far));
        fprintf(script, "    set label '%zu' at %.9g,%.9g center front font ',11' textcolor '%s'\n",
                d->number, value_at(s, at->x), value_at(s, at->y), validate_limit_color(limit_of(d)));
    }
}

void validate_scatter_plot(const struct validate_scatter *s, const char *name, struct validate_canvas canvas,
                           FILE *script)
{
    validate_margins(canvas, s->x, s->y, s->side, s->side, script);
    fprintf(script,
            "    set logscale xy\n    set xrange [%.9g:%.9g]\n    set yrange [%.9g:%.9g]\n    set trange "
            "[%.9g:%.9g]\n    set parametric\n",
            s->low, s->high, s->low, s->high, s->low, s->high);
    validate_log_ticks("x", s->low, s->high, s->scale, script);
    validate_log_ticks("y", s->low, s->high, s->scale, script);
    write_numbers(s, script);
    fprintf(
        script,
        "    plot $%s_band using 1:2:3 with filledcurves notitle fillcolor '#e4e9e4' fillstyle solid 1, \\\n"
        "        t,t with lines notitle linecolor '#555555' linewidth 1, \\\n"
        "        t,%.9g*t with lines notitle linecolor '#999999' linewidth 1 dashtype (6,4), \\\n"
        "        t,t/%.9g with lines notitle linecolor '#999999' linewidth 1 dashtype (6,4)",
        name, s->factor, s->factor);
    for (size_t k = 0; k < TG_COUNT(limits); k++) {
        if (!of_limit(s, limits[k]))
            continue;
        /* Bars are paler than their points. */
        fprintf(script,
                ", \\\n        $%s_%s using 1:2:3:4:5:6 with xyerrorbars notitle linecolor '#90%s' linewidth "
                "0.8 pointtype 0 pointsize 0",
                name, tg_limit_name(limits[k]), validate_limit_color(limits[k]) + 1);
        fprintf(
            script,
            ", \\\n        $%s_%s using 1:2 with points notitle linecolor '%s' pointtype %d pointsize 0.8",
            name, tg_limit_name(limits[k]), validate_limit_color(limits[k]), validate_limit_point(limits[k]));
    }
    fputs("\n    unset parametric\n    unset label\n    unset arrow\n    unset object\n", script);
}

/* Beside the plots. */

void validate_scatter_legend(const struct validate_figures *f, struct validate_canvas canvas, double x,
                             double y, double height, bool errors, FILE *script)
{
    const double step = fmin(18, height / (double)(f->count + 1)), size = step > 15 ? 12 : step * 0.72;
    char how[96], text[64];
    for (size_t i = 0; i < f->count; i++) {
        const struct tg_compared *row = f->rows[i];
        double at = y - step * (double)(i + (errors ? 1 : 0));
        snprintf(how, sizeof how, "right font ',%.0f' textcolor '%s'", size,
                 validate_limit_color(row->limited_by));
        snprintf(text, sizeof text, "%zu", i + 1);
        validate_text(canvas, x + 18, at, text, how, script);
        snprintf(text, sizeof text, "%+.1f %%", row->error * 100);
        if (errors)
            validate_text(canvas, x + 335, at, text, how, script);
        snprintf(how, sizeof how, "left font ',%.0f' textcolor '#222222'", size);
        validate_text(canvas, x + 26, at, row->system->name, how, script);
    }
    if (errors)
        validate_text(canvas, x + 335, y, "error", "right font ',12' textcolor '#666666'", script);
}

void validate_scatter_signs(const struct validate_figures *f, struct validate_canvas canvas, double x,
                            double y, FILE *script)
{
    for (size_t k = 0; k < TG_COUNT(limits); k++) {
        char how[160];
        size_t count = 0;
        for (size_t i = 0; i < f->count; i++)
            count += f->rows[i]->limited_by == limits[k];
        if (!count)
            continue;
        snprintf(how, sizeof how,
                 "left font ',12' textcolor '%s' point pointtype %d pointsize 0.9 linecolor '%s' offset 1,0",
                 validate_limit_color(limits[k]), validate_limit_point(limits[k]),
                 validate_limit_color(limits[k]));
        validate_text(canvas, x, y - 18 * (double)k, validate_limit_words(limits[k]), how, script);
    }
}
