/* tg_probe: micro-benchmarks that measure what each primitive costs on this machine.
 *
 * A probe measures one primitive. A session runs probes on one CPU, each in some passes spread over the
 * session so that the host's slow moods reach all alike, and keeps every raw sample with its time in a trace
 * set. Within a pass a probe is set up, warmed up, measured and torn down. Where one operation is shorter
 * than a hundred steps of the clock, a sample is a batch of them (`ops`). The clock's own part of each
 * bracket is subtracted; what else a probe subtracts is said in docs/probes.md, as is what its primitive
 * leaves out.
 *
 * A probe has measured long enough when the interval of its median is narrower than the precision wanted and
 * it has its least number of samples, or when its share of the budget is spent. A probe that cannot run here
 * is skipped, with the reason in the set. Children, name spaces and descriptors that probes make are gone
 * when the session returns, whichever way it ends.
 *
 * Errors: TG_EUSAGE for an unknown probe or CPU, TG_EINTERRUPTED, TG_EENV, TG_ENOMEM. The set is empty then.
 */
#ifndef TG_PROBE_H
#define TG_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_trace_set.h"

/* What can be known of a probe without running it. */
struct tg_probe_info {
    const char *name;
    const char *what;     /* one sentence */
    const char *argument; /* the argument's column, with unit; NULL for none */
    bool available;
    char reason[256]; /* why it cannot run here */
};

size_t tg_probe_count(void);

/* `index` from 0 to the count. Asks the host whether the probe could run. */
void tg_probe_describe(size_t index, struct tg_probe_info *info);

/* The name nearest to a mistyped one, or NULL; *known says whether the name is a probe's. */
const char *tg_probe_nearest(const char *name, bool *known);

/* What a trace's description says beyond the probe's own sentence: that its guest was emulated, that it
 * stopped early. NULL where there is no more. */
const char *tg_probe_remark(const char *name, const char *description);

struct tg_probe_settings {
    int cpu;         /* to measure on; -1 chooses: an isolated one, else the last */
    double budget_s; /* for all probes together */
    size_t samples_min;
    size_t samples_max; /* of each primitive, for each value of its argument */
    double precision;   /* wanted half width of the median's 95 % interval, as a part of the median */
    unsigned passes;
    double jitter_s;               /* how long to watch for jitter, in all */
    const struct tg_strings *only; /* names of probes; NULL or empty: all */
    int (*interrupted)(void);      /* may be NULL */
    void (*progress)(void *context, const char *name, size_t done, size_t total); /* may be NULL */
    void *context;
};

/* Settings for a full session (about 60 s) and for a quick one (about 10 s). */
struct tg_probe_settings tg_probe_settings_full(void);
struct tg_probe_settings tg_probe_settings_quick(void);

/* Measures; the caller releases the set. set->tool is left to the caller. */
int tg_probe_session(const struct tg_probe_settings *settings, struct tg_trace_set *set,
                     struct tg_error *err);

#endif
