#include "tg_math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tg_math_tables.h"

/* A number carried as the sum of two doubles, the second far smaller than the first. */
struct pair {
    double high, low;
};

static uint64_t bits_from_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2 to the power k, for k from -1022 to 1023. */
static double power_of_two(int k)
{
    return double_from_bits((uint64_t)(1023 + k) << 52);
}

/* The sum of two doubles without error (Knuth). */
static struct pair sum(double a, double b)
{
    double s = a + b;
    double from_b = s - a;
    return (struct pair){s, (a - (s - from_b)) + (b - from_b)};
}

/* The product of two doubles without error: halves of at most 27 bits multiply exactly (Dekker). */
static struct pair product(double a, double b)
{
    double a_high = double_from_bits(bits_from_double(a) & ~UINT64_C(0x7ffffff));
    double b_high = double_from_bits(bits_from_double(b) & ~UINT64_C(0x7ffffff));
    double a_low = a - a_high, b_low = b - b_high;
    double p = a * b;
    return (struct pair){p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

/* e to the power high + low, less `subtract` (0 or 1), for high from -745.2 to 709.79. */
static double exp_pair(double high, double low, double subtract)
{
    /* Adding and taking away 1.5 * 2^52 rounds to the nearest integer. */
    double cells = high * tg_math_cells_per_ln2 + 0x1.8p52 - 0x1.8p52;
    int cell = (int)cells;
    int k = cell >> 7;
    const struct tg_math_exp_cell *t = &tg_math_exp_cells[cell & (TG_MATH_CELLS - 1)];
    double r = (high - cells * tg_math_ln2_cell[0]) - cells * tg_math_ln2_cell[1] + low;
    /* |r| <= 0.00271: the first term left out, r^6 / 720, is below 2^-60. */
    double q = r + r * r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120))));
    if (k < -1000)
        return (t->high + (t->low + t->high * q)) * power_of_two(k + 100) * 0x1p-100 - subtract;
    if (k > 1022)
        return (t->high + (t->low + t->high * q)) * power_of_two(k - 1) * 2.0;
    double scale = power_of_two(k);
    return (t->high * scale - subtract) + (t->low + t->high * q) * scale;
}

double tg_exp(double x)
{
    if (!(x >= -745.2))
        return x < 0 ? 0.0 : x; /* NaN stays NaN */
    if (x > 709.79)
        return HUGE_VAL;
    return exp_pair(x, 0, 0);
}

double tg_expm1(double x)
{
    if (!(x >= -40))
        return x < 0 ? -1.0 : x;
    if (x > 709.79)
        return HUGE_VAL;
    if (x > -0x1p-6 && x < 0x1p-6) /* the first term left out, x^10 / 10!, is below 2^-75 of x */
        return x + x * x *
                       (1.0 / 2 +
                        x * (1.0 / 6 +
                             x * (1.0 / 24 +
                                  x * (1.0 / 120 +
                                       x * (1.0 / 720 +
                                            x * (1.0 / 5040 + x * (1.0 / 40320 + x * (1.0 / 362880))))))));
    return exp_pair(x, 0, 1);
}

/* A positive finite number as m times 2 to the power k, m within a cell of the table, from 1/sqrt(2) to
 * sqrt(2). */
struct reduced {
    const struct tg_math_log_cell *cell;
    double m, m_high; /* the first 32 bits of m: times c, exact */
    int k;
};

static inline struct reduced reduce(double x)
{
    struct reduced reduced = {.k = 0};
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        reduced.k = -54;
    }
    uint64_t bits = bits_from_double(x);
    unsigned cell = bits >> 45 & (TG_MATH_CELLS - 1);
    bool above = cell >= 53; /* mantissas from the square root of 2 on are halved: c is near 2/m there */
    reduced.k += (int)(bits >> 52) - 1023 + above;
    bits = (bits & UINT64_C(0xfffffffffffff)) | (uint64_t)(1023 - above) << 52;
    reduced.m = double_from_bits(bits);
    reduced.m_high = double_from_bits(bits & ~UINT64_C(0x1fffff));
    reduced.cell = &tg_math_log_cells[cell];
    return reduced;
}

/* The logarithm of a positive finite number, to about 65 bits. */
static struct pair log_pair(double x)
{
    struct reduced reduced = reduce(x);
    const struct tg_math_log_cell *t = reduced.cell;
    int k = reduced.k;
    struct pair r =
        sum(reduced.m_high * t->c - 1, (reduced.m - reduced.m_high) * t->c); /* m c - 1 without error */
    double d = r.high;
    double d_high = (float)d; /* its square is exact */
    double square_low = (d + d_high) * (d - d_high);
    /* |d| < 2^-6.9: ln(1 + d) = d - d^2/2 + tail, of which the first term left out is below 2^-72. */
    double tail =
        d * d * d *
        (1.0 / 3 -
         d * (1.0 / 4 - d * (1.0 / 5 - d * (1.0 / 6 - d * (1.0 / 7 - d * (1.0 / 8 - d * (1.0 / 9)))))));
    double whole = k * tg_math_ln2[0] + t->high; /* exact: both are multiples of 2^-42 below 2^10 */
    struct pair a = sum(whole, d);
    struct pair b = sum(a.high, -0.5 * (d_high * d_high));
    double low =
        a.low + b.low + (k * tg_math_ln2[1] + t->low) + (r.low - r.low * d) - 0.5 * square_low + tail;
    double high = b.high + low;
    return (struct pair){high, low - (high - b.high)};
}

double tg_log(double x)
{
    if (!(x > 0))
        return x == 0 ? -HUGE_VAL : NAN;
    if (x > 0x1.fffffffffffffp1023)
        return x;
    struct reduced reduced = reduce(x);
    const struct tg_math_log_cell *t = reduced.cell;
    double d = (reduced.m_high * t->c - 1) + (reduced.m - reduced.m_high) * t->c;
    /* The first term left out, d^9 / 9, is below 2^-58 of d. */
    double tail =
        d * d *
        (-1.0 / 2 +
         d * (1.0 / 3 - d * (1.0 / 4 - d * (1.0 / 5 - d * (1.0 / 6 - d * (1.0 / 7 - d * (1.0 / 8)))))));
    double whole = reduced.k * tg_math_ln2[0] + t->high;
    double low = reduced.k * tg_math_ln2[1] + t->low;
    return whole + (d + (tail + low));
}

double tg_log1p(double x)
{
    if (!(x > -1))
        return x == -1 ? -HUGE_VAL : NAN;
    if (x > 0x1.fffffffffffffp1023 || (x > -0x1p-54 && x < 0x1p-54))
        return x;
    struct pair s = sum(1, x);
    struct pair log = log_pair(s.high);
    return log.high + (log.low + s.low / s.high);
}

static double pow_of_special(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (!(x >= 0) || y != y)
        return NAN;
    if (x == 0 || isinf(x))
        return (x == 0) == (y > 0) ? 0 : HUGE_VAL;
    return (x < 1) == (y > 0) ? 0 : HUGE_VAL; /* y is infinite */
}

double tg_pow(double x, double y)
{
    if (!(x > 0) || isinf(x) || !isfinite(y) || y == 0)
        return pow_of_special(x, y);
    struct pair log = log_pair(x);
    double estimate = y * log.high;
    if (!(estimate >= -745.2))
        return 0;
    if (estimate > 709.79)
        return HUGE_VAL;
    if (estimate > -0x1p-60 && estimate < 0x1p-60)
        return 1 + estimate;
    struct pair p = product(y, log.high);
    return exp_pair(p.high, p.low + y * log.low, 0);
}

double tg_gamma(double x)
{
    if (!(x >= 1 && x <= 171))
        return NAN;
    double divisor = 1;
    for (; x < 16; x++)
        divisor *= x;
    /* The first term left out, 691/360360 x^-11, is below 2^-52 from 16 on. */
    double s = 1 / (x * x);
    double series = (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / x;
    static const double sqrt_two_pi = 0x1.40d931ff62706p1;
    /* x^x in two factors, so that neither overflows. */
    double half = tg_pow(x, 0.5 * x - 0.25);
    return sqrt_two_pi * half * (half * tg_exp(series - x)) / divisor;
}
