#include "tg_table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };

void tg_table_begin(struct tg_table *table, const char *align)
{
    *table = (struct tg_table){.columns = strlen(align), .align = align};
}

static bool make_room(struct tg_table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (!cells)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

void tg_table_cell(struct tg_table *table, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    if (!make_room(table) || vasprintf(&text, format, args) < 0)
        table->failed = 1;
    va_end(args);
    if (table->failed)
        return;
    for (char *p = text; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    }
    table->cells[table->count++] = text;
}

/* Characters, not bytes: all but the continuation bytes of UTF-8. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_spaces(FILE *stream, size_t count)
{
    while (count--)
        fputc(' ', stream);
}

static void print_row(const struct tg_table *table, size_t row, const size_t *widths, FILE *stream)
{
    size_t owed = 0; /* spaces not yet printed: none trail a line */
    for (size_t c = 0; c < table->columns && row + c < table->count; c++) {
        const char *text = table->cells[row + c];
        size_t pad = widths[c] - width_of(text);
        bool right = table->align[c] == 'r';
        if (*text) {
            print_spaces(stream, owed + (right ? pad : 0));
            fputs(text, stream);
            owed = (right ? 0 : pad) + GAP;
        } else {
            owed += pad + GAP;
        }
    }
    fputc('\n', stream);
}

static void print_rule(const struct tg_table *table, const size_t *widths, FILE *stream)
{
    for (size_t c = 0; c < table->columns; c++) {
        if (c)
            print_spaces(stream, GAP);
        for (size_t i = 0; i < widths[c]; i++)
            fputc('-', stream);
    }
    fputc('\n', stream);
}

int tg_table_print(const struct tg_table *table, FILE *stream, struct tg_error *err)
{
    size_t *widths = calloc(table->columns + 1, sizeof *widths);
    if (table->failed || !widths) {
        free(widths);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]), *widest = &widths[i % table->columns];
        *widest = width > *widest ? width : *widest;
    }
    for (size_t row = 0; row < table->count; row += table->columns) {
        print_row(table, row, widths, stream);
        if (row == 0)
            print_rule(table, widths, stream);
    }
    free(widths);
    return TG_OK;
}

void tg_table_release(struct tg_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct tg_table){0};
}
