/* tg_error: what went wrong, as a code and one sentence.
 *
 * Libraries return a code and fill a caller's tg_error; they never print and never exit. The sentence is
 * made where the fault is seen and wrapped on the way up ("trace 'x.csv': line 14: cost_ns: ..."), so that
 * the last reader needs no other context. An error buffer is untouched on success. A NULL buffer is
 * allowed everywhere: then only the code is kept.
 */
#ifndef TG_ERROR_H
#define TG_ERROR_H

#include <stdarg.h>

enum tg_code {
    TG_OK = 0,
    TG_ECHECK,       /* a check that the caller asked for failed */
    TG_EUSAGE,       /* the command line makes no sense */
    TG_EINPUT,       /* a file, key or value that the user gave is wrong */
    TG_EENV,         /* the environment failed: I/O, permissions, a missing program */
    TG_ELIMIT,       /* a limit that the caller chose was reached */
    TG_ENOMEM,       /* memory ran out */
    TG_EINTERRUPTED, /* the user asked to stop */
    TG_EBUG,         /* this program is wrong */
};

struct tg_error {
    enum tg_code code;
    char text[1024];
};

/* Sets the sentence and returns code, so that a failure is `return tg_error_set(...)`. */
int tg_error_set(struct tg_error *err, enum tg_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the sentence already there and returns code. */
int tg_error_wrap(struct tg_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The process exit status that belongs to a code: 0, 1, 2, 3, 4, 70 or 130. */
int tg_error_exit_status(int code);

#endif
