/* A measuring session: cells from the table, passes over them, and what remains as a trace set. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tg_cell.h"
#include "tg_probe.h"
#include "tg_probe_table.h"

/* One probe in a session: its trace, and a cell for each value of its argument. */
struct probe_run {
    const struct tg_probe *probe;
    struct tg_trace trace;
    struct tg_cell *cells;
    size_t cell_count;
};

struct session {
    const struct tg_probe_settings *settings;
    struct tg_bench bench;
    struct probe_run *runs;
    size_t run_count, cell_count;
    size_t done;
    bool after_network; /* the last cell run built one */
    double planned_s;   /* what the cells done so far were meant to take */
    cJSON *frequencies; /* of the core, one a pass and one at the end */
    double slowest_hz, fastest_hz;
    cpu_set_t affinity_before;
};

struct tg_probe_settings tg_probe_settings_full(void)
{
    return (struct tg_probe_settings){.cpu = -1,
                                      .budget_s = 60,
                                      .samples_min = 1000,
                                      .samples_max = 4000,
                                      .precision = 0.01,
                                      .passes = 10,
                                      .jitter_s = 6};
}

struct tg_probe_settings tg_probe_settings_quick(void)
{
    return (struct tg_probe_settings){.cpu = -1,
                                      .budget_s = 8,
                                      .samples_min = 300,
                                      .samples_max = 1000,
                                      .precision = 0.02,
                                      .passes = 2,
                                      .jitter_s = 1};
}

static bool is_wanted(const struct tg_probe_settings *settings, const char *name)
{
    if (!settings->only || !settings->only->count)
        return true;
    for (size_t i = 0; i < settings->only->count; i++) {
        if (strcmp(settings->only->items[i], name) == 0)
            return true;
    }
    return false;
}

static int check_names(const struct tg_probe_settings *settings, struct tg_error *err)
{
    for (size_t i = 0; settings->only && i < settings->only->count; i++) {
        bool known;
        const char *name = settings->only->items[i], *near = tg_probe_nearest(name, &known);
        if (!known && near)
            return tg_error_set(err, TG_EUSAGE, "there is no probe '%s'; did you mean '%s'?", name, near);
        if (!known)
            return tg_error_set(err, TG_EUSAGE,
                                "there is no probe '%s'; 'tollgate measure --list' shows them all", name);
    }
    return TG_OK;
}

static int init_run(struct session *s, struct probe_run *run, const struct tg_probe *probe,
                    struct tg_error *err)
{
    size_t cells = probe->argument_count ? probe->argument_count : 1;
    run->probe = probe;
    run->cells = calloc(cells, sizeof *run->cells);
    if (!run->cells)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    run->cell_count = cells;
    s->cell_count += cells;
    bool has_ops = strcmp(probe->name, "jitter") != 0;
    for (size_t i = 0; i < cells; i++) {
        run->cells[i].probe = probe;
        run->cells[i].argument = probe->argument_count ? probe->arguments[i] : 0;
        run->cells[i].trace = &run->trace;
        if (probe->available && !probe->available(probe, run->cells[i].reason, sizeof run->cells[i].reason))
            run->cells[i].skipped = true;
    }
    return tg_trace_init(&run->trace, probe->name, probe->argument_name, has_ops, err);
}

static int init_runs(struct session *s, struct tg_error *err)
{
    size_t count = tg_probe_count();
    int rc = TG_OK;
    s->runs = calloc(count, sizeof *s->runs);
    if (!s->runs)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < count && !rc; i++) {
        if (is_wanted(s->settings, tg_probe_at(i)->name))
            rc = init_run(s, &s->runs[s->run_count++], tg_probe_at(i), err);
    }
    return rc;
}

/* The first CPU of a list like "2-3,6", or -1. */
static int first_of_list(const char *list)
{
    char *end;
    long cpu = strtol(list, &end, 10);
    return end == list ? -1 : (int)cpu;
}

static int last_of_set(const cpu_set_t *set, int except)
{
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (cpu != except && CPU_ISSET(cpu, set))
            return cpu;
    }
    return -1;
}

static int pin(struct session *s, struct tg_error *err)
{
    char list[256];
    int wanted = s->settings->cpu;
    if (sched_getaffinity(0, sizeof s->affinity_before, &s->affinity_before) != 0)
        return tg_error_set(err, TG_EENV, "cannot ask for the CPUs allowed: %s", strerror(errno));
    if (wanted < 0 && tg_host_cpu_list("isolated", list, sizeof list))
        wanted = first_of_list(list);
    if (wanted < 0)
        wanted = last_of_set(&s->affinity_before, -1);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (wanted < CPU_SETSIZE)
        CPU_SET(wanted, &set);
    if (wanted >= CPU_SETSIZE || sched_setaffinity(0, sizeof set, &set) != 0)
        return tg_error_set(err, TG_EUSAGE, "cannot measure on CPU %d: there is none, or it is not allowed",
                            wanted);
    s->bench.cpu = wanted;
    s->bench.peer_cpu = last_of_set(&s->affinity_before, wanted);
    return TG_OK;
}

static struct tg_cell_goal goal_of(const struct session *s, const struct tg_probe *probe, unsigned pass)
{
    const struct tg_probe_settings *set = s->settings;
    double parts = set->passes, upto = pass + 1;
    double watch = set->jitter_s < set->budget_s ? set->jitter_s : set->budget_s / 2;
    double share = (set->budget_s - watch) / (double)s->cell_count;
    double seconds = (probe->observe ? watch : share) / parts;
    double elapsed = tg_clock_ns(&s->bench.clock, tg_clock_begin()) * 1e-9;
    return (struct tg_cell_goal){
        .samples_min = (size_t)ceil((double)set->samples_min * upto / parts),
        .samples_max = (size_t)ceil((double)set->samples_max * upto / parts),
        .precision = set->precision,
        .seconds = seconds,
        .seconds_max = seconds + (s->planned_s > elapsed ? s->planned_s - elapsed : 0),
    };
}

/* The kernel takes a network name space down in its own time, after its owner has gone, in threads that run
 * on any CPU for up to a millisecond at a stretch. Whoever is measured meanwhile is measured together with
 * that: the one in a hundred slowest wake-ups of another core took 300 us for it. Of 60 such stretches two
 * came later than 75 ms. Probes of networks, whose both ends are busy all the while, mind it less. */
static void let_network_end(struct session *s, const struct tg_probe *next)
{
    bool network = tg_probe_family_of(next)->builds_networks;
    const struct timespec pause = {.tv_nsec = network ? 25000000 : 75000000};
    if (s->after_network)
        nanosleep(&pause, NULL);
    s->after_network = network;
}

static int run_pass(struct session *s, unsigned pass, struct tg_error *err)
{
    size_t total = s->cell_count * s->settings->passes;
    for (size_t r = 0; r < s->run_count; r++) {
        struct probe_run *run = &s->runs[r];
        for (size_t c = 0; c < run->cell_count; c++) {
            struct tg_cell_goal goal = goal_of(s, run->probe, pass);
            if (s->settings->progress)
                s->settings->progress(s->settings->context, run->probe->name, s->done, total);
            s->done++;
            if (s->settings->interrupted && s->settings->interrupted())
                return tg_error_set(err, TG_EINTERRUPTED, "interrupted: nothing was kept");
            if (!run->cells[c].skipped)
                let_network_end(s, run->probe);
            int rc = run->cells[c].skipped ? TG_OK : tg_cell_run(&run->cells[c], &s->bench, &goal, err);
            if (rc)
                return rc;
            s->planned_s += goal.seconds;
        }
    }
    return TG_OK;
}

static void note_frequency(struct session *s)
{
    double hz = tg_host_frequency_hz(1e9 / s->bench.clock.ns_per_tick);
    if (!s->bench.clock.is_tsc || hz <= 0)
        return;
    cJSON_AddItemToArray(s->frequencies, cJSON_CreateNumber(hz));
    s->slowest_hz = s->slowest_hz > 0 ? fmin(s->slowest_hz, hz) : hz;
    s->fastest_hz = fmax(s->fastest_hz, hz);
}

static int run_passes(struct session *s, struct tg_error *err)
{
    int rc = TG_OK;
    s->frequencies = cJSON_CreateArray();
    for (unsigned pass = 0; pass < s->settings->passes && !rc; pass++) {
        note_frequency(s);
        rc = run_pass(s, pass, err);
    }
    note_frequency(s);
    return rc;
}

/* What the reader of the numbers must know beside what the probe is: a cell's note, or why one stopped early.
 */
static const char *remark_of(const struct probe_run *run, const char **introduction)
{
    *introduction = "; ";
    for (size_t i = 0; i < run->cell_count; i++) {
        if (*run->cells[i].note)
            return run->cells[i].note;
    }
    *introduction = "; not measured to the end: ";
    for (size_t i = 0; i < run->cell_count; i++) {
        if (*run->cells[i].reason)
            return run->cells[i].reason;
    }
    *introduction = "";
    return "";
}

static int add_trace(struct probe_run *run, struct tg_trace_set *set, struct tg_error *err)
{
    char what[1024];
    const char *introduction, *remark = remark_of(run, &introduction);
    snprintf(what, sizeof what, "%s%s%s", run->probe->what, introduction, remark);
    return tg_trace_set_add(set, &run->trace, what, err);
}

/* A probe is measured if one of its cells was; else the first cell's reason is the probe's. */
static int keep_run(struct probe_run *run, struct tg_trace_set *set, struct tg_error *err)
{
    bool measured = run->trace.count || run->trace.is_jitter;
    if (!measured)
        return cJSON_AddStringToObject(set->skipped, run->probe->name,
                                       *run->cells[0].reason ? run->cells[0].reason
                                                             : "no sample in the time given")
                   ? TG_OK
                   : tg_error_set(err, TG_ENOMEM, "out of memory");
    return add_trace(run, set, err);
}

static int describe_settings(struct session *s, struct tg_trace_set *set, struct tg_error *err)
{
    const struct tg_clock *clock = &s->bench.clock;
    cJSON *o = cJSON_CreateObject();
    set->settings = o;
    cJSON_AddNumberToObject(o, "cpu", s->bench.cpu);
    cJSON_AddStringToObject(o, "clock", clock->is_tsc ? "time-stamp counter" : "CLOCK_MONOTONIC");
    cJSON_AddNumberToObject(o, "clock_resolution_ns", clock->resolution_ns);
    cJSON_AddNumberToObject(o, "clock_overhead_ns", clock->overhead_ns);
    double load;
    if (getloadavg(&load, 1) == 1)
        cJSON_AddNumberToObject(o, "load_average", load);
    cJSON_AddItemToObject(o, "frequencies_hz", s->frequencies);
    s->frequencies = NULL;
    cJSON_AddNumberToObject(o, "budget_s", s->settings->budget_s);
    cJSON_AddNumberToObject(o, "passes", s->settings->passes);
    cJSON_AddNumberToObject(o, "samples_min", (double)s->settings->samples_min);
    cJSON_AddNumberToObject(o, "samples_max", (double)s->settings->samples_max);
    if (!cJSON_AddNumberToObject(o, "precision", s->settings->precision))
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    return TG_OK;
}

static int note_frequency_change(const struct session *s, struct tg_trace_set *set, struct tg_error *err)
{
    const double tolerated = 0.03;
    char text[160];
    double change = s->fastest_hz > 0 ? 1 - s->slowest_hz / s->fastest_hz : 0;
    if (change <= tolerated)
        return TG_OK;
    snprintf(text, sizeof text, "the core's frequency changed while measuring: between %.2f and %.2f GHz",
             s->slowest_hz * 1e-9, s->fastest_hz * 1e-9);
    return tg_strings_add(&set->host.uncontrolled, text) ? tg_error_set(err, TG_ENOMEM, "out of memory")
                                                         : TG_OK;
}

static int collect(struct session *s, struct tg_trace_set *set, struct tg_error *err)
{
    int rc = tg_host_read(&set->host, err);
    if (!rc)
        rc = note_frequency_change(s, set, err);
    if (!rc)
        rc = describe_settings(s, set, err);
    if (!rc && !(set->skipped = cJSON_CreateObject()))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < s->run_count && !rc; i++)
        rc = keep_run(&s->runs[i], set, err);
    if (!rc && !set->count)
        rc = tg_error_set(err, TG_EENV, "no probe could run here: %s",
                          set->skipped->child ? set->skipped->child->valuestring : "none was chosen");
    return rc;
}

static void release(struct session *s)
{
    for (size_t i = 0; i < s->run_count; i++) {
        for (size_t c = 0; c < s->runs[i].cell_count; c++)
            tg_cell_release(&s->runs[i].cells[c]);
        free(s->runs[i].cells);
        tg_trace_release(&s->runs[i].trace);
    }
    free(s->runs);
    cJSON_Delete(s->frequencies);
}

int tg_probe_session(const struct tg_probe_settings *settings, struct tg_trace_set *set, struct tg_error *err)
{
    struct session s = {.settings = settings, .bench.interrupted = settings->interrupted};
    *set = (struct tg_trace_set){0};
    int rc = check_names(settings, err);
    if (!rc)
        rc = pin(&s, err);
    if (rc)
        return rc;
    /* A peer that died must be an error to look at, not the end of this process. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    tg_clock_init(&s.bench.clock);
    rc = init_runs(&s, err);
    if (!rc)
        rc = run_passes(&s, err);
    if (!rc)
        rc = collect(&s, set, err);
    if (rc)
        tg_trace_set_release(set);
    release(&s);
    sigaction(SIGPIPE, &before, NULL);
    sched_setaffinity(0, sizeof s.affinity_before, &s.affinity_before);
    return rc;
}
