/* What the sources of the report share: the same work on a run already loaded. */
#ifndef TG_REPORT_INTERNAL_H
#define TG_REPORT_INTERNAL_H

#include "tg_report.h"
#include "tg_run.h"

int tg_report_print_table(const struct tg_run *run, FILE *stream, struct tg_error *err);
int tg_report_print_text(const struct tg_run *run, FILE *stream, struct tg_error *err);

#endif
