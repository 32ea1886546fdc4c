#include "tg_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tg_brief.h"
#include "tg_format.h"
#include "tg_report_internal.h"
#include "tg_table.h"

static void print_heading(const struct tg_run *run, FILE *stream)
{
    fprintf(stream, "Run %" PRId64 ", %s: %s\n", run->id, run->kind, run->title);
    if (run->status != TG_RUN_DONE)
        fprintf(stream, "This run is not complete: its status is '%s'.\n", tg_run_status_name(run->status));
    fputc('\n', stream);
}

static void add_cells(struct tg_table *table, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tg_table_cell(table, "%s", texts[i]);
}

static void add_time(struct tg_table *table, const struct tg_run_point *point, enum tg_run_figure figure)
{
    char buf[TG_FORMAT_SIZE];
    tg_table_cell(table, "%s", point ? tg_format_time(point->figures[figure], TG_FORMAT_PLAIN, buf) : "-");
}

static void add_summary_row(struct tg_table *table, const struct tg_run_curve *curve)
{
    const struct tg_run_point *half = tg_brief_half_load(curve);
    char buf[TG_FORMAT_SIZE];
    tg_table_cell(table, "%s", curve->title);
    tg_table_cell(table, "%s", tg_format_rate(curve->saturation_per_s, buf));
    tg_table_cell(table, "%s", half ? tg_format_rate(tg_format_bare(half->offered_per_s), buf) : "-");
    add_time(table, half, TG_RUN_LATENCY_P50_PS);
    add_time(table, half, TG_RUN_LATENCY_P99_PS);
    tg_table_cell(table, "%s", curve->limited_by ? curve->limited_by : "-");
}

static void print_rules(const struct tg_run *run, FILE *stream)
{
    fprintf(
        stream,
        "\nValues come with their 95 %% intervals. Half load is the simulated rate nearest to half of the "
        "saturation.\n");
    for (size_t i = 0; i < run->curve_count; i++) {
        const char *rule = tg_brief_new_rule(run, i);
        if (rule)
            fprintf(stream, "Saturation: %s.\n", rule);
    }
}

static int print_summary(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    static const char *const heading[] = {"technique",        "saturation",       "half load",
                                          "p50 at half load", "p99 at half load", "limited by"};
    struct tg_table table;
    tg_table_begin(&table, "lrrrrl");
    add_cells(&table, heading, TG_COUNT(heading));
    for (size_t i = 0; i < run->curve_count; i++)
        add_summary_row(&table, &run->curves[i]);
    int rc = tg_table_print(&table, stream, err);
    tg_table_release(&table);
    if (!rc)
        print_rules(run, stream);
    return rc;
}

static void add_point_row(struct tg_table *table, const struct tg_run_curve *curve,
                          const struct tg_run_point *point)
{
    char buf[TG_FORMAT_SIZE];
    tg_table_cell(table, "%s", curve->title);
    tg_table_cell(table, "%s", tg_format_rate(tg_format_bare(point->offered_per_s), buf));
    tg_table_cell(table, "%s", tg_format_rate(point->figures[TG_RUN_REPLY_PER_S], buf));
    tg_table_cell(table, "%s", tg_format_ratio(point->figures[TG_RUN_LOST_RATIO], buf));
    tg_table_cell(table, "%s", tg_format_ratio(point->figures[TG_RUN_UTILIZATION_RATIO], buf));
    add_time(table, point, TG_RUN_LATENCY_MEAN_PS);
    add_time(table, point, TG_RUN_LATENCY_P50_PS);
    add_time(table, point, TG_RUN_LATENCY_P99_PS);
}

static int print_points(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    const char *const heading[] = {
        "technique", tg_brief_rate_name(run), "replies", "lost", "CPU busy", "mean", "p50", "p99", "status"};
    const bool complete = run->status == TG_RUN_DONE; /* then the last column says nothing */
    struct tg_table table;
    tg_table_begin(&table, complete ? "lrrrrrrr" : "lrrrrrrrl");
    add_cells(&table, heading, TG_COUNT(heading) - complete);
    for (size_t i = 0; i < run->curve_count; i++) {
        for (size_t p = 0; p < run->curves[i].point_count; p++) {
            add_point_row(&table, &run->curves[i], &run->curves[i].points[p]);
            if (!complete)
                tg_table_cell(&table, "%s", tg_run_status_name(run->curves[i].points[p].status));
        }
    }
    int rc = tg_table_print(&table, stream, err);
    tg_table_release(&table);
    return rc;
}

int tg_report_print_table(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    print_heading(run, stream);
    return tg_brief_has_saturation(run) ? print_summary(run, stream, err) : print_points(run, stream, err);
}

static void add_price_row(struct tg_table *table, const struct tg_run_price *price)
{
    char buf[TG_FORMAT_SIZE];
    if (price->belongs_to)
        tg_table_cell(table, "%s", price->belongs_to);
    tg_table_cell(table, "%s", price->primitive);
    tg_table_cell(table, "%s", tg_format_price(price, TG_FORMAT_PLAIN, buf));
    tg_table_cell(table, "%s", price->per);
    tg_table_cell(table, "%s", tg_format_time(tg_format_bare(price->p50_ns * 1e3), TG_FORMAT_PLAIN, buf));
    tg_table_cell(table, "%s", tg_format_time(tg_format_bare(price->p99_ns * 1e3), TG_FORMAT_PLAIN, buf));
    if (price->samples)
        tg_table_cell(table, "%" PRId64, price->samples);
    else
        tg_table_cell(table, "-");
    tg_table_cell(table, "%s", price->provenance);
    tg_table_cell(table, "%s%s%s%s", price->inherited_from ? "profile '" : "",
                  price->inherited_from ? price->inherited_from : "", price->inherited_from ? "': " : "",
                  price->source ? price->source : "");
}

static int print_prices(const struct tg_run_price *prices, size_t count, FILE *stream, struct tg_error *err)
{
    static const char *const heading[] = {"belongs to", "primitive", "mean cost", "per", "p50",
                                          "p99",        "samples",   "known as",  "from"};
    const bool owned = count && prices[0].belongs_to; /* by parts of the scenario */
    struct tg_table table;
    tg_table_begin(&table, owned ? "llrlrrrll" : "lrlrrrll");
    add_cells(&table, heading + !owned, TG_COUNT(heading) - !owned);
    for (size_t i = 0; i < count; i++)
        add_price_row(&table, &prices[i]);
    int rc = tg_table_print(&table, stream, err);
    tg_table_release(&table);
    return rc;
}

static int print_own_prices(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    if (!run->price_count)
        return TG_OK;
    fprintf(stream, "\nPrices of the scenario's own%s\n\n",
            run->profile ? ", which go before those of the profile" : "");
    return print_prices(run->prices, run->price_count, stream, err);
}

static int print_profile_prices(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    if (!run->profile)
        return TG_OK;
    fprintf(stream, "\nPrices, by cost profile '%s' (SHA-256 %s)\n\n", run->profile->name,
            run->profile->sha256);
    return print_prices(run->profile->prices, run->profile->price_count, stream, err);
}

static void print_fact(const char *name, const char *value, FILE *stream)
{
    if (value)
        fprintf(stream, "  %-10s %s\n", name, value);
}

static void print_facts(const struct tg_run *run, FILE *stream)
{
    fprintf(stream, "\nHow it was made\n\n");
    print_fact("started", run->started_utc, stream);
    print_fact("finished", run->finished_utc, stream);
    print_fact("command", run->command_line, stream);
    fprintf(stream, "  %-10s %" PRIu64 "\n", "seed", run->seed);
    print_fact("tollgate", run->tool_version, stream);
    print_fact("commit", run->git_commit, stream);
    print_fact("compiler", run->compiler, stream);
    if (strcmp(run->kind, "sweep") == 0)
        fprintf(stream, "  %-10s tollgate runs replay %" PRId64 "\n", "check", run->id);
}

int tg_report_print_text(const struct tg_run *run, FILE *stream, struct tg_error *err)
{
    int rc = tg_report_print_table(run, stream, err);
    if (!rc && tg_brief_has_saturation(run)) {
        fprintf(stream, "\nPoints\n\n");
        rc = print_points(run, stream, err);
    }
    if (!rc)
        rc = print_own_prices(run, stream, err);
    if (!rc)
        rc = print_profile_prices(run, stream, err);
    if (!rc)
        print_facts(run, stream);
    return rc;
}

static int with_run(struct tg_store *store, int64_t run_id, FILE *stream,
                    int (*print)(const struct tg_run *, FILE *, struct tg_error *), struct tg_error *err)
{
    struct tg_run run;
    int rc = tg_run_load(store, run_id, 0, &run, err);
    if (!rc)
        rc = print(&run, stream, err);
    tg_run_release(&run);
    return rc;
}

int tg_report_table(struct tg_store *store, int64_t run_id, FILE *stream, struct tg_error *err)
{
    return with_run(store, run_id, stream, tg_report_print_table, err);
}

int tg_report_text(struct tg_store *store, int64_t run_id, FILE *stream, struct tg_error *err)
{
    return with_run(store, run_id, stream, tg_report_print_text, err);
}
