/* tg_chain: small Markov chains in continuous time, solved without subtraction (Grassmann, Taksar and Heyman,
 * "Regenerative analysis and steady state distributions for Markov chains", Operations Research 33, 1985).
 *
 * Elimination that only adds, multiplies and divides positive numbers loses no digits, and plain arithmetic
 * gives the same bits everywhere, which GSL's solvers over an exchangeable BLAS do not promise: results of
 * these feed simulated draws.
 *
 * A generator is an n by n matrix in row order, rates[i * n + j] the rate from state i to j; the diagonal is
 * not read. Rates are finite and 0 or above, else TG_EINPUT. n is at most TG_CHAIN_MAX.
 */
#ifndef TG_CHAIN_H
#define TG_CHAIN_H

#include <stddef.h>

#include "tg_error.h"

enum { TG_CHAIN_MAX = 64 };

/* The stationary probabilities of a chain in which every state can be reached from every other; TG_EINPUT if
 * not. */
int tg_chain_stationary(const double *rates, size_t n, double *probabilities, struct tg_error *err);

/* Expected rewards until absorption: total[i] is the expectation, starting in state i, of the sum over the
 * time spent in each state j of reward[j] a unit of time (reward[j] >= 0). exits[i] is the rate of absorption
 * from state i. With reward 1 it is the mean time to absorption. TG_EINPUT where some state cannot reach
 * absorption. */
int tg_chain_reward(const double *rates, const double *exits, size_t n, const double *reward, double *total,
                    struct tg_error *err);

/* matrix = exp(generator * time), for time >= 0: matrix[i * n + j] is the probability of being in state j,
 * not yet absorbed, when starting in i. Here the diagonal is read: minus the whole rate of leaving.
 * Uniformization of a short step (Jensen 1953), then squaring: sums of positive terms alone. n is at most
 * TG_CHAIN_MAX. */
void tg_chain_transient(const double *generator, size_t n, double time, double *matrix);

#endif
