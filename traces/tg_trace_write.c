/* The writer of tg_trace's files. */
#include <math.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_file.h"
#include "tg_trace.h"

static int refuse(const struct tg_trace *trace, size_t row, const char *cause, struct tg_error *err)
{
    return tg_error_set(err, TG_EBUG, "trace '%s': sample %zu %s", trace->name, row + 1, cause);
}

/* A file that the reader would refuse must not be written. */
static int check(const struct tg_trace *trace, struct tg_error *err)
{
    if (!trace->count && !trace->is_jitter)
        return tg_error_set(err, TG_EBUG, "trace '%s' has no samples", trace->name);
    double last = -INFINITY;
    for (size_t i = 0; i < trace->count; i++) {
        if (!(trace->t_ns[i] >= last) || !isfinite(trace->t_ns[i]))
            return refuse(trace, i, "is earlier than the one before it", err);
        if (!(trace->cost_ns[i] >= 0) || !isfinite(trace->cost_ns[i]))
            return refuse(trace, i, "has a cost that is negative or no number", err);
        if (trace->ops && (!(trace->ops[i] >= 1) || floor(trace->ops[i]) != trace->ops[i]))
            return refuse(trace, i, "covers no whole number of operations", err);
        if (trace->argument && (!(trace->argument[i] >= 0) || !isfinite(trace->argument[i])))
            return refuse(trace, i, "has an argument that is negative or no number", err);
        last = trace->t_ns[i];
    }
    return TG_OK;
}

static void write_rows(const struct tg_trace *trace, FILE *stream)
{
    enum { BUFFER = 1 << 16, ROW_MAX = 4 * (TG_DECIMAL_MAX + 1) };
    char buffer[BUFFER], *p = buffer;
    const double *columns[4];
    size_t count = 0;
    columns[count++] = trace->t_ns;
    columns[count++] = trace->cost_ns;
    if (trace->ops)
        columns[count++] = trace->ops;
    if (trace->argument)
        columns[count++] = trace->argument;
    for (size_t i = 0; i < trace->count; i++) {
        if (p > buffer + BUFFER - ROW_MAX) {
            fwrite(buffer, 1, (size_t)(p - buffer), stream);
            p = buffer;
        }
        for (size_t c = 0; c < count; c++) {
            p = tg_decimal_write(p, columns[c][i]);
            *p++ = ',';
        }
        p[-1] = '\n';
    }
    fwrite(buffer, 1, (size_t)(p - buffer), stream);
}

int tg_trace_write(struct tg_trace *trace, const char *path, struct tg_error *err)
{
    struct tg_file_writer writer;
    int rc = check(trace, err);
    if (rc)
        return rc;
    rc = tg_file_begin(&writer, path, err);
    if (rc)
        return rc;
    fprintf(writer.stream, "t_ns,%s%s%s%s\n", trace->is_jitter ? "stolen_ns" : "cost_ns",
            trace->ops ? ",ops" : "", trace->argument ? "," : "",
            trace->argument ? trace->argument_name : "");
    write_rows(trace, writer.stream);
    rc = tg_file_commit(&writer, err);
    return rc ? rc : tg_sha256_file(path, trace->sha256, err);
}
