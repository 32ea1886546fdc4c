#include "tg_plot.h"

#include <stdio.h>
#include <stdlib.h>

#include "tg_figure.h"
#include "tg_figures_internal.h"
#include "tg_file.h"
#include "tg_gnuplot.h"

/* Inside data, texts stand between double quotes. */
static void write_word(const char *text, FILE *script)
{
    fputc('"', script);
    for (; *text; text++)
        fputc(*text == '"' || (unsigned char)*text < ' ' ? ' ' : *text, script);
    fputc('"', script);
}

static void write_data(const struct tg_plot *plot, FILE *script)
{
    for (size_t i = 0; i < plot->series_count; i++) {
        const struct tg_plot_series *s = &plot->series[i];
        fprintf(script, "$series%zu << END\n", i);
        for (size_t k = 0; k < s->count; k++) {
            if (plot->groups)
                write_word(plot->groups[k], script);
            else
                tg_figure_number(s->x[k], script);
            fputc(' ', script);
            tg_figure_number(s->y[k], script);
            fputc(' ', script);
            tg_figure_number(s->band ? s->band[k] : s->y[k], script);
            fputc('\n', script);
        }
        fputs("END\n\n", script);
    }
}

static void write_label(const char *what, const char *text, FILE *script)
{
    fprintf(script, "set %s ", what);
    tg_figure_string(text, script);
    fputc('\n', script);
}

static void write_axes(const struct tg_plot *plot, FILE *script)
{
    write_label("title", plot->title, script);
    write_label("xlabel", plot->x_label, script);
    write_label("ylabel", plot->y_label, script);
    fputs("set grid back lc rgb '#dddddd'\nset border 3\nset tics nomirror\n", script);
    fputs("set key outside top center horizontal\n", script);
    if (plot->log_x)
        fputs("set logscale x\n", script);
    fputs(plot->log_y ? "set logscale y\n" : "set yrange [0:*]\n", script);
    if (plot->groups)
        fputs("set style data histograms\nset style histogram clustered gap 1\nset style fill solid 0.85\n"
              "set boxwidth 0.9\n",
              script);
}

static void write_series(const struct tg_plot *plot, size_t i, FILE *script)
{
    const struct tg_plot_series *s = &plot->series[i];
    if (plot->groups) {
        fprintf(script, "$series%zu using 2:xtic(1) title ", i);
        tg_figure_string(s->title, script);
        fprintf(script, " lc rgb '%s'", tg_figure_color(i));
        return;
    }
    if (s->band)
        fprintf(script,
                "$series%zu using 1:2:3 with filledcurves notitle fc rgb '%s' fs transparent solid 0.2, ", i,
                tg_figure_color(i));
    fprintf(script, "$series%zu using 1:2 with linespoints title ", i);
    tg_figure_string(s->title, script);
    fprintf(script, " lc rgb '%s' lw 2 pt %d ps 0.8", tg_figure_color(i), tg_figure_point_type(i));
}

static void write_script(const struct tg_plot *plot, FILE *script)
{
    static const char *const terminals[][2] = {{"svg size 900,560 dynamic background rgb 'white'", "svg"},
                                               {"pngcairo size 900,560", "png"}};
    fprintf(script, "# Draws %s.svg and %s.png: gnuplot %s.gp\n", plot->name, plot->name, plot->name);
    write_data(plot, script);
    write_axes(plot, script);
    for (size_t t = 0; t < 2; t++) {
        fprintf(script, "set terminal %s\nset output '%s.%s'\nplot ", terminals[t][0], plot->name,
                terminals[t][1]);
        for (size_t i = 0; i < plot->series_count; i++) {
            fputs(i ? ", \\\n    " : "", script);
            write_series(plot, i, script);
        }
        fputs("\nunset output\n", script);
    }
}

int tg_plot_draw(const struct tg_plot *plot, const char *folder, struct tg_error *err)
{
    struct tg_file_writer writer = {0};
    char name[128];
    snprintf(name, sizeof name, "%s.gp", plot->name);
    int rc = tg_gnuplot_check(err);
    rc = rc ? rc : tg_file_make_folder(folder, err);
    if (rc)
        return rc;
    char *path = tg_file_join(folder, name);
    if (!path)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = tg_file_begin(&writer, path, err);
    if (!rc) {
        write_script(plot, writer.stream);
        rc = tg_file_commit(&writer, err);
    }
    tg_file_abort(&writer);
    free(path);
    return rc ? rc : tg_gnuplot_run(folder, name, err);
}
