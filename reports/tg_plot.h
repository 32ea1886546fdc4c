/* tg_plot: a figure from arrays of numbers, by gnuplot: lines with points over an axis, or bars side by side.
 *
 * Into a folder go NAME.gp, a script that holds its data and can be edited and run again, and what it draws,
 * NAME.svg and NAME.png. Colours and point shapes are those of the report's figures.
 */
#ifndef TG_PLOT_H
#define TG_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_error.h"

enum { TG_PLOT_SERIES_MAX = 8 };

struct tg_plot_series {
    const char *title;
    const double *x, *y; /* bars: x is not read */
    const double *band;  /* upper end of a shade above y; or NULL */
    size_t count;
};

struct tg_plot {
    const char *name, *title, *x_label, *y_label;
    bool log_x, log_y;
    const char *const *groups; /* bars: a name for each place; NULL: lines */
    struct tg_plot_series series[TG_PLOT_SERIES_MAX];
    size_t series_count;
};

int tg_plot_draw(const struct tg_plot *plot, const char *folder, struct tg_error *err);

#endif
