/* Into the kernel and back on one core and in one process: system calls under several conditions, signals. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_probe_kind.h"
#include "tg_remote.h"

static void empty_loop(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        __asm__ volatile("" ::: "memory");
}

static void system_call(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        syscall(SYS_getppid);
}

/* The gate of 32-bit programs, which a 64-bit one can use where the kernel has it. */
#if defined __x86_64__
enum { GETPPID_32 = 64 };

static void legacy_call(void *state, uint64_t ops)
{
    (void)state;
    for (uint64_t i = 0; i < ops; i++) {
        long number = GETPPID_32;
        __asm__ volatile("int $0x80" : "+a"(number)::"memory", "r8", "r9", "r10", "r11");
    }
}

static bool legacy_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    int status = -1;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        long number = GETPPID_32;
        signal(SIGSEGV, SIG_DFL);
        __asm__ volatile("int $0x80" : "+a"(number)::"memory", "r8", "r9", "r10", "r11");
        _exit(number == parent ? 0 : 1);
    }
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    snprintf(reason, size, "the kernel has no gate for 32-bit system calls");
    return false;
}
#else
static void legacy_call(void *state, uint64_t ops)
{
    (void)state, (void)ops;
}

static bool legacy_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    snprintf(reason, size, "needs an x86-64 CPU");
    return false;
}
#endif

/* Conditions that a process cannot shed again are taken on by a child. */
struct restricted {
    struct tg_remote remote;
    uint64_t ops;
    double rules;
};

/* A filter that looks at an argument, so that the kernel cannot answer from its cache of verdicts, through a
 * list of comparisons that all fail. */
static int enter_filter(void *argument, void **state, struct tg_error *err)
{
    enum { RULES_MAX = 1024 };
    const struct restricted *r = argument;
    static struct sock_filter filter[RULES_MAX + 2];
    unsigned short n = 0;
    (void)state;
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
    for (unsigned i = 0; i < (unsigned)r->rules && i < RULES_MAX; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x7fff0000 + i, 0, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = n, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return tg_error_set(err, TG_EENV, "cannot set a system-call filter: %s", strerror(errno));
    return TG_OK;
}

static int enter_namespaces(void *argument, void **state, struct tg_error *err)
{
    const int spaces =
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
    (void)argument, (void)state;
    if (unshare(spaces) != 0 && unshare(CLONE_NEWUSER | spaces) != 0)
        return tg_error_set(err, TG_EENV, "cannot make name spaces: %s", strerror(errno));
    /* A new process name space holds the children only. */
    pid_t child = fork();
    if (child < 0)
        return tg_error_set(err, TG_EENV, "cannot start a process in new name spaces: %s", strerror(errno));
    if (child > 0) {
        waitpid(child, NULL, 0);
        _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return TG_OK;
}

enum condition { FILTERED, IN_NAMESPACES };

static int restricted_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                            void **state, struct tg_error *err)
{
    static const tg_remote_prepare prepare[] = {
        [FILTERED] = enter_filter, [IN_NAMESPACES] = enter_namespaces};
    struct restricted *r = calloc(1, sizeof *r);
    if (!r)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = r;
    r->rules = argument;
    int rc = tg_remote_start(&r->remote, &bench->clock, prepare[probe->selector], system_call, r, err);
    return rc ? rc : tg_remote_resolve(&r->remote, &r->ops, err);
}

static int restricted_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                             struct tg_error *err)
{
    struct restricted *r = state;
    (void)bench;
    sample->ops = (double)r->ops;
    return tg_remote_time(&r->remote, r->ops, &sample->begin, &sample->cost_ns, err);
}

static void restricted_teardown(void *state)
{
    struct restricted *r = state;
    tg_remote_stop(&r->remote);
    free(r);
}

struct signals {
    struct sigaction handled_before, ignored_before;
    pid_t self;
};

static void on_signal(int number)
{
    (void)number;
}

static int signal_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    struct signals *s = calloc(1, sizeof *s);
    struct sigaction handle = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    (void)probe, (void)bench, (void)argument;
    if (!s)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    sigaction(SIGUSR1, &handle, &s->handled_before);
    sigaction(SIGUSR2, &ignore, &s->ignored_before);
    s->self = getpid();
    *state = s;
    return TG_OK;
}

static void signal_teardown(void *state)
{
    struct signals *s = state;
    sigaction(SIGUSR1, &s->handled_before, NULL);
    sigaction(SIGUSR2, &s->ignored_before, NULL);
    free(s);
}

static void signal_handled(void *state, uint64_t ops)
{
    const struct signals *s = state;
    for (uint64_t i = 0; i < ops; i++)
        kill(s->self, SIGUSR1);
}

static void signal_ignored(void *state, uint64_t ops)
{
    const struct signals *s = state;
    for (uint64_t i = 0; i < ops; i++)
        kill(s->self, SIGUSR2);
}

/* A forbidden write, its signal, and a jump out of the handler: how a process survives a wild plugin. */
struct fault {
    struct sigaction before;
    volatile char *page;
    size_t page_bytes;
};

static sigjmp_buf after_fault;

static void on_fault(int number)
{
    (void)number;
    siglongjmp(after_fault, 1);
}

static int fault_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct fault *f = calloc(1, sizeof *f);
    struct sigaction handle = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    (void)probe, (void)bench, (void)argument;
    if (!f)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    f->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, f->page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        free(f);
        return tg_error_set(err, TG_EENV, "cannot map memory: %s", strerror(errno));
    }
    f->page = page;
    sigaction(SIGSEGV, &handle, &f->before);
    *state = f;
    return TG_OK;
}

static void fault_teardown(void *state)
{
    struct fault *f = state;
    sigaction(SIGSEGV, &f->before, NULL);
    munmap((void *)f->page, f->page_bytes);
    free(f);
}

static bool fault_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
#ifdef __SANITIZE_THREAD__
    snprintf(reason, size, "a thread sanitizer does not survive jumps out of this handler, again and again");
    return false;
#else
    (void)reason, (void)size;
    return true;
#endif
}

static int fault_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    const struct fault *f = state;
    (void)err;
    /* Volatile, since the jump back would otherwise leave it undefined. */
    volatile uint64_t begin = 0;
    if (sigsetjmp(after_fault, 0) == 0) {
        begin = tg_clock_begin();
        *f->page = 1;
    }
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, begin, tg_clock_end());
    sample->begin = begin;
    sample->ops = 1;
    return TG_OK;
}

static const double filter_rules[] = {1, 16, 128};

static const struct tg_probe probes[] = {
    {.name = "syscall",
     .what = "a system call that does next to nothing: getppid",
     .body = system_call,
     .baseline = empty_loop},
    {.name = "syscall_int80",
     .what = "the same through the gate of 32-bit programs, int 0x80",
     .available = legacy_available,
     .body = legacy_call,
     .baseline = empty_loop},
    {.name = "syscall_seccomp",
     .what = "the same behind a seccomp filter that compares an argument with so many values",
     .argument_name = "rules",
     .arguments = filter_rules,
     .argument_count = TG_COUNT(filter_rules),
     .selector = FILTERED,
     .setup = restricted_setup,
     .sample = restricted_sample,
     .teardown = restricted_teardown},
    {.name = "syscall_namespaces",
     .what = "the same in mount, process, network, host-name, IPC and control-group name spaces of its own",
     .selector = IN_NAMESPACES,
     .setup = restricted_setup,
     .sample = restricted_sample,
     .teardown = restricted_teardown},
    {.name = "signal",
     .what =
         "delivery of a signal to a handler of the same thread and return from it, without the sending call",
     .setup = signal_setup,
     .body = signal_handled,
     .baseline = signal_ignored,
     .teardown = signal_teardown},
    {.name = "signal_send",
     .what = "a call of kill that sends this process a signal which it ignores, which signal leaves out",
     .setup = signal_setup,
     .body = signal_ignored,
     .baseline = empty_loop,
     .teardown = signal_teardown},
    {.name = "protection_fault",
     .what = "a forbidden write, delivery of its signal, and a jump out of the handler",
     .available = fault_available,
     .setup = fault_setup,
     .sample = fault_sample,
     .teardown = fault_teardown},
};

const struct tg_probe_family tg_probes_syscall = {.probes = probes, .count = TG_COUNT(probes)};
