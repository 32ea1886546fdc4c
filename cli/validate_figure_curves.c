/* Each system's curve: what was predicted as a line with its band, what was measured as points. */
#include "validate_figures.h"

#include <math.h>
#include <string.h>

enum { PANEL_WIDTH = 205, PANEL_HEIGHT = 150, GAP_X = 60, GAP_Y = 62, LEFT = 85, BOTTOM = 62, TOP = 92 };

static bool shown(const struct validate_figures *f, size_t i)
{
    const struct tg_predicted *p = &f->prediction->systems[i];
    const struct tg_measured *m = tg_bed_record_find(f->measured, p->system->name);
    return (!*p->skipped && p->point_count) && m && m->count;
}

static size_t count(const struct validate_figures *f)
{
    size_t panels = 0;
    for (size_t i = 0; i < f->prediction->count; i++)
        panels += shown(f, i);
    return panels;
}

static size_t columns_of(const struct validate_figures *f)
{
    size_t panels = count(f);
    return panels <= 3 ? panels : panels <= 8 ? 4 : 5;
}

static size_t rows_of(const struct validate_figures *f)
{
    return (count(f) + columns_of(f) - 1) / columns_of(f);
}

static void size(const struct validate_figures *f, int *width, int *height)
{
    enum { ROOM_FOR_THE_TITLE = 700 };
    *width = LEFT + (int)columns_of(f) * (PANEL_WIDTH + GAP_X) - GAP_X + 30;
    *width = *width < ROOM_FOR_THE_TITLE ? ROOM_FOR_THE_TITLE : *width;
    *height = BOTTOM + (int)rows_of(f) * (PANEL_HEIGHT + GAP_Y) - GAP_Y + TOP;
}

static void write_predicted(const struct tg_predicted *p, size_t number, FILE *script)
{
    fprintf(script, "$predicted%zu << END\n# %s: offered, replies, low, high\n", number, p->system->name);
    for (size_t i = 0; i < p->point_count; i++) {
        const struct tg_span *reply = &p->points[i].reply_per_s;
        fprintf(script, "%.9g %.9g %.9g %.9g\n", p->points[i].offered_per_s, reply->mid, reply->low,
                reply->high);
    }
    fputs("END\n\n", script);
}

static void write_measured(const struct tg_measured *m, size_t number, FILE *script)
{
    fprintf(script, "$measured%zu << END\n# %s: offered, replies\n", number, m->system->name);
    for (size_t i = 0; i < m->count; i++)
        fprintf(script, "%.9g %.9g\n", m->points[i].offered_per_s, m->points[i].reply_per_s);
    fputs("END\n\n", script);
}

static void data(const void *context, FILE *script)
{
    const struct validate_figures *f = context;
    for (size_t i = 0, number = 0; i < f->prediction->count; i++) {
        const struct tg_predicted *p = &f->prediction->systems[i];
        if (!shown(f, i))
            continue;
        write_predicted(p, number, script);
        write_measured(tg_bed_record_find(f->measured, p->system->name), number++, script);
    }
}

static double last_offer(const struct tg_predicted *p, const struct tg_measured *m)
{
    double last = p->points[p->point_count - 1].offered_per_s;
    for (size_t i = 0; i < m->count; i++)
        last = fmax(last, m->points[i].offered_per_s);
    return last;
}

/* Neither curve climbs higher. */
static double most_replies(const struct tg_predicted *p, const struct tg_measured *m)
{
    double most = 0;
    for (size_t i = 0; i < p->point_count; i++)
        most = fmax(most, fmax(p->points[i].reply_per_s.mid, p->points[i].reply_per_s.high));
    for (size_t i = 0; i < m->count; i++)
        most = fmax(most, m->points[i].reply_per_s);
    return most;
}

static void title_panel(const struct tg_compared *row, FILE *script)
{
    enum { LONG = 29 };
    char title[128];
    if (*row->left_out)
        snprintf(title, sizeof title, "%s: not compared", row->system->name);
    else
        snprintf(title, sizeof title, "%s  %+.1f %%", row->system->name, row->error * 100);
    fputs("    set title ", script);
    tg_drawing_string(title, script);
    fprintf(script, " font ',%d' offset 0,-0.6 textcolor '%s'\n", strlen(title) > LONG ? 10 : 12,
            *row->left_out ? "#777777" : validate_limit_color(row->limited_by));
}

static void plot_panel(const struct validate_figures *f, size_t i, size_t number,
                       struct validate_canvas canvas, FILE *script)
{
    const struct tg_predicted *p = &f->prediction->systems[i];
    const struct tg_measured *m = tg_bed_record_find(f->measured, p->system->name);
    const struct tg_compared *row = &f->comparison->rows[i];
    size_t column = number % columns_of(f), line = number / columns_of(f);
    double most = last_offer(p, m) * 1.04, top = most_replies(p, m) * 1.15;
    validate_margins(canvas, LEFT + (double)column * (PANEL_WIDTH + GAP_X),
                     canvas.height - TOP - PANEL_HEIGHT - (double)line * (PANEL_HEIGHT + GAP_Y), PANEL_WIDTH,
                     PANEL_HEIGHT, script);
    title_panel(row, script);
    fprintf(
        script,
        "    set xrange [0:%.9g]\n    set yrange [0:%.9g]\n    set xtics %.9g font ',11' offset 0,0.3\n    "
        "set ytics %.9g font ',11' offset 0.4,0\n",
        most / 1e3, top / 1e3, validate_tick_step(most / 1e3, 5), validate_tick_step(top / 1e3, 4));
    fprintf(
        script,
        "    plot x with lines notitle linecolor '#aaaaaa' dashtype (3,3), \\\n"
        "        $predicted%zu using ($1/1e3):($3/1e3):($4/1e3) with filledcurves notitle fillcolor "
        "'#009E73' "
        "fillstyle transparent solid 0.3, \\\n"
        "        $predicted%zu using ($1/1e3):($2/1e3) with lines notitle linecolor '#009E73' linewidth 1.6, "
        "\\\n"
        "        $measured%zu using ($1/1e3):($2/1e3) with points notitle linecolor '%s' pointtype 6 "
        "pointsize "
        "0.55\n    unset label\n",
        number, number, number, *row->left_out ? "#777777" : validate_limit_color(row->limited_by));
}

static void write_texts(const struct validate_figures *f, struct validate_canvas canvas, FILE *script)
{
    const double middle = canvas.width / 2., top = canvas.height;
    (void)f;
    validate_text(canvas, middle, top - 20, "Replies over requests offered, predicted and measured",
                  "center font ',17' textcolor '#111111'", script);
    validate_text(canvas, middle - 10, top - 46, "line and shade: predicted, with 95 % of its draws",
                  "right font ',12' textcolor '#00785a'", script);
    validate_text(canvas, middle + 10, top - 46, "rings: measured, every repetition",
                  "left font ',12' textcolor '#0072B2'", script);
    validate_text(canvas, middle, 16, "offered, thousand requests a second", "center font ',14'", script);
    validate_text(canvas, 20, canvas.height / 2., "thousand replies a second",
                  "center rotate by 90 font ',14'", script);
}

static void plot(const void *context, FILE *script)
{
    const struct validate_figures *f = context;
    struct validate_canvas canvas;
    size(f, &canvas.width, &canvas.height);
    fputs("    set multiplot\n", script);
    write_texts(f, canvas, script);
    for (size_t i = 0, number = 0; i < f->prediction->count; i++) {
        if (shown(f, i))
            plot_panel(f, i, number++, canvas, script);
    }
    fputs("    unset multiplot\n", script);
}

const struct validate_figure validate_figure_curves = {
    .drawing = {.name = "curves",
                .title = "",
                .about = "Over each panel: the system, and the error of its predicted saturation",
                .data = data,
                .plot = plot},
    .size = size,
    .count = count,
};
