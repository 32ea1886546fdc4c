#include "tg_station.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t ring_size(uint64_t places)
{
    uint64_t size = 1;
    while (size < places)
        size *= 2;
    return size;
}

static int check_plan(const struct tg_station_plan *plan, struct tg_error *err)
{
    if (plan->servers < 1 || plan->servers > TG_STATION_SERVERS_MAX)
        return tg_error_set(err, TG_EINPUT, "a station has 1 to %d servers, not %" PRIu32,
                            TG_STATION_SERVERS_MAX, plan->servers);
    if (plan->room < plan->servers || plan->room > UINT64_C(1) << 32)
        return tg_error_set(err, TG_EINPUT,
                            "a station of %" PRIu32
                            " servers has room for as many to 2^32 customers, not %" PRIu64,
                            plan->servers, plan->room);
    return TG_OK;
}

static int allocate(struct tg_station *s, struct tg_error *err)
{
    uint64_t size = ring_size(s->room - s->server_count);
    s->waiting_mask = size - 1;
    s->waiting = malloc(size * sizeof *s->waiting);
    s->servers = s->server_count == 1 ? &s->first : malloc(s->server_count * sizeof *s->servers);
    if (!s->waiting || !s->servers)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a station with room for %" PRIu64 " customers",
                            s->room);
    return tg_hist_init(&s->sojourns, TG_HIST_BITS, err);
}

int tg_station_init(struct tg_station *s, struct tg_sim *sim, const struct tg_station_plan *plan,
                    struct tg_work *work, struct tg_error *err)
{
    *s = (struct tg_station){.sim = sim, .work = *work, .room = plan->room, .lossy = plan->lossy};
    *work = (struct tg_work){0};
    s->hooks = plan->hooks;
    s->server_count = plan->servers;
    int rc = check_plan(plan, err);
    if (!rc)
        rc = allocate(s, err);
    if (rc) {
        tg_station_release(s);
        return rc;
    }
    tg_station_start(s, &(struct tg_rng){{1, 2, 3, 4}});
    return TG_OK;
}

void tg_station_release(struct tg_station *s)
{
    free(s->waiting);
    if (s->servers != &s->first)
        free(s->servers);
    tg_work_release(&s->work);
    tg_hist_release(&s->sojourns);
    *s = (struct tg_station){0};
}

void tg_station_start(struct tg_station *s, const struct tg_rng *service)
{
    tg_work_start(&s->work, service);
    s->next_service_ps = tg_work_next(&s->work);
    s->arrivals = NULL;
    s->present = s->waiting_first = s->waiting_end = 0;
    s->idle = NULL;
    for (uint32_t i = s->server_count; i-- > 0;) {
        s->servers[i] = (struct tg_station_server){.station = s, .arrived_ps = -1, .next_idle = s->idle};
        s->idle = &s->servers[i];
    }
    s->lone = s->server_count == 1 && !s->hooks.began && !s->hooks.departed;
    tg_station_forget(s);
}

/* Books the time since the number present last changed. */
static inline void book_present(struct tg_station *s, tg_ps now)
{
#ifndef NDEBUG
    s->present_area_ps += (__int128)s->present * (now - s->changed_ps);
    s->changed_ps = now;
#else
    (void)s, (void)now;
#endif
}

static inline void book_sojourn(struct tg_station *s, tg_ps arrived, tg_ps now)
{
#ifndef NDEBUG
    s->sojourn_area_ps += now - (arrived > s->forgotten_ps ? arrived : s->forgotten_ps);
#else
    (void)s, (void)arrived, (void)now;
#endif
}

void tg_station_forget(struct tg_station *s)
{
    tg_hist_reset(&s->sojourns);
    s->counts = (struct tg_station_counts){.carried = s->present};
    s->changed_ps = s->forgotten_ps = tg_sim_now(s->sim);
    s->present_area_ps = s->sojourn_area_ps = 0;
}

/* Event functions book, draw and do whatever else there is first, and schedule last: which of the pending
 * events comes next is what a processor cannot guess, and the less stands between the insertion and the next
 * event, the less it has to throw away. */

static void on_departure(struct tg_sim *sim, void *object);
static void on_lone_departure(struct tg_sim *sim, void *object);

/* A server takes a customer: when its service will end. */
static inline tg_ps take_customer(struct tg_station *s, struct tg_station_server *server, tg_ps arrived,
                                  tg_ps now)
{
    tg_ps end;
    if (__builtin_expect(__builtin_add_overflow(now, s->next_service_ps, &end), 0))
        end = TG_PS_MAX;
    server->arrived_ps = arrived;
    s->next_service_ps = tg_work_next(&s->work);
    return end;
}

static inline tg_ps next_waiting(struct tg_station *s)
{
    s->counts.delayed++;
    return s->waiting[s->waiting_first++ & s->waiting_mask];
}

static inline void book_departure(struct tg_sim *sim, struct tg_station *s, tg_ps arrived, tg_ps now)
{
    book_present(s, now);
    book_sojourn(s, arrived, now);
    s->present--;
    tg_hist_record(&s->sojourns, now - arrived);
    if (__builtin_expect(s->sojourns.count == s->stop_at, 0))
        tg_sim_stop(sim);
}

static inline void rest(struct tg_station *s, struct tg_station_server *server)
{
    server->arrived_ps = -1;
    server->next_idle = s->idle;
    s->idle = server;
}

static void on_departure(struct tg_sim *sim, void *object)
{
    struct tg_station_server *server = object;
    struct tg_station *s = server->station;
    tg_ps now = tg_sim_now(sim), arrived = server->arrived_ps;
    book_departure(sim, s, arrived, now);
    if (s->waiting_first != s->waiting_end) {
        tg_ps next = next_waiting(s), end = take_customer(s, server, next, now);
        tg_sim_schedule(sim, end, TG_STATION_DEPARTURE_PRIORITY, on_departure, server);
        if (s->hooks.began)
            s->hooks.began(s, now - next);
    } else {
        rest(s, server);
    }
    if (s->hooks.departed)
        s->hooks.departed(s, arrived);
}

/* The same for a station of one server and no hooks: the server is found without another load. */
static void on_lone_departure(struct tg_sim *sim, void *object)
{
    struct tg_station *s = object;
    tg_ps now = tg_sim_now(sim);
    book_departure(sim, s, s->first.arrived_ps, now);
    if (s->waiting_first != s->waiting_end) {
        tg_ps end = take_customer(s, &s->first, next_waiting(s), now);
        tg_sim_schedule(sim, end, TG_STATION_DEPARTURE_PRIORITY, on_lone_departure, s);
    } else {
        rest(s, &s->first);
    }
}

static void refuse(struct tg_station *s)
{
    s->counts.lost++;
    if (!s->lossy)
        tg_sim_fail(s->sim, TG_ELIMIT, "more customers at a station than it has room for");
}

static void begin_at_once(struct tg_sim *sim, struct tg_station *s, struct tg_station_server *server,
                          tg_ps now)
{
    s->idle = server->next_idle;
    tg_ps end = take_customer(s, server, now, now);
    if (s->lone)
        tg_sim_schedule(sim, end, TG_STATION_DEPARTURE_PRIORITY, on_lone_departure, s);
    else
        tg_sim_schedule(sim, end, TG_STATION_DEPARTURE_PRIORITY, on_departure, server);
    if (s->hooks.began)
        s->hooks.began(s, 0);
}

static inline void admit(struct tg_sim *sim, struct tg_station *s, tg_ps now)
{
    s->counts.offered++;
    if (__builtin_expect(s->present == s->room, 0)) {
        refuse(s);
        return;
    }
    book_present(s, now);
    s->present++;
    if (s->idle)
        begin_at_once(sim, s, s->idle, now);
    else
        s->waiting[s->waiting_end++ & s->waiting_mask] = now;
}

void tg_station_offer(struct tg_station *s)
{
    admit(s->sim, s, tg_sim_now(s->sim));
}

static void on_arrival(struct tg_sim *sim, void *object)
{
    struct tg_station *s = object;
    tg_ps next = s->next_arrival_ps;
    s->next_arrival_ps = tg_arrivals_next(s->arrivals);
    admit(sim, s, tg_sim_now(sim));
    if (__builtin_expect(next != TG_PS_MAX, 1))
        tg_sim_schedule(sim, next, TG_STATION_ARRIVAL_PRIORITY, on_arrival, s);
}

void tg_station_feed(struct tg_station *s, struct tg_arrivals *arrivals)
{
    assert(!s->arrivals);
    s->arrivals = arrivals;
    tg_ps first = tg_arrivals_next(arrivals);
    if (first != TG_PS_MAX)
        tg_sim_schedule(s->sim, first, TG_STATION_ARRIVAL_PRIORITY, on_arrival, s);
    s->next_arrival_ps = tg_arrivals_next(arrivals);
}

#ifndef NDEBUG
/* The sojourns so far of those present. */
static __int128 sojourns_under_way(const struct tg_station *s, tg_ps now)
{
    __int128 area = 0;
    for (uint32_t i = 0; i < s->server_count; i++) {
        tg_ps arrived = s->servers[i].arrived_ps;
        if (arrived >= 0)
            area += now - (arrived > s->forgotten_ps ? arrived : s->forgotten_ps);
    }
    for (uint64_t i = s->waiting_first; i != s->waiting_end; i++) {
        tg_ps arrived = s->waiting[i & s->waiting_mask];
        area += now - (arrived > s->forgotten_ps ? arrived : s->forgotten_ps);
    }
    return area;
}

static int check_little(const struct tg_station *s, struct tg_error *err)
{
    tg_ps now = tg_sim_now(s->sim);
    __int128 present = s->present_area_ps + (__int128)s->present * (now - s->changed_ps);
    if (present == s->sojourn_area_ps + sojourns_under_way(s, now))
        return TG_OK;
    return tg_error_set(err, TG_EBUG, "a station breaks Little's law over %.9f s",
                        tg_s_from_ps(now - s->forgotten_ps));
}
#else
static int check_little(const struct tg_station *s, struct tg_error *err)
{
    (void)s, (void)err;
    return TG_OK;
}
#endif

int tg_station_check(const struct tg_station *s, struct tg_error *err)
{
    const struct tg_station_counts *c = &s->counts;
    uint64_t served = tg_station_served(s);
    if (c->carried + c->offered != c->lost + served + s->present)
        return tg_error_set(err, TG_EBUG,
                            "a station has lost count: %" PRIu64 " carried and %" PRIu64 " offered, %" PRIu64
                            " lost, %" PRIu64 " served, %" PRIu64 " present",
                            c->carried, c->offered, c->lost, served, s->present);
    return check_little(s, err);
}
