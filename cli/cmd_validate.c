#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_command.h"
#include "tg_coverage.h"
#include "tg_json.h"
#include "tg_theory.h"
#include "validate_live.h"

struct options {
    bool coverage;
    int64_t seeds;
    struct validate_live_options live;
};

static const struct tg_field fields[] = {
    {.name = "coverage",
     .letter = 'c',
     .kind = TG_FLAG,
     .offset = offsetof(struct options, coverage),
     .help =
         "also run the coverage experiment: how many of the intervals of sequential stopping hold the truth"},
    {.name = "seeds",
     .letter = 'n',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, seeds),
     .metavar = "N",
     .min = 10,
     .max = 1000000,
     .fallback = "1000",
     .help = "runs of the coverage experiment"},
    {.name = "seed",
     .letter = 's',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, live.seed),
     .metavar = "N",
     .flags = TG_POSITIVE,
     .fallback = "1",
     .help = "master seed"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, live.threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "threads; as many as there are cores if left out"},
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = offsetof(struct options, live.output),
     .metavar = "DIR",
     .help = "live: where all goes (default: a folder named by the time); replay: where comparison and "
             "figures go"},
    {.name = "quick",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, live.quick),
     .help = "live: a few systems, in under a minute"},
    {.name = "all",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, live.all),
     .help = "live: every system, also those that say little"},
    {.name = "server-cpu",
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, live.server_cpu),
     .metavar = "N",
     .fallback = "0",
     .max = 4095,
     .help = "live: the server's CPU, on which the probes run too"},
    {.name = "client-cpu",
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, live.client_cpu),
     .metavar = "N",
     .fallback = "1",
     .max = 4095,
     .help = "live: the client's CPU"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, live.json), .help = "print as JSON"},
};

static const char *verdict(bool met)
{
    return met ? "met" : "missed";
}

/* Shows on a terminal what is under way, and asks for the interrupt. */
struct progress {
    const char *what;
    size_t started, total;
    bool terminal;
};

static bool on_job(void *context)
{
    struct progress *p = context;
    p->started++;
    if (p->terminal && p->total)
        fprintf(stderr, "\r%s: %zu of %zu", p->what, p->started, p->total);
    return tg_command_interrupted();
}

static void clear_progress(const struct progress *p)
{
    if (p->terminal)
        fprintf(stderr, "\r%*s\r", 60, "");
}

static void print_check(const struct tg_theory_check *c)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", c->model->name, c->quantity->name);
    printf("%-34s %10.6g %10.6g  %10.6g to %-10.6g %6.2f  %s%s\n", name, c->expected, c->estimate.mean,
           c->estimate.low, c->estimate.high, c->z, verdict(c->met), c->extended ? " (sample extended)" : "");
}

static cJSON *check_json(const struct tg_theory_check *c)
{
    char name[64];
    cJSON *json = cJSON_CreateObject();
    snprintf(name, sizeof name, "%s.%s", c->model->name, c->quantity->name);
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "model", c->model->title);
    cJSON_AddStringToObject(json, "unit", c->quantity->unit);
    tg_json_add_number(json, "expected", c->expected);
    tg_json_add_number(json, "estimate", c->estimate.mean);
    tg_json_add_number(json, "low", c->estimate.low);
    tg_json_add_number(json, "high", c->estimate.high);
    tg_json_add_number(json, "level", c->estimate.level);
    tg_json_add_number(json, "z", c->z);
    cJSON_AddBoolToObject(json, "extended", c->extended);
    cJSON_AddStringToObject(json, "verdict", verdict(c->met));
    return json;
}

static void print_coverage(const struct tg_coverage *c)
{
    printf("%-13s nominal %.1f %%, measured %.1f %% (%.1f to %.1f) of %zu seeds; "
           "%.3g million customers a run, theory needs %.2g (%.2f times): %s\n",
           c->quantity, 100 * c->nominal, 100 * c->measured.mean, 100 * c->measured.low,
           100 * c->measured.high, c->seeds, c->customers.mean * 1e-6, c->needed_customers * 1e-6,
           c->customers.mean / c->needed_customers, verdict(c->met));
}

static cJSON *coverage_json(const struct tg_coverage *c)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "quantity", c->quantity);
    tg_json_add_number(json, "truth", c->truth_us);
    tg_json_add_number(json, "mean_estimate", c->mean_estimate_us);
    cJSON_AddStringToObject(json, "unit", "us");
    tg_json_add_number(json, "nominal", c->nominal);
    tg_json_add_number(json, "measured", c->measured.mean);
    tg_json_add_number(json, "low", c->measured.low);
    tg_json_add_number(json, "high", c->measured.high);
    tg_json_add_number(json, "seeds", (double)c->seeds);
    tg_json_add_number(json, "mean_customers", c->customers.mean);
    tg_json_add_number(json, "needed_customers", c->needed_customers);
    cJSON_AddStringToObject(json, "verdict", verdict(c->met));
    return json;
}

/* What a validation is run with, and what comes of it. */
struct validation {
    const struct options *options;
    const struct tg_strings *names; /* which models; the first name is that of the validation itself */
    struct tg_workers workers;
    struct progress progress;
    cJSON *json; /* NULL: print as text */
    size_t checks, missed;
};

static bool wanted(const struct validation *v, const struct tg_theory_model *model)
{
    for (size_t i = 1; i < v->names->count; i++) {
        if (strcmp(v->names->items[i], model->name) == 0)
            return true;
    }
    return v->names->count == 1;
}

static int run_model(struct validation *v, const struct tg_theory_model *model, cJSON *list,
                     struct tg_error *err)
{
    struct tg_theory_check checks[TG_THEORY_QUANTITIES];
    v->progress = (struct progress){
        .what = model->name, .total = model->replications, .terminal = v->progress.terminal};
    int rc = tg_theory_run(model, (uint64_t)v->options->live.seed, &v->workers, checks, err);
    clear_progress(&v->progress);
    for (size_t i = 0; !rc && i < tg_theory_quantity_count(model); i++) {
        v->checks++;
        v->missed += !checks[i].met;
        if (list)
            cJSON_AddItemToArray(list, check_json(&checks[i]));
        else
            print_check(&checks[i]);
    }
    return rc;
}

static int run_models(struct validation *v, struct tg_error *err)
{
    cJSON *list = v->json ? cJSON_AddArrayToObject(v->json, "checks") : NULL;
    int rc = TG_OK;
    if (!list)
        printf("%-34s %10s %10s  %10s to %-10s %6s\n", "check", "expected", "estimate", "low", "high", "z");
    for (const struct tg_theory_model *const *m = tg_theory_models; !rc && *m; m++) {
        if (wanted(v, *m))
            rc = run_model(v, *m, list, err);
    }
    return rc;
}

static int run_coverage(struct validation *v, struct tg_error *err)
{
    struct tg_coverage coverages[TG_COVERAGES];
    v->progress = (struct progress){
        .what = "coverage", .total = (size_t)v->options->seeds, .terminal = v->progress.terminal};
    int rc = tg_coverage_run((uint64_t)v->options->live.seed, (size_t)v->options->seeds, &v->workers,
                             coverages, err);
    clear_progress(&v->progress);
    cJSON *list = !rc && v->json ? cJSON_AddArrayToObject(v->json, "coverage") : NULL;
    if (!rc && !list)
        printf("\ncoverage: M/M/1 at load 0.9, stopped at a half-width of 5 %%\n");
    for (int i = 0; !rc && i < TG_COVERAGES; i++) {
        v->checks++;
        v->missed += !coverages[i].met;
        if (list)
            cJSON_AddItemToArray(list, coverage_json(&coverages[i]));
        else
            print_coverage(&coverages[i]);
    }
    return rc;
}

static int check_names(const struct tg_strings *names, struct tg_error *err)
{
    for (size_t i = 1; i < names->count; i++) {
        if (!tg_theory_find(names->items[i]))
            return tg_error_set(err, TG_EUSAGE, "validate theory: there is no model '%s'", names->items[i]);
    }
    return TG_OK;
}

static int validate_theory(struct validation *v, struct tg_error *err)
{
    int rc = check_names(v->names, err);
    if (!rc)
        rc = run_models(v, err);
    if (!rc && v->options->coverage)
        rc = run_coverage(v, err);
    return rc;
}

static int finish(struct validation *v, struct tg_error *err)
{
    if (v->json) {
        char *text = tg_json_print(v->json);
        if (!text)
            return tg_error_set(err, TG_ENOMEM, "out of memory");
        puts(text);
        free(text);
    } else {
        printf("\n%zu checks, %zu missed\n", v->checks, v->missed);
    }
    if (v->missed)
        return tg_error_set(err, TG_ECHECK, "%zu of %zu checks missed", v->missed, v->checks);
    return TG_OK;
}

/* The queues of theory. */
static int run_theory(const struct options *o, const struct tg_strings *operands, struct tg_error *err)
{
    struct validation v = {.options = o, .names = operands};
    v.progress.terminal = isatty(STDERR_FILENO);
    v.workers =
        (struct tg_workers){.threads = o->live.threads ? (unsigned)o->live.threads : tg_workers_cores(),
                            .interrupted = on_job,
                            .interrupted_context = &v.progress};
    if (o->live.json) {
        v.json = cJSON_CreateObject();
        cJSON_AddNumberToObject(v.json, "schema", 1);
    }
    int rc = validate_theory(&v, err);
    if (!rc)
        rc = finish(&v, err);
    cJSON_Delete(v.json);
    return rc;
}

static struct tg_strings behind(const struct tg_strings *operands)
{
    return (struct tg_strings){operands->items + 1, operands->count - 1};
}

static int run_live(const struct options *o, const struct tg_strings *operands, struct tg_error *err)
{
    const struct tg_strings systems = behind(operands);
    return validate_live(&o->live, &systems, err);
}

static int run_replay(const struct options *o, const struct tg_strings *operands, struct tg_error *err)
{
    const struct tg_strings folders = behind(operands);
    return validate_replay(&o->live, &folders, err);
}

static const struct {
    const char *name;
    int (*run)(const struct options *options, const struct tg_strings *operands, struct tg_error *err);
} kinds[] = {
    {"theory", run_theory},
    {"live", run_live},
    {"replay", run_replay},
};

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    for (size_t i = 0; operands->count && i < TG_COUNT(kinds); i++) {
        if (strcmp(operands->items[0], kinds[i].name) == 0)
            return kinds[i].run(opaque, operands, err);
    }
    return tg_error_set(err, TG_EUSAGE, "validate: say what against: theory, live or replay");
}

const struct tg_command tg_command_validate = {
    .name = "validate",
    .summary = "check the engine against queueing theory, and predictions against this machine",
    .operands = "theory [MODEL...] | live [SYSTEM...] | replay DIR [SYSTEM...]",
    .help =
        "theory: runs queues of which theory knows the answer, and prints expected value, estimate, "
        "interval, z and "
        "verdict\nof each quantity; all models, or those named. A right engine misses a check with "
        "probability "
        "1e-6: where the\n99 % interval does not hold the expected value, a fresh sample of four times the "
        "size "
        "decides by its 99.99 %\ninterval. With --coverage, counts how many intervals of sequential stopping "
        "hold the truth.\n\n"
        "live: measures this machine's primitives, predicts the saturation and latency of real servers on "
        "it, keeps\nthe predictions, runs the servers in the testbed, and compares. A system is a name or a "
        "pattern. Needs root;\nabout 17 minutes, --quick one. docs/validation.md tells the whole "
        "story.\n\n"
        "replay: predicts again from a folder that 'live' wrote, and compares with what was measured "
        "then;\nsays which systems, if any, are not predicted as recorded, to the bit."
        "\n\nExit status 1 where a check is missed.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
