/* tg_drawing: a figure from a gnuplot script of its own.
 *
 * Into a folder goes NAME.gp, which holds its data, and which gnuplot makes NAME.svg and NAME.png from, again
 * after it was edited. Sizes are pixels of the SVG; the PNG has twice as many, with everything twice as
 * large. Colours can be told apart by readers that do not see all of them.
 */
#ifndef TG_DRAWING_H
#define TG_DRAWING_H

#include <stddef.h>
#include <stdio.h>

#include "tg_error.h"

struct tg_drawing {
    const char *name, *title; /* title: over the plot; empty: none */
    const char *about;        /* told at the head of the script, in a line; or NULL */
    int width, height;
    void (*data)(const void *context, FILE *script); /* blocks of data */
    void (*plot)(const void *context, FILE *script); /* what follows is done for either form */
    const void *context;
};

/* The script, without drawing. */
void tg_drawing_script(const struct tg_drawing *drawing, FILE *script);
int tg_drawing_write(const struct tg_drawing *drawing, const char *folder, struct tg_error *err);

/* A text in gnuplot's quotes; a number, "NaN" where it is not finite. */
void tg_drawing_string(const char *text, FILE *script);
void tg_drawing_number(double value, FILE *script);

/* The look of the series of this number: its colour, and gnuplot's point type. */
const char *tg_drawing_color(size_t index);
int tg_drawing_point(size_t index);

#endif
