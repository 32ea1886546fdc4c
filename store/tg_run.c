#include "tg_run.h"

#include <string.h>

#include "tg_run_internal.h"

#define COLUMN(stem, unit)    \
    {                         \
        stem, unit, stem unit \
    }

const struct tg_run_column tg_run_columns[TG_RUN_FIGURES] = {
    [TG_RUN_REPLY_PER_S] = COLUMN("reply", "_per_s"),
    [TG_RUN_REPLY_STDDEV_PER_S] = COLUMN("reply_stddev", "_per_s"),
    [TG_RUN_LOST_RATIO] = COLUMN("lost", "_ratio"),
    [TG_RUN_UTILIZATION_RATIO] = COLUMN("utilization", "_ratio"),
    [TG_RUN_LATENCY_MEAN_PS] = COLUMN("latency_mean", "_ps"),
    [TG_RUN_LATENCY_STDDEV_PS] = COLUMN("latency_stddev", "_ps"),
    [TG_RUN_LATENCY_FASTEST_DECILE_PS] = COLUMN("latency_fastest_decile", "_ps"),
    [TG_RUN_LATENCY_P50_PS] = COLUMN("latency_p50", "_ps"),
    [TG_RUN_LATENCY_P90_PS] = COLUMN("latency_p90", "_ps"),
    [TG_RUN_LATENCY_P95_PS] = COLUMN("latency_p95", "_ps"),
    [TG_RUN_LATENCY_P99_PS] = COLUMN("latency_p99", "_ps"),
    [TG_RUN_LATENCY_P999_PS] = COLUMN("latency_p999", "_ps"),
    [TG_RUN_LATENCY_P9999_PS] = COLUMN("latency_p9999", "_ps"),
    [TG_RUN_LATENCY_MAX_PS] = COLUMN("latency_max", "_ps"),
    [TG_RUN_WARMUP_PS] = COLUMN("warmup", "_ps"),
    [TG_RUN_CLIENT_UTILIZATION_RATIO] = COLUMN("client_utilization", "_ratio"),
    [TG_RUN_DRIVER_DOMAIN_UTILIZATION_RATIO] = COLUMN("driver_domain_utilization", "_ratio"),
    [TG_RUN_MEMORY_PEAK_BYTES] = COLUMN("memory_peak", "_bytes"),
    [TG_RUN_CRASHED_RATIO] = COLUMN("crashed", "_ratio"),
    [TG_RUN_DESCRIPTORS_PEAK] = COLUMN("descriptors", "_peak"),
    [TG_RUN_PORTS_PEAK] = COLUMN("ports", "_peak"),
    [TG_RUN_RESPONSE_MEAN_PS] = COLUMN("response_mean", "_ps"),
    [TG_RUN_REPLY_SAMPLED_PER_S] = COLUMN("reply_sampled", "_per_s"),
};

const char *const tg_run_part_names[TG_RUN_PARTS] = {
    [TG_RUN_PART_PLAIN] = "plain path",
    [TG_RUN_PART_ISOLATION] = "isolation",
    [TG_RUN_PART_WORK] = "other work",
    [TG_RUN_PART_WAIT] = "waiting",
};

const char *tg_run_figure_name(enum tg_run_figure figure)
{
    return tg_run_columns[figure].name;
}

static const char *const status_names[] = {
    [TG_RUN_RUNNING] = "running", [TG_RUN_DONE] = "done", [TG_RUN_INTERRUPTED] = "interrupted",
    [TG_RUN_FAILED] = "failed",   [TG_RUN_DIED] = "died",
};

const char *tg_run_status_name(enum tg_run_status status)
{
    return status_names[status];
}

int tg_run_status_from_name(const char *name, enum tg_run_status *status)
{
    for (int i = TG_RUN_RUNNING; i <= TG_RUN_FAILED; i++) {
        if (strcmp(status_names[i], name) == 0) {
            *status = (enum tg_run_status)i;
            return 1;
        }
    }
    return 0;
}
