#include "tg_arrival_log.h"

#include <stdlib.h>
#include <string.h>

#include "tg_columns.h"
#include "tg_file.h"

static int check(const struct tg_columns *c, const char *where, struct tg_error *err)
{
    if (c->count != 1 || strcmp(c->names[0], "t_ns") != 0)
        return tg_error_set(err, TG_EINPUT, "%s: line 1: an arrival log has one column, 't_ns'", where);
    if (!c->rows)
        return tg_error_set(err, TG_EINPUT, "%s: line 2: no arrivals after the header row", where);
    for (size_t i = 1; i < c->rows; i++) {
        if (c->values[0][i] < c->values[0][i - 1])
            return tg_error_set(err, TG_EINPUT,
                                "%s: line %zu: t_ns is earlier than the row above: time must not go back",
                                where, i + 2);
    }
    return TG_OK;
}

int tg_arrival_log_read_text(struct tg_arrival_log *log, const char *text, size_t size, const char *where,
                             struct tg_error *err)
{
    struct tg_columns c;
    *log = (struct tg_arrival_log){0};
    int rc = tg_columns_read(&c, text, size, where, false, err);
    if (rc)
        return rc;
    rc = check(&c, where, err);
    if (!rc) {
        log->t_ns = c.values[0];
        log->count = c.rows;
        c.values[0] = NULL;
    }
    tg_columns_release(&c);
    return rc;
}

int tg_arrival_log_read(struct tg_arrival_log *log, const char *path, struct tg_error *err)
{
    char *text;
    size_t size;
    *log = (struct tg_arrival_log){0};
    int rc = tg_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    rc = tg_arrival_log_read_text(log, text, size, path, err);
    free(text);
    return rc;
}

void tg_arrival_log_release(struct tg_arrival_log *log)
{
    free(log->t_ns);
    *log = (struct tg_arrival_log){0};
}
