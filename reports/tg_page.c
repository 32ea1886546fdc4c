#include "tg_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tg_brief.h"
#include "tg_figure.h"
#include "tg_figures_internal.h"
#include "tg_file.h"
#include "tg_format.h"
#include "tg_json.h"
#include "tg_page_style.h"
#include "tg_sha256.h"
#include "tg_text.h"

void tg_page_text(const char *text, FILE *stream)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        const char *entity = NULL;
        for (size_t i = 0; i < TG_COUNT(entities); i++) {
            if (entities[i].c == *text)
                entity = entities[i].entity;
        }
        if (entity)
            fputs(entity, stream);
        else /* control characters have no place in HTML */
            fputc((unsigned char)*text < ' ' && *text != '\n' && *text != '\t' ? ' ' : *text, stream);
    }
}

static void element(const char *tag, const char *text, FILE *stream)
{
    fprintf(stream, "<%s>", tag);
    tg_page_text(text, stream);
    fprintf(stream, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void cell(const char *text, FILE *stream)
{
    element("td", text, stream);
}

static void number_cell(const char *text, FILE *stream)
{
    element("td class=\"n\"", text, stream);
}

static void heading_row(const char *const *names, size_t count, size_t first_number, size_t last_number,
                        FILE *stream)
{
    fputs("<thead><tr>", stream);
    for (size_t i = 0; i < count; i++)
        element(i >= first_number && i <= last_number ? "th class=\"n\"" : "th", names[i], stream);
    fputs("</tr></thead>\n<tbody>\n", stream);
}

/* Tables may be wider than a telephone: they scroll inside their frame. */
static void begin_table(FILE *stream)
{
    fputs("<div class=\"frame\"><table>\n", stream);
}

static void end_table(FILE *stream)
{
    fputs("</tbody></table></div>\n", stream);
}

static void time_cell(const struct tg_run_point *point, enum tg_run_figure figure, FILE *stream)
{
    char buf[TG_FORMAT_SIZE];
    number_cell(point ? tg_format_time(point->figures[figure], TG_FORMAT_TYPESET, buf) : "-", stream);
}

/* Sections */

static void write_head(const struct tg_run *run, FILE *stream)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
          "<meta name=\"generator\" content=\"tollgate\"/>\n",
          stream);
    element("title", run->title, stream);
    fprintf(stream, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", tg_page_style);
}

static void write_opening(const struct tg_run *run, struct tg_text *question, struct tg_text *answer,
                          FILE *stream)
{
    fprintf(stream, "<header>\n<p class=\"kicker\">Tollgate, run %" PRId64 "</p>\n", run->id);
    element("h1", run->title, stream);
    if (run->status != TG_RUN_DONE) {
        fputs("<p class=\"warning\">This run is not complete: its status is ", stream);
        element("b", tg_run_status_name(run->status), stream);
        fputs("</p>\n", stream);
    }
    element("p class=\"question\"", question->data ? question->data : "", stream);
    element("p class=\"answer\"", answer->data ? answer->data : "", stream);
    fputs("</header>\n", stream);
}

static void write_summary_row(const struct tg_run_curve *curve, size_t index, FILE *stream)
{
    const struct tg_run_point *half = tg_brief_half_load(curve);
    char buf[TG_FORMAT_SIZE];
    fprintf(stream, "<tr><td><span class=\"swatch\" style=\"background:%s\"></span>", tg_figure_color(index));
    tg_page_text(curve->title, stream);
    fputs("</td>", stream);
    element("td class=\"n strong\"", tg_format_rate(curve->saturation_per_s, buf), stream);
    number_cell(half ? tg_format_rate(tg_format_bare(half->offered_per_s), buf) : "-", stream);
    time_cell(half, TG_RUN_LATENCY_P50_PS, stream);
    time_cell(half, TG_RUN_LATENCY_P99_PS, stream);
    cell(curve->limited_by ? curve->limited_by : "-", stream);
    fputs("</tr>\n", stream);
}

static void write_rules(const struct tg_run *run, FILE *stream)
{
    fputs("<p class=\"note\">Values come with their 95&#160;% intervals. Half load is the simulated rate "
          "nearest to half "
          "of the saturation.",
          stream);
    for (size_t i = 0; i < run->curve_count; i++) {
        const char *rule = tg_brief_new_rule(run, i);
        if (!rule)
            continue;
        fputs(" Saturation: ", stream);
        tg_page_text(rule, stream);
        fputc('.', stream);
    }
    fputs("</p>\n", stream);
}

static void write_summary(const struct tg_run *run, FILE *stream)
{
    static const char *const heading[] = {"technique",        "saturation",       "half load",
                                          "p50 at half load", "p99 at half load", "limited by"};
    if (!tg_brief_has_saturation(run))
        return;
    fputs("<section>\n", stream);
    begin_table(stream);
    heading_row(heading, TG_COUNT(heading), 1, 4, stream);
    for (size_t i = 0; i < run->curve_count; i++)
        write_summary_row(&run->curves[i], i, stream);
    end_table(stream);
    write_rules(run, stream);
    fputs("</section>\n", stream);
}

static void write_point(const struct tg_run_curve *curve, const struct tg_run_point *point, bool with_status,
                        FILE *stream)
{
    char buf[TG_FORMAT_SIZE];
    fputs("<tr>", stream);
    cell(curve->title, stream);
    number_cell(tg_format_rate(tg_format_bare(point->offered_per_s), buf), stream);
    number_cell(tg_format_rate(point->figures[TG_RUN_REPLY_PER_S], buf), stream);
    number_cell(tg_format_ratio(point->figures[TG_RUN_LOST_RATIO], buf), stream);
    number_cell(tg_format_ratio(point->figures[TG_RUN_UTILIZATION_RATIO], buf), stream);
    time_cell(point, TG_RUN_LATENCY_MEAN_PS, stream);
    time_cell(point, TG_RUN_LATENCY_P50_PS, stream);
    time_cell(point, TG_RUN_LATENCY_P99_PS, stream);
    fprintf(stream, "<td class=\"n\">%" PRId64 "</td>", point->replication_count);
    if (with_status)
        cell(tg_run_status_name(point->status), stream);
    fputs("</tr>\n", stream);
}

static void write_points(const struct tg_run *run, bool open, FILE *stream)
{
    const char *const heading[] = {
        "technique", tg_brief_rate_name(run), "replies", "lost", "CPU busy", "mean", "p50", "p99", "repl.",
        "status"};
    const bool complete = run->status == TG_RUN_DONE; /* then the last column says nothing */
    fprintf(stream, "<details class=\"dense\"%s><summary>Every point simulated</summary>\n",
            open ? " open=\"open\"" : "");
    begin_table(stream);
    heading_row(heading, TG_COUNT(heading) - complete, 1, 8, stream);
    for (size_t i = 0; i < run->curve_count; i++) {
        for (size_t p = 0; p < run->curves[i].point_count; p++)
            write_point(&run->curves[i], &run->curves[i].points[p], !complete, stream);
    }
    end_table(stream);
    fputs("</details>\n", stream);
}

/* Figures */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Copies an SVG from its root element on: ids, and references to them, with the figure's name before them;
 * and the figure's title in place of gnuplot's, which browsers show as a tooltip. */
static void write_svg(const char *svg, const struct tg_figure *figure, FILE *stream)
{
    static const char *const places[] = {" id=\"", " id='", "href=\"#", "href='#", "url(#"};
    static const char title[] = "<title>";
    for (const char *p = svg; *p;) {
        size_t i = 0;
        while (i < TG_COUNT(places) && !starts(p, places[i]))
            i++;
        if (i < TG_COUNT(places)) {
            fprintf(stream, "%s%s-", places[i], figure->name);
            p += strlen(places[i]);
        } else if (starts(p, title)) {
            fputs(title, stream);
            tg_page_text(figure->title, stream);
            p += strlen(title);
            p += strcspn(p, "<");
        } else {
            fputc(*p++, stream);
        }
    }
}

static int write_figure(const struct tg_figure *figure, const char *folder, FILE *stream,
                        struct tg_error *err)
{
    char name[64], *svg = NULL;
    snprintf(name, sizeof name, "%s.svg", figure->name);
    char *path = tg_file_join(folder, name);
    if (!path)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_file_exists(path) ? tg_file_read(path, &svg, NULL, err) : TG_OK;
    free(path);
    const char *root = svg ? strstr(svg, "<svg") : NULL;
    if (rc || !root) {
        free(svg);
        return rc;
    }
    fprintf(stream, "<figure id=\"figure-%s\">\n", figure->name);
    write_svg(root, figure, stream);
    element("figcaption", figure->caption, stream);
    fputs("</figure>\n", stream);
    free(svg);
    return TG_OK;
}

static int write_figures(const struct tg_run *run, const char *folder, FILE *stream, struct tg_error *err)
{
    int rc = TG_OK;
    fputs("<section class=\"figures\">\n", stream);
    for (const struct tg_figure *const *f = tg_figures; !rc && *f; f++) {
        if ((*f)->applies(run))
            rc = write_figure(*f, folder, stream, err);
    }
    fputs("</section>\n", stream);
    return rc;
}

/* Prices */

static void write_price(const struct tg_run_price *p, FILE *stream)
{
    char buf[TG_FORMAT_SIZE];
    fputs("<tr>", stream);
    if (p->belongs_to)
        cell(p->belongs_to, stream);
    fputs("<td><code>", stream);
    tg_page_text(p->primitive, stream);
    fputs("</code></td>", stream);
    number_cell(tg_format_price(p, TG_FORMAT_TYPESET, buf), stream);
    cell(p->per, stream);
    number_cell(tg_format_time(tg_format_bare(p->p50_ns * 1e3), TG_FORMAT_TYPESET, buf), stream);
    number_cell(tg_format_time(tg_format_bare(p->p99_ns * 1e3), TG_FORMAT_TYPESET, buf), stream);
    if (p->samples)
        fprintf(stream, "<td class=\"n\">%" PRId64 "</td>", p->samples);
    else
        number_cell("-", stream);
    fputs("<td><span class=\"tag ", stream);
    tg_page_text(p->provenance, stream);
    fputs("\">", stream);
    tg_page_text(p->provenance, stream);
    fputs("</span></td>", stream);
    fputs("<td>", stream);
    if (p->inherited_from) {
        fputs("profile ", stream);
        element("b", p->inherited_from, stream);
        fputs(": ", stream);
    }
    tg_page_text(p->source ? p->source : "", stream);
    fputs("</td></tr>\n", stream);
}

static void write_price_table(const struct tg_run_price *prices, size_t count, FILE *stream)
{
    static const char *const heading[] = {"belongs to", "primitive", "mean cost", "per", "p50",
                                          "p99",        "samples",   "known as",  "from"};
    const bool owned = count && prices[0].belongs_to; /* by parts of the scenario */
    begin_table(stream);
    heading_row(heading + !owned, TG_COUNT(heading) - !owned, 1 + (size_t)owned, 5 + (size_t)owned, stream);
    for (size_t i = 0; i < count; i++)
        write_price(&prices[i], stream);
    end_table(stream);
}

static void write_prices(const struct tg_run *run, FILE *stream)
{
    if (!run->profile && !run->price_count)
        return;
    fputs("<section>\n<h2>What the primitives cost</h2>\n", stream);
    if (run->price_count) {
        fprintf(stream, "<p>The scenario brings these prices of its own%s.</p>\n",
                run->profile ? ", which go before those of the cost profile" : "");
        write_price_table(run->prices, run->price_count, stream);
    }
    if (run->profile) {
        fputs("<p>Cost profile ", stream);
        element("b", run->profile->name, stream);
        fputs("is all that the simulation knows of its machine.</p>\n", stream);
        write_price_table(run->profile->prices, run->profile->price_count, stream);
    }
    fputs("</section>\n", stream);
}

/* Facts */

static void fact(const char *name, const char *value, FILE *stream)
{
    if (!value)
        return;
    element("dt", name, stream);
    element("dd", value, stream);
}

static void write_facts(const struct tg_run *run, FILE *stream)
{
    char seed[24], scenario[TG_SHA256_HEX];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    tg_sha256_bytes(run->scenario_json, strlen(run->scenario_json), scenario);
    fputs("<section>\n<h2>How to get these numbers again</h2>\n"
          "<p>The same scenario, cost profile and seed give the same bits.",
          stream);
    if (strcmp(run->kind, "sweep") == 0)
        fprintf(stream, " <code>tollgate runs replay %" PRId64 "</code> simulates them again and compares.",
                run->id);
    fputs("</p>\n<dl>\n", stream);
    fact("command", run->command_line, stream);
    fact("seed", seed, stream);
    fact("tollgate", run->tool_version, stream);
    fact("commit", run->git_commit, stream);
    fact("compiler", run->compiler, stream);
    fact("scenario, SHA-256", scenario, stream);
    fact("cost profile, SHA-256", run->profile ? run->profile->sha256 : NULL, stream);
    fact("started", run->started_utc, stream);
    fact("finished", run->finished_utc, stream);
    fputs("</dl>\n</section>\n", stream);
}

/* A value on one line: the members of an object as "name: value", separated by commas as the items of an
 * array. */
static void write_json_value(const cJSON *value, FILE *stream)
{
    if (cJSON_IsString(value)) {
        tg_page_text(value->valuestring, stream);
        return;
    }
    if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
        for (const cJSON *item = value->child; item; item = item->next) {
            fputs(item == value->child ? "" : ", ", stream);
            if (item->string) {
                tg_page_text(item->string, stream);
                fputs(": ", stream);
            }
            write_json_value(item, stream);
        }
        return;
    }
    char *text = cJSON_PrintUnformatted(value);
    tg_page_text(text ? text : "", stream);
    free(text);
}

/* "cpu_model" -> "cpu model" */
static void write_key(const char *key, FILE *stream)
{
    char *words = strdup(key);
    for (char *p = words; p && *p; p++)
        *p = *p == '_' ? ' ' : *p;
    element("dt", words ? words : key, stream);
    free(words);
}

static void write_host(const char *title, const char *host_json, FILE *stream)
{
    cJSON *host = host_json ? cJSON_Parse(host_json) : NULL;
    if (host && host->child) {
        fputs("<section>\n", stream);
        element("h2", title, stream);
        fputs("<dl>\n", stream);
        for (const cJSON *item = host->child; item; item = item->next) {
            write_key(item->string, stream);
            fputs("<dd>", stream);
            write_json_value(item, stream);
            fputs("</dd>\n", stream);
        }
        fputs("</dl>\n</section>\n", stream);
    }
    cJSON_Delete(host);
}

static void write_scenario(const struct tg_run *run, FILE *stream)
{
    cJSON *scenario = cJSON_Parse(run->scenario_json);
    char *text = scenario ? cJSON_Print(scenario) : NULL;
    fputs("<details><summary>The scenario as it was resolved</summary>\n<pre>", stream);
    tg_page_text(text ? text : run->scenario_json, stream);
    fputs("</pre>\n</details>\n", stream);
    free(text);
    cJSON_Delete(scenario);
}

int tg_page_write(const struct tg_run *run, const char *folder, FILE *stream, struct tg_error *err)
{
    struct tg_text question = {0}, answer = {0};
    tg_brief_question(run, &question);
    tg_brief_answer(run, &answer);
    int rc = question.failed || answer.failed ? tg_error_set(err, TG_ENOMEM, "out of memory") : TG_OK;
    if (!rc) {
        write_head(run, stream);
        write_opening(run, &question, &answer, stream);
        write_summary(run, stream);
        rc = write_figures(run, folder, stream, err);
    }
    if (!rc) {
        write_points(run, !tg_brief_has_saturation(run), stream);
        write_prices(run, stream);
        write_facts(run, stream);
        write_scenario(run, stream);
        write_host("The machine that simulated", run->host_json, stream);
        write_host("The machine whose prices these are", run->profile ? run->profile->host_json : NULL,
                   stream);
        fputs("</main>\n</body>\n</html>\n", stream);
    }
    tg_text_release(&question);
    tg_text_release(&answer);
    return rc;
}
