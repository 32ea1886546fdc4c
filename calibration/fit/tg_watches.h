/* tg_watches: the jitter of a trace, watch by watch.
 *
 * A session watches for jitter several times, with other work in between. Stalls come in bursts: a machine
 * that is shared is quiet in most watches and disturbed in some, and an average over them all is like none of
 * them. A watch ends where no gap began for half a second, which ticks of the kernel's clock forbid while it
 * lasts. Watches are taken to be of one length.
 */
#ifndef TG_WATCHES_H
#define TG_WATCHES_H

#include <cjson/cJSON.h>

#include "tg_error.h"
#include "tg_trace.h"

/* Appends to `lists` a list of processes for each watch, as a profile's `jitter` (tg_jitter). Nothing where
 * the trace is NULL, does not say how long was watched, or has fewer than two watches. `source` names the
 * trace. */
int tg_watches_json(cJSON *lists, const struct tg_trace *jitter, const char *source, struct tg_error *err);

#endif
