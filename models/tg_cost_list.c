#include "tg_cost_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

const struct tg_field tg_cost_item_fields[] = {
    {.name = "cost",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_cost_item, cost),
     .flags = TG_REQUIRED,
     .help = "the primitive"},
    {.name = "count",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_cost_item, count),
     .fallback = "1",
     .flags = TG_NONNEGATIVE,
     .max = 1e6,
     .help = "how many of it; a fraction is paid with that probability"},
};
const size_t tg_cost_item_field_count = TG_COUNT(tg_cost_item_fields);

int tg_cost_list_add(struct tg_cost_list *list, const char *cost, double count, struct tg_error *err)
{
    struct tg_cost_item *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    list->items = items;
    char *name = strdup(cost);
    if (!name)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    items[list->count++] = (struct tg_cost_item){name, count};
    return TG_OK;
}

int tg_cost_list_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_cost_list *list = member;
    size_t index = 0;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of costs, '[...]'", path);
    const cJSON *json;
    cJSON_ArrayForEach(json, value)
    {
        char where[TG_PATH_MAX];
        struct tg_cost_item item = {0};
        snprintf(where, sizeof where, "%s[%zu]", path, index++);
        int rc = tg_json_read_object(json, where, tg_cost_item_fields, tg_cost_item_field_count, &item, err);
        if (!rc)
            rc = tg_cost_list_add(list, item.cost, item.count, err);
        free(item.cost);
        if (rc)
            return rc;
    }
    return TG_OK;
}

void tg_cost_list_release(struct tg_cost_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].cost);
    free(list->items);
    *list = (struct tg_cost_list){0};
}

int tg_cost_list_append(struct tg_cost_list *list, const struct tg_cost_list *more, double times,
                        struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < more->count; i++)
        rc = tg_cost_list_add(list, more->items[i].cost, more->items[i].count * times, err);
    return rc;
}

int tg_cost_list_replace(struct tg_cost_list *list, const char *cost, const struct tg_cost_list *use,
                         struct tg_error *err)
{
    struct tg_cost_list result = {0};
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < list->count; i++) {
        const struct tg_cost_item *item = &list->items[i];
        if (strcmp(item->cost, cost) == 0)
            rc = tg_cost_list_append(&result, use, item->count, err);
        else
            rc = tg_cost_list_add(&result, item->cost, item->count, err);
    }
    if (rc) {
        tg_cost_list_release(&result);
        return rc;
    }
    tg_cost_list_release(list);
    *list = result;
    return TG_OK;
}
