#include "tg_trace.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool tg_trace_name_ok(const char *name)
{
    if (*name < 'a' || *name > 'z')
        return false;
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return !name[n] && n <= TG_TRACE_NAME_MAX;
}

int tg_trace_init(struct tg_trace *trace, const char *name, const char *argument_name, bool with_ops,
                  struct tg_error *err)
{
    *trace = (struct tg_trace){0};
    if (!tg_trace_name_ok(name))
        return tg_error_set(err, TG_EINPUT,
                            "'%s' cannot name a primitive: up to %d of a-z, 0-9 and '_', a letter first",
                            name, TG_TRACE_NAME_MAX);
    trace->name = strdup(name);
    trace->is_jitter = strcmp(name, "jitter") == 0;
    if (argument_name)
        trace->argument_name = strdup(argument_name);
    trace->t_ns = malloc(sizeof *trace->t_ns);
    trace->cost_ns = malloc(sizeof *trace->cost_ns);
    trace->ops = with_ops ? malloc(sizeof *trace->ops) : NULL;
    trace->argument = argument_name ? malloc(sizeof *trace->argument) : NULL;
    trace->capacity = 1;
    if (!trace->name || (argument_name && (!trace->argument_name || !trace->argument)) || !trace->t_ns ||
        !trace->cost_ns || (with_ops && !trace->ops)) {
        tg_trace_release(trace);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

/* Grows one column that is in use; a NULL column stays one. */
static bool grow(double **column, size_t count)
{
    if (!*column)
        return true;
    double *larger = realloc(*column, count * sizeof **column);
    if (larger)
        *column = larger;
    return larger != NULL;
}

int tg_trace_reserve(struct tg_trace *trace, size_t count, struct tg_error *err)
{
    if (count <= trace->capacity)
        return TG_OK;
    if (count > SIZE_MAX / sizeof(double) || !grow(&trace->t_ns, count) || !grow(&trace->cost_ns, count) ||
        !grow(&trace->ops, count) || !grow(&trace->argument, count))
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu samples of '%s'", count, trace->name);
    trace->capacity = count;
    return TG_OK;
}

void tg_trace_append(struct tg_trace *trace, double t_ns, double cost_ns, double ops, double argument)
{
    size_t i = trace->count++;
    trace->t_ns[i] = t_ns;
    trace->cost_ns[i] = cost_ns;
    if (trace->ops)
        trace->ops[i] = ops;
    if (trace->argument)
        trace->argument[i] = argument;
}

void tg_trace_release(struct tg_trace *trace)
{
    free(trace->name);
    free(trace->argument_name);
    free(trace->t_ns);
    free(trace->cost_ns);
    free(trace->ops);
    free(trace->argument);
    *trace = (struct tg_trace){0};
}
