#include "tg_priors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_law.h"
#include "tg_math.h"
#include "tg_rng.h"
#include "tg_uncertain.h"

enum { DEPTH_MAX = 32 };

/* What is done with each prior that the walk finds. */
struct walk {
    const char *model;
    bool followers; /* visit those that move with a named prior, too: their range is not their own */
    int (*visit)(struct walk *walk, cJSON *node, const struct tg_prior *prior, struct tg_error *err);
    void *context;
    struct tg_error *err;
};

static char *child_path(char buf[TG_PATH_MAX], const char *path, const cJSON *child, size_t index, bool list)
{
    if (list)
        snprintf(buf, TG_PATH_MAX, "%s[%zu]", path, index);
    else
        tg_json_path(buf, path, child->string);
    return buf;
}

static bool is_price(const cJSON *node)
{
    return cJSON_IsObject(node) && cJSON_HasObjectItem(node, "law") &&
           cJSON_HasObjectItem(node, "range_low_ns") && cJSON_HasObjectItem(node, "range_high_ns");
}

static char *text_of(const cJSON *node, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, key));
}

static int price_mean(const cJSON *price, const char *path, double *mean_ns, struct tg_error *err)
{
    struct tg_dist law;
    char where[TG_PATH_MAX];
    const cJSON *stated = cJSON_GetObjectItemCaseSensitive(price, "mean_ns");
    if (cJSON_IsNumber(stated)) {
        *mean_ns = stated->valuedouble;
        return TG_OK;
    }
    int rc = tg_law_read(cJSON_GetObjectItemCaseSensitive(price, "law"), tg_json_path(where, path, "law"),
                         &law, err);
    if (rc)
        return rc;
    *mean_ns = tg_dist_mean(&law);
    tg_dist_release(&law);
    return TG_OK;
}

static int describe_price(const cJSON *node, const char *path, struct tg_prior *prior, struct tg_error *err)
{
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(node, "range_low_ns");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(node, "range_high_ns");
    int rc = price_mean(node, path, &prior->value, err);
    if (rc)
        return rc;
    prior->low = cJSON_IsNumber(low) ? low->valuedouble : NAN;
    prior->high = cJSON_IsNumber(high) ? high->valuedouble : NAN;
    prior->unit = "ns";
    prior->source = text_of(node, "source");
    prior->tag = text_of(node, "provenance");
    prior->price = true;
    /* What was put there as text may be off by rounding. */
    if (!(prior->low * (1 - 1e-9) <= prior->value && prior->value * (1 - 1e-9) <= prior->high))
        return tg_error_set(err, TG_EINPUT,
                            "%s: the mean, %g ns, must lie between range_low_ns and range_high_ns", path,
                            prior->value);
    return TG_OK;
}

static int describe_uncertain(const cJSON *node, const char *path, struct tg_prior *prior, const char **name,
                              struct tg_error *err)
{
    struct tg_uncertain u;
    int rc = tg_uncertain_read(node, path, &u, err);
    if (rc)
        return rc;
    prior->value = u.value;
    prior->low = u.low;
    prior->high = u.high;
    prior->unit = tg_dimension_base_unit(u.dimension);
    prior->source = u.source;
    prior->tag = u.tag;
    prior->flat = u.flat;
    *name = u.name;
    return TG_OK;
}

/* The strings of the prior that is visited are the document's; `key` is the walk's. */
static int visit_node(struct walk *walk, cJSON *node, const char *path, bool price)
{
    char key[2 * TG_PATH_MAX];
    struct tg_prior prior = {.key = key};
    const char *name = NULL;
    int rc = price ? describe_price(node, path, &prior, walk->err)
                   : describe_uncertain(node, path, &prior, &name, walk->err);
    snprintf(key, sizeof key, "%s/%s", walk->model, name ? name : path);
    return rc ? tg_error_wrap(walk->err, rc, "%s", walk->model) : walk->visit(walk, node, &prior, walk->err);
}

static int walk_node(struct walk *walk, cJSON *node, const char *path, int depth)
{
    if (depth > DEPTH_MAX)
        return tg_error_set(walk->err, TG_EINPUT, "%s: nested too deep", path);
    if (is_price(node))
        return visit_node(walk, node, path, true);
    if (tg_uncertain_is(node))
        return cJSON_HasObjectItem(node, "low") || (walk->followers && cJSON_HasObjectItem(node, "name"))
                   ? visit_node(walk, node, path, false)
                   : TG_OK;
    bool list = cJSON_IsArray(node);
    size_t index = 0;
    cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        char where[TG_PATH_MAX];
        int rc = walk_node(walk, child, child_path(where, path, child, index++, list), depth + 1);
        if (rc)
            return rc;
    }
    return TG_OK;
}

/* The prior that a node is, or moves with; NULL for a name that no range belongs to. */
static const struct tg_prior *leader_of(const struct tg_priors *priors, const struct tg_prior *prior)
{
    for (size_t i = 0; i < priors->count; i++)
        if (strcmp(priors->items[i].key, prior->key) == 0)
            return &priors->items[i];
    return NULL;
}

static int append(struct walk *walk, cJSON *node, const struct tg_prior *found, struct tg_error *err)
{
    (void)node;
    struct tg_priors *priors = walk->context;
    if (leader_of(priors, found))
        return tg_error_set(err, TG_EINPUT, "%s: the range of this name is given twice", found->key);
    struct tg_prior *items = realloc(priors->items, (priors->count + 1) * sizeof *items);
    if (!items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    priors->items = items;
    struct tg_prior copy = *found;
    copy.key = strdup(found->key);
    copy.source = strdup(found->source ? found->source : "");
    copy.tag = strdup(found->tag ? found->tag : "assumed");
    items[priors->count++] = copy;
    return copy.key && copy.source && copy.tag ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_priors_list(const cJSON *document, const char *model, struct tg_priors *priors, struct tg_error *err)
{
    struct walk walk = {.model = model, .visit = append, .context = priors, .err = err};
    return walk_node(&walk, (cJSON *)document, "", 0);
}

void tg_priors_release(struct tg_priors *priors)
{
    for (size_t i = 0; i < priors->count; i++) {
        free((char *)priors->items[i].key);
        free((char *)priors->items[i].source);
        free((char *)priors->items[i].tag);
    }
    free(priors->items);
    *priors = (struct tg_priors){0};
}

/* The quantile of a triangular law, or of an even one. */
static double quantile(bool flat, double low, double mode, double high, double u)
{
    double span = high - low, below = (mode - low) / span;
    if (flat)
        return low + u * span;
    if (u < below)
        return low + sqrt(u * span * (mode - low));
    return high - sqrt((1 - u) * span * (high - mode));
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double tg_prior_draw(const struct tg_prior *p, uint64_t seed, uint64_t draw)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, draw, p->key);
    double u = tg_rng_unit(&rng);
    if (!(p->low < p->high))
        return p->value;
    double x = p->low > 0 ? tg_exp(quantile(p->flat, tg_log(p->low), tg_log(p->value), tg_log(p->high), u))
                          : quantile(p->flat, p->low, p->value, p->high, u);
    return clamp(x, p->low, p->high);
}

static int remember(cJSON *object, const char *key, cJSON *item, struct tg_error *err)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    if (item && cJSON_AddItemToObject(object, key, item))
        return TG_OK;
    cJSON_Delete(item);
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

/* What a measured price knows of itself holds no more once it is scaled. */
static void forget_statistics(cJSON *price)
{
    static const char *const kept[] = {"law",           "provenance", "source",      "range_low_ns",
                                       "range_high_ns", "comment",    "by_argument", "at"};
    for (cJSON *item = price->child, *next; item; item = next) {
        size_t i = 0;
        next = item->next;
        while (i < TG_COUNT(kept) && strcmp(kept[i], item->string) != 0)
            i++;
        if (i == TG_COUNT(kept))
            cJSON_Delete(cJSON_DetachItemViaPointer(price, item));
    }
}

/* factor times the law; a law that was scaled before is scaled again, not nested. */
static int scale_law(cJSON *price, double factor, struct tg_error *err)
{
    cJSON *law = cJSON_DetachItemFromObjectCaseSensitive(price, "law");
    const char *family = text_of(law, "family");
    cJSON *old = cJSON_GetObjectItemCaseSensitive(law, "factor");
    if (family && strcmp(family, "shifted") == 0 && cJSON_IsNumber(old) &&
        !cJSON_HasObjectItem(law, "offset")) {
        cJSON_SetNumberValue(old, old->valuedouble * factor);
        return remember(price, "law", law, err);
    }
    cJSON *scaled = cJSON_CreateObject();
    if (scaled && cJSON_AddStringToObject(scaled, "family", "shifted") &&
        cJSON_AddNumberToObject(scaled, "factor", factor) && cJSON_AddItemToObject(scaled, "part", law))
        return remember(price, "law", scaled, err);
    cJSON_Delete(scaled);
    cJSON_Delete(law);
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

/* The laws at greater arguments, where there are some. */
static int scale_more(cJSON *price, double factor, struct tg_error *err)
{
    cJSON *entry, *by = cJSON_GetObjectItemCaseSensitive(price, "by_argument");
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(by, "more"))
    {
        forget_statistics(entry);
        int rc = scale_law(entry, factor, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int put_price(cJSON *node, const struct tg_prior *prior, double value, struct tg_error *err)
{
    /* From a price of nothing no factor leads to another. */
    int rc = prior->value > 0 ? scale_more(node, value / prior->value, err) : TG_OK;
    if (rc)
        return rc;
    if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(node, "law")) || !(prior->value > 0)) {
        char text[64];
        snprintf(text, sizeof text, "%.17g ns", value);
        forget_statistics(node);
        return remember(node, "law", cJSON_CreateString(text), err);
    }
    forget_statistics(node);
    return scale_law(node, value / prior->value, err);
}

static int put(cJSON *node, const struct tg_prior *prior, double value, struct tg_error *err)
{
    return prior->price ? put_price(node, prior, value, err) : tg_uncertain_put(node, value, err);
}

/* A fitted value has no range any more, and follows nothing. */
static int mark_fitted(cJSON *node, bool price, struct tg_error *err)
{
    static const char *const gone[] = {"range_low_ns", "range_high_ns", "low", "high", "name"};
    for (size_t i = 0; i < TG_COUNT(gone); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(node, gone[i]);
    return remember(node, price ? "provenance" : "tag", cJSON_CreateString("fitted"), err);
}

/* Moves an end of the range to the value. */
static int widen(cJSON *node, const struct tg_prior *prior, double value, struct tg_error *err)
{
    if (prior->low <= value && value <= prior->high)
        return TG_OK;
    const char *end = prior->price ? (value < prior->low ? "range_low_ns" : "range_high_ns")
                                   : (value < prior->low ? "low" : "high");
    if (!cJSON_HasObjectItem(node, end))
        return TG_OK;
    cJSON *copy = prior->price ? cJSON_CreateNumber(value)
                               : cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(node, "value"), 1);
    return remember(node, end, copy, err);
}

/* Gives each node the value of its leader, times what it is to it. */
struct change {
    struct tg_priors priors;
    double *values; /* of the priors; NaN: as they are */
    enum { CHANGE_WITHIN, CHANGE_WIDEN, CHANGE_FITTED } kind;
};

static int put_change(struct walk *walk, cJSON *node, const struct tg_prior *prior, struct tg_error *err)
{
    const struct change *change = walk->context;
    const struct tg_prior *leader = leader_of(&change->priors, prior);
    if (!leader)
        return tg_error_set(err, TG_EINPUT, "%s: nothing of this name has a range", prior->key);
    double value = change->values[leader - change->priors.items];
    if (isnan(value))
        return TG_OK;
    bool own = prior->low < prior->high || leader->value == prior->value;
    bool price = prior->price;
    int rc = put(node, prior, own ? value : prior->value * (value / leader->value), err);
    if (!rc && change->kind == CHANGE_WIDEN)
        rc = widen(node, prior, value, err);
    if (!rc && change->kind == CHANGE_FITTED)
        rc = mark_fitted(node, price, err);
    return rc;
}

static int begin_change(struct change *change, const cJSON *document, const char *model, struct tg_error *err)
{
    int rc = tg_priors_list(document, model, &change->priors, err);
    if (rc)
        return rc;
    change->values = malloc((change->priors.count + 1) * sizeof *change->values);
    if (!change->values)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < change->priors.count; i++)
        change->values[i] = NAN;
    return TG_OK;
}

static int apply_change(struct change *change, cJSON *document, const char *model, struct tg_error *err)
{
    struct walk walk = {
        .model = model, .followers = true, .visit = put_change, .context = change, .err = err};
    return walk_node(&walk, document, "", 0);
}

static void end_change(struct change *change)
{
    tg_priors_release(&change->priors);
    free(change->values);
}

int tg_priors_draw(cJSON *document, const char *model, uint64_t seed, uint64_t index, struct tg_error *err)
{
    struct change change = {0};
    int rc = begin_change(&change, document, model, err);
    for (size_t i = 0; !rc && i < change.priors.count; i++)
        change.values[i] = tg_prior_draw(&change.priors.items[i], seed, index);
    rc = rc ? rc : apply_change(&change, document, model, err);
    end_change(&change);
    return rc;
}

static int change_one(cJSON *document, const char *model, const char *key, double value, int kind,
                      struct tg_error *err)
{
    struct change change = {.kind = kind};
    int rc = begin_change(&change, document, model, err);
    const struct tg_prior *prior = rc ? NULL : leader_of(&change.priors, &(struct tg_prior){.key = key});
    if (!rc && !prior)
        rc = tg_error_set(err, TG_EINPUT, "%s: no prior is called '%s'", model, key);
    if (!rc)
        change.values[prior - change.priors.items] = value;
    rc = rc ? rc : apply_change(&change, document, model, err);
    end_change(&change);
    return rc;
}

int tg_priors_put(cJSON *document, const char *model, const char *key, double value, struct tg_error *err)
{
    return change_one(document, model, key, value, CHANGE_WIDEN, err);
}

int tg_priors_set(cJSON *document, const char *model, const char *key, double value, struct tg_error *err)
{
    return change_one(document, model, key, value, CHANGE_FITTED, err);
}
