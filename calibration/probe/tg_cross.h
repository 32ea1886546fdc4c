/* tg_cross: one crossing at a time, for probes of what the code after it pays; inner header. */
#ifndef TG_CROSS_H
#define TG_CROSS_H

#include <signal.h>

#include "tg_pair.h"
#include "tg_probe_kind.h"

enum tg_cross_kind {
    TG_CROSS_SYSTEM_CALL, /* getppid */
    TG_CROSS_SIGNAL,      /* to itself, sent and handled */
    TG_CROSS_SWITCH,      /* a round trip by pipe to another process of this core */
    TG_CROSS_VM_EXIT,     /* CPUID */
    TG_CROSS_PAGE_FAULT,  /* first touch of a page */
};

struct tg_cross {
    enum tg_cross_kind kind;
    struct tg_pair *pair; /* of a switch */
    struct sigaction before;
    bool handles;
    pid_t self;
    volatile char *pages; /* of a page fault */
    size_t page_bytes, next;
};

/* For probes' `available`: an exit needs a hypervisor. */
bool tg_cross_exit_available(const struct tg_probe *probe, char *reason, size_t size);

/* tg_cross_close() also after a failure. */
int tg_cross_open(struct tg_cross *cross, const struct tg_bench *bench, enum tg_cross_kind kind,
                  struct tg_error *err);
void tg_cross_close(struct tg_cross *cross);

/* To be called before each crossing, outside of what is timed: gives pages back when all were touched. */
void tg_cross_prepare(struct tg_cross *cross);
int tg_cross_once(struct tg_cross *cross, struct tg_error *err);

#endif
