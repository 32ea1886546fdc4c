#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "calibrate_to.h"
#include "calibrate_words.h"
#include "tg_calibrate.h"
#include "tg_catalog.h"
#include "tg_command.h"
#include "tg_file.h"
#include "tg_fit_figure.h"
#include "tg_gnuplot.h"
#include "tg_heldout.h"
#include "tg_json.h"
#include "tg_scale.h"

struct options {
    char *output, *base, *name, *explain, *against, *figures;
    double scale_hz;
    struct tg_strings memory_bound;
    struct tg_calibrate_to_options to;
    bool json;
};

/* Percentiles of the other set are predicted within this. */
static const double tolerance = 0.1;
static const double share_wanted = 0.8;

static const struct tg_field fields[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "where the profile goes, or with --to the scenario; only tables are printed if left out"},
    {.name = "base",
     .letter = 'b',
     .kind = TG_STRING,
     .offset = offsetof(struct options, base),
     .metavar = "PROFILE",
     .help = "profile that gives the prices which the traces lack, by name or path"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct options, name),
     .metavar = "NAME",
     .help = "name of the profile; made from CPU and kernel if left out"},
    {.name = "explain",
     .kind = TG_STRING,
     .offset = offsetof(struct options, explain),
     .metavar = "PRIMITIVE",
     .help = "tell one price in words: fit, rivals, goodness, jitter"},
    {.name = "figures",
     .kind = TG_STRING,
     .offset = offsetof(struct options, figures),
     .metavar = "FOLDER",
     .help = "draw each price's histogram with its fit and quantile plot, and the jitter's timeline"},
    {.name = "against",
     .kind = TG_STRING,
     .offset = offsetof(struct options, against),
     .metavar = "TRACESET",
     .help =
         "show how well the profile predicts another set; status 1 where fewer than 80 % of the primitives "
         "are predicted, or open"},
    {.name = "scale-to",
     .kind = TG_FREQUENCY,
     .offset = offsetof(struct options, scale_hz),
     .flags = TG_POSITIVE,
     .metavar = "CLOCK",
     .help = "scale the prices to a machine of this clock, like \"866 MHz\""},
    {.name = "memory-bound",
     .kind = TG_STRINGS,
     .offset = offsetof(struct options, memory_bound),
     .metavar = "PRIMITIVE",
     .help = "leave this price alone when scaling; may be repeated"},
    {.name = "to",
     .kind = TG_STRING,
     .offset = offsetof(struct options, to.curve),
     .metavar = "CURVE",
     .help = "fit values of a scenario, so that its simulated curve matches this measured one"},
    {.name = "fit",
     .kind = TG_STRINGS,
     .offset = offsetof(struct options, to.keys),
     .metavar = "KEY[,KEY...]",
     .help = "what to fit to the curve, like server.costs.service,link.latency; may be repeated"},
    {.name = "technique",
     .letter = 't',
     .kind = TG_STRING,
     .offset = offsetof(struct options, to.technique),
     .metavar = "NAME",
     .help =
         "the scenario's technique that the curve was measured under; may be left out where there is one"},
    {.name = "match",
     .kind = TG_CHOICE,
     .offset = offsetof(struct options, to.match),
     .choices = tg_calibrate_match_names,
     .fallback = "both",
     .metavar = "WHAT",
     .help = "both, throughput or latency; both: latency where the curve has it"},
    {.name = "profile",
     .letter = 'p',
     .kind = TG_STRING,
     .offset = offsetof(struct options, to.profile),
     .metavar = "PROFILE",
     .help = "with --to: cost profile, by name or path, in the place of the scenario's"},
    {.name = "replications",
     .letter = 'n',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, to.replications),
     .metavar = "N",
     .min = 2,
     .max = 100000,
     .help = "with --to: replications, in the place of the scenario's"},
    {.name = "seed",
     .letter = 's',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, to.seed),
     .metavar = "N",
     .flags = TG_NONNEGATIVE,
     .fallback = "0",
     .help = "with --to: master seed, in the place of the scenario's (0: the scenario's)"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, to.threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "with --to: threads; as many as there are cores if left out"},
    {.name = "json",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, json),
     .help = "print the profile, or with --to the fit, as JSON in the place of the table"},
};

/* "lognormal, p 0.4": a fit that passes, with the smaller of its two p-values; "table (lognormal)": one that
 * does not. */
static char *goodness(const struct tg_price *p, char *buf, size_t size)
{
    if (!p->fit.family)
        snprintf(buf, size, "%s", p->law.family->name);
    else if (p->fit.passes)
        snprintf(buf, size, "%s, p %.2g", p->fit.family, fmin(p->fit.ks_p, p->fit.ad_p));
    else
        snprintf(buf, size, "table (%s)", p->fit.family);
    return buf;
}

static void print_price(const struct tg_price *p)
{
    char fit[64];
    char mean[32], low[32], high[32], median[32], p99[32], fast[32], interval[80];
    snprintf(interval, sizeof interval, "(%s to %s)", tg_calibrate_ns(p->low_ns, low, sizeof low),
             tg_calibrate_ns(p->high_ns, high, sizeof high));
    printf("%-18s %9s %-24s %9s %9s %9s %8lld %6lld  %-32s %s%s%s\n", p->primitive,
           tg_calibrate_ns(p->mean_ns, mean, sizeof mean), interval,
           tg_calibrate_ns(p->median_ns, median, sizeof median), tg_calibrate_ns(p->p99_ns, p99, sizeof p99),
           tg_calibrate_ns(p->fastest_decile_mean_ns, fast, sizeof fast), (long long)p->samples,
           (long long)p->jitter_hits, goodness(p, fit, sizeof fit), tg_provenance_names[p->provenance],
           p->inherited_from ? ", from " : "", p->inherited_from ? p->inherited_from : "");
}

static void print_table(const struct tg_profile *profile)
{
    printf("%s: %zu prices\n", profile->name, profile->price_count);
    printf("%-18s %9s %-24s %9s %9s %9s %8s %6s  %-32s %s\n", "primitive", "mean", "(95 % interval)",
           "median", "p99", "fast 10 %", "samples", "hits", "law (p of the worse test)", "provenance");
    for (size_t i = 0; i < profile->price_count; i++)
        print_price(&profile->prices[i]);
    for (size_t i = 0; i < profile->noise_count; i++) {
        const struct tg_noise *n = &profile->noises[i];
        char rate[32], median[32], mean[32];
        printf("jitter '%s': %s %s, median %s, mean %s (%s)\n", n->name,
               tg_rate_format(n->rate_per_s, rate, sizeof rate), n->periodic ? "periodic" : "Poisson",
               tg_calibrate_ns(tg_dist_quantile(&n->length, 0.5), median, sizeof median),
               tg_calibrate_ns(tg_dist_mean(&n->length), mean, sizeof mean),
               tg_provenance_names[n->provenance]);
    }
}

static int read_base(const char *reference, struct tg_profile *base, struct tg_error *err)
{
    char *path = NULL;
    int rc = tg_catalog_find(TG_CATALOG_HARDWARE, reference, NULL, &path, err);
    if (!rc)
        rc = tg_profile_read_file(path, base, err);
    free(path);
    return rc;
}

/* What sources call the set: the last part of its path. */
static const char *set_name(char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void print_disagreements(const struct tg_profile *profile)
{
    for (size_t i = 0; i < profile->price_count; i++) {
        const struct tg_price *p = &profile->prices[i];
        if (p->disagreement > 0.05)
            printf("the sets disagree on %s: their means spread by %.0f %% beyond their intervals\n",
                   p->primitive, 100 * p->disagreement);
    }
}

static void print_left_out(const cJSON *document)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(document, "left_out"))
        printf("left out: %s: %s\n", item->string, item->valuestring);
}

static int check_against(const struct options *o, const struct tg_profile *profile, struct tg_error *err)
{
    struct tg_trace_set other;
    struct tg_heldout heldout = {0};
    int rc = tg_trace_set_read(&other, o->against, err);
    if (rc)
        return rc;
    rc = tg_heldout_make(profile, &other, tolerance, &heldout, err);
    if (!rc) {
        tg_calibrate_print_heldout(&heldout, set_name(o->against), tolerance);
        if ((double)heldout.predicted < share_wanted * (double)heldout.count)
            rc = tg_error_set(err, TG_ECHECK, "%zu of %zu primitives are predicted, less than %.0f %%",
                              heldout.predicted, heldout.count, 100 * share_wanted);
    }
    tg_heldout_release(&heldout);
    tg_trace_set_release(&other);
    return rc;
}

static int show(const struct options *o, const struct tg_profile *profile, const char *text,
                const cJSON *document, struct tg_error *err)
{
    if (o->json) {
        puts(text);
        return TG_OK;
    }
    if (o->explain)
        return tg_calibrate_explain(profile, o->explain, err);
    if (o->against)
        return check_against(o, profile, err);
    print_table(profile);
    print_disagreements(profile);
    print_left_out(document);
    return TG_OK;
}

static int finish(const struct options *o, cJSON *document, struct tg_error *err)
{
    struct tg_profile profile;
    if (o->name)
        cJSON_ReplaceItemInObjectCaseSensitive(document, "name", cJSON_CreateString(o->name));
    char *text = tg_json_print(document);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    /* What is written is what was read back: a profile that its own reader refuses never reaches a file. */
    int rc = tg_profile_read_text(text, "profile", &profile, err);
    if (rc) {
        free(text);
        return tg_error_wrap(err, rc == TG_EINPUT ? TG_EBUG : rc, "calibrate");
    }
    if (o->output)
        rc = tg_file_write(o->output, text, strlen(text), err);
    if (!rc)
        rc = show(o, &profile, text, document, err);
    free(text);
    tg_profile_release(&profile);
    return rc;
}

/* Several sets of one machine make one profile. */
static int from_sets(const struct options *o, const struct tg_strings *operands, cJSON **document,
                     struct tg_error *err)
{
    struct tg_profile base = {0};
    struct tg_trace_set *sets = calloc(operands->count, sizeof *sets);
    const char **names = calloc(operands->count, sizeof *names);
    size_t n = 0;
    int rc = sets && names ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (; !rc && n < operands->count; n++) {
        rc = tg_trace_set_read(&sets[n], operands->items[n], err);
        if (rc)
            break;
        names[n] = set_name(operands->items[n]);
    }
    if (!rc && o->base)
        rc = read_base(o->base, &base, err);
    if (!rc)
        rc = tg_calibrate_sets(sets, names, n, o->base ? &base : NULL, document, err);
    for (size_t i = 0; i < n; i++)
        tg_trace_set_release(&sets[i]);
    tg_profile_release(&base);
    free(sets);
    free(names);
    return rc;
}

/* Of the first set; of one price where it is to be explained. */
static int draw(const struct options *o, const char *set_folder, const cJSON *document, struct tg_error *err)
{
    struct tg_trace_set set;
    struct tg_profile profile;
    char *text = tg_json_print(document), script[96];
    int rc = tg_gnuplot_check(err);
    rc = rc ? rc : tg_file_make_folder(o->figures, err);
    rc = rc ? rc : tg_profile_read_text(text ? text : "", "profile", &profile, err);
    free(text);
    if (rc)
        return rc;
    rc = tg_trace_set_read(&set, set_folder, err);
    if (rc) {
        tg_profile_release(&profile);
        return rc;
    }
    for (size_t i = 0; !rc && i < set.count; i++) {
        const char *name = set.traces[i].name;
        bool jitter = set.traces[i].is_jitter;
        if (jitter ? !set.traces[i].count : !tg_profile_price(&profile, name))
            continue;
        if (!jitter && o->explain && strcmp(o->explain, name) != 0)
            continue;
        rc = jitter ? tg_fit_figure_jitter(&set, o->figures, err)
                    : tg_fit_figure_price(&set, &profile, name, o->figures, err);
        snprintf(script, sizeof script, "%s.gp", name);
        rc = rc ? rc : tg_gnuplot_run(o->figures, script, err);
    }
    tg_trace_set_release(&set);
    tg_profile_release(&profile);
    return rc;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int from_profile(const char *reference, cJSON **document, struct tg_error *err)
{
    struct tg_profile profile;
    int rc = read_base(reference, &profile, err);
    if (rc)
        return rc;
    rc = tg_json_read_text(profile.text, profile.name, document, err);
    tg_profile_release(&profile);
    return rc;
}

static int scale(const struct options *o, cJSON **document, struct tg_error *err)
{
    struct tg_profile profile;
    char *text = tg_json_print(*document);
    int rc = text ? tg_profile_read_text(text, "profile", &profile, err)
                  : tg_error_set(err, TG_ENOMEM, "out of memory");
    free(text);
    if (rc)
        return rc;
    cJSON *scaled;
    rc = tg_scale(&profile, o->scale_hz, &o->memory_bound, &scaled, err);
    tg_profile_release(&profile);
    if (rc)
        return rc;
    cJSON_Delete(*document);
    *document = scaled;
    return TG_OK;
}

/* The options hold what they own; these share it. */
static int fit_scenario(const struct options *o, const struct tg_strings *operands, struct tg_error *err)
{
    struct tg_calibrate_to_options to = o->to;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE, "calibrate: with --to, give one scenario file");
    to.output = o->output;
    to.json = o->json;
    return tg_calibrate_to(&to, operands->items[0], err);
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    cJSON *document = NULL;
    if (o->to.curve)
        return fit_scenario(o, operands, err);
    if (o->to.keys.count)
        return tg_error_set(err, TG_EUSAGE, "calibrate: --fit goes with --to");
    if (operands->count < 1)
        return tg_error_set(err, TG_EUSAGE,
                            "calibrate: give a trace set, a folder made by 'tollgate measure'");
    if (o->figures && !is_folder(operands->items[0]))
        return tg_error_set(err, TG_EUSAGE, "calibrate: --figures needs a trace set");
    if (o->memory_bound.count && !(o->scale_hz > 0))
        return tg_error_set(err, TG_EUSAGE, "calibrate: --memory-bound goes with --scale-to");
    bool profile = operands->count == 1 && !is_folder(operands->items[0]) &&
                   (o->scale_hz > 0 || o->explain || o->against);
    int rc =
        profile ? from_profile(operands->items[0], &document, err) : from_sets(o, operands, &document, err);
    if (!rc && o->scale_hz > 0)
        rc = scale(o, &document, err);
    if (!rc)
        rc = finish(o, document, err);
    if (!rc && o->figures)
        rc = draw(o, operands->items[0], document, err);
    cJSON_Delete(document);
    return rc;
}

const struct tg_command tg_command_calibrate = {
    .name = "calibrate",
    .summary = "make a cost profile from a trace set",
    .operands = "TRACESET... | PROFILE | SCENARIO",
    .help = "Turns the raw samples of a trace set into a cost profile: for each primitive the law of its "
            "cost, its mean\n"
            "with a 95 % interval, and where it comes from. Samples that jitter hit are told apart: jitter "
            "is a price of\n"
            "its own. Several sets of one machine make one profile. Prints the prices; -o writes the "
            "profile. --explain,\n"
            "--against and --scale-to also take a profile, by name or path, in the place of trace sets.\n"
            "\n"
            "With --to and --fit it goes the other way: it looks for the values of a scenario that make its "
            "simulated\n"
            "curve match a measured one, gives their 95 % intervals and the error at the points it was not "
            "shown, and\n"
            "refuses what the curve does not identify. -o writes the scenario with the values, marked as "
            "fitted.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
