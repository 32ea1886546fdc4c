#include "tg_key.h"

#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tg_stopwatch.h"
#include "tg_timer_kind.h"

enum { STACK_BYTES = 16 * 1024, KEYS = 16, KEY_DENIES_ACCESS = 1, KEY_DENIES_WRITING = 2 };

struct tg_key_domain {
    int key;
    int rseq_off; /* whether we took the thread's restartable sequences away */
    uint32_t plugin_rights, host_rights;
    uint8_t *memory; /* the stack, then the data */
    size_t bytes;
};

/* Two bits a key: access denied, writing denied. */
static uint32_t read_rights(void)
{
    uint32_t rights, unused;
    __asm__ volatile("rdpkru" : "=a"(rights), "=d"(unused) : "c"(0));
    return rights;
}

/* The plugin may write memory of its own key, read that of key 0, which is all the rest of the process, and
 * has no access to what other keys protect. */
static uint32_t rights_of_plugin(int key)
{
    uint32_t rights = KEY_DENIES_WRITING;
    for (int other = 1; other < KEYS; other++) {
        if (other != key)
            rights |= (uint32_t)KEY_DENIES_ACCESS << 2 * other;
    }
    return rights;
}

int tg_key_available(struct tg_error *why)
{
    enum { FEATURES = 7, HAS_KEYS = 1 << 3, KERNEL_USES_KEYS = 1 << 4 };
    unsigned eax, ebx, ecx = 0, edx;
    if (!__get_cpuid_count(FEATURES, 0, &eax, &ebx, &ecx, &edx) || !(ecx & HAS_KEYS))
        return tg_error_set(why, TG_EENV, "this processor has no memory protection keys, or hides them");
    if (!(ecx & KERNEL_USES_KEYS))
        return tg_error_set(why, TG_EENV, "the kernel does not use the processor's memory protection keys");
    int key = pkey_alloc(0, 0);
    if (key < 0)
        return tg_error_set(why, TG_EENV, "the kernel gives this process no memory protection key: %s",
                            strerror(errno));
    pkey_free(key);
    return TG_OK;
}

/* The kernel writes into the thread's area for restartable sequences whenever it gives the processor back to
 * it, and kills a thread whose key register then forbids that. So the C library's registration is suspended.
 */
static int switch_rseq(int flags)
{
    enum { AREA_BYTES = 32 }; /* as the C library registers it */
    if (!__rseq_size)
        return 0;
    void *area = (char *)__builtin_thread_pointer() + __rseq_offset;
    return syscall(SYS_rseq, area, AREA_BYTES, flags, RSEQ_SIG) == 0;
}

int tg_key_open(struct tg_key_domain **domain, size_t data_bytes, struct tg_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct tg_key_domain *made = calloc(1, sizeof *made);
    *domain = NULL;
    if (!made)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    made->bytes = STACK_BYTES + (data_bytes + page - 1) / page * page;
    made->key = pkey_alloc(0, 0);
    made->memory =
        mmap(NULL, made->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (made->key < 0 || made->memory == MAP_FAILED ||
        pkey_mprotect(made->memory, made->bytes, PROT_READ | PROT_WRITE, made->key)) {
        int cause = errno;
        tg_key_close(made);
        return tg_error_set(err, TG_EENV, "cannot make memory with a key of its own: %s", strerror(cause));
    }
    made->rseq_off = switch_rseq(RSEQ_FLAG_UNREGISTER);
    made->host_rights = read_rights();
    made->plugin_rights = rights_of_plugin(made->key);
    *domain = made;
    return TG_OK;
}

void tg_key_close(struct tg_key_domain *domain)
{
    if (!domain)
        return;
    if (domain->rseq_off)
        switch_rseq(0);
    if (domain->memory != MAP_FAILED)
        munmap(domain->memory, domain->bytes);
    if (domain->key >= 0)
        pkey_free(domain->key);
    free(domain);
}

void *tg_key_data(struct tg_key_domain *domain)
{
    return domain->memory + STACK_BYTES;
}

/* int64_t tg_key_cross(function, data, argument, stack, plugin_rights, host_rights). The stack changes before
 * the rights do, since the host's stack is not writable with the plugin's rights, and back after them; what
 * must survive is in registers that the function called preserves. */
__asm__(".pushsection .text\n"
        ".balign 16\n"
        ".globl tg_key_cross\n"
        ".hidden tg_key_cross\n"
        ".type tg_key_cross, @function\n"
        "tg_key_cross:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14\n"
        "  mov %rdi, %rbx\n"
        "  mov %rsi, %r12\n"
        "  mov %rdx, %r13\n"
        "  mov %r9d, %r14d\n"
        "  mov %rsp, %rbp\n"
        "  mov %rcx, %rsp\n"
        "  mov %r8d, %eax\n"
        "  xor %ecx, %ecx\n"
        "  xor %edx, %edx\n"
        "  wrpkru\n"
        "  mov %r12, %rdi\n"
        "  mov %r13, %rsi\n"
        "  call *%rbx\n"
        "  mov %rax, %rsi\n"
        "  mov %r14d, %eax\n"
        "  xor %ecx, %ecx\n"
        "  xor %edx, %edx\n"
        "  wrpkru\n"
        "  mov %rbp, %rsp\n"
        "  mov %rsi, %rax\n"
        "  pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n"
        ".size tg_key_cross, . - tg_key_cross\n"
        ".popsection\n");

int64_t tg_key_cross(tg_key_function function, void *data, int64_t argument, void *stack,
                     uint32_t plugin_rights, uint32_t host_rights);

int64_t tg_key_call(struct tg_key_domain *domain, tg_key_function function, int64_t argument)
{
    return tg_key_cross(function, tg_key_data(domain), argument, domain->memory + STACK_BYTES,
                        domain->plugin_rights, domain->host_rights);
}

/* The timed call. */
enum { REPEAT = 64 };

struct key_timer {
    struct tg_key_domain *domain;
    double empty_ns;
};

static int open_timer(void **state, unsigned arguments, struct tg_error *err)
{
    struct key_timer *timer = calloc(1, sizeof *timer);
    (void)arguments;
    if (!timer)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = timer;
    timer->empty_ns = tg_stopwatch_empty_ns();
    return tg_key_open(&timer->domain, 4096, err);
}

static void close_timer(void *state)
{
    struct key_timer *timer = state;
    tg_key_close(timer->domain);
    free(timer);
}

static int64_t null_plugin(void *data, int64_t argument)
{
    (void)data;
    return argument + 1;
}

static int sample_call(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct key_timer *timer = state;
    int64_t value = 0;
    struct tg_stopwatch watch = tg_stopwatch_start();
    for (int i = 0; i < REPEAT; i++)
        value = tg_key_call(timer->domain, null_plugin, value);
    tg_stopwatch_stop(&watch, REPEAT, timer->empty_ns, sample);
    return value == REPEAT ? TG_OK
                           : tg_error_set(err, TG_EBUG, "the null plugin counted to %ld", (long)value);
}

const struct tg_timer_kind tg_timer_key_call = {
    .name = "key_call",
    .available = tg_key_available,
    .open = open_timer,
    .sample = sample_call,
    .close = close_timer,
};
