/* tg_system: the settings of a machine and its kernel: adapter, link, TCP, scheduler and memory.
 *
 * They come from the machine's profile, are changed by the server's file, by the technique's (a guest has a
 * kernel of its own), and by the scenario, key by key: later ones win. Each keeps its own part as JSON;
 * tg_system_resolve() lays them over each other and reads the whole.
 *
 * Sources of the mechanisms: Mogul and Ramakrishnan 1996 (receive livelock), RFC 793 and RFC 6298 (handshake,
 * retransmission, TIME_WAIT); docs/model.md tells how each setting acts.
 */
#ifndef TG_SYSTEM_H
#define TG_SYSTEM_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "tg_error.h"
#include "tg_field.h"
#include "tg_hop_settings.h"

/* Whose core takes packets up. On a pair of virtual devices there is no wire and no interrupt: the sender's
 * core does the receiver's soft interrupt. */
enum tg_adapter_core { TG_ADAPTER_SERVER, TG_ADAPTER_SENDER };

struct tg_adapter_settings {
    int core;                 /* enum tg_adapter_core */
    int interrupts;           /* enum tg_interrupts */
    int64_t ring;             /* packets that may wait in the adapter */
    int64_t budget;           /* packets polled before the work moves to a thread of its own */
    int64_t backlog;          /* interrupt per packet: packets that may wait for the soft interrupt */
    tg_ps coalesce_ps;        /* the interrupt waits so long for more packets; 0: raised at once */
    int64_t coalesce_packets; /* ... or for so many */
};

struct tg_link_settings {
    tg_ps latency_ps;
    double rate_per_s;    /* bits a second; 0: no limit */
    double framing_bytes; /* on the wire for each packet, beside what it carries */
    int64_t stores;       /* 1: a switch between them takes each packet whole before it sends it on; else 0 */
    int64_t queue;        /* packets that may wait for the link, in each direction; 0: no limit */
};

enum { TG_SYN_RETRIES_MAX = 8 };

struct tg_retries {
    tg_ps waits_ps[TG_SYN_RETRIES_MAX];
    size_t count;
};

struct tg_tcp_settings {
    int64_t accept_queue; /* connections that wait for the server to accept them */
    int64_t syn_queue;    /* connections half open */
    struct tg_retries syn_retries;
    tg_ps minimum_rto_ps;
    double segment_bytes;
    int64_t initial_window; /* segments of a reply that are sent before the first acknowledgement */
    tg_ps time_wait_ps;
};

enum tg_when_full { TG_REFUSE, TG_CRASH };

struct tg_memory_settings {
    double limit_bytes; /* 0: no limit */
    double system_bytes, server_bytes;
    double connection_bytes; /* an open connection */
    double closed_bytes;     /* one that is closed, until it is reclaimed */
    tg_ps reclaim_ps;
    int when_full; /* enum tg_when_full */
};

struct tg_system {
    struct tg_adapter_settings adapter;
    struct tg_link_settings link;
    struct tg_tcp_settings tcp;
    struct tg_memory_settings memory;
    tg_ps time_slice_ps;
};

/* A part of the settings, as JSON: reads it for its form alone and keeps a copy. Has the form of
 * tg_field.read, for a cJSON *. */
int tg_system_part_read(const cJSON *value, const char *path, void *part, struct tg_error *err);

/* Lays the parts over each other, the later over the earlier; any may be NULL. */
int tg_system_resolve(struct tg_system *system, const cJSON *const *parts, size_t count,
                      struct tg_error *err);

extern const struct tg_field tg_system_fields[], tg_adapter_fields[], tg_link_fields[], tg_tcp_fields[],
    tg_memory_fields[];
extern const size_t tg_system_field_count, tg_adapter_field_count, tg_link_field_count, tg_tcp_field_count,
    tg_memory_field_count;

#endif
