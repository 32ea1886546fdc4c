#include "tg_brief.h"

#include <math.h>
#include <string.h>

#include "tg_format.h"
#include "tg_json.h"

static bool has_latency(const struct tg_run_point *point)
{
    return isfinite(point->figures[TG_RUN_LATENCY_P50_PS].value);
}

const struct tg_run_point *tg_brief_half_load(const struct tg_run_curve *curve)
{
    const struct tg_run_point *best = NULL;
    if (!isfinite(curve->saturation_per_s.value))
        return curve->point_count == 1 && has_latency(curve->points) ? curve->points : NULL;
    double half = curve->saturation_per_s.value / 2, least = INFINITY;
    for (size_t i = 0; i < curve->point_count; i++) {
        double distance = fabs(curve->points[i].offered_per_s - half);
        if (has_latency(&curve->points[i]) && distance < least) {
            least = distance;
            best = &curve->points[i];
        }
    }
    return best;
}

bool tg_brief_has_saturation(const struct tg_run *run)
{
    for (size_t i = 0; i < run->curve_count; i++) {
        if (isfinite(run->curves[i].saturation_per_s.value))
            return true;
    }
    return false;
}

const char *tg_brief_new_rule(const struct tg_run *run, size_t index)
{
    const char *rule = run->curves[index].saturation_rule;
    for (size_t i = 0; rule && i < index; i++) {
        const char *before = run->curves[i].saturation_rule;
        if (before && strcmp(before, rule) == 0)
            return NULL;
    }
    return rule;
}

const char *tg_brief_rate_name(const struct tg_run *run)
{
    cJSON *scenario = cJSON_Parse(run->scenario_json);
    const cJSON *workload = cJSON_GetObjectItemCaseSensitive(scenario, "workload");
    const char *client = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(workload, "client"));
    bool waits = client && (strcmp(client, "window") == 0 || strcmp(client, "closed") == 0);
    cJSON_Delete(scenario);
    return waits ? "nominal" : "offered";
}

void tg_brief_question(const struct tg_run *run, struct tg_text *out)
{
    if (tg_brief_has_saturation(run))
        tg_text_printf(out,
                       "Up to what rate of requests does this server keep up under each isolation technique, "
                       "and how long does a request take at half of that?");
    else
        tg_text_printf(
            out, "How many of the requests offered does this server answer, and how long does each take?");
}

static double saturation(const struct tg_run_curve *curve)
{
    return curve->saturation_per_s.value;
}

static void find_extremes(const struct tg_run *run, const struct tg_run_curve **most,
                          const struct tg_run_curve **least)
{
    *most = *least = NULL;
    for (const struct tg_run_curve *c = run->curves; c < run->curves + run->curve_count; c++) {
        if (!isfinite(saturation(c)))
            continue;
        if (!*most || saturation(c) > saturation(*most))
            *most = c;
        if (!*least || saturation(c) < saturation(*least))
            *least = c;
    }
}

/* Techniques whose interval reaches that of the best cannot be told from it by this run. */
static void add_ties(const struct tg_run *run, const struct tg_run_curve *most, struct tg_text *out)
{
    for (const struct tg_run_curve *c = run->curves; c < run->curves + run->curve_count; c++) {
        if (c != most && isfinite(saturation(c)) && c->saturation_per_s.high >= most->saturation_per_s.low)
            tg_text_printf(out, " The interval of %s overlaps it.", c->title);
    }
}

void tg_brief_answer(const struct tg_run *run, struct tg_text *out)
{
    const struct tg_run_curve *most, *least;
    char buf[TG_FORMAT_SIZE];
    find_extremes(run, &most, &least);
    if (!most) {
        tg_text_printf(out, "No saturation was looked for; the points below are what was simulated.");
        return;
    }
    tg_text_printf(out, "%s sustains%s %s", most->title, run->curve_count > 1 ? " the most," : "",
                   tg_format_rate(most->saturation_per_s, buf));
    if (least != most)
        tg_text_printf(out, "; %s sustains the least, %s, which is %.3g %% of that", least->title,
                       tg_format_rate(least->saturation_per_s, buf),
                       100 * saturation(least) / saturation(most));
    tg_text_printf(out, ".");
    add_ties(run, most, out);
}
