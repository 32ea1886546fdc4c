/* tg_dns_client: asks a DNS server over UDP at a steady rate, and checks every answer.
 *
 * Open loop: queries go out at their times whether answers came or not. A reply counts as right only if it is
 * to a query under way, repeats its question, carries authority, and has the expected code and address. What
 * has no reply within the timeout is lost. One thread, one socket, at most 65,536 queries under way. Latency
 * is from the moment of sending, ns.
 */
#ifndef TG_DNS_CLIENT_H
#define TG_DNS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "tg_dns.h"
#include "tg_error.h"

struct tg_dns_question {
    const char *name;
    enum tg_dns_rcode rcode; /* expected */
    uint32_t address;        /* expected with TG_DNS_NO_ERROR, network byte order; 0: any */
};

struct tg_dns_load {
    const char *server;                      /* IPv4 address */
    uint16_t port;                           /* 0: 53 */
    const char *netns;                       /* network namespace to ask from; NULL: this process's */
    const struct tg_dns_question *questions; /* asked in turn */
    size_t question_count;
    uint64_t count;
    double rate_per_s;
    double timeout_s;
    int (*interrupted)(void); /* NULL: never */
};

struct tg_dns_tally {
    uint64_t sent, right, wrong, lost;
    double latency_mean_ns, latency_min_ns, latency_max_ns; /* of replies */
    struct tg_dns_reply last;
    char fault[160]; /* what was wrong with the first wrong reply */
};

int tg_dns_client_run(const struct tg_dns_load *load, struct tg_dns_tally *tally, struct tg_error *err);

#endif
