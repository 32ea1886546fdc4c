/* What figures of bars share: names beside the bars, and ticks under them. */
#include <math.h>
#include <string.h>

#include "tg_figures_internal.h"

/* The part of a name that goes on its next line, in bytes: whole words, up to NAME_WIDTH characters. */
static size_t line_of(const char *name)
{
    enum { NAME_WIDTH = 30 };
    size_t end = 0, characters = 0;
    for (size_t i = 0; name[i] && characters < NAME_WIDTH; i++) {
        characters += ((unsigned char)name[i] & 0xc0) != 0x80;
        if (name[i + 1] == ' ' || !name[i + 1])
            end = i + 1;
    }
    return end ? end : strcspn(name, " "); /* a word too long for a line has one of its own */
}

static size_t skip_line(const char *name)
{
    size_t length = line_of(name);
    return length + strspn(name + length, " ");
}

int tg_figure_name_lines(const char *name)
{
    int lines = 0;
    for (; *name; name += skip_line(name))
        lines++;
    return lines;
}

void tg_figure_name(const char *name, FILE *script)
{
    char line[512];
    for (; *name; name += skip_line(name)) {
        snprintf(line, sizeof line, "%.*s", (int)line_of(name), name);
        tg_figure_string(line, script);
        fputs(".\"\\n\".", script);
    }
}

/* The step of 1, 2 or 5 times a power of ten that gives few enough ticks for their labels to have room. */
double tg_figure_tick_step(double longest)
{
    enum { TICKS_MAX = 6 };
    double step = pow(10, floor(log10(longest / TICKS_MAX)));
    static const double factors[] = {1, 2, 5, 10};
    size_t i = 0;
    while (i + 1 < sizeof factors / sizeof *factors && longest / (factors[i] * step) > TICKS_MAX)
        i++;
    return factors[i] * step;
}
