#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_calibrate.h"
#include "tg_catalog.h"
#include "tg_command.h"
#include "tg_file.h"
#include "tg_json.h"

struct options {
    char *output, *base, *name;
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "where the profile goes; only the table is printed if left out"},
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
    {.name = "json",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, json),
     .help = "print the profile as JSON in the place of the table"},
};

static char *format_ns(double ns, char *buf, size_t size)
{
    if (isnan(ns))
        snprintf(buf, size, "-");
    else
        tg_time_format(ns * 1e-9, buf, size);
    return buf;
}

static void print_price(const struct tg_price *p)
{
    char mean[32], low[32], high[32], median[32], p99[32], fast[32], interval[80];
    snprintf(interval, sizeof interval, "(%s to %s)", format_ns(p->low_ns, low, sizeof low),
             format_ns(p->high_ns, high, sizeof high));
    printf("%-18s %9s %-24s %9s %9s %9s %8lld %6lld  %s%s%s\n", p->primitive,
           format_ns(p->mean_ns, mean, sizeof mean), interval, format_ns(p->median_ns, median, sizeof median),
           format_ns(p->p99_ns, p99, sizeof p99), format_ns(p->fastest_decile_mean_ns, fast, sizeof fast),
           (long long)p->samples, (long long)p->jitter_hits, tg_provenance_names[p->provenance],
           p->inherited_from ? ", from " : "", p->inherited_from ? p->inherited_from : "");
}

static void print_table(const struct tg_profile *profile)
{
    printf("%s: %zu prices\n", profile->name, profile->price_count);
    printf("%-18s %9s %-24s %9s %9s %9s %8s %6s  %s\n", "primitive", "mean", "(95 % interval)", "median",
           "p99", "fast 10 %", "samples", "hits", "provenance");
    for (size_t i = 0; i < profile->price_count; i++)
        print_price(&profile->prices[i]);
    for (size_t i = 0; i < profile->noise_count; i++) {
        const struct tg_noise *n = &profile->noises[i];
        char rate[32], median[32], mean[32];
        printf("jitter '%s': %s %s, median %s, mean %s (%s)\n", n->name,
               tg_rate_format(n->rate_per_s, rate, sizeof rate), n->periodic ? "periodic" : "Poisson",
               format_ns(tg_dist_quantile(&n->length, 0.5), median, sizeof median),
               format_ns(tg_dist_mean(&n->length), mean, sizeof mean), tg_provenance_names[n->provenance]);
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

static void print_left_out(const cJSON *document)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(document, "left_out"))
        printf("left out: %s: %s\n", item->string, item->valuestring);
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
    if (!rc && o->json)
        puts(text);
    else if (!rc) {
        print_table(&profile);
        print_left_out(document);
    }
    free(text);
    tg_profile_release(&profile);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    struct tg_trace_set set;
    struct tg_profile base = {0};
    cJSON *document = NULL;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE,
                            "calibrate: give one trace set, a folder made by 'tollgate measure'");
    int rc = tg_trace_set_read(&set, operands->items[0], err);
    if (rc)
        return rc;
    if (o->base)
        rc = read_base(o->base, &base, err);
    if (!rc)
        rc = tg_calibrate(&set, set_name(operands->items[0]), o->base ? &base : NULL, &document, err);
    if (!rc)
        rc = finish(o, document, err);
    cJSON_Delete(document);
    tg_profile_release(&base);
    tg_trace_set_release(&set);
    return rc;
}

const struct tg_command tg_command_calibrate = {
    .name = "calibrate",
    .summary = "make a cost profile from a trace set",
    .operands = "TRACESET",
    .help = "Turns the raw samples of a trace set into a cost profile: for each primitive the law of its "
            "cost, its mean\n"
            "with a 95 % interval, and where it comes from. Samples that jitter hit are set aside: jitter is "
            "a price of\n"
            "its own. Prints the prices; -o writes the profile.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
