/* tg_i386: an assembler for the few 32-bit x86 instructions that generated plugins are made of.
 *
 * Code goes into a buffer of the caller's choice of size; when it is full, `full` is set and further
 * instructions are dropped, so that one check at the end suffices. Values are computed in eax; ecx holds the
 * second operand; variables and arguments are addressed from ebp. No instruction here can load a segment
 * register, leave the code segment except through the two stubs of tg_segment, or reach the kernel.
 */
#ifndef TG_I386_H
#define TG_I386_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tg_i386 {
    uint8_t *code;
    size_t size;     /* bytes written */
    size_t capacity; /* bytes of room */
    bool full;
};

/* eax = ecx OP eax, in the order a program pushes them: left operand in ecx, right in eax. */
enum tg_i386_operation {
    TG_I386_ADD,
    TG_I386_SUBTRACT,
    TG_I386_MULTIPLY,
    TG_I386_DIVIDE,
    TG_I386_REMAINDER,
    TG_I386_AND,
    TG_I386_OR,
    TG_I386_XOR,
    TG_I386_SHIFT_LEFT,
    TG_I386_SHIFT_RIGHT,
    TG_I386_EQUAL,
    TG_I386_UNEQUAL,
    TG_I386_LESS,
    TG_I386_LESS_EQUAL,
    TG_I386_GREATER,
    TG_I386_GREATER_EQUAL,
    TG_I386_OPERATIONS,
};

enum tg_i386_unary {
    TG_I386_NEGATE,
    TG_I386_INVERT,
    TG_I386_NOT, /* 1 where eax was 0, else 0 */
    TG_I386_BOOL /* 0 where eax was 0, else 1 */
};

void tg_i386_bytes(struct tg_i386 *out, const void *bytes, size_t count);
void tg_i386_constant(struct tg_i386 *out, int32_t value);     /* eax = value */
void tg_i386_load_frame(struct tg_i386 *out, int32_t offset);  /* eax = [ebp + offset] */
void tg_i386_store_frame(struct tg_i386 *out, int32_t offset); /* [ebp + offset] = eax */
void tg_i386_load(struct tg_i386 *out);                        /* eax = data segment [eax] */
void tg_i386_store(struct tg_i386 *out);                       /* data segment [ecx] = eax */
void tg_i386_push(struct tg_i386 *out);                        /* push eax */
void tg_i386_pop_left(struct tg_i386 *out);                    /* pop ecx */
void tg_i386_binary(struct tg_i386 *out, enum tg_i386_operation operation);
void tg_i386_unary(struct tg_i386 *out, enum tg_i386_unary operation);

/* Makes a frame of as many bytes of variables as tg_i386_set_frame says later; all of them zero. */
size_t tg_i386_enter(struct tg_i386 *out);
void tg_i386_set_frame(struct tg_i386 *out, size_t place, uint32_t variables);
void tg_i386_leave_far(struct tg_i386 *out); /* drops the frame and returns to the other segment */

/* Jumps. A forward jump returns its place, to be landed later at the current end of the code. */
size_t tg_i386_jump_if_zero(struct tg_i386 *out);
size_t tg_i386_jump(struct tg_i386 *out);
void tg_i386_land(struct tg_i386 *out, size_t place);
void tg_i386_jump_back(struct tg_i386 *out, size_t target);

/* Calls an offset of the same segment; `origin` is the offset that the code's first byte will have. */
void tg_i386_call(struct tg_i386 *out, uint32_t origin, uint32_t target);

#endif
