#include "tg_segment_gate.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define AT(member, offset) _Static_assert(offsetof(struct tg_gate_state, member) == (offset), #member)
AT(host_sp, 0);
AT(entry_sp, 8);
AT(entry_ip, 16);
AT(plugin_cs, 20);
AT(plugin_ds, 22);
AT(plugin_ss, 24);
AT(host_ss, 26);
AT(plugin_sp, 28);
AT(callback, 32);
AT(context, 40);

enum { PAGE = 4096 };

/* 64-bit code and stack segments of base zero meet 32-bit ones of any base. Processors differ in whether a
 * far call that changes the mode pushes its return address by the old mode's rules (Intel) or by the new
 * one's (AMD), so it is made with the flat stack segment and a linear stack pointer, which are the same in
 * both. The stubs at the plugin's entry and around its callbacks then change stack segment and pointer
 * together: no interrupt is taken between a load of ss and the next instruction. A far return pops by the old
 * mode's rules on all. The kernel leaves ds zero in 64-bit processes. */
__asm__(".pushsection .text\n"
        ".balign 16\n"
        "tg_gate_begin:\n"
        ".set tg_gate_state, tg_gate_begin + 4096\n"

        "tg_gate_enter:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  sub $8, %rsp\n"
        "  mov %rsp, tg_gate_state+0(%rip)\n"
        "  movzwl tg_gate_state+22(%rip), %eax\n"
        "  mov %eax, %ds\n"
        "  movzwl tg_gate_state+24(%rip), %ecx\n"
        "  mov tg_gate_state+8(%rip), %esp\n"
        "  xor %eax, %eax; xor %ebx, %ebx; xor %edx, %edx\n"
        "  xor %esi, %esi; xor %edi, %edi; xor %ebp, %ebp\n"
        "  lcall *tg_gate_state+16(%rip)\n"
        "tg_gate_killed:\n"
        "  movzwl tg_gate_state+26(%rip), %ecx\n"
        "  mov %ecx, %ss\n"
        "  mov tg_gate_state+0(%rip), %rsp\n"
        "  xor %ecx, %ecx\n"
        "  mov %ecx, %ds\n"
        "  add $8, %rsp\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n"

        /* The return address that lies on the plugin's stack is used for its offset alone: the segment it
         * returns to is always the plugin's. */
        "tg_gate_callback:\n"
        "  mov %esp, tg_gate_state+28(%rip)\n"
        "  mov tg_gate_state+0(%rip), %rsp\n"
        "  xor %ecx, %ecx\n"
        "  mov %ecx, %ds\n"
        "  cld\n"
        "  mov %ebx, %ebx; mov %ebp, %ebp\n"
        "  push %rbx; push %rbp\n"
        "  mov tg_gate_state+40(%rip), %rdi\n"
        "  mov %eax, %esi\n"
        "  call *tg_gate_state+32(%rip)\n"
        "  pop %rbp; pop %rbx\n"
        "  movzwl tg_gate_state+22(%rip), %ecx\n"
        "  mov %ecx, %ds\n"
        "  mov tg_gate_state+28(%rip), %esp\n"
        "  movzwl tg_gate_state+20(%rip), %edx\n"
        "  mov %edx, 4(%rsp)\n"
        "  movzwl tg_gate_state+24(%rip), %ecx\n"
        "  xor %edx, %edx; xor %esi, %esi; xor %edi, %edi\n"
        "  lretl\n"
        "tg_gate_end:\n"
        ".popsection\n");

extern const char tg_gate_begin[], tg_gate_enter[], tg_gate_killed[], tg_gate_callback[], tg_gate_end[];

int tg_gate_open(struct tg_gate *gate, struct tg_error *err)
{
    char *pages =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (pages == MAP_FAILED)
        return tg_error_set(err, TG_EENV, "no memory below 4 GiB for a gate: %s", strerror(errno));
    memcpy(pages, tg_gate_begin, (size_t)(tg_gate_end - tg_gate_begin));
    if (mprotect(pages, PAGE, PROT_READ | PROT_EXEC)) {
        int cause = errno;
        munmap(pages, 2 * PAGE);
        return tg_error_set(err, TG_EENV, "the kernel refuses to execute generated code: %s",
                            strerror(cause));
    }
    gate->pages = pages;
    gate->state = (struct tg_gate_state *)(pages + PAGE);
    gate->enter = (uint32_t(*)(void))(pages + (tg_gate_enter - tg_gate_begin));
    gate->callback = (uint32_t)(uintptr_t)(pages + (tg_gate_callback - tg_gate_begin));
    gate->killed = (uint64_t)(uintptr_t)(pages + (tg_gate_killed - tg_gate_begin));
    __asm__("mov %%ss, %0" : "=r"(gate->state->host_ss));
    return TG_OK;
}

void tg_gate_close(struct tg_gate *gate)
{
    if (gate->pages)
        munmap(gate->pages, 2 * PAGE);
    *gate = (struct tg_gate){0};
}
