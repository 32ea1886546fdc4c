#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_doctor.h"
#include "tg_json.h"

struct options {
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

static const char *const marks[] = {
    [TG_FINDING_GOOD] = "ok", [TG_FINDING_FAIR] = "fair", [TG_FINDING_POOR] = "poor"};

static int print_json(const struct tg_findings *findings, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddStringToObject(document, "verdict", marks[tg_findings_worst(findings)]);
    cJSON *list = cJSON_AddArrayToObject(document, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const struct tg_finding *f = &findings->items[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "topic", f->topic);
        cJSON_AddStringToObject(o, "state", marks[f->state]);
        cJSON_AddStringToObject(o, "found", f->found);
        if (*f->advice)
            cJSON_AddStringToObject(o, "advice", f->advice);
        cJSON_AddItemToArray(list, o);
    }
    char *text = tg_json_print(document);
    if (text)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return text ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static void print_text(const struct tg_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct tg_finding *f = &findings->items[i];
        printf("%-5s %-18s %s\n", marks[f->state], f->topic, f->found);
        if (*f->advice)
            printf("%-5s %-18s   -> %s\n", "", "", f->advice);
    }
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    struct tg_findings findings;
    (void)operands;
    int rc = tg_doctor(&findings, err);
    if (rc)
        return rc;
    if (options->json)
        rc = print_json(&findings, err);
    else
        print_text(&findings);
    tg_findings_release(&findings);
    return rc;
}

const struct tg_command tg_command_doctor = {
    .name = "doctor",
    .summary = "how fit this machine is for measuring, and what to change",
    .operands = "",
    .help =
        "Looks at programs, permissions, clock, CPU frequency, mitigations, hypervisor, isolation and load.\n"
        "'ok' needs nothing; 'fair' makes numbers noisier or fewer; 'poor' makes them misleading or "
        "impossible.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
