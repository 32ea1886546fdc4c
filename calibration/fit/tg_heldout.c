#include "tg_heldout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_calibrate.h"
#include "tg_json.h"

static const double levels[TG_HELDOUT_LEVELS] = {0.1, 0.5, 0.9};

/* The empirical law: the table, also where a fit is the law. */
static const struct tg_dist *table_of(const struct tg_price *price)
{
    return price->table.family ? &price->table : &price->law;
}

static double difference(const struct tg_heldout_row *row, int k)
{
    double apart = row->predicted_ns[k] - row->found_ns[k];
    return apart == 0 ? 0 : apart / fabs(row->found_ns[k]);
}

static void say_why(struct tg_heldout_row *row, double tolerance)
{
    double low = difference(row, 0), middle = difference(row, 1), high = difference(row, 2);
    double shift = row->found_ns[1] / row->predicted_ns[1];
    if (!(row->predicted_ns[1] > 0)) /* a difference of two measurements, down to nothing */
        snprintf(row->why, sizeof row->why, "nothing was predicted, and a median of %.3g ns found",
                 row->found_ns[1]);
    else if (fabs(low - middle) <= tolerance && fabs(high - middle) <= tolerance)
        snprintf(row->why, sizeof row->why, "all of it changed by a factor of %.3g", shift);
    else if (fabs(middle) <= tolerance)
        snprintf(row->why, sizeof row->why, "the median agrees; the %s differs",
                 fabs(high) > tolerance ? fabs(low) > tolerance ? "spread" : "slow end" : "fast end");
    else
        snprintf(row->why, sizeof row->why, "the median changed by a factor of %.3g, the spread too", shift);
}

/* How far a percentile's prediction is from where the two samples leave it, relative. */
static double beyond_chance(const struct tg_price *price, const struct tg_price *found,
                            const struct tg_heldout_row *row, int k)
{
    double p = levels[k], n = (double)price->samples, m = (double)found->samples;
    if (price->samples < 1 || found->samples < 1)
        return fabs(difference(row, k));
    double half = 1.959963984540054 * sqrt(p * (1 - p) * (1 / n + 1 / m));
    double low = tg_dist_quantile(table_of(found), fmax(0, p - half));
    double high = tg_dist_quantile(table_of(found), fmin(1, p + half));
    double apart = fmax(0, fmax(low - row->predicted_ns[k], row->predicted_ns[k] - high));
    return apart == 0 ? 0 : apart / (row->predicted_ns[k] < low ? low : high);
}

static void compare(const struct tg_price *price, const struct tg_price *found, double tolerance,
                    struct tg_heldout_row *row)
{
    *row = (struct tg_heldout_row){0};
    snprintf(row->name, sizeof row->name, "%s", price->primitive);
    for (int k = 0; k < TG_HELDOUT_LEVELS; k++) {
        row->predicted_ns[k] = tg_dist_quantile(&price->law, levels[k]);
        row->found_ns[k] = tg_dist_quantile(table_of(found), levels[k]);
        row->worst = fmax(row->worst, fabs(difference(row, k)));
    }
    row->predicted = row->worst <= tolerance;
    row->open = !row->predicted;
    for (int k = 0; k < TG_HELDOUT_LEVELS; k++)
        row->open = row->open && beyond_chance(price, found, row, k) <= tolerance;
    if (row->open)
        snprintf(row->why, sizeof row->why, "open: the samples leave the percentile as wide");
    else if (!row->predicted)
        say_why(row, tolerance);
}

struct session_facts {
    char date[32];
    double frequency_hz, gaps_per_s, stolen;
};

static struct session_facts facts_of(const struct tg_profile *profile)
{
    struct session_facts facts = {0};
    cJSON *host = profile->host ? cJSON_Parse(profile->host) : NULL;
    const char *date = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(host, "date"));
    const cJSON *frequency = cJSON_GetObjectItemCaseSensitive(host, "frequency_hz");
    snprintf(facts.date, sizeof facts.date, "%s", date && *date ? date : "another day");
    facts.frequency_hz = cJSON_IsNumber(frequency) ? frequency->valuedouble : 0;
    for (size_t i = 0; i < profile->noise_count; i++) {
        facts.gaps_per_s += profile->noises[i].rate_per_s;
        facts.stolen += profile->noises[i].rate_per_s * tg_dist_mean(&profile->noises[i].length) * 1e-9;
    }
    cJSON_Delete(host);
    return facts;
}

static void compare_sessions(const struct tg_profile *profile, const struct tg_profile *found,
                             struct tg_heldout *out)
{
    struct session_facts a = facts_of(profile), b = facts_of(found);
    int n = snprintf(out->sessions, sizeof out->sessions,
                     "%s to %s: gaps of jitter %.0f to %.0f a second, %.2g %% to %.2g %% of the time", a.date,
                     b.date, a.gaps_per_s, b.gaps_per_s, 100 * a.stolen, 100 * b.stolen);
    if (a.frequency_hz > 0 && b.frequency_hz > 0 && n > 0 && (size_t)n < sizeof out->sessions)
        snprintf(out->sessions + n, sizeof out->sessions - (size_t)n, ", core clock %.2f to %.2f GHz",
                 a.frequency_hz / 1e9, b.frequency_hz / 1e9);
}

static int calibrate_other(const struct tg_trace_set *other, struct tg_profile *found, struct tg_error *err)
{
    cJSON *json;
    int rc = tg_calibrate(other, "the other set", NULL, &json, err);
    if (rc)
        return rc;
    char *text = tg_json_print(json);
    rc = text ? tg_profile_read_text(text, "the other set", found, err)
              : tg_error_set(err, TG_ENOMEM, "out of memory");
    free(text);
    cJSON_Delete(json);
    return rc;
}

int tg_heldout_make(const struct tg_profile *profile, const struct tg_trace_set *other, double tolerance,
                    struct tg_heldout *out, struct tg_error *err)
{
    struct tg_profile found;
    *out = (struct tg_heldout){0};
    int rc = calibrate_other(other, &found, err);
    if (rc)
        return rc;
    out->rows = calloc(profile->price_count + 1, sizeof *out->rows);
    if (!out->rows)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < profile->price_count; i++) {
        const struct tg_price *price = tg_profile_price(&found, profile->prices[i].primitive);
        if (!price || profile->prices[i].inherited_from)
            continue;
        compare(&profile->prices[i], price, tolerance, &out->rows[out->count]);
        out->open += out->rows[out->count].open;
        out->predicted += out->rows[out->count++].predicted;
    }
    compare_sessions(profile, &found, out);
    tg_profile_release(&found);
    return rc;
}

void tg_heldout_release(struct tg_heldout *heldout)
{
    free(heldout->rows);
    *heldout = (struct tg_heldout){0};
}
