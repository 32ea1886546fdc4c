/* tg_tunable: a scenario whose values can be set by key, and that becomes a scenario again.
 *
 * A key is a path in the scenario as tg_scenario_print() prints it, with the whole cost profile in the place
 * of its name: "link.latency", "server.costs.service", "profile.costs.syscall", "profile.jitter[0].rate",
 * "techniques[process].rules[0].add[0].count". An element of a list is named by its place, counted from 0, or
 * by the "name" or "cost" that it holds; "techniques.process" means the same as "techniques[process]".
 *
 * What stands at a key is a number, a quantity with its unit, the price of a primitive (an object with a
 * "law"; its path may end in ".mean" or ".law"), or a law. The value of a price or law is its mean in ns, and
 * the law keeps its form: setting it scales the law. Other values keep the unit that they are written in. A
 * value with a range (tg_uncertain) is its best guess; the range goes, as it does from a price.
 * Values are above 0: a scenario that does not hold the key, or holds 0, is TG_EINPUT, since a search needs a
 * place to start from.
 *
 * The way: tg_tunable_init(), tg_tunable_add() for each key, then any number of tg_tunable_set() and
 * tg_tunable_make(); at the end tg_tunable_tag() and tg_tunable_write(). A scenario made is the caller's, and
 * as good as one read from a file; values that its own reader refuses (half a packet) are its error.
 */
#ifndef TG_TUNABLE_H
#define TG_TUNABLE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tg_scenario.h"

enum { TG_TUNABLE_KEYS_MAX = 8 };

struct tg_tunable_key {
    char *path;    /* as given */
    char *unit;    /* as it follows the number: " us", "/s"; "" for a number; " ns" for a price */
    double start;  /* the value in the scenario, in that unit */
    double value;  /* as it is set now */
    double unit_s; /* seconds in the unit, where the value is a time; else 0 */

    cJSON *text, *number; /* where the value stands, whichever it is */
    cJSON *factor;        /* of a price: of the law's scale */
    cJSON *owner; /* what has a provenance, or NULL: the price, the jitter process, the value with a range */
};

struct tg_tunable {
    char *name; /* what messages call the scenario */
    cJSON *scenario, *profile;
    char *profile_text;  /* of the profile as it stands; NULL: changed since */
    const tg_ps *log_ps; /* the scenario's arrival log; borrowed */
    size_t log_count;
    struct tg_tunable_key keys[TG_TUNABLE_KEYS_MAX];
    size_t key_count;
};

int tg_tunable_init(struct tg_tunable *tunable, const struct tg_scenario *scenario, const char *name,
                    struct tg_error *err);
void tg_tunable_release(struct tg_tunable *tunable);

/* The key gets the next index, from 0. */
int tg_tunable_add(struct tg_tunable *tunable, const char *path, struct tg_error *err);

void tg_tunable_set(struct tg_tunable *tunable, size_t key, double value);
int tg_tunable_make(struct tg_tunable *tunable, struct tg_scenario *scenario, struct tg_error *err);

/* Marks the value as fitted, with its 95 % interval and a source that names the targets. What has no
 * provenance of its own gets a comment. */
int tg_tunable_tag(struct tg_tunable *tunable, size_t key, double low, double high, const char *source,
                   struct tg_error *err);

/* Writes the scenario with server and techniques in full. The profile is named where `profile_reference` is a
 * name or path and none of its values were set; else it goes to a file beside, PATH less ".json" and
 * "-profile.json", which the scenario names. */
int tg_tunable_write(struct tg_tunable *tunable, const char *path, const char *profile_reference,
                     struct tg_error *err);

/* "41.3 us", with the key's unit. Returns buf. */
char *tg_tunable_format(const struct tg_tunable_key *key, double value, char *buf, size_t size);

#endif
