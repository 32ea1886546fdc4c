/* tg_responder: the bundled server in user space: one process, one UDP socket, one recvfrom and one sendto a
 * request.
 *
 * Answers a DNS query (RFC 1035) for one name of class IN and type A with authority and one address, whatever
 * the name; anything shorter than a DNS header it sends back as it is. Between receiving and sending it
 * crosses a boundary (tg_crossing) a chosen number of times. Its socket has the system's default buffer. It
 * dies with the process that started it.
 */
#ifndef TG_RESPONDER_H
#define TG_RESPONDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tg_crossing.h"
#include "tg_error.h"

enum { TG_RESPONDER_MESSAGE_MAX = 512 };

struct tg_responder_setup {
    const char *netns;   /* NULL: this process's */
    const char *address; /* IPv4 */
    uint16_t port;
    int cpu;
    const struct tg_crossing_kind *crossing; /* NULL: none */
    unsigned crossings;                      /* a request */
};

/* On return it is ready to answer. */
int tg_responder_start(pid_t *pid, const struct tg_responder_setup *setup, struct tg_error *err);
void tg_responder_stop(pid_t pid);

/* Makes a message its own answer in place; returns the answer's bytes. The buffer has room for
 * TG_RESPONDER_MESSAGE_MAX bytes. */
size_t tg_responder_answer(uint8_t *message, size_t bytes);

#endif
