/* bench_traces: how fast traces are written and read.
 *
 * Usage: bench_traces [ROWS [FOLDER]]
 *
 * Writes a trace of ROWS samples (10 million by default) to FOLDER (the system's temporary one by default),
 * reads it back, and the same with the C library's fprintf and fscanf for a tenth of the rows; three times
 * each, the hashes of the file included. Prints seconds and rows a second; fails only where what is read is
 * not what was written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tg_trace.h"

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void say(const char *what, double seconds, size_t rows)
{
    printf("%-28s %8.3f s   %8.2f million rows/s\n", what, seconds, (double)rows / seconds * 1e-6);
}

static int fill(struct tg_trace *trace, size_t rows, struct tg_error *err)
{
    int rc = tg_trace_init(trace, "bench", NULL, true, err);
    if (!rc)
        rc = tg_trace_reserve(trace, rows, err);
    for (size_t i = 0; i < rows && !rc; i++)
        tg_trace_append(trace, (double)i * 1000 + (double)(i % 7), (double)(60000 + i * 7919 % 100000) / 1e3,
                        16, 0);
    return rc;
}

static int run_once(struct tg_trace *trace, const char *path, struct tg_error *err)
{
    struct tg_trace back;
    double start = now_s();
    int rc = tg_trace_write(trace, path, err);
    double written = now_s();
    if (!rc)
        rc = tg_trace_read(&back, path, err);
    double read = now_s();
    if (rc)
        return rc;
    say("write", written - start, trace->count);
    say("read", read - written, trace->count);
    say("both", read - start, trace->count);
    if (back.count != trace->count ||
        memcmp(back.cost_ns, trace->cost_ns, trace->count * sizeof(double)) != 0 ||
        strcmp(back.sha256, trace->sha256) != 0)
        rc = tg_error_set(err, TG_EBUG, "what was read is not what was written");
    tg_trace_release(&back);
    return rc;
}

static int run_plainly(const struct tg_trace *trace, const char *path, size_t rows)
{
    double t_ns, cost_ns, ops, sum = 0, start = now_s();
    FILE *stream = fopen(path, "w");
    if (!stream)
        return 1;
    for (size_t i = 0; i < rows; i++)
        fprintf(stream, "%.17g,%.17g,%.17g\n", trace->t_ns[i], trace->cost_ns[i], trace->ops[i]);
    fclose(stream);
    double written = now_s();
    stream = fopen(path, "r");
    while (stream && fscanf(stream, "%lf,%lf,%lf", &t_ns, &cost_ns, &ops) == 3)
        sum += cost_ns;
    if (stream)
        fclose(stream);
    say("fprintf", written - start, rows);
    say("fscanf", now_s() - written, rows);
    return sum <= 0;
}

int main(int argc, char **argv)
{
    size_t rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
    const char *folder = argc > 2 ? argv[2] : getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    char path[512];
    struct tg_trace trace;
    struct tg_error err = {0};
    if (rows < 10)
        rows = 10;
    snprintf(path, sizeof path, "%s/bench_traces_%ld.csv", folder, (long)getpid());
    int rc = fill(&trace, rows, &err);
    for (int i = 0; i < 3 && !rc; i++)
        rc = run_once(&trace, path, &err);
    if (!rc && run_plainly(&trace, path, rows / 10))
        rc = tg_error_set(&err, TG_EENV, "cannot use '%s'", path);
    unlink(path);
    tg_trace_release(&trace);
    if (rc)
        fprintf(stderr, "bench_traces: %s\n", err.text);
    return tg_error_exit_status(rc);
}
