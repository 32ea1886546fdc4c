/* tg_cell: one probe at one value of its argument, through the passes of a session; inner header. */
#ifndef TG_CELL_H
#define TG_CELL_H

#include "tg_probe_kind.h"

struct tg_cell {
    const struct tg_probe *probe;
    double argument;
    struct tg_trace *trace; /* shared by the probe's cells */
    double *costs;          /* of one operation, this cell's samples in order of time */
    size_t count, capacity;
    uint64_t ops;       /* of one sample, for probes with a body */
    double baseline_ns; /* to subtract for each operation */
    bool skipped;
    char reason[512];
    char note[256];
};

/* How far one pass goes. */
struct tg_cell_goal {
    size_t samples_min, samples_max; /* in all, at the end of this pass */
    double precision;
    double seconds;     /* of this pass */
    double seconds_max; /* of this pass, where the least number of samples takes longer */
};

/* Runs one pass. TG_OK also where the cell had to be skipped. */
int tg_cell_run(struct tg_cell *cell, const struct tg_bench *bench, const struct tg_cell_goal *goal,
                struct tg_error *err);

void tg_cell_release(struct tg_cell *cell);

#endif
