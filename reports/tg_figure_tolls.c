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
            struct kind *kind = find_kind(kinds, &point->tolls[t]);
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
            fprintf(script, "%.9g %zu %.9g %.9g %.2f %.2f\n", to_ps * 1e-12, y, from_ps[i] * 1e-12,
                    to_ps * 1e-12, (double)y - 0.32, (double)y + 0.32);
            from_ps[i] = to_ps;
        }
        fputs("END\n\n", script);
    }
    free(from_ps);
}

/* Paul Tol's "muted" scheme (2021), which colour-blind readers tell apart. */
static const unsigned muted[] = {0x332288, 0x88CCEE, 0x44AA99, 0xDDCC77, 0xCC6677,
                                 0x117733, 0x999933, 0x882255, 0xAA4499};

/* The service of a primitive has a full colour; waiting for it the same colour, half way to white. */
static unsigned color_of(const struct kinds *kinds, size_t index)
{
    if (index == kinds->shown)
        return 0xBBBBBB;
    size_t hue = 0;
    const struct kind *kind = &kinds->items[index];
    for (size_t i = 0; i < index; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= strcmp(kinds->items[k].primitive, kinds->items[i].primitive) != 0;
        if (strcmp(kinds->items[i].primitive, kind->primitive) == 0)
            break;
        hue += first;
    }
    unsigned color = muted[hue % (sizeof muted / sizeof *muted)];
    if (is_service(kind))
        return color;
    unsigned light = 0;
    for (int shift = 0; shift < 24; shift += 8)
        light |= ((((color >> shift) & 0xff) + 0xff) / 2) << shift;
    return light;
}

static void write_segment_title(const struct kinds *kinds, size_t index, FILE *script)
{
    char title[160] = "all others";
    if (index < kinds->shown) {
        const struct kind *kind = &kinds->items[index];
        snprintf(title, sizeof title, is_service(kind) ? "%s" : "%s (%s)", kind->primitive, kind->place);
    }
    tg_figure_string(title, script);
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
        tg_figure_string(run->curves[i].title, script);
        fprintf(script, ".\"\\nat %s\" %zu)\n", tg_format_rate(tg_format_bare(point->offered_per_s), rate),
                y);
        fprintf(script, "    set label '%s' at %.9g,%zu left offset 0.7,0 textcolor '#222222'\n",
                tg_format_time(tg_format_bare(sum), TG_FORMAT_TYPESET, time), sum * 1e-12, y);
    }
}

static void plot(const struct tg_run *run, FILE *script)
{
    struct kinds kinds;
    collect(run, &kinds);
    write_bar_names(run, script);
    fprintf(script,
            /* The empty line keeps the legend off the label. */
            "    set xlabel \"mean time per request\\n \"\n"
            "    set format x '%%.0s %%cs'\n"
            "    set xrange [0:%.9g]\n"
            "    set yrange [-0.6:%.1f]\n"
            "    unset grid\n"
            "    set grid xtics linecolor '#dddddd' linetype 1 linewidth 0.7\n"
            "    set key outside below Left reverse samplen 1.6 spacing 1.2\n"
            "    set style fill solid 1.0 border linecolor '#ffffff'\n"
            "    plot",
            1.17 * longest_ps(run) * 1e-12, (double)bar_count(run) - 0.4);
    for (size_t k = 0; k < segment_count(&kinds); k++) {
        fprintf(script, "%s \\\n        $toll%zu using 1:2:3:4:5:6 with boxxyerror linecolor '#%06X' title ",
                k ? "," : "", k, color_of(&kinds, k));
        write_segment_title(&kinds, k, script);
    }
    fputc('\n', script);
}

const struct tg_figure tg_figure_tolls = {
    .name = "tolls",
    .title = "The toll of a request at half load",
    .caption =
        "The mean latency of a request, split by what its time is spent on. Full colours are work; the pale "
        "shade of a colour is time spent waiting for that work.",
    .height = 520,
    .applies = applies,
    .data = data,
    .plot = plot,
};
