/* The reader of tg_trace's files: one pass, a column loop without branches on what the column is. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_field.h"
#include "tg_file.h"
#include "tg_trace.h"

enum { COLUMNS_MAX = 4, TOKEN_MAX = 40 };

/* What a column may hold. */
enum rule { RULE_TIME, RULE_COST, RULE_COUNT, RULE_ARGUMENT };

struct column {
    char name[TG_TRACE_NAME_MAX + 1];
    enum rule rule;
    double **values; /* the trace's array */
};

struct reader {
    struct tg_trace *trace;
    const char *where;
    const char *text, *end;
    const char *line; /* start of the line in hand */
    size_t line_number;
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    struct tg_error *err;
};

/* A value as a message shows it: cut, and printable. */
static const char *show(const char *p, const char *end, char buf[TOKEN_MAX])
{
    size_t n = 0;
    for (; p < end && *p != ',' && *p != '\n' && *p != '\r' && n < TOKEN_MAX - 4; p++)
        buf[n++] = *p >= 32 && *p < 127 ? *p : '?';
    if (p < end && *p != ',' && *p != '\n' && *p != '\r') {
        memcpy(buf + n, "...", 3);
        n += 3;
    }
    buf[n] = '\0';
    return buf;
}

static int fault(const struct reader *r, const char *at, const char *sentence)
{
    return tg_error_set(r->err, TG_EINPUT, "%s: line %zu, column %zu: %s", r->where, r->line_number,
                        (size_t)(at - r->line) + 1, sentence);
}

static int value_fault(const struct reader *r, const struct column *column, const char *at, const char *cause)
{
    char token[TOKEN_MAX];
    show(at, r->end, token);
    return tg_error_set(r->err, TG_EINPUT, "%s: line %zu, column %zu: %s: '%s' %s", r->where, r->line_number,
                        (size_t)(at - r->line) + 1, column->name, token, cause);
}

static bool ends_in_unit(const char *name)
{
    static const char *const units[] = {"bytes",   "arguments",   "packets",   "frames",      "pages",
                                        "ns",      "threads",     "processes", "connections", "sockets",
                                        "entries", "rules",       "calls",     "percent",     "per_s",
                                        "hz",      "instructions"};
    size_t length = strlen(name);
    for (size_t i = 0; i < TG_COUNT(units); i++) {
        size_t n = strlen(units[i]);
        if (length >= n && strcmp(name + length - n, units[i]) == 0 &&
            (length == n || name[length - n - 1] == '_'))
            return true;
    }
    return false;
}

/* Which array of the trace a header's name stands for; *rule says what it may hold. */
static double **find_array(struct tg_trace *trace, const char *name, enum rule *rule)
{
    *rule = RULE_TIME;
    if (strcmp(name, "t_ns") == 0)
        return &trace->t_ns;
    *rule = RULE_COST;
    if (strcmp(name, trace->is_jitter ? "stolen_ns" : "cost_ns") == 0)
        return &trace->cost_ns;
    *rule = RULE_COUNT;
    if (strcmp(name, "ops") == 0)
        return &trace->ops;
    *rule = RULE_ARGUMENT;
    return &trace->argument;
}

static const char *unit_hint(const struct reader *r, const char *name)
{
    if (strcmp(name, "t") == 0 || strcmp(name, "time") == 0)
        return "'t_ns'";
    if (strncmp(name, "cost", 4) == 0 || strncmp(name, "stolen", 6) == 0)
        return r->trace->is_jitter ? "'stolen_ns'" : "'cost_ns'";
    return "as 'size_bytes' has";
}

static int add_column(struct reader *r, const char *at, const char *end)
{
    char token[TOKEN_MAX], sentence[256];
    show(at, r->end, token);
    struct column *column = &r->columns[r->column_count];
    size_t length = (size_t)(end - at);
    if (length == 0)
        return fault(r, at, "a column without a name");
    if (r->column_count == COLUMNS_MAX) {
        snprintf(sentence, sizeof sentence, "column '%s' is one too many: a trace has at most %d", token,
                 COLUMNS_MAX);
        return fault(r, at, sentence);
    }
    if (length <= TG_TRACE_NAME_MAX) {
        memcpy(column->name, at, length);
        column->name[length] = '\0';
    }
    if (length > TG_TRACE_NAME_MAX || !tg_trace_name_ok(column->name)) {
        snprintf(sentence, sizeof sentence, "'%s' cannot name a column: a-z, 0-9 and '_', a letter first",
                 token);
        return fault(r, at, sentence);
    }
    for (size_t i = 0; i < r->column_count; i++) {
        if (strcmp(r->columns[i].name, column->name) == 0) {
            snprintf(sentence, sizeof sentence, "column '%s' is there twice", token);
            return fault(r, at, sentence);
        }
    }
    column->values = find_array(r->trace, column->name, &column->rule);
    if (column->rule == RULE_ARGUMENT && !ends_in_unit(column->name)) {
        snprintf(sentence, sizeof sentence, "column '%s' has no unit in its name, %s", token,
                 unit_hint(r, column->name));
        return fault(r, at, sentence);
    }
    if (column->rule == RULE_ARGUMENT && r->trace->argument_name) {
        snprintf(sentence, sizeof sentence, "'%s' is a second argument after '%s': a trace has one", token,
                 r->trace->argument_name);
        return fault(r, at, sentence);
    }
    if (column->rule == RULE_ARGUMENT && !(r->trace->argument_name = strdup(column->name)))
        return tg_error_set(r->err, TG_ENOMEM, "out of memory");
    r->column_count++;
    return TG_OK;
}

static bool has_column(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->column_count; i++) {
        if (strcmp(r->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

static int require_column(struct reader *r, const char *name)
{
    if (has_column(r, name))
        return TG_OK;
    return tg_error_set(r->err, TG_EINPUT, "%s: line 1: column '%s' is missing", r->where, name);
}

static int read_header(struct reader *r)
{
    if (r->text == r->end)
        return tg_error_set(r->err, TG_EINPUT, "%s: the file is empty: a trace starts with a header row",
                            r->where);
    const char *p = r->text, *newline = memchr(p, '\n', (size_t)(r->end - p));
    if (!newline)
        return tg_error_set(r->err, TG_EINPUT,
                            "%s: line 1: the header row has no line end: the file is cut short", r->where);
    const char *stop = newline > p && newline[-1] == '\r' ? newline - 1 : newline;
    int rc = TG_OK;
    while (!rc) {
        const char *comma = memchr(p, ',', (size_t)(stop - p));
        rc = add_column(r, p, comma ? comma : stop);
        if (!comma)
            break;
        p = comma + 1;
    }
    if (!rc)
        rc = require_column(r, "t_ns");
    if (!rc)
        rc = require_column(r, r->trace->is_jitter ? "stolen_ns" : "cost_ns");
    r->line = newline + 1;
    r->line_number = 2;
    return rc;
}

static int check_value(const struct reader *r, const struct column *column, const char *at, double value)
{
    double last = r->trace->count ? r->trace->t_ns[r->trace->count - 1] : -INFINITY;
    switch (column->rule) {
    case RULE_TIME:
        return value >= last
                   ? TG_OK
                   : value_fault(r, column, at, "is earlier than the row above: time must not go back");
    case RULE_COST:
        return value >= 0 ? TG_OK : value_fault(r, column, at, "is negative");
    case RULE_COUNT:
        return value >= 1 && floor(value) == value
                   ? TG_OK
                   : value_fault(r, column, at, "is not a whole number from 1");
    case RULE_ARGUMENT:
        return value >= 0 ? TG_OK : value_fault(r, column, at, "is negative");
    }
    return TG_OK;
}

/* What is wrong with the line that could not be read at `at`, in column number `index`. */
static int explain(const struct reader *r, size_t index, const char *at)
{
    const struct column *column = &r->columns[index];
    char sentence[128];
    if (!memchr(r->line, '\n', (size_t)(r->end - r->line)))
        return fault(r, at, "the last line is cut short (it has no line end)");
    if (*r->line == '\n' || (*r->line == '\r' && r->line[1] == '\n'))
        return fault(r, at, "an empty line");
    if (at < r->end && *at != ',' && *at != '\n' && *at != '\r')
        return value_fault(r, column, at, "is not a number");
    snprintf(sentence, sizeof sentence, "%s: no value", column->name);
    return fault(r, at, sentence);
}

static int explain_separator(const struct reader *r, size_t index, const char *value, const char *p)
{
    char sentence[128];
    bool last = index + 1 == r->column_count;
    if (!memchr(r->line, '\n', (size_t)(r->end - r->line)))
        return fault(r, p, "the last line is cut short (it has no line end)");
    if (*p == ',' && last) {
        snprintf(sentence, sizeof sentence, "more values than the header's %zu columns", r->column_count);
        return fault(r, p, sentence);
    }
    if ((*p == '\n' || *p == '\r') && !last) {
        snprintf(sentence, sizeof sentence, "the line ends before column '%s'", r->columns[index + 1].name);
        return fault(r, p, sentence);
    }
    return value_fault(r, &r->columns[index], value, "is not a number");
}

static int read_row(struct reader *r, const char **next)
{
    const char *p = r->line;
    size_t row = r->trace->count, last = r->column_count - 1;
    for (size_t i = 0; i <= last; i++) {
        const struct column *column = &r->columns[i];
        double value;
        const char *after = tg_decimal_read(p, &value);
        if (!after)
            return explain(r, i, p);
        if (i == last)
            after += *after == '\r' && after[1] == '\n';
        if (*after != (i == last ? '\n' : ','))
            return explain_separator(r, i, p, after);
        int rc = check_value(r, column, p, value);
        if (rc)
            return rc;
        (*column->values)[row] = value;
        p = after + 1;
    }
    r->trace->count++;
    *next = p;
    return TG_OK;
}

/* Room for the rows to come: what is left of the file, at the mean length of the rows seen. */
static int make_room(struct reader *r, const char *first_row)
{
    struct tg_trace *trace = r->trace;
    double rows = (double)trace->count, seen = (double)(r->line - first_row),
           left = (double)(r->end - r->line);
    double more = rows ? left * rows / seen * 1.02 + 64 : 256;
    return tg_trace_reserve(trace, trace->count + (size_t)more, r->err);
}

static int read_rows(struct reader *r)
{
    const char *first_row = r->line;
    int rc = TG_OK;
    while (!rc && r->line < r->end) {
        if (r->trace->count == r->trace->capacity)
            rc = make_room(r, first_row);
        const char *next = r->line;
        if (!rc)
            rc = read_row(r, &next);
        if (!rc) {
            r->line = next;
            r->line_number++;
        }
    }
    if (!rc && !r->trace->count && !r->trace->is_jitter)
        rc = tg_error_set(r->err, TG_EINPUT, "%s: line 2: no samples after the header row", r->where);
    return rc;
}

static bool has_jitter_header(const char *text, size_t size)
{
    const char *newline = memchr(text, '\n', size);
    return newline && memmem(text, (size_t)(newline - text), "stolen_ns", 9) != NULL;
}

int tg_trace_read_text(struct tg_trace *trace, const char *text, size_t size, const char *name,
                       const char *where, struct tg_error *err)
{
    int rc = tg_trace_init(trace, name, NULL, true, err);
    if (rc)
        return tg_error_wrap(err, rc, "%s", where);
    trace->is_jitter = has_jitter_header(text, size);
    trace->argument = malloc(sizeof *trace->argument);
    struct reader r = {.trace = trace,
                       .where = where,
                       .text = text,
                       .end = text + size,
                       .line = text,
                       .line_number = 1,
                       .err = err};
    if (!trace->argument)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        rc = read_header(&r);
    if (!rc && !has_column(&r, "ops")) {
        free(trace->ops);
        trace->ops = NULL;
    }
    if (!rc && !trace->argument_name) {
        free(trace->argument);
        trace->argument = NULL;
    }
    if (!rc)
        rc = read_rows(&r);
    if (rc)
        tg_trace_release(trace);
    return rc;
}

int tg_trace_read(struct tg_trace *trace, const char *path, struct tg_error *err)
{
    char *text, name[TG_TRACE_NAME_MAX + 1];
    size_t size;
    *trace = (struct tg_trace){0};
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t length = strlen(file);
    if (length > 4 && strcmp(file + length - 4, ".csv") == 0)
        length -= 4;
    if (length > TG_TRACE_NAME_MAX)
        length = TG_TRACE_NAME_MAX;
    memcpy(name, file, length);
    name[length] = '\0';
    int rc = tg_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    rc = tg_trace_read_text(trace, text, size, name, path, err);
    if (!rc)
        tg_sha256_bytes(text, size, trace->sha256);
    free(text);
    return rc;
}
