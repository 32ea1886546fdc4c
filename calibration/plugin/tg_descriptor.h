/* tg_descriptor: entries of the process's local descriptor table, which give a plugin its segments.
 *
 * A descriptor is named by its selector, the value that is loaded into a segment register. Entries belong to
 * the whole process; taking and giving back is safe between threads that use this interface. Limits are exact
 * to the byte up to 1 MiB. Inner header of the folder; x86-64 Linux with modify_ldt(2).
 */
#ifndef TG_DESCRIPTOR_H
#define TG_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

enum tg_descriptor_kind {
    TG_DESCRIPTOR_CODE, /* may be executed, not read */
    TG_DESCRIPTOR_DATA  /* may be read and written */
};

enum { TG_DESCRIPTOR_BYTES_MAX = 1 << 20 };

/* Takes a free entry for `bytes` bytes from the linear address `base`. */
int tg_descriptor_take(enum tg_descriptor_kind kind, uint32_t base, size_t bytes, uint16_t *selector,
                       struct tg_error *err);

/* Clears an entry; selector 0 is allowed and does nothing. */
void tg_descriptor_give_back(uint16_t selector);

#endif
