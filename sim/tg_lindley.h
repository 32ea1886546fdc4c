/* tg_lindley: the waiting times of a first-come-first-served station with one server and infinite room, by
 * the recursion of Lindley ("The theory of queues with a single server", 1952): W' = max(0, W + S - A), in
 * whole picoseconds, without calendar, events or queue.
 *
 * It draws from the same arrival process and work as a tg_station would, so that on equal streams the two
 * must agree customer by customer, to the picosecond: it is the oracle of the engine. It borrows both, which
 * must have been started, and advances them. Customers are asked for in the order of their arrival.
 */
#ifndef TG_LINDLEY_H
#define TG_LINDLEY_H

#include "tg_arrivals.h"
#include "tg_work.h"

struct tg_lindley {
    struct tg_arrivals *arrivals; /* borrowed */
    struct tg_work *work;         /* borrowed */
    tg_ps arrived_ps;             /* of the last customer */
    tg_ps waited_ps;
    tg_ps service_ps;
};

static inline void tg_lindley_init(struct tg_lindley *l, struct tg_arrivals *arrivals, struct tg_work *work)
{
    *l = (struct tg_lindley){.arrivals = arrivals, .work = work};
}

/* Moves on to the next customer: arrived_ps, waited_ps, service_ps are its. False after the last. */
static inline bool tg_lindley_next(struct tg_lindley *l)
{
    tg_ps arrives = tg_arrivals_next(l->arrivals);
    if (__builtin_expect(arrives == TG_PS_MAX, 0))
        return false;
    tg_ps waits = l->waited_ps + l->service_ps - (arrives - l->arrived_ps);
    l->arrived_ps = arrives;
    l->waited_ps = waits > 0 ? waits : 0;
    l->service_ps = tg_work_next(l->work);
    return true;
}

#endif
