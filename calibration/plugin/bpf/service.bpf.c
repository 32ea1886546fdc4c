/* The service in the kernel: answers DNS over UDP and IPv4, with authority, for the names in the map
 * "records", before the network stack sees the packet. Everything else goes on to the stack. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "service.h"

const volatile __u16 port = 53;

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, TG_SLOT_POSITIONS);
    __type(key, __u32);
    __type(value, __u32);
} slot SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct tg_chain);
} chain SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TG_RECORDS_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct tg_dns_key);
    __type(value, struct tg_dns_record);
} records SEC(".maps");

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
    __type(value, struct tg_service_counts);
} counts SEC(".maps");

struct dns_header {
    __be16 id;
    __u8 flags, more_flags;
    __be16 questions, answers, authorities, additionals;
} __attribute__((packed));

struct frame {
    struct ethhdr eth;
    struct iphdr ip;
    struct udphdr udp;
    struct dns_header dns;
} __attribute__((packed));

/* An answer that names the question's name by reference. */
struct answer {
    __be16 name, type, class;
    __be32 ttl;
    __be16 length;
    __be32 address;
} __attribute__((packed));

enum {
    RESPONSE = 0x80,
    OPCODE = 0x78,
    AUTHORITATIVE = 0x04,
    RECURSION_DESIRED = 0x01,
    QUESTION_AT = 0xc00c, /* a reference to offset 12, where the question's name is */
    TYPE_A = 1,
    TYPE_ANY = 255,
    CLASS_IN = 1,
    TTL = 64,
};

enum rcode { NO_ERROR = 0, FORMAT_ERROR = 1, NO_SUCH_NAME = 3, NOT_IMPLEMENTED = 4, REFUSED = 5 };

/* Calls the plugin at one position. The tail call takes the place of this function's body and returns to its
 * caller; an empty position falls through. */
__attribute__((noinline)) int call_position(struct xdp_md *ctx, __u32 position)
{
    int verdict = TG_VERDICT_CONTINUE;

    bpf_tail_call(ctx, &slot, position);
    asm volatile("" : "+r"(verdict));
    return verdict;
}

/* The extension slot: all plugins in turn. Where the kernel lets a program replace a function of another, a
 * plugin may take the place of this one. */
__attribute__((noinline)) int extension(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct tg_chain *plugins = bpf_map_lookup_elem(&chain, &key);

    if (!plugins)
        return TG_VERDICT_CONTINUE;
    for (__u32 position = 0; position < TG_SLOT_POSITIONS; position++) {
        int verdict;

        if (position >= plugins->length)
            break;
        verdict = call_position(ctx, position);
        if (verdict != TG_VERDICT_CONTINUE)
            return verdict;
    }
    return TG_VERDICT_CONTINUE;
}

static __always_inline __u16 ip_checksum(const void *header)
{
    const __u16 *words = header;
    __u32 sum = 0;

#pragma unroll
    for (int i = 0; i < 10; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static __always_inline void turn_round(struct frame *f, __u32 bytes)
{
    unsigned char mac[ETH_ALEN];
    __be32 address = f->ip.saddr;
    __be16 from = f->udp.source;

    __builtin_memcpy(mac, f->eth.h_source, ETH_ALEN);
    __builtin_memcpy(f->eth.h_source, f->eth.h_dest, ETH_ALEN);
    __builtin_memcpy(f->eth.h_dest, mac, ETH_ALEN);
    f->ip.saddr = f->ip.daddr;
    f->ip.daddr = address;
    f->ip.ttl = TTL;
    f->ip.tot_len = bpf_htons(bytes - sizeof f->eth);
    f->ip.check = 0;
    f->ip.check = ip_checksum((const char *)f + sizeof f->eth);
    f->udp.source = f->udp.dest;
    f->udp.dest = from;
    f->udp.len = bpf_htons(bytes - sizeof f->eth - sizeof f->ip);
    f->udp.check = 0; /* none: IPv4 allows it */
}

/* Makes the request into its reply: as much of the question as given, and a record if there is one. */
static __always_inline int reply(struct xdp_md *ctx, struct tg_service_counts *count, __u32 question_bytes,
                                 enum rcode rcode, const struct tg_dns_record *record)
{
    __u32 bytes = sizeof(struct frame) + question_bytes + (record ? sizeof(struct answer) : 0);
    __u32 now = ctx->data_end - ctx->data;
    struct frame *f;
    void *end;

    /* Kept apart, or else the compiler subtracts packet pointers in an order that the verifier refuses. */
    asm volatile("" : "+r"(now));
    if (bpf_xdp_adjust_tail(ctx, (int)bytes - (int)now)) {
        count->failed++;
        return XDP_DROP;
    }
    f = (void *)(long)ctx->data;
    end = (void *)(long)ctx->data_end;
    if ((void *)(f + 1) > end)
        return XDP_DROP;
    turn_round(f, bytes);
    f->dns.flags = RESPONSE | AUTHORITATIVE | (f->dns.flags & (OPCODE | RECURSION_DESIRED));
    f->dns.more_flags = rcode;
    f->dns.questions = bpf_htons(question_bytes ? 1 : 0);
    f->dns.answers = bpf_htons(record ? 1 : 0);
    f->dns.authorities = 0;
    f->dns.additionals = 0;
    if (record) {
        struct answer *a = (void *)(f + 1) + (question_bytes & 0xff);

        if ((void *)(a + 1) > end)
            return XDP_DROP;
        a->name = bpf_htons(QUESTION_AT);
        a->type = bpf_htons(TYPE_A);
        a->class = bpf_htons(CLASS_IN);
        a->ttl = bpf_htonl(record->ttl_s);
        a->length = bpf_htons(sizeof a->address);
        a->address = record->address;
    }
    return XDP_TX;
}

/* Fills the request's key from its question: the name in lower case. Lengths are at most 63 and cannot be
 * taken for letters. Returns the bytes of the name, or 0. */
static __always_inline __u32 read_name(struct tg_request *r, __u32 available)
{
    __u32 left = 0;

    __builtin_memset(&r->key, 0, sizeof r->key);
    for (__u32 i = 0; i < TG_DNS_NAME_MAX; i++) {
        __u8 c = r->question[i];

        if (i >= available)
            return 0;
        if (left) {
            left--;
            if (c >= 'A' && c <= 'Z')
                c += 'a' - 'A';
        } else if (!c) {
            return i + 1;
        } else if (c > 63) {
            return 0;
        } else {
            left = c;
        }
        r->key.name[i] = c;
    }
    return 0;
}

static __always_inline int is_request(struct frame *f, void *end)
{
    return (void *)(f + 1) <= end && f->eth.h_proto == bpf_htons(ETH_P_IP) && f->ip.version == 4 &&
           f->ip.ihl == 5 && f->ip.protocol == IPPROTO_UDP && !(f->ip.frag_off & bpf_htons(0x3fff)) &&
           f->udp.dest == bpf_htons(port) && !(f->dns.flags & RESPONSE);
}

/* Reads the question. Returns its bytes, or 0 where it is malformed or longer than we serve. */
static __always_inline __u32 read_question(struct xdp_md *ctx, struct tg_request *r, struct frame *f)
{
    __u32 available = bpf_ntohs(f->udp.len) - sizeof f->udp - sizeof f->dns;
    __u32 bytes;

    if (f->dns.questions != bpf_htons(1) || available < 5 || available > 65535)
        return 0;
    if (available > sizeof r->question)
        available = sizeof r->question;
    if (bpf_xdp_load_bytes(ctx, sizeof *f, r->question, available))
        return 0;
    bytes = read_name(r, available);
    if (!bytes || bytes > TG_DNS_NAME_MAX || bytes + 4 > available)
        return 0;
    r->name_bytes = bytes;
    r->type = r->question[bytes] << 8 | r->question[bytes + 1];
    return bytes + 4;
}

static __always_inline int answer_request(struct xdp_md *ctx, struct tg_request *r, struct tg_service_counts *count,
                                          __u32 question_bytes)
{
    struct tg_dns_record *record;

    if (question_bytes < 4 || question_bytes > sizeof r->question)
        return XDP_DROP;
    if (r->question[question_bytes - 2] != 0 || r->question[question_bytes - 1] != CLASS_IN) {
        count->refused++;
        return reply(ctx, count, question_bytes, REFUSED, 0);
    }
    record = bpf_map_lookup_elem(&records, &r->key);
    if (!record) {
        count->unknown++;
        return reply(ctx, count, question_bytes, NO_SUCH_NAME, 0);
    }
    if (r->type != TYPE_A && r->type != TYPE_ANY) {
        count->empty++;
        return reply(ctx, count, question_bytes, NO_ERROR, 0);
    }
    count->answered++;
    return reply(ctx, count, question_bytes, NO_ERROR, record);
}

SEC("xdp")
int service(struct xdp_md *ctx)
{
    __u32 key = 0, question_bytes;
    struct tg_request *r = bpf_map_lookup_elem(&request, &key);
    struct tg_service_counts *count = bpf_map_lookup_elem(&counts, &key);
    struct frame *f = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;

    if (!r || !count)
        return XDP_PASS;
    if (!is_request(f, end)) {
        count->passed++;
        return XDP_PASS;
    }
    count->requests++;
    if (f->dns.flags & OPCODE) {
        count->malformed++;
        return reply(ctx, count, 0, NOT_IMPLEMENTED, 0);
    }
    r->source = f->ip.saddr;
    r->arrived = end - (void *)f;
    question_bytes = read_question(ctx, r, f);
    if (!question_bytes) {
        count->malformed++;
        return reply(ctx, count, 0, FORMAT_ERROR, 0);
    }
    switch (extension(ctx)) {
    case TG_VERDICT_CONTINUE:
        return answer_request(ctx, r, count, question_bytes);
    case TG_VERDICT_DROP:
        count->dropped++;
        return XDP_DROP;
    default:
        count->refused++;
        return reply(ctx, count, question_bytes, REFUSED, 0);
    }
}

char _license[] SEC("license") = "GPL";
