/* What a technique adds to the server's plain path: what isolation itself needs, and the rest. */
#include <math.h>
#include <string.h>

#include "tg_figures_internal.h"
#include "tg_format.h"

/* The pieces of a bar, from left to right. */
enum { PLAIN, ISOLATION, WORK, WAIT, SAVED, PIECES };

static const struct {
    const char *title, *style;
} pieces[PIECES] = {
    [PLAIN] = {"the server itself", "fill solid 1 border linecolor '#ffffff' linecolor '#C9CED6'"},
    [ISOLATION] = {"isolation", "fill solid 1 border linecolor '#ffffff' linecolor '#D55E00'"},
    [WORK] = {"the rest: work", "fill solid 1 border linecolor '#ffffff' linecolor '#0072B2'"},
    [WAIT] = {"the rest: waiting", "fill solid 1 border linecolor '#ffffff' linecolor '#88BEE6'"},
    [SAVED] = {"saved", "fill empty dashtype (5,4) linewidth 1.2 linecolor '#666666'"},
};

static const struct tg_run_point *bar_of(const struct tg_run_curve *curve)
{
    for (size_t i = 0; i < curve->point_count; i++) {
        if (curve->points[i].toll_parts)
            return &curve->points[i];
    }
    return NULL;
}

static size_t bar_count(const struct tg_run *run)
{
    size_t bars = 0;
    for (size_t i = 0; i < run->curve_count; i++)
        bars += bar_of(&run->curves[i]) != NULL;
    return bars;
}

static bool applies(const struct tg_run *run)
{
    return bar_count(run) > 0;
}

/* Lengths of the pieces, ps. Savings are taken off what else is added, and then off the server itself. */
static void measure(const struct tg_run_point *point, double lengths[PIECES])
{
    const struct tg_run_estimate *parts = point->toll_parts;
    double work = parts[TG_RUN_PART_WORK].value, wait = parts[TG_RUN_PART_WAIT].value;
    double isolation = parts[TG_RUN_PART_ISOLATION].value, saved = fmax(0, -isolation);
    if (work < 0 || wait < 0) {
        double rest = work + wait;
        work = work > wait ? fmax(rest, 0) : 0;
        wait = work > 0 ? 0 : fmax(rest, 0);
        saved += fmax(-rest, 0);
    }
    lengths[PLAIN] = parts[TG_RUN_PART_PLAIN].value - saved;
    lengths[ISOLATION] = fmax(isolation, 0);
    lengths[WORK] = work;
    lengths[WAIT] = wait;
    lengths[SAVED] = saved;
}

static double length_of(const struct tg_run_point *point)
{
    double lengths[PIECES], sum = 0;
    measure(point, lengths);
    for (int i = 0; i < PIECES; i++)
        sum += lengths[i];
    return sum;
}

static double half_height(const struct tg_run *run)
{
    return 0.32 * fmin(1, (double)bar_count(run) / 3); /* a single bar need not fill the figure */
}

static void write_piece(const struct tg_run *run, int piece, FILE *script)
{
    const double half = half_height(run);
    size_t y = bar_count(run);
    fprintf(script, "$part%d << END\n# x y from_s to_s bottom top\n", piece);
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        double lengths[PIECES], from_ps = 0;
        if (!point)
            continue;
        y--;
        measure(point, lengths);
        for (int k = 0; k < piece; k++)
            from_ps += lengths[k];
        double to_ps = from_ps + lengths[piece];
        if (lengths[piece] > 0)
            fprintf(script, "%.9g %zu %.9g %.9g %.3f %.3f\n", to_ps * 1e-12, y, from_ps * 1e-12,
                    to_ps * 1e-12, (double)y - half, (double)y + half);
        else /* gnuplot refuses a block without rows */
            fprintf(script, "NaN %zu NaN NaN %.3f %.3f\n", y, (double)y - half, (double)y + half);
    }
    fputs("END\n\n", script);
}

static void data(const struct tg_run *run, FILE *script)
{
    for (int i = 0; i < PIECES; i++)
        write_piece(run, i, script);
}

static int height(const struct tg_run *run)
{
    enum { LINE_PX = 22, BAR_GAP_PX = 18, TOP_PX = 72, BOTTOM_PX = 150 };
    int lines = 1;
    for (size_t i = 0; i < run->curve_count; i++) {
        int more = bar_of(&run->curves[i]) ? tg_figure_name_lines(run->curves[i].title) : 0;
        lines = more > lines ? more : lines;
    }
    return TOP_PX + BOTTOM_PX + (int)bar_count(run) * ((lines + 1) * LINE_PX + BAR_GAP_PX);
}

static double longest_ps(const struct tg_run *run)
{
    double longest = 0;
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        if (point)
            longest = fmax(longest, length_of(point));
    }
    return longest;
}

static const char *format_part(double ps, char buf[TG_FORMAT_SIZE])
{
    /* What is nothing has no unit, and a saving reads as one. */
    return fabs(ps) < 0.5 ? strcpy(buf, "0") : tg_format_time(tg_format_bare(ps), TG_FORMAT_TYPESET, buf);
}

/* Both parts in figures, at the end of the bar. */
static void write_label(const struct tg_run_point *point, size_t y, FILE *script)
{
    char isolation[TG_FORMAT_SIZE], rest[TG_FORMAT_SIZE];
    const struct tg_run_estimate *parts = point->toll_parts;
    double more = parts[TG_RUN_PART_WORK].value + parts[TG_RUN_PART_WAIT].value;
    fprintf(script,
            "    set label \"isolation %s\\nthe rest %s%s\" at %.9g,%zu left offset 0.7,0.45 textcolor "
            "'#222222' font ',12'\n",
            format_part(parts[TG_RUN_PART_ISOLATION].value, isolation), more < -0.5 ? "saves " : "",
            format_part(fabs(more), rest), length_of(point) * 1e-12, y);
}

static void write_names(const struct tg_run *run, FILE *script)
{
    size_t y = bar_count(run);
    char rate[TG_FORMAT_SIZE];
    fputs("    set ytics ()\n    unset label\n", script);
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        if (!point)
            continue;
        y--;
        fputs("    set ytics add (", script);
        tg_figure_name(run->curves[i].title, script);
        fprintf(script, "'at %s' %zu)\n", tg_format_rate(tg_format_bare(point->offered_per_s), rate), y);
        write_label(point, y, script);
    }
}

static void plot(const struct tg_run *run, FILE *script)
{
    const double axis_s = 1.45e-12 * longest_ps(run);
    write_names(run, script);
    fprintf(script,
            "    set xlabel 'mean time per request'\n"
            "    set format x '%%.0s %%cs'\n"
            "    set xrange [0:%.9g]\n"
            "    set xtics %.3g\n"
            "    set yrange [-0.6:%.1f]\n"
            "    unset grid\n"
            "    set grid xtics linecolor '#dddddd' linetype 1 linewidth 0.7\n"
            "    set bmargin 6.8\n"
            "    set key at screen 0.5,0.02 bottom center vertical maxrows 2 Left reverse samplen 1.6 "
            "spacing 1.2 font '" TG_FIGURE_LEGEND_FONT "'\n"
            "    plot",
            axis_s, tg_figure_tick_step(axis_s), (double)bar_count(run) - 0.4);
    for (int i = 0; i < PIECES; i++) {
        fprintf(script, "%s \\\n        $part%d using 1:2:3:4:5:6 with boxxyerror %s title ", i ? "," : "", i,
                pieces[i].style);
        tg_figure_string(pieces[i].title, script);
    }
    fputc('\n', script);
}

const struct tg_figure tg_figure_parts = {
    .name = "parts",
    .title = "What isolation needs, and the rest",
    .caption = "The mean latency of a request at half load, beside that of the same server without the "
               "technique at the same rate. Isolation: what more is paid for the primitives that isolation "
               "itself needs. The rest: what more is paid for all others, and what more is waited. Dashed: "
               "what the technique saves.",
    .height = height,
    .applies = applies,
    .data = data,
    .plot = plot,
};
