#include "tg_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_host.h"
#include "tg_json.h"
#include "tg_version.h"

const char *tg_record_command_line;

/* Where each metric of a sweep goes in the store. */
static const enum tg_run_figure figure_of[TG_METRIC_COUNT] = {
    [TG_METRIC_REPLY_PER_S] = TG_RUN_REPLY_PER_S,
    [TG_METRIC_REPLY_STDDEV_PER_S] = TG_RUN_REPLY_STDDEV_PER_S,
    [TG_METRIC_LOST_RATIO] = TG_RUN_LOST_RATIO,
    [TG_METRIC_UTILIZATION] = TG_RUN_UTILIZATION_RATIO,
    [TG_METRIC_MEAN_PS] = TG_RUN_LATENCY_MEAN_PS,
    [TG_METRIC_STDDEV_PS] = TG_RUN_LATENCY_STDDEV_PS,
    [TG_METRIC_FASTEST_DECILE_PS] = TG_RUN_LATENCY_FASTEST_DECILE_PS,
    [TG_METRIC_P50_PS] = TG_RUN_LATENCY_P50_PS,
    [TG_METRIC_P90_PS] = TG_RUN_LATENCY_P90_PS,
    [TG_METRIC_P95_PS] = TG_RUN_LATENCY_P95_PS,
    [TG_METRIC_P99_PS] = TG_RUN_LATENCY_P99_PS,
    [TG_METRIC_P999_PS] = TG_RUN_LATENCY_P999_PS,
    [TG_METRIC_P9999_PS] = TG_RUN_LATENCY_P9999_PS,
    [TG_METRIC_MAX_PS] = TG_RUN_LATENCY_MAX_PS,
};

static struct tg_run_estimate to_stored(struct tg_estimate e)
{
    return (struct tg_run_estimate){e.mean, isfinite(e.low) ? e.low : NAN, isfinite(e.high) ? e.high : NAN};
}

static struct tg_run_price stored_price(const struct tg_price *price)
{
    return (struct tg_run_price){
        .primitive = price->primitive,
        .per = "operation",
        .mean_ns = {price->mean_ns, price->low_ns, price->high_ns},
        .p50_ns = isnan(price->median_ns) ? tg_dist_quantile(&price->law, 0.5) : price->median_ns,
        .p99_ns = isnan(price->p99_ns) ? tg_dist_quantile(&price->law, 0.99) : price->p99_ns,
        .samples = price->samples,
        .provenance = tg_provenance_names[price->provenance],
        .source = price->source,
        .range_low_ns = price->range_low_ns,
        .range_high_ns = price->range_high_ns,
        .inherited_from = price->inherited_from,
    };
}

static char *host_text(void)
{
    struct tg_host host;
    if (tg_host_read(&host, NULL))
        return NULL;
    cJSON *json = tg_host_to_json(&host);
    char *text = json ? tg_json_print(json) : NULL;
    cJSON_Delete(json);
    tg_host_release(&host);
    return text;
}

int tg_record_begin(struct tg_record *record, struct tg_store *store, const char *kind,
                    const struct tg_scenario *scenario, struct tg_error *err)
{
    *record = (struct tg_record){.store = store, .scenario = scenario};
    const struct tg_profile *p = &scenario->profile;
    const struct tg_price_list *own = &scenario->server.costs;
    struct tg_run_price *prices = calloc(p->price_count + own->count + 1, sizeof *prices);
    char *scenario_text = tg_scenario_print(scenario), *host = host_text();
    int rc = TG_OK;
    if (!prices || !scenario_text) {
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    } else {
        for (size_t i = 0; i < p->price_count; i++)
            prices[i] = stored_price(&p->prices[i]);
        for (size_t i = 0; i < own->count; i++)
            prices[p->price_count + i] = stored_price(&own->items[i]);
        struct tg_run_profile profile = {.sha256 = p->sha256,
                                         .name = p->name,
                                         .json = p->text,
                                         .host_json = p->host,
                                         .prices = prices,
                                         .price_count = p->price_count};
        struct tg_run run = {.kind = kind,
                             .title = *scenario->title ? scenario->title : scenario->server.title,
                             .scenario_json = scenario_text,
                             .profile = &profile,
                             .prices = prices + p->price_count,
                             .price_count = own->count,
                             .seed = (uint64_t)scenario->seed,
                             .tool_version = TG_VERSION,
                             .git_commit = TG_COMMIT,
                             .compiler = TG_COMPILER,
                             .host_json = host,
                             .command_line = tg_record_command_line};
        rc = tg_run_begin(store, &run, &record->run_id, err);
    }
    free(prices);
    free(scenario_text);
    free(host);
    return rc;
}

int tg_record_curve(struct tg_record *record, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct tg_run_curve row = {
        .technique = curve->technique->name,
        .title = curve->technique->title,
        .saturation_per_s =
            curve->saturation_per_s.n ? to_stored(curve->saturation_per_s) : TG_RUN_NO_ESTIMATE,
        .saturation_rule = curve->saturation_per_s.n
                               ? "highest reply rate sustained: at least 98 % of requests replied"
                               : NULL,
        .limited_by = *curve->limited_by ? curve->limited_by : NULL,
    };
    record->point_per_s = 0;
    return tg_run_add_curve(record->store, record->run_id, &row, &record->curve_id, err);
}

static int open_point(struct tg_record *record, double offered_per_s, struct tg_error *err)
{
    if (record->point_per_s == offered_per_s)
        return TG_OK;
    struct tg_run_point row = {.offered_per_s = offered_per_s, .status = TG_RUN_RUNNING};
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        row.figures[i] = TG_RUN_NO_ESTIMATE;
    record->point_per_s = offered_per_s;
    return tg_run_add_point(record->store, record->curve_id, &row, &record->point_id, err);
}

static void fill_figures(const struct tg_record *record, const struct tg_result *result,
                         struct tg_run_replication *row)
{
    double metrics[TG_METRIC_COUNT];
    tg_metric_compute(result, metrics);
    for (int i = 0; i < TG_METRIC_COUNT; i++)
        row->figures[figure_of[i]] = metrics[i];
    row->figures[TG_RUN_WARMUP_PS] = (double)record->scenario->warm_up_ps;
}

/* The parts of a replication's row that are lists. */
struct lists {
    struct tg_run_loss losses[TG_LOSSES_MAX];
    struct tg_run_cpu_time cpu_times[TG_CLASS_COUNT];
    struct tg_run_toll tolls[TG_PATH_COSTS_MAX + TG_WAITS_MAX];
};

static void fill_lists(const struct tg_path *path, const struct tg_result *r, struct lists *lists,
                       struct tg_run_replication *row)
{
    double replied = (double)r->replied;
    for (unsigned i = 0; i < path->loss_count; i++)
        lists->losses[i] = (struct tg_run_loss){tg_path_loss_name(path, i), r->lost[i]};
    for (int i = 0; i < TG_CLASS_COUNT; i++)
        lists->cpu_times[i] = (struct tg_run_cpu_time){tg_class_names[i], 0, r->busy_ps[i]};
    for (uint32_t i = 0; i < path->cost_count; i++)
        lists->tolls[i] =
            (struct tg_run_toll){path->costs[i], "service", {(double)r->paid_ps[i] / replied, NAN, NAN}};
    for (unsigned i = 0; i < path->wait_count; i++)
        lists->tolls[path->cost_count + i] = (struct tg_run_toll){
            tg_path_wait_name(path, i), "wait", {(double)r->waited_ps[i] / replied, NAN, NAN}};
    row->losses = lists->losses;
    row->loss_count = path->loss_count;
    row->cpu_times = lists->cpu_times;
    row->cpu_time_count = TG_CLASS_COUNT;
    row->tolls = lists->tolls;
    row->toll_count = r->replied ? path->cost_count + path->wait_count : 0;
}

static int64_t total_lost(const struct tg_result *result)
{
    int64_t lost = 0;
    for (unsigned i = 0; i < result->loss_count; i++)
        lost += result->lost[i];
    return lost;
}

int tg_record_replication(struct tg_record *record, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *err)
{
    char digest[TG_SHA256_HEX];
    struct lists lists;
    uint8_t *histogram = NULL;
    size_t histogram_bytes = 0;
    int rc = open_point(record, offered_per_s, err);
    if (!rc)
        rc = tg_hist_encode(&result->latency, &histogram, &histogram_bytes, err);
    if (rc)
        return rc;
    tg_result_digest(result, digest);
    struct tg_run_replication row = {
        .number = (int64_t)number,
        .seed = (uint64_t)record->scenario->seed,
        .horizon_ps = record->scenario->horizon_ps,
        .offered = result->offered,
        .sent = result->replied + result->still_open + total_lost(result),
        .replied = result->replied,
        .still_open = result->still_open,
        .histogram = histogram,
        .histogram_bytes = histogram_bytes,
        .digest = digest,
    };
    fill_figures(record, result, &row);
    fill_lists(curve->path, result, &lists, &row);
    rc = tg_run_add_replication(record->store, record->point_id, &row, err);
    free(histogram);
    return rc;
}

int tg_record_point(struct tg_record *record, const struct tg_sweep_curve *curve,
                    const struct tg_sweep_point *point, struct tg_error *err)
{
    struct tg_run_toll tolls[TG_PATH_COSTS_MAX + TG_WAITS_MAX];
    const struct tg_path *path = curve->path;
    struct tg_run_point row = {.offered_per_s = point->offered_per_s,
                               .status = TG_RUN_DONE,
                               .replication_count = (int64_t)point->replications,
                               .tolls = tolls};
    double warm_up = (double)record->scenario->warm_up_ps;
    for (int i = 0; i < TG_METRIC_COUNT; i++)
        row.figures[figure_of[i]] = to_stored(point->metrics[i]);
    row.figures[TG_RUN_WARMUP_PS] = (struct tg_run_estimate){warm_up, NAN, NAN};
    /* Where nothing was replied there is no toll. */
    bool replied = !isnan(point->metrics[TG_METRIC_MEAN_PS].mean);
    for (uint32_t i = 0; replied && i < path->cost_count; i++)
        tolls[row.toll_count++] =
            (struct tg_run_toll){path->costs[i], "service", to_stored(point->paid_ps[i])};
    for (unsigned i = 0; replied && i < path->wait_count; i++)
        tolls[row.toll_count++] =
            (struct tg_run_toll){tg_path_wait_name(path, i), "wait", to_stored(point->waited_ps[i])};
    return tg_run_set_point(record->store, record->point_id, &row, err);
}

int tg_record_finish(struct tg_record *record, int rc, struct tg_error *err)
{
    enum tg_run_status status = rc == TG_OK             ? TG_RUN_DONE
                                : rc == TG_EINTERRUPTED ? TG_RUN_INTERRUPTED
                                                        : TG_RUN_FAILED;
    struct tg_error finish_err = {0};
    int finished = tg_run_finish(record->store, record->run_id, status, &finish_err);
    if (rc || !finished)
        return rc;
    if (err)
        *err = finish_err;
    return finished;
}
