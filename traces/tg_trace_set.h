/* tg_trace_set: all the traces of one measuring session, with the facts of their host.
 *
 * On disk a folder: host.json and one <primitive>.csv each (see tg_trace). host.json is one object: the keys
 * of tg_host, and schema    1 tool      what measured: "tollgate 0.1.0 (commit)", or the tool that the traces
 * were imported from settings  an object of the harness's settings, free in form traces    an object with one
 * object a primitive: observed_ns, threshold_ns (both optional), what (a sentence), sha256 and samples
 * (checked when read, where given) skipped   an object: the primitives that could not be measured, each with
 * the reason
 *
 * A set is written whole or not at all: beside the folder, then renamed over it. An existing folder is
 * replaced only where it is a trace set or empty. Traces are in order of name.
 */
#ifndef TG_TRACE_SET_H
#define TG_TRACE_SET_H

#include "tg_host.h"
#include "tg_trace.h"

struct tg_trace_set {
    struct tg_host host;
    char *tool;      /* owned; may be NULL */
    cJSON *settings; /* owned; may be NULL */
    cJSON *skipped;  /* owned; may be NULL: an object of name to reason */
    struct tg_trace *traces;
    char **what; /* for each trace a sentence about it, or NULL */
    size_t count;
};

/* TG_EINPUT names the file at fault. A .csv file that host.json does not mention is read too. */
int tg_trace_set_read(struct tg_trace_set *set, const char *folder, struct tg_error *err);

/* Fills in the SHA-256 of each trace as it writes. */
int tg_trace_set_write(struct tg_trace_set *set, const char *folder, struct tg_error *err);

/* Moves a trace into the set, keeping the order of names; on failure the trace is still the caller's. */
int tg_trace_set_add(struct tg_trace_set *set, struct tg_trace *trace, const char *what,
                     struct tg_error *err);

/* The trace of a primitive, or NULL. */
const struct tg_trace *tg_trace_set_find(const struct tg_trace_set *set, const char *name);

void tg_trace_set_release(struct tg_trace_set *set);

#endif
