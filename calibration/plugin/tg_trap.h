/* tg_trap: catches the faults of a plugin that runs in segments, and brings its host back to life.
 *
 * Signal handlers belong to the process and are put in place while any thread has a trap open; a fault that
 * is not the plugin's goes to whoever handled it before. Inner header of the folder.
 */
#ifndef TG_TRAP_H
#define TG_TRAP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "tg_error.h"
#include "tg_segment_gate.h"

struct tg_trap {
    const struct tg_gate *gate;
    volatile sig_atomic_t killed; /* the signal that ended the call, or 0 */
    uint64_t fault_ip;            /* offset in the plugin's code segment */
    sigset_t old_mask;
    stack_t old_stack;
    void *stack;
    timer_t timer;
    bool has_timer;
};

/* Prepares the calling thread: alternate stack, masked signals. */
int tg_trap_open(struct tg_trap *trap, const struct tg_gate *gate, struct tg_error *err);
void tg_trap_close(struct tg_trap *trap);

/* Between these two, faults in the gate's plugin are caught. budget_ns 0: no limit. */
void tg_trap_arm(struct tg_trap *trap, uint64_t budget_ns);
void tg_trap_disarm(struct tg_trap *trap, uint64_t budget_ns);

/* Why a plugin was killed, in words: "it left its data or code segment (SIGSEGV)". */
const char *tg_trap_reason(int signal_number);

#endif
