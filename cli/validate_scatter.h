/* validate_scatter: predicted over measured, as numbered points beside a diagonal.
 *
 * Both axes are logarithmic and have the same range. A number stands where it hides least, with a line to its
 * point where it had to go far.
 */
#ifndef VALIDATE_SCATTER_H
#define VALIDATE_SCATTER_H

#include "validate_figures.h"

struct validate_dot {
    struct tg_span measured, predicted;
    enum tg_limit limit;
    size_t number;
};

struct validate_scatter {
    struct validate_dot dots[VALIDATE_ROWS_MAX];
    size_t count;
    double low, high;    /* of both axes */
    double x, y, side;   /* pixels: lower left corner, and size */
    double band, factor; /* relative half-width of the shade; factor of the outer lines */
    double scale;        /* what the ticks' numbers are divided by */
};

/* Takes it in unless one of the two is not above 0. */
void validate_scatter_add(struct validate_scatter *scatter, const struct validate_dot *dot);
/* The range of all dots, into low and high, where wider than what is there. */
void validate_scatter_range(const struct validate_scatter *scatter, double *low, double *high);

/* Blocks of data, their names begun by this one. */
void validate_scatter_data(const struct validate_scatter *scatter, const char *name, FILE *script);
void validate_scatter_plot(const struct validate_scatter *scatter, const char *name,
                           struct validate_canvas canvas, FILE *script);

/* What the numbers stand for, downwards from (x, y), in so many pixels; with the error of saturation or not.
 */
void validate_scatter_legend(const struct validate_figures *f, struct validate_canvas canvas, double x,
                             double y, double height, bool errors, FILE *script);
/* Of the signs, in a row from (x, y); returns where it ends. */
void validate_scatter_signs(const struct validate_figures *f, struct validate_canvas canvas, double x,
                            double y, FILE *script);

#endif
