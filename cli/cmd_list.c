#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_command.h"
#include "tg_dist.h"
#include "tg_json.h"
#include "tg_profile.h"
#include "tg_runs_on.h"
#include "tg_server.h"
#include "tg_study.h"
#include "tg_technique.h"
#include "tg_workload.h"

struct options {
    char *profile, *server;
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "profile",
     .letter = 'p',
     .kind = TG_STRING,
     .offset = offsetof(struct options, profile),
     .metavar = "PROFILE",
     .help = "of techniques: say which run on this machine, and which price is missing where not"},
    {.name = "server",
     .letter = 's',
     .kind = TG_STRING,
     .offset = offsetof(struct options, server),
     .metavar = "SERVER",
     .help = "with --profile: with this server; with each of them if left out"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

/* One thing that can be listed. The texts are its own. */
struct row {
    char *title, *help;
};

static void row_release(struct row *row)
{
    free(row->title);
    free(row->help);
    *row = (struct row){0};
}

/* What a file says of itself in a comment at its top. */
static char *comment_of(const cJSON *document)
{
    const cJSON *comment = cJSON_GetObjectItemCaseSensitive(document, "comment");
    return cJSON_IsString(comment) ? strdup(comment->valuestring) : NULL;
}

static int describe_hardware(const char *path, struct row *row, struct tg_error *err)
{
    struct tg_profile profile;
    int rc = tg_profile_read_file(path, &profile, err);
    if (rc)
        return rc;
    cJSON *document = cJSON_Parse(profile.text);
    row->title = strdup(profile.title);
    row->help = comment_of(document);
    cJSON_Delete(document);
    tg_profile_release(&profile);
    return TG_OK;
}

static int describe_server(const char *path, struct row *row, struct tg_error *err)
{
    struct tg_server server;
    int rc = tg_server_read_file(path, &server, err);
    if (rc)
        return rc;
    row->title = strdup(server.title);
    row->help = comment_of(server.document);
    tg_server_release(&server);
    return TG_OK;
}

static int describe_technique(const char *path, struct row *row, struct tg_error *err)
{
    struct tg_technique technique;
    int rc = tg_technique_read_file(path, &technique, err);
    if (rc)
        return rc;
    row->title = strdup(technique.title);
    row->help = strdup(technique.help);
    tg_technique_release(&technique);
    return TG_OK;
}

static int describe_workload(const char *path, struct row *row, struct tg_error *err)
{
    struct tg_workload workload;
    cJSON *name = cJSON_CreateString(path);
    int rc = tg_workload_read(name, path, NULL, &workload, err);
    cJSON_Delete(name);
    if (rc)
        return rc;
    row->title = strdup(workload.title);
    row->help = comment_of(workload.document);
    tg_workload_release(&workload);
    return TG_OK;
}

static int describe_study(const char *path, struct row *row, struct tg_error *err)
{
    struct tg_study study;
    int rc = tg_study_read(path, &study, err);
    if (rc)
        return rc;
    row->title = strdup(study.title);
    tg_study_release(&study);
    return TG_OK;
}

/* Kinds that are not here are not listed. */
static int (*const describe[TG_CATALOG_KINDS])(const char *, struct row *, struct tg_error *) = {
    [TG_CATALOG_HARDWARE] = describe_hardware,    [TG_CATALOG_SERVERS] = describe_server,
    [TG_CATALOG_TECHNIQUES] = describe_technique, [TG_CATALOG_WORKLOADS] = describe_workload,
    [TG_CATALOG_STUDIES] = describe_study,
};

static const char kinds_in_words[] = "hardware, servers, techniques, workloads, studies and distributions";

/* The row's object, where there is a list. */
static cJSON *print_row(const char *name, const char *title, const char *help, cJSON *list)
{
    title = title ? title : "";
    help = help ? help : "";
    if (!list) {
        printf("%-24s %s%s%s\n", name, title, *title && *help ? ". " : "", help);
        return NULL;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "title", title);
    cJSON_AddStringToObject(json, "help", help);
    cJSON_AddItemToArray(list, json);
    return json;
}

/* Whether a technique runs. */

/* Whether the machine and the server that were named are there: nothing is printed if not. */
static int check_models(const struct options *o, struct tg_error *err)
{
    struct row row = {0};
    char *path = NULL;
    if (!o->profile)
        return TG_OK;
    int rc = tg_catalog_find(TG_CATALOG_HARDWARE, o->profile, NULL, &path, err);
    rc = rc ? rc : describe_hardware(path, &row, err);
    row_release(&row);
    free(path);
    path = NULL;
    if (!rc && o->server) {
        rc = tg_catalog_find(TG_CATALOG_SERVERS, o->server, NULL, &path, err);
        rc = rc ? rc : describe_server(path, &row, err);
        row_release(&row);
        free(path);
    }
    return rc;
}

/* The servers to ask about: the one named, or all. */
static int servers_of(const struct options *o, struct tg_strings *servers, struct tg_error *err)
{
    if (!o->server)
        return tg_catalog_list(TG_CATALOG_SERVERS, servers, err);
    return tg_strings_add(servers, o->server) ? tg_error_set(err, TG_ENOMEM, "out of memory") : TG_OK;
}

static void print_answer(const char *server, const struct tg_runs_on *answer, cJSON *list)
{
    if (!list) {
        printf("    %-20s %s%s\n", server,
               answer->runs ? "runs" : "no: ", answer->runs ? "" : answer->why_not.text);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "server", server);
    cJSON_AddBoolToObject(json, "runs", answer->runs);
    if (answer->runs)
        cJSON_AddNullToObject(json, "why_not");
    else
        cJSON_AddStringToObject(json, "why_not", answer->why_not.text);
    cJSON_AddItemToArray(list, json);
}

static int print_answers(const struct options *o, const char *technique, const struct tg_strings *servers,
                         cJSON *row, struct tg_error *err)
{
    cJSON *list = row ? cJSON_AddArrayToObject(row, "servers") : NULL;
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < servers->count; i++) {
        struct tg_runs_on answer;
        rc = tg_runs_on_check(o->profile, servers->items[i], technique, &answer, err);
        if (!rc)
            print_answer(servers->items[i], &answer, list);
    }
    return rc;
}

static int list_one(enum tg_catalog_kind kind, const char *name, cJSON *list, cJSON **object,
                    struct tg_error *err)
{
    struct row row = {0};
    char *path = NULL;
    int rc = tg_catalog_find(kind, name, NULL, &path, err);
    if (!rc)
        rc = describe[kind](path, &row, err);
    if (!rc)
        *object = print_row(name, row.title, row.help, list);
    row_release(&row);
    free(path);
    return rc;
}

static int list_models(const struct options *o, enum tg_catalog_kind kind, cJSON *list, struct tg_error *err)
{
    struct tg_strings names = {0}, servers = {0};
    int rc = check_models(o, err);
    rc = rc ? rc : tg_catalog_list(kind, &names, err);
    if (!rc && o->profile)
        rc = servers_of(o, &servers, err);
    for (size_t i = 0; !rc && i < names.count; i++) {
        cJSON *row = NULL;
        rc = list_one(kind, names.items[i], list, &row, err);
        if (!rc && o->profile)
            rc = print_answers(o, names.items[i], &servers, row, err);
    }
    tg_strings_release(&names);
    tg_strings_release(&servers);
    return rc;
}

static int list_families(cJSON *list)
{
    size_t count;
    const struct tg_dist_family *const *families = tg_dist_families(&count);
    for (size_t i = 0; i < count; i++)
        print_row(families[i]->name, "", families[i]->help, list);
    return TG_OK;
}

static int list_kind(const struct options *o, const char *kind, cJSON *list, struct tg_error *err)
{
    for (int i = 0; i < TG_CATALOG_KINDS; i++) {
        if (describe[i] && strcmp(kind, tg_catalog_folders[i]) == 0)
            return list_models(o, (enum tg_catalog_kind)i, list, err);
    }
    if (strcmp(kind, "distributions") == 0)
        return list_families(list);
    return tg_error_set(err, TG_EUSAGE, "list: cannot list '%s' (there are %s)", kind, kinds_in_words);
}

static int check(const struct options *o, const struct tg_strings *operands, struct tg_error *err)
{
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE, "list: say what: %s", kinds_in_words);
    if (o->profile && strcmp(operands->items[0], tg_catalog_folders[TG_CATALOG_TECHNIQUES]) != 0)
        return tg_error_set(err, TG_EUSAGE, "list: option '--profile': only techniques run on a profile");
    if (o->server && !o->profile)
        return tg_error_set(err, TG_EUSAGE, "list: option '--server': give --profile too");
    return TG_OK;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    int rc = check(o, operands, err);
    if (rc)
        return rc;
    cJSON *json = o->json ? cJSON_CreateObject() : NULL;
    cJSON_AddNumberToObject(json, "schema", 1);
    cJSON *list = json ? cJSON_AddArrayToObject(json, operands->items[0]) : NULL;
    rc = list_kind(o, operands->items[0], list, err);
    char *text = !rc && json ? tg_json_print(json) : NULL;
    cJSON_Delete(json);
    if (text)
        puts(text);
    free(text);
    return rc;
}

const struct tg_command tg_command_list = {
    .name = "list",
    .summary = "the hardware, servers, techniques, workloads, studies and distributions that there are",
    .operands = "hardware|servers|techniques|workloads|studies|distributions",
    .help = "Lists what a scenario can name, each with its title and what it says of itself. With --profile, "
            "techniques\n"
            "are listed with the servers under which they run on that machine, and the first price that is "
            "missing, or\n"
            "rule that finds nothing to rewrite, where they do not.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
