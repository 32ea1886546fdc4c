/* tg_report: a stored run as table, text, JSON, and a folder of figures with one page.
 *
 * Everything is drawn from the store alone. The page is one file without scripts that needs nothing from
 * outside; the figures need gnuplot, an external program. A folder gets its files when all of them are
 * complete; on failure it is left as it was. Where it holds an earlier report, files of the same names are
 * replaced, and so that none of another run is left beside them, figures that this run does not have are
 * removed.
 */
#ifndef TG_REPORT_H
#define TG_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "tg_error.h"
#include "tg_field.h"

struct cJSON;
struct tg_store;

/* The table of a run: for each technique the saturation throughput, and p50 and p99 at half load, with
 * intervals. A run without saturations gets a table of its points. */
int tg_report_table(struct tg_store *store, int64_t run_id, FILE *stream, struct tg_error *err);

/* The table, then every point, the prices, and how to reproduce the run. */
int tg_report_text(struct tg_store *store, int64_t run_id, FILE *stream, struct tg_error *err);

/* All of a run but its replications. *document is the caller's, to free with cJSON_Delete. */
int tg_report_json(struct tg_store *store, int64_t run_id, struct cJSON **document, struct tg_error *err);

enum tg_report_parts {
    TG_REPORT_TEXT = 1,    /* report.txt */
    TG_REPORT_FIGURES = 2, /* NAME.svg, NAME.png and NAME.gp for each figure that applies */
    TG_REPORT_PAGE = 4,    /* report.html */
    TG_REPORT_ALL = 7,
};

/* Writes parts of a report into a folder, made where missing. `written`, where given, gets the paths. Fails
 * with TG_EENV before anything is written where figures are wanted (by the page, too) and gnuplot is missing.
 */
int tg_report_write(struct tg_store *store, int64_t run_id, const char *folder, unsigned parts,
                    struct tg_strings *written, struct tg_error *err);

#endif
