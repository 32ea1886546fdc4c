#include "tg_i386.h"

#include <assert.h>
#include <string.h>

/* Encodings are those of the Intel 64 and IA-32 manual, volume 2; the mnemonics beside them say what they
 * are. */

void tg_i386_bytes(struct tg_i386 *out, const void *bytes, size_t count)
{
    if (out->full || out->capacity - out->size < count) {
        out->full = true;
        return;
    }
    memcpy(out->code + out->size, bytes, count);
    out->size += count;
}

#define EMIT(out, ...) \
    tg_i386_bytes(out, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void emit_word(struct tg_i386 *out, uint32_t word)
{
    EMIT(out, word & 0xff, word >> 8 & 0xff, word >> 16 & 0xff, word >> 24);
}

static void patch_word(struct tg_i386 *out, size_t place, uint32_t word)
{
    if (out->full)
        return;
    assert(place + 4 <= out->size);
    for (int i = 0; i < 4; i++)
        out->code[place + (size_t)i] = (uint8_t)(word >> 8 * i);
}

void tg_i386_constant(struct tg_i386 *out, int32_t value)
{
    EMIT(out, 0xb8); /* mov eax, imm32 */
    emit_word(out, (uint32_t)value);
}

void tg_i386_load_frame(struct tg_i386 *out, int32_t offset)
{
    EMIT(out, 0x8b, 0x85); /* mov eax, [ebp + disp32] */
    emit_word(out, (uint32_t)offset);
}

void tg_i386_store_frame(struct tg_i386 *out, int32_t offset)
{
    EMIT(out, 0x89, 0x85); /* mov [ebp + disp32], eax */
    emit_word(out, (uint32_t)offset);
}

void tg_i386_load(struct tg_i386 *out)
{
    EMIT(out, 0x8b, 0x00); /* mov eax, [eax] */
}

void tg_i386_store(struct tg_i386 *out)
{
    EMIT(out, 0x89, 0x01); /* mov [ecx], eax */
}

void tg_i386_push(struct tg_i386 *out)
{
    EMIT(out, 0x50); /* push eax */
}

void tg_i386_pop_left(struct tg_i386 *out)
{
    EMIT(out, 0x59); /* pop ecx */
}

static void compare(struct tg_i386 *out, uint8_t set_opcode)
{
    EMIT(out, 0x39, 0xc1);             /* cmp ecx, eax */
    EMIT(out, 0x0f, set_opcode, 0xc0); /* setcc al */
    EMIT(out, 0x0f, 0xb6, 0xc0);       /* movzx eax, al */
}

static void divide(struct tg_i386 *out)
{
    EMIT(out, 0x91);       /* xchg eax, ecx */
    EMIT(out, 0x99);       /* cdq */
    EMIT(out, 0xf7, 0xf9); /* idiv ecx */
}

void tg_i386_binary(struct tg_i386 *out, enum tg_i386_operation operation)
{
    static const uint8_t set_opcode[TG_I386_OPERATIONS] = {
        [TG_I386_EQUAL] = 0x94,      [TG_I386_UNEQUAL] = 0x95, [TG_I386_LESS] = 0x9c,
        [TG_I386_LESS_EQUAL] = 0x9e, [TG_I386_GREATER] = 0x9f, [TG_I386_GREATER_EQUAL] = 0x9d,
    };
    switch (operation) {
    case TG_I386_ADD:
        EMIT(out, 0x01, 0xc8); /* add eax, ecx */
        break;
    case TG_I386_SUBTRACT:
        EMIT(out, 0x29, 0xc1); /* sub ecx, eax */
        EMIT(out, 0x91);       /* xchg eax, ecx */
        break;
    case TG_I386_MULTIPLY:
        EMIT(out, 0x0f, 0xaf, 0xc1); /* imul eax, ecx */
        break;
    case TG_I386_DIVIDE:
        divide(out);
        break;
    case TG_I386_REMAINDER:
        divide(out);
        EMIT(out, 0x92); /* xchg eax, edx */
        break;
    case TG_I386_AND:
        EMIT(out, 0x21, 0xc8); /* and eax, ecx */
        break;
    case TG_I386_OR:
        EMIT(out, 0x09, 0xc8); /* or eax, ecx */
        break;
    case TG_I386_XOR:
        EMIT(out, 0x31, 0xc8); /* xor eax, ecx */
        break;
    case TG_I386_SHIFT_LEFT:
        EMIT(out, 0x91);       /* xchg eax, ecx */
        EMIT(out, 0xd3, 0xe0); /* shl eax, cl */
        break;
    case TG_I386_SHIFT_RIGHT:
        EMIT(out, 0x91);       /* xchg eax, ecx */
        EMIT(out, 0xd3, 0xf8); /* sar eax, cl */
        break;
    default:
        assert(set_opcode[operation]);
        compare(out, set_opcode[operation]);
    }
}

void tg_i386_unary(struct tg_i386 *out, enum tg_i386_unary operation)
{
    if (operation == TG_I386_NEGATE) {
        EMIT(out, 0xf7, 0xd8); /* neg eax */
    } else if (operation == TG_I386_INVERT) {
        EMIT(out, 0xf7, 0xd0); /* not eax */
    } else {
        EMIT(out, 0x85, 0xc0); /* test eax, eax */
        EMIT(out, 0x0f, operation == TG_I386_NOT ? 0x94 : 0x95, 0xc0);
        EMIT(out, 0x0f, 0xb6, 0xc0); /* movzx eax, al */
    }
}

size_t tg_i386_enter(struct tg_i386 *out)
{
    EMIT(out, 0x55);       /* push ebp */
    EMIT(out, 0x89, 0xe5); /* mov ebp, esp */
    EMIT(out, 0x31, 0xc0); /* xor eax, eax */
    EMIT(out, 0xb9);       /* mov ecx, imm32: the number of variables */
    size_t place = out->size;
    emit_word(out, 0);
    EMIT(out, 0xe3, 0x03); /* jecxz over the loop */
    EMIT(out, 0x50);       /* push eax */
    EMIT(out, 0xe2, 0xfd); /* loop to the push */
    return place;
}

void tg_i386_set_frame(struct tg_i386 *out, size_t place, uint32_t variables)
{
    patch_word(out, place, variables);
}

void tg_i386_leave_far(struct tg_i386 *out)
{
    EMIT(out, 0xc9); /* leave */
    EMIT(out, 0xcb); /* lret */
}

size_t tg_i386_jump_if_zero(struct tg_i386 *out)
{
    EMIT(out, 0x85, 0xc0); /* test eax, eax */
    EMIT(out, 0x0f, 0x84); /* jz rel32 */
    emit_word(out, 0);
    return out->size - 4;
}

size_t tg_i386_jump(struct tg_i386 *out)
{
    EMIT(out, 0xe9); /* jmp rel32 */
    emit_word(out, 0);
    return out->size - 4;
}

void tg_i386_land(struct tg_i386 *out, size_t place)
{
    patch_word(out, place, (uint32_t)(out->size - (place + 4)));
}

void tg_i386_jump_back(struct tg_i386 *out, size_t target)
{
    EMIT(out, 0xe9);
    emit_word(out, (uint32_t)target - (uint32_t)(out->size + 4));
}

void tg_i386_call(struct tg_i386 *out, uint32_t origin, uint32_t target)
{
    EMIT(out, 0xe8); /* call rel32 */
    emit_word(out, target - (origin + (uint32_t)out->size + 4));
}
