/* Latencies below saturation, predicted over measured. */
#include "validate_scatter.h"

#include <math.h>

enum {
    COLUMNS = TG_COMPARED_LATENCIES,
    ROWS = 2,
    SIDE = 340,
    LEFT = 100,
    BOTTOM = 75,
    GAP_X = 60,
    GAP_Y = 75,
    LEGEND = 270,
    WIDTH = LEFT + COLUMNS * SIDE + (COLUMNS - 1) * GAP_X + 30 + LEGEND,
    HEIGHT = BOTTOM + ROWS * SIDE + (ROWS - 1) * GAP_Y + 75,
};

static const struct validate_canvas canvas = {WIDTH, HEIGHT};
static const struct {
    const char *name, *title;
} rows[ROWS] = {{"p50", "median"}, {"p99", "99th percentile"}};
static const int percents[COLUMNS] = {20, 50, 80};

static const struct tg_compared_pair *pair_of(const struct tg_compared *row, int quantile, int load)
{
    return quantile ? &row->p99_ns[load] : &row->p50_ns[load];
}

/* All of a quantile have the same axes. */
static void fill(const struct validate_figures *f, int quantile, struct validate_scatter s[COLUMNS])
{
    double low = NAN, high = NAN;
    for (int k = 0; k < COLUMNS; k++) {
        s[k] = (struct validate_scatter){.x = LEFT + k * (SIDE + GAP_X),
                                         .y = BOTTOM + (ROWS - 1 - quantile) * (SIDE + GAP_Y),
                                         .side = SIDE,
                                         .band = 0.25,
                                         .factor = 2,
                                         .scale = 1e3};
        for (size_t i = 0; i < f->count; i++) {
            const struct tg_compared_pair *pair = pair_of(f->rows[i], quantile, k);
            const struct validate_dot dot = {.measured = pair->measured,
                                             .predicted = pair->predicted,
                                             .limit = f->rows[i]->limited_by,
                                             .number = i + 1};
            validate_scatter_add(&s[k], &dot);
        }
        validate_scatter_range(&s[k], &low, &high);
    }
    for (int k = 0; k < COLUMNS; k++) {
        s[k].low = low;
        s[k].high = high;
    }
}

static const char *name_of(int quantile, int load, char name[32])
{
    snprintf(name, 32, "%s_%d", rows[quantile].name, percents[load]);
    return name;
}

static void data(const void *context, FILE *script)
{
    struct validate_scatter s[COLUMNS];
    char name[32];
    for (int q = 0; q < ROWS; q++) {
        fill(context, q, s);
        for (int k = 0; k < COLUMNS; k++)
            validate_scatter_data(&s[k], name_of(q, k, name), script);
    }
}

static void plot_panel(const struct validate_scatter *s, int quantile, int load, FILE *script)
{
    char name[32];
    if (!s->count)
        return;
    fprintf(script, "    set title '%s at %d %% load' font ',13' offset 0,-0.4\n", rows[quantile].title,
            percents[load]);
    if (load == 0)
        validate_text(canvas, 24, s->y + SIDE / 2., "predicted latency, us", "center rotate by 90 font ',14'",
                      script);
    fprintf(script, "    set xlabel '%s'\n", quantile == ROWS - 1 ? "measured latency, us" : "");
    validate_scatter_plot(s, name_of(quantile, load, name), canvas, script);
}

static void plot(const void *context, FILE *script)
{
    const struct validate_figures *f = context;
    const double legend_x = WIDTH - LEGEND;
    struct validate_scatter s[COLUMNS];
    fputs("    set multiplot\n    set xtics font ',12'\n    set ytics font ',12'\n", script);
    /* On the first panel, but the whole canvas is theirs. */
    validate_text(canvas, (WIDTH - LEGEND) / 2, HEIGHT - 22,
                  "Latency below saturation: predicted and measured", "center font ',17' textcolor '#111111'",
                  script);
    validate_scatter_signs(f, canvas, legend_x + 18, HEIGHT - 62, script);
    validate_text(canvas, legend_x + 6, HEIGHT - 124, "shade: within 25 %",
                  "left font ',12' textcolor '#666666'", script);
    validate_text(canvas, legend_x + 6, HEIGHT - 142, "dashed: twice, and half",
                  "left font ',12' textcolor '#666666'", script);
    validate_scatter_legend(f, canvas, legend_x, HEIGHT - 172, HEIGHT - 172 - 20, false, script);
    for (int q = 0; q < ROWS; q++) {
        fill(f, q, s);
        for (int k = 0; k < COLUMNS; k++)
            plot_panel(&s[k], q, k, script);
    }
    fputs("    unset multiplot\n", script);
}

static void size(const struct validate_figures *f, int *width, int *height)
{
    (void)f;
    *width = WIDTH;
    *height = HEIGHT;
}

static size_t count(const struct validate_figures *f)
{
    size_t shown = 0;
    for (size_t i = 0; i < f->count; i++) {
        for (int q = 0; q < ROWS * COLUMNS; q++) {
            const struct tg_compared_pair *pair = pair_of(f->rows[i], q / COLUMNS, q % COLUMNS);
            shown += pair->measured.mid > 0 && pair->predicted.mid > 0;
        }
    }
    return shown;
}

const struct validate_figure validate_figure_latency = {
    .drawing = {.name = "latency",
                .title = "",
                .about = "Bars: of what was measured the least and the greatest of the repetitions, of the "
                         "prediction 95 % of its draws",
                .data = data,
                .plot = plot},
    .size = size,
    .count = count,
};
