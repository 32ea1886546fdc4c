/* tg_priors: what a model document does not know for sure, and draws from it.
 *
 * A prior is an uncertain value with a range (tg_uncertain), or a price that gives range_low_ns and
 * range_high_ns. Its key is "<model>/<path>", as in "apache-1.3/request[0].count"; a price's key ends with
 * its name, "pentium3-866/costs.irq"; a value with a name of its own is
 * "<model>/<name>", and all of that name in the document move in proportion to it. Values are in
 * base units (seconds, per second, bytes, plain numbers); a price's value is the mean of its law, ns.
 *
 * A draw is triangular in the logarithm between low and high, its mode at the value (in the number itself
 * where low is not above zero). Each comes from the stream (seed, draw, key) alone: all that share a model
 * share its draws, and another prior disturbs none. A price's draw scales its law, and by the same factor
 * those that it has by its argument: all were measured in one session, and what makes one wrong makes all so.
 *
 * Everything works on the tree of JSON, in place; what comes out is read by the ordinary readers.
 */
#ifndef TG_PRIORS_H
#define TG_PRIORS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_prior {
    const char *key; /* this and the other texts are owned by the list */
    double value, low, high;
    const char *unit; /* "s", "ns", "/s", "B", ... or "" */
    const char *source;
    const char *tag;
    bool price, flat;
};

struct tg_priors {
    struct tg_prior *items;
    size_t count;
};

/* Appends the priors of a document, in its order. `model` is its name. A value outside its range is
 * TG_EINPUT. */
int tg_priors_list(const cJSON *document, const char *model, struct tg_priors *priors, struct tg_error *err);
void tg_priors_release(struct tg_priors *priors);

/* What the prior is in one draw. */
double tg_prior_draw(const struct tg_prior *prior, uint64_t seed, uint64_t draw);

/* Puts the values of one draw into a document, in place of the best guesses. */
int tg_priors_draw(cJSON *document, const char *model, uint64_t seed, uint64_t draw, struct tg_error *err);

/* Puts one value into a document; a range that does not hold it is widened. TG_EINPUT where the document has
 * no such prior. */
int tg_priors_put(cJSON *document, const char *model, const char *key, double value, struct tg_error *err);

/* Puts one value into a document, as the result of a fit: the range goes, and the tag becomes "fitted".
 * TG_EINPUT where the document has no such prior. */
int tg_priors_set(cJSON *document, const char *model, const char *key, double value, struct tg_error *err);

#endif
