/* Reply rate and latency against offered rate. */
#include <math.h>

#include "tg_brief.h"
#include "tg_figures_internal.h"

static bool has_figure(const struct tg_run_curve *curve, enum tg_run_figure figure)
{
    for (size_t i = 0; i < curve->point_count; i++) {
        if (isfinite(curve->points[i].figures[figure].value))
            return true;
    }
    return false;
}

static bool any_has(const struct tg_run *run, enum tg_run_figure figure)
{
    for (size_t i = 0; i < run->curve_count; i++) {
        if (has_figure(&run->curves[i], figure))
            return true;
    }
    return false;
}

/* An estimate as value, low and high; where there is no interval, the bar has no length. */
static void write_estimate(struct tg_run_estimate e, double factor, FILE *script)
{
    const double ends[] = {e.value, isfinite(e.low) ? e.low : e.value, isfinite(e.high) ? e.high : e.value};
    for (int i = 0; i < 3; i++) {
        fputc(' ', script);
        tg_figure_number(ends[i] * factor, script);
    }
}

struct column {
    enum tg_run_figure figure;
    double factor;
    const char *heading;
};

static void write_blocks(const struct tg_run *run, const struct column *columns, size_t count, FILE *script)
{
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_curve *curve = &run->curves[i];
        fprintf(script, "$curve%zu << END\n# offered_per_s", i);
        for (size_t k = 0; k < count; k++)
            fprintf(script, " %s low high", columns[k].heading);
        fputc('\n', script);
        for (size_t p = 0; p < curve->point_count; p++) {
            tg_figure_number(curve->points[p].offered_per_s, script);
            for (size_t k = 0; k < count; k++)
                write_estimate(curve->points[p].figures[columns[k].figure], columns[k].factor, script);
            fputc('\n', script);
        }
        fputs("END\n\n", script);
    }
}

static double greatest(const struct tg_run *run, double (*of)(const struct tg_run_point *))
{
    double most = 0;
    for (size_t i = 0; i < run->curve_count; i++) {
        for (size_t p = 0; p < run->curves[i].point_count; p++) {
            double value = of(&run->curves[i].points[p]);
            if (isfinite(value) && value > most)
                most = value;
        }
    }
    return most;
}

static double offered(const struct tg_run_point *point)
{
    return point->offered_per_s;
}

static double replied(const struct tg_run_point *point)
{
    struct tg_run_estimate reply = point->figures[TG_RUN_REPLY_PER_S];
    return isfinite(reply.high) ? reply.high : reply.value;
}

/* The legend: entries that each figure has of its own, and one for each curve. */
struct legend {
    size_t count, widest;
};

static struct legend legend_of(const struct tg_run *run, struct legend own)
{
    for (size_t i = 0; i < run->curve_count; i++) {
        size_t width = tg_figure_characters(run->curves[i].title);
        own.widest = width > own.widest ? width : own.widest;
        own.count++;
    }
    return own;
}

static int columns_of(struct legend legend)
{
    return tg_figure_legend_columns(legend.widest, 2);
}

/* The plot keeps its height, whatever the legend takes. */
static int height_for(struct legend legend)
{
    enum { PLOT_PX = 500, ROW_PX = 23 };
    const int columns = columns_of(legend);
    return PLOT_PX + ROW_PX * (((int)legend.count + columns - 1) / columns);
}

static void write_offered_axis(const struct tg_run *run, struct legend legend, FILE *script)
{
    fprintf(script,
            /* The empty line keeps the legend off the label. */
            "    set xlabel \"%s rate (requests per second)\\n \"\n"
            "    set xrange [0:%.9g]\n"
            "    set format x '%%.0s %%c'\n"
            "    set key outside below Left reverse samplen 3 spacing 1.2 font '" TG_FIGURE_LEGEND_FONT
            "' maxcols %d\n",
            tg_brief_rate_name(run), 1.02 * greatest(run, offered), columns_of(legend));
}

/* How the line of a curve is drawn. */
struct look {
    const char *dash;
    int point_type;
};

/* The line and the error bars of one curve; `first` is the column of the value. A title of NULL keeps it out
 * of the legend. */
static void write_series(size_t index, int first, struct look look, const char *title, FILE *script)
{
    const char *color = tg_figure_color(index);
    fprintf(
        script,
        ", \\\n        $curve%zu using 1:%d with lines linewidth 2.2 dashtype %s linecolor '%s' notitle"
        ", \\\n        $curve%zu using 1:%d:%d:%d with yerrorbars linewidth 1.4 pointtype %d pointsize 0.9 "
        "linecolor '%s' notitle",
        index, first, look.dash, color, index, first, first + 1, first + 2, look.point_type, color);
    if (!title)
        return;
    fprintf(
        script,
        ", \\\n        NaN with linespoints linewidth 2.2 pointtype %d pointsize 0.9 linecolor '%s' title ",
        look.point_type, color);
    tg_figure_string(title, script);
}

/* Saturation */

static bool saturation_applies(const struct tg_run *run)
{
    return any_has(run, TG_RUN_REPLY_PER_S);
}

static struct legend saturation_legend(const struct tg_run *run)
{
    return legend_of(run, (struct legend){1, 0});
}

static int saturation_height(const struct tg_run *run)
{
    return height_for(saturation_legend(run));
}

static void saturation_data(const struct tg_run *run, FILE *script)
{
    static const struct column columns[] = {{TG_RUN_REPLY_PER_S, 1, "reply_per_s"}};
    write_blocks(run, columns, 1, script);
}

static void saturation_plot(const struct tg_run *run, FILE *script)
{
    write_offered_axis(run, saturation_legend(run), script);
    fprintf(script,
            "    set ylabel 'reply rate (replies per second)'\n"
            "    set yrange [0:%.9g]\n"
            "    set format y '%%.0s %%c'\n"
            "    plot x with lines linewidth 1.2 dashtype (6,5) linecolor '#888888' title 'every request "
            "answered'",
            1.12 * greatest(run, replied));
    for (size_t i = 0; i < run->curve_count; i++) {
        if (has_figure(&run->curves[i], TG_RUN_REPLY_PER_S))
            write_series(i, 2, (struct look){"1", tg_figure_point_type(i)}, run->curves[i].title, script);
    }
    fputc('\n', script);
}

const struct tg_figure tg_figure_saturation = {
    .name = "saturation",
    .title = "Reply rate against offered rate",
    .caption =
        "Where a curve leaves the dashed line, the server no longer answers every request. Bars are 95 % "
        "intervals; many are smaller than their point.",
    .height = saturation_height,
    .applies = saturation_applies,
    .data = saturation_data,
    .plot = saturation_plot,
};

/* Latency */

static bool latency_applies(const struct tg_run *run)
{
    return any_has(run, TG_RUN_LATENCY_P50_PS);
}

static struct legend latency_legend(const struct tg_run *run)
{
    return legend_of(run, (struct legend){2, 0});
}

static int latency_height(const struct tg_run *run)
{
    return height_for(latency_legend(run)) + 20;
}

static void latency_data(const struct tg_run *run, FILE *script)
{
    static const struct column columns[] = {{TG_RUN_LATENCY_P50_PS, 1e-12, "p50_s"},
                                            {TG_RUN_LATENCY_P99_PS, 1e-12, "p99_s"}};
    write_blocks(run, columns, 2, script);
}

static void latency_plot(const struct tg_run *run, FILE *script)
{
    write_offered_axis(run, latency_legend(run), script);
    fputs("    set ylabel 'latency (log scale)'\n"
          "    set logscale y\n"
          "    set format y '%.0s %cs'\n"
          "    plot NaN with lines linewidth 2.2 linecolor '#555555' title 'p50: half are faster', \\\n"
          "        NaN with lines linewidth 2.2 dashtype (9,6) linecolor '#555555' title 'p99: 99 % are "
          "faster'",
          script);
    for (size_t i = 0; i < run->curve_count; i++) {
        if (!has_figure(&run->curves[i], TG_RUN_LATENCY_P50_PS))
            continue;
        const int filled =
            tg_figure_point_type(i); /* gnuplot has each open shape just before its filled one */
        write_series(i, 2, (struct look){"1", filled}, run->curves[i].title, script);
        write_series(i, 5, (struct look){"(9,6)", filled - 1}, NULL, script);
    }
    fputc('\n', script);
}

const struct tg_figure tg_figure_latency = {
    .name = "latency",
    .title = "Latency against offered rate",
    .caption =
        "Half of the requests are faster than p50 (solid lines, filled points), and 99 % are faster than p99 "
        "(dashed lines, open points). Bars are 95 % intervals.",
    .height = latency_height,
    .applies = latency_applies,
    .data = latency_data,
    .plot = latency_plot,
};
