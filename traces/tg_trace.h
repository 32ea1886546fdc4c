/* tg_trace: the raw samples of one primitive on one machine, and their file.
 *
 * The file is CSV: one header row that names the columns and their units, then one row a sample, every line
 * ended ("\n"; "\r\n" is read too). No quotes, no blanks, no comments, no empty lines.
 *
 *   t_ns       required; when, in nanoseconds from the start of the measuring session; never goes back
 *   cost_ns    required; how long all the operations of the sample took together, zero or more
 *   ops        how many operations the cost covers, a whole number from 1; 1 where the column is absent
 *   argument   at most one column more, whose name ends in its unit: size_bytes, working_set_bytes, arguments
 *
 * Jitter has `stolen_ns` in the place of `cost_ns`: one row a gap, when it began and how much time it took.
 * A cost trace has at least one sample; jitter may have none.
 *
 * In memory the columns are arrays of one length, owned by the trace; `ops` and `argument` are NULL where the
 * file has no such column. Read in one pass without allocating per line; every fault is TG_EINPUT and names
 * file, line, column (the place of the value's first character, counted from 1) and cause, as
 * "syscall.csv: line 14, column 9: cost_ns: 'abc' is not a number".
 */
#ifndef TG_TRACE_H
#define TG_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_error.h"
#include "tg_sha256.h"

struct tg_trace {
    char *name;          /* of the primitive: the file's name without ".csv" */
    char *argument_name; /* with its unit, "size_bytes"; NULL where there is no argument */
    bool is_jitter;      /* cost_ns holds what the file calls stolen_ns */
    size_t count;
    size_t capacity;
    double *t_ns;
    double *cost_ns;
    double *ops;
    double *argument;
    /* Known from the set's host.json, 0 where not: how long the machine was watched (what jitter's rows are
     * to be divided by), and the shortest gap that counts as one. */
    double observed_ns;
    double threshold_ns;
    char sha256[TG_SHA256_HEX]; /* of the file; "" before it was written or read */
};

enum { TG_TRACE_NAME_MAX = 64 };

/* True for names that a primitive may have: a to z, 0 to 9 and '_', starting with a letter, at most
 * TG_TRACE_NAME_MAX long. */
bool tg_trace_name_ok(const char *name);

/* An empty trace that can be appended to. argument_name may be NULL. */
int tg_trace_init(struct tg_trace *trace, const char *name, const char *argument_name, bool with_ops,
                  struct tg_error *err);

/* Makes room for `count` samples in all. */
int tg_trace_reserve(struct tg_trace *trace, size_t count, struct tg_error *err);

/* Appends a sample; room must have been reserved. ops and argument are ignored where there is no column. */
void tg_trace_append(struct tg_trace *trace, double t_ns, double cost_ns, double ops, double argument);

/* The cost of one operation in sample i. */
static inline double tg_trace_cost_per_op_ns(const struct tg_trace *trace, size_t i)
{
    return trace->ops ? trace->cost_ns[i] / trace->ops[i] : trace->cost_ns[i];
}

/* Reads a file; the primitive's name is the file's. */
int tg_trace_read(struct tg_trace *trace, const char *path, struct tg_error *err);

/* Reads text of `size` bytes, terminated by a zero byte not counted; `name` is the primitive's, `where` is
 * what messages call the text. */
int tg_trace_read_text(struct tg_trace *trace, const char *text, size_t size, const char *name,
                       const char *where, struct tg_error *err);

/* Writes the file, beside and renamed, and fills in the trace's SHA-256. A trace that its own reader would
 * refuse is refused. */
int tg_trace_write(struct tg_trace *trace, const char *path, struct tg_error *err);

void tg_trace_release(struct tg_trace *trace);

#endif
