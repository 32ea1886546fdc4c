/* What one crossing more adds to a request, predicted and measured side by side. */
#include "validate_figures.h"

#include <math.h>

enum { WIDTH = 900, LEFT = 190, RIGHT = 165, BOTTOM = 70, TOP = 84, STEP = 52 };

static const struct {
    const char *name, *words, *color;
    int point;
    double offset; /* above the crossing's own line */
} sides[] = {{"predicted", "predicted, 95 % of the draws", "#009E73", 5, 0.16},
             {"measured", "measured, 95 % over the repetitions", "#0072B2", 7, -0.16}};

static const struct tg_span *side_of(const struct tg_compared_slope *slope, size_t side)
{
    return side ? &slope->measured_ns : &slope->predicted_ns;
}

static size_t count(const struct validate_figures *f)
{
    size_t drawable = 0;
    for (size_t i = 0; i < f->comparison->slope_count; i++)
        drawable +=
            f->comparison->slopes[i].predicted_ns.mid > 0 || f->comparison->slopes[i].measured_ns.mid > 0;
    return drawable;
}

static void size(const struct validate_figures *f, int *width, int *height)
{
    *width = WIDTH;
    *height = BOTTOM + TOP + STEP * (int)f->comparison->slope_count;
}

static void range_of(const struct tg_comparison *c, double *low, double *high)
{
    *low = INFINITY;
    *high = 0;
    for (size_t i = 0; i < c->slope_count * TG_COUNT(sides); i++) {
        double mid = side_of(&c->slopes[i / 2], i % 2)->mid;
        *low = mid > 0 ? fmin(*low, mid / 1.5) : *low;
        *high = fmax(*high, mid * 1.5);
    }
}

static double line_of(const struct tg_comparison *c, size_t i)
{
    return (double)(c->slope_count - 1 - i);
}

static void data(const void *context, FILE *script)
{
    const struct tg_comparison *c = ((const struct validate_figures *)context)->comparison;
    double low, high;
    range_of(c, &low, &high);
    for (size_t k = 0; k < TG_COUNT(sides); k++) {
        fprintf(script, "$%s << END\n# ns, line, low, high; an end that is not above 0 lies at the edge\n",
                sides[k].name);
        for (size_t i = 0; i < c->slope_count; i++) {
            const struct tg_span *span = side_of(&c->slopes[i], k);
            fprintf(script, "%s", span->mid > 0 ? "" : "# not above 0: ");
            fprintf(script, "%.9g %.2f %.9g %.9g\n", span->mid, line_of(c, i) + sides[k].offset,
                    isfinite(span->low) ? fmax(span->low, low) : span->mid,
                    isfinite(span->high) ? fmax(span->high, low) : span->mid);
        }
        fprintf(script, "NaN NaN NaN NaN\nEND\n\n"); /* gnuplot refuses a block without rows */
    }
}

static void write_names(const struct tg_comparison *c, FILE *script)
{
    fputs("    set ytics (", script);
    for (size_t i = 0; i < c->slope_count; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s", c->slopes[i].name);
        fputs(i ? ", " : "", script);
        tg_drawing_string(name, script);
        fprintf(script, " %.0f", line_of(c, i));
    }
    fputs(")\n", script);
    for (size_t i = 0; i < c->slope_count; i++)
        fprintf(script,
                "    set label '%+.1f %%, %s' at graph 1.02, first %.0f left font ',13' textcolor '%s'\n",
                c->slopes[i].error * 100, c->slopes[i].met ? "met" : "missed", line_of(c, i),
                c->slopes[i].met ? "#222222" : "#D55E00");
}

static void write_signs(struct validate_canvas canvas, FILE *script)
{
    validate_text(canvas, LEFT + (WIDTH - LEFT - RIGHT) / 2, canvas.height - 24,
                  "What one crossing more adds: predicted and measured",
                  "center font ',17' textcolor '#111111'", script);
    for (size_t k = 0; k < TG_COUNT(sides); k++) {
        char how[160];
        snprintf(how, sizeof how,
                 "left font ',13' textcolor '%s' point pointtype %d pointsize 1 linecolor '%s' offset 1,0",
                 sides[k].color, sides[k].point, sides[k].color);
        validate_text(canvas, LEFT + 20 + (double)k * 290, canvas.height - 58, sides[k].words, how, script);
    }
}

static void plot(const void *context, FILE *script)
{
    const struct validate_figures *f = context;
    const struct tg_comparison *c = f->comparison;
    struct validate_canvas canvas;
    double low, high;
    size(f, &canvas.width, &canvas.height);
    range_of(c, &low, &high);
    validate_margins(canvas, LEFT, BOTTOM, WIDTH - LEFT - RIGHT, canvas.height - BOTTOM - TOP, script);
    fprintf(script, "    set logscale x\n    set xrange [%.9g:%.9g]\n    set yrange [-0.6:%.1f]\n", low, high,
            (double)c->slope_count - 0.4);
    validate_log_ticks("x", low, high, 1, script);
    write_names(c, script);
    write_signs(canvas, script);
    fputs("    unset key\n    set xlabel 'time that one more adds to a request, ns'\n    plot", script);
    for (size_t k = 0; k < TG_COUNT(sides); k++)
        fprintf(script,
                "%s \\\n        $%s using 1:2:3:4 with xerrorbars linecolor '%s' linewidth 1.4 pointtype %d "
                "pointsize 1",
                k ? "," : "", sides[k].name, sides[k].color, sides[k].point);
    fputc('\n', script);
}

const struct validate_figure validate_figure_slopes = {
    .drawing =
        {.name = "slopes",
         .title = "",
         .about = "A measured interval reaches over the repetitions, a predicted one over 95 % of the draws",
         .data = data,
         .plot = plot},
    .size = size,
    .count = count,
};
