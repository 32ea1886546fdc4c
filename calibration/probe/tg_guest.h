/* tg_guest: a minimal virtual machine of one CPU in long mode, under /dev/kvm; inner header.
 *
 * The guest repeats for ever: do its operation `rounds` times, then write to a port, which leaves it for this
 * process. One call of tg_guest_run() is one such turn. No devices, no interrupts, 2 MiB of memory.
 */
#ifndef TG_GUEST_H
#define TG_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

enum tg_guest_operation {
    TG_GUEST_NOTHING, /* rounds is ignored */
    TG_GUEST_CPUID,   /* an exit that the kernel's hypervisor handles by itself */
    TG_GUEST_LOOP,    /* decrement and branch: no exit at all */
};

struct tg_guest {
    int kvm, vm, cpu;
    void *memory;
    void *shared; /* struct kvm_run */
    size_t shared_bytes;
};

/* Whether /dev/kvm can be used; the reason where not. */
bool tg_guest_available(char *reason, size_t size);

int tg_guest_open(struct tg_guest *guest, enum tg_guest_operation operation, uint32_t rounds,
                  struct tg_error *err);

/* 0 after a turn that ended as it should. */
int tg_guest_run(struct tg_guest *guest);
void tg_guest_close(struct tg_guest *guest);

#endif
