/* Where the time of a request goes: one stacked bar a technique, one segment a toll. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_brief.h"
#include "tg_figures_internal.h"
#include "tg_format.h"

enum { KINDS_MAX = 256, SEGMENTS_MAX = 12 };

/* A kind of toll, with what it costs in each curve. */
struct kind {
    const char *primitive, *place;
    double total_ps;
};

struct kinds {
    struct kind items[KINDS_MAX];
    size_t count;
    size_t shown; /* the first of them have segments of their own, the rest are "other" */
};

static struct kind *find_kind(struct kinds *kinds, const struct tg_run_toll *toll)
{
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->items[i].primitive, toll->primitive) == 0 &&
            strcmp(kinds->items[i].place, toll->place) == 0)
            return &kinds->items[i];
    }
    if (kinds->count == KINDS_MAX)
        return NULL;
    kinds->items[kinds->count] = (struct kind){toll->primitive, toll->place, 0};
    return &kinds->items[kinds->count++];
}

static int dearest_first(const void *a, const void *b)
{
    const struct kind *x = a, *y = b;
    if (x->total_ps != y->total_ps)
        return x->total_ps < y->total_ps ? 1 : -1;
    int order = strcmp(x->primitive, y->primitive);
    return order ? order : strcmp(x->place, y->place);
}

static bool is_service(const struct kind *kind)
{
    return strcmp(kind->place, "service") == 0;
}

/* Work before waiting, so that the work of two techniques compares from the left. */
static int work_first(const void *a, const void *b)
{
    if (is_service(a) != is_service(b))
        return is_service(a) ? -1 : 1;
    return dearest_first(a, b);
}

static const struct tg_run_point *bar_of(const struct tg_run_curve *curve)
{
    const struct tg_run_point *point = tg_brief_half_load(curve);
    return point && point->toll_count ? point : NULL;
}

/* Each bar counts alike: a kind's total is of its shares, or the slowest technique would choose them all. */
static void collect(const struct tg_run *run, struct kinds *kinds)
{
    *kinds = (struct kinds){0};
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        double sum = 0;
        for (size_t t = 0; point && t < point->toll_count; t++)
            sum += point->tolls[t].toll_ps.value;
        for (size_t t = 0; point && sum > 0 && t < point->toll_count; t++) {
            struct kind *kind = point->tolls[t].toll_ps.value > 0 ? find_kind(kinds, &point->tolls[t]) : NULL;
            if (kind)
                kind->total_ps += point->tolls[t].toll_ps.value / sum;
        }
    }
    qsort(kinds->items, kinds->count, sizeof *kinds->items, dearest_first);
    kinds->shown = kinds->count > SEGMENTS_MAX ? SEGMENTS_MAX - 1 : kinds->count;
    qsort(kinds->items, kinds->shown, sizeof *kinds->items, work_first);
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

/* What a kind costs at a point; index `shown` stands for all that have no segment of their own. */
static double cost_of(const struct kinds *kinds, size_t index, const struct tg_run_point *point)
{
    double cost = 0;
    for (size_t t = 0; t < point->toll_count; t++) {
        size_t k = 0;
        while (k < kinds->shown && (strcmp(kinds->items[k].primitive, point->tolls[t].primitive) != 0 ||
                                    strcmp(kinds->items[k].place, point->tolls[t].place) != 0))
            k++;
        if (k == index)
            cost += point->tolls[t].toll_ps.value;
    }
    return cost;
}

static size_t segment_count(const struct kinds *kinds)
{
    return kinds->shown + (kinds->count > kinds->shown);
}

static void data(const struct tg_run *run, FILE *script)
{
    struct kinds kinds;
    collect(run, &kinds);
    const double half =
        0.32 * fmin(1, (double)bar_count(run) / 3); /* a single bar need not fill the figure */
    double *from_ps = calloc(run->curve_count + 1, sizeof *from_ps);
    for (size_t k = 0; from_ps && k < segment_count(&kinds); k++) {
        fprintf(script, "$toll%zu << END\n# x y from_s to_s bottom top\n", k);
        size_t y = bar_count(run);
        for (size_t i = 0; i < run->curve_count; i++) {
            const struct tg_run_point *point = bar_of(&run->curves[i]);
            if (!point)
                continue;
            double to_ps = from_ps[i] + cost_of(&kinds, k, point);
            y--;
            fprintf(script, "%.9g %zu %.9g %.9g %.3f %.3f\n", to_ps * 1e-12, y, from_ps[i] * 1e-12,
                    to_ps * 1e-12, (double)y - half, (double)y + half);
            from_ps[i] = to_ps;
        }
        fputs("END\n\n", script);
    }
    free(from_ps);
}

/* Paul Tol's "muted" scheme (2021), which colour-blind readers tell apart, and the three more of his scheme
 * of twelve (2012): one for each segment that a bar can have. */
static const unsigned hues[SEGMENTS_MAX] = {0x332288, 0x88CCEE, 0x44AA99, 0xDDCC77, 0xCC6677, 0x117733,
                                            0x999933, 0x882255, 0xAA4499, 0x661100, 0x6699CC, 0xAA4466};

static unsigned half_way_to_white(unsigned color)
{
    unsigned light = 0;
    for (int shift = 0; shift < 24; shift += 8)
        light |= ((((color >> shift) & 0xff) + 0xff) / 2) << shift;
    return light;
}

/* Work has full colours, waiting has pale ones; each kind takes the hues in their order. */
static unsigned color_of(const struct kinds *kinds, size_t index)
{
    if (index == kinds->shown)
        return 0xBBBBBB;
    size_t before = 0;
    for (size_t i = 0; i < index; i++)
        before += is_service(&kinds->items[i]) == is_service(&kinds->items[index]);
    return is_service(&kinds->items[index]) ? hues[before] : half_way_to_white(hues[before]);
}

enum { TITLE_MAX = 160 };

static void title_of(const struct kinds *kinds, size_t index, char title[TITLE_MAX])
{
    snprintf(title, TITLE_MAX, "all others");
    const struct kind *kind = &kinds->items[index];
    if (index < kinds->shown && is_service(kind))
        snprintf(title, TITLE_MAX, "%s", kind->primitive);
    else if (index < kinds->shown && strcmp(kind->place, "wait") == 0)
        snprintf(title, TITLE_MAX, "waiting: %s", kind->primitive);
    else if (index < kinds->shown)
        snprintf(title, TITLE_MAX, "%s (%s)", kind->primitive, kind->place);
}

static int legend_columns(const struct kinds *kinds)
{
    char title[TITLE_MAX];
    size_t widest = 0;
    for (size_t k = 0; k < segment_count(kinds); k++) {
        title_of(kinds, k, title);
        size_t width = tg_figure_characters(title);
        widest = width > widest ? width : widest;
    }
    return tg_figure_legend_columns(widest, 3);
}

static size_t legend_rows(const struct kinds *kinds)
{
    const size_t columns = (size_t)legend_columns(kinds);
    return (segment_count(kinds) + columns - 1) / columns;
}

static double margin_lines(const struct kinds *kinds)
{
    return 4.6 + 1.1 * (double)legend_rows(kinds);
}

static int height(const struct tg_run *run)
{
    enum { LINE_PX = 22, BAR_GAP_PX = 14, TOP_PX = 72 };
    struct kinds kinds;
    int lines = 1;
    collect(run, &kinds);
    for (size_t i = 0; i < run->curve_count; i++) {
        int more = bar_of(&run->curves[i]) ? tg_figure_name_lines(run->curves[i].title) : 0;
        lines = more > lines ? more : lines;
    }
    return TOP_PX + (int)bar_count(run) * ((lines + 1) * LINE_PX + BAR_GAP_PX) +
           (int)(margin_lines(&kinds) * LINE_PX);
}

static double longest_ps(const struct tg_run *run)
{
    double longest = 0;
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        double sum = 0;
        for (size_t t = 0; point && t < point->toll_count; t++)
            sum += point->tolls[t].toll_ps.value;
        longest = sum > longest ? sum : longest;
    }
    return longest;
}

static void write_bar_names(const struct tg_run *run, FILE *script)
{
    size_t y = bar_count(run);
    char rate[TG_FORMAT_SIZE], time[TG_FORMAT_SIZE];
    fputs("    set ytics ()\n    unset label\n", script);
    for (size_t i = 0; i < run->curve_count; i++) {
        const struct tg_run_point *point = bar_of(&run->curves[i]);
        if (!point)
            continue;
        y--;
        double sum = 0;
        for (size_t t = 0; t < point->toll_count; t++)
            sum += point->tolls[t].toll_ps.value;
        fputs("    set ytics add (", script);
        tg_figure_name(run->curves[i].title, script);
        fprintf(script, "'at %s' %zu)\n", tg_format_rate(tg_format_bare(point->offered_per_s), rate), y);
        fprintf(script, "    set label '%s' at %.9g,%zu left offset 0.7,0 textcolor '#222222'\n",
                tg_format_time(tg_format_bare(sum), TG_FORMAT_TYPESET, time), sum * 1e-12, y);
    }
}

static void plot(const struct tg_run *run, FILE *script)
{
    struct kinds kinds;
    char title[TITLE_MAX];
    collect(run, &kinds);
    const double axis_s = 1.17e-12 * longest_ps(run);
    write_bar_names(run, script);
    fprintf(script,
            "    set xlabel 'mean time per request'\n"
            "    set format x '%%.0s %%cs'\n"
            "    set xrange [0:%.9g]\n"
            "    set xtics %.3g\n"
            "    set yrange [-0.6:%.1f]\n"
            "    unset grid\n"
            "    set grid xtics linecolor '#dddddd' linetype 1 linewidth 0.7\n"
            /* The legend is centred on the figure, not on the bars: long names push those to the right. */
            "    set bmargin %.1f\n"
            "    set key at screen 0.5,0.02 bottom center vertical maxrows %zu Left reverse samplen 1.6 "
            "spacing 1.2 font '" TG_FIGURE_LEGEND_FONT "'\n"
            "    set style fill solid 1.0 border linecolor '#ffffff'\n"
            "    plot",
            axis_s, tg_figure_tick_step(axis_s), (double)bar_count(run) - 0.4, margin_lines(&kinds),
            legend_rows(&kinds));
    for (size_t k = 0; k < segment_count(&kinds); k++) {
        fprintf(script, "%s \\\n        $toll%zu using 1:2:3:4:5:6 with boxxyerror linecolor '#%06X' title ",
                k ? "," : "", k, color_of(&kinds, k));
        title_of(&kinds, k, title);
        tg_figure_string(title, script);
    }
    fputc('\n', script);
}

const struct tg_figure tg_figure_tolls = {
    .name = "tolls",
    .title = "Where the time of a request goes",
    .caption = "The mean latency of a request, split by what its time is spent on, at the rate under each "
               "name: half load. "
               "Full colours are work; pale ones are time spent waiting.",
    .height = height,
    .applies = applies,
    .data = data,
    .plot = plot,
};
