/* The station, on arrivals and services so few that its course can be written down. */
#include "tg_station.h"

#include <string.h>

#include "tg_test.h"

static struct tg_error err;
static struct tg_sim sim;
static struct tg_station station;
static struct tg_arrivals arrivals;

enum { EVENTS_MAX = 32 };
static struct {
    tg_ps at, value;
} began[EVENTS_MAX], departed[EVENTS_MAX];
static size_t began_count, departed_count;

static void on_began(struct tg_station *s, tg_ps waited)
{
    ck_assert_uint_lt(began_count, EVENTS_MAX);
    began[began_count].at = tg_sim_now(s->sim);
    began[began_count++].value = waited;
}

static void on_departed(struct tg_station *s, tg_ps arrived)
{
    ck_assert_uint_lt(departed_count, EVENTS_MAX);
    departed[departed_count].at = tg_sim_now(s->sim);
    departed[departed_count++].value = arrived;
}

static void make_work(struct tg_work *work, const char *family, double a, double b, size_t n)
{
    struct tg_dist law;
    ck_assert_tg_ok(tg_dist_init(&law, family, (const double[]){a, b}, n, &err), err);
    ck_assert_tg_ok(tg_work_init(work, &law, 1, &err), err);
}

static void (*departed_hook)(struct tg_station *, tg_ps) = on_departed;

static void setup(uint32_t servers, uint64_t room, bool lossy, double service_ps)
{
    struct tg_work work;
    struct tg_station_plan plan = {.servers = servers,
                                   .room = room,
                                   .lossy = lossy,
                                   .hooks = {.began = on_began, .departed = departed_hook}};
    make_work(&work, "constant", service_ps, 0, 1);
    ck_assert_tg_ok(tg_sim_init(&sim, servers + 1, &err), err);
    ck_assert_tg_ok(tg_station_init(&station, &sim, &plan, &work, &err), err);
    began_count = departed_count = 0;
}

static void feed(const tg_ps *times, size_t n)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, "arrivals");
    ck_assert_tg_ok(tg_arrivals_init_log(&arrivals, times, n, TG_PS_PER_S, false, &err), err);
    ck_assert_tg_ok(tg_arrivals_start(&arrivals, 0, &rng, &err), err);
    tg_station_feed(&station, &arrivals);
}

static void teardown(void)
{
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    tg_station_release(&station);
    tg_arrivals_release(&arrivals);
    tg_sim_release(&sim);
}

START_TEST(one_server_serves_in_order)
{
    static const tg_ps times[] = {5, 6, 8, 40};
    setup(1, 10, false, 10);
    feed(times, 4);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    static const tg_ps waited[] = {0, 9, 17, 0}, ends[] = {15, 25, 35, 50};
    ck_assert_uint_eq(departed_count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(began[i].value, waited[i]);
        ck_assert_int_eq(departed[i].at, ends[i]);
        ck_assert_int_eq(departed[i].value, times[i]);
    }
    ck_assert_uint_eq(station.counts.delayed, 2);
    ck_assert_uint_eq(tg_station_served(&station), 4);
    ck_assert_int_eq(tg_hist_max(&station.sojourns), 27);
    ck_assert_double_eq(tg_hist_mean(&station.sojourns), (10 + 19 + 27 + 10) / 4.0);
    teardown();
}
END_TEST

START_TEST(servers_work_side_by_side)
{
    static const tg_ps times[] = {0, 1, 2, 3};
    setup(2, 10, false, 10);
    feed(times, 4);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    static const tg_ps ends[] = {10, 11, 20, 21};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(departed[i].at, ends[i]);
    ck_assert_uint_eq(station.counts.delayed, 2);
    teardown();
}
END_TEST

START_TEST(a_full_room_loses_customers)
{
    static const tg_ps times[] = {0, 1, 2, 3, 10, 11, 12};
    setup(1, 2, true, 10);
    feed(times, 7);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    /* 2 and 3 find two present; at 10 the departure comes first, so that 10 is admitted; 11 and 12 are not.
     */
    ck_assert_uint_eq(station.counts.offered, 7);
    ck_assert_uint_eq(station.counts.lost, 4);
    ck_assert_uint_eq(tg_station_served(&station), 3);
    ck_assert_int_eq(departed[2].value, 10);
    ck_assert_int_eq(departed[2].at, 30);
    teardown();
}
END_TEST

START_TEST(a_full_room_that_stands_for_an_infinite_one_fails)
{
    static const tg_ps times[] = {0, 1, 2, 3};
    setup(1, 2, false, 10);
    feed(times, 4);
    ck_assert_int_eq(tg_sim_run(&sim, TG_PS_MAX, &err), TG_ELIMIT);
    ck_assert_msg(strstr(err.text, "at simulated time 0.000000000 s: more customers") != NULL, "%s",
                  err.text);
    ck_assert_int_eq(tg_sim_now(&sim), 2);
    tg_sim_reset(&sim);
    teardown();
}
END_TEST

START_TEST(forgetting_keeps_the_customers)
{
    static const tg_ps times[] = {0, 1, 2, 30};
    setup(1, 10, false, 10);
    feed(times, 4);
    ck_assert_tg_ok(tg_sim_run(&sim, 12, &err), err);
    tg_station_forget(&station);
    ck_assert_uint_eq(station.counts.carried, 2);
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    ck_assert_tg_ok(tg_sim_run(&sim, 25, &err), err);
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_uint_eq(tg_station_served(&station), 3);
    ck_assert_int_eq(tg_hist_max(&station.sojourns), 28);
    teardown();
}
END_TEST

START_TEST(stops_at_the_customer_asked_for)
{
    static const tg_ps times[] = {0, 1, 2, 30};
    setup(1, 10, false, 10);
    feed(times, 4);
    station.stop_at = 2;
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_uint_eq(departed_count, 2);
    ck_assert_int_eq(tg_sim_now(&sim), 20);
    tg_sim_reset(&sim);
    tg_station_start(&station, &(struct tg_rng){{1, 1, 1, 1}});
    ck_assert_uint_eq(station.present, 0);
    ck_assert_uint_eq(station.counts.carried, 0);
    tg_station_offer(&station);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_uint_eq(tg_station_served(&station), 1);
    teardown();
}
END_TEST

/* A station whose departures feed the next, and a customer that comes back once. */
static struct tg_station second;
static int returns;

static void hand_over(struct tg_station *s, tg_ps arrived)
{
    (void)arrived;
    tg_station_offer(s == &station ? &second : &station);
    if (s == &second && ++returns == 2)
        tg_sim_stop(s->sim);
}

START_TEST(stations_hand_customers_over)
{
    struct tg_work work;
    struct tg_station_plan plan = {.servers = 1, .room = 4, .hooks = {.departed = hand_over}};
    departed_hook = hand_over;
    setup(1, 4, false, 10);
    departed_hook = on_departed;
    make_work(&work, "constant", 7, 0, 1);
    ck_assert_tg_ok(tg_station_init(&second, &sim, &plan, &work, &err), err);
    returns = 0;
    tg_station_offer(&station);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_int_eq(tg_sim_now(&sim), 34);
    ck_assert_uint_eq(tg_station_served(&second), 2);
    ck_assert_tg_ok(tg_station_check(&second, &err), err);
    tg_station_release(&second);
    teardown();
}
END_TEST

START_TEST(check_notices_a_lost_customer)
{
    static const tg_ps times[] = {0, 1};
    setup(1, 4, false, 10);
    feed(times, 2);
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    station.counts.lost--;
    ck_assert_int_eq(tg_station_check(&station, &err), TG_EBUG);
    station.counts.lost++;
#ifndef NDEBUG
    station.sojourn_area_ps++;
    ck_assert_int_eq(tg_station_check(&station, &err), TG_EBUG);
    station.sojourn_area_ps--;
#endif
    teardown();
}
END_TEST

START_TEST(plans_out_of_range_are_refused)
{
    static const struct {
        uint32_t servers;
        uint64_t room;
        const char *says;
    } bad[] = {
        {0, 1, "1 to 1048576 servers, not 0"},
        {TG_STATION_SERVERS_MAX + 1, UINT64_C(1) << 30, "1 to 1048576 servers"},
        {2, 1, "room for as many to 2^32 customers, not 1"},
        {1, UINT64_C(1) << 33, "room for as many"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_work work;
        struct tg_station_plan plan = {.servers = bad[i].servers, .room = bad[i].room};
        make_work(&work, "quantiles", 1, 2, 2); /* owns memory: a leak would show under asan */
        ck_assert_int_eq(tg_station_init(&station, &sim, &plan, &work, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].says) != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(work_is_rounded_and_cut)
{
    struct tg_work work;
    struct tg_dist law;
    make_work(&work, "constant", 2.5, 0, 1);
    ck_assert_int_eq(tg_work_next(&work), 3);
    tg_work_release(&work);
    make_work(&work, "constant", 2.4999, 0, 1);
    ck_assert_int_eq(tg_work_next(&work), 2);
    tg_work_release(&work);
    make_work(&work, "constant", 1e300, 0, 1);
    ck_assert_int_eq(tg_work_next(&work), TG_WORK_MAX);
    tg_work_release(&work);
    ck_assert_tg_ok(tg_dist_init(&law, "normal", (const double[]){10, 1}, 2, &err), err);
    ck_assert_int_eq(tg_work_init(&work, &law, 1, &err), TG_EINPUT);
    ck_assert_tg_ok(tg_dist_init(&law, "exponential", (const double[]){10}, 1, &err), err);
    ck_assert_int_eq(tg_work_init(&work, &law, 0, &err), TG_EINPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("station");
    TCase *tcase = tcase_create("station");
    tcase_add_test(tcase, one_server_serves_in_order);
    tcase_add_test(tcase, servers_work_side_by_side);
    tcase_add_test(tcase, a_full_room_loses_customers);
    tcase_add_test(tcase, a_full_room_that_stands_for_an_infinite_one_fails);
    tcase_add_test(tcase, forgetting_keeps_the_customers);
    tcase_add_test(tcase, stops_at_the_customer_asked_for);
    tcase_add_test(tcase, stations_hand_customers_over);
    tcase_add_test(tcase, check_notices_a_lost_customer);
    tcase_add_test(tcase, plans_out_of_range_are_refused);
    tcase_add_test(tcase, work_is_rounded_and_cut);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
