/* What a crossing costs the kernel code that runs after it: a server's reply, timed right after a crossing
 * and without one. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tg_across.h"
#include "tg_cross.h"

/* Requests come from another core, which reads the replies. */
static const struct tg_way way = {.kind = TG_NET_VETH, .back = true, .exchange = true};

struct after {
    struct tg_cross cross;
    struct tg_across across;
};

static int after_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct after *a = calloc(1, sizeof *a);
    (void)argument;
    if (!a)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = a;
    int rc = tg_across_open(&a->across, bench, &way, err);
    return rc ? rc : tg_cross_open(&a->cross, bench, (enum tg_cross_kind)probe->selector, err);
}

static void after_teardown(void *state)
{
    struct after *a = state;
    tg_cross_close(&a->cross);
    tg_across_close(&a->across);
    free(a);
}

/* A batch of requests, each answered; a crossing after each request where `crosses`. *cost_ns is of the
 * receiving and sending alone. */
static int time_exchange(const struct tg_bench *bench, struct after *a, bool crosses, double *cost_ns,
                         struct tg_error *err)
{
    int rc = tg_across_turn(&a->across, err), fault = 0;
    *cost_ns = 0;
    for (int i = 0; i < TG_ACROSS_BATCH && !rc && !fault; i++) {
        if (crosses)
            tg_cross_prepare(&a->cross);
        uint64_t begin = tg_clock_begin();
        fault = tg_across_take_one(&a->across);
        uint64_t end = tg_clock_end();
        *cost_ns += tg_clock_cost_ns(&bench->clock, begin, end);
        if (crosses)
            rc = tg_cross_once(&a->cross, err);
        begin = tg_clock_begin();
        fault = fault ? fault : tg_across_send_one(&a->across);
        end = tg_clock_end();
        *cost_ns += tg_clock_cost_ns(&bench->clock, begin, end);
    }
    if (fault)
        return tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(fault));
    return rc;
}

/* With and without in turn, so that both see the same mood of the machine. */
static int after_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    double without_ns, with_ns = 0;
    sample->begin = tg_clock_glance();
    int rc = time_exchange(bench, state, false, &without_ns, err);
    if (!rc)
        rc = time_exchange(bench, state, true, &with_ns, err);
    sample->cost_ns = with_ns - without_ns;
    sample->ops = TG_ACROSS_BATCH;
    return rc;
}

static bool exit_available(const struct tg_probe *probe, char *reason, size_t size)
{
    return tg_cross_exit_available(probe, reason, size) && tg_across_available(probe, reason, size);
}

#define AFTER_PROBE(label, kind, is_available, sentence)                                                    \
    {                                                                                                       \
        .name = label, .what = sentence, .selector = kind, .available = is_available, .setup = after_setup, \
        .sample = after_sample, .teardown = after_teardown                                                  \
    }

static const struct tg_probe probes[] = {
    AFTER_PROBE("after_syscall_udp", TG_CROSS_SYSTEM_CALL, tg_across_available,
                "how much longer a server's sendto and its next recv take after a system call than without"),
    AFTER_PROBE("after_signal_udp", TG_CROSS_SIGNAL, tg_across_available,
                "the same after a signal to itself, sent and handled"),
    AFTER_PROBE("after_switch_udp", TG_CROSS_SWITCH, tg_across_available,
                "the same after a round trip to another process of this core"),
    AFTER_PROBE("after_page_fault_udp", TG_CROSS_PAGE_FAULT, tg_across_available,
                "the same after the first touch of a page"),
    AFTER_PROBE("after_vm_exit_udp", TG_CROSS_VM_EXIT, exit_available,
                "the same after an exit to the hypervisor"),
};

const struct tg_probe_family tg_probes_after_udp = {
    .probes = probes, .count = TG_COUNT(probes), .builds_networks = true};
