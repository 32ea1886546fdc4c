#include "tg_cost_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

const char *const tg_argument_names[] = {"none", "idle", NULL};
const char *const tg_argument_columns[TG_ARGUMENT_COUNT] = {[TG_ARGUMENT_IDLE] = "idle_ns"};

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
    {.name = "times",
     .kind = TG_NUMBER,
     .offset = offsetof(struct tg_cost_item, times),
     .fallback = "1",
     .flags = TG_NONNEGATIVE,
     .max = 1e6,
     .help = "what each draw is multiplied by: a part of the price, or a multiple"},
    {.name = "as",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_cost_item, as),
     .help = "the name under which it is booked in the toll"},
    {.name = "argument",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_cost_item, argument),
     .choices = tg_argument_names,
     .fallback = "none",
     .help = "what the price goes by: none, or idle, how long the server's core has had nothing to do"},
};
const size_t tg_cost_item_field_count = TG_COUNT(tg_cost_item_fields);

static int add_item(struct tg_cost_list *list, const struct tg_cost_item *item, struct tg_error *err)
{
    struct tg_cost_item *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    list->items = items;
    struct tg_cost_item copy = *item;
    copy.cost = strdup(item->cost);
    copy.as = item->as ? strdup(item->as) : NULL;
    if (!copy.cost || (item->as && !copy.as)) {
        free(copy.cost);
        free(copy.as);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    items[list->count++] = copy;
    return TG_OK;
}

int tg_cost_list_add(struct tg_cost_list *list, const char *cost, double count, struct tg_error *err)
{
    return add_item(list, &(struct tg_cost_item){.cost = (char *)cost, .count = count, .times = 1}, err);
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
            rc = add_item(list, &item, err);
        tg_field_release(tg_cost_item_fields, tg_cost_item_field_count, &item);
        if (rc)
            return rc;
    }
    return TG_OK;
}

void tg_cost_list_release(struct tg_cost_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].cost);
        free(list->items[i].as);
    }
    free(list->items);
    *list = (struct tg_cost_list){0};
}

/* Adds the items of `more`, each as often and as many times as `found` says. */
static int append_for(struct tg_cost_list *list, const struct tg_cost_list *more,
                      const struct tg_cost_item *found, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < more->count; i++) {
        struct tg_cost_item item = more->items[i];
        item.count *= found->count;
        item.times *= found->times;
        item.as = item.as ? item.as : found->as;
        item.argument = item.argument ? item.argument : found->argument;
        rc = add_item(list, &item, err);
    }
    return rc;
}

int tg_cost_list_append(struct tg_cost_list *list, const struct tg_cost_list *more, double times,
                        struct tg_error *err)
{
    return append_for(list, more, &(struct tg_cost_item){.count = times, .times = 1}, err);
}

int tg_cost_list_replace(struct tg_cost_list *list, const char *cost, const struct tg_cost_list *use,
                         struct tg_error *err)
{
    struct tg_cost_list result = {0};
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < list->count; i++) {
        const struct tg_cost_item *item = &list->items[i];
        if (strcmp(item->cost, cost) == 0)
            rc = append_for(&result, use, item, err);
        else
            rc = add_item(&result, item, err);
    }
    if (rc) {
        tg_cost_list_release(&result);
        return rc;
    }
    tg_cost_list_release(list);
    *list = result;
    return TG_OK;
}
