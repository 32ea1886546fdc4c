#include "tg_segment.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tg_descriptor.h"
#include "tg_expression.h"
#include "tg_segment_gate.h"
#include "tg_trap.h"

struct tg_segment {
    struct tg_segment_sizes sizes;
    uint8_t *code, *data, *stack; /* below 4 GiB */
    struct tg_gate gate;
    struct tg_trap trap;
    uint64_t budget_ns;
    int linked;
};

static size_t whole_pages(size_t bytes)
{
    enum { PAGE = 4096 };
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* A region ends with its page, its segment with its last byte: the processor, not the page table, is what
 * stops a plugin. */
static uint8_t *map_low(size_t bytes)
{
    void *memory = mmap(NULL, whole_pages(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static uint32_t linear(const volatile void *address)
{
    assert((uintptr_t)address <= UINT32_MAX);
    return (uint32_t)(uintptr_t)address;
}

static int32_t return_value(void *context, int32_t value)
{
    (void)context;
    return value;
}

int tg_segment_available(struct tg_error *why)
{
    struct tg_segment *segment;
    static const struct tg_segment_sizes least = {64, 64, 128};
    static const uint8_t far_return = 0xcb;
    int rc = tg_segment_open(&segment, &least, why);
    if (rc)
        return rc;
    rc = tg_segment_link(segment, &far_return, 1, why);
    tg_segment_close(segment);
    return rc;
}

static int map_all(struct tg_segment *segment, struct tg_error *err)
{
    segment->code = map_low(segment->sizes.code_bytes);
    segment->data = map_low(segment->sizes.data_bytes);
    segment->stack = map_low(segment->sizes.stack_bytes);
    if (!segment->code || !segment->data || !segment->stack)
        return tg_error_set(err, TG_EENV, "no memory below 4 GiB for a plugin: %s", strerror(errno));
    return TG_OK;
}

int tg_segment_open(struct tg_segment **segment, const struct tg_segment_sizes *sizes, struct tg_error *err)
{
    enum { STACK_LEAST = 128 };
    *segment = NULL;
    if (sizes->code_bytes <= TG_STUB_BYTES || sizes->data_bytes < 1 || sizes->stack_bytes < STACK_LEAST ||
        sizes->code_bytes > TG_DESCRIPTOR_BYTES_MAX || sizes->data_bytes > TG_DESCRIPTOR_BYTES_MAX ||
        sizes->stack_bytes > TG_DESCRIPTOR_BYTES_MAX)
        return tg_error_set(err, TG_EUSAGE, "segments of %zu, %zu and %zu bytes are too small or too large",
                            sizes->code_bytes, sizes->data_bytes, sizes->stack_bytes);
    struct tg_segment *made = calloc(1, sizeof *made);
    if (!made)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    made->sizes = *sizes;
    made->sizes.stack_bytes &= ~(size_t)15;
    int rc = map_all(made, err);
    if (!rc)
        rc = tg_gate_open(&made->gate, err);
    if (!rc)
        rc = tg_trap_open(&made->trap, &made->gate, err);
    if (rc) {
        tg_segment_close(made);
        return rc;
    }
    tg_segment_set_callback(made, NULL, NULL);
    *segment = made;
    return TG_OK;
}

static void unmap(uint8_t *memory, size_t bytes)
{
    if (memory)
        munmap(memory, whole_pages(bytes));
}

void tg_segment_close(struct tg_segment *segment)
{
    if (!segment)
        return;
    tg_segment_unlink(segment);
    tg_trap_close(&segment->trap);
    tg_gate_close(&segment->gate);
    unmap(segment->code, segment->sizes.code_bytes);
    unmap(segment->data, segment->sizes.data_bytes);
    unmap(segment->stack, segment->sizes.stack_bytes);
    free(segment);
}

#define EMIT(out, ...) \
    tg_i386_bytes(out, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void fill_to(struct tg_i386 *out, size_t offset)
{
    while (out->size < offset)
        EMIT(out, 0xcc); /* int3 */
}

/* ss = cx, and the stack pointer from a linear address to an offset. */
static void enter_stack(struct tg_i386 *out, uint32_t base)
{
    EMIT(out, 0x8e, 0xd1); /* mov ss, ecx */
    EMIT(out, 0x81, 0xec); /* sub esp, base */
    tg_i386_bytes(out, &base, sizeof base);
}

/* The other way round. */
static void leave_stack(struct tg_i386 *out, uint32_t base, uint32_t host_ss)
{
    EMIT(out, 0xb9); /* mov ecx, host_ss */
    tg_i386_bytes(out, &host_ss, sizeof host_ss);
    EMIT(out, 0x8e, 0xd1); /* mov ss, ecx */
    EMIT(out, 0x81, 0xc4); /* add esp, base */
    tg_i386_bytes(out, &base, sizeof base);
}

/* The two ways into and out of the plugin that know where the stack segment lies: its entry, and its call
 * back into the host (see tg_segment_gate). */
static void write_stubs(struct tg_segment *segment)
{
    uint16_t host_cs;
    struct tg_i386 out = {.code = segment->code, .capacity = TG_STUB_BYTES};
    uint32_t base = linear(segment->stack);
    __asm__("mov %%cs, %0" : "=r"(host_cs));

    enter_stack(&out, base);
    size_t body = tg_i386_jump(&out);
    fill_to(&out, TG_STUB_HOST);
    leave_stack(&out, base, segment->gate.state->host_ss);
    EMIT(&out, 0x9a); /* lcall host_cs:gate */
    tg_i386_bytes(&out, &segment->gate.callback, sizeof segment->gate.callback);
    tg_i386_bytes(&out, &host_cs, sizeof host_cs);
    enter_stack(&out, base);
    EMIT(&out, 0xc3); /* ret */
    fill_to(&out, TG_STUB_BYTES);
    tg_i386_land(&out, body);
    assert(!out.full);
}

static int make_segments(struct tg_segment *segment, size_t code_bytes, struct tg_error *err)
{
    struct tg_gate_state *state = segment->gate.state;
    int rc =
        tg_descriptor_take(TG_DESCRIPTOR_CODE, linear(segment->code), code_bytes, &state->plugin_cs, err);
    if (!rc)
        rc = tg_descriptor_take(TG_DESCRIPTOR_DATA, linear(segment->data), segment->sizes.data_bytes,
                                &state->plugin_ds, err);
    if (!rc)
        rc = tg_descriptor_take(TG_DESCRIPTOR_DATA, linear(segment->stack), segment->sizes.stack_bytes,
                                &state->plugin_ss, err);
    return rc;
}

int tg_segment_link(struct tg_segment *segment, const uint8_t *code, size_t size, struct tg_error *err)
{
    tg_segment_unlink(segment);
    if (size > segment->sizes.code_bytes - TG_STUB_BYTES)
        return tg_error_set(err, TG_ELIMIT, "%zu bytes of code do not fit a code segment of %zu", size,
                            segment->sizes.code_bytes);
    write_stubs(segment);
    memcpy(segment->code + TG_STUB_BYTES, code, size);
    memset(segment->data, 0, segment->sizes.data_bytes);
    size_t mapped = whole_pages(segment->sizes.code_bytes);
    if (mprotect(segment->code, mapped, PROT_READ | PROT_EXEC))
        return tg_error_set(err, TG_EENV, "the kernel refuses to execute generated code: %s",
                            strerror(errno));
    int rc = make_segments(segment, TG_STUB_BYTES + size, err);
    segment->linked = 1;
    if (rc)
        tg_segment_unlink(segment);
    else
        segment->gate.state->entry_ip = TG_STUB_ENTRY;
    return rc;
}

void tg_segment_unlink(struct tg_segment *segment)
{
    struct tg_gate_state *state = segment->gate.state;
    if (!segment->linked)
        return;
    tg_descriptor_give_back(state->plugin_cs);
    tg_descriptor_give_back(state->plugin_ds);
    tg_descriptor_give_back(state->plugin_ss);
    state->plugin_cs = state->plugin_ds = state->plugin_ss = 0;
    mprotect(segment->code, whole_pages(segment->sizes.code_bytes), PROT_READ | PROT_WRITE);
    segment->linked = 0;
}

void tg_segment_set_callback(struct tg_segment *segment, int32_t (*callback)(void *context, int32_t value),
                             void *context)
{
    segment->gate.state->callback = (uint64_t)(uintptr_t)(callback ? callback : return_value);
    segment->gate.state->context = (uint64_t)(uintptr_t)context;
}

void tg_segment_set_budget(struct tg_segment *segment, uint64_t budget_ns)
{
    segment->budget_ns = budget_ns;
}

void *tg_segment_data(struct tg_segment *segment)
{
    return segment->data;
}

static int report_killed(struct tg_segment *segment, struct tg_error *err)
{
    tg_segment_unlink(segment);
    return tg_error_set(err, TG_ECHECK, "the plugin was killed at offset %#lx of its code: %s",
                        (unsigned long)segment->trap.fault_ip, tg_trap_reason(segment->trap.killed));
}

int tg_segment_call(struct tg_segment *segment, const int32_t *arguments, unsigned count, int32_t *result,
                    struct tg_error *err)
{
    struct tg_gate_state *state = segment->gate.state;
    if (!segment->linked || count > TG_SEGMENT_ARGUMENTS_MAX)
        return tg_error_set(err, TG_EUSAGE,
                            segment->linked ? "a plugin takes at most 8 arguments" : "no plugin is linked");
    /* Arguments that are not given lie above those that are, within the stack segment, and read as zero. Each
     * is stored as a word by itself: a processor passes what was just stored on to a load of the same width,
     * and makes one of part of it wait. */
    volatile int32_t *first =
        (int32_t *)(segment->stack + segment->sizes.stack_bytes) - TG_SEGMENT_ARGUMENTS_MAX;
    for (unsigned i = 0; i < TG_SEGMENT_ARGUMENTS_MAX; i++)
        first[i] = i < count ? arguments[i] : 0;
    state->entry_sp = linear(first);
    tg_trap_arm(&segment->trap, segment->budget_ns);
    uint32_t value = segment->gate.enter();
    tg_trap_disarm(&segment->trap, segment->budget_ns);
    if (segment->trap.killed)
        return report_killed(segment, err);
    *result = (int32_t)value;
    return TG_OK;
}
