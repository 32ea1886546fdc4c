/* tg_price_json: the price of one primitive as a profile holds it. Private to fit/. */
#ifndef TG_PRICE_JSON_H
#define TG_PRICE_JSON_H

#include <cjson/cJSON.h>

#include "tg_fit_test.h"
#include "tg_pooled.h"

/* The law is the best fit where it passes and has the sample's mean within its interval; else the quantile
 * table, the values above the tail's threshold replaced by the tail where one fits. All that was found is
 * recorded. Keys that name the source are the caller's. */
int tg_price_json(const struct tg_pooled *pooled, const char *name, cJSON **price, struct tg_error *err);

/* A quantile table of a sample: equal steps up to 0.99, then steps that shrink with the tail. */
cJSON *tg_price_json_table(const struct tg_sample *sample);

#endif
