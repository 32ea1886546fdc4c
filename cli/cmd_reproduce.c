#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reproduce_words.h"
#include "tg_command.h"
#include "tg_json.h"

struct options {
    int64_t draws, seed, threads;
    char *folder;
    bool check, explain, json, quiet;
};

static const struct tg_field fields[] = {
    {.name = "draws",
     .letter = 'n',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, draws),
     .metavar = "N",
     .min = 5,
     .max = 100000,
     .fallback = "40",
     .help = "draws of all that is not known"},
    {.name = "seed",
     .letter = 's',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, seed),
     .metavar = "N",
     .flags = TG_POSITIVE,
     .max = 1e9,
     .fallback = "1",
     .help = "master seed"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "threads; as many as there are cores if left out"},
    {.name = "check",
     .letter = 'c',
     .kind = TG_FLAG,
     .offset = offsetof(struct options, check),
     .help = "exit with status 1 if a claim is missed"},
    {.name = "explain",
     .letter = 'e',
     .kind = TG_FLAG,
     .offset = offsetof(struct options, explain),
     .help = "for claims that are not met: the priors that move them, and what these would have to be"},
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = offsetof(struct options, folder),
     .metavar = "DIR",
     .help = "draw the counterparts of the study's figures into this folder (takes longer)"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
    {.name = "quiet",
     .letter = 'q',
     .kind = TG_FLAG,
     .offset = offsetof(struct options, quiet),
     .help = "no progress"},
};

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static void show_progress(void *context, size_t done, size_t total)
{
    const char *name = context;
    fprintf(stderr, "\r\033[K%s: %zu of %zu draws", name, done, total);
    fflush(stderr);
}

/* Once more with the prototype's price, for the claims that hang on it. */
static int reproduce_prototype(const struct tg_reproduction *published, struct tg_reproduce_options options,
                               struct reproduce_page *page, struct tg_error *err)
{
    struct tg_study study;
    struct tg_prototype prototype;
    struct tg_reproduction r;
    options.only = tg_prototype_claims;
    options.explain = false;
    int rc = tg_study_read(published->study->name, &study, err);
    if (rc)
        return rc;
    rc = tg_measure_prototype(&study, &prototype, err);
    rc = rc ? rc : tg_reproduce(&study, &options, &r, err);
    if (!rc) {
        rc = reproduce_add_prototype(page, published, &r, &prototype, err);
        tg_reproduction_release(&r);
    }
    tg_study_release(&study);
    return rc;
}

static int reproduce_alternatives(const struct tg_study *study, const struct tg_reproduce_options *options,
                                  struct reproduce_page *page, struct tg_error *err)
{
    struct tg_alternative_outcome outcomes[TG_ALTERNATIVES_MAX];
    struct tg_alternative_options how = {.seed = options->seed,
                                         .draws = options->draws,
                                         .threads = options->threads,
                                         .context = options->context,
                                         .interrupted = options->interrupted};
    size_t count;
    int rc = tg_alternatives_run(study, &how, outcomes, &count, err);
    return rc || !count ? rc : reproduce_add_alternatives(page, outcomes, count, err);
}

static int reproduce(const char *name, const struct options *o, struct reproduce_page *page,
                     struct tg_error *err)
{
    struct tg_study study;
    struct tg_reproduction r;
    bool tty = isatty(STDERR_FILENO) && !o->quiet;
    struct tg_reproduce_options options = {.draws = (size_t)o->draws,
                                           .seed = (uint64_t)o->seed,
                                           .threads = o->threads ? (unsigned)o->threads : tg_workers_cores(),
                                           .explain = o->explain,
                                           .context = (char *)name,
                                           .progress = tty ? show_progress : NULL,
                                           .interrupted = interrupted};
    int rc = tg_study_read(name, &study, err);
    if (rc)
        return rc;
    rc = tg_reproduce(&study, &options, &r, err);
    if (tty)
        fputs("\r\033[K", stderr);
    if (!rc) {
        rc = reproduce_add(page, &r, o->explain, err);
        if (!rc && strcmp(study.name, "plugins") == 0)
            rc = reproduce_prototype(&r, options, page, err);
        rc = rc ? rc : reproduce_alternatives(&study, &options, page, err);
        if (tty)
            fputs("\r\033[K", stderr);
        if (!rc && o->folder)
            rc = reproduce_draw_figures(&r, o->folder, options.threads, err);
        tg_reproduction_release(&r);
    }
    tg_study_release(&study);
    return rc;
}

static int check_missed(const struct reproduce_page *page, struct tg_error *err)
{
    return page->missed ? tg_error_set(err, TG_ECHECK, "reproduce: %zu of %zu claims are missed",
                                       page->missed, page->claims)
                        : TG_OK;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    static const char *const all[] = {"plugins", "osv"};
    const struct options *o = opaque;
    struct reproduce_page page;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE, "reproduce: say which study: plugins, osv or all");
    const char *which = operands->items[0];
    bool both = strcmp(which, "all") == 0;
    int rc = reproduce_begin(&page, o->json, err);
    for (size_t i = 0; !rc && i < (both ? TG_COUNT(all) : 1); i++)
        rc = reproduce(both ? all[i] : which, o, &page, err);
    rc = rc ? rc : reproduce_end(&page, err);
    if (!rc && o->check)
        rc = check_missed(&page, err);
    reproduce_release(&page);
    return rc;
}

const struct tg_command tg_command_reproduce = {
    .name = "reproduce",
    .summary = "simulate a published study, and compare all its claims",
    .operands = "plugins|osv|all",
    .help = "Simulates the systems of a published study over draws of all that is not known about them, and "
            "prints\n"
            "every claim beside what was simulated: the median over draws, with the interval from the 5th to "
            "the\n"
            "95th percentile. In each draw the targets are fitted first; all other claims are predicted.\n"
            "  met         the median is in the published range, or within 10 % of the published value\n"
            "  consistent  the interval reaches the published value or range\n"
            "  missed      neither; docs/model.md gives the reason\n"
            "Claims marked 'must' are those that the simulator stands or falls with.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
