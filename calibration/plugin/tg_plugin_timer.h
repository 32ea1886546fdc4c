/* tg_plugin_timer: samples of what plugin operations cost on this machine.
 *
 * One timer repeats one operation and hands out raw samples: when the sample began (ns of CLOCK_MONOTONIC),
 * what its operations took together (ns, cost of the clock subtracted) and how many operations that was. A
 * sample may be hit by an interrupt, and then it shows it: nothing is averaged, filtered or dropped. A sample
 * may come out slightly negative where the operation is as short as the clock's resolution.
 *
 * Calls inside the kernel are timed by the program that makes them, TG_CALL_REPEAT at a time between two
 * readings of the kernel's clock, less what the same loop takes without the calls; one sample adds up
 * eight such brackets, because the kernel's clock may count in steps of 10 ns.
 *
 * A timer belongs to one thread, and the caller pins it. Open, sample and close in that order; TG_EENV where
 * this machine cannot run the operation, with the reason.
 */
#ifndef TG_PLUGIN_TIMER_H
#define TG_PLUGIN_TIMER_H

#include <stdint.h>

#include "tg_error.h"

/* "Kernel": verified bytecode in the kernel. "Segment": generated code in segments of this process. */
enum tg_plugin_operation {
    TG_PLUGIN_KERNEL_CALL,     /* call and return of a null plugin; arguments: longs it is given */
    TG_PLUGIN_KERNEL_CALLBACK, /* call from a plugin to a function of the kernel that does next to nothing */
    TG_PLUGIN_KERNEL_ROUND,    /* a round of what the compute plugin computes */
    TG_PLUGIN_KERNEL_CODEGEN,  /* bytecode of a null plugin to machine code: verification and compilation */
    TG_PLUGIN_KERNEL_LINK,     /* a compiled plugin put into the empty slot of a program that is loaded */
    TG_PLUGIN_KERNEL_UNLINK,   /* and taken out */
    /* The same through a slot whose place is fixed when its program is compiled: a direct jump, for which
     * each change of the slot rewrites machine code and unlinking waits until no core can still be inside. */
    TG_PLUGIN_KERNEL_FIXED_CALL,
    TG_PLUGIN_KERNEL_FIXED_LINK,
    TG_PLUGIN_KERNEL_FIXED_UNLINK,
    /* The same where the plugin takes the place of a function of its host, which few hosts permit. Linking
     * includes looking the function up. */
    TG_PLUGIN_KERNEL_REPLACED_CALL,
    TG_PLUGIN_KERNEL_REPLACED_LINK,
    TG_PLUGIN_KERNEL_REPLACED_UNLINK,
    TG_PLUGIN_SEGMENT_CALL,
    TG_PLUGIN_SEGMENT_CALLBACK,
    TG_PLUGIN_SEGMENT_CODEGEN, /* text of a small filter to machine code */
    TG_PLUGIN_SEGMENT_LINK,    /* code copied into place, three segments made */
    TG_PLUGIN_SEGMENT_UNLINK,  /* the segments taken away */
    TG_PLUGIN_KEY_CALL,        /* call of a null plugin that may write only memory of its own key */
    TG_PLUGIN_OPERATIONS       /* their number */
};

struct tg_plugin_sample {
    int64_t t_ns;
    double cost_ns;
    unsigned ops;
};

struct tg_plugin_timer;

/* The name of an operation, as in a trace: "plugin_call". */
const char *tg_plugin_operation_name(enum tg_plugin_operation operation);

/* The largest number of arguments the operation takes; 0 where it takes none. */
unsigned tg_plugin_operation_arguments_max(enum tg_plugin_operation operation);

/* TG_OK, or TG_EENV and in `why` the reason why this machine cannot time the operation. */
int tg_plugin_available(enum tg_plugin_operation operation, struct tg_error *why);

int tg_plugin_timer_open(struct tg_plugin_timer **timer, enum tg_plugin_operation operation,
                         unsigned arguments, struct tg_error *err);
int tg_plugin_timer_sample(struct tg_plugin_timer *timer, struct tg_plugin_sample *sample,
                           struct tg_error *err);
/* Frees the timer and all it set up; NULL is allowed. */
void tg_plugin_timer_close(struct tg_plugin_timer *timer);

#endif
