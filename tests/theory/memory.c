/* The engine's memory does not grow with the length of a run: M/M/1 with a histogram of every sojourn and
 * sequential estimates of mean and p99 holds under 16 MB, and not more after the whole run than after its
 * first part.
 *
 * Usage: memory [CUSTOMERS]; 3,000,000 without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_sequential.h"
#include "tg_station.h"

enum { SKIPPED = 77, MOST_KIB = 16 * 1024, GROWTH_KIB = 1024 };

/* The most memory the process has had in RAM, -1 where the kernel does not say. */
static long peak_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            break;
    }
    if (status)
        fclose(status);
    return kib;
}

static struct tg_sequential mean, p99;

static void watch(struct tg_station *station, tg_ps arrived)
{
    tg_sequential_add(&mean, tg_sim_now(station->sim) - arrived);
    tg_sequential_add(&p99, tg_sim_now(station->sim) - arrived);
}

static int run(uint64_t customers, long peaks[2], struct tg_error *err)
{
    struct tg_station_plan plan = {.servers = 1, .room = 1 << 16, .hooks = {.departed = watch}};
    struct tg_sequential_plan mean_plan = {.relative_half_width = 1e-9, .level = 0.95};
    struct tg_sequential_plan p99_plan = {.relative_half_width = 1e-9, .level = 0.95, .quantile = 0.99};
    struct tg_sim sim;
    struct tg_station station;
    struct tg_arrivals arrivals;
    struct tg_dist law;
    struct tg_work work;
    struct tg_rng gaps, services;
    tg_rng_seed(&gaps, 1, 0, "arrivals");
    tg_rng_seed(&services, 1, 0, "services");
    if (tg_dist_init(&law, "exponential", (const double[]){1}, 1, err) ||
        tg_work_init(&work, &law, 1e6, err) || tg_sim_init(&sim, 2, err) ||
        tg_station_init(&station, &sim, &plan, &work, err) ||
        tg_arrivals_init_poisson(&arrivals, 0.9e6, err) || tg_sequential_init(&mean, &mean_plan, err) ||
        tg_sequential_init(&p99, &p99_plan, err) || tg_arrivals_start(&arrivals, 0, &gaps, err))
        return 1;
    tg_station_start(&station, &services);
    tg_station_feed(&station, &arrivals);
    for (int part = 0; part < 2; part++) {
        station.stop_at = part ? customers : customers / 3;
        if (tg_sim_run(&sim, TG_PS_MAX, err))
            return 1;
        peaks[part] = peak_kib();
    }
    printf("%llu customers, mean sojourn %.4g us, p99 %.4g us\n",
           (unsigned long long)tg_station_served(&station), tg_hist_mean(&station.sojourns) * 1e-6,
           tg_hist_quantile(&station.sojourns, 0.99) * 1e-6);
    return tg_station_check(&station, err);
}

int main(int argc, char **argv)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    printf("skipped: sanitizers take memory of their own\n");
    return SKIPPED;
#endif
    struct tg_error err = {0};
    long peaks[2] = {0, 0};
    if (run(argc > 1 ? strtoull(argv[1], NULL, 10) : 3000000, peaks, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    if (peaks[1] < 0) {
        printf("skipped: no peak of memory in /proc/self/status\n");
        return SKIPPED;
    }
    printf("peak memory: %ld KiB after a third of the run, %ld KiB at its end\n", peaks[0], peaks[1]);
    return peaks[1] < MOST_KIB && peaks[1] - peaks[0] <= GROWTH_KIB ? EXIT_SUCCESS : EXIT_FAILURE;
}
