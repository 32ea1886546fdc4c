/* tg_math: elementary functions whose results are the same bits everywhere.
 *
 * The C library picks among variants of exp(), log() and pow() by processor, and they differ in the last bit.
 * What feeds a simulated result calls these instead: plain IEEE double arithmetic rounded to nearest (+ - * /
 * only, no fused multiply-add), so that a draw is the same bits on any compiler and machine.
 *
 * The method is reduction by a table (Tang, "Table-driven implementation of the exponential function in IEEE
 * floating-point arithmetic", ACM TOMS 15, 1989, and "... of the logarithm function", TOMS 16, 1990), with
 * logarithms carried to about 65 bits in two doubles. The tables are printed by math_tables.py. Error bounds
 * below are in units in the last place (ulp) of a normal result, and are tested against the C library in long
 * double.
 */
#ifndef TG_MATH_H
#define TG_MATH_H

/* e to the power x, within 0.52 ulp; 0 below -745.2, infinity above 709.79. */
double tg_exp(double x);

/* e to the power x, less 1, within 1.25 ulp. */
double tg_expm1(double x);

/* The natural logarithm, within 1 ulp; -infinity at 0, NaN below. */
double tg_log(double x);

/* The natural logarithm of 1 + x, within 0.75 ulp. */
double tg_log1p(double x);

/* x to the power y for x >= 0, within 0.6 ulp; NaN for x < 0 whatever y is. */
double tg_pow(double x, double y);

/* The gamma function for x from 1 to 171, within 500 ulp, by Stirling's series. */
double tg_gamma(double x);

#endif
