#include "tg_decimal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The end of [sign] digits [. digits] [e [sign] digits], or NULL where the text has not that form. */
static const char *span(const char *p)
{
    const char *start;
    size_t digits = 0;
    p += *p == '-' || *p == '+';
    for (start = p; is_digit(*p); p++)
        ;
    digits += (size_t)(p - start);
    if (*p == '.') {
        for (start = ++p; is_digit(*p); p++)
            ;
        digits += (size_t)(p - start);
    }
    if (!digits)
        return NULL;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        if (!is_digit(*p))
            return NULL;
        while (is_digit(*p))
            p++;
    }
    return p;
}

static const char *read_slowly(const char *p, double *out)
{
    enum { LENGTH_MAX = 400 }; /* longer than any double's exact decimal prefix that matters */
    char copy[LENGTH_MAX + 1];
    const char *end = span(p);
    if (!end || end - p > LENGTH_MAX)
        return NULL;
    memcpy(copy, p, (size_t)(end - p));
    copy[end - p] = '\0';
    *out = strtod(copy, NULL);
    return isfinite(*out) ? end : NULL;
}

const char *tg_decimal_read(const char *p, double *out)
{
    const char *start = p, *point = NULL;
    uint64_t mantissa = 0;
    int negative = *p == '-';
    p += negative;
    const char *first = p;
    for (; is_digit(*p); p++)
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    long digits = p - first, decimals = 0;
    if (*p == '.') {
        point = ++p;
        for (; is_digit(*p); p++)
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        decimals = p - point;
        digits += decimals;
    }
    if (digits == 0 || digits > 15 || *p == 'e' || *p == 'E')
        return read_slowly(start, out);
    double value = decimals ? (double)mantissa / power_of_ten[decimals] : (double)mantissa;
    *out = negative ? -value : value;
    return p;
}

static const char pairs[201] = "00010203040506070809101112131415161718192021222324"
                               "25262728293031323334353637383940414243444546474849"
                               "50515253545556575859606162636465666768697071727374"
                               "75767778798081828384858687888990919293949596979899";

static char *write_integer(char *p, uint64_t value)
{
    char reversed[20], *q = reversed + sizeof reversed;
    while (value >= 100) {
        q -= 2;
        memcpy(q, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        q -= 2;
        memcpy(q, pairs + 2 * value, 2);
    } else {
        *--q = (char)('0' + value);
    }
    size_t length = (size_t)(reversed + sizeof reversed - q);
    memcpy(p, q, length);
    return p + length;
}

static char *write_thousandths(char *p, uint64_t thousandths)
{
    unsigned rest = (unsigned)(thousandths % 1000);
    p = write_integer(p, thousandths / 1000);
    if (!rest)
        return p;
    *p++ = '.';
    *p++ = (char)('0' + rest / 100);
    if (rest % 100)
        *p++ = (char)('0' + rest / 10 % 10);
    if (rest % 10)
        *p++ = (char)('0' + rest % 10);
    return p;
}

char *tg_decimal_write(char *p, double value)
{
    double magnitude = fabs(value);
    if (magnitude < 1e12) { /* 15 digits with three decimals */
        uint64_t thousandths = (uint64_t)(magnitude * 1e3 + 0.5);
        if ((double)thousandths / 1e3 == magnitude) {
            if (value < 0)
                *p++ = '-';
            return write_thousandths(p, thousandths);
        }
    }
    return p + snprintf(p, TG_DECIMAL_MAX, "%.17g", value);
}
