/* Predictions beside measurements, drawn: what the figures share, and the list of them. */
#include "validate_figures.h"

#include <math.h>
#include <stdlib.h>

#include "tg_gnuplot.h"

static const struct validate_figure *const figures[] = {&validate_figure_saturation, &validate_figure_curves,
                                                        &validate_figure_latency, &validate_figure_slopes};

static const struct {
    const char *color;
    int point;
    const char *words;
} looks[] = {
    [TG_LIMIT_NONE] = {"#777777", 4, "limit unclear"},
    [TG_LIMIT_SERVER] = {"#0072B2", 7, "limited by the server"},
    [TG_LIMIT_CLIENT] = {"#D55E00", 9, "limited by the client"},
    [TG_LIMIT_UNCLEAR] = {"#777777", 4, "limit unclear"},
};

const char *validate_limit_color(enum tg_limit limit)
{
    return looks[limit].color;
}

int validate_limit_point(enum tg_limit limit)
{
    return looks[limit].point;
}

const char *validate_limit_words(enum tg_limit limit)
{
    return looks[limit].words;
}

void validate_text(struct validate_canvas canvas, double x, double y, const char *text, const char *how,
                   FILE *script)
{
    fputs("    set label ", script);
    tg_drawing_string(text, script);
    fprintf(script, " at screen %.5f,%.5f %s\n", x / canvas.width, y / canvas.height, how);
}

void validate_margins(struct validate_canvas canvas, double x, double y, double width, double height,
                      FILE *script)
{
    fprintf(
        script,
        "    set lmargin at screen %.5f\n    set rmargin at screen %.5f\n    set bmargin at screen %.5f\n    "
        "set tmargin at screen %.5f\n",
        x / canvas.width, (x + width) / canvas.width, y / canvas.height, (y + height) / canvas.height);
}

double validate_tick_step(double length, int most)
{
    static const double factors[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(length / most)));
    for (size_t i = 0; i < TG_COUNT(factors); i++) {
        if (length / (power * factors[i]) <= most)
            return power * factors[i];
    }
    return power * 10;
}

void validate_log_ticks(const char *axis, double low, double high, double scale, FILE *script)
{
    /* The more decades, the fewer labels find room beside one another. */
    static const struct {
        double above;
        size_t count;
        double factors[7];
    } kinds[] = {{3.3, 1, {1}}, {2.2, 2, {1, 3}}, {1, 3, {1, 2, 5}}, {0, 7, {1, 1.5, 2, 3, 4, 5, 7}}};
    const double decades = log10(high / low);
    size_t kind = 0;
    while (kind + 1 < TG_COUNT(kinds) && decades <= kinds[kind].above)
        kind++;
    const char *between = "";
    fprintf(script, "    set %stics (", axis);
    for (double power = pow(10, floor(log10(low))); power <= high; power *= 10) {
        for (size_t i = 0; i < kinds[kind].count; i++) {
            double at = power * kinds[kind].factors[i];
            if (at < low || at > high)
                continue;
            fprintf(script, "%s'%.6g' %.9g", between, at / scale, at);
            between = ", ";
        }
    }
    fputs(")\n", script);
}

static int by_measured(const void *a, const void *b)
{
    double x = (*(const struct tg_compared *const *)a)->measured_per_s.mid,
           y = (*(const struct tg_compared *const *)b)->measured_per_s.mid;
    return (x < y) - (x > y);
}

static void sort_rows(struct validate_figures *f)
{
    for (size_t i = 0; i < f->comparison->count && f->count < VALIDATE_ROWS_MAX; i++) {
        if (!*f->comparison->rows[i].left_out)
            f->rows[f->count++] = &f->comparison->rows[i];
    }
    qsort(f->rows, f->count, sizeof *f->rows, by_measured);
}

int validate_draw(const struct tg_comparison *comparison, const struct tg_prediction *prediction,
                  const struct tg_bed_record *measured, const char *folder, struct tg_error *err)
{
    struct validate_figures f = {.comparison = comparison, .prediction = prediction, .measured = measured};
    struct tg_error why = {0};
    int rc = TG_OK, drawn = tg_gnuplot_check(NULL);
    sort_rows(&f);
    if (drawn)
        tg_error_set(&why, drawn, "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    for (size_t i = 0; i < TG_COUNT(figures) && !rc; i++) {
        struct tg_drawing drawing = figures[i]->drawing;
        char script[64];
        if (!figures[i]->count(&f))
            continue;
        drawing.context = &f;
        figures[i]->size(&f, &drawing.width, &drawing.height);
        rc = tg_drawing_write(&drawing, folder, err);
        snprintf(script, sizeof script, "%s.gp", drawing.name);
        drawn = rc || drawn ? drawn : tg_gnuplot_run(folder, script, &why);
    }
    /* The run is worth more than its figures, and their scripts are there. */
    if (!rc && drawn)
        fprintf(stderr, "figures not drawn: %s; their scripts are in '%s'\n", why.text, folder);
    return rc;
}
