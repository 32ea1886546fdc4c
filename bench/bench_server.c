/* bench_server: how many requests the world simulates in a second of CPU time, on one core.
 *
 * Usage: bench_server [SECONDS]
 *
 * A DNS server by UDP, and a web server by HTTP with a connection a request, each on the measured machine
 * with its jitter, the core busy for 80 % of the time, histogram and toll on; several rounds of SECONDS
 * (default 0.5) in all, of which the median counts. Prints, and passes no judgement. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_clock.h"
#include "tg_json.h"
#include "tg_world.h"

#define HEAD "{\"format\": \"tollgate scenario\", \"version\": 1, \"profile\": \"epyc-zen5-linux-6.18\", "

static const struct {
    const char *name, *scenario;
} servers[] = {
    {"DNS by UDP",
     HEAD "\"server\": \"udp-responder\", \"techniques\": [\"process\"], \"horizon\": \"2 s\"}"},
    {"HTTP by TCP, a connection a request", HEAD
     "\"server\": {\"format\": \"tollgate server\", \"version\": 1, \"name\": \"web\", \"protocol\": "
     "\"tcp\", \"interrupt\": [{\"cost\": \"irq\"}], \"packet_in\": [{\"cost\": \"packet_receive\"}], "
     "\"packet_out\": [{\"cost\": \"packet_send\"}], \"wakeup\": [{\"cost\": \"wakeup\"}], \"accept\": "
     "[{\"cost\": \"syscall\", \"count\": 3}], \"request\": [{\"cost\": \"syscall\", \"count\": 6}, "
     "{\"cost\": \"work\"}], \"reply\": [{\"cost\": \"syscall\", \"count\": 2}], \"close\": [{\"cost\": "
     "\"syscall\", \"count\": 2}], \"costs\": {\"work\": {\"law\": {\"family\": \"exponential\", "
     "\"parameters\": {\"mean\": \"5 us\"}}, \"provenance\": \"assumed\", \"source\": \"a benchmark\"}}}, "
     "\"techniques\": [\"process\"], \"workload\": {\"reply_size\": \"4 kB\", \"ports\": 60000, "
     "\"addresses\": 100}, \"horizon\": \"2 s\"}"},
};

enum { ROUNDS = 5 };

static double busy(const struct tg_result *r)
{
    double sum = 0;
    for (int k = 0; k < TG_CLASS_COUNT; k++)
        sum += (double)r->busy_ps[k];
    return sum / (double)r->window_ps;
}

/* The rate that keeps the core busy for 80 % of the time. */
static int find_rate(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_world *world,
                     struct tg_result *result, double *rate_per_s, struct tg_error *err)
{
    int rc = TG_OK;
    *rate_per_s = 0.3 * tg_world_capacity_per_s(scenario, path);
    for (int i = 0; !rc && i < 8; i++) {
        rc = tg_world_run(world, *rate_per_s, 0, NULL, result, err);
        *rate_per_s *= fmin(1.5, 0.8 / busy(result));
    }
    return rc;
}

static int measure(const struct tg_scenario *scenario, double seconds, const char *name, struct tg_error *err)
{
    struct tg_path path;
    struct tg_world *world = NULL;
    struct tg_result result;
    double rates[ROUNDS];
    int rc = tg_path_build(&path, scenario, NULL, &scenario->server, err);
    rc = rc ? rc : tg_world_new(scenario, &path, &world, err);
    rc = rc ? rc : tg_result_init(&result, err);
    double offered = 0;
    rc = rc ? rc : find_rate(scenario, &path, world, &result, &offered, err);
    for (int round = 0; !rc && round < ROUNDS; round++) {
        double begin = bench_clock_ns(), spent_s = 0;
        int64_t requests = 0;
        for (uint64_t replication = 0; !rc && spent_s < seconds; replication++) {
            rc = tg_world_run(world, offered, replication, NULL, &result, err);
            requests += result.replied;
            spent_s = (bench_clock_ns() - begin) * 1e-9;
        }
        rates[round] = (double)requests / spent_s;
    }
    if (!rc)
        printf("%-38s %9.0f requests/s simulated (offered %.0f/s, busy %.0f %%, p99 %.1f us)\n", name,
               bench_median(rates, ROUNDS), offered, 100 * busy(&result),
               tg_hist_quantile(&result.latency, 0.99) / 1e6);
    tg_world_free(world);
    tg_result_release(&result);
    return rc;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 0.5;
    struct tg_error err;
    for (size_t i = 0; i < TG_COUNT(servers); i++) {
        struct tg_scenario scenario;
        cJSON *json = cJSON_Parse(servers[i].scenario);
        int rc = json ? tg_scenario_read_json(json, "bench", NULL, &scenario, &err)
                      : tg_error_set(&err, TG_EBUG, "a scenario of the benchmark is not JSON");
        rc = rc ? rc : measure(&scenario, seconds, servers[i].name, &err);
        cJSON_Delete(json);
        if (rc) {
            fprintf(stderr, "bench_server: %s\n", err.text);
            return 1;
        }
        tg_scenario_release(&scenario);
    }
    return 0;
}
