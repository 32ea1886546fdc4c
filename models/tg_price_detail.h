/* tg_price_detail: what calibration knows about a price beyond its law: the fit with its goodness, the tail,
 * and how the cost grows with its argument.
 *
 * Times are ns. All is for reading and reports; the simulator draws from the price's law alone. Numbers that
 * a profile does not give are NaN.
 */
#ifndef TG_PRICE_DETAIL_H
#define TG_PRICE_DETAIL_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tg_dist.h"
#include "tg_error.h"
#include "tg_field.h"

/* The best law of a known family. */
struct tg_price_fit {
    char *family; /* in words: "shifted gamma"; NULL: there is no fit */
    bool passes;
    int64_t samples, tested;
    double bic, ks, ks_p, ad, ad_p;
    struct tg_dist law;
    char rivals; /* read for its form alone */
};

/* A generalized Pareto law above a threshold. */
struct tg_price_tail {
    double threshold_ns, share, scale_ns, shape, p;
};

/* cost = fixed + slope * argument, from `from` to `to`. */
struct tg_price_slope {
    char *argument; /* NULL: there is none */
    double fixed_ns, fixed_low_ns, fixed_high_ns;
    double ns_per_unit, low_ns_per_unit, high_ns_per_unit;
    double from, to;
    double misfit; /* greatest distance of a median from the line, relative to the median */
    int64_t samples;
};

/* Readers of the keys "fit", "tail", "slope" and "table", in the form of tg_field.read. What they fill is to
 * be released also where they fail. */
int tg_price_fit_read(const cJSON *value, const char *path, void *fit, struct tg_error *err);
int tg_price_tail_read(const cJSON *value, const char *path, void *tail, struct tg_error *err);
int tg_price_slope_read(const cJSON *value, const char *path, void *slope, struct tg_error *err);
void tg_price_fit_release(struct tg_price_fit *fit);
void tg_price_slope_release(struct tg_price_slope *slope);
void tg_price_tail_clear(struct tg_price_tail *tail);
void tg_price_slope_clear(struct tg_price_slope *slope);

/* The cost at an argument, by the slope; NaN without one. */
double tg_price_slope_at(const struct tg_price_slope *slope, double argument);

extern const struct tg_field tg_price_fit_fields[], tg_price_tail_fields[], tg_price_slope_fields[];
extern const size_t tg_price_fit_field_count, tg_price_tail_field_count, tg_price_slope_field_count;

#endif
