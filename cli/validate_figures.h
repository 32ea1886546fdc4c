/* validate_figures: what the figures of a validation share. */
#ifndef VALIDATE_FIGURES_H
#define VALIDATE_FIGURES_H

#include <stdio.h>

#include "tg_drawing.h"
#include "validate_live.h"

enum { VALIDATE_ROWS_MAX = 128 };

struct validate_figures {
    const struct tg_comparison *comparison;
    const struct tg_prediction *prediction;
    const struct tg_bed_record *measured;
    const struct tg_compared *rows[VALIDATE_ROWS_MAX]; /* that are compared, the fastest measured first */
    size_t count;
};

/* In the order they are drawn; ended by a drawing without name. The context is a struct validate_figures; the
 * height follows from it. */
struct validate_figure {
    struct tg_drawing drawing;
    void (*size)(const struct validate_figures *f, int *width, int *height);
    size_t (*count)(const struct validate_figures *f); /* of what it shows; nothing: it is not drawn */
};
extern const struct validate_figure validate_figure_saturation, validate_figure_curves,
    validate_figure_latency, validate_figure_slopes;

/* The look of what limited a system. */
const char *validate_limit_color(enum tg_limit limit);
int validate_limit_point(enum tg_limit limit);
const char *validate_limit_words(enum tg_limit limit); /* "limited by the server", ... */

/* Where on the canvas a pixel lies, from the lower left, as gnuplot's "screen X,Y". */
struct validate_canvas {
    int width, height;
};
/* A text there. how: "left", "right", "center", and colour and font in gnuplot's words. */
void validate_text(struct validate_canvas canvas, double x, double y, const char *text, const char *how,
                   FILE *script);
/* A plot's rectangle. */
void validate_margins(struct validate_canvas canvas, double x, double y, double width, double height,
                      FILE *script);
/* The step of 1, 2 or 5 times a power of ten that gives an axis of this length at most so many ticks. */
double validate_tick_step(double length, int most);
/* Ticks at 1, 2 and 5 times powers of ten, or more often, for a logarithmic axis ("x" or "y"); `scale`
 * divides their numbers. */
void validate_log_ticks(const char *axis, double low, double high, double scale, FILE *script);

#endif
