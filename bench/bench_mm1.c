#include "bench_mm1.h"

#include <math.h>
#include <stdio.h>

#include "bench_clock.h"
#include "tg_station.h"

#define LOAD 0.9

enum { ROOM = 1 << 20 };

static int make_station(struct tg_station *station, struct tg_sim *sim, struct tg_error *err)
{
    struct tg_station_plan plan = {.servers = 1, .room = ROOM};
    struct tg_dist law;
    struct tg_work work;
    int rc = tg_dist_init(&law, "exponential", (const double[]){1}, 1, err);
    if (!rc)
        rc = tg_work_init(&work, &law, (double)TG_PS_PER_US, err);
    return rc ? rc : tg_station_init(station, sim, &plan, &work, err);
}

static int run_station(struct tg_sim *sim, struct tg_station *station, struct tg_arrivals *arrivals,
                       uint64_t customers, struct bench_mm1 *result, struct tg_error *err)
{
    struct tg_rng gaps, services;
    tg_rng_seed(&gaps, 1, 0, "arrivals");
    tg_rng_seed(&services, 1, 0, "services");
    tg_station_start(station, &services);
    int rc = tg_arrivals_start(arrivals, LOAD * 1e6, &gaps, err);
    if (rc)
        return rc;
    tg_station_feed(station, arrivals);
    station->stop_at = customers;
    double begin = bench_clock_ns();
    rc = tg_sim_run(sim, TG_PS_MAX, err);
    double end = bench_clock_ns();
    result->per_s = 2 * (double)customers / (end - begin) * 1e9;
    result->sojourn = tg_hist_mean(&station->sojourns) / (double)TG_PS_PER_US;
    return rc;
}

int bench_mm1_engine(uint64_t customers, struct bench_mm1 *result, struct tg_error *err)
{
    struct tg_sim sim;
    struct tg_station station = {0};
    struct tg_arrivals arrivals = {0};
    int rc = tg_sim_init(&sim, 2, err);
    if (!rc)
        rc = make_station(&station, &sim, err);
    if (!rc)
        rc = tg_arrivals_init_poisson(&arrivals, LOAD * 1e6, err);
    if (!rc)
        rc = run_station(&sim, &station, &arrivals, customers, result, err);
    tg_station_release(&station);
    tg_arrivals_release(&arrivals);
    tg_sim_release(&sim);
    return rc;
}

void bench_mm1_two_slot(uint64_t customers, struct bench_mm1 *result)
{
    struct tg_rng gaps, services;
    tg_rng_seed(&gaps, 1, 0, "arrivals");
    tg_rng_seed(&services, 1, 0, "services");
    double begin = bench_clock_ns();
    double now = 0, area = 0, arrival = tg_rng_exponential(&gaps) / LOAD, departure = HUGE_VAL;
    uint64_t present = 0, served = 0;
    while (served < customers) {
        if (arrival < departure) {
            area += (double)present * (arrival - now);
            now = arrival;
            arrival = now + tg_rng_exponential(&gaps) * (1 / LOAD);
            if (present++ == 0)
                departure = now + tg_rng_exponential(&services);
        } else {
            area += (double)present * (departure - now);
            now = departure;
            served++;
            departure = --present ? now + tg_rng_exponential(&services) : HUGE_VAL;
        }
    }
    double end = bench_clock_ns();
    result->per_s = 2 * (double)customers / (end - begin) * 1e9;
    result->sojourn = area / (double)customers;
}

void bench_mm1_lindley(uint64_t customers, struct bench_mm1 *result)
{
    struct tg_rng gaps, services;
    tg_rng_seed(&gaps, 1, 0, "arrivals");
    tg_rng_seed(&services, 1, 0, "services");
    double begin = bench_clock_ns();
    double wait = 0, sum = 0;
    for (uint64_t i = 0; i < customers; i++) {
        double sojourn = wait + tg_rng_exponential(&services);
        sum += sojourn;
        wait = fmax(0, sojourn - tg_rng_exponential(&gaps) * (1 / LOAD));
    }
    double end = bench_clock_ns();
    result->per_s = (double)customers / (end - begin) * 1e9;
    result->sojourn = sum / (double)customers;
}

void bench_mm1_simpy(uint64_t customers, struct bench_mm1 *result)
{
    char command[4096];
    *result = (struct bench_mm1){NAN, NAN};
    snprintf(command, sizeof command, "%s '%s' %llu 2>/dev/null", TG_BENCH_PYTHON, TG_BENCH_SIMPY,
             (unsigned long long)customers);
    FILE *pipe = popen(command, "r");
    struct bench_mm1 read;
    if (!pipe)
        return;
    if (fscanf(pipe, "%lf %lf", &read.per_s, &read.sojourn) == 2)
        *result = read;
    pclose(pipe);
}
