/* tg_trace_rows: a trace set as a table, and two of them compared.
 *
 * One row a primitive and value of its argument, in order of name, then argument. Costs are nanoseconds an
 * operation. Jitter's row describes its gaps; with no gap its summary is all zero.
 *
 * Two rows agree where their medians differ by no more than the tolerance, and are called unsettled where
 * they differ by more but their intervals overlap. Two sets agree where at least the wanted part of the rows
 * they have in common agree (unsettled rows do not count as agreeing). Rows of jitter are shown, not counted:
 * its gaps are no one primitive.
 */
#ifndef TG_TRACE_ROWS_H
#define TG_TRACE_ROWS_H

#include "tg_summary.h"
#include "tg_trace_set.h"

struct tg_trace_row {
    const struct tg_trace *trace; /* the set's */
    const char *what;             /* the set's; may be NULL */
    bool has_argument;
    double argument;
    struct tg_summary summary;
};

struct tg_trace_rows {
    struct tg_trace_row *rows; /* owned */
    size_t count;
};

/* The set must outlive the rows. */
int tg_trace_rows_of(const struct tg_trace_set *set, struct tg_trace_rows *out, struct tg_error *err);
void tg_trace_rows_release(struct tg_trace_rows *rows);

/* "copy" or "copy[size_bytes=64]". Returns buf. */
char *tg_trace_row_name(const struct tg_trace_row *row, char *buf, size_t size);

enum tg_trace_verdict { TG_TRACE_AGREES, TG_TRACE_UNSETTLED, TG_TRACE_DIFFERS, TG_TRACE_NOT_COUNTED };

struct tg_trace_difference {
    const struct tg_trace_row *a, *b;
    double relative; /* b's median over a's, less 1 */
    enum tg_trace_verdict verdict;
};

struct tg_trace_comparison {
    struct tg_trace_difference *differences; /* owned; one a row that both sets have */
    size_t count;
    size_t counted, agreeing;
    bool agree;
};

int tg_trace_compare(const struct tg_trace_rows *a, const struct tg_trace_rows *b, double tolerance,
                     double wanted, struct tg_trace_comparison *out, struct tg_error *err);
void tg_trace_comparison_release(struct tg_trace_comparison *comparison);

#endif
