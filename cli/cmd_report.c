#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_report.h"
#include "tg_run.h"
#include "tg_store.h"

struct options {
    char *db, *folder;
    int format;
    bool json;
};

enum { FORMAT_TEXT, FORMAT_HTML, FORMAT_ALL };

static const char *const formats[] = {"text", "html", "all", NULL};

static const struct tg_field fields[] = {
    {.name = "db",
     .kind = TG_STRING,
     .offset = offsetof(struct options, db),
     .metavar = "FILE",
     .help = "the run store (default: $TOLLGATE_DB, else runs.db in the user's data folder)"},
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = offsetof(struct options, folder),
     .metavar = "FOLDER",
     .help = "where the files go (default: tollgate-run-N in the current folder)"},
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct options, format),
     .choices = formats,
     .fallback = "all",
     .metavar = "WHAT",
     .help = "text: print all of the run as text; html: write one page; all: write text, page, and the "
             "figures as "
             "SVG, PNG and gnuplot scripts"},
    {.name = "json",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, json),
     .help = "print the list of files as JSON"},
};

static int read_id(const char *text, int64_t *id, struct tg_error *err)
{
    char *end;
    *id = strtoll(text, &end, 10);
    if (end == text || *end || *id <= 0)
        return tg_error_set(err, TG_EUSAGE, "report: '%s' is not the number of a run", text);
    return TG_OK;
}

static int print_json(int64_t id, const struct tg_strings *files, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddNumberToObject(document, "run", (double)id);
    cJSON *list = cJSON_AddArrayToObject(document, "files");
    for (size_t i = 0; i < files->count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(files->items[i]));
    char *text = tg_json_print(document);
    cJSON_Delete(document);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    printf("%s\n", text);
    free(text);
    return TG_OK;
}

static int print_text(struct tg_store *store, int64_t id, bool json, struct tg_error *err)
{
    if (!json)
        return tg_report_text(store, id, stdout, err);
    cJSON *document = NULL;
    int rc = tg_report_json(store, id, &document, err);
    char *text = rc ? NULL : tg_json_print(document);
    cJSON_Delete(document);
    if (!rc && !text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        printf("%s\n", text);
    free(text);
    return rc;
}

static int write_files(struct tg_store *store, int64_t id, const struct options *options,
                       struct tg_error *err)
{
    char fallback[48];
    struct tg_strings files = {0};
    snprintf(fallback, sizeof fallback, "tollgate-run-%" PRId64, id);
    int rc = tg_report_write(store, id, options->folder ? options->folder : fallback,
                             options->format == FORMAT_HTML ? TG_REPORT_PAGE : TG_REPORT_ALL, &files, err);
    if (!rc && options->json)
        rc = print_json(id, &files, err);
    else if (!rc) {
        rc = tg_report_table(store, id, stdout, err);
        for (size_t i = 0; i < files.count; i++)
            fprintf(stderr, "wrote %s\n", files.items[i]);
    }
    tg_strings_release(&files);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    struct tg_store *store = NULL;
    int64_t id = 0;
    if (operands->count > 1)
        return tg_error_set(err, TG_EUSAGE, "report: one run at a time, but '%s' follows",
                            operands->items[1]);
    int rc = operands->count ? read_id(operands->items[0], &id, err) : TG_OK;
    if (!rc)
        rc = tg_store_open(&store, options->db, TG_STORE_READ, err);
    if (!rc && !operands->count)
        rc = tg_run_latest(store, &id, err);
    if (!rc)
        rc = options->format == FORMAT_TEXT ? print_text(store, id, options->json, err)
                                            : write_files(store, id, options, err);
    tg_store_close(store);
    return rc;
}

const struct tg_command tg_command_report = {
    .name = "report",
    .summary = "draw a stored run: table, figures, one HTML page",
    .operands = "[RUN]",
    .help = "Draws a run from the store alone; without a number, the newest that is done. The page needs "
            "nothing from "
            "outside and has no scripts. Each figure comes as SVG and PNG, and with the gnuplot script that "
            "drew it, "
            "data included, to be changed and drawn again. Figures need gnuplot; text does not.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
