/* tg_study: a published study as data: the systems it measured, what it claims, what may be fitted to it, and
 * all that is not known about it.
 *
 * The file (models/studies/NAME.json; docs/reproduce.md) names systems, each a scenario with one technique;
 * the study holds the model files that they use as trees of JSON, one of each name, so that one draw of the
 * priors reaches all systems that share a file. How a claim is measured is code (tg_measure.h), found by its
 * id.
 *
 * Read only while draws run; tg_study_model() hands out a tree for changes before.
 */
#ifndef TG_STUDY_H
#define TG_STUDY_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tg_field.h"
#include "tg_priors.h"

enum { TG_STUDY_MODELS_MAX = 24, TG_STUDY_SYSTEMS_MAX = 12, TG_STUDY_CLAIMS_MAX = 16, TG_STUDY_KEYS_MAX = 4 };

struct tg_study_model {
    const char *name; /* as its document says */
    cJSON *document;
};

enum tg_study_part {
    TG_PART_PROFILE,
    TG_PART_CLIENT,
    TG_PART_SERVER,
    TG_PART_TECHNIQUE,
    TG_PART_WORKLOAD,
    TG_PARTS
};

struct tg_study_system {
    const char *name, *title;
    const cJSON *scenario;  /* its place in the study's document */
    size_t parts[TG_PARTS]; /* indices into models */
};

/* Ends of ranges that are not given are infinite; a value that is not given is NaN. */
struct tg_study_claim {
    const char *id, *text;
    double value, low, high;
    bool target, must;
};

/* What is fitted: the value of all keys at once, until the claim has its published value. */
struct tg_study_fit {
    size_t claim;
    const char *keys[TG_STUDY_KEYS_MAX];
    size_t key_count;
};

struct tg_study {
    const char *name, *title;                          /* these and all other texts belong to the documents */
    struct tg_study_model models[TG_STUDY_MODELS_MAX]; /* the first is the study's own document */
    size_t model_count;
    struct tg_study_system systems[TG_STUDY_SYSTEMS_MAX];
    size_t system_count;
    struct tg_study_claim claims[TG_STUDY_CLAIMS_MAX];
    size_t claim_count;
    struct tg_study_fit fits[TG_STUDY_CLAIMS_MAX];
    size_t fit_count;
};

/* By name or path. */
int tg_study_read(const char *reference, struct tg_study *study, struct tg_error *err);
void tg_study_release(struct tg_study *study);

/* The tree of a model by its name, or NULL. */
cJSON *tg_study_model(const struct tg_study *study, const char *name);

/* The priors of all its models, those that are fitted left out: they are no priors then. */
int tg_study_priors(const struct tg_study *study, struct tg_priors *priors, struct tg_error *err);

bool tg_study_fits_key(const struct tg_study *study, const char *key);
const struct tg_study_claim *tg_study_claim(const struct tg_study *study, const char *id);

extern const struct tg_field tg_study_fields[], tg_study_system_fields[], tg_study_claim_fields[],
    tg_study_fit_fields[];
extern const size_t tg_study_field_count, tg_study_system_field_count, tg_study_claim_field_count,
    tg_study_fit_field_count;

#endif
