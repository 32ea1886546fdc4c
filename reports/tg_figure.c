#include "tg_figure.h"

#include <inttypes.h>
#include <math.h>

#include "tg_drawing.h"
#include "tg_figures_internal.h"

const struct tg_figure *const tg_figures[] = {
    &tg_figure_saturation, &tg_figure_latency, &tg_figure_tolls, &tg_figure_parts, NULL,
};

/* Okabe and Ito (2008), in an order that keeps neighbours apart; its yellow is too faint on white. */
static const char *const colors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                     "#E69F00", "#56B4E9", "#000000"};
/* gnuplot's filled shapes: circle, square, triangle, diamond, triangle on its tip, pentagon. */
static const int point_types[] = {7, 5, 9, 13, 11, 15};

const char *tg_figure_color(size_t index)
{
    return colors[index % (sizeof colors / sizeof *colors)];
}

int tg_figure_point_type(size_t index)
{
    return point_types[index % (sizeof point_types / sizeof *point_types)];
}

void tg_figure_string(const char *text, FILE *script)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

void tg_figure_number(double value, FILE *script)
{
    if (isfinite(value))
        fprintf(script, "%.9g", value);
    else
        fputs("NaN", script);
}

size_t tg_figure_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

int tg_figure_legend_columns(size_t widest, int most)
{
    /* gnuplot gives each column the room of the widest entry, its sample and a gap; a character of this size
     * is 8.3 pixels wide on average, and the sum leaves a margin for names in wide letters. */
    enum { SAMPLE_AND_GAP = 10, CHARACTERS = 104 };
    int columns = CHARACTERS / (int)(widest + SAMPLE_AND_GAP);
    return columns < 1 ? 1 : columns > most ? most : columns;
}

/* What a drawing calls back. */
struct bound {
    const struct tg_figure *figure;
    const struct tg_run *run;
};

static void write_data(const void *context, FILE *script)
{
    const struct bound *b = context;
    b->figure->data(b->run, script);
}

static void write_plot(const void *context, FILE *script)
{
    const struct bound *b = context;
    b->figure->plot(b->run, script);
}

void tg_figure_write(const struct tg_figure *figure, const struct tg_run *run, FILE *script)
{
    char about[512];
    snprintf(about, sizeof about, "Run %" PRId64 " of Tollgate: %s", run->id, run->title);
    const struct tg_drawing drawing = {.name = figure->name,
                                       .title = figure->title,
                                       .about = about,
                                       .width = TG_FIGURE_WIDTH,
                                       .height = figure->height(run),
                                       .data = write_data,
                                       .plot = write_plot,
                                       .context = &(struct bound){figure, run}};
    tg_drawing_script(&drawing, script);
}
