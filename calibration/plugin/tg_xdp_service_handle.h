/* The inside of struct tg_xdp_service, for the sources that work on it; inner header of the folder. */
#ifndef TG_XDP_SERVICE_HANDLE_H
#define TG_XDP_SERVICE_HANDLE_H

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

#endif
