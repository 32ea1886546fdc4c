/* tg_format: estimates as people read them: a fitting unit, as many digits as the interval carries.
 *
 * "201.3 ± 2.5 k/s" where the interval is symmetric at the digits shown, "8.21 us (8.10 to 8.55)" where it is
 * not, "8.21 us" where there is none, "-" where there is no value. The interval gets two significant digits;
 * a time without one gets up to three, a rate up to four. Texts are UTF-8.
 */
#ifndef TG_FORMAT_H
#define TG_FORMAT_H

#include <stddef.h>

#include "tg_run.h"

enum { TG_FORMAT_SIZE = 96 };

enum tg_format_alphabet {
    TG_FORMAT_PLAIN,   /* "us": for terminals and text files */
    TG_FORMAT_TYPESET, /* "µs": for pages and figures */
};

/* An estimate in picoseconds. Returns buf, as the others do. */
char *tg_format_time(struct tg_run_estimate ps, enum tg_format_alphabet alphabet, char buf[TG_FORMAT_SIZE]);
/* An estimate per second. */
char *tg_format_rate(struct tg_run_estimate per_s, char buf[TG_FORMAT_SIZE]);
/* What a price is, with its interval, or with the range of one that is assumed: "500 ns, from 100 ns to 2
 * us". */
char *tg_format_price(const struct tg_run_price *price, enum tg_format_alphabet alphabet,
                      char buf[TG_FORMAT_SIZE]);
/* A ratio, as a percentage. */
char *tg_format_ratio(struct tg_run_estimate ratio, char buf[TG_FORMAT_SIZE]);

/* A value alone: the estimate without its interval. */
struct tg_run_estimate tg_format_bare(double value);

#endif
