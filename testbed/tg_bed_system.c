#include "tg_bed_system.h"

#include <string.h>
#include <unistd.h>

#include "tg_crossing.h"
#include "tg_plugin_timer.h"
#include "tg_process.h"

/* Counts are chosen so that the largest at least halves the rate on a machine of today. */
#define RESPONDER(kind, k, sentence)                                                                   \
    {                                                                                                  \
        .name = "udp-" kind "-" #k, .what = sentence, .server = TG_SERVER_RESPONDER, .crossing = kind, \
        .crossings = k, .guess_per_s = 8000                                                            \
    }
#define XDP(label, ...)                                                           \
    {                                                                             \
        .name = label, .server = TG_SERVER_XDP, .guess_per_s = 16000, __VA_ARGS__ \
    }
#define CONTAINER .path = TG_BED_CONTAINER

const struct tg_bed_system tg_bed_systems[] = {
    {.name = "udp",
     .what = "the bundled responder in user space: a recvfrom and a sendto a request",
     .server = TG_SERVER_RESPONDER,
     .guess_per_s = 8000},
    RESPONDER("syscall", 10, "with 10 extra system calls a request"),
    RESPONDER("syscall", 20, "with 20"),
    RESPONDER("syscall", 40, "with 40"),
    RESPONDER("signal", 1, "with a signal to itself a request"),
    RESPONDER("signal", 2, "with 2"),
    RESPONDER("signal", 5, "with 5"),
    RESPONDER("vm_exit", 1, "with an exit to this machine's hypervisor a request"),
    RESPONDER("vm_exit", 2, "with 2"),
    RESPONDER("vm_exit", 5, "with 5"),
    RESPONDER("page_fault", 2, "with 2 page faults a request"),
    RESPONDER("page_fault", 5, "with 5"),
    RESPONDER("page_fault", 10, "with 10"),
    RESPONDER("segment_call", 10, "with 10 calls of a null plugin in segments"),
    RESPONDER("segment_call", 20, "with 20"),
    RESPONDER("segment_call", 40, "with 40"),
    RESPONDER("pipe_handover", 1, "with a hand-over to a second process by pipe, and back"),
    RESPONDER("pipe_handover", 2, "with 2"),
    RESPONDER("pipe_handover", 4, "with 4"),
    {.name = "udp-container",
     .what = "the bundled responder, reached as a container's published port",
     .server = TG_SERVER_RESPONDER,
     CONTAINER,
     .guess_per_s = 8000},
    XDP("xdp", .what = "the bundled DNS service in the kernel's receive path"),
    XDP("xdp-null", .what = "with a null plugin called a request", .crossing = "plugin_call", .crossings = 1),
    XDP("xdp-chain-8", .what = "with 8 null plugins in a chain", .crossing = "plugin_call", .crossings = 8),
    XDP("xdp-chain-16", .what = "with 16", .crossing = "plugin_call", .crossings = 16),
    XDP("xdp-chain-32", .what = "with 32", .crossing = "plugin_call", .crossings = 32),
    XDP("xdp-compute-500", .what = "with a plugin that computes 500 rounds", .crossing = "plugin_call",
        .crossings = 1, .work = 500),
    XDP("xdp-compute-500-chain-16", .what = "and 15 null plugins behind it", .crossing = "plugin_call",
        .crossings = 16, .work = 500),
    XDP("xdp-compute-500-chain-32", .what = "and 31", .crossing = "plugin_call", .crossings = 32,
        .work = 500),
    XDP("xdp-compute-1000", .what = "with one that computes 1,000 rounds", .crossing = "plugin_call",
        .crossings = 1, .work = 1000),
    XDP("xdp-compute-4000", .what = "4,000 rounds", .crossing = "plugin_call", .crossings = 1, .work = 4000),
    XDP("xdp-compute-16000", .what = "16,000 rounds", .crossing = "plugin_call", .crossings = 1,
        .work = 16000),
    XDP("xdp-container", .what = "the service in the kernel, reached as a container's published port",
        CONTAINER),
    XDP("xdp-null-container", .what = "with a null plugin called a request", CONTAINER,
        .crossing = "plugin_call", .crossings = 1),
    XDP("xdp-compute-4000-container", .what = "with a plugin that computes 4,000 rounds", CONTAINER,
        .crossing = "plugin_call", .crossings = 1, .work = 4000),
    {.name = "bind",
     .what = "ISC BIND with one worker thread, authoritative for one name, under dnsperf",
     .server = TG_SERVER_BIND,
     .generator = TG_GENERATOR_DNSPERF,
     .guess_per_s = 8000,
     .needs = "named (Debian package bind9) and dnsperf",
     .program = {"named", "dnsperf"}},
    {.name = "bind-open",
     .what = "the same under the testbed's own open-loop load",
     .server = TG_SERVER_BIND,
     .guess_per_s = 8000,
     .needs = "named (Debian package bind9)",
     .program = {"named"}},
    {.name = "bind-container",
     .what = "the same, reached as a container's published port",
     .server = TG_SERVER_BIND,
     CONTAINER,
     .guess_per_s = 8000,
     .needs = "named (Debian package bind9)",
     .program = {"named"}},
    {.name = "lighttpd",
     .what = "lighttpd under httperf, a connection a request",
     .server = TG_SERVER_LIGHTTPD,
     .generator = TG_GENERATOR_HTTPERF,
     .guess_per_s = 1000,
     .needs = "lighttpd and httperf",
     .program = {"lighttpd", "httperf"}},
    {.name = "lighttpd-container",
     .what = "the same, reached as a container's published port",
     .server = TG_SERVER_LIGHTTPD,
     CONTAINER,
     .generator = TG_GENERATOR_HTTPERF,
     .guess_per_s = 1000,
     .needs = "lighttpd and httperf",
     .program = {"lighttpd", "httperf"}},
    {.name = "apache",
     .what = "Apache with Debian's worker settings (event) under httperf, a connection a request",
     .server = TG_SERVER_APACHE,
     .generator = TG_GENERATOR_HTTPERF,
     .guess_per_s = 1000,
     .needs = "apache2 (Debian package apache2-bin) and httperf",
     .program = {"apache2", "httperf"}},
    {.name = NULL},
};

static const char *const generators[TG_GENERATORS] = {
    [TG_GENERATOR_OPEN] = "open",
    [TG_GENERATOR_DNSPERF] = "dnsperf",
    [TG_GENERATOR_HTTPERF] = "httperf",
};
static const char *const servers[TG_SERVERS] = {
    [TG_SERVER_RESPONDER] = "responder", [TG_SERVER_XDP] = "xdp",       [TG_SERVER_BIND] = "bind",
    [TG_SERVER_LIGHTTPD] = "lighttpd",   [TG_SERVER_APACHE] = "apache",
};

const char *tg_bed_generator_name(enum tg_bed_generator generator)
{
    return generators[generator];
}

const char *tg_bed_server_name(enum tg_bed_server server)
{
    return servers[server];
}

const struct tg_bed_system *tg_bed_system_find(const char *name)
{
    for (const struct tg_bed_system *system = tg_bed_systems; system->name; system++) {
        if (strcmp(system->name, name) == 0)
            return system;
    }
    return NULL;
}

static int programs_available(const struct tg_bed_system *system, struct tg_error *why)
{
    for (int i = 0; i < 2 && system->program[i]; i++) {
        if (!tg_process_exists(system->program[i]))
            return tg_error_set(why, TG_EENV, "needs %s: '%s' is not installed", system->needs,
                                system->program[i]);
    }
    return TG_OK;
}

int tg_bed_system_available(const struct tg_bed_system *system, struct tg_error *why)
{
    if (geteuid() != 0)
        return tg_error_set(why, TG_EENV, "needs root, to make network name spaces");
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return tg_error_set(why, TG_EENV, "needs two CPUs: one for the server, one for the client");
    if (!tg_process_exists("ip"))
        return tg_error_set(why, TG_EENV, "needs the program ip (Debian package iproute2)");
    if (system->path == TG_BED_CONTAINER && !tg_process_exists("nft"))
        return tg_error_set(why, TG_EENV, "needs the program nft (Debian package nftables)");
    if (system->server == TG_SERVER_XDP)
        return tg_plugin_available(TG_PLUGIN_KERNEL_LINK, why);
    const struct tg_crossing_kind *crossing = system->crossing ? tg_crossing_find(system->crossing) : NULL;
    if (crossing && crossing->available)
        return crossing->available(why);
    return programs_available(system, why);
}
