/* tg_key: isolation by memory protection keys. A plugin runs in its host's process and at full width, but
 * with a key register that lets it write its own memory only: each call changes the register on the way in
 * and on the way out, by one unprivileged instruction.
 *
 * The plugin's stack and data lie in memory of a key of their own. It may read its host's memory and not
 * write it. A plugin that writes elsewhere is stopped by SIGSEGV; before Linux 6.12 the kernel cannot deliver
 * that signal while the host's memory is not writable, and ends the process, so a plugin that is not trusted
 * belongs in a child process. As with segments, instructions that change the key register are not kept from a
 * plugin: whoever makes its code must not emit them.
 *
 * A domain belongs to one thread, whose restartable sequences (rseq) are off while it is open.
 *
 * x86-64 processors with PKU and kernels that use it.
 */
#ifndef TG_KEY_H
#define TG_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

struct tg_key_domain;

typedef int64_t (*tg_key_function)(void *data, int64_t argument);

int tg_key_available(struct tg_error *why);

/* data_bytes of memory for the plugin, beside its stack of 16 KiB. */
int tg_key_open(struct tg_key_domain **domain, size_t data_bytes, struct tg_error *err);
void tg_key_close(struct tg_key_domain *domain); /* NULL is allowed */

void *tg_key_data(struct tg_key_domain *domain);

/* Calls function(data, argument) inside the domain. */
int64_t tg_key_call(struct tg_key_domain *domain, tg_key_function function, int64_t argument);

#endif
