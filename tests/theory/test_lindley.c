/* The engine against Lindley's recursion on the same streams: equal to the picosecond, customer by customer.
 * No chance is involved, so there are no false alarms. */
#include "tg_lindley.h"
#include "tg_station.h"
#include "tg_test.h"

enum { CUSTOMERS = 1000000, ROOM = 1 << 24 };

struct law {
    const char *family;
    double parameters[6];
    size_t count;
};

/* Loads from light to above 1, ties (lattice laws), bursts, heavy tails, zero services. In microseconds. */
static const struct {
    const char *name;
    struct law gaps, services; /* gaps of no family: the MMPP below */
} cases[] = {
    {"M/M/1 at 0.9", {"exponential", {1}, 1}, {"exponential", {0.9}, 1}},
    {"M/M/1 at 1.01", {"exponential", {1}, 1}, {"exponential", {1.01}, 1}},
    {"D/D/1 full", {"constant", {1}, 1}, {"constant", {1}, 1}},
    {"lattice", {"discrete", {0, 1, 1, 2, 3, 1}, 6}, {"discrete", {0, 1, 1, 1, 2, 1}, 6}},
    {"lognormal, Weibull", {"lognormal", {0.5, 1.2}, 2}, {"weibull", {0.6, 0.5}, 2}},
    {"Pareto services", {"gamma", {0.3, 3}, 2}, {"pareto", {1.6, 0.2}, 2}},
    {"hyperexponential, uniform", {"hyperexponential", {0.9, 0.2, 0.1, 8}, 4}, {"uniform", {0, 1.6}, 2}},
    {"MMPP, Erlang", {0}, {"erlang", {3, 0.3}, 2}},
};

enum { FULL_DD1 = 2 };

static const double generator[] = {0, 1000, 5000, 0}, rates[] = {3e5, 4e6};

static struct tg_error err;

static void make_arrivals(const struct law *law, struct tg_arrivals *arrivals)
{
    struct tg_rng rng;
    struct tg_dist gap;
    if (law->family) {
        ck_assert_tg_ok(tg_dist_init(&gap, law->family, law->parameters, law->count, &err), err);
        ck_assert_tg_ok(tg_arrivals_init_renewal(arrivals, &gap, (double)TG_PS_PER_US, &err), err);
    } else {
        ck_assert_tg_ok(tg_arrivals_init_mmpp(arrivals, generator, rates, 2, &err), err);
    }
    tg_rng_seed(&rng, 7, 0, "arrivals");
    ck_assert_tg_ok(tg_arrivals_start(arrivals, 0, &rng, &err), err);
}

static void make_work(const struct law *law, struct tg_work *work)
{
    struct tg_dist service;
    ck_assert_tg_ok(tg_dist_init(&service, law->family, law->parameters, law->count, &err), err);
    ck_assert_tg_ok(tg_work_init(work, &service, (double)TG_PS_PER_US, &err), err);
}

struct comparison {
    struct tg_lindley oracle;
    uint64_t customers, unequal_waits, unequal_sojourns;
    tg_ps sojourns[2]; /* of the last two whose service began: what the oracle says */
};

static void compare_wait(struct tg_station *station, tg_ps waited)
{
    struct comparison *c = station->hooks.context;
    tg_lindley_next(&c->oracle);
    c->unequal_waits += waited != c->oracle.waited_ps;
    c->unequal_waits += tg_sim_now(station->sim) - waited != c->oracle.arrived_ps;
    c->sojourns[c->customers++ % 2] = c->oracle.waited_ps + c->oracle.service_ps;
}

static void compare_sojourn(struct tg_station *station, tg_ps arrived)
{
    struct comparison *c = station->hooks.context;
    tg_ps sojourn = tg_sim_now(station->sim) - arrived;
    c->unequal_sojourns += sojourn != c->sojourns[(tg_station_served(station) - 1) % 2];
}

/* A station that nobody watches takes another path through the code: its histogram must be the same. */
static void check_without_hooks(int i, const struct tg_station *watched)
{
    struct tg_arrivals arrivals;
    struct tg_work work;
    struct tg_sim sim;
    struct tg_station station;
    struct tg_rng rng;
    struct tg_station_plan plan = {.servers = 1, .room = ROOM};
    make_arrivals(&cases[i].gaps, &arrivals);
    make_work(&cases[i].services, &work);
    tg_rng_seed(&rng, 7, 0, "services");
    ck_assert_tg_ok(tg_sim_init(&sim, 2, &err), err);
    ck_assert_tg_ok(tg_station_init(&station, &sim, &plan, &work, &err), err);
    tg_station_start(&station, &rng);
    tg_station_feed(&station, &arrivals);
    station.stop_at = CUSTOMERS;
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    ck_assert_uint_eq(station.counts.delayed, watched->counts.delayed);
    ck_assert(station.sojourns.sum == watched->sojourns.sum);
    ck_assert_mem_eq(&station.sojourns.squares, &watched->sojourns.squares, sizeof station.sojourns.squares);
    ck_assert_int_eq(station.sojourns.max, watched->sojourns.max);
    tg_station_release(&station);
    tg_sim_release(&sim);
    tg_arrivals_release(&arrivals);
}

START_TEST(waits_are_those_of_the_recursion)
{
    static struct comparison c;
    struct tg_arrivals arrivals, arrivals_again;
    struct tg_work work, work_again;
    struct tg_sim sim;
    struct tg_station station;
    struct tg_rng rng;
    struct tg_station_plan plan = {
        .servers = 1,
        .room = ROOM,
        .hooks = {.began = compare_wait, .departed = compare_sojourn, .context = &c}};
    make_arrivals(&cases[_i].gaps, &arrivals);
    make_arrivals(&cases[_i].gaps, &arrivals_again);
    make_work(&cases[_i].services, &work);
    make_work(&cases[_i].services, &work_again);
    tg_rng_seed(&rng, 7, 0, "services");
    tg_work_start(&work_again, &rng);
    c.customers = c.unequal_waits = c.unequal_sojourns = 0;
    tg_lindley_init(&c.oracle, &arrivals_again, &work_again);
    ck_assert_tg_ok(tg_sim_init(&sim, 2, &err), err);
    ck_assert_tg_ok(tg_station_init(&station, &sim, &plan, &work, &err), err);
    tg_station_start(&station, &rng);
    tg_station_feed(&station, &arrivals);
    station.stop_at = CUSTOMERS;
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    ck_assert_uint_ge(c.customers, CUSTOMERS);
    ck_assert_uint_eq(c.unequal_waits, 0);
    ck_assert_uint_eq(c.unequal_sojourns, 0);
    check_without_hooks(_i, &station);
    ck_assert(_i == FULL_DD1 || station.counts.delayed > CUSTOMERS / 10);
    tg_station_release(&station);
    tg_sim_release(&sim);
    tg_work_release(&work_again);
    tg_arrivals_release(&arrivals);
    tg_arrivals_release(&arrivals_again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lindley");
    TCase *tcase = tcase_create("lindley");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, waits_are_those_of_the_recursion, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
