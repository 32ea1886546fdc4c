/* What the service in the kernel, its plugins and the code that runs them share.
 *
 * A plugin is an XDP program. The service calls it once per request, in the order of its position in the
 * slot, and it returns a verdict. It finds what the service knows of the request in the per-CPU map
 * "request", and the packet, as it arrived, in its context. */
#ifndef TG_BPF_SERVICE_H
#define TG_BPF_SERVICE_H

enum {
    TG_DNS_NAME_MAX = 128,  /* longest name served, bytes in wire form with its final zero */
    TG_SLOT_POSITIONS = 32, /* the kernel allows 33 tail calls a packet */
    TG_RECORDS_MAX = 65536,
    TG_DENIED_MAX = 1024,
};

enum tg_verdict {
    TG_VERDICT_CONTINUE = 0, /* to the next plugin, then to the answer; also what an empty position yields */
    TG_VERDICT_REFUSE = 1,   /* answer "refused" */
    TG_VERDICT_DROP = 2,     /* answer nothing */
};

/* A name in wire form (length byte, label, ..., zero), lower case, zeroes behind. */
struct tg_dns_key {
    unsigned char name[TG_DNS_NAME_MAX];
};

struct tg_dns_record {
    unsigned int address; /* IPv4, network byte order */
    unsigned int ttl_s;
};

struct tg_request {
    struct tg_dns_key key;
    unsigned int name_bytes;
    unsigned int type;                           /* of the question, host byte order */
    unsigned int source;                         /* address of the client, network byte order */
    unsigned int arrived;                        /* bytes of the packet */
    unsigned char question[TG_DNS_NAME_MAX + 4]; /* as it arrived */
};

/* Per CPU. Each request counts under `requests` and then under exactly one of the next six. */
struct tg_service_counts {
    unsigned long long requests;
    unsigned long long answered;  /* with an address */
    unsigned long long empty;     /* the name is known, but not by the type that was asked */
    unsigned long long unknown;   /* no such name */
    unsigned long long refused;   /* by a plugin, or a question that is not of class IN */
    unsigned long long dropped;   /* by a plugin */
    unsigned long long malformed; /* answered with a format error or "not implemented" */
    unsigned long long passed;    /* packets that are not requests, left to the network stack */
    unsigned long long failed;    /* requests whose answer found no room: lost */
};

/* How many positions of the slot are called. */
struct tg_chain {
    unsigned int length;
};

/* One round of the compute plugin: a multiplicative generator, each of which needs the last. */
static inline unsigned long long tg_compute_round(unsigned long long x, unsigned int index)
{
    return x * 6364136223846793005ULL + index;
}

/* What a plugin of ours is set to, and what it remembers (per CPU). */
struct tg_plugin_settings {
    unsigned int work;      /* rounds of the compute plugin */
    unsigned int arguments; /* words of the request that the null plugin reads */
};

struct tg_plugin_state {
    unsigned long long calls;
    unsigned long long matched; /* names denied */
    unsigned long long bytes;   /* of packets seen by the counter */
    unsigned long long result;  /* of computing */
};

#endif
