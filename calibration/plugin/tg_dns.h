/* tg_dns: the little of DNS that asking and checking an authoritative server for A records takes.
 *
 * Names are text ("www.example.org", a final dot allowed) or a key: wire form, lower case, zero-filled, at
 * most TG_DNS_NAME_MAX bytes (RFC 1035, section 3.1, allows 255). Nothing here allocates or talks to a
 * network.
 */
#ifndef TG_DNS_H
#define TG_DNS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/service.h"
#include "tg_error.h"

enum {
    TG_DNS_TYPE_A = 1,
    TG_DNS_TYPE_AAAA = 28,
    TG_DNS_MESSAGE_MAX = 512, /* over UDP without extensions */
    TG_DNS_FRAME_MAX = 14 + 20 + 8 + TG_DNS_MESSAGE_MAX,
    TG_DNS_PORT = 53,
};

enum tg_dns_rcode {
    TG_DNS_NO_ERROR = 0,
    TG_DNS_FORMAT_ERROR = 1,
    TG_DNS_NO_SUCH_NAME = 3,
    TG_DNS_NOT_IMPLEMENTED = 4,
    TG_DNS_REFUSED = 5,
};

struct tg_dns_reply {
    uint16_t id;
    enum tg_dns_rcode rcode;
    int authoritative;
    unsigned answers;
    uint32_t address; /* of the first answer, network byte order; 0 without answers */
    uint32_t ttl_s;
};

/* Text to key; *bytes is the name's length on the wire. TG_EINPUT says what is wrong with the name. */
int tg_dns_name(const char *text, struct tg_dns_key *key, size_t *bytes, struct tg_error *err);

/* Key to text, cut to fit. Returns text. */
char *tg_dns_name_text(const struct tg_dns_key *key, char *text, size_t size);

/* Writes a query for one name; returns its bytes, at most TG_DNS_MESSAGE_MAX. */
size_t tg_dns_query(uint8_t *message, uint16_t id, const struct tg_dns_key *key, size_t name_bytes,
                    uint16_t type);

/* Reads a reply. TG_ECHECK where it is not a well-formed reply to a question for this name and type. */
int tg_dns_read_reply(const uint8_t *message, size_t bytes, const struct tg_dns_key *key, size_t name_bytes,
                      uint16_t type, struct tg_dns_reply *reply, struct tg_error *err);

/* Puts a message into an Ethernet, IPv4 and UDP frame from client to server; returns its bytes, at most
 * TG_DNS_FRAME_MAX. For test runs, not for sending: the hardware addresses are made up. */
size_t tg_dns_frame(uint8_t *frame, const uint8_t *message, size_t bytes);

#endif
