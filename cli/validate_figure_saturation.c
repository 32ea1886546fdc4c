/* Saturation, predicted over measured. */
#include "validate_scatter.h"

#include <math.h>

enum { SIDE = 640, LEFT = 80, BOTTOM = 80, WIDTH = 1130, HEIGHT = 780 };

static const struct validate_canvas canvas = {WIDTH, HEIGHT};

static void fill(const struct validate_figures *f, struct validate_scatter *s)
{
    *s = (struct validate_scatter){.low = NAN,
                                   .high = NAN,
                                   .x = LEFT,
                                   .y = BOTTOM,
                                   .side = SIDE,
                                   .band = 0.08,
                                   .factor = 1.2,
                                   .scale = 1e3};
    for (size_t i = 0; i < f->count; i++) {
        const struct tg_compared *row = f->rows[i];
        const struct validate_dot dot = {.measured = row->measured_per_s,
                                         .predicted = row->predicted_per_s,
                                         .limit = row->limited_by,
                                         .number = i + 1};
        validate_scatter_add(s, &dot);
    }
    validate_scatter_range(s, &s->low, &s->high);
}

static void data(const void *context, FILE *script)
{
    struct validate_scatter s;
    fill(context, &s);
    validate_scatter_data(&s, "saturation", script);
}

static void plot(const void *context, FILE *script)
{
    const struct validate_figures *f = context;
    struct validate_scatter s;
    fill(f, &s);
    validate_scatter_legend(f, canvas, LEFT + SIDE + 30, HEIGHT - 62, SIDE + 20, true, script);
    validate_scatter_signs(f, canvas, LEFT + 22, BOTTOM + SIDE - 20, script);
    validate_text(canvas, LEFT + SIDE - 10, BOTTOM + 34, "shade: within 8 %",
                  "right font ',12' textcolor '#666666'", script);
    validate_text(canvas, LEFT + SIDE - 10, BOTTOM + 16, "dashed: 20 % more, or as much less",
                  "right font ',12' textcolor '#666666'", script);
    fputs("    set xlabel 'measured saturation, thousand replies a second'\n"
          "    set ylabel 'predicted saturation, thousand replies a second'\n",
          script);
    validate_scatter_plot(&s, "saturation", canvas, script);
}

static void size(const struct validate_figures *f, int *width, int *height)
{
    (void)f;
    *width = WIDTH;
    *height = HEIGHT;
}

static size_t count(const struct validate_figures *f)
{
    return f->count;
}

const struct validate_figure validate_figure_saturation = {
    .drawing = {.name = "validation",
                .title = "Saturation: predicted from primitives, and measured",
                .about = "Bars: 95 % intervals of both sides",
                .data = data,
                .plot = plot},
    .size = size,
    .count = count,
};
