#include "tg_host.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tg_json.h"

#if defined __x86_64__ || defined __i386__
#include <cpuid.h>
#include <x86intrin.h>
#define HAVE_TSC 1
#else
#define HAVE_TSC 0
#endif

#define AT(member) offsetof(struct tg_host, member)

static const struct tg_field fields[] = {
    {.name = "cpu_model", .kind = TG_STRING, .offset = AT(cpu_model), .flags = TG_REQUIRED},
    {.name = "cpu_signature", .kind = TG_STRING, .offset = AT(cpu_signature)},
    {.name = "architecture", .kind = TG_STRING, .offset = AT(architecture)},
    {.name = "frequency_hz", .kind = TG_NUMBER, .offset = AT(frequency_hz), .flags = TG_NONNEGATIVE},
    {.name = "tsc_hz", .kind = TG_NUMBER, .offset = AT(tsc_hz), .flags = TG_NONNEGATIVE},
    {.name = "tsc_invariant", .kind = TG_FLAG, .offset = AT(tsc_invariant)},
    {.name = "cores", .kind = TG_INTEGER, .offset = AT(cores), .flags = TG_NONNEGATIVE},
    {.name = "threads_per_core", .kind = TG_INTEGER, .offset = AT(threads_per_core), .flags = TG_NONNEGATIVE},
    {.name = "memory_bytes", .kind = TG_NUMBER, .offset = AT(memory_bytes), .flags = TG_NONNEGATIVE},
    {.name = "kernel", .kind = TG_STRING, .offset = AT(kernel), .flags = TG_REQUIRED},
    {.name = "os", .kind = TG_STRING, .offset = AT(os)},
    {.name = "mitigations", .kind = TG_STRINGS, .offset = AT(mitigations)},
    {.name = "boot_parameters", .kind = TG_STRINGS, .offset = AT(boot_parameters)},
    {.name = "hypervisor", .kind = TG_STRING, .offset = AT(hypervisor)},
    {.name = "clock_source", .kind = TG_STRING, .offset = AT(clock_source)},
    {.name = "governor", .kind = TG_STRING, .offset = AT(governor)},
    {.name = "preemption", .kind = TG_STRING, .offset = AT(preemption)},
    {.name = "date", .kind = TG_STRING, .offset = AT(date), .flags = TG_REQUIRED},
    {.name = "uncontrolled", .kind = TG_STRINGS, .offset = AT(uncontrolled)},
};

/* First line of a small system file, without its end; false where it cannot be read. */
static bool read_line(const char *path, char *buf, size_t size)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        return false;
    bool got = fgets(buf, (int)size, stream) != NULL;
    fclose(stream);
    if (got)
        buf[strcspn(buf, "\n")] = '\0';
    return got;
}

/* The value after "key<spaces>: " or "key=" in a file of such lines. */
static bool read_key(const char *path, const char *key, char *buf, size_t size)
{
    FILE *stream = fopen(path, "re");
    char line[1024];
    bool found = false;
    while (stream && !found && fgets(line, sizeof line, stream)) {
        size_t n = strlen(key);
        if (strncmp(line, key, n) != 0)
            continue;
        char *p = line + n + strspn(line + n, " \t");
        if (*p != ':' && *p != '=')
            continue;
        p += 1 + strspn(p + 1, " \t\"");
        p[strcspn(p, "\"\n")] = '\0';
        snprintf(buf, size, "%s", p);
        found = true;
    }
    if (stream)
        fclose(stream);
    return found;
}

bool tg_host_cpu_list(const char *list, char *buf, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/%s", list);
    return read_line(path, buf, size) && *buf && strcmp(buf, "(null)") != 0;
}

static void read_processor(char *model, char *signature, size_t size)
{
    char vendor[64] = "", family[16] = "", number[16] = "", stepping[16] = "";
    const char *cpuinfo = "/proc/cpuinfo";
    if (!read_key(cpuinfo, "model name", model, size) && !read_key(cpuinfo, "CPU part", model, size))
        snprintf(model, size, "unknown");
    read_key(cpuinfo, "vendor_id", vendor, sizeof vendor);
    read_key(cpuinfo, "cpu family", family, sizeof family);
    read_key(cpuinfo, "model", number, sizeof number);
    read_key(cpuinfo, "stepping", stepping, sizeof stepping);
    if (*vendor)
        snprintf(signature, size, "%s %s-%s-%s", vendor, family, number, stepping);
}

static double monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#if HAVE_TSC
static bool tsc_is_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/* One reading of both clocks: the narrowest of some pairs, so that an interrupt between the two is not taken
 * for a difference. */
static void read_both(double *s, uint64_t *ticks)
{
    uint64_t narrowest = UINT64_MAX;
    *s = 0;
    *ticks = 0;
    for (int i = 0; i < 20; i++) {
        uint64_t before = __rdtsc();
        double now = monotonic_s();
        uint64_t after = __rdtsc();
        if (after - before < narrowest) {
            narrowest = after - before;
            *s = now;
            *ticks = before + (after - before) / 2;
        }
    }
}

static double measure_tsc(void)
{
    double s0, s1;
    uint64_t t0, t1;
    struct timespec pause = {.tv_nsec = 20000000};
    read_both(&s0, &t0);
    nanosleep(&pause, NULL);
    read_both(&s1, &t1);
    return (double)(t1 - t0) / (s1 - s0);
}

/* Cycles a second while computing: a chain of additions, each waiting for the last. The best of some tries,
 * since whatever disturbs one can only make it slower. */
double tg_host_frequency_hz(double tsc_hz)
{
    enum { ROUNDS = 20000, ADDITIONS = 16, TRIES = 12 };
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        uint64_t x = 1, t0 = __rdtsc();
        for (int r = 0; r < ROUNDS; r++)
            __asm__ volatile(".rept 16\n\tadd $1, %0\n\t.endr" : "+r"(x));
        uint64_t t1 = __rdtsc();
        if (t1 - t0 < best)
            best = t1 - t0;
    }
    return (double)ROUNDS * ADDITIONS * tsc_hz / (double)best;
}

static void read_hypervisor(char *buf, size_t size)
{
    static const struct {
        const char *signature, *name;
    } known[] = {
        {"KVMKVMKVM", "KVM"},     {"XenVMMXenVMM", "Xen"},     {"VMwareVMware", "VMware"},
        {"TCGTCGTCGTCG", "QEMU"}, {"Microsoft Hv", "Hyper-V"}, {"bhyve bhyve ", "bhyve"},
        {"VBoxVBoxVBox", "VBox"},
    };
    unsigned a, b, c, d;
    snprintf(buf, size, "none");
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 31)))
        return;
    char signature[13] = "";
    __cpuid(0x40000000, a, b, c, d);
    memcpy(signature, &b, 4);
    memcpy(signature + 4, &c, 4);
    memcpy(signature + 8, &d, 4);
    snprintf(buf, size, "unknown (%s)", signature);
    for (size_t i = 0; i < TG_COUNT(known); i++) {
        if (strcmp(signature, known[i].signature) == 0)
            snprintf(buf, size, "%s", known[i].name);
    }
}
#else
static bool tsc_is_invariant(void)
{
    return false;
}

static double measure_tsc(void)
{
    return 0;
}

double tg_host_frequency_hz(double tsc_hz)
{
    char text[64];
    (void)tsc_hz;
    if (!read_line("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", text, sizeof text))
        return 0;
    return strtod(text, NULL) * 1e3;
}

static void read_hypervisor(char *buf, size_t size)
{
    if (!read_line("/sys/hypervisor/type", buf, size))
        snprintf(buf, size, "%s", "");
}
#endif

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The vulnerabilities that apply, each with what the kernel does about it, in order of name. */
static int read_mitigations(struct tg_strings *out)
{
    const char *folder = "/sys/devices/system/cpu/vulnerabilities";
    DIR *dir = opendir(folder);
    if (!dir)
        return TG_OK;
    int rc = TG_OK;
    struct dirent *entry;
    while (!rc && (entry = readdir(dir))) {
        char path[512], line[512], text[800];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || !read_line(path, line, sizeof line) ||
            strcmp(line, "Not affected") == 0)
            continue;
        snprintf(text, sizeof text, "%s: %s", entry->d_name, line);
        rc = tg_strings_add(out, text);
    }
    closedir(dir);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_texts);
    return rc;
}

static int read_boot_parameters(struct tg_strings *out)
{
    static const char *const telling[] = {
        "mitigations", "isolcpus",    "nohz",
        "nohz_full",   "rcu_nocbs",   "idle",
        "preempt",     "intel_idle.", "processor.",
        "pti",         "nopti",       "spectre",
        "nosmt",       "threadirqs",  "tsc",
        "clocksource", "amd_pstate",  "intel_pstate",
        "haltpoll",    "cpuidle",     "transparent_hugepage",
    };
    char line[4096];
    if (!read_line("/proc/cmdline", line, sizeof line))
        return TG_OK;
    int rc = TG_OK;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word && !rc; word = strtok_r(NULL, " ", &rest)) {
        for (size_t i = 0; i < TG_COUNT(telling); i++) {
            if (strncmp(word, telling[i], strlen(telling[i])) == 0) {
                rc = tg_strings_add(out, word);
                break;
            }
        }
    }
    return rc;
}

static void read_preemption(const char *version, char *buf, size_t size)
{
    char line[128];
    *buf = '\0';
    if (read_line("/sys/kernel/debug/sched/preempt", line, sizeof line)) {
        const char *open = strchr(line, '('), *close = open ? strchr(open, ')') : NULL;
        if (close) {
            snprintf(buf, size, "%.*s", (int)(close - open - 1), open + 1);
            return;
        }
    }
    static const char *const models[] = {"PREEMPT_RT", "PREEMPT_DYNAMIC", "PREEMPT"};
    for (size_t i = 0; i < TG_COUNT(models); i++) {
        if (strstr(version, models[i])) {
            snprintf(buf, size, "%s", models[i]);
            return;
        }
    }
}

static int note_uncontrolled(struct tg_host *host)
{
    char list[256], text[512];
    int rc = TG_OK;
    if (strcmp(host->hypervisor, "none") != 0 && *host->hypervisor) {
        snprintf(text, sizeof text,
                 "the hypervisor (%s) may run other guests on the same core; the time it takes "
                 "away looks like jitter",
                 host->hypervisor);
        rc |= tg_strings_add(&host->uncontrolled, text);
    }
    if (strcmp(host->governor, "none") == 0)
        rc |= tg_strings_add(&host->uncontrolled, "the system does not show or set the CPU's frequency");
    else if (strcmp(host->governor, "performance") != 0)
        rc |= tg_strings_add(&host->uncontrolled,
                             "the frequency governor is not 'performance': the clock may vary");
    if (!tg_host_cpu_list("isolated", list, sizeof list))
        rc |=
            tg_strings_add(&host->uncontrolled, "no CPU is isolated: the scheduler may run other work on it");
    if (host->threads_per_core > 1)
        rc |= tg_strings_add(&host->uncontrolled,
                             "cores run several hardware threads, which share their units");
    return rc;
}

static int copy_text(char **member, const char *text)
{
    *member = strdup(text);
    return *member ? TG_OK : TG_ENOMEM;
}

static int gather(struct tg_host *host)
{
    struct utsname name;
    char model[256] = "", signature[256] = "", text[256] = "";
    int rc = TG_OK;
    uname(&name);
    read_processor(model, signature, sizeof model);
    rc |= copy_text(&host->cpu_model, model);
    rc |= copy_text(&host->cpu_signature, signature);
    rc |= copy_text(&host->architecture, name.machine);
    rc |= copy_text(&host->kernel, name.release);
    if (!read_key("/etc/os-release", "PRETTY_NAME", text, sizeof text))
        *text = '\0';
    rc |= copy_text(&host->os, text);
    host->cores = sysconf(_SC_NPROCESSORS_ONLN);
    host->threads_per_core = 1;
    if (read_line("/sys/devices/system/cpu/smt/active", text, sizeof text) && *text == '1')
        host->threads_per_core = 2;
    host->memory_bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE);
    host->tsc_invariant = tsc_is_invariant();
    host->tsc_hz = measure_tsc();
    host->frequency_hz = tg_host_frequency_hz(host->tsc_hz);
    rc |= read_mitigations(&host->mitigations);
    rc |= read_boot_parameters(&host->boot_parameters);
    read_hypervisor(text, sizeof text);
    rc |= copy_text(&host->hypervisor, text);
    if (!read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", text, sizeof text))
        *text = '\0';
    rc |= copy_text(&host->clock_source, text);
    if (!read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text, sizeof text))
        snprintf(text, sizeof text, "none");
    rc |= copy_text(&host->governor, text);
    read_preemption(name.version, text, sizeof text);
    rc |= copy_text(&host->preemption, text);
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    rc |= copy_text(&host->date, text);
    return rc ? rc : note_uncontrolled(host);
}

int tg_host_read(struct tg_host *host, struct tg_error *err)
{
    *host = (struct tg_host){0};
    if (gather(host)) {
        tg_host_release(host);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

static void add_strings(cJSON *object, const char *key, const struct tg_strings *strings)
{
    cJSON *list = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; list && i < strings->count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(strings->items[i]));
}

static void add_field(cJSON *object, const struct tg_field *f, const struct tg_host *host)
{
    const char *member = (const char *)host + f->offset;
    if (f->kind == TG_STRING)
        cJSON_AddStringToObject(object, f->name, *(char *const *)member ? *(char *const *)member : "");
    else if (f->kind == TG_STRINGS)
        add_strings(object, f->name, (const struct tg_strings *)member);
    else if (f->kind == TG_FLAG)
        cJSON_AddBoolToObject(object, f->name, *(const bool *)member);
    else if (f->kind == TG_INTEGER)
        cJSON_AddNumberToObject(object, f->name, (double)*(const int64_t *)member);
    else
        cJSON_AddNumberToObject(object, f->name, *(const double *)member);
}

cJSON *tg_host_to_json(const struct tg_host *host)
{
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; object && i < TG_COUNT(fields); i++)
        add_field(object, &fields[i], host);
    if (object && cJSON_GetArraySize(object) != (int)TG_COUNT(fields)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return object;
}

int tg_host_from_json(const cJSON *object, const char *path, struct tg_host *host, struct tg_error *err)
{
    *host = (struct tg_host){0};
    return tg_json_read_object(object, path, fields, TG_COUNT(fields), host, err);
}

/* The words of a model name that tell one processor from another: no marks, vendors or clock rates. */
static bool is_telling(const char *word)
{
    static const char *const noise[] = {"amd",       "intel", "intel(r)", "core(tm)", "xeon(r)", "cpu",
                                        "processor", "@",     "genuine",  "with",     "gen"};
    for (size_t i = 0; i < TG_COUNT(noise); i++) {
        if (strcasecmp(word, noise[i]) == 0)
            return strcasecmp(word, "xeon(r)") == 0 || strcasecmp(word, "core(tm)") == 0;
    }
    return !strstr(word, "GHz") && !strstr(word, "-Core") && !strstr(word, "-core");
}

char *tg_host_slug(const struct tg_host *host, char *buf, size_t size)
{
    char model[256], out[256];
    size_t n = 0;
    snprintf(model, sizeof model, "%s", host->cpu_model ? host->cpu_model : "");
    char *rest = NULL;
    for (char *word = strtok_r(model, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (!is_telling(word))
            continue;
        if (n && n < sizeof out - 1)
            out[n++] = '-';
        for (const char *p = word; *p && *p != '(' && n < sizeof out - 1; p++) {
            if (isalnum((unsigned char)*p) || *p == '-')
                out[n++] = (char)tolower((unsigned char)*p);
        }
    }
    out[n] = '\0';
    const char *numbers = host->cpu_signature ? strchr(host->cpu_signature, ' ') : NULL;
    int family = 0, number = 0, major = 0, minor = 0;
    if (numbers)
        sscanf(numbers, " %d-%d", &family, &number);
    if (host->kernel)
        sscanf(host->kernel, "%d.%d", &major, &minor);
    if (numbers)
        snprintf(buf, size, "%s-%d-%d-linux-%d.%d", n ? out : "cpu", family, number, major, minor);
    else
        snprintf(buf, size, "%s-linux-%d.%d", n ? out : "cpu", major, minor);
    return buf;
}

void tg_host_release(struct tg_host *host)
{
    tg_field_release(fields, TG_COUNT(fields), host);
    *host = (struct tg_host){0};
}
