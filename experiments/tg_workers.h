/* tg_workers: independent jobs on several threads.
 *
 * Jobs are numbered from 0 and handed out in that order; each writes its results into a place of its own, so
 * that the number of threads cannot change them. The first failure stops the handing out; jobs under way are
 * finished.
 */
#ifndef TG_WORKERS_H
#define TG_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_error.h"

struct tg_workers {
    unsigned threads;
    /* worker: 0 ... threads - 1, the thread that runs the job. */
    int (*job)(void *context, unsigned worker, size_t index, struct tg_error *err);
    void *context;
    bool (*interrupted)(void *context); /* asked before each job; or NULL */
    void *interrupted_context;
};

/* Runs `count` jobs. TG_EINTERRUPTED when stopped before all were handed out. */
int tg_workers_run(const struct tg_workers *workers, size_t count, struct tg_error *err);

/* The number of cores this process may use. */
unsigned tg_workers_cores(void);

#endif
