/* tg_law: a probability law as JSON, and the tg_dist made from it.
 *
 * Values in memory are nanoseconds. A law is either a constant with its unit, "20 us", or an object:
 *   {"family": "gamma", "parameters": {"shape": 2, "scale": "1.5 us"}}
 *   {"family": "quantiles", "unit": "ns", "values": [95, 96.2, ..., 480]}
 *   {"family": "quantiles", "unit": "ns", "values": [95, 99, 480], "probabilities": [0, 0.9, 1]}
 *   {"family": "shifted", "offset": "1 us", "factor": 2, "part": LAW}         offset + factor * part
 *   {"family": "truncated", "low": "0 ns", "high": "2 ms", "part": LAW}      the part between these alone
 *   {"family": "mixture", "weights": [0.9, 0.1], "parts": [LAW, LAW]}        one of them, by weight
 * Families and parameters are those of tg_dist. A parameter that carries a unit is a text with its unit, or a
 * plain number where the law names its "unit". "values" are the parameters of a family that takes a list.
 */
#ifndef TG_LAW_H
#define TG_LAW_H

#include <cjson/cJSON.h>

#include "tg_dist.h"
#include "tg_error.h"

/* The keys that a law may have, for the documentation's check; NULL-terminated. */
extern const char *const tg_law_keys[];

/* Fills law from value; path names the value in messages. The caller releases law with tg_dist_release(). */
int tg_law_read(const cJSON *value, const char *path, struct tg_dist *law, struct tg_error *err);

/* A quantile table as JSON, n values in ns at equally spaced probabilities; NULL when memory ran out. */
cJSON *tg_law_quantiles_json(const double *values_ns, size_t n);

#endif
