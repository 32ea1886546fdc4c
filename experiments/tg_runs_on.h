/* tg_runs_on: whether a technique runs on a machine with a server: whether its rules find what they rewrite,
 * and every primitive of the path has a price.
 *
 * All three by name or path, as a scenario names them.
 */
#ifndef TG_RUNS_ON_H
#define TG_RUNS_ON_H

#include <stdbool.h>

#include "tg_error.h"

struct tg_runs_on {
    bool runs;
    struct tg_error why_not; /* a sentence where it does not run */
};

/* TG_OK whatever the answer; TG_EINPUT where there is no such model, or it cannot be read. */
int tg_runs_on_check(const char *profile, const char *server, const char *technique,
                     struct tg_runs_on *answer, struct tg_error *err);

#endif
