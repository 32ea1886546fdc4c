#include "tg_trap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* The signal of the timer is one that the sanitizers deliver at once. Those they take for asynchronous they
 * put off until the thread next calls the C library, which a plugin that never ends does not. */
enum { STACK_BYTES = 64 * 1024, BUDGET_SIGNAL = SIGSYS };

static const struct {
    int number;
    const char *reason;
} caught[] = {
    {SIGSEGV, "it left its data or code segment (SIGSEGV)"},
    {SIGBUS, "it left its stack segment (SIGBUS)"},
    {SIGFPE, "it divided by zero or overflowed a division (SIGFPE)"},
    {SIGILL, "it ran an undefined instruction (SIGILL)"},
    {BUDGET_SIGNAL, "it used up its processor time"},
};
enum { CAUGHT = sizeof caught / sizeof *caught };

static pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned handlers_users;
static struct sigaction handlers_before[CAUGHT];

static _Thread_local struct tg_trap *armed;

const char *tg_trap_reason(int signal_number)
{
    for (int i = 0; i < CAUGHT; i++) {
        if (caught[i].number == signal_number)
            return caught[i].reason;
    }
    return "of an unknown signal";
}

/* A fault that is not a plugin's: whoever handled it before gets it when the instruction faults again. The
 * timer may find the thread in its host, and is then of no interest. */
static void pass_on(int number, const siginfo_t *info)
{
    for (int i = 0; i < CAUGHT; i++) {
        if (caught[i].number == number && info->si_code != SI_TIMER)
            sigaction(number, &handlers_before[i], NULL);
    }
}

/* The plugin's registers are thrown away, and the thread resumes in the gate as if the plugin had returned.
 */
static void on_fault(int number, siginfo_t *info, void *opaque)
{
    ucontext_t *interrupted = opaque;
    greg_t *registers = interrupted->uc_mcontext.gregs;
    struct tg_trap *trap = armed;
    if (!trap || (uint16_t)registers[REG_CSGSFS] != trap->gate->state->plugin_cs) {
        pass_on(number, info);
        return;
    }
    uint16_t host_cs;
    __asm__("mov %%cs, %0" : "=r"(host_cs));
    trap->killed = number;
    trap->fault_ip = (uint64_t)registers[REG_RIP];
    registers[REG_RIP] = (greg_t)trap->gate->killed;
    registers[REG_RSP] = (greg_t)trap->gate->state->host_sp;
    registers[REG_EFL] &= ~(greg_t)0x400; /* the direction flag, which C expects clear */
    /* The kernel's sigcontext keeps cs, gs, fs and ss in one word, 16 bits each. */
    registers[REG_CSGSFS] = (greg_t)(host_cs | (uint64_t)trap->gate->state->host_ss << 48);
}

static int install_handlers(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    int rc = 0;
    pthread_mutex_lock(&handlers_lock);
    for (int i = 0; i < CAUGHT && handlers_users == 0 && !rc; i++)
        rc = sigaction(caught[i].number, &action, &handlers_before[i]);
    if (!rc)
        handlers_users++;
    pthread_mutex_unlock(&handlers_lock);
    return rc;
}

static void remove_handlers(void)
{
    pthread_mutex_lock(&handlers_lock);
    if (--handlers_users == 0) {
        for (int i = 0; i < CAUGHT; i++)
            sigaction(caught[i].number, &handlers_before[i], NULL);
    }
    pthread_mutex_unlock(&handlers_lock);
}

static void block_asynchronous(sigset_t *old)
{
    sigset_t mask;
    sigfillset(&mask);
    for (int i = 0; i < CAUGHT; i++)
        sigdelset(&mask, caught[i].number);
    pthread_sigmask(SIG_SETMASK, &mask, old);
}

static int make_timer(struct tg_trap *trap)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = BUDGET_SIGNAL};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    int rc = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &trap->timer);
    trap->has_timer = rc == 0;
    return rc;
}

int tg_trap_open(struct tg_trap *trap, const struct tg_gate *gate, struct tg_error *err)
{
    *trap = (struct tg_trap){.gate = gate};
    trap->stack = malloc(STACK_BYTES);
    if (!trap->stack)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    stack_t stack = {.ss_sp = trap->stack, .ss_size = STACK_BYTES};
    if (sigaltstack(&stack, &trap->old_stack) || install_handlers()) {
        int cause = errno;
        free(trap->stack);
        trap->stack = NULL;
        return tg_error_set(err, TG_EENV, "cannot catch the faults of a plugin: %s", strerror(cause));
    }
    block_asynchronous(&trap->old_mask);
    if (make_timer(trap)) {
        int cause = errno;
        tg_trap_close(trap);
        return tg_error_set(err, TG_EENV, "cannot limit the time of a plugin: %s", strerror(cause));
    }
    return TG_OK;
}

void tg_trap_close(struct tg_trap *trap)
{
    if (!trap->stack)
        return;
    if (trap->has_timer)
        timer_delete(trap->timer);
    remove_handlers();
    sigaltstack(&trap->old_stack, NULL);
    pthread_sigmask(SIG_SETMASK, &trap->old_mask, NULL);
    free(trap->stack);
    *trap = (struct tg_trap){0};
}

/* The timer repeats: a signal that finds the thread in the host, in a callback, leaves it alone. */
static void set_timer(struct tg_trap *trap, uint64_t ns)
{
    enum { AGAIN_NS = 1000000 };
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)},
        .it_interval = {.tv_nsec = ns ? AGAIN_NS : 0},
    };
    timer_settime(trap->timer, 0, &when, NULL);
}

void tg_trap_arm(struct tg_trap *trap, uint64_t budget_ns)
{
    trap->killed = 0;
    armed = trap;
    if (budget_ns)
        set_timer(trap, budget_ns);
}

void tg_trap_disarm(struct tg_trap *trap, uint64_t budget_ns)
{
    if (budget_ns)
        set_timer(trap, 0);
    armed = NULL;
}
