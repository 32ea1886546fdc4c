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
    double shift = row->predicted_ns[1] > 0 ? row->found_ns[1] / row->predicted_ns[1] : NAN;
    if (fabs(low - middle) <= tolerance && fabs(high - middle) <= tolerance)
        snprintf(row->why, sizeof row->why, "all of it changed by a factor of %.3g", shift);
    else if (fabs(middle) <= tolerance)
        snprintf(row->why, sizeof row->why, "the median agrees; the %s differs",
                 fabs(high) > tolerance ? fabs(low) > tolerance ? "spread" : "slow end" : "fast end");
    else
        snprintf(row->why, sizeof row->why, "the median changed by a factor of %.3g, the spread too", shift);
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
    if (!row->predicted)
        say_why(row, tolerance);
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
        out->predicted += out->rows[out->count++].predicted;
    }
    tg_profile_release(&found);
    return rc;
}

void tg_heldout_release(struct tg_heldout *heldout)
{
    free(heldout->rows);
    *heldout = (struct tg_heldout){0};
}
