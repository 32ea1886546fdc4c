#include "tg_doctor.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_clock.h"
#include "tg_host.h"
#include "tg_netpair.h"
#include "tg_plugin_timer.h"
#include "tg_probe.h"

#define SAY(text, ...) snprintf(text, sizeof(text), __VA_ARGS__)

/* An examination fills in one finding; the topic and the state "good" are there already. */
typedef void (*examination)(const struct tg_host *host, struct tg_finding *finding);

static bool find_program(const char *name, char *path, size_t size)
{
    char folders[4096], *rest = NULL;
    const char *variable = getenv("PATH");
    snprintf(folders, sizeof folders, "%s", variable ? variable : "/usr/bin:/bin");
    for (char *folder = strtok_r(folders, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
        snprintf(path, size, "%s/%s", folder, name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static void look_for(struct tg_finding *f, const char *program, const char *package, const char *consequence)
{
    if (find_program(program, f->found, sizeof f->found))
        return;
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "%s is not in PATH: %s", program, consequence);
    SAY(f->advice, "apt-get install %s", package);
}

static void examine_gnuplot(const struct tg_host *host, struct tg_finding *f)
{
    (void)host;
    look_for(f, "gnuplot", "gnuplot-nox", "no figures can be drawn");
}

static void examine_nft(const struct tg_host *host, struct tg_finding *f)
{
    (void)host;
    look_for(f, "nft", "nftables", "the path of packets to a container is not measured");
}

static void examine_dnsperf(const struct tg_host *host, struct tg_finding *f)
{
    (void)host;
    look_for(f, "dnsperf", "dnsperf", "real servers cannot be put under DNS load");
}

static void examine_probes(const struct tg_host *host, struct tg_finding *f)
{
    struct tg_probe_info info;
    size_t able = 0, count = tg_probe_count();
    char missing[320] = "";
    (void)host;
    for (size_t i = 0; i < count; i++) {
        tg_probe_describe(i, &info);
        able += info.available;
        size_t n = strlen(missing);
        if (!info.available)
            snprintf(missing + n, sizeof missing - n, "%s%s", n ? ", " : "", info.name);
    }
    if (able == count) {
        SAY(f->found, "all %zu probes can run", count);
        return;
    }
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "%zu of %zu probes can run; not %s", able, count, missing);
    SAY(f->advice, "'tollgate measure --list' gives each probe's reason%s",
        geteuid() ? "; as root more of them may run" : "");
}

static void examine_privilege(const struct tg_host *host, struct tg_finding *f)
{
    (void)host;
    if (geteuid() == 0) {
        SAY(f->found, "root");
        return;
    }
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "an ordinary user: probes that need privilege are skipped");
    SAY(f->advice, "run 'tollgate measure' as root to measure every primitive");
}

static void examine_namespaces(const struct tg_host *host, struct tg_finding *f)
{
    struct tg_error why;
    (void)host;
    if (tg_netpair_available(&why) == TG_OK) {
        SAY(f->found, "a veth pair in name spaces of its own can be made");
        return;
    }
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "%s", why.text);
    SAY(f->advice, "run as root, or allow user name spaces (sysctl kernel.unprivileged_userns_clone=1)");
}

static void examine_bpf(const struct tg_host *host, struct tg_finding *f)
{
    struct tg_error why = {0};
    (void)host;
    if (tg_plugin_available(TG_PLUGIN_KERNEL_CALL, &why) == TG_OK) {
        SAY(f->found, "eBPF programs can be loaded");
        return;
    }
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "%.500s", why.text);
    SAY(f->advice, "run as root; build with libbpf-dev and clang installed");
}

static void examine_clock(const struct tg_host *host, struct tg_finding *f)
{
    struct tg_clock clock;
    tg_clock_init(&clock);
    SAY(f->found, "%s, %s; a time stamp moves in steps of %.3g ns and costs %.3g ns", host->clock_source,
        clock.is_tsc ? host->tsc_invariant ? "invariant time-stamp counter" : "time-stamp counter that varies"
                     : "no time-stamp counter",
        clock.resolution_ns, clock.overhead_ns);
    if (clock.is_tsc && !host->tsc_invariant) {
        f->state = TG_FINDING_POOR;
        SAY(f->advice, "costs in ns follow the core's frequency here: fix it, or measure elsewhere");
    } else if (strcmp(host->clock_source, "tsc") != 0 && clock.is_tsc) {
        f->state = TG_FINDING_FAIR;
        SAY(f->advice,
            "clock_gettime is slow with this source: boot with clocksource=tsc if the counter is stable");
    }
}

static void examine_frequency(const struct tg_host *host, struct tg_finding *f)
{
    SAY(f->found, "governor '%s', %.2f GHz while computing", host->governor, host->frequency_hz * 1e-9);
    if (strcmp(host->governor, "performance") == 0)
        return;
    f->state = TG_FINDING_FAIR;
    if (strcmp(host->governor, "none") == 0)
        SAY(f->advice,
            "the system does not show the frequency's governor (usual in a virtual machine): compare two "
            "sessions with 'tollgate measure --compare'");
    else
        SAY(f->advice, "cpupower frequency-set -g performance");
}

static void examine_mitigations(const struct tg_host *host, struct tg_finding *f)
{
    char list[400] = "";
    for (size_t i = 0; i < host->mitigations.count; i++) {
        size_t n = strlen(list);
        if (!strstr(host->mitigations.items[i], ": Mitigation"))
            continue;
        snprintf(list + n, sizeof list - n, "%s%.*s", n ? ", " : "",
                 (int)strcspn(host->mitigations.items[i], ":"), host->mitigations.items[i]);
    }
    SAY(f->found, "%s%s", *list ? "the kernel acts on: " : "none applies", list);
}

static void examine_hypervisor(const struct tg_host *host, struct tg_finding *f)
{
    SAY(f->found, "%s", *host->hypervisor ? host->hypervisor : "unknown");
    if (strcmp(host->hypervisor, "none") == 0)
        return;
    f->state = TG_FINDING_FAIR;
    SAY(f->advice,
        "costs here include this hypervisor's exits (timer, interrupts); measure on the metal for the "
        "metal's");
}

static void examine_isolation(const struct tg_host *host, struct tg_finding *f)
{
    char list[256];
    if (tg_host_cpu_list("isolated", list, sizeof list)) {
        SAY(f->found, "CPU %s", list);
        return;
    }
    f->state = TG_FINDING_FAIR;
    SAY(f->found, "no CPU is isolated from the scheduler");
    if (host->cores > 1)
        SAY(f->advice, "boot with isolcpus=%lld nohz_full=%lld for quieter numbers",
            (long long)host->cores - 1, (long long)host->cores - 1);
    else
        SAY(f->advice, "a single CPU runs everything: stop what else runs");
}

static void examine_threads(const struct tg_host *host, struct tg_finding *f)
{
    SAY(f->found, "%lld CPU%s online, %lld thread%s a core", (long long)host->cores,
        host->cores == 1 ? "" : "s", (long long)host->threads_per_core,
        host->threads_per_core == 1 ? "" : "s");
    if (host->threads_per_core > 1) {
        f->state = TG_FINDING_FAIR;
        SAY(f->advice,
            "a neighbour thread shares the core's units: echo off > /sys/devices/system/cpu/smt/control");
    } else if (host->cores == 1) {
        f->state = TG_FINDING_FAIR;
        SAY(f->advice, "probes that need a second CPU are skipped");
    }
}

static void examine_load(const struct tg_host *host, struct tg_finding *f)
{
    double load[1];
    if (getloadavg(load, 1) != 1) {
        SAY(f->found, "unknown");
        return;
    }
    SAY(f->found, "%.2f in the last minute", load[0]);
    if (load[0] < 0.3)
        return;
    f->state = load[0] > 0.8 * (double)host->cores ? TG_FINDING_POOR : TG_FINDING_FAIR;
    SAY(f->advice, "other work runs: it steals time and warms or cools caches; stop it while measuring");
}

static const struct {
    const char *topic;
    examination examine;
} examinations[] = {
    {"gnuplot", examine_gnuplot},         {"nft", examine_nft},
    {"dnsperf", examine_dnsperf},         {"privilege", examine_privilege},
    {"name spaces", examine_namespaces},  {"kernel plugins", examine_bpf},
    {"probes", examine_probes},           {"clock", examine_clock},
    {"frequency", examine_frequency},     {"CPUs", examine_threads},
    {"isolated CPUs", examine_isolation}, {"mitigations", examine_mitigations},
    {"hypervisor", examine_hypervisor},   {"load", examine_load},
};

int tg_doctor(struct tg_findings *findings, struct tg_error *err)
{
    struct tg_host host;
    *findings = (struct tg_findings){0};
    int rc = tg_host_read(&host, err);
    if (rc)
        return rc;
    findings->items = calloc(TG_COUNT(examinations), sizeof *findings->items);
    if (!findings->items)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < TG_COUNT(examinations) && !rc; i++) {
        struct tg_finding *finding = &findings->items[findings->count++];
        finding->topic = examinations[i].topic;
        examinations[i].examine(&host, finding);
    }
    tg_host_release(&host);
    return rc;
}

enum tg_finding_state tg_findings_worst(const struct tg_findings *findings)
{
    enum tg_finding_state worst = TG_FINDING_GOOD;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].state > worst)
            worst = findings->items[i].state;
    }
    return worst;
}

void tg_findings_release(struct tg_findings *findings)
{
    free(findings->items);
    *findings = (struct tg_findings){0};
}
