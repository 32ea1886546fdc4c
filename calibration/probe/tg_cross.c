#include "tg_cross.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#include <cpuid.h>
#endif

enum { PAGES = 512 }; /* given back together */

static void on_signal(int number)
{
    (void)number;
}

static int map_pages(struct tg_cross *c, struct tg_error *err)
{
    c->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *start =
        mmap(NULL, PAGES * c->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return tg_error_set(err, TG_EENV, "cannot map memory: %s", strerror(errno));
    madvise(start, PAGES * c->page_bytes, MADV_NOHUGEPAGE);
    c->pages = start;
    return TG_OK;
}

int tg_cross_open(struct tg_cross *cross, const struct tg_bench *bench, enum tg_cross_kind kind,
                  struct tg_error *err)
{
    *cross = (struct tg_cross){.kind = kind, .self = getpid()};
    if (kind == TG_CROSS_SIGNAL) {
        struct sigaction handle = {.sa_handler = on_signal};
        cross->handles = sigaction(SIGUSR1, &handle, &cross->before) == 0;
    }
    if (kind == TG_CROSS_PAGE_FAULT)
        return map_pages(cross, err);
    if (kind == TG_CROSS_SWITCH)
        return tg_pair_open(&cross->pair, bench, bench->cpu, tg_pair_echo, NULL, err);
    return TG_OK;
}

void tg_cross_close(struct tg_cross *cross)
{
    if (cross->handles)
        sigaction(SIGUSR1, &cross->before, NULL);
    if (cross->pages)
        munmap((void *)cross->pages, PAGES * cross->page_bytes);
    if (cross->pair)
        tg_pair_close(cross->pair);
    *cross = (struct tg_cross){0};
}

void tg_cross_prepare(struct tg_cross *cross)
{
    if (cross->next < PAGES || !cross->pages)
        return;
    madvise((void *)cross->pages, PAGES * cross->page_bytes, MADV_DONTNEED);
    cross->next = 0;
}

int tg_cross_once(struct tg_cross *cross, struct tg_error *err)
{
    char byte = 0;
    switch (cross->kind) {
    case TG_CROSS_SYSTEM_CALL:
        syscall(SYS_getppid);
        break;
    case TG_CROSS_SIGNAL:
        kill(cross->self, SIGUSR1);
        break;
    case TG_CROSS_SWITCH:
        if (write(cross->pair->peer.to[1], &byte, 1) != 1 || read(cross->pair->peer.from[0], &byte, 1) != 1)
            return tg_pair_lost(err);
        break;
    case TG_CROSS_VM_EXIT:
#if defined __x86_64__
    {
        unsigned eax, ebx, ecx, edx;
        __cpuid_count(0, 0, eax, ebx, ecx, edx);
        (void)eax, (void)ebx, (void)ecx, (void)edx;
    }
#endif
    break;
    case TG_CROSS_PAGE_FAULT:
        cross->pages[cross->next++ * cross->page_bytes] = 1;
        break;
    }
    return TG_OK;
}

bool tg_cross_exit_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
#if defined __x86_64__
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 31)))
        return true;
    snprintf(reason, size, "no hypervisor: CPUID does not leave this machine's CPU");
#else
    snprintf(reason, size, "needs an x86-64 CPU: the exit is taken by CPUID");
#endif
    return false;
}
