/* The host program of a timed plugin call, and its null plugins.
 *
 * The slot is a subprogram of its own that makes a tail call: the plugin replaces the subprogram's frame and
 * returns to the subprogram's caller, so that a call of the slot is a call and a return of the plugin.
 * Arguments cross in a per-CPU array, because a tail call passes the context alone. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "call.h"
#include "service.h"

const volatile struct tg_call_constants constants = {};
#define arguments constants.arguments

struct tg_call_variables variables = {};

struct values {
    __u64 value[TG_CALL_ARGUMENTS_MAX];
};

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} slot SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct values);
} values SEC(".maps");

/* A slot at a fixed index is a direct jump, which the kernel rewrites when the slot changes; at an index that
 * only the run knows it is an indirect jump, and a change of the slot is a change of a word in memory. */
__attribute__((noinline)) int call_slot(struct xdp_md *ctx)
{
    int result = -1;

    if (constants.fixed)
        bpf_tail_call(ctx, &slot, 0);
    else
        bpf_tail_call(ctx, &slot, variables.index);
    variables.misses++;
    asm volatile("" : "+r"(result));
    return result;
}

/* A loop the compiler can neither unroll nor remove. Unrolled, it would keep more on the stack than the kernel
 * allows a caller of tail calls. */
#define REPEAT(i) for (__u64 i = 0; i < TG_CALL_REPEAT; ({ asm volatile("%0 += 1" : "+r"(i)); }))

#define SEND(n)                                                                                              \
    if (arguments > n)                                                                                       \
        *(volatile __u64 *)&v->value[n] = i;

static __always_inline void record(__u64 begun, __u64 between, __u64 ended)
{
    struct tg_call_run *run = &variables.runs[variables.run_count++ & (TG_CALL_RUNS_MAX - 1)];

    run->at = between;
    run->empty = between - begun;
    run->full = ended - between;
}

SEC("xdp")
int host(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct values *v = bpf_map_lookup_elem(&values, &key);
    __u64 sum = 0, begun, between, ended;

    if (!v)
        return XDP_ABORTED;
    begun = bpf_ktime_get_ns();
    REPEAT(i)
    {
    }
    between = bpf_ktime_get_ns();
    REPEAT(i)
    {
        SEND(0) SEND(1) SEND(2) SEND(3) SEND(4) SEND(5) SEND(6) SEND(7)
        sum += call_slot(ctx);
    }
    ended = bpf_ktime_get_ns();
    record(begun, between, ended);
    return sum;
}

/* What a plugin may take the place of, where the kernel lets one program replace a function of another. */
__attribute__((noinline)) int replaceable(struct xdp_md *ctx)
{
    int result = -1;

    variables.misses++;
    asm volatile("" : "+r"(result) : "r"(ctx));
    return result;
}

SEC("xdp")
int replaced_host(struct xdp_md *ctx)
{
    __u64 sum = 0, begun, between, ended;

    begun = bpf_ktime_get_ns();
    REPEAT(i)
    {
    }
    between = bpf_ktime_get_ns();
    REPEAT(i)
    {
        sum += replaceable(ctx);
    }
    ended = bpf_ktime_get_ns();
    record(begun, between, ended);
    return sum;
}

/* A plugin that calls the kernel. The function it calls reads one word. */
SEC("xdp")
int caller(struct xdp_md *ctx)
{
    __u64 sum = 0, begun, between, ended;

    (void)ctx;
    begun = bpf_ktime_get_ns();
    REPEAT(i)
    {
    }
    between = bpf_ktime_get_ns();
    REPEAT(i)
    {
        sum += bpf_get_numa_node_id();
    }
    ended = bpf_ktime_get_ns();
    record(begun, between, ended);
    return sum;
}

static long one_round(__u32 index, void *opaque)
{
    __u64 *x = opaque;

    *x = tg_compute_round(*x, index);
    return 0;
}

/* What the compute plugin does, without being called. */
SEC("xdp")
int computer(struct xdp_md *ctx)
{
    __u64 x = 1, begun, between, ended;

    (void)ctx;
    begun = bpf_ktime_get_ns();
    REPEAT(i)
    {
    }
    between = bpf_ktime_get_ns();
    bpf_loop(TG_CALL_ROUNDS, one_round, &x, 0);
    ended = bpf_ktime_get_ns();
    record(begun, between, ended);
    return (__u32)x;
}

#define TAKE(n)                                                                                              \
    if (arguments > n)                                                                                       \
        sum += *(volatile __u64 *)&v->value[n];

/* Returns the sum of its arguments, plus one. */
SEC("xdp")
int null_plugin(struct xdp_md *ctx)
{
    __u32 key = 0;
    __u64 sum = 1;
    struct values *v;

    (void)ctx;
    if (!arguments)
        return sum;
    v = bpf_map_lookup_elem(&values, &key);
    if (!v)
        return 0;
    TAKE(0) TAKE(1) TAKE(2) TAKE(3) TAKE(4) TAKE(5) TAKE(6) TAKE(7)
    return sum;
}

char _license[] SEC("license") = "GPL";
