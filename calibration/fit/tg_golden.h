/* tg_golden: the least value of a function of one variable that may be infinite in places. Private to fit/.
 */
#ifndef TG_GOLDEN_H
#define TG_GOLDEN_H

#include <stddef.h>

/* Looks at n >= 3 ascending points, then closes in around the best by golden section until the bracket is
 * `tolerance` of its first width. Returns the place; *least is the value there. Unlike GSL's minimizers it
 * needs no finite bracket to start from. */
double tg_golden(double (*f)(double x, void *opaque), void *opaque, const double *points, size_t n,
                 double tolerance, double *least);

#endif
