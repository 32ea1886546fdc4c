#include "reproduce_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_table.h"

/* An interval that is wider than this from end to end says little. */
static const double WIDE = 1.6;

static bool is_wide(const struct tg_claim_outcome *o)
{
    return o->low > 0 && o->high / o->low > WIDE;
}

static char *number(double value, char buf[32])
{
    if (isnan(value))
        return strcpy(buf, "-");
    snprintf(buf, 32, fabs(value) >= 1000 ? "%.0f" : fabs(value) >= 100 ? "%.4g" : "%.3g", value);
    return buf;
}

static char *published(const struct tg_study_claim *c, char buf[96])
{
    char low[32], high[32], value[32];
    number(c->low, low);
    number(c->high, high);
    if (!isnan(c->value) && isfinite(c->low))
        snprintf(buf, 96, "%s (%s to %s)", number(c->value, value), low, high);
    else if (!isnan(c->value))
        snprintf(buf, 96, "%s", number(c->value, value));
    else if (isfinite(c->low) && isfinite(c->high))
        snprintf(buf, 96, "%s to %s", low, high);
    else if (isfinite(c->low))
        snprintf(buf, 96, "%s or more", low);
    else
        snprintf(buf, 96, "below %s", high);
    return buf;
}

/* Tables. */

static void add_claim(struct tg_table *table, const struct tg_claim_outcome *o)
{
    char buf[96], median[32], low[32], high[32];
    tg_table_cell(table, "%s", o->claim->id);
    tg_table_cell(table, "%s", o->claim->text);
    tg_table_cell(table, "%s", published(o->claim, buf));
    tg_table_cell(table, "%s", number(o->median, median));
    tg_table_cell(table, "%s to %s", number(o->low, low), number(o->high, high));
    tg_table_cell(table, "%s%s", o->claim->target ? "target" : "predicted", o->claim->must ? ", must" : "");
    tg_table_cell(table, "%s", tg_verdict_names[o->verdict]);
}

static int print_claims(const struct tg_reproduction *r, struct tg_error *err)
{
    static const char *const heading[] = {"claim",         "",     "published", "simulated",
                                          "90 % interval", "kind", "verdict"};
    struct tg_table table;
    tg_table_begin(&table, "llrrrll");
    for (size_t i = 0; i < TG_COUNT(heading); i++)
        tg_table_cell(&table, "%s", heading[i]);
    for (size_t i = 0; i < r->study->claim_count; i++)
        add_claim(&table, &r->claims[i]);
    int rc = tg_table_print(&table, stdout, err);
    tg_table_release(&table);
    return rc;
}

/* Times for people: a price is ns, other times s. */
static char *quantity(double value, const char *unit, char buf[48])
{
    bool time = strcmp(unit, "s") == 0 || strcmp(unit, "ns") == 0;
    if (time)
        return tg_time_format(strcmp(unit, "ns") == 0 ? value * 1e-9 : value, buf, 48);
    snprintf(buf, 48, "%.4g%s%s", value, *unit && *unit != '/' ? " " : "", unit);
    return buf;
}

static void print_fits(const struct tg_reproduction *r)
{
    char a[48], b[48], c[48], d[48], e[48], f[48];
    for (size_t i = 0; i < r->study->fit_count; i++) {
        const struct tg_fit_outcome *o = &r->fits[i];
        printf("fitted to %s: %s = %s (%s to %s); prior %s (%s to %s)\n",
               r->study->claims[r->study->fits[i].claim].id, o->key, quantity(o->median, o->unit, a),
               quantity(o->low, o->unit, b), quantity(o->high, o->unit, c), quantity(o->prior, o->unit, d),
               quantity(o->prior_low, o->unit, e), quantity(o->prior_high, o->unit, f));
    }
}

static void print_wide(const struct tg_reproduction *r)
{
    for (size_t i = 0; i < r->study->claim_count; i++) {
        const struct tg_claim_outcome *o = &r->claims[i];
        if (is_wide(o) && o->suspects[0].prior)
            printf("wide: %s, by a factor of %.2g; most by %s (rank correlation %+.2f)\n", o->claim->id,
                   o->high / o->low, o->suspects[0].prior->key, o->suspects[0].correlation);
    }
}

static void explain_suspect(const struct tg_suspect *s)
{
    char a[48], b[48], c[48];
    const struct tg_prior *p = s->prior;
    printf("    %s (rank correlation %+.2f): %s to %s assumed", p->key, s->correlation,
           quantity(p->low, p->unit, a), quantity(p->high, p->unit, b));
    if (isnan(s->needed))
        printf("; alone it does not give the published value, whatever it is\n");
    else
        printf("; %s would be needed, which is %s\n", quantity(s->needed, p->unit, c),
               s->needed < p->low || s->needed > p->high ? "not plausible" : "plausible");
}

static void print_explanations(const struct tg_reproduction *r)
{
    char buf[32];
    for (size_t i = 0; i < r->study->claim_count; i++) {
        const struct tg_claim_outcome *o = &r->claims[i];
        if (o->verdict == TG_MET)
            continue;
        printf("%s is %s:", o->claim->id, tg_verdict_names[o->verdict]);
        for (size_t p = 0; p < o->parts.part_count; p++)
            printf("%s %s %s", p ? "," : "", o->parts.parts[p].name, number(o->parts.parts[p].value, buf));
        printf("\n");
        if (!o->suspects[0].prior)
            printf("    no prior moves it beyond chance\n");
        for (size_t k = 0; k < TG_SUSPECTS && o->suspects[k].prior; k++)
            explain_suspect(&o->suspects[k]);
    }
}

static int print_tables(const struct tg_reproduction *r, bool explain, struct tg_error *err)
{
    printf("%s\n%zu draws of %zu priors, seed %llu\n\n", r->study->title, r->draws, r->priors.count,
           (unsigned long long)r->seed);
    int rc = print_claims(r, err);
    printf("\n");
    print_fits(r);
    print_wide(r);
    if (explain)
        print_explanations(r);
    printf("\n");
    return rc;
}

/* JSON. */

static cJSON *suspect_json(const struct tg_suspect *s, bool explain)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "key", s->prior->key);
    tg_json_add_number(json, "rank_correlation", s->correlation);
    if (explain)
        tg_json_add_number(json, "needed", s->needed);
    return json;
}

static cJSON *claim_json(const struct tg_reproduction *r, const struct tg_claim_outcome *o, bool explain)
{
    const struct tg_study_claim *c = o->claim;
    cJSON *json = cJSON_CreateObject(), *published_json = cJSON_AddObjectToObject(json, "published");
    cJSON_AddStringToObject(json, "study", r->study->name);
    cJSON_AddStringToObject(json, "id", c->id);
    cJSON_AddStringToObject(json, "claim", c->text);
    tg_json_add_number(published_json, "value", c->value);
    tg_json_add_number(published_json, "low", c->low);
    tg_json_add_number(published_json, "high", c->high);
    tg_json_add_number(json, "simulated", o->median);
    tg_json_add_number(json, "low", o->low);
    tg_json_add_number(json, "high", o->high);
    cJSON_AddStringToObject(json, "kind", c->target ? "target" : "predicted");
    cJSON_AddBoolToObject(json, "must", c->must);
    cJSON_AddStringToObject(json, "verdict", tg_verdict_names[o->verdict]);
    cJSON_AddBoolToObject(json, "wide", is_wide(o));
    cJSON *parts = cJSON_AddObjectToObject(json, "parts");
    for (size_t p = 0; p < o->parts.part_count; p++)
        tg_json_add_number(parts, o->parts.parts[p].name, o->parts.parts[p].value);
    cJSON *suspects = cJSON_AddArrayToObject(json, "moved_by");
    for (size_t k = 0; k < TG_SUSPECTS && o->suspects[k].prior; k++)
        cJSON_AddItemToArray(suspects, suspect_json(&o->suspects[k], explain));
    return json;
}

static cJSON *fit_json(const struct tg_reproduction *r, size_t i)
{
    const struct tg_fit_outcome *o = &r->fits[i];
    cJSON *json = cJSON_CreateObject(), *prior = cJSON_AddObjectToObject(json, "prior");
    cJSON_AddStringToObject(json, "study", r->study->name);
    cJSON_AddStringToObject(json, "key", o->key);
    cJSON_AddStringToObject(json, "target", r->study->claims[r->study->fits[i].claim].id);
    cJSON_AddStringToObject(json, "unit", o->unit);
    tg_json_add_number(prior, "value", o->prior);
    tg_json_add_number(prior, "low", o->prior_low);
    tg_json_add_number(prior, "high", o->prior_high);
    tg_json_add_number(json, "value", o->median);
    tg_json_add_number(json, "low", o->low);
    tg_json_add_number(json, "high", o->high);
    return json;
}

static cJSON *prior_json(const struct tg_reproduction *r, const struct tg_prior *p)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "study", r->study->name);
    cJSON_AddStringToObject(json, "key", p->key);
    cJSON_AddStringToObject(json, "unit", p->unit);
    tg_json_add_number(json, "value", p->value);
    tg_json_add_number(json, "low", p->low);
    tg_json_add_number(json, "high", p->high);
    cJSON_AddStringToObject(json, "tag", p->tag);
    cJSON_AddStringToObject(json, "source", p->source);
    return json;
}

static void add_json(cJSON *page, const struct tg_reproduction *r, bool explain)
{
    cJSON *claims = cJSON_GetObjectItem(page, "claims"), *fitted = cJSON_GetObjectItem(page, "fitted");
    cJSON *priors = cJSON_GetObjectItem(page, "priors"), *studies = cJSON_GetObjectItem(page, "studies");
    cJSON *study = cJSON_CreateObject();
    cJSON_AddStringToObject(study, "name", r->study->name);
    cJSON_AddStringToObject(study, "title", r->study->title);
    cJSON_AddNumberToObject(study, "draws", (double)r->draws);
    cJSON_AddNumberToObject(study, "seed", (double)r->seed);
    cJSON_AddItemToArray(studies, study);
    for (size_t i = 0; i < r->study->claim_count; i++)
        cJSON_AddItemToArray(claims, claim_json(r, &r->claims[i], explain));
    for (size_t i = 0; i < r->study->fit_count; i++)
        cJSON_AddItemToArray(fitted, fit_json(r, i));
    for (size_t i = 0; i < r->priors.count; i++)
        cJSON_AddItemToArray(priors, prior_json(r, &r->priors.items[i]));
}

int reproduce_begin(struct reproduce_page *page, bool json, struct tg_error *err)
{
    *page = (struct reproduce_page){0};
    if (!json)
        return TG_OK;
    page->json = cJSON_CreateObject();
    if (!page->json)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_AddNumberToObject(page->json, "schema", 1);
    cJSON_AddArrayToObject(page->json, "studies");
    cJSON_AddArrayToObject(page->json, "claims");
    cJSON_AddArrayToObject(page->json, "fitted");
    cJSON_AddArrayToObject(page->json, "priors");
    cJSON_AddArrayToObject(page->json, "alternatives");
    return TG_OK;
}

int reproduce_add(struct reproduce_page *page, const struct tg_reproduction *r, bool explain,
                  struct tg_error *err)
{
    page->claims += r->study->claim_count;
    for (size_t i = 0; i < r->study->claim_count; i++)
        page->missed += r->claims[i].verdict == TG_MISSED;
    if (!page->json)
        return print_tables(r, explain, err);
    add_json(page->json, r, explain);
    return TG_OK;
}

static void add_alternative_json(cJSON *list, const struct tg_alternative_outcome *o)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "claim", o->alternative->claim);
    cJSON_AddStringToObject(json, "name", o->alternative->name);
    cJSON_AddStringToObject(json, "what", o->alternative->text);
    cJSON_AddNumberToObject(json, "simulated", o->median);
    cJSON_AddNumberToObject(json, "low", o->low);
    cJSON_AddNumberToObject(json, "high", o->high);
    cJSON *parts = cJSON_AddObjectToObject(json, "parts");
    for (size_t i = 0; i < o->parts.part_count; i++)
        cJSON_AddNumberToObject(parts, o->parts.parts[i].name, o->parts.parts[i].value);
    cJSON_AddItemToArray(list, json);
}

int reproduce_add_alternatives(struct reproduce_page *page, const struct tg_alternative_outcome *outcomes,
                               size_t count, struct tg_error *err)
{
    struct tg_table table;
    char a[32], b[32], c[32];
    for (size_t i = 0; page->json && i < count; i++)
        add_alternative_json(cJSON_GetObjectItem(page->json, "alternatives"), &outcomes[i]);
    if (page->json)
        return TG_OK;
    printf("Alternatives: what else could lie behind a claim. They are in no number above, and decide "
           "nothing\n\n");
    static const char *const heading[] = {"claim", "alternative", "simulated", "90 % interval", "where"};
    tg_table_begin(&table, "llrrl");
    for (size_t i = 0; i < TG_COUNT(heading); i++)
        tg_table_cell(&table, "%s", heading[i]);
    for (size_t i = 0; i < count; i++) {
        const struct tg_alternative_outcome *o = &outcomes[i];
        tg_table_cell(&table, "%s", o->alternative->claim);
        tg_table_cell(&table, "%s", o->alternative->name);
        tg_table_cell(&table, "%s", number(o->median, a));
        tg_table_cell(&table, "%s to %s", number(o->low, b), number(o->high, c));
        tg_table_cell(&table, "%s", o->alternative->text);
    }
    int rc = tg_table_print(&table, stdout, err);
    tg_table_release(&table);
    for (size_t i = 0; i < count; i++) {
        const struct tg_measured *m = &outcomes[i].parts;
        printf("%s%s:", i ? "" : "\n", outcomes[i].alternative->name);
        for (size_t p = 0; p < m->part_count; p++)
            printf("%s %s %s", p ? "," : "", m->parts[p].name, number(m->parts[p].value, a));
        printf("\n");
    }
    printf("\n");
    return rc;
}

static void add_prototype_json(cJSON *page, const struct tg_reproduction *r,
                               const struct tg_prototype *prototype)
{
    cJSON *json = cJSON_AddObjectToObject(page, "prototype");
    cJSON_AddStringToObject(json, "profile", prototype->profile);
    cJSON_AddNumberToObject(json, "cycles", prototype->cycles);
    cJSON_AddNumberToObject(json, "price_ns", prototype->price_ns);
    cJSON *claims = cJSON_AddArrayToObject(json, "claims");
    for (size_t i = 0; i < r->study->claim_count; i++)
        if (r->claims[i].values)
            cJSON_AddItemToArray(claims, claim_json(r, &r->claims[i], false));
}

int reproduce_add_prototype(struct reproduce_page *page, const struct tg_reproduction *published,
                            const struct tg_reproduction *r, const struct tg_prototype *prototype,
                            struct tg_error *err)
{
    struct tg_table table;
    char a[32], b[32], c[32];
    if (page->json) {
        add_prototype_json(page->json, r, prototype);
        return TG_OK;
    }
    printf("The plugin priced twice: as published, and by the recorded trace of the project's own prototype\n"
           "(%.0f cycles on %s, that is %.0f ns at the study's clock)\n\n",
           prototype->cycles, prototype->profile, prototype->price_ns);
    tg_table_begin(&table, "lrrrr");
    static const char *const heading[] = {"claim", "published price", "90 % interval", "prototype's price",
                                          "90 % interval"};
    for (size_t i = 0; i < TG_COUNT(heading); i++)
        tg_table_cell(&table, "%s", heading[i]);
    for (size_t i = 0; i < r->study->claim_count; i++) {
        const struct tg_claim_outcome *pair[] = {&published->claims[i], &r->claims[i]};
        if (!r->claims[i].values)
            continue;
        tg_table_cell(&table, "%s", r->study->claims[i].id);
        for (size_t k = 0; k < 2; k++) {
            tg_table_cell(&table, "%s", number(pair[k]->median, a));
            tg_table_cell(&table, "%s to %s", number(pair[k]->low, b), number(pair[k]->high, c));
        }
    }
    int rc = tg_table_print(&table, stdout, err);
    tg_table_release(&table);
    printf("\n");
    return rc;
}

int reproduce_end(struct reproduce_page *page, struct tg_error *err)
{
    if (!page->json)
        return TG_OK;
    char *text = tg_json_print(page->json);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    puts(text);
    free(text);
    return TG_OK;
}

void reproduce_release(struct reproduce_page *page)
{
    cJSON_Delete(page->json);
    *page = (struct reproduce_page){0};
}
