/* Plugins that misbehave. The kernel's verifier must refuse every one of them. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* Reads the packet without asking how long it is. */
SEC("xdp")
int out_of_bounds(struct xdp_md *ctx)
{
    const unsigned char *packet = (void *)(long)ctx->data;

    return packet[1000];
}

/* Never ends. */
SEC("xdp")
int unbounded_loop(struct xdp_md *ctx)
{
    (void)ctx;
    while (1)
        asm volatile("");
    return 0;
}

/* Calls a function that is not for plugins: makes a function of the kernel return what it likes. */
SEC("xdp")
int forbidden_helper(struct xdp_md *ctx)
{
    return bpf_override_return((void *)ctx, 0);
}

/* Writes to an address of its own choice. */
SEC("xdp")
int wild_pointer(struct xdp_md *ctx)
{
    volatile __u64 *kernel = (void *)0xffffffff81000000;

    (void)ctx;
    *kernel = 0;
    return 0;
}

char _license[] SEC("license") = "GPL";
