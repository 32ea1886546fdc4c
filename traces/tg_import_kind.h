/* tg_import_kind: what a format supplies, and what formats share; inner header. */
#ifndef TG_IMPORT_KIND_H
#define TG_IMPORT_KIND_H

#include "tg_import.h"

/* A text under way. */
struct tg_import_text {
    const struct tg_import_options *options;
    const char *text;
    size_t size;
    const char *where;
};

struct tg_import_format {
    const char *name;
    const char
        *sign; /* a piece of text that only this format has; NULL: chosen by name or by the file's start */
    int (*read)(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
};

int tg_import_cyclictest(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_rtla(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_hdr(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_lmbench(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_csv(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_json(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_httperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_dnsperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_queryperf(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_wrk(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);
int tg_import_ab(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err);

/* A histogram: counts at values, in rising order of value. */
struct tg_import_bin {
    double cost_ns, count;
};

struct tg_import_bins {
    struct tg_import_bin *items; /* owned */
    size_t count;
};

int tg_import_add_bin(struct tg_import_bins *bins, double cost_ns, double count, struct tg_error *err);

/* Turns a histogram into a trace of the set. observed_ns may be 0. */
int tg_import_add_histogram(struct tg_import *out, const struct tg_import_text *in, const char *name,
                            const struct tg_import_bins *bins, double observed_ns, const char *what,
                            struct tg_error *err);

/* A trace of one sample that covers `ops` operations. */
int tg_import_add_number(struct tg_import *out, const char *name, double cost_ns, double ops,
                         const char *what, struct tg_error *err);

/* The number after the first place where `label` starts a line (after blanks); *after, if asked for, is what
 * follows it. */
bool tg_import_number(const char *text, const char *label, double *value, const char **after);

/* The number after `label` anywhere. */
bool tg_import_number_anywhere(const char *text, const char *label, double *value, const char **after);

/* The line number of a place, from 1. */
size_t tg_import_line(const struct tg_import_text *in, const char *at);

/* Nanoseconds of a unit's name at p ("us", "ms", "s", "microseconds", ...), or 0. */
double tg_import_unit_ns(const char *p);

/* Adds a point; without a known offered rate the reply rate stands for it. */
int tg_import_add_point(struct tg_import *out, const struct tg_import_text *in, struct tg_curve_point *point,
                        struct tg_error *err);

#endif
