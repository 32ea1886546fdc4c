/* Networks: two stations in tandem, and an open Jackson network with feedback. */
#include <math.h>
#include <stdlib.h>

#include "tg_closed_forms.h"
#include "tg_theory_queue.h"

enum { STATIONS = 3, RING = 1 << 16, ROOM = 1 << 16, WARM_UP = 20000, CUSTOMERS = 200000 };

struct network {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station stations[STATIONS];
    struct tg_rng routes;
    uint64_t left;                /* customers that have left the network */
    struct tg_welford through_us; /* tandem: whole times in the network */
    uint64_t entered;
    tg_ps entered_ps[RING]; /* tandem: when customers came, in order, which both stations keep */
};

static void release(struct network *n)
{
    for (int i = 0; i < STATIONS; i++) {
        if (n->stations[i].sim)
            tg_station_release(&n->stations[i]);
    }
    tg_arrivals_release(&n->arrivals);
    tg_sim_release(&n->sim);
    free(n);
}

struct station_row {
    const char *stream;
    uint32_t servers;
    struct tg_theory_law services;
};

static int make(const struct station_row *rows, size_t count, void (*departed)(struct tg_station *, tg_ps),
                double rate_per_us, struct network **out, struct tg_error *err)
{
    struct network *n = *out = calloc(1, sizeof *n);
    if (!n)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a network");
    int rc = tg_sim_init(&n->sim, 16, err);
    if (!rc)
        rc = tg_arrivals_init_poisson(&n->arrivals, rate_per_us * 1e6, err);
    for (size_t i = 0; !rc && i < count; i++) {
        struct tg_station_plan plan = {
            .servers = rows[i].servers, .room = ROOM, .hooks = {.departed = departed, .context = n}};
        rc = tg_theory_station(&n->stations[i], &n->sim, &plan, &rows[i].services, err);
    }
    if (rc)
        release(n);
    return rc;
}

static void forget(struct network *n)
{
    n->through_us = (struct tg_welford){0};
    for (int i = 0; i < STATIONS; i++) {
        if (n->stations[i].sim)
            tg_station_forget(&n->stations[i]);
    }
}

/* After a customer has left the network: the warm-up ends, or the run. */
static void count_left(struct network *n)
{
    n->left++;
    if (n->left == WARM_UP || n->left == WARM_UP + CUSTOMERS)
        tg_sim_stop(&n->sim);
}

static int run_network(struct network *n, const struct station_row *rows, size_t count, uint64_t seed,
                       uint64_t replication, struct tg_error *err)
{
    struct tg_rng rng;
    for (size_t i = 0; i < count; i++) {
        tg_rng_seed(&rng, seed, replication, rows[i].stream);
        tg_station_start(&n->stations[i], &rng);
    }
    tg_rng_seed(&n->routes, seed, replication, "routes");
    tg_rng_seed(&rng, seed, replication, "arrivals");
    int rc = tg_arrivals_start(&n->arrivals, 0, &rng, err);
    if (rc)
        return rc;
    tg_station_feed(&n->stations[0], &n->arrivals);
    rc = tg_sim_run(&n->sim, TG_PS_MAX, err);
    forget(n);
    if (!rc)
        rc = tg_sim_run(&n->sim, TG_PS_MAX, err);
    for (size_t i = 0; !rc && i < count; i++)
        rc = tg_station_check(&n->stations[i], err);
    return rc;
}

/* Tandem: arrivals of 0.7 per us; the sojourns at the two stations are independent (Reich 1957). */
#define TANDEM_RATE 0.7
#define TANDEM_SECOND 0.8

static const struct station_row tandem_rows[] = {
    {"first services", 1, {"exponential", {1}, 1}},
    {"second services", 1, {"exponential", {TANDEM_SECOND}, 1}},
};

static void tandem_departed(struct tg_station *station, tg_ps arrived_ps)
{
    struct network *n = station->hooks.context;
    if (station == &n->stations[0]) {
        n->entered_ps[n->entered++ % RING] = arrived_ps;
        tg_station_offer(&n->stations[1]);
        return;
    }
    tg_welford_add(&n->through_us, tg_us_from_ps(tg_sim_now(&n->sim) - n->entered_ps[n->left % RING]));
    count_left(n);
}

static int tandem_replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication,
                            double *values, struct tg_error *err)
{
    struct network *n;
    (void)model;
    int rc = make(tandem_rows, 2, tandem_departed, TANDEM_RATE, &n, err);
    if (rc)
        return rc;
    rc = run_network(n, tandem_rows, 2, seed, replication, err);
    values[0] = tg_theory_mean(&n->stations[0]);
    values[1] = tg_theory_mean(&n->stations[1]);
    values[2] = n->through_us.mean;
    values[3] = tg_welford_stddev(&n->through_us);
    release(n);
    return rc;
}

static int tandem_expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    (void)model, (void)err;
    values[0] = 1 / (1 - TANDEM_RATE);
    values[1] = 1 / (1 / TANDEM_SECOND - TANDEM_RATE);
    values[2] = values[0] + values[1];
    values[3] = sqrt(values[0] * values[0] + values[1] * values[1]);
    return TG_OK;
}

const struct tg_theory_model tg_theory_tandem = {
    .name = "tandem",
    .title = "two M/M/1 in tandem at loads 0.7 and 0.56",
    .quantities = {{"first_sojourn_mean", "us"},
                   {"second_sojourn_mean", "us"},
                   {"through_mean", "us"},
                   {"through_deviation", "us"}},
    .replications = 40,
    .expect = tandem_expect,
    .replicate = tandem_replicate,
};

/* Jackson: a front (2 servers) passes customers to one of two back stations, which may send them to each
 * other or back to the front. */
#define JACKSON_RATE 0.5

static const double jackson_outside[STATIONS] = {JACKSON_RATE, 0, 0};
static const double jackson_routing[STATIONS * STATIONS] = {0, 0.6, 0.3, 0.25, 0, 0.25, 0.5, 0, 0};
static const struct station_row jackson_rows[STATIONS] = {
    {"front services", 2, {"exponential", {1.6}, 1}},
    {"left services", 1, {"exponential", {1.3}, 1}},
    {"right services", 1, {"exponential", {1.2}, 1}},
};

static void jackson_departed(struct tg_station *station, tg_ps arrived_ps)
{
    struct network *n = station->hooks.context;
    const double *routing = jackson_routing + STATIONS * (station - n->stations);
    double u = tg_rng_unit(&n->routes);
    (void)arrived_ps;
    for (int to = 0; to < STATIONS; to++) {
        if (u < routing[to]) {
            tg_station_offer(&n->stations[to]);
            return;
        }
        u -= routing[to];
    }
    count_left(n);
}

static int jackson_replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication,
                             double *values, struct tg_error *err)
{
    struct network *n;
    (void)model;
    int rc = make(jackson_rows, STATIONS, jackson_departed, JACKSON_RATE, &n, err);
    if (rc)
        return rc;
    rc = run_network(n, jackson_rows, STATIONS, seed, replication, err);
    for (int i = 0; i < STATIONS; i++)
        values[i] = tg_theory_mean(&n->stations[i]);
    release(n);
    return rc;
}

/* Each station is as if alone, M/M/c. */
static int jackson_expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    double rates[STATIONS];
    (void)model;
    int rc = tg_jackson_rates(jackson_outside, jackson_routing, STATIONS, rates, err);
    for (int i = 0; !rc && i < STATIONS; i++) {
        double service = jackson_rows[i].services.parameters[0];
        values[i] = service + tg_mmc_wait(rates[i], service, jackson_rows[i].servers);
    }
    return rc;
}

const struct tg_theory_model tg_theory_jackson = {
    .name = "jackson",
    .title = "a Jackson network of 3 stations with feedback",
    .quantities = {{"front_sojourn_mean", "us"}, {"left_sojourn_mean", "us"}, {"right_sojourn_mean", "us"}},
    .replications = 40,
    .expect = jackson_expect,
    .replicate = jackson_replicate,
};
