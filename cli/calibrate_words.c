#include "calibrate_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_text.h"

char *tg_calibrate_ns(double ns, char *buf, size_t size)
{
    if (isnan(ns))
        snprintf(buf, size, "-");
    else
        tg_time_format(ns * 1e-9, buf, size);
    return buf;
}

static void print_estimate(const char *what, double ns, double low, double high)
{
    char a[32], b[32], c[32];
    printf("  %-22s %s", what, tg_calibrate_ns(ns, a, sizeof a));
    if (!isnan(low) && !isnan(high))
        printf(" (95 %%: %s to %s)", tg_calibrate_ns(low, b, sizeof b), tg_calibrate_ns(high, c, sizeof c));
    putchar('\n');
}

static void explain_price(const struct tg_price *p)
{
    printf("%s: %s, %s\n", p->primitive, tg_provenance_names[p->provenance], p->source);
    print_estimate("mean", p->mean_ns, p->low_ns, p->high_ns);
    print_estimate("median", p->median_ns, p->median_low_ns, p->median_high_ns);
    print_estimate("99th percentile", p->p99_ns, p->p99_low_ns, p->p99_high_ns);
    print_estimate("fastest tenth", p->fastest_decile_mean_ns, NAN, NAN);
    if (p->samples)
        printf("  samples                %lld, and %lld that jitter or other processes hit\n",
               (long long)p->samples, (long long)p->jitter_hits);
    if (p->jitter_method == 2)
        printf("  each sample is hit more often than not: all were divided by one factor, and their spread "
               "holds jitter's\n");
    if (p->ljung_box_p < 0.01)
        printf(
            "  neighbouring samples resemble each other (Ljung-Box p = %.2g): intervals come from blocks of "
            "%lld\n",
            p->ljung_box_p, (long long)p->block);
    if (p->disagreement > 0)
        printf("  the trace sets' means spread by %.2g %% beyond their intervals\n", 100 * p->disagreement);
}

struct rival {
    const char *name;
    double bic;
};

static int by_bic(const void *a, const void *b)
{
    const struct rival *x = a, *y = b;
    return (x->bic > y->bic) - (x->bic < y->bic);
}

/* The rivals stand in the profile's text alone. */
static void print_rivals(const struct tg_profile *profile, const char *primitive, double best)
{
    enum { RIVALS_MAX = 64, SHOWN = 5 };
    struct rival rivals[RIVALS_MAX];
    size_t n = 0;
    cJSON *json = cJSON_Parse(profile->text);
    const cJSON *item, *list = cJSON_GetObjectItemCaseSensitive(json, "costs");
    list = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(list, primitive), "fit");
    list = cJSON_GetObjectItemCaseSensitive(list, "rivals");
    cJSON_ArrayForEach(item, list)
    {
        if (n < RIVALS_MAX)
            rivals[n++] = (struct rival){item->string, item->valuedouble};
    }
    qsort(rivals, n, sizeof *rivals, by_bic);
    for (size_t i = 0; i < n && i < SHOWN; i++)
        printf("    rival: %-28s BIC %.1f higher\n", rivals[i].name, rivals[i].bic - best);
    cJSON_Delete(json);
}

static void explain_fit(const struct tg_profile *profile, const struct tg_price *p)
{
    const struct tg_price_fit *f = &p->fit;
    if (!f->family) {
        printf("  law                    %s, given\n", p->law.family->name);
        return;
    }
    printf("  best family            %s, BIC %.1f over %lld samples\n", f->family, f->bic,
           (long long)f->samples);
    printf("    Kolmogorov-Smirnov %.3g (p = %.2g), Anderson-Darling %.3g (p = %.2g), %lld samples tested\n",
           f->ks, f->ks_p, f->ad, f->ad_p, (long long)f->tested);
    printf("    %s\n", f->passes ? "passes: the fit is the law"
                                 : "does not pass, or misses the mean: the quantile table is the law");
    print_rivals(profile, p->primitive, f->bic);
    if (!isnan(p->tail.shape)) {
        char at[32];
        printf(
            "  tail                   generalized Pareto of shape %.2g above %s (%.2g %% of the costs)%s\n",
            p->tail.shape, tg_calibrate_ns(p->tail.threshold_ns, at, sizeof at), 100 * p->tail.share,
            p->tail.shape > 0.3 ? ": heavy, the mean is learnt slowly" : "");
    }
}

static void explain_slope(const struct tg_price *p)
{
    const struct tg_price_slope *s = &p->slope;
    if (!s->argument)
        return;
    char fixed[32], low[32], high[32];
    printf("  slope                  %s + %.4g ns for each of %s, from %g to %g\n",
           tg_calibrate_ns(s->fixed_ns, fixed, sizeof fixed), s->ns_per_unit, s->argument, s->from, s->to);
    printf("    95 %%: fixed %s to %s, slope %.4g to %.4g ns; medians lie up to %.2g %% off the line%s\n",
           tg_calibrate_ns(s->fixed_low_ns, low, sizeof low),
           tg_calibrate_ns(s->fixed_high_ns, high, sizeof high), s->low_ns_per_unit, s->high_ns_per_unit,
           100 * s->misfit, s->misfit > 0.1 ? ": no line" : "");
}

static void explain_by_argument(const struct tg_price *p)
{
    const struct tg_by_argument *by = &p->by_argument;
    char mean[32], low[32], high[32];
    for (size_t i = 0; i < by->count; i++) {
        const struct tg_law_at *m = &by->more[i];
        printf("  with %s = %g: mean %s, 95 %%: %s to %s\n", by->argument, m->at,
               tg_calibrate_ns(m->mean_ns, mean, sizeof mean), tg_calibrate_ns(m->low_ns, low, sizeof low),
               tg_calibrate_ns(m->high_ns, high, sizeof high));
    }
}

static void explain_difference(const struct tg_price *p)
{
    if (isnan(p->explained_ns) || isnan(p->raw_mean_ns))
        return;
    double turns = isnan(p->turns_ns) ? 0 : p->turns_ns;
    double spread = p->mean_ns - p->fastest_decile_mean_ns, all = p->explained_ns + turns + p->unexplained_ns;
    char a[32], b[32], c[32], d[32], e[32];
    printf("  The mean of all samples, %s, is %s above that of the fastest tenth: the cost's own spread\n",
           tg_calibrate_ns(p->raw_mean_ns, a, sizeof a), tg_calibrate_ns(all, b, sizeof b));
    printf("  explains %s of it, jitter %s, turns of other processes %s; %s (%.1f %%) stays unexplained.\n",
           tg_calibrate_ns(spread, c, sizeof c), tg_calibrate_ns(p->explained_ns - spread, d, sizeof d),
           tg_calibrate_ns(turns, a, sizeof a), tg_calibrate_ns(p->unexplained_ns, e, sizeof e),
           all > 0 ? 100 * p->unexplained_ns / all : 0);
}

int tg_calibrate_explain(const struct tg_profile *profile, const char *primitive, struct tg_error *err)
{
    const struct tg_price *p = tg_profile_price(profile, primitive);
    if (!p) {
        const char **names = calloc(profile->price_count + 1, sizeof *names);
        for (size_t i = 0; names && i < profile->price_count; i++)
            names[i] = profile->prices[i].primitive;
        const char *nearest = names ? tg_text_nearest(primitive, names) : NULL;
        int rc = nearest ? tg_error_set(err, TG_EINPUT, "there is no price of '%s'; did you mean '%s'?",
                                        primitive, nearest)
                         : tg_error_set(err, TG_EINPUT, "there is no price of '%s'", primitive);
        free(names);
        return rc;
    }
    explain_price(p);
    explain_fit(profile, p);
    explain_slope(p);
    explain_by_argument(p);
    explain_difference(p);
    return TG_OK;
}

static void print_row(const struct tg_heldout_row *row)
{
    char p[3][24], f[3][24], worst[24] = "-"; /* of what was found to be 0 there is no percentage */
    for (int k = 0; k < 3; k++) {
        tg_calibrate_ns(row->predicted_ns[k], p[k], sizeof p[k]);
        tg_calibrate_ns(row->found_ns[k], f[k], sizeof f[k]);
    }
    if (isfinite(row->worst))
        snprintf(worst, sizeof worst, "%.1f %%", 100 * row->worst);
    printf("%-22s %9s %9s %9s  %9s %9s %9s  %8s  %s\n", row->name, p[0], p[1], p[2], f[0], f[1], f[2], worst,
           row->predicted ? "yes" : row->why);
}

void tg_calibrate_print_heldout(const struct tg_heldout *heldout, const char *set, double tolerance)
{
    printf("prediction of %s: p10, p50 and p90 within %.0f %%\n", set, 100 * tolerance);
    printf("%-22s %29s  %29s  %8s  %s\n", "primitive", "predicted", "found", "worst", "predicted?");
    for (size_t i = 0; i < heldout->count; i++)
        print_row(&heldout->rows[i]);
    printf("%s\n", heldout->sessions);
    double all = heldout->count ? (double)heldout->count : 1;
    size_t both = heldout->predicted + heldout->open;
    printf("%zu of %zu primitives predicted (%.0f %%); with %zu that the samples leave open, %zu (%.0f %%)\n",
           heldout->predicted, heldout->count, 100 * (double)heldout->predicted / all, heldout->open, both,
           100 * (double)both / all);
}
