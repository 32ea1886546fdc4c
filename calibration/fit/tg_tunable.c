#include "tg_tunable.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_json.h"
#include "tg_law.h"
#include "tg_text.h"

static const char profile_root[] = "profile";

static int out_of_memory(struct tg_error *err)
{
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_tunable_init(struct tg_tunable *t, const struct tg_scenario *scenario, const char *name,
                    struct tg_error *err)
{
    *t = (struct tg_tunable){
        .name = strdup(name), .log_ps = scenario->log_ps, .log_count = scenario->log_count};
    char *text = tg_scenario_print(scenario);
    int rc = t->name && text ? TG_OK : out_of_memory(err);
    rc = rc ? rc : tg_json_read_text(text, name, &t->scenario, err);
    rc = rc ? rc : tg_json_read_text(scenario->profile.text, scenario->profile.name, &t->profile, err);
    free(text);
    if (rc)
        tg_tunable_release(t);
    return rc;
}

void tg_tunable_release(struct tg_tunable *t)
{
    for (size_t i = 0; i < t->key_count; i++) {
        free(t->keys[i].path);
        free(t->keys[i].unit);
    }
    cJSON_Delete(t->scenario);
    cJSON_Delete(t->profile);
    free(t->profile_text);
    free(t->name);
    *t = (struct tg_tunable){0};
}

/* The next part of a path: up to a dot or a bracket, or what a bracket holds. */
static bool next_part(const char **at, char *part, size_t size)
{
    const char *p = *at;
    bool bracket = *p == '[';
    if (bracket || *p == '.')
        p++;
    size_t n = strcspn(p, bracket ? "]" : ".[");
    if (!n || n >= size || (bracket && p[n] != ']'))
        return false;
    memcpy(part, p, n);
    part[n] = '\0';
    *at = p + n + bracket;
    return true;
}

static bool is_called(const cJSON *item, const char *name)
{
    const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
    if (!own)
        own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "cost"));
    return own && strcmp(own, name) == 0;
}

static cJSON *element(cJSON *list, const char *part)
{
    char *end;
    long place = strtol(part, &end, 10);
    if (!*end && isdigit((unsigned char)*part))
        return cJSON_GetArrayItem(list, (int)place);
    cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (is_called(item, part))
            return item;
    }
    return NULL;
}

/* What an object or list has, as far as a message shows it. */
static char *names_in(const cJSON *node, const char *wanted, char *buf, size_t size)
{
    const char *names[256] = {0};
    const cJSON *item;
    size_t n = 0, length = 0;
    cJSON_ArrayForEach(item, node)
    {
        const char *own = item->string;
        if (!own)
            own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
        if (!own)
            own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "cost"));
        if (own && n + 1 < TG_COUNT(names))
            names[n++] = own;
    }
    const char *nearest = tg_text_nearest(wanted, names);
    *buf = '\0';
    if (nearest)
        snprintf(buf, size, "; did you mean '%s'?", nearest);
    for (size_t i = 0; !nearest && i < n && length + 1 < size; i++)
        length += (size_t)fmax(
            0, snprintf(buf + length, size - length, "%s%s", i ? ", " : "; there is ", names[i]));
    return buf;
}

static int missing(const struct tg_tunable *t, const char *path, const char *so_far, const cJSON *at,
                   const char *part, struct tg_error *err)
{
    char known[400];
    return tg_error_set(err, TG_EINPUT, "%s: key '%s': %s%shas no '%s'%s", t->name, path, so_far,
                        *so_far ? " " : "the scenario ", part, names_in(at, part, known, sizeof known));
}

static bool is_price(const cJSON *node)
{
    return cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, "law");
}

static bool has_range(const cJSON *node)
{
    return cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, "value") && !is_price(node);
}

/* The node at a path; a price where the path ends in one's mean or law. *owner is the last object on the way
 * that has a provenance. */
static int find(const struct tg_tunable *t, const char *path, cJSON **node, cJSON **owner,
                struct tg_error *err)
{
    const char *at = path;
    char part[128], so_far[TG_PATH_MAX] = "";
    cJSON *here = t->scenario;
    *owner = NULL;
    while (*at) {
        if (!next_part(&at, part, sizeof part))
            return tg_error_set(err, TG_EINPUT, "%s: '%s' is no key: write it like server.costs.service",
                                t->name, path);
        if (is_price(here) && !*at && (strcmp(part, "mean") == 0 || strcmp(part, "law") == 0))
            break;
        cJSON *next =
            cJSON_IsArray(here) ? element(here, part) : cJSON_GetObjectItemCaseSensitive(here, part);
        if (here == t->scenario && strcmp(part, profile_root) == 0)
            next = t->profile;
        if (!next)
            return missing(t, path, so_far, here, part, err);
        here = next;
        snprintf(so_far, sizeof so_far, "%.*s", (int)(at - path), path);
        if (cJSON_GetObjectItemCaseSensitive(here, "provenance") || has_range(here))
            *owner = here;
    }
    if (is_price(here))
        *owner = here;
    *node = here;
    return TG_OK;
}

static double seconds_of(const char *unit)
{
    char text[32];
    double seconds;
    snprintf(text, sizeof text, "1%s", unit);
    return *unit && tg_quantity_parse(text, TG_DIM_TIME, &seconds, NULL) == TG_OK ? seconds : 0;
}

/* The object stays where it is, with its name, and holds what the other held. */
static void take_content(cJSON *object, cJSON *other)
{
    cJSON_Delete(object->child);
    object->child = other->child;
    other->child = NULL;
    cJSON_Delete(other);
}

static cJSON *scaled_law(struct tg_tunable_key *key, const cJSON *law)
{
    cJSON *scaled = cJSON_CreateObject();
    cJSON_AddStringToObject(scaled, "family", "shifted");
    key->factor = cJSON_AddNumberToObject(scaled, "factor", 1);
    cJSON_AddItemToObject(scaled, "part", cJSON_Duplicate(law, 1));
    return scaled;
}

static int read_mean(struct tg_tunable_key *key, const cJSON *law, const struct tg_tunable *t,
                     struct tg_error *err)
{
    struct tg_dist dist;
    int rc = tg_law_read(law, key->path, &dist, err);
    if (rc)
        return tg_error_wrap(err, rc, "%s", t->name);
    key->start = tg_dist_mean(&dist);
    tg_dist_release(&dist);
    key->unit = strdup(" ns");
    return TG_OK;
}

static int open_law(struct tg_tunable_key *key, cJSON *law, const struct tg_tunable *t, struct tg_error *err)
{
    int rc = read_mean(key, law, t, err);
    if (!rc)
        take_content(law, scaled_law(key, law));
    return rc;
}

/* What was known of a price's samples does not hold for another mean: only the law's form stays, under a
 * factor, and what the price was assumed to be. */
static int open_price(struct tg_tunable_key *key, cJSON *price, const struct tg_tunable *t,
                      struct tg_error *err)
{
    static const char *const kept[] = {"provenance", "source", "comment"};
    const cJSON *law = cJSON_GetObjectItemCaseSensitive(price, "law");
    int rc = read_mean(key, law, t, err);
    if (rc)
        return rc;
    cJSON *bare = cJSON_CreateObject();
    cJSON_AddItemToObject(bare, "law", scaled_law(key, law));
    key->number = cJSON_AddNumberToObject(bare, "mean_ns", key->start);
    for (size_t i = 0; i < TG_COUNT(kept); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(price, kept[i]);
        if (item)
            cJSON_AddItemToObject(bare, kept[i], cJSON_Duplicate(item, 1));
    }
    take_content(price, bare);
    return TG_OK;
}

static int open_text(struct tg_tunable_key *key, cJSON *node, const struct tg_tunable *t,
                     struct tg_error *err)
{
    char *end;
    key->start = strtod(node->valuestring, &end);
    if (end == node->valuestring)
        return tg_error_set(err, TG_EINPUT, "%s: key '%s' holds '%s', which is no quantity", t->name,
                            key->path, node->valuestring);
    key->unit = strdup(end);
    key->text = node;
    return TG_OK;
}

static int open_key(struct tg_tunable_key *key, cJSON *node, const struct tg_tunable *t, struct tg_error *err)
{
    if (is_price(node))
        return open_price(key, node, t, err);
    if (cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, "family"))
        return open_law(key, node, t, err);
    if (has_range(node)) {
        static const char *const gone[] = {"low", "high", "name"};
        for (size_t i = 0; i < TG_COUNT(gone); i++)
            cJSON_DeleteItemFromObjectCaseSensitive(node, gone[i]);
        return open_key(key, cJSON_GetObjectItemCaseSensitive(node, "value"), t, err);
    }
    if (cJSON_IsString(node))
        return open_text(key, node, t, err);
    if (!cJSON_IsNumber(node))
        return tg_error_set(err, TG_EINPUT, "%s: key '%s' is neither a number, nor a quantity, nor a price",
                            t->name, key->path);
    key->number = node;
    key->start = node->valuedouble;
    key->unit = strdup("");
    return TG_OK;
}

int tg_tunable_add(struct tg_tunable *t, const char *path, struct tg_error *err)
{
    cJSON *node = NULL, *owner = NULL;
    if (t->key_count == TG_TUNABLE_KEYS_MAX)
        return tg_error_set(err, TG_ELIMIT, "at most %d keys can be set", TG_TUNABLE_KEYS_MAX);
    int rc = find(t, path, &node, &owner, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < t->key_count; i++)
        if (t->keys[i].text == node || t->keys[i].number == node ||
            (is_price(node) && t->keys[i].owner == node))
            return tg_error_set(err, TG_EINPUT, "'%s' and '%s' are the same value", t->keys[i].path, path);
    struct tg_tunable_key key = {.path = strdup(path), .owner = owner};
    rc = key.path ? open_key(&key, node, t, err) : out_of_memory(err);
    if (!rc && !key.unit)
        rc = out_of_memory(err);
    if (!rc && !(key.start > 0 && isfinite(key.start)))
        rc = tg_error_set(err, TG_EINPUT, "%s: key '%s' holds %g; give it a value above 0 to start from",
                          t->name, path, key.start);
    if (rc) {
        free(key.path);
        free(key.unit);
        return rc;
    }
    key.value = key.start;
    key.unit_s = seconds_of(key.unit);
    t->keys[t->key_count++] = key;
    return TG_OK;
}

static bool in_profile(const struct tg_tunable_key *key)
{
    size_t n = sizeof profile_root - 1;
    return strncmp(key->path, profile_root, n) == 0 && (key->path[n] == '.' || key->path[n] == '[');
}

void tg_tunable_set(struct tg_tunable *t, size_t index, double value)
{
    struct tg_tunable_key *key = &t->keys[index];
    char text[64];
    key->value = value;
    if (key->factor)
        cJSON_SetNumberValue(key->factor, value / key->start);
    if (key->number)
        cJSON_SetNumberValue(key->number, value);
    if (key->text) {
        snprintf(text, sizeof text, "%.17g%s", value, key->unit);
        cJSON_SetValuestring(key->text, text);
    }
    if (in_profile(key)) {
        free(t->profile_text);
        t->profile_text = NULL;
    }
}

int tg_tunable_make(struct tg_tunable *t, struct tg_scenario *scenario, struct tg_error *err)
{
    char *text = tg_json_print(t->scenario);
    if (!t->profile_text)
        t->profile_text = tg_json_print(t->profile);
    int rc = text && t->profile_text ? tg_scenario_read_printed(text, t->profile_text, t->name, scenario, err)
                                     : out_of_memory(err);
    free(text);
    return rc;
}

static void set_text(cJSON *object, const char *name, const char *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    cJSON_AddStringToObject(object, name, value);
}

static void set_number(cJSON *object, const char *name, double value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
}

/* A scale of 1 around a constant says nothing: it becomes the constant. */
static void close_price(struct tg_tunable_key *key)
{
    cJSON *law = cJSON_GetObjectItemCaseSensitive(key->owner, "law");
    cJSON *part = cJSON_GetObjectItemCaseSensitive(law, "part");
    char text[64];
    if (!key->factor || !cJSON_IsString(part))
        return;
    snprintf(text, sizeof text, "%.17g ns", key->value);
    cJSON_ReplaceItemInObjectCaseSensitive(key->owner, "law", cJSON_CreateString(text));
    key->factor = NULL;
}

static int add_comment(cJSON *root, const char *text, struct tg_error *err)
{
    const char *old = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "comment"));
    struct tg_text all = {0};
    tg_text_printf(&all, "%s%s%s", old ? old : "", old ? "; " : "", text);
    if (!all.failed)
        set_text(root, "comment", all.data);
    int rc = all.failed ? out_of_memory(err) : TG_OK;
    tg_text_release(&all);
    return rc;
}

int tg_tunable_tag(struct tg_tunable *t, size_t index, double low, double high, const char *source,
                   struct tg_error *err)
{
    struct tg_tunable_key *key = &t->keys[index];
    char a[48], b[48], c[48], said[640];
    if (in_profile(key)) {
        free(t->profile_text);
        t->profile_text = NULL;
    }
    snprintf(said, sizeof said, "%s = %s (95 %%: %s to %s) fitted to %s", key->path,
             tg_tunable_format(key, key->value, a, sizeof a), tg_tunable_format(key, low, b, sizeof b),
             tg_tunable_format(key, high, c, sizeof c), source);
    if (!key->owner)
        return add_comment(t->scenario, said, err);
    set_text(key->owner, has_range(key->owner) ? "tag" : "provenance", tg_provenance_names[TG_FITTED]);
    set_text(key->owner, "source", source);
    if (!is_price(key->owner))
        return TG_OK;
    set_number(key->owner, "low_ns", low);
    set_number(key->owner, "high_ns", high);
    close_price(key);
    return TG_OK;
}

static int write_json(const cJSON *json, const char *path, struct tg_error *err)
{
    char *text = tg_json_print(json);
    int rc = text ? tg_file_write(path, text, strlen(text), err) : out_of_memory(err);
    free(text);
    return rc;
}

static int write_profile(struct tg_tunable *t, const char *path, struct tg_error *err)
{
    struct tg_text beside = {0}, reference = {0};
    size_t n = strlen(path), ending = n > 5 && strcmp(path + n - 5, ".json") == 0 ? 5 : 0;
    tg_text_printf(&beside, "%.*s-profile.json", (int)(n - ending), path);
    int rc = beside.failed ? out_of_memory(err) : write_json(t->profile, beside.data, err);
    if (!rc) {
        const char *slash = strrchr(beside.data, '/');
        tg_text_printf(&reference, "./%s", slash ? slash + 1 : beside.data);
        if (reference.failed)
            rc = out_of_memory(err);
        else
            set_text(t->scenario, "profile", reference.data);
    }
    tg_text_release(&beside);
    tg_text_release(&reference);
    return rc;
}

int tg_tunable_write(struct tg_tunable *t, const char *path, const char *profile_reference,
                     struct tg_error *err)
{
    bool changed = !profile_reference;
    for (size_t i = 0; i < t->key_count; i++)
        changed |= in_profile(&t->keys[i]);
    int rc = TG_OK;
    if (changed)
        rc = write_profile(t, path, err);
    else
        set_text(t->scenario, "profile", profile_reference);
    return rc ? rc : write_json(t->scenario, path, err);
}

char *tg_tunable_format(const struct tg_tunable_key *key, double value, char *buf, size_t size)
{
    if (key->unit_s > 0 && isfinite(value))
        return tg_time_format(value * key->unit_s, buf, size);
    snprintf(buf, size, "%.4g%s", value, key->unit);
    return buf;
}
