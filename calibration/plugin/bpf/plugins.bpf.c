/* The plugins that come with the prototype. Each is loaded on its own, with maps of its own; the map "request"
 * is the service's. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "service.h"

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct tg_request);
} request SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct tg_plugin_state);
} state SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct tg_plugin_settings);
} settings SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TG_DENIED_MAX);
    __type(key, struct tg_dns_key);
    __type(value, __u32);
} denied SEC(".maps");

/* Does nothing. */
SEC("xdp")
int null(struct xdp_md *ctx)
{
    (void)ctx;
    return TG_VERDICT_CONTINUE;
}

/* Does nothing but read as many words of the request as its settings say. */
SEC("xdp")
int null_arguments(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct tg_request *r = bpf_map_lookup_elem(&request, &key);
    struct tg_plugin_settings *set = bpf_map_lookup_elem(&settings, &key);
    __u64 sum = 0;

    (void)ctx;
    if (!r || !set)
        return TG_VERDICT_CONTINUE;
    for (__u32 i = 0; i < TG_DNS_NAME_MAX / sizeof(__u64); i++) {
        if (i >= set->arguments)
            break;
        sum += ((volatile __u64 *)r->key.name)[i];
    }
    asm volatile("" : : "r"(sum));
    return TG_VERDICT_CONTINUE;
}

/* Counts requests and their bytes. */
SEC("xdp")
int counter(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct tg_plugin_state *s = bpf_map_lookup_elem(&state, &key);

    if (!s)
        return TG_VERDICT_CONTINUE;
    s->calls++;
    s->bytes += ctx->data_end - ctx->data;
    return TG_VERDICT_CONTINUE;
}

/* Refuses the names in the map "denied". */
SEC("xdp")
int filter(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct tg_request *r = bpf_map_lookup_elem(&request, &key);
    struct tg_plugin_state *s = bpf_map_lookup_elem(&state, &key);

    (void)ctx;
    if (!r || !s)
        return TG_VERDICT_CONTINUE;
    s->calls++;
    if (!bpf_map_lookup_elem(&denied, &r->key))
        return TG_VERDICT_CONTINUE;
    s->matched++;
    return TG_VERDICT_REFUSE;
}

static long one_round(__u32 index, void *opaque)
{
    __u64 *x = opaque;

    *x = tg_compute_round(*x, index);
    return 0;
}

/* Computes as many rounds as its settings say. */
SEC("xdp")
int compute(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct tg_plugin_settings *set = bpf_map_lookup_elem(&settings, &key);
    struct tg_plugin_state *s = bpf_map_lookup_elem(&state, &key);
    __u64 x = 1;

    (void)ctx;
    if (!set || !s)
        return TG_VERDICT_CONTINUE;
    bpf_loop(set->work, one_round, &x, 0);
    s->calls++;
    s->result = x;
    return TG_VERDICT_CONTINUE;
}

char _license[] SEC("license") = "GPL";
