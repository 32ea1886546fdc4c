/* tg_sim: one simulation: its calendar, its clock, and how it ends.
 *
 * Everything a simulation touches hangs from this struct; there is no global state, so that any number of
 * simulations run side by side in threads. Objects that schedule events (CPUs, stations, clients) keep a
 * pointer to it and are passed to their event functions as `object`.
 *
 * A failure inside an event (a limit reached) is recorded once, with the simulated time, and ends the run.
 */
#ifndef TG_SIM_H
#define TG_SIM_H

#include "tg_calendar.h"

struct tg_sim {
    struct tg_calendar calendar;
    bool stopped;
    struct tg_error failure; /* code TG_OK while all is well */
};

/* capacity: the largest number of events pending. */
int tg_sim_init(struct tg_sim *sim, size_t capacity, struct tg_error *err);
void tg_sim_release(struct tg_sim *sim);

/* Back to time zero with nothing pending. */
void tg_sim_reset(struct tg_sim *sim);

/* Fires all events up to and including time `until`, or until an event calls tg_sim_stop. Returns the
 * failure's code if an event failed. The clock ends at the last event fired. */
int tg_sim_run(struct tg_sim *sim, tg_ps until, struct tg_error *err);

static inline void tg_sim_stop(struct tg_sim *sim)
{
    sim->stopped = true;
}

static inline tg_ps tg_sim_now(const struct tg_sim *sim)
{
    return tg_calendar_now(&sim->calendar);
}

/* Records the first failure and ends the run; `what` names the limit. */
void tg_sim_fail(struct tg_sim *sim, enum tg_code code, const char *what);

/* Schedules fn(sim, object). On a full calendar the simulation fails and the handle is 0. */
static inline tg_event tg_sim_schedule(struct tg_sim *sim, tg_ps when, unsigned priority, tg_event_fn *fn,
                                       void *object)
{
    tg_event event = tg_calendar_schedule(&sim->calendar, when, priority, fn, object);
    if (__builtin_expect(!event, 0))
        tg_sim_fail(sim, TG_ELIMIT, "more events pending than the calendar holds");
    return event;
}

static inline tg_event tg_sim_after(struct tg_sim *sim, tg_ps delay, unsigned priority, tg_event_fn *fn,
                                    void *object)
{
    return tg_sim_schedule(sim, tg_sim_now(sim) + delay, priority, fn, object);
}

static inline bool tg_sim_cancel(struct tg_sim *sim, tg_event event)
{
    return tg_calendar_cancel(&sim->calendar, event);
}

#endif
