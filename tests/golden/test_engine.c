/* Runs of the engine are the same bits on every compiler, optimization and machine, and on any number of
 * threads: SHA-256 of what the calendar fires and when, and of the histograms of stations. A digest may
 * change only where a method is changed on purpose; results stored before then cannot be replayed after. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tg_sha256.h"
#include "tg_station.h"
#include "tg_test.h"
#include "tg_workers.h"

static struct tg_error err;

static void check_digest(const char *name, const void *bytes, size_t size, const char *expected)
{
    char hex[TG_SHA256_HEX];
    tg_sha256_bytes(bytes, size, hex);
    ck_assert_msg(strcmp(hex, expected) == 0, "%s gives %s", name, hex);
}

static void put(unsigned char *to, uint64_t bits)
{
    for (int k = 0; k < 8; k++)
        to[k] = (unsigned char)(bits >> 8 * k);
}

/* Times and numbers of 20,000 events, of which some were cancelled or moved, many fall together, and most are
 * near. */
enum { EVENTS = 20000 };

static void nothing(struct tg_sim *sim, void *object)
{
    (void)sim, (void)object;
}

static tg_ps gap(struct tg_rng *rng)
{
    switch (tg_rng_below(rng, 8)) {
    case 0:
        return 0;
    case 1:
        return (tg_ps)tg_rng_below(rng, 4) * TG_PS_PER_MS;
    case 2:
        return (tg_ps)tg_rng_u64(rng) & (TG_PS_PER_S - 1);
    default:
        return (tg_ps)(1e9 * tg_rng_exponential(rng));
    }
}

static const struct {
    size_t pending;
    const char *digest;
} holds[] = {
    {2, "5499a7122ea139596c568b0a28e49139d2e95be121590e728771c418403336b4"},
    {40, "a0efe69385b1c537427248ed8b5e5cd3628feff73669e02c815b6e6ef07ceab5"},
    {3000, "c3cd3fb6073e2bb68532e22612c1cf9d8db1b6c5a269a2138adaa246227389df"},
};

START_TEST(calendars_keep_their_order)
{
    static unsigned char fired[EVENTS * 16];
    static tg_event events[EVENTS];
    struct tg_calendar c;
    struct tg_rng rng;
    struct tg_due due;
    uintptr_t number = 0;
    tg_rng_seed(&rng, 5, holds[_i].pending, "calendar");
    ck_assert_tg_ok(tg_calendar_init(&c, holds[_i].pending + 1, &err), err);
    for (size_t i = 0; i < EVENTS; i++) {
        while (tg_calendar_count(&c) < holds[_i].pending) {
            tg_ps when = tg_calendar_now(&c) + gap(&rng);
            unsigned priority = (unsigned)tg_rng_below(&rng, 3);
            events[number % EVENTS] = tg_calendar_schedule(&c, when, priority, nothing, (void *)number);
            number++;
        }
        uint64_t which = tg_rng_below(&rng, 3 * holds[_i].pending) + 1;
        if (which <= number && which % 3 == 0)
            tg_calendar_cancel(&c, events[(number - which) % EVENTS]);
        else if (which <= number && which % 3 == 1)
            tg_calendar_reschedule(&c, events[(number - which) % EVENTS], tg_calendar_now(&c) + gap(&rng));
        ck_assert(tg_calendar_take(&c, TG_PS_MAX, &due));
        put(fired + 16 * i, (uint64_t)due.time);
        put(fired + 16 * i + 8, (uintptr_t)due.object);
    }
    tg_calendar_release(&c);
    check_digest("calendar", fired, sizeof fired, holds[_i].digest);
}
END_TEST

struct law {
    const char *family;
    double parameters[6];
    size_t count;
};

static const struct {
    const char *name;
    uint32_t servers;
    uint64_t room;
    bool lossy;
    struct law gaps, services;
    const char *digest;
} stations[] = {
    {"M/M/1",
     1,
     1 << 16,
     false,
     {"exponential", {1}, 1},
     {"exponential", {0.9}, 1},
     "9363303e238e17d769bdde7ea24be4051e1bf29a33f788bb9d7e25a0c57c1f7d"},
    {"M/G/1",
     1,
     1 << 16,
     false,
     {"exponential", {1}, 1},
     {"lognormal", {0.4, 1}, 2},
     "b751a009aa8c661828c79efbb05e99c604d971d0aa822631f5dee035224cfd26"},
    {"G/G/3/9",
     3,
     9,
     true,
     {"weibull", {0.7, 0.8}, 2},
     {"gamma", {2.5, 1.1}, 2},
     "9556dc228083f801c951536a6c6b379831dbaf56d8a0ca282b596d8f515858e3"},
};

enum { REPLICATIONS = 8, CUSTOMERS = 40000 };

struct encoded {
    uint8_t *bytes;
    size_t size;
};

struct station_runs {
    int which;
    struct encoded encoded[REPLICATIONS];
};

static int make_station(int which, struct tg_sim *sim, struct tg_station *station,
                        struct tg_arrivals *arrivals, struct tg_error *error)
{
    struct tg_station_plan plan = {
        .servers = stations[which].servers, .room = stations[which].room, .lossy = stations[which].lossy};
    const struct law *services = &stations[which].services, *gaps = &stations[which].gaps;
    struct tg_dist law;
    struct tg_work work;
    int rc = tg_sim_init(sim, plan.servers + 1, error);
    if (!rc)
        rc = tg_dist_init(&law, services->family, services->parameters, services->count, error);
    if (!rc)
        rc = tg_work_init(&work, &law, (double)TG_PS_PER_US, error);
    if (!rc)
        rc = tg_station_init(station, sim, &plan, &work, error);
    if (!rc)
        rc = tg_dist_init(&law, gaps->family, gaps->parameters, gaps->count, error);
    if (!rc)
        rc = tg_arrivals_init_renewal(arrivals, &law, (double)TG_PS_PER_US, error);
    return rc;
}

static int run_station(void *context, unsigned worker, size_t index, struct tg_error *error)
{
    struct station_runs *runs = context;
    struct tg_sim sim;
    struct tg_station station;
    struct tg_arrivals arrivals;
    struct tg_rng rng;
    (void)worker;
    int rc = make_station(runs->which, &sim, &station, &arrivals, error);
    if (rc)
        return rc;
    tg_rng_seed(&rng, 20260101, index, "services");
    tg_station_start(&station, &rng);
    tg_rng_seed(&rng, 20260101, index, "arrivals");
    rc = tg_arrivals_start(&arrivals, 0, &rng, error);
    tg_station_feed(&station, &arrivals);
    station.stop_at = CUSTOMERS;
    if (!rc)
        rc = tg_sim_run(&sim, TG_PS_MAX, error);
    if (!rc)
        rc = tg_station_check(&station, error);
    if (!rc)
        rc =
            tg_hist_encode(&station.sojourns, &runs->encoded[index].bytes, &runs->encoded[index].size, error);
    tg_arrivals_release(&arrivals);
    tg_station_release(&station);
    tg_sim_release(&sim);
    return rc;
}

static void run_stations(int which, unsigned threads)
{
    struct station_runs runs = {.which = which};
    struct tg_workers workers = {.threads = threads, .job = run_station, .context = &runs};
    static unsigned char all[REPLICATIONS << 16];
    size_t size = 0;
    ck_assert_tg_ok(tg_workers_run(&workers, REPLICATIONS, &err), err);
    for (int i = 0; i < REPLICATIONS; i++) {
        ck_assert_uint_le(size + runs.encoded[i].size, sizeof all);
        memcpy(all + size, runs.encoded[i].bytes, runs.encoded[i].size);
        size += runs.encoded[i].size;
        free(runs.encoded[i].bytes);
    }
    check_digest(stations[which].name, all, size, stations[which].digest);
}

START_TEST(stations_keep_their_bits_on_one_thread)
{
    run_stations(_i, 1);
}
END_TEST

START_TEST(stations_keep_their_bits_on_two_threads)
{
    run_stations(_i, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("engine");
    tcase_add_loop_test(tcase, calendars_keep_their_order, 0, sizeof holds / sizeof *holds);
    tcase_add_loop_test(tcase, stations_keep_their_bits_on_one_thread, 0, sizeof stations / sizeof *stations);
    tcase_add_loop_test(tcase, stations_keep_their_bits_on_two_threads, 0,
                        sizeof stations / sizeof *stations);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
