/* tg_station: customers queue before one or more servers, first come first served.
 *
 * Customers come from an arrival process that feeds the station (tg_station_feed), or are handed over by the
 * caller (tg_station_offer), say at another station's departures. A customer goes to an idle server at once,
 * else it waits. Its service time is drawn from tg_work when its service begins, so that customer n, of those
 * admitted, has draw n. Every sojourn, waiting and service in picoseconds, goes into a histogram; counts tell
 * the rest.
 *
 * Room. `room` bounds the customers present, in service or waiting. One more is lost and counted where
 * `lossy` is set (M/M/c/K, Erlang's loss system); otherwise the room stands for an infinite one, and to reach
 * it fails the simulation with TG_ELIMIT. A waiting place takes 8 bytes.
 *
 * Order. Departures fire before arrivals of the same instant, departures of one instant in the order in which
 * their services began. The calendar must hold servers + 1 events for each station.
 *
 * Hooks, any of which may be NULL: `began` when a service begins, with the time the customer waited, and
 * `departed` when a departure is booked and the server has its next customer, with the time of the customer's
 * arrival. They are given once, in the plan. `departed` may offer customers to any station; `began` may offer
 * none to its own. Both may stop the simulation.
 *
 * Checks. tg_station_check() compares the counts, and in builds with assertions Little's law over the whole
 * time since the last tg_station_forget(), which holds to the picosecond. Nothing allocates after init.
 */
#ifndef TG_STATION_H
#define TG_STATION_H

#include "tg_arrivals.h"
#include "tg_hist.h"
#include "tg_sim.h"
#include "tg_work.h"

enum {
    TG_STATION_DEPARTURE_PRIORITY = 4,
    TG_STATION_ARRIVAL_PRIORITY = 8,
    TG_STATION_SERVERS_MAX = 1 << 20,
};

struct tg_station;

struct tg_station_hooks {
    void (*began)(struct tg_station *station, tg_ps waited_ps);
    void (*departed)(struct tg_station *station, tg_ps arrived_ps);
    void *context;
};

struct tg_station_plan {
    uint32_t servers; /* 1 to TG_STATION_SERVERS_MAX */
    uint64_t room;    /* customers, at least `servers`, at most 2^32 */
    bool lossy;
    struct tg_station_hooks hooks;
};

struct tg_station_counts {
    uint64_t offered, lost;
    uint64_t delayed; /* had to wait before their service, which has begun */
    uint64_t carried; /* present when counting began */
};

struct tg_station_server {
    struct tg_station *station;
    tg_ps arrived_ps; /* of the customer in service; -1: idle */
    struct tg_station_server *next_idle;
};

struct tg_station {
    struct tg_sim *sim;
    struct tg_arrivals *arrivals; /* borrowed */
    struct tg_work work;          /* owned */
    struct tg_hist sojourns;      /* owned; its count is that of customers served */
    struct tg_station_counts counts;
    uint64_t stop_at; /* stops the simulation at this many served; 0: never. The caller may set it */
    tg_ps next_arrival_ps, next_service_ps; /* drawn one ahead, off the path that the next event waits for */
    uint64_t present, room;
    bool lossy;
    struct tg_station_server *idle; /* list */
    tg_ps *waiting;                 /* owned: ring of times of arrival */
    uint64_t waiting_first, waiting_end, waiting_mask;
    struct tg_station_hooks hooks;
    struct tg_station_server *servers; /* owned, or &first */
    struct tg_station_server first;
    uint32_t server_count;
    bool lone; /* one server, no hooks */
    /* For Little's law; kept up in builds with assertions alone. */
    __int128 present_area_ps, sojourn_area_ps;
    tg_ps changed_ps, forgotten_ps;
};

/* Takes the work over: it is moved or, on failure, released. TG_EINPUT for a plan out of range, TG_ENOMEM. */
int tg_station_init(struct tg_station *station, struct tg_sim *sim, const struct tg_station_plan *plan,
                    struct tg_work *work, struct tg_error *err);
void tg_station_release(struct tg_station *station);

/* Empty, counts at zero, services drawn from a copy of the stream; for a simulation at time 0. */
void tg_station_start(struct tg_station *station, const struct tg_rng *service);

/* Customers will come as the process says, which must have been started, and which the station borrows. One
 * process a station. */
void tg_station_feed(struct tg_station *station, struct tg_arrivals *arrivals);

/* A customer arrives now. */
void tg_station_offer(struct tg_station *station);

static inline uint64_t tg_station_served(const struct tg_station *station)
{
    return station->sojourns.count;
}

/* Forgets histogram and counts at the end of a warm-up; customers present stay. */
void tg_station_forget(struct tg_station *station);

/* TG_EBUG where an invariant is broken. */
int tg_station_check(const struct tg_station *station, struct tg_error *err);

#endif
