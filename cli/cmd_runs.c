#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_replay.h"
#include "tg_report.h"
#include "tg_run.h"
#include "tg_store.h"
#include "tg_table.h"
#include "tg_technique.h"
#include "tg_workers.h"

struct options {
    char *db;
    int64_t threads;
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "db",
     .kind = TG_STRING,
     .offset = offsetof(struct options, db),
     .metavar = "FILE",
     .help = "the run store (default: $TOLLGATE_DB, else runs.db in the user's data folder)"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "replay: threads; as many as there are cores if left out"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

static int print_json(cJSON *document, struct tg_error *err)
{
    char *text = document ? tg_json_print(document) : NULL;
    cJSON_Delete(document);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    printf("%s\n", text);
    free(text);
    return TG_OK;
}

/* list */

static void add_text(cJSON *object, const char *key, const char *text)
{
    cJSON_AddItemToObject(object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static int list_as_json(const struct tg_run_summary *runs, size_t count, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON *list = cJSON_AddArrayToObject(document, "runs");
    for (size_t i = 0; i < count; i++) {
        cJSON *run = cJSON_CreateObject();
        cJSON_AddNumberToObject(run, "id", (double)runs[i].id);
        add_text(run, "started_utc", runs[i].started_utc);
        add_text(run, "finished_utc", runs[i].finished_utc);
        add_text(run, "kind", runs[i].kind);
        add_text(run, "title", runs[i].title);
        add_text(run, "techniques", runs[i].techniques);
        cJSON_AddNumberToObject(run, "curves", (double)runs[i].curves);
        cJSON_AddNumberToObject(run, "points", (double)runs[i].points);
        cJSON_AddNumberToObject(run, "replications", (double)runs[i].replications);
        add_text(run, "status", runs[i].status);
        cJSON_AddItemToArray(list, run);
    }
    return print_json(document, err);
}

static int list_as_table(const struct tg_run_summary *runs, size_t count, struct tg_error *err)
{
    struct tg_table table;
    tg_table_begin(&table, "rllllrl");
    static const char *const heading[] = {"run",        "started (UTC)", "kind",  "title",
                                          "techniques", "points",        "status"};
    for (size_t i = 0; i < TG_COUNT(heading); i++)
        tg_table_cell(&table, "%s", heading[i]);
    for (size_t i = 0; i < count; i++) {
        tg_table_cell(&table, "%" PRId64, runs[i].id);
        tg_table_cell(&table, "%s", runs[i].started_utc);
        tg_table_cell(&table, "%s", runs[i].kind);
        tg_table_cell(&table, "%s", runs[i].title);
        tg_table_cell(&table, "%s", runs[i].techniques);
        tg_table_cell(&table, "%" PRId64, runs[i].points);
        tg_table_cell(&table, "%s", runs[i].status);
    }
    int rc = tg_table_print(&table, stdout, err);
    tg_table_release(&table);
    return rc;
}

static int list(struct tg_store *store, int64_t id, const struct options *o, struct tg_error *err)
{
    struct tg_run_summary *runs;
    size_t count;
    (void)id;
    int rc = tg_run_list(store, &runs, &count, err);
    if (rc)
        return rc;
    if (o->json)
        rc = list_as_json(runs, count, err);
    else if (count)
        rc = list_as_table(runs, count, err);
    else
        fprintf(stderr, "no runs yet in '%s'\n", tg_store_path(store));
    tg_run_list_release(runs, count);
    return rc;
}

/* show, delete */

static int show(struct tg_store *store, int64_t id, const struct options *o, struct tg_error *err)
{
    if (!o->json)
        return tg_report_text(store, id, stdout, err);
    cJSON *document = NULL;
    int rc = tg_report_json(store, id, &document, err);
    return rc ? rc : print_json(document, err);
}

static int delete_run(struct tg_store *store, int64_t id, const struct options *o, struct tg_error *err)
{
    int rc = tg_run_delete(store, id, err);
    if (!rc && o->json)
        printf("{\"schema\": 1, \"deleted\": %" PRId64 "}\n", id);
    else if (!rc)
        fprintf(stderr, "run %" PRId64 " is deleted from '%s'\n", id, tg_store_path(store));
    return rc;
}

/* replay */

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static void show_progress(void *context, const struct tg_technique *technique, size_t done, size_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[K%3zu %%  %s", 100 * done / total, technique->title);
    fflush(stderr);
}

static int replay_as_json(int64_t id, const struct tg_replay *r, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddNumberToObject(document, "run", (double)id);
    cJSON_AddNumberToObject(document, "replications", (double)r->replications);
    cJSON_AddNumberToObject(document, "same_replications", (double)r->same);
    cJSON_AddNumberToObject(document, "saturations", (double)r->saturations);
    cJSON_AddNumberToObject(document, "same_saturations", (double)r->same_saturations);
    add_text(document, "first_difference", *r->first ? r->first : NULL);
    add_text(document, "made_by", r->made_by);
    return print_json(document, err);
}

static int replay(struct tg_store *store, int64_t id, const struct options *o, struct tg_error *err)
{
    struct tg_replay r;
    const bool show = isatty(STDERR_FILENO);
    int rc = tg_replay_run(store, id, o->threads ? (unsigned)o->threads : tg_workers_cores(),
                           show ? show_progress : NULL, interrupted, &r, err);
    if (show)
        fprintf(stderr, "\r\033[K");
    if (rc)
        return rc;
    if (r.made_elsewhere)
        fprintf(stderr, "run %" PRId64 " was made by another program: %s\n", id, r.made_by);
    if (o->json)
        rc = replay_as_json(id, &r, err);
    else
        printf("run %" PRId64 ": %" PRId64 " of %" PRId64 " replications and %" PRId64 " of %" PRId64
               " saturation throughputs are the same to the bit\n",
               id, r.same, r.replications, r.same_saturations, r.saturations);
    if (!o->json && *r.first)
        printf("first difference: %s\n", r.first);
    const bool same = r.same == r.replications && r.same_saturations == r.saturations;
    return rc || same ? rc : tg_error_set(err, TG_ECHECK, "run %" PRId64 " is not the same again", id);
}

static const struct action {
    const char *name; /* the first operand */
    bool needs_id;
    enum tg_store_mode mode;
    int (*run)(struct tg_store *store, int64_t id, const struct options *o, struct tg_error *err);
} actions[] = {
    {"list", false, TG_STORE_READ, list},
    {"show", true, TG_STORE_READ, show},
    {"replay", true, TG_STORE_READ, replay},
    {"delete", true, TG_STORE_WRITE, delete_run},
};

static const struct action *find_action(const char *name, struct tg_error *err)
{
    for (size_t i = 0; i < TG_COUNT(actions); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    tg_error_set(err, TG_EUSAGE, "runs: '%s' is not one of list, show, replay and delete", name);
    return NULL;
}

static int read_id(const char *text, int64_t *id, struct tg_error *err)
{
    char *end;
    *id = strtoll(text, &end, 10);
    if (end == text || *end || *id <= 0)
        return tg_error_set(err, TG_EUSAGE, "runs: '%s' is not the number of a run", text);
    return TG_OK;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    const struct action *action = find_action(operands->count ? operands->items[0] : "list", err);
    int64_t id = 0;
    if (!action)
        return TG_EUSAGE;
    if (operands->count > 1 + (size_t)action->needs_id)
        return tg_error_set(err, TG_EUSAGE, "runs: '%s' is one word too many",
                            operands->items[operands->count - 1]);
    if (action->needs_id && operands->count < 2)
        return tg_error_set(err, TG_EUSAGE, "runs %s: the number of a run is needed", action->name);
    int rc = action->needs_id ? read_id(operands->items[1], &id, err) : TG_OK;
    struct tg_store *store = NULL;
    if (!rc) /* a store is not made in order to delete from it */
        rc = tg_store_open(&store, options->db, TG_STORE_READ, err);
    if (!rc && action->mode == TG_STORE_WRITE) {
        tg_store_close(store);
        rc = tg_store_open(&store, options->db, TG_STORE_WRITE, err);
    }
    if (!rc)
        rc = action->run(store, id, options, err);
    tg_store_close(store);
    return rc;
}

const struct tg_command tg_command_runs = {
    .name = "runs",
    .summary = "list, show, replay or delete stored runs",
    .operands = "[list | show RUN | replay RUN | delete RUN]",
    .help =
        "Lists the runs in the store, newest first; shows one with all its points; simulates a sweep again "
        "from what\n"
        "the store holds alone, and compares every replication (exit status 1 if any differs, to the bit); "
        "or "
        "deletes\n"
        "one with all its results. Only deleting changes the store.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
