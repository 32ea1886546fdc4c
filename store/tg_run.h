/* tg_run: one stored invocation, with everything needed to replay it and all its results.
 *
 * A run has curves (one a technique), a curve has points (one an offered rate), a point has replications.
 * Writing goes in the order of the work, so that an interrupt loses nothing that was finished:
 *
 *     tg_run_begin -> tg_run_add_curve -> tg_run_add_point -> tg_run_add_replication (repeated)
 *                  -> tg_run_set_point (estimates) -> tg_run_set_saturation -> tg_run_finish
 *
 * tg_run_finish closes the points that were left running under the run's own status.
 *
 * The structs are plain and serve both ways. Writing only reads them; ids and children (points, replications)
 * in them are ignored then. tg_run_load fills them; all it hands out belongs to the struct tg_run and goes
 * with tg_run_release. Times are picoseconds, rates are per second, prices nanoseconds. NAN is a value that
 * does not apply (SQL NULL), and so is a NULL string where "optional" is said. Curves keep the order in which
 * they were added; points come in order of offered rate, replications in order of number, tolls dearest
 * first.
 */
#ifndef TG_RUN_H
#define TG_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_units.h"

struct tg_store;

enum tg_run_status {
    TG_RUN_RUNNING,
    TG_RUN_DONE,
    TG_RUN_INTERRUPTED,
    TG_RUN_FAILED,
    TG_RUN_DIED, /* never stored: it is stored as running, but the process that wrote it is gone (tg_claim) */
};

const char *tg_run_status_name(enum tg_run_status status);

/* What is known of a replication as numbers, and of a point as estimates. Each is a column of the tables
 * point and replication. */
enum tg_run_figure {
    TG_RUN_REPLY_PER_S,
    TG_RUN_REPLY_STDDEV_PER_S, /* spread of the reply rate over windows of time */
    TG_RUN_LOST_RATIO,         /* requests that ended without a reply, of those offered */
    TG_RUN_UTILIZATION_RATIO,  /* busy time of the busiest core */
    TG_RUN_LATENCY_MEAN_PS,
    TG_RUN_LATENCY_STDDEV_PS,
    TG_RUN_LATENCY_FASTEST_DECILE_PS, /* mean of the fastest 10 % */
    TG_RUN_LATENCY_P50_PS,
    TG_RUN_LATENCY_P90_PS,
    TG_RUN_LATENCY_P95_PS,
    TG_RUN_LATENCY_P99_PS,
    TG_RUN_LATENCY_P999_PS,
    TG_RUN_LATENCY_P9999_PS,
    TG_RUN_LATENCY_MAX_PS,
    TG_RUN_WARMUP_PS, /* simulated time cut off at the start */
    TG_RUN_CLIENT_UTILIZATION_RATIO,
    TG_RUN_DRIVER_DOMAIN_UTILIZATION_RATIO,
    TG_RUN_MEMORY_PEAK_BYTES,
    TG_RUN_CRASHED_RATIO, /* replications whose server died */
    TG_RUN_DESCRIPTORS_PEAK,
    TG_RUN_PORTS_PEAK,
    TG_RUN_RESPONSE_MEAN_PS,
    TG_RUN_REPLY_SAMPLED_PER_S,
    TG_RUN_FIGURES
};

/* The column of a figure, with its unit: "latency_p99_ps". */
const char *tg_run_figure_name(enum tg_run_figure figure);

/* A value with the ends of its 95 % interval. */
struct tg_run_estimate {
    double value, low, high;
};

/* Nothing known. */
#define TG_RUN_NO_ESTIMATE \
    ((struct tg_run_estimate){(double)__builtin_nan(""), __builtin_nan(""), __builtin_nan("")})

/* Time per request by what it is spent on. Place "service" is work, and `primitive` the work that was paid
 * for; any other place is waiting ("wait"), and `primitive` what was waited for. In a point it is an
 * estimate; in a replication only `value` counts. The tolls of a point add up to its mean latency. */
struct tg_run_toll {
    const char *primitive;
    const char *place;
    struct tg_run_estimate toll_ps;
};

struct tg_run_loss {
    const char *cause;
    int64_t requests;
};

struct tg_run_drop {
    const char *place;
    int64_t packets;
};

/* CPU time of server and client, whoever it was for. */
struct tg_run_spent {
    const char *primitive;
    tg_ps spent_ps;
};

/* Requests lost by a cause, or packets dropped at a place, for each offered request. */
struct tg_run_share {
    const char *name;
    struct tg_run_estimate ratio;
};

/* The mean latency under a technique: that of the server's plain path, and what the technique adds to it. The
 * parts of a point add up to its mean latency. */
enum tg_run_toll_part {
    TG_RUN_PART_PLAIN,     /* "plain path" */
    TG_RUN_PART_ISOLATION, /* "isolation": more work by the primitives that isolation itself needs */
    TG_RUN_PART_WORK,      /* "other work": more work by all others */
    TG_RUN_PART_WAIT,      /* "waiting": more waiting */
    TG_RUN_PARTS
};
extern const char *const tg_run_part_names[TG_RUN_PARTS];

struct tg_run_cpu_time {
    const char *class_name;
    int core;
    tg_ps busy_ps;
};

struct tg_run_replication {
    int64_t id;
    int64_t number; /* from 0 */
    uint64_t seed;
    tg_ps horizon_ps;
    int64_t offered, sent, replied, still_open;
    int64_t packets_in, packets_out, interrupts, wakeups, switches;
    tg_ps crashed_ps; /* when the server ran out of memory and died, or negative */
    double figures[TG_RUN_FIGURES];
    const void *histogram; /* optional; opaque to the store */
    size_t histogram_bytes;
    const char *digest; /* optional: hash of the results, equal when a replay gives the same bits */
    const struct tg_run_loss *losses;
    size_t loss_count;
    const struct tg_run_drop *drops;
    size_t drop_count;
    const struct tg_run_spent *spent;
    size_t spent_count;
    const struct tg_run_cpu_time *cpu_times;
    size_t cpu_time_count;
    const struct tg_run_toll *tolls;
    size_t toll_count;
};

struct tg_run_point {
    int64_t id;
    double offered_per_s;
    enum tg_run_status status;
    int64_t replication_count; /* on writing: how many the estimates rest on */
    struct tg_run_estimate figures[TG_RUN_FIGURES];
    const struct tg_run_toll *tolls;
    size_t toll_count;
    const struct tg_run_share *losses, *drops;
    size_t loss_count, drop_count;
    const struct tg_run_estimate *toll_parts;      /* loaded: TG_RUN_PARTS of them in ps, or NULL */
    const struct tg_run_replication *replications; /* loaded on demand, else NULL */
    size_t loaded_replications;
};

struct tg_run_curve {
    int64_t id;
    const char *technique; /* the name in its file: "vm-user-process" */
    const char *title;     /* as legends show it: "user-space process in a VM" */
    struct tg_run_estimate saturation_per_s;
    const char *saturation_rule; /* optional: how saturation was found, in words */
    const char *limited_by;      /* optional: what saturates */
    const struct tg_run_point *points;
    size_t point_count;
};

/* What one primitive costs. */
struct tg_run_price {
    const char *primitive;
    const char *per; /* "operation", "byte", ... */
    struct tg_run_estimate mean_ns;
    double p50_ns, p99_ns;
    int64_t samples;        /* 0: not known */
    const char *provenance; /* measured | published | scaled | assumed | fitted */
    const char *source;     /* optional: trace and its hash, publication, rule, reason or target */
    double range_low_ns, range_high_ns; /* of an assumed price, which has no interval; NAN where none */
    const char *inherited_from;         /* optional: the profile of another machine that it was taken from */
    const char *belongs_to; /* of a run's own: "server", "workload", "client" or "technique NAME" */
};

struct tg_run_profile {
    const char *sha256; /* 64 hexadecimal digits: its identity */
    const char *name;
    const char *json;
    const char *host_json; /* optional: the machine it was measured on */
    const struct tg_run_price *prices;
    size_t price_count;
};

/* When requests arrive, as a workload replays it. */
struct tg_run_arrival_log {
    const char *sha256;   /* of times_ps */
    const char *times_ps; /* JSON: a list of whole numbers */
};

struct tg_run {
    int64_t id;
    enum tg_run_status status;
    const char *kind; /* "sweep", "simulate", "reproduce", ... */
    const char *title;
    const char *started_utc;  /* ISO 8601; on writing NULL stands for now */
    const char *finished_utc; /* optional; set by tg_run_finish */
    const char *scenario_json;
    const struct tg_run_profile *profile; /* optional */
    const struct tg_run_price *prices;    /* the run's own, which go before the profile's */
    size_t price_count;
    const struct tg_run_arrival_log *arrival_log; /* optional */
    uint64_t seed;
    const char *tool_version;
    const char *git_commit; /* optional, as are the next three */
    const char *compiler;
    const char *host_json;
    const char *command_line;
    const struct tg_run_curve *curves;
    size_t curve_count;
    void *memory; /* what a loaded run owns */
};

/* Writing. Each call is a transaction of its own unless one is open (tg_store_begin). */
int tg_run_begin(struct tg_store *store, const struct tg_run *run, int64_t *run_id, struct tg_error *err);
int tg_run_add_curve(struct tg_store *store, int64_t run_id, const struct tg_run_curve *curve,
                     int64_t *curve_id, struct tg_error *err);
int tg_run_add_point(struct tg_store *store, int64_t curve_id, const struct tg_run_point *point,
                     int64_t *point_id, struct tg_error *err);
int tg_run_add_replication(struct tg_store *store, int64_t point_id,
                           const struct tg_run_replication *replication, struct tg_error *err);
/* Replaces a point's status, figures, tolls, losses and drops. */
int tg_run_set_point(struct tg_store *store, int64_t point_id, const struct tg_run_point *point,
                     struct tg_error *err);
/* Sets the parts of a point's toll, in ps. */
int tg_run_set_toll_parts(struct tg_store *store, int64_t point_id,
                          const struct tg_run_estimate parts[TG_RUN_PARTS], struct tg_error *err);
/* Replaces a curve's saturation, rule and limit. */
int tg_run_set_saturation(struct tg_store *store, int64_t curve_id, const struct tg_run_curve *curve,
                          struct tg_error *err);
/* Sets a run's status and, unless it runs on, the time it finished. Taking up a run that another process is
 * writing is TG_EENV. */
int tg_run_finish(struct tg_store *store, int64_t run_id, enum tg_run_status status, struct tg_error *err);

/* Keeps a profile by itself; one already stored under its hash is left as it is. */
int tg_run_keep_profile(struct tg_store *store, const struct tg_run_profile *profile, struct tg_error *err);

/* Reading. */
enum { TG_RUN_WITH_REPLICATIONS = 1 };
/* A whole run. TG_EINPUT when there is none with this id. */
int tg_run_load(struct tg_store *store, int64_t run_id, unsigned flags, struct tg_run *run,
                struct tg_error *err);
void tg_run_release(struct tg_run *run);

/* The newest run that is done and has points; TG_EINPUT when there is none. */
int tg_run_latest(struct tg_store *store, int64_t *run_id, struct tg_error *err);

struct tg_run_summary {
    int64_t id;
    char *started_utc, *finished_utc, *kind, *title, *status; /* finished_utc is NULL while a run goes on */
    char *techniques;                                         /* their names, joined by ", " */
    int64_t curves, points, replications;
};

/* All runs, newest first; *runs is malloc'd. */
int tg_run_list(struct tg_store *store, struct tg_run_summary **runs, size_t *count, struct tg_error *err);
void tg_run_list_release(struct tg_run_summary *runs, size_t count);

/* Deletes a run with all its results; its profile stays. TG_EINPUT when there is none with this id, TG_EENV
 * when another process is writing it. */
int tg_run_delete(struct tg_store *store, int64_t run_id, struct tg_error *err);

#endif
