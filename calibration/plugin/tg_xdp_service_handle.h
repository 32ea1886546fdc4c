/* The inside of struct tg_xdp_service, for the sources that work on it; inner header of the folder. */
#ifndef TG_XDP_SERVICE_HANDLE_H
#define TG_XDP_SERVICE_HANDLE_H

#include <linux/bpf.h>
#include <stdint.h>

#include "tg_error.h"

enum tg_xdp_service_map {
    TG_MAP_SLOT,
    TG_MAP_CHAIN,
    TG_MAP_RECORDS,
    TG_MAP_REQUEST,
    TG_MAP_COUNTS,
    TG_XDP_SERVICE_MAPS,
};

struct tg_xdp_service {
    char name[16];
    int cpus; /* that a per-CPU map has values for */
    int program_fd;
    int map_fds[TG_XDP_SERVICE_MAPS];
};

/* Attaches a program to an interface of this thread's network namespace: to the driver where it can, else
 * behind it. It is detached when the link's last descriptor is closed. */
int tg_xdp_attach(int program_fd, const char *interface, int *link_fd, struct tg_error *err);

/* Loads a program that says the same of every packet: XDP_PASS, XDP_DROP. */
int tg_xdp_load_verdict(enum xdp_action verdict, int *program_fd, struct tg_error *err);

int tg_xdp_put_record(int records_fd, const char *name, const char *address, uint32_t ttl_s,
                      struct tg_error *err);

#endif
