/* What `tollgate reproduce` prints: tables or JSON, and figures. */
#ifndef REPRODUCE_WORDS_H
#define REPRODUCE_WORDS_H

#include <cjson/cJSON.h>

#include "tg_alternative.h"
#include "tg_reproduce.h"

struct reproduce_page {
    cJSON *json; /* or NULL: tables are printed as they come */
    size_t claims, missed;
};

int reproduce_begin(struct reproduce_page *page, bool json, struct tg_error *err);
int reproduce_add(struct reproduce_page *page, const struct tg_reproduction *r, bool explain,
                  struct tg_error *err);
/* What else could lie behind claims: in no claim's number. */
int reproduce_add_alternatives(struct reproduce_page *page, const struct tg_alternative_outcome *outcomes,
                               size_t count, struct tg_error *err);

/* The claims that hang on the plugin's price, with the prototype's in its place. */
int reproduce_add_prototype(struct reproduce_page *page, const struct tg_reproduction *published,
                            const struct tg_reproduction *r, const struct tg_prototype *prototype,
                            struct tg_error *err);
int reproduce_end(struct reproduce_page *page, struct tg_error *err);
void reproduce_release(struct reproduce_page *page);

/* Draws the study's figures and writes their data into a folder, which is made. */
int reproduce_draw_figures(const struct tg_reproduction *r, const char *folder, unsigned threads,
                           struct tg_error *err);

#endif
