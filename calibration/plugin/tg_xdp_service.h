/* tg_xdp_service: a DNS server that lives in the kernel, and can be extended there.
 *
 * An XDP program answers, with authority, DNS queries over UDP and IPv4 for the names it has records of,
 * before the network stack sees them; all other packets go on to the stack. Once per request it calls the
 * plugins in its slot (tg_slot). It answers A records, "no such name" and, to other types, an empty answer;
 * names of up to 128 bytes in wire form, no EDNS, no SOA in negative answers.
 *
 * A service has a name and lives in the kernel, beyond the process that started it, until it is stopped. A
 * struct tg_xdp_service is a handle on one, for one thread. Root, or CAP_BPF, CAP_NET_ADMIN and
 * CAP_SYS_ADMIN.
 */
#ifndef TG_XDP_SERVICE_H
#define TG_XDP_SERVICE_H

#include <stdint.h>

#include "bpf/service.h"
#include "tg_dns.h"
#include "tg_error.h"

struct tg_xdp_service;

/* Starts a service. interface NULL: it is attached nowhere and answers tg_xdp_service_ask() alone. Otherwise
 * it is attached to an interface of the network namespace `netns` (NULL: this process's). TG_EINPUT if there
 * is one of that name. */
int tg_xdp_service_start(const char *name, const char *interface, const char *netns, struct tg_error *err);

/* Attaches a program that lets every packet pass to the other end of a veth pair, without which that end
 * drops what an XDP program sends it. Goes when the service stops. */
int tg_xdp_service_attach_peer(const char *name, const char *interface, const char *netns,
                               struct tg_error *err);

/* Detaches and removes it with its records and plugins. No error if there is none. */
int tg_xdp_service_stop(const char *name, struct tg_error *err);

/* TG_EINPUT if no service has that name. */
int tg_xdp_service_open(struct tg_xdp_service **service, const char *name, struct tg_error *err);
void tg_xdp_service_close(struct tg_xdp_service *service); /* NULL is allowed */
const char *tg_xdp_service_name(const struct tg_xdp_service *service);

/* Adds or replaces the record of a name. address: "192.0.2.1". */
int tg_xdp_service_add_record(struct tg_xdp_service *service, const char *name, const char *address,
                              uint32_t ttl_s, struct tg_error *err);

/* What it did since it started, all CPUs together. */
int tg_xdp_service_count(struct tg_xdp_service *service, struct tg_service_counts *total,
                         struct tg_error *err);

/* Asks the program itself, in a test run of the kernel: no packet is sent. *answered is 0 where the service
 * dropped the request. */
int tg_xdp_service_ask(struct tg_xdp_service *service, const char *name, uint16_t type, int *answered,
                       struct tg_dns_reply *reply, struct tg_error *err);

/* The same for any frame. *action is the program's XDP action; the frame it leaves is in `out`, at most
 * TG_DNS_FRAME_MAX bytes. */
int tg_xdp_service_run(struct tg_xdp_service *service, const uint8_t *in, size_t in_bytes, unsigned *action,
                       uint8_t *out, size_t *out_bytes, struct tg_error *err);

/* The names of the services that run, through `visit`, until it returns non-zero. */
int tg_xdp_service_each(int (*visit)(const char *name, void *context), void *context);

#endif
