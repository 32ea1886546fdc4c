/* tg_process: a program of the testbed: started in a network name space and on a core, bounded in time, and
 * gone with all it started when it is stopped, or when this process dies in whatever way.
 *
 * The program runs in a process name space of its own, whose first process is ours and dies with its parent;
 * the kernel then ends all that is left in it. A terminal's Ctrl-C does not reach it. Its standard output and
 * error are kept together, up to 1 MiB, or thrown away. Needs CAP_SYS_ADMIN.
 */
#ifndef TG_PROCESS_H
#define TG_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "tg_error.h"
#include "tg_text.h"

struct tg_process_setup {
    const char *const
        *arguments;    /* the program, found by PATH and in /usr/sbin, and its arguments; NULL ends */
    const char *netns; /* NULL: this process's */
    int cpu;           /* below 0: wherever */
    unsigned files;    /* the most it may have open; 0: as many as this process */
};

struct tg_process {
    pid_t pid; /* of the first process of the name space; what runs are its descendants */
    int output;
    struct tg_text said;
    double sleeps; /* once it has ended: times that it and its descendants gave their core up by themselves */
};

int tg_process_start(struct tg_process *process, const struct tg_process_setup *setup, struct tg_error *err);

/* Whether it still runs; takes in what it said. */
bool tg_process_runs(struct tg_process *process);

/* Waits for its end. *status is its exit status, 128 + N after signal N, 127 where it could not be started.
 * TG_ELIMIT after timeout_s, TG_EINTERRUPTED when `interrupted` (NULL: never) says so; it still runs then. */
int tg_process_wait(struct tg_process *process, double timeout_s, int (*interrupted)(void), int *status,
                    struct tg_error *err);

/* Ends it and all it started, and forgets what it said; harmless on one that is stopped, or zeroed. */
void tg_process_stop(struct tg_process *process);

/* Whether a program can be found. */
bool tg_process_exists(const char *program);

#endif
