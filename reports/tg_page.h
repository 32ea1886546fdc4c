/* tg_page: the HTML page of a run: one file, no scripts, nothing fetched from outside.
 *
 * The figures are the SVG files that gnuplot drew into `folder`, put inline; one that is not there is left
 * out. Their ids get the figure's name before them, because ids are unique in a page.
 */
#ifndef TG_PAGE_H
#define TG_PAGE_H

#include <stdio.h>

#include "tg_error.h"
#include "tg_run.h"

int tg_page_write(const struct tg_run *run, const char *folder, FILE *stream, struct tg_error *err);

/* Text with the characters that HTML gives a meaning replaced. */
void tg_page_text(const char *text, FILE *stream);

#endif
