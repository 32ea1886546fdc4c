/* calibrate_to: the part of `tollgate calibrate` that fits a scenario's values to a measured curve. */
#ifndef TG_CALIBRATE_TO_H
#define TG_CALIBRATE_TO_H

#include <stdbool.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_field.h"

struct tg_calibrate_to_options {
    char *curve, *output, *profile, *technique;
    struct tg_strings keys; /* as given: each may hold several, with commas */
    int match;              /* enum tg_inverse_match */
    int64_t replications, seed, threads;
    bool json;
};

extern const char *const tg_calibrate_match_names[]; /* NULL-terminated, by enum tg_inverse_match */

int tg_calibrate_to(const struct tg_calibrate_to_options *options, const char *scenario,
                    struct tg_error *err);

#endif
