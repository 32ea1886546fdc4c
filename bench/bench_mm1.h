/* bench_mm1: events a second of M/M/1 at load 0.9, two events a customer, by the engine's public interface
 * and by its rivals. Seconds are CPU time of the thread. Each function also gives the mean sojourn it found,
 * in mean services (10 by theory), so that no work can be left out unnoticed.
 */
#ifndef BENCH_MM1_H
#define BENCH_MM1_H

#include <stdint.h>

#include "tg_error.h"

struct bench_mm1 {
    double per_s;
    double sojourn;
};

/* Calendar, station, arrival process, histogram of every sojourn. */
int bench_mm1_engine(uint64_t customers, struct bench_mm1 *result, struct tg_error *err);

/* The least a calendar can be: two doubles, when the next arrival and the next departure are due. Same
 * generator, same ziggurat, the sojourn by Little's law from the area under the number present; no queue, no
 * histogram. */
void bench_mm1_two_slot(uint64_t customers, struct bench_mm1 *result);

/* Lindley's recursion in doubles with the same generator and ziggurat: customers (not events) a second. */
void bench_mm1_lindley(uint64_t customers, struct bench_mm1 *result);

/* SimPy in a process of its own; NaN where it is not installed. */
void bench_mm1_simpy(uint64_t customers, struct bench_mm1 *result);

#endif
