/* A comparison of predictions with measurements: kept, drawn, printed, judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_json.h"
#include "validate_live.h"

static cJSON *list_names(const struct tg_strings *names)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < names->count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(names->items[i]));
    return list;
}

static int print_json(const struct tg_comparison *c, const struct validate_told *told, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddStringToObject(document, "folder", told->shown);
    if (told->differing)
        cJSON_AddItemToObject(document, "differing", list_names(told->differing));
    int rc = tg_comparison_to_json(c, document, err);
    char *text = rc ? NULL : tg_json_print(document);
    if (!rc && !text)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return rc;
}

static int keep(const struct tg_comparison *c, const char *folder, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    char *path = tg_file_join(folder, "validation.json");
    cJSON_AddNumberToObject(document, "schema", 1);
    int rc = path ? tg_comparison_to_json(c, document, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    char *text = rc ? NULL : tg_json_print(document);
    if (!rc)
        rc = text ? tg_file_write(path, text, strlen(text), err)
                  : tg_error_set(err, TG_ENOMEM, "out of memory");
    free(text);
    free(path);
    cJSON_Delete(document);
    return rc;
}

static void print_text(const struct tg_comparison *c, const struct validate_told *told)
{
    validate_print(c);
    if (told->differing)
        printf("\n%zu of %zu systems predicted as recorded, to the bit\n",
               told->prediction->count - told->differing->count, told->prediction->count);
}

static int verdict(const struct tg_comparison *c, const struct validate_told *told, struct tg_error *err)
{
    size_t missed = 0;
    if (told->differing && told->differing->count)
        return tg_error_set(err, TG_ECHECK,
                            "%zu of %zu systems, '%s' the first, are not predicted as recorded",
                            told->differing->count, told->prediction->count, told->differing->items[0]);
    for (size_t i = 0; i < c->check_count; i++)
        missed += !c->checks[i].met;
    return missed ? tg_error_set(err, TG_ECHECK, "%zu of %zu checks missed", missed, c->check_count) : TG_OK;
}

int validate_tell(const struct validate_live_options *options, const struct validate_told *told,
                  struct tg_error *err)
{
    struct tg_comparison c;
    int rc = tg_compare(told->prediction, told->measured, &c, err);
    if (rc)
        return rc;
    if (told->folder) {
        rc = keep(&c, told->folder, err);
        rc = rc ? rc : validate_draw(&c, told->prediction, told->measured, told->folder, err);
    }
    if (!rc && options->json)
        rc = print_json(&c, told, err);
    else if (!rc)
        print_text(&c, told);
    if (!rc && told->folder)
        fprintf(stderr, "results: %s\n", told->folder);
    rc = rc ? rc : verdict(&c, told, err);
    tg_comparison_release(&c);
    return rc;
}
