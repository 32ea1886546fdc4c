#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_command.h"
#include "tg_dist.h"
#include "tg_json.h"
#include "tg_profile.h"
#include "tg_server.h"
#include "tg_study.h"
#include "tg_technique.h"
#include "tg_workload.h"

struct options {
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

/* One thing that can be listed: its name and what it is. */
struct row {
    char *name, *help;
};

static int describe_hardware(const char *path, char **help, struct tg_error *err)
{
    struct tg_profile profile;
    int rc = tg_profile_read_file(path, &profile, err);
    if (rc)
        return rc;
    *help = strdup(profile.title);
    tg_profile_release(&profile);
    return TG_OK;
}

static int describe_server(const char *path, char **help, struct tg_error *err)
{
    struct tg_server server;
    int rc = tg_server_read_file(path, &server, err);
    if (rc)
        return rc;
    *help = strdup(server.title);
    tg_server_release(&server);
    return TG_OK;
}

static int describe_technique(const char *path, char **help, struct tg_error *err)
{
    struct tg_technique technique;
    int rc = tg_technique_read_file(path, &technique, err);
    if (rc)
        return rc;
    size_t size = strlen(technique.title) + strlen(technique.help) + 3;
    *help = malloc(size);
    if (*help)
        snprintf(*help, size, "%s. %s", technique.title, technique.help);
    tg_technique_release(&technique);
    return TG_OK;
}

static int describe_workload(const char *path, char **help, struct tg_error *err)
{
    struct tg_workload workload = {0};
    cJSON *reference = cJSON_CreateString(path);
    int rc = tg_workload_read(reference, path, NULL, &workload, err);
    cJSON_Delete(reference);
    if (rc)
        return rc;
    *help = strdup(workload.title);
    tg_workload_release(&workload);
    return TG_OK;
}

static int describe_study(const char *path, char **help, struct tg_error *err)
{
    struct tg_study study;
    int rc = tg_study_read(path, &study, err);
    if (rc)
        return rc;
    *help = strdup(study.title);
    tg_study_release(&study);
    return TG_OK;
}

static int (*const describe[TG_CATALOG_KINDS])(const char *, char **, struct tg_error *) = {
    [TG_CATALOG_HARDWARE] = describe_hardware,    [TG_CATALOG_SERVERS] = describe_server,
    [TG_CATALOG_TECHNIQUES] = describe_technique, [TG_CATALOG_WORKLOADS] = describe_workload,
    [TG_CATALOG_STUDIES] = describe_study,
};

static void print_row(const struct row *row, cJSON *list)
{
    if (!list) {
        printf("%-24s %s\n", row->name, row->help ? row->help : "");
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", row->name);
    cJSON_AddStringToObject(json, "help", row->help ? row->help : "");
    cJSON_AddItemToArray(list, json);
}

static int list_models(enum tg_catalog_kind kind, cJSON *list, struct tg_error *err)
{
    struct tg_strings names = {0};
    int rc = tg_catalog_list(kind, &names, err);
    for (size_t i = 0; !rc && i < names.count; i++) {
        char *path = NULL;
        struct row row = {.name = names.items[i]};
        rc = tg_catalog_find(kind, names.items[i], NULL, &path, err);
        if (!rc)
            rc = describe[kind](path, &row.help, err);
        if (!rc)
            print_row(&row, list);
        free(row.help);
        free(path);
    }
    tg_strings_release(&names);
    return rc;
}

static int list_families(cJSON *list)
{
    size_t count;
    const struct tg_dist_family *const *families = tg_dist_families(&count);
    for (size_t i = 0; i < count; i++) {
        struct row row = {(char *)(uintptr_t)families[i]->name, (char *)(uintptr_t)families[i]->help};
        print_row(&row, list);
    }
    return TG_OK;
}

static int list_kind(const char *kind, cJSON *list, struct tg_error *err)
{
    for (int i = 0; i < TG_CATALOG_KINDS; i++) {
        if (strcmp(kind, tg_catalog_folders[i]) == 0)
            return list_models((enum tg_catalog_kind)i, list, err);
    }
    if (strcmp(kind, "distributions") == 0)
        return list_families(list);
    return tg_error_set(err, TG_EUSAGE,
                        "list: cannot list '%s' (there are hardware, servers, techniques, workloads, studies "
                        "and distributions)",
                        kind);
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE,
                            "list: say what: hardware, servers, techniques, workloads, studies or "
                            "distributions");
    cJSON *json = o->json ? cJSON_CreateObject() : NULL;
    cJSON_AddNumberToObject(json, "schema", 1);
    cJSON *list = json ? cJSON_AddArrayToObject(json, operands->items[0]) : NULL;
    int rc = list_kind(operands->items[0], list, err);
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
    .help = "Lists what a scenario can name, each with a sentence.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
