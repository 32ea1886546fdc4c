/* tg_math: elementary functions whose results are the same bits everywhere.
 *
 * The C library picks among variants of exp() and log() by processor, and they differ in the last bit. What
 * feeds a simulated result calls these instead: plain IEEE double arithmetic (+ - * / only, no fused
 * multiply-add, no dependence on rounding modes), so that a draw is the same bits on any compiler and
 * machine.
 *
 * Errors are stated in units in the last place of the result (ulp), found by comparison with the C library.
 */
#ifndef TG_MATH_H
#define TG_MATH_H

/* e to the power x; error below 1 ulp for normal results; 0 below -745.2, infinity above 709.79. */
double tg_exp(double x);

#endif
