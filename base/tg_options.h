/* tg_options: command lines, parsed by the same tables that describe structs (tg_field).
 *
 * Accepts --name VALUE, --name=VALUE, -n VALUE, -nVALUE and flags --name; "--" ends the options. Operands may
 * stand anywhere. Unknown options are refused with the nearest known name.
 */
#ifndef TG_OPTIONS_H
#define TG_OPTIONS_H

#include <stdio.h>

#include "tg_error.h"
#include "tg_field.h"

/* Sets fallbacks, then the options given; operands are collected in order. TG_EUSAGE on a fault. */
int tg_options_parse(const struct tg_field *fields, size_t count, int argc, char **argv, void *out,
                     struct tg_strings *operands, struct tg_error *err);

/* Writes the table as help text, one option a line, wrapped at the width of a terminal. */
void tg_options_print(const struct tg_field *fields, size_t count, FILE *stream);

#endif
