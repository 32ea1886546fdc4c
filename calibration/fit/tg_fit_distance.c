#include "tg_fit_distance.h"

#include <math.h>

static double total_of(const double *w, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += w ? w[i] : 1;
    return total;
}

double tg_fit_distance_ks(const double *p, const double *w, size_t n, double effective)
{
    double total = total_of(w, n), before = 0, distance = 0;
    for (size_t i = 0; i < n; i++) {
        double after = before + (w ? w[i] : 1) / total;
        distance = fmax(distance, fmax(p[i] - before, after - p[i]));
        before = after;
    }
    return sqrt(effective) * distance;
}

/* The integral of (a - F)^2 / (F (1 - F)) is a^2 ln F - (1 - a)^2 ln(1 - F) - F; between two neighbouring
 * values a, the share of the sample below, is constant. */
double tg_fit_distance_ad(const double *p, const double *w, size_t n, double effective)
{
    static const double least = 1e-12; /* a value where the law has none costs much, but not all */
    double total = total_of(w, n), a = 0, sum = 0, from = 0;
    for (size_t i = 0; i <= n; i++) {
        double to = i < n ? fmin(1 - least, fmax(least, p[i])) : 1;
        double logs = a > 0 ? a * a * (log(to) - log(fmax(from, least))) : 0;
        double others = a < 1 && i < n ? (1 - a) * (1 - a) * (log1p(-to) - log1p(-from)) : 0;
        sum += logs - others - (to - from);
        a = i < n ? fmin(1, a + (w ? w[i] : 1) / total) : 1;
        if (i + 1 == n)
            a = 1;
        from = to;
    }
    return effective * sum;
}
