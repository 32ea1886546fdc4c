/* tg_host: the facts of the machine that something was measured or computed on.
 *
 * tg_host_read() gathers them from the processor (CPUID), /proc, /sys and the clock; it takes about 30 ms,
 * most of them to compare the time-stamp counter with the monotonic clock and to count cycles of a chain of
 * dependent additions (one cycle each on every x86-64 processor). A fact that this machine does not tell is
 * an empty string or 0, never a guess. `uncontrolled` says in sentences what disturbs a measurement here and
 * could not be switched off by the program. Nothing in it names the machine's user, address or host name.
 *
 * The JSON form is one flat object whose keys are the members' names. Strings are owned.
 */
#ifndef TG_HOST_H
#define TG_HOST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_field.h"

struct tg_host {
    char *cpu_model;     /* as the processor names itself */
    char *cpu_signature; /* "vendor family-model-stepping", decimal */
    char *architecture;  /* as uname -m */
    double frequency_hz; /* of the core while it computes, counted */
    double tsc_hz;       /* of the time-stamp counter, measured; 0 where there is none */
    bool tsc_invariant;  /* it ticks at one rate whatever the core does */
    int64_t cores;       /* logical CPUs online */
    int64_t threads_per_core;
    double memory_bytes;
    char *kernel;                      /* release */
    char *os;                          /* the distribution */
    struct tg_strings mitigations;     /* "spectre_v2: Mitigation: ...", those that apply here */
    struct tg_strings boot_parameters; /* those that change what is measured: isolcpus, mitigations, ... */
    char *hypervisor;                  /* "KVM", "Xen", ...; "none" on the metal; "" where unknown */
    char *clock_source;
    char *governor;   /* of CPU frequency; "none" where the system exposes none */
    char *preemption; /* the kernel's model of it, where it tells */
    char *date;       /* UTC, ISO 8601 */
    struct tg_strings uncontrolled;
};

int tg_host_read(struct tg_host *host, struct tg_error *err);

/* Cycles a second of this core while it computes, now; takes about a millisecond. 0 where it cannot be told.
 */
double tg_host_frequency_hz(double tsc_hz);

/* NULL when memory ran out. */
cJSON *tg_host_to_json(const struct tg_host *host);

/* `path` is the key path of the object, "" at the top. Unknown keys are refused. */
int tg_host_from_json(const cJSON *object, const char *path, struct tg_host *host, struct tg_error *err);

/* A short name for files and headings, as "epyc-26-2-linux-6.18": lower case, no spaces, version cut to two
 * numbers. Returns buf. */
char *tg_host_slug(const struct tg_host *host, char *buf, size_t size);

void tg_host_release(struct tg_host *host);

/* The logical CPUs online, written "0-3,8"; false where the system does not tell. `list` names a file such as
 * "isolated" or "nohz_full" in /sys/devices/system/cpu. */
bool tg_host_cpu_list(const char *list, char *buf, size_t size);

#endif
