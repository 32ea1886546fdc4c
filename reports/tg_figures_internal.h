/* The rows of tg_figures, and the parts that they share. */
#ifndef TG_FIGURES_INTERNAL_H
#define TG_FIGURES_INTERNAL_H

#include "tg_figure.h"

extern const struct tg_figure tg_figure_saturation, tg_figure_latency, tg_figure_tolls, tg_figure_parts;

void tg_figure_string(const char *text, FILE *script); /* quoted for gnuplot */
void tg_figure_number(double value, FILE *script);     /* "NaN" where it is not finite */
/* The look of the technique at this place in the run. */
const char *tg_figure_color(size_t index);
int tg_figure_point_type(size_t index);
/* Characters of a UTF-8 text. */
size_t tg_figure_characters(const char *text);
/* How many columns of a legend in the font TG_FIGURE_LEGEND_FONT have room side by side: 1 to `most`. */
#define TG_FIGURE_LEGEND_FONT ",12"
int tg_figure_legend_columns(size_t widest, int most);

/* The name of a bar, in as many lines as it takes, each a string followed by a line break, all joined by ".";
 * and how many these are. */
void tg_figure_name(const char *name, FILE *script);
int tg_figure_name_lines(const char *name);
/* The step of 1, 2 or 5 times a power of ten that gives an axis few enough ticks. */
double tg_figure_tick_step(double longest);

#endif
