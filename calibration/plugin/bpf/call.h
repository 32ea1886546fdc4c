/* What the timed eBPF programs and the code that reads their results share. */
#ifndef TG_BPF_CALL_H
#define TG_BPF_CALL_H

enum {
    /* Calls in one bracket. The kernel allows 33 tail calls in one run of a program. */
    TG_CALL_REPEAT = 32,
    TG_CALL_ROUNDS = 512, /* of computing in one bracket */
    TG_CALL_ARGUMENTS_MAX = 8,
    TG_CALL_RUNS_MAX = 1024, /* runs whose times are kept; a power of two */
};

/* The constants of the program, set before it is loaded. */
struct tg_call_constants {
    unsigned arguments; /* longs given to the plugin */
    unsigned fixed;     /* 1: the slot is at a fixed index; 0: at variables.index */
};

/* The times of one run, ns of CLOCK_MONOTONIC. */
struct tg_call_run {
    unsigned long long at;    /* when the run began */
    unsigned long long empty; /* between two clock readings, with a loop of no calls between them */
    unsigned long long full;  /* the same, with a loop of TG_CALL_REPEAT calls or TG_CALL_ROUNDS rounds */
};

/* The variables of the program. */
struct tg_call_variables {
    unsigned long long run_count;
    unsigned long long index;  /* of the slot */
    unsigned long long misses; /* calls that found no plugin in the slot */
    struct tg_call_run runs[TG_CALL_RUNS_MAX];
};

#endif
