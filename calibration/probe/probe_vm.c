/* Exits: of this machine to its hypervisor, and of a guest of ours to the kernel and to this process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_guest.h"
#include "tg_probe_kind.h"
#include "tg_timing.h"

#if defined __x86_64__
#include <cpuid.h>

static bool exit_available(const struct tg_probe *probe, char *reason, size_t size)
{
    unsigned a, b, c, d;
    (void)probe;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 31)))
        return true;
    snprintf(reason, size, "no hypervisor: CPUID does not leave this machine's CPU");
    return false;
}

static void vm_exit(void *state, uint64_t ops)
{
    unsigned a, b, c, d;
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        __cpuid_count(0, 0, a, b, c, d);
    (void)a, (void)b, (void)c, (void)d;
}
#else
static bool exit_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    snprintf(reason, size, "needs an x86-64 CPU: the exit is taken by CPUID");
    return false;
}

static void vm_exit(void *state, uint64_t ops)
{
    (void)state, (void)ops;
}
#endif

enum {
    GUEST_EXITS = 8,    /* handled in the kernel, in one turn of the guest */
    GUEST_LOOPS = 2000, /* iterations to time the guest's own speed by */
    EMULATED_NS = 100,  /* a loop iteration slower than this is no hardware's */
    TURN_SAMPLES = 51,
};

struct guest_state {
    struct tg_guest guest;
    double turn_ns; /* of a guest that does nothing but leave */
    double loop_ns; /* of an iteration of a loop in the guest */
};

static bool guest_available(const struct tg_probe *probe, char *reason, size_t size)
{
    (void)probe;
    return tg_guest_available(reason, size);
}

static int stopped(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "the guest stopped in an unforeseen way");
}

static int time_turn(const struct tg_bench *bench, struct tg_guest *guest, uint64_t *begin, double *cost_ns,
                     struct tg_error *err)
{
    *begin = tg_clock_begin();
    int bad = tg_guest_run(guest);
    uint64_t end = tg_clock_end();
    *cost_ns = tg_clock_cost_ns(&bench->clock, *begin, end);
    return bad ? stopped(err) : TG_OK;
}

/* The median turn of a guest made for the purpose. */
static int median_turn(const struct tg_bench *bench, enum tg_guest_operation operation, uint32_t rounds,
                       double *median, struct tg_error *err)
{
    struct tg_guest guest;
    double costs[TURN_SAMPLES];
    uint64_t begin;
    int rc = tg_guest_open(&guest, operation, rounds, err);
    for (int i = 0; i < TURN_SAMPLES && !rc; i++)
        rc = time_turn(bench, &guest, &begin, &costs[i], err);
    tg_guest_close(&guest);
    if (!rc)
        *median = tg_median(costs, TURN_SAMPLES);
    return rc;
}

static int guest_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct guest_state *s = calloc(1, sizeof *s);
    double loops_ns = 0;
    (void)argument;
    if (!s)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = median_turn(bench, TG_GUEST_NOTHING, 0, &s->turn_ns, err);
    if (!rc)
        rc = median_turn(bench, TG_GUEST_LOOP, GUEST_LOOPS, &loops_ns, err);
    if (!rc)
        rc = tg_guest_open(&s->guest, (enum tg_guest_operation)probe->selector, GUEST_EXITS, err);
    if (rc) {
        free(s);
        return rc;
    }
    s->loop_ns = loops_ns > s->turn_ns ? (loops_ns - s->turn_ns) / GUEST_LOOPS : 0;
    *state = s;
    return TG_OK;
}

static void guest_teardown(void *state)
{
    struct guest_state *s = state;
    tg_guest_close(&s->guest);
    free(s);
}

static void guest_note(void *state, char *text, size_t size)
{
    const struct guest_state *s = state;
    if (s->loop_ns > EMULATED_NS)
        snprintf(text, size,
                 "this host emulates the guest's instructions (%.0f ns a loop iteration): no hardware's exit",
                 s->loop_ns);
}

static int guest_user_exit(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                           struct tg_error *err)
{
    struct guest_state *s = state;
    sample->ops = 1;
    return time_turn(bench, &s->guest, &sample->begin, &sample->cost_ns, err);
}

static int guest_kernel_exit(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                             struct tg_error *err)
{
    struct guest_state *s = state;
    int rc = time_turn(bench, &s->guest, &sample->begin, &sample->cost_ns, err);
    sample->cost_ns -= s->turn_ns;
    sample->ops = GUEST_EXITS;
    return rc;
}

static const struct tg_probe probes[] = {
    {.name = "vm_exit",
     .what =
         "an exit of this virtual machine to its hypervisor and back, by CPUID (whose own work is included)",
     .available = exit_available,
     .body = vm_exit},
    {.name = "guest_kernel_exit",
     .what = "an exit of a guest under /dev/kvm that the kernel handles by itself, and entry again: CPUID",
     .selector = TG_GUEST_CPUID,
     .available = guest_available,
     .setup = guest_setup,
     .sample = guest_kernel_exit,
     .note = guest_note,
     .teardown = guest_teardown},
    {.name = "guest_user_exit",
     .what = "an exit of a guest under /dev/kvm to this process, by a write to a port, and entry again",
     .selector = TG_GUEST_NOTHING,
     .available = guest_available,
     .setup = guest_setup,
     .sample = guest_user_exit,
     .note = guest_note,
     .teardown = guest_teardown},
};

const struct tg_probe_family tg_probes_vm = {.probes = probes, .count = TG_COUNT(probes)};
