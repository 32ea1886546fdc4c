#include "tg_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

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

/* ln 2 in two parts; the first has 21 trailing zeros, so that its product with k is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33

double tg_exp(double x)
{
    if (!(x > -745.2))
        return x < 0 ? 0.0 : x; /* NaN stays NaN */
    if (x > 709.79)
        return HUGE_VAL;
    int k = (int)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH;
    double low = k * LN2_LOW;
    double r = high - low; /* |r| <= 0.3466 */
    /* The Taylor series to r^13: the first term left out is below 2^-57. */
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    double y = 1.0 + (high + (r * r * p - low));
    if (k < -1000)
        return y * power_of_two(k + 100) * 0x1p-100;
    if (k > 1022)
        return y * power_of_two(k - 1) * 2.0;
    return y * power_of_two(k);
}
