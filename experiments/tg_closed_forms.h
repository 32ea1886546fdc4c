/* tg_closed_forms: what queueing theory says, as numbers.
 *
 * Times are in any unit, rates in its inverse; waits exclude service, sojourns include it. Loads must be such
 * that the queue is stable, and counts at least 1 (asserted). Formulas are those of Kleinrock, "Queueing
 * Systems", volume 1 (1975), unless a line says otherwise.
 */
#ifndef TG_CLOSED_FORMS_H
#define TG_CLOSED_FORMS_H

#include <stddef.h>

#include "tg_error.h"

/* Erlang's loss formula: the fraction of customers that find all servers busy in M/G/c/c, offered in erlangs.
 */
double tg_erlang_b(double offered, unsigned servers);

/* Erlang's delay formula: the fraction of customers that wait in M/M/c; offered below servers. */
double tg_erlang_c(double offered, unsigned servers);

/* The mean wait in M/M/c. */
double tg_mmc_wait(double arrival_rate, double service_mean, unsigned servers);

/* The asymptotic variance of the mean sojourn in M/M/1, of n customers times n, in squared mean services:
 * from that of waits (Daley, "The serial correlation coefficients of waiting times in a stationary single
 * server queue", 1968) and the covariance of waits with services. */
double tg_mm1_sojourn_variance(double load);

/* M/M/1/K: the fraction of customers lost, and the mean number present. */
double tg_mm1k_loss(double load, unsigned room);
double tg_mm1k_number(double load, unsigned room);

/* The mean wait in M/G/1, by Pollaczek (1930) and Khinchine (1932). */
double tg_mg1_wait(double arrival_rate, double service_mean, double service_variance);

/* The mean sojourn of class 0 or 1 in M/M/1 with preemptive-resume priority of class 0 and one service law
 * for each class, exponential (volume 2, section 3.6). */
double tg_preemptive_sojourn(const double arrival_rates[2], const double service_means[2], int klass);

/* G/M/1: the root s in (0, 1) of s = A((1 - s) / service_mean), where A is the Laplace-Stieltjes transform of
 * the gaps. A customer waits with probability s; its sojourn is exponential with mean service_mean / (1 - s).
 */
int tg_gm1_root(double (*transform)(double at, const void *law), const void *law, double service_mean,
                double *root, struct tg_error *err);

/* MMPP/M/1: the mean sojourn, and the fraction of customers that wait, from the matrix-geometric solution
 * (Neuts, "Matrix-Geometric Solutions in Stochastic Models", 1981). n states, at most 64; generator in row
 * order, of which the diagonal is not read; an arrival rate for each state. */
int tg_mmpp_m1(const double *generator, const double *rates, size_t n, double service_mean, double *sojourn,
               double *delayed, struct tg_error *err);

/* The total arrival rates of the stations of an open Jackson network (1957): what comes from outside, and
 * routing in row order, routing[i * n + j] being the probability that a customer goes from i to j. */
int tg_jackson_rates(const double *outside, const double *routing, size_t n, double *rates,
                     struct tg_error *err);

#endif
