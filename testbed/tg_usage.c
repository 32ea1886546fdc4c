#include "tg_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The start of a small file of /proc; empty where it is gone. */
static char *slurp(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);
    text[got > 0 ? got : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

static double after(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    return at ? strtod(at + strlen(label), NULL) : 0;
}

static void add_thread(pid_t process, const char *thread, struct tg_usage *usage)
{
    char path[300], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)process, thread);
    char *end;
    strtod(slurp(path, text, sizeof text), &end);
    usage->waited_ns += strtod(end, NULL);
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)process, thread);
    slurp(path, text, sizeof text);
    usage->sleeps += after(text, "\nvoluntary_ctxt_switches:");
    usage->preempted += after(text, "\nnonvoluntary_ctxt_switches:");
    usage->threads++;
}

static void add_process(pid_t process, struct tg_usage *usage, int depth);

/* The children of all its threads. */
static void add_children(pid_t process, const char *thread, struct tg_usage *usage, int depth)
{
    char path[300], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)process, thread);
    char *at = slurp(path, text, sizeof text), *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        add_process((pid_t)child, usage, depth + 1);
}

static void add_process(pid_t process, struct tg_usage *usage, int depth)
{
    enum { DEPTH_MAX = 8 };
    char path[64];
    clockid_t clock;
    struct timespec run;
    if (depth > DEPTH_MAX)
        return;
    if (clock_getcpuclockid(process, &clock) == 0 && clock_gettime(clock, &run) == 0)
        usage->run_ns += (double)run.tv_sec * 1e9 + (double)run.tv_nsec;
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    if (!threads)
        return;
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        add_thread(process, entry->d_name, usage);
        add_children(process, entry->d_name, usage, depth);
    }
    closedir(threads);
}

/* "cpu0 user nice system idle iowait irq softirq steal guest guest_nice", in ticks. */
static void read_core(int cpu, struct tg_usage *usage)
{
    enum { IDLE = 3, WAITING = 4, IRQ = 5, SOFTIRQ = 6, STOLEN = 7, FIELDS = 8 };
    char text[16384], label[32];
    double ticks[FIELDS], per_s = (double)sysconf(_SC_CLK_TCK);
    snprintf(label, sizeof label, "\ncpu%d ", cpu);
    const char *at = strstr(slurp("/proc/stat", text, sizeof text), label);
    if (!at)
        return;
    at += strlen(label);
    for (int i = 0; i < FIELDS; i++) {
        char *end;
        ticks[i] = strtod(at, &end);
        usage->core_s += ticks[i] / per_s;
        at = end;
    }
    usage->core_idle_s = (ticks[IDLE] + ticks[WAITING]) / per_s;
    usage->core_irq_s = (ticks[IRQ] + ticks[SOFTIRQ]) / per_s;
    usage->core_stolen_s = ticks[STOLEN] / per_s;
}

void tg_usage_read(pid_t root, int cpu, struct tg_usage *usage)
{
    struct timespec now;
    *usage = (struct tg_usage){0};
    if (root > 0)
        add_process(root, usage, 0);
    read_core(cpu, usage);
    clock_gettime(CLOCK_MONOTONIC, &now);
    usage->t_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double tg_usage_own_waited_ns(void)
{
    char text[256], *end;
    strtod(slurp("/proc/thread-self/schedstat", text, sizeof text), &end);
    return strtod(end, NULL);
}

struct tg_usage tg_usage_between(const struct tg_usage *a, const struct tg_usage *b)
{
    return (struct tg_usage){
        .t_ns = b->t_ns - a->t_ns,
        .run_ns = b->run_ns - a->run_ns,
        .waited_ns = b->waited_ns - a->waited_ns,
        .sleeps = b->sleeps - a->sleeps,
        .preempted = b->preempted - a->preempted,
        .core_s = b->core_s - a->core_s,
        .core_idle_s = b->core_idle_s - a->core_idle_s,
        .core_irq_s = b->core_irq_s - a->core_irq_s,
        .core_stolen_s = b->core_stolen_s - a->core_stolen_s,
        .threads = b->threads,
    };
}
