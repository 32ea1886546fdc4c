/* tg_profile: the price list of one machine.
 *
 * A profile holds for each primitive the law of its cost, its mean with a 95 % interval, and where the number
 * comes from; and the machine's jitter: processes that steal time from whatever runs. Costs are nanoseconds.
 * A price may be inherited from another machine's profile; it then keeps its provenance, and says so.
 *
 * Read only once made; share it between threads. docs/profile.md documents the JSON.
 */
#ifndef TG_PROFILE_H
#define TG_PROFILE_H

#include <cjson/cJSON.h>

#include "tg_by_argument.h"
#include "tg_dist.h"
#include "tg_error.h"
#include "tg_field.h"
#include "tg_price_detail.h"
#include "tg_sha256.h"

enum tg_provenance {
    TG_MEASURED,  /* a trace, named by its SHA-256 */
    TG_PUBLISHED, /* printed in a source */
    TG_SCALED,    /* computed from another price by a stated rule */
    TG_ASSUMED,   /* a prior with a range */
    TG_FITTED,    /* chosen so that targets are met */
};

extern const char *const tg_provenance_names[]; /* NULL-terminated, in the order of the enum */

/* How jitter was told apart: not at all, sample by sample, or as a factor on all of them. */
extern const char *const tg_jitter_method_names[];

struct tg_price {
    char *primitive;
    struct tg_dist law;
    double mean_ns, low_ns, high_ns; /* the mean and its 95 % interval; NaN where not known */
    double median_ns, p99_ns, fastest_decile_mean_ns;
    double raw_mean_ns; /* of all samples, those that jitter hit included */
    int64_t samples, jitter_hits;
    int provenance;
    char *source;                       /* trace file, publication or rule */
    char *sha256;                       /* of the trace, or NULL */
    double range_low_ns, range_high_ns; /* an assumed price's range; NaN where none */
    char *inherited_from;               /* the base profile that it was taken from, or NULL */
    double median_low_ns, median_high_ns, p99_low_ns, p99_high_ns; /* 95 % intervals; NaN where not known */
    int jitter_method;                                             /* an index into tg_jitter_method_names */
    double ljung_box_p;                                            /* NaN where not known */
    int64_t block; /* samples joined to one for the intervals, 1: independent; 0: not known */
    /* The raw mean less the mean of the fastest tenth: as cost and jitter together explain it, and the rest.
     */
    double explained_ns, turns_ns, unexplained_ns;
    double disagreement; /* of several trace sets: their means' spread beyond their intervals, relative */
    struct tg_price_fit fit;
    struct tg_price_tail tail;
    struct tg_price_slope slope;
    struct tg_by_argument by_argument; /* where its argument is NULL, the law holds for all */
    struct tg_dist table;              /* the quantile table, where the law is the fit; else zeroed */
};

/* A process that takes the core away: periodic, or Poisson with the given rate. */
struct tg_noise {
    char *name;
    double rate_per_s;
    int periodic;
    struct tg_dist length; /* ns */
    double tail_shape;     /* of the generalized Pareto law of the longest; 0 where none was fitted */
    int provenance;
    char *source;
    char *sha256; /* of the trace, or NULL */
};

struct tg_profile {
    char *name;
    char *title;
    char *cpu;
    double clock_hz;
    int64_t cores;
    char *host; /* facts of the machine it was measured on, as JSON; or NULL */
    struct tg_price *prices;
    size_t price_count;
    struct tg_noise *noises;
    size_t noise_count;
    cJSON *system; /* settings of the machine, or NULL: see tg_system */
    char *text;    /* the JSON as read or made, for the store */
    char sha256[TG_SHA256_HEX];
};

int tg_profile_read_file(const char *path, struct tg_profile *profile, struct tg_error *err);
/* name is what messages call the text. */
int tg_profile_read_text(const char *text, const char *name, struct tg_profile *profile,
                         struct tg_error *err);
void tg_profile_release(struct tg_profile *profile);

/* The price of a primitive, or NULL. */
const struct tg_price *tg_profile_price(const struct tg_profile *profile, const char *primitive);

/* An object of prices by name: the form of "costs" in profiles and in servers. tg_price_list_read has the
 * form of tg_field.read; on failure the list holds what was read so far: release it all the same. */
struct tg_price_list {
    struct tg_price *items;
    size_t count;
};
int tg_price_list_read(const cJSON *value, const char *path, void *list, struct tg_error *err);
void tg_price_list_release(struct tg_price_list *list);

/* A list of jitter processes: the form of "jitter" in profiles and in techniques, read as tg_price_list_read.
 */
struct tg_noise_list {
    struct tg_noise *items;
    size_t count;
};
int tg_noise_list_read(const cJSON *value, const char *path, void *list, struct tg_error *err);
void tg_noise_list_release(struct tg_noise_list *list);

/* The tables that drive the reading, for the documentation's check. */
extern const struct tg_field tg_profile_fields[], tg_price_fields[], tg_noise_fields[];
extern const size_t tg_profile_field_count, tg_price_field_count, tg_noise_field_count;

#endif
