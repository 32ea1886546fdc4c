/* tg_segment: hardware fault isolation. A plugin's code, data and stack lie in segments of their own, each of
 * exact base and limit, inside the host's process; the processor checks every access against them.
 *
 * A call is a far call from 64-bit host code into the plugin's 32-bit code segment and a far return; a call
 * back into the host is a far call to a gate and a far return. A plugin that leaves its data or stack
 * segment, divides by zero, runs an undefined instruction or uses more than its budget of processor time is
 * killed: its call ends with TG_ECHECK and a sentence, its segments are taken away, and its host goes on.
 *
 * What is isolated and what is not: limits hold for every memory access by the plugin's instructions. They do
 * not hold against instructions that change segments or enter the kernel; those the generator of the code
 * (tg_expression) must not emit, and link takes code from the caller on trust.
 *
 * One segment belongs to one thread, from open to close; in between the thread has an alternate signal stack
 * and its asynchronous signals blocked, because a signal handler cannot run on a plugin's stack. Link, call
 * any number of times, unlink; only one call at a time, and none from within a callback. x86-64 Linux with
 * modify_ldt; elsewhere tg_segment_available() says why not.
 *
 * The method is that of the kernel plugins of Ganev, Eisenhauer and Schwan (2004), moved from between kernel
 * and plugin to between process and plugin, where today's processors and kernels still allow it.
 */
#ifndef TG_SEGMENT_H
#define TG_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

enum { TG_SEGMENT_ARGUMENTS_MAX = 8 };

struct tg_segment;

struct tg_segment_sizes {
    size_t code_bytes, data_bytes, stack_bytes; /* 1 to 1 MiB each; stack at least 128 */
};

int tg_segment_available(struct tg_error *why);

int tg_segment_open(struct tg_segment **segment, const struct tg_segment_sizes *sizes, struct tg_error *err);
void tg_segment_close(struct tg_segment *segment); /* NULL is allowed */

/* Puts code in place and makes the three segments. The code stands at offset TG_STUB_BYTES of its segment and
 * is entered at its first byte (see tg_expression). The data segment is zeroed. A plugin already linked is
 * replaced. */
int tg_segment_link(struct tg_segment *segment, const uint8_t *code, size_t size, struct tg_error *err);

/* Takes the segments away; a later call is TG_EUSAGE. Harmless if nothing is linked. */
void tg_segment_unlink(struct tg_segment *segment);

/* What host(x) in a plugin calls. Without one, host(x) is x. */
void tg_segment_set_callback(struct tg_segment *segment, int32_t (*callback)(void *context, int32_t value),
                             void *context);

/* Processor time after which a call is killed, in steps of a millisecond; 0, the start: none. With a budget,
 * each call sets and clears a kernel timer. */
void tg_segment_set_budget(struct tg_segment *segment, uint64_t budget_ns);

/* Calls the plugin. TG_ECHECK: it was killed, and the sentence says for what. */
int tg_segment_call(struct tg_segment *segment, const int32_t *arguments, unsigned count, int32_t *result,
                    struct tg_error *err);

/* The plugin's data, data_bytes of it, for the host to read and write between calls. */
void *tg_segment_data(struct tg_segment *segment);

#endif
