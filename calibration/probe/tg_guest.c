#include "tg_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined __x86_64__
#include <linux/kvm.h>

enum {
    MEMORY_BYTES = 2 << 20,
    PML4 = 0x1000, /* page tables: one 2 MiB page at address 0 */
    PDPT = 0x2000,
    PD = 0x3000,
    CODE = 0x8000,
    PORT = 0x10,
    PRESENT_WRITABLE = 3,
    LARGE = 0x80,
};

bool tg_guest_available(char *reason, size_t size)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0) {
        snprintf(reason, size, "cannot open /dev/kvm: %s", strerror(errno));
        return false;
    }
    int version = ioctl(kvm, KVM_GET_API_VERSION, 0);
    close(kvm);
    if (version == KVM_API_VERSION)
        return true;
    snprintf(reason, size, "/dev/kvm speaks version %d, not %d", version, KVM_API_VERSION);
    return false;
}

/* The guest's program: mov esi, rounds; again: <operation>; dec esi; jnz again; out PORT, al; jmp start. */
static void write_program(uint8_t *code, enum tg_guest_operation operation, uint32_t rounds)
{
    static const uint8_t cpuid[] = {0x31, 0xc0, 0x31, 0xc9, 0x0f, 0xa2}; /* xor eax,eax; xor ecx,ecx; cpuid */
    size_t n = 0;
    if (operation != TG_GUEST_NOTHING) {
        code[n++] = 0xbe;
        memcpy(code + n, &rounds, sizeof rounds);
        n += sizeof rounds;
        size_t again = n;
        if (operation == TG_GUEST_CPUID) {
            memcpy(code + n, cpuid, sizeof cpuid);
            n += sizeof cpuid;
        }
        code[n++] = 0xff;
        code[n++] = 0xce;
        code[n++] = 0x75;
        code[n] = (uint8_t)(again - (n + 1));
        n++;
    }
    code[n++] = 0xe6;
    code[n++] = PORT;
    code[n++] = 0xeb;
    code[n] = (uint8_t)(0 - (n + 1));
}

static void write_page_tables(uint8_t *memory)
{
    const uint64_t entries[][2] = {
        {PML4, PDPT | PRESENT_WRITABLE}, {PDPT, PD | PRESENT_WRITABLE}, {PD, LARGE | PRESENT_WRITABLE}};
    for (int i = 0; i < 3; i++)
        memcpy(memory + entries[i][0], &entries[i][1], sizeof(uint64_t));
}

static struct kvm_segment flat_segment(int type, int is_code)
{
    return (struct kvm_segment){.limit = 0xffffffff,
                                .selector = is_code ? 8 : 16,
                                .type = (uint8_t)type,
                                .present = 1,
                                .db = !is_code,
                                .s = 1,
                                .l = (uint8_t)is_code,
                                .g = 1};
}

/* The processor's state just after a boot loader: long mode, flat segments. */
static int enter_long_mode(int cpu)
{
    enum { CR0_PE = 1, CR0_ET = 0x10, CR0_NE = 0x20, CR0_WP = 0x10000, CR4_PAE = 0x20, EFER_LME_LMA = 0x500 };
    struct kvm_sregs s;
    struct kvm_regs r = {.rip = CODE, .rflags = 2, .rsp = CODE};
    if (ioctl(cpu, KVM_GET_SREGS, &s) != 0)
        return -1;
    s.cs = flat_segment(11, 1);
    s.ds = s.es = s.fs = s.gs = s.ss = flat_segment(3, 0);
    s.cr0 = 0x80000000u | CR0_PE | CR0_ET | CR0_NE | CR0_WP;
    s.cr3 = PML4;
    s.cr4 = CR4_PAE;
    s.efer = EFER_LME_LMA;
    return ioctl(cpu, KVM_SET_SREGS, &s) == 0 && ioctl(cpu, KVM_SET_REGS, &r) == 0 ? 0 : -1;
}

static int make_machine(struct tg_guest *g)
{
    g->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    g->vm = g->kvm >= 0 ? ioctl(g->kvm, KVM_CREATE_VM, 0) : -1;
    g->memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (g->vm < 0 || g->memory == MAP_FAILED)
        return -1;
    struct kvm_userspace_memory_region region = {.memory_size = MEMORY_BYTES,
                                                 .userspace_addr = (uint64_t)(uintptr_t)g->memory};
    if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)
        return -1;
    g->cpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
    int bytes = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (g->cpu < 0 || bytes <= 0)
        return -1;
    g->shared_bytes = (size_t)bytes;
    g->shared = mmap(NULL, g->shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, g->cpu, 0);
    return g->shared == MAP_FAILED ? -1 : 0;
}

int tg_guest_open(struct tg_guest *guest, enum tg_guest_operation operation, uint32_t rounds,
                  struct tg_error *err)
{
    *guest = (struct tg_guest){.kvm = -1, .vm = -1, .cpu = -1, .memory = MAP_FAILED, .shared = MAP_FAILED};
    int bad = make_machine(guest);
    if (!bad) {
        write_page_tables(guest->memory);
        write_program((uint8_t *)guest->memory + CODE, operation, rounds);
        bad = enter_long_mode(guest->cpu);
    }
    if (bad) {
        tg_error_set(err, TG_EENV, "cannot make a virtual machine with /dev/kvm: %s", strerror(errno));
        tg_guest_close(guest);
        return TG_EENV;
    }
    if (tg_guest_run(guest) != 0) {
        const struct kvm_run *run = guest->shared;
        tg_error_set(err, TG_EENV, "the minimal guest does not run under this /dev/kvm (exit reason %u)",
                     run->exit_reason);
        tg_guest_close(guest);
        return TG_EENV;
    }
    return TG_OK;
}

int tg_guest_run(struct tg_guest *guest)
{
    const struct kvm_run *run = guest->shared;
    int rc;
    do
        rc = ioctl(guest->cpu, KVM_RUN, 0);
    while (rc != 0 && errno == EINTR);
    return rc == 0 && run->exit_reason == KVM_EXIT_IO && run->io.port == PORT ? 0 : -1;
}

void tg_guest_close(struct tg_guest *guest)
{
    if (guest->shared != MAP_FAILED)
        munmap(guest->shared, guest->shared_bytes);
    if (guest->memory != MAP_FAILED)
        munmap(guest->memory, MEMORY_BYTES);
    const int fds[] = {guest->cpu, guest->vm, guest->kvm};
    for (int i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    *guest = (struct tg_guest){.kvm = -1, .vm = -1, .cpu = -1, .memory = MAP_FAILED, .shared = MAP_FAILED};
}
#else
bool tg_guest_available(char *reason, size_t size)
{
    snprintf(reason, size, "the minimal guest is an x86-64 one");
    return false;
}

int tg_guest_open(struct tg_guest *guest, enum tg_guest_operation operation, uint32_t rounds,
                  struct tg_error *err)
{
    (void)operation, (void)rounds;
    *guest = (struct tg_guest){.kvm = -1, .vm = -1, .cpu = -1, .memory = MAP_FAILED, .shared = MAP_FAILED};
    return tg_error_set(err, TG_EENV, "the minimal guest is an x86-64 one");
}

int tg_guest_run(struct tg_guest *guest)
{
    (void)guest;
    return -1;
}

void tg_guest_close(struct tg_guest *guest)
{
    (void)guest;
}
#endif
