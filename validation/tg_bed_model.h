/* tg_bed_model: a system of the testbed as the simulator sees it.
 *
 * Its server and its load are model files (models/servers/testbed-*.json, models/workloads/testbed-*.json);
 * what it crosses extra, and a container's path, become a technique, made from what the crossing says that it
 * is made of (tg_crossing). All is priced by one profile, of the machine that both ends run on, and by prices
 * that are added to it here.
 */
#ifndef TG_BED_MODEL_H
#define TG_BED_MODEL_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "tg_bed_system.h"
#include "tg_error.h"
#include "tg_field.h"
#include "tg_study_draw.h"

/* A price that no probe gives, ns, with a 95 % interval. It replaces one of that name. */
struct tg_bed_price {
    const char *name;
    double mean_ns, low_ns, high_ns;
    const char *provenance, *source;
};
int tg_bed_model_add_price(cJSON *profile, const struct tg_bed_price *price, struct tg_error *err);

/* Adds what follows from the profile's own prices: what packets pay more on their way into a container and
 * out of it, `container_request` and `container_reply`; and `xdp_deliver`, what delivering a reply of the
 * service in the kernel takes. Each is the difference of two prices, and its interval joins theirs. Where one
 * is missing, or the difference is not above zero, nothing is added. */
int tg_bed_model_derive(cJSON *profile, struct tg_error *err);

/* Gives every measured price the interval of its mean as the range that draws are made from (tg_priors). */
int tg_bed_model_open_ranges(cJSON *profile, struct tg_error *err);

/* Adds the names of all primitives that a system needs a price of, without those that it has; what is derived
 * or priced from low loads is not among them. */
int tg_bed_model_primitives(const struct tg_bed_system *system, struct tg_strings *names,
                            struct tg_error *err);

/* Ready to be run. profile: text of a profile. A price that is missing is TG_EINPUT, and says which. The
 * caller closes the rig, after a failure too. */
struct tg_bed_model_setup {
    const struct tg_bed_system *system;
    const char *profile;
    double window_s, warmup_s;
    uint64_t seed;
};
int tg_bed_model_open(const struct tg_bed_model_setup *setup, struct tg_rig *rig, struct tg_error *err);

#endif
