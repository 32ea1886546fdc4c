/* The counterparts of the studies' figures, at the best guesses with the fits made. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reproduce_words.h"
#include "tg_file.h"
#include "tg_plot.h"
#include "tg_study_curves.h"

struct context {
    const struct tg_reproduction *r;
    const char *folder;
    unsigned threads;
};

static void fill_rates(struct tg_study_curve *curve, double first, double last, size_t count)
{
    curve->count = count;
    for (size_t i = 0; i < count; i++)
        curve->rates_per_s[i] = first + (last - first) * (double)i / (double)(count - 1);
}

static int run_curves(const struct context *c, struct tg_study_curve *curves, size_t count,
                      struct tg_error *err)
{
    return tg_study_curves_run(c->r->study, c->r->seed, c->r->best_fit, curves, count, c->threads, err);
}

/* The numbers of a curve, as columns. */
struct columns {
    double reply[TG_CURVE_POINTS_MAX], mean_ms[TG_CURVE_POINTS_MAX], upper_ms[TG_CURVE_POINTS_MAX];
};

static void fill_columns(const struct tg_study_curve *curve, bool httperf, struct columns *out)
{
    for (size_t i = 0; i < curve->count; i++) {
        const struct tg_sight *s = &curve->sights[i];
        out->reply[i] = httperf ? s->httperf_per_s : s->metrics[TG_METRIC_REPLY_PER_S];
        out->mean_ms[i] = s->metrics[TG_METRIC_MEAN_PS] * 1e-9;
        out->upper_ms[i] = (s->metrics[TG_METRIC_MEAN_PS] + s->metrics[TG_METRIC_STDDEV_PS]) * 1e-9;
    }
}

static void add_series(struct tg_plot *plot, const char *title, const struct tg_study_curve *curve,
                       const double *y, const double *band)
{
    plot->series[plot->series_count++] = (struct tg_plot_series){
        .title = title, .x = curve->rates_per_s, .y = y, .band = band, .count = curve->count};
}

static const char *title_of(const struct tg_study *study, const char *system)
{
    for (size_t i = 0; i < study->system_count; i++)
        if (strcmp(study->systems[i].name, system) == 0)
            return study->systems[i].title;
    return system;
}

/* Reply rate and latency of some systems over rates, each a figure. */
static int draw_pair(const struct context *c, struct tg_study_curve *curves, size_t count, const char *name,
                     const char *title, bool httperf, struct tg_error *err)
{
    struct columns columns[4];
    char names[2][64], titles[2][160];
    static const char *const what[] = {"replies", "latency"};
    int rc = run_curves(c, curves, count, err);
    for (int k = 0; !rc && k < 2; k++) {
        snprintf(names[k], sizeof names[k], "%s-%s", name, what[k]);
        snprintf(titles[k], sizeof titles[k], "%s: %s", title,
                 k ? "mean latency, shaded one standard deviation up" : "reply rate");
        struct tg_plot plot = {.name = names[k],
                               .title = titles[k],
                               .x_label = "offered requests a second",
                               .y_label = k ? "latency, ms" : "replies a second",
                               .log_y = k == 1};
        for (size_t i = 0; i < count; i++) {
            fill_columns(&curves[i], httperf, &columns[i]);
            add_series(&plot, title_of(c->r->study, curves[i].system), &curves[i],
                       k ? columns[i].mean_ms : columns[i].reply, k ? columns[i].upper_ms : NULL);
        }
        rc = tg_plot_draw(&plot, c->folder, err);
    }
    return rc;
}

/* Study P. */

/* Figures 6 and 7: latencies far below saturation. */
static int draw_idle(const struct context *c, const char *name, const char *title, const char *const *systems,
                     size_t count, struct tg_error *err)
{
    struct tg_study_curve curves[TG_STUDY_SYSTEMS_MAX] = {0};
    double mean[TG_STUDY_SYSTEMS_MAX], fastest[TG_STUDY_SYSTEMS_MAX];
    const char *titles[TG_STUDY_SYSTEMS_MAX];
    for (size_t i = 0; i < count; i++) {
        curves[i] = (struct tg_study_curve){.system = systems[i],
                                            .horizon_ps = 21 * TG_PS_PER_S,
                                            .warm_up_ps = TG_PS_PER_S,
                                            .rates_per_s = {97},
                                            .count = 1};
        titles[i] = title_of(c->r->study, systems[i]);
    }
    int rc = run_curves(c, curves, count, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++) {
        mean[i] = curves[i].sights[0].metrics[TG_METRIC_MEAN_PS] * 1e-6;
        fastest[i] = curves[i].sights[0].metrics[TG_METRIC_FASTEST_DECILE_PS] * 1e-6;
    }
    struct tg_plot plot = {.name = name,
                           .title = title,
                           .x_label = "",
                           .y_label = "reply latency, us",
                           .groups = titles,
                           .series = {{.title = "mean", .y = mean, .count = count},
                                      {.title = "mean of the fastest 10 %", .y = fastest, .count = count}},
                           .series_count = 2};
    return tg_plot_draw(&plot, c->folder, err);
}

static int draw_figure_8(const struct context *c, struct tg_error *err)
{
    static const char *const systems[] = {"khttpd", "khttpd-plugin", "khttpd-vm"};
    struct tg_study_curve curves[TG_COUNT(systems)] = {0};
    for (size_t i = 0; i < TG_COUNT(systems); i++) {
        curves[i] = (struct tg_study_curve){
            .system = systems[i], .horizon_ps = 5 * TG_PS_PER_S, .warm_up_ps = TG_PS_PER_S / 5};
        fill_rates(&curves[i], 250, 5000, 20);
    }
    return draw_pair(c, curves, TG_COUNT(systems), "figure-8", "Figure 8, kHTTPd", false, err);
}

static const size_t lengths[] = {20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

static int write_estimators(const struct context *c, const struct tg_estimator_spread *spreads,
                            struct tg_error *err)
{
    struct tg_file_writer writer = {0};
    char *path = tg_file_join(c->folder, "estimators.csv");
    int rc = path ? tg_file_begin(&writer, path, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc) {
        fprintf(writer.stream,
                "requests,mean_deviation_us,fastest_deviation_us,needed_latency_deviation_us\n");
        for (size_t i = 0; i < TG_COUNT(lengths); i++)
            fprintf(writer.stream, "%zu,%.4g,%.4g,%.4g\n", spreads[i].length, spreads[i].mean_us,
                    spreads[i].fastest_us, spreads[i].needed_us);
        rc = tg_file_commit(&writer, err);
    }
    tg_file_abort(&writer);
    free(path);
    return rc;
}

static int draw_estimators(const struct context *c, struct tg_error *err)
{
    struct tg_estimator_spread spreads[TG_COUNT(lengths)];
    double x[TG_COUNT(lengths)], mean[TG_COUNT(lengths)], fastest[TG_COUNT(lengths)];
    for (size_t i = 0; i < TG_COUNT(lengths); i++)
        spreads[i] = (struct tg_estimator_spread){.length = lengths[i]};
    int rc = tg_study_estimators(c->r->study, c->r->seed, spreads, TG_COUNT(lengths), c->threads, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < TG_COUNT(lengths); i++) {
        x[i] = (double)lengths[i];
        mean[i] = spreads[i].mean_us;
        fastest[i] = spreads[i].fastest_us;
    }
    struct tg_plot plot = {
        .name = "estimators",
        .title =
            "What two series tell of a plugin: how far the difference of their estimates spreads by chance",
        .x_label = "requests in each series",
        .y_label = "standard deviation of the difference, us",
        .log_x = true,
        .log_y = true,
        .series =
            {{.title = "of means", .x = x, .y = mean, .count = TG_COUNT(lengths)},
             {.title = "of means of the fastest 10 %", .x = x, .y = fastest, .count = TG_COUNT(lengths)}},
        .series_count = 2};
    rc = tg_plot_draw(&plot, c->folder, err);
    return rc ? rc : write_estimators(c, spreads, err);
}

static int draw_plugins(const struct context *c, struct tg_error *err)
{
    static const char *const six[] = {"khttpd", "apache", "khttpd-vm", "apache-vm"};
    static const char *const seven[] = {"khttpd", "khttpd-plugin", "khttpd-vm"};
    int rc =
        draw_idle(c, "figure-6", "Figure 6: reply latency, kernel and user-space server, without and in a VM",
                  six, TG_COUNT(six), err);
    rc = rc ? rc
            : draw_idle(c, "figure-7", "Figure 7: reply latency of kHTTPd, with a plugin and in a VM", seven,
                        TG_COUNT(seven), err);
    rc = rc ? rc : draw_figure_8(c, err);
    return rc ? rc : draw_estimators(c, err);
}

/* Study O. */

static int draw_dns(const struct context *c, const char *system, const char *name, const char *title,
                    struct tg_error *err)
{
    struct tg_study_curve curve = {.system = system};
    fill_rates(&curve, 2000, 40000, 20);
    return draw_pair(c, &curve, 1, name, title, false, err);
}

static int draw_http(const struct context *c, struct tg_error *err)
{
    struct tg_study_curve curves[] = {{.system = "http-linux"}, {.system = "http-osv"}};
    fill_rates(&curves[0], 500, 7000, 14);
    fill_rates(&curves[1], 500, 7000, 14);
    return draw_pair(c, curves, 2, "figure-4", "Figure 4, HTTP", true, err);
}

/* What becomes of each guest with less memory. */
static int write_memory(const struct context *c, struct tg_error *err)
{
    static const char *const limits[] = {"1 GB", "512 MB", "256 MB", "128 MB"};
    static const char *const systems[] = {"dns-linux", "dns-osv", "http-linux", "http-osv"};
    static const double rates[] = {10000, 10000, 3500, 4000};
    struct tg_study_curve curves[TG_COUNT(systems) * TG_COUNT(limits)] = {0};
    char patches[TG_COUNT(limits)][64];
    for (size_t i = 0; i < TG_COUNT(curves); i++) {
        size_t limit = i % TG_COUNT(limits), system = i / TG_COUNT(limits);
        snprintf(patches[limit], sizeof patches[limit], "{\"memory\": {\"limit\": \"%s\"}}", limits[limit]);
        curves[i] = (struct tg_study_curve){
            .system = systems[system], .patch = patches[limit], .rates_per_s = {rates[system]}, .count = 1};
    }
    struct tg_file_writer writer = {0};
    int rc = run_curves(c, curves, TG_COUNT(curves), err);
    char *path = tg_file_join(c->folder, "memory.csv");
    if (!rc && !path)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_file_begin(&writer, path, err);
    if (!rc) {
        fprintf(writer.stream, "system,memory,offered_per_s,reply_per_s,out_of_memory\n");
        for (size_t i = 0; i < TG_COUNT(curves); i++)
            fprintf(writer.stream, "%s,%s,%.0f,%.0f,%s\n", title_of(c->r->study, curves[i].system),
                    limits[i % TG_COUNT(limits)], curves[i].rates_per_s[0],
                    curves[i].sights[0].metrics[TG_METRIC_REPLY_PER_S],
                    curves[i].sights[0].crashed ? "yes" : "no");
        rc = tg_file_commit(&writer, err);
    }
    tg_file_abort(&writer);
    free(path);
    return rc;
}

static int draw_osv(const struct context *c, struct tg_error *err)
{
    int rc = draw_dns(c, "dns-linux", "figure-2", "Figure 2, DNS on Linux", err);
    rc = rc ? rc : draw_dns(c, "dns-osv", "figure-3", "Figure 3, DNS on OSv", err);
    rc = rc ? rc : draw_http(c, err);
    return rc ? rc : write_memory(c, err);
}

static const struct {
    const char *study;
    int (*draw)(const struct context *c, struct tg_error *err);
} figures[] = {{"plugins", draw_plugins}, {"osv", draw_osv}};

int reproduce_draw_figures(const struct tg_reproduction *r, const char *folder, unsigned threads,
                           struct tg_error *err)
{
    struct context c = {r, folder, threads};
    int rc = tg_file_make_folder(folder, err);
    for (size_t i = 0; !rc && i < TG_COUNT(figures); i++)
        if (strcmp(figures[i].study, r->study->name) == 0)
            rc = figures[i].draw(&c, err);
    return rc;
}
