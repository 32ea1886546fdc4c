/* tg_figure: the figures of a run, each a row of a table and a gnuplot script.
 *
 * A script holds its data inline and draws NAME.svg and NAME.png into the current folder, so that a user can
 * edit it and draw again. Colours are told apart by colour-blind readers, and each technique has a point
 * shape of its own. Error bars are 95 % intervals.
 */
#ifndef TG_FIGURE_H
#define TG_FIGURE_H

#include <stdbool.h>
#include <stdio.h>

#include "tg_run.h"

struct tg_figure {
    const char *name;                        /* of its files */
    const char *title;                       /* over its plot */
    const char *caption;                     /* a sentence or two under it, on the page */
    int (*height)(const struct tg_run *run); /* pixels at a width of TG_FIGURE_WIDTH */
    bool (*applies)(const struct tg_run *run);
    void (*data)(const struct tg_run *run, FILE *script);
    void (*plot)(const struct tg_run *run, FILE *script);
};

enum { TG_FIGURE_WIDTH = 900 };

/* The table, ended by NULL. */
extern const struct tg_figure *const tg_figures[];

/* Writes the whole script of a figure. */
void tg_figure_write(const struct tg_figure *figure, const struct tg_run *run, FILE *script);

#endif
