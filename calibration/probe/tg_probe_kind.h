/* tg_probe_kind: what a probe supplies; inner header of the folder.
 *
 * A probe has one of three ways to measure:
 *   body     does `ops` operations; the session times it, chooses ops, subtracts `baseline` where there is
 * one: the same loop without the operation, measured just before, its median an operation sample   takes one
 * sample and says when it began, what it cost (clock's part subtracted) and its ops observe  watches for a
 * time and appends to the trace itself `available` is asked before anything is made; `setup` may still find
 * out that it cannot run (TG_EENV: the probe is skipped with that sentence; any other code ends the session).
 * `teardown` is called after every setup that returned TG_OK and after those that failed once *state was set.
 */
#ifndef TG_PROBE_KIND_H
#define TG_PROBE_KIND_H

#include <stdint.h>
#include <stdio.h>

#include "tg_clock.h"
#include "tg_field.h"
#include "tg_trace.h"

/* What probes share in one session. */
struct tg_bench {
    struct tg_clock clock;
    int cpu;      /* that everything is pinned to */
    int peer_cpu; /* another one, or -1 */
    int (*interrupted)(void);
};

struct tg_sample {
    uint64_t begin; /* ticks */
    double cost_ns;
    double ops;
};

struct tg_probe {
    const char *name;
    const char *what;
    const char *argument_name;
    const double *arguments; /* values the argument takes */
    size_t argument_count;
    int selector; /* tells probes apart that share functions */
    bool (*available)(const struct tg_probe *probe, char *reason, size_t size); /* NULL: always */
    int (*setup)(const struct tg_probe *probe, const struct tg_bench *bench, double argument, void **state,
                 struct tg_error *err);
    void (*body)(void *state, uint64_t ops);
    void (*baseline)(void *state, uint64_t ops);
    int (*sample)(const struct tg_bench *bench, void *state, struct tg_sample *sample, struct tg_error *err);
    int (*observe)(const struct tg_bench *bench, void *state, double seconds, struct tg_trace *trace,
                   struct tg_error *err);
    /* Something about this host that the reader of the numbers must know; NULL: nothing. Leaves text empty
     * where there is nothing to say. */
    void (*note)(void *state, char *text, size_t size);
    void (*teardown)(void *state);
};

struct tg_probe_family {
    const struct tg_probe *probes;
    size_t count;
    bool builds_networks; /* which the kernel goes on taking down after the teardown */
};

extern const struct tg_probe_family tg_probes_cpu, tg_probes_syscall, tg_probes_switch, tg_probes_wake,
    tg_probes_memory, tg_probes_after, tg_probes_timer, tg_probes_net, tg_probes_net_remote,
    tg_probes_after_udp, tg_probes_tcp, tg_probes_vm, tg_probes_plugin, tg_probes_xdp;

#endif
