#include "tg_golden.h"

#include <math.h>

double tg_golden(double (*f)(double x, void *opaque), void *opaque, const double *points, size_t n,
                 double tolerance, double *least)
{
    static const double ratio = 0.61803398874989484820;
    size_t best = 0;
    *least = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        double value = f(points[i], opaque);
        if (value < *least) {
            *least = value;
            best = i;
        }
    }
    double x = points[best], a = points[best ? best - 1 : 0], b = points[best + 1 < n ? best + 1 : n - 1];
    double c = b - ratio * (b - a), d = a + ratio * (b - a), fc = f(c, opaque), fd = f(d, opaque);
    double width = tolerance * (b - a);
    while (b - a > width) {
        if (fc < fd) {
            b = d;
            d = c;
            fd = fc;
            c = b - ratio * (b - a);
            fc = f(c, opaque);
        } else {
            a = c;
            c = d;
            fc = fd;
            d = a + ratio * (b - a);
            fd = f(d, opaque);
        }
    }
    double value = fc < fd ? fc : fd, place = fc < fd ? c : d;
    if (value < *least) {
        *least = value;
        x = place;
    }
    return x;
}
