#include "tg_crossing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __x86_64__
#include <cpuid.h>
#endif

#include "tg_expression.h"
#include "tg_i386.h"
#include "tg_segment.h"

static int open_nothing(int cpu, void **state, struct tg_error *err)
{
    (void)cpu, (void)err;
    *state = NULL;
    return TG_OK;
}

static void close_nothing(void *state)
{
    (void)state;
}

static void cross_syscall(void *state)
{
    (void)state;
    syscall(SYS_getppid);
}

/* A signal to this process, handled before kill returns. To ask for the process number is a system call of
 * its own, so it is kept. */
static void on_signal(int number)
{
    (void)number;
}

static int open_signal(int cpu, void **state, struct tg_error *err)
{
    struct sigaction handle = {.sa_handler = on_signal};
    pid_t *self = malloc(sizeof *self);
    (void)cpu;
    *state = self;
    if (!self)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *self = getpid();
    if (sigaction(SIGUSR1, &handle, NULL))
        return tg_error_set(err, TG_EENV, "cannot handle a signal: %s", strerror(errno));
    return TG_OK;
}

static void cross_signal(void *state)
{
    kill(*(const pid_t *)state, SIGUSR1);
}

#if defined __x86_64__
static int exit_available(struct tg_error *why)
{
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 31)))
        return TG_OK;
    return tg_error_set(why, TG_EENV, "no hypervisor: CPUID does not leave this machine's CPU");
}

static void cross_exit(void *state)
{
    unsigned a, b, c, d;
    (void)state;
    __cpuid_count(0, 0, a, b, c, d);
    (void)a, (void)b, (void)c, (void)d;
}
#else
static int exit_available(struct tg_error *why)
{
    return tg_error_set(why, TG_EENV, "needs an x86-64 CPU: the exit is taken by CPUID");
}

static void cross_exit(void *state)
{
    (void)state;
}
#endif

/* Pages are given back many at a time, so that a fault's own part stands out. */
enum { PAGES = 512 };

struct pages {
    volatile char *start;
    size_t page_bytes, next;
};

static int open_pages(int cpu, void **state, struct tg_error *err)
{
    struct pages *p = calloc(1, sizeof *p);
    (void)cpu;
    *state = p;
    if (!p)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    p->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *start =
        mmap(NULL, PAGES * p->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return tg_error_set(err, TG_EENV, "cannot map memory: %s", strerror(errno));
    madvise(start, PAGES * p->page_bytes, MADV_NOHUGEPAGE);
    p->start = start;
    return TG_OK;
}

static void cross_page(void *state)
{
    struct pages *p = state;
    if (p->next == PAGES) {
        madvise((void *)p->start, PAGES * p->page_bytes, MADV_DONTNEED);
        p->next = 0;
    }
    p->start[p->next++ * p->page_bytes] = 1;
}

static void close_pages(void *state)
{
    struct pages *p = state;
    if (p && p->start)
        munmap((void *)p->start, PAGES * p->page_bytes);
    free(p);
}

/* A plugin that does nothing, in segments of its own. */
static int open_segment(int cpu, void **state, struct tg_error *err)
{
    const struct tg_segment_sizes sizes = {4096, 4096, 4096};
    uint8_t code[256];
    struct tg_i386 out = {.code = code, .capacity = sizeof code};
    struct tg_segment *segment = NULL;
    (void)cpu;
    int rc = tg_segment_open(&segment, &sizes, err);
    *state = rc ? NULL : segment;
    if (!rc)
        rc = tg_expression_compile("0", &out, err);
    return rc ? rc : tg_segment_link(segment, code, out.size, err);
}

static void cross_segment(void *state)
{
    int32_t result;
    tg_segment_call(state, NULL, 0, &result, NULL);
}

static void close_segment(void *state)
{
    tg_segment_close(state);
}

/* A second process on the same core, which answers byte by byte. */
struct pipes {
    pid_t pid;
    int to[2], from[2];
};

__attribute__((noreturn)) static void answer_bytes(const struct pipes *p, pid_t parent, int cpu)
{
    char byte;
    cpu_set_t set;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
    close(p->to[1]);
    close(p->from[0]);
    while (read(p->to[0], &byte, 1) == 1 && write(p->from[1], &byte, 1) == 1) {
    }
    _exit(0);
}

static int open_pipes(int cpu, void **state, struct tg_error *err)
{
    struct pipes *p = malloc(sizeof *p);
    pid_t parent = getpid();
    *state = p;
    if (!p)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *p = (struct pipes){.to = {-1, -1}, .from = {-1, -1}};
    if (pipe2(p->to, O_CLOEXEC) || pipe2(p->from, O_CLOEXEC) || (p->pid = fork()) < 0)
        return tg_error_set(err, TG_EENV, "cannot start a second process: %s", strerror(errno));
    if (p->pid == 0)
        answer_bytes(p, parent, cpu);
    return TG_OK;
}

static void cross_pipes(void *state)
{
    struct pipes *p = state;
    char byte = 0;
    if (write(p->to[1], &byte, 1) != 1 || read(p->from[0], &byte, 1) != 1)
        _exit(1);
}

static void close_pipes(void *state)
{
    struct pipes *p = state;
    if (!p)
        return;
    const int ends[] = {p->to[0], p->to[1], p->from[0], p->from[1]};
    for (int i = 0; i < 4; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
    }
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    free(p);
}

const struct tg_crossing_kind tg_crossing_kinds[] = {
    {.name = "syscall",
     .what = "getppid",
     .made_of = {{"syscall", 1}},
     .after = "after_syscall_udp",
     .open = open_nothing,
     .cross = cross_syscall,
     .close = close_nothing},
    {.name = "signal",
     .what = "a signal to itself, sent and handled",
     .made_of = {{"signal", 1}, {"signal_send", 1}},
     .after = "after_signal_udp",
     .open = open_signal,
     .cross = cross_signal,
     .close = free},
    {.name = "vm_exit",
     .what = "an exit to the hypervisor, by CPUID",
     .made_of = {{"vm_exit", 1}},
     .after = "after_vm_exit_udp",
     .available = exit_available,
     .open = open_nothing,
     .cross = cross_exit,
     .close = close_nothing},
    {.name = "page_fault",
     .what = "the first touch of a page, and giving it back, 512 at a time",
     .made_of = {{"page_fault", 1}, {"page_return", 1}},
     .after = "after_page_fault_udp",
     .open = open_pages,
     .cross = cross_page,
     .close = close_pages},
    {.name = "segment_call",
     .what = "a call of a null plugin in segments of its own",
     .made_of = {{"segment_call", 1}},
     .available = tg_segment_available,
     .open = open_segment,
     .cross = cross_segment,
     .close = close_segment},
    {.name = "pipe_handover",
     .what = "a byte to a second process on the server's core and one back: two hand-overs",
     .made_of = {{"pipe_handover", 2}},
     .after = "after_switch_udp",
     .open = open_pipes,
     .cross = cross_pipes,
     .close = close_pipes},
    {.name = NULL},
};

const struct tg_crossing_kind *tg_crossing_find(const char *name)
{
    for (const struct tg_crossing_kind *kind = tg_crossing_kinds; kind->name; kind++) {
        if (strcmp(kind->name, name) == 0)
            return kind;
    }
    return NULL;
}
