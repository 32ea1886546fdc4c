/* tg_arrival_log: when requests arrived, as somebody recorded it: CSV of one column, `t_ns`, that never goes
 * back.
 *
 * Faults are TG_EINPUT with file, line and cause.
 */
#ifndef TG_ARRIVAL_LOG_H
#define TG_ARRIVAL_LOG_H

#include <stddef.h>

#include "tg_error.h"

struct tg_arrival_log {
    double *t_ns; /* owned */
    size_t count;
};

int tg_arrival_log_read(struct tg_arrival_log *log, const char *path, struct tg_error *err);
int tg_arrival_log_read_text(struct tg_arrival_log *log, const char *text, size_t size, const char *where,
                             struct tg_error *err);
void tg_arrival_log_release(struct tg_arrival_log *log);

#endif
