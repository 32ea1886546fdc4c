/* tg_decimal: decimal numbers in text, fast and exact both ways.
 *
 * Reading is correctly rounded: up to 15 significant digits and 22 decimals go by one exact division
 * (Clinger, 1990), everything else by strtod. Writing gives the shortest of these forms that reads back as
 * the same bits: an integer, a decimal with up to three places, or 17 significant digits. Neither looks at
 * the locale's thousands, neither allocates.
 */
#ifndef TG_DECIMAL_H
#define TG_DECIMAL_H

#include <stddef.h>

enum { TG_DECIMAL_MAX = 32 }; /* bytes that tg_decimal_write may use */

/* Reads the number at p, which ends at the first character that cannot belong to it; text must be terminated
 * by a zero byte or any other character that is none of a number's. Returns the place behind it, or NULL
 * where there is no finite number: NaN, infinities, hexadecimal and blanks are not numbers here. */
const char *tg_decimal_read(const char *p, double *out);

/* Writes a finite value at p, without terminator; returns the place behind it. */
char *tg_decimal_write(char *p, double value);

#endif
