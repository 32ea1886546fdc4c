/* tg_segment_gate: the crossing between 64-bit host code and a 32-bit plugin in its segments.
 *
 * A gate is two pages below 4 GiB, where a far call can return to: one of code, one of the state it needs,
 * which it finds relative to itself, for a far return brings back only 32 bits of each register. The plugin
 * reaches neither by its data segment nor by its stack segment. Inner header of the folder; x86-64.
 */
#ifndef TG_SEGMENT_GATE_H
#define TG_SEGMENT_GATE_H

#include <stdint.h>

#include "tg_error.h"

/* The state, at the offsets that the gate's code uses. */
struct tg_gate_state {
    uint64_t host_sp;   /* 0: the host's stack while the plugin runs */
    uint32_t entry_sp;  /* 8: linear address of the first argument on the plugin's stack */
    uint32_t unused;    /* 12 */
    uint32_t entry_ip;  /* 16: with plugin_cs the far pointer that is called */
    uint16_t plugin_cs; /* 20 */
    uint16_t plugin_ds; /* 22 */
    uint16_t plugin_ss; /* 24 */
    uint16_t host_ss;   /* 26 */
    uint32_t plugin_sp; /* 28: linear, while the plugin is in the host */
    uint64_t callback;  /* 32: int32_t (*)(void *context, int32_t value) */
    uint64_t context;   /* 40 */
};

struct tg_gate {
    uint32_t (*enter)(void); /* calls the far pointer and returns its eax; the code there finds the selector
                              * of its stack in cx, and changes to it */
    uint32_t callback;       /* linear address for a far call from the plugin on the flat stack, value in eax;
                              * returns with the plugin's stack selector in cx */
    uint64_t killed;         /* where to resume after a fault, with host_sp as stack pointer */
    struct tg_gate_state *state;
    void *pages;
};

int tg_gate_open(struct tg_gate *gate, struct tg_error *err);
void tg_gate_close(struct tg_gate *gate);

#endif
