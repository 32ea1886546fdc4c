#include "tg_drawing.h"

#include <stdlib.h>

#include "tg_figures_internal.h"
#include "tg_file.h"

void tg_drawing_string(const char *text, FILE *script)
{
    tg_figure_string(text, script);
}

void tg_drawing_number(double value, FILE *script)
{
    tg_figure_number(value, script);
}

const char *tg_drawing_color(size_t index)
{
    return tg_figure_color(index);
}

int tg_drawing_point(size_t index)
{
    return tg_figure_point_type(index);
}

static void write_comment(const char *text, FILE *script)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
}

void tg_drawing_script(const struct tg_drawing *d, FILE *script)
{
    fputs("# ", script);
    write_comment(*d->title ? d->title : d->name, script);
    fputs(d->about ? ". " : "", script);
    write_comment(d->about ? d->about : "", script);
    fprintf(script,
            "\n# 'gnuplot %s.gp' draws %s.svg and %s.png again, as this file says.\n\nset encoding utf8\nset "
            "micro\n\n",
            d->name, d->name, d->name);
    d->data(d->context, script);
    fprintf(
        script,
        "do for [kind in 'svg png'] {\n"
        "    if (kind eq 'svg') {\n"
        "        set terminal svg noenhanced dynamic size %d,%d font 'sans-serif,14' background '#ffffff'\n"
        "    } else {\n"
        "        set terminal pngcairo noenhanced size %d,%d font 'sans-serif,14' fontscale 2 linewidth 2 "
        "pointscale 2 background '#ffffff'\n"
        "    }\n"
        "    set output '%s.'.kind\n",
        d->width, d->height, 2 * d->width, 2 * d->height, d->name);
    fprintf(script, "    set border 3 linecolor '#555555'\n"
                    "    set tics nomirror scale 0.6 textcolor '#222222'\n"
                    "    set grid linecolor '#dddddd' linetype 1 linewidth 0.7\n");
    if (*d->title) {
        fputs("    set title ", script);
        tg_figure_string(d->title, script);
        fputs(" font ',17' textcolor '#111111'\n", script);
    }
    d->plot(d->context, script);
    fputs("}\nunset output\n", script);
}

int tg_drawing_write(const struct tg_drawing *drawing, const char *folder, struct tg_error *err)
{
    struct tg_file_writer writer = {0};
    char name[128];
    snprintf(name, sizeof name, "%s.gp", drawing->name);
    char *path = tg_file_join(folder, name);
    int rc = path ? tg_file_begin(&writer, path, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc) {
        tg_drawing_script(drawing, writer.stream);
        rc = tg_file_commit(&writer, err);
    }
    tg_file_abort(&writer);
    free(path);
    return rc;
}
