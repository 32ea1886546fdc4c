#include "tg_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_arrival_times.h"
#include "tg_host.h"
#include "tg_json.h"
#include "tg_text.h"
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
    [TG_METRIC_CLIENT_UTILIZATION] = TG_RUN_CLIENT_UTILIZATION_RATIO,
    [TG_METRIC_DRIVER_UTILIZATION] = TG_RUN_DRIVER_DOMAIN_UTILIZATION_RATIO,
    [TG_METRIC_MEMORY_PEAK_BYTES] = TG_RUN_MEMORY_PEAK_BYTES,
    [TG_METRIC_CRASHED] = TG_RUN_CRASHED_RATIO,
    [TG_METRIC_DESCRIPTORS_PEAK] = TG_RUN_DESCRIPTORS_PEAK,
    [TG_METRIC_PORTS_PEAK] = TG_RUN_PORTS_PEAK,
    [TG_METRIC_RESPONSE_PS] = TG_RUN_RESPONSE_MEAN_PS,
    [TG_METRIC_REPLY_SAMPLED_PER_S] = TG_RUN_REPLY_SAMPLED_PER_S,
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

/* The prices that the scenario brings with it, each with whose it is. */
struct own_prices {
    struct tg_run_price *items;
    size_t count;
    struct tg_strings owners;
    struct tg_error *err;
};

static int add_prices(struct own_prices *own, const char *owner, const struct tg_price *prices, size_t count)
{
    struct tg_run_price *items = realloc(own->items, (own->count + count + 1) * sizeof *items);
    if (!items || tg_strings_add(&own->owners, owner)) {
        own->items = items ? items : own->items;
        return tg_error_set(own->err, TG_ENOMEM, "out of memory");
    }
    own->items = items;
    for (size_t i = 0; i < count; i++) {
        items[own->count] = stored_price(&prices[i]);
        items[own->count++].belongs_to = own->owners.items[own->owners.count - 1];
    }
    return TG_OK;
}

static int collect_prices(struct own_prices *own, const struct tg_scenario *s)
{
    int rc = add_prices(own, "server", s->server.costs.items, s->server.costs.count);
    rc = rc ? rc : add_prices(own, "workload", s->workload.costs.items, s->workload.costs.count);
    rc = rc ? rc : add_prices(own, "client", s->client.prices, s->client.price_count);
    for (size_t i = 0; !rc && i < s->technique_count; i++) {
        const struct tg_technique *t = &s->techniques[i];
        struct tg_text owner = {0};
        tg_text_printf(&owner, "technique %s", t->name);
        rc = owner.failed ? tg_error_set(own->err, TG_ENOMEM, "out of memory")
                          : add_prices(own, owner.data, t->costs.items, t->costs.count);
        tg_text_release(&owner);
    }
    return rc;
}

/* What the store keeps of a scenario, as texts and lists. */
struct kept {
    struct tg_run_price *prices; /* the profile's */
    struct own_prices own;
    char *scenario, *host, *log;
    struct tg_run_arrival_log arrival_log;
    char log_sha256[TG_SHA256_HEX];
};

static int keep(struct kept *kept, const struct tg_scenario *s, struct tg_error *err)
{
    const struct tg_profile *p = &s->profile;
    *kept = (struct kept){.prices = calloc(p->price_count + 1, sizeof *kept->prices),
                          .own.err = err,
                          .scenario = tg_scenario_print(s),
                          .host = host_text()};
    if (s->log_count)
        kept->log = tg_arrival_times_print(s, kept->log_sha256);
    if (!kept->prices || !kept->scenario || (s->log_count && !kept->log))
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    kept->arrival_log = (struct tg_run_arrival_log){kept->log_sha256, kept->log};
    for (size_t i = 0; i < p->price_count; i++)
        kept->prices[i] = stored_price(&p->prices[i]);
    return collect_prices(&kept->own, s);
}

static void release_kept(struct kept *kept)
{
    free(kept->prices);
    free(kept->own.items);
    tg_strings_release(&kept->own.owners);
    free(kept->scenario);
    free(kept->host);
    free(kept->log);
}

static int begin_run(struct tg_record *record, const char *kind, const struct kept *kept,
                     struct tg_error *err)
{
    const struct tg_scenario *scenario = record->scenario;
    const struct tg_profile *p = &scenario->profile;
    struct tg_run_profile profile = {.sha256 = p->sha256,
                                     .name = p->name,
                                     .json = p->text,
                                     .host_json = p->host,
                                     .prices = kept->prices,
                                     .price_count = p->price_count};
    struct tg_run run = {.kind = kind,
                         .title = *scenario->title ? scenario->title : scenario->server.title,
                         .scenario_json = kept->scenario,
                         .profile = &profile,
                         .prices = kept->own.items,
                         .price_count = kept->own.count,
                         .arrival_log = kept->log ? &kept->arrival_log : NULL,
                         .seed = (uint64_t)scenario->seed,
                         .tool_version = TG_VERSION,
                         .git_commit = TG_COMMIT,
                         .compiler = TG_COMPILER,
                         .host_json = kept->host,
                         .command_line = tg_record_command_line};
    return tg_run_begin(record->store, &run, &record->run_id, err);
}

static int check_rates(const struct tg_scenario *scenario, struct tg_error *err)
{
    for (size_t i = 0; i < scenario->rate_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (scenario->rates_per_s[i] == scenario->rates_per_s[k])
                return tg_error_set(err, TG_EINPUT,
                                    "rates[%zu]: %g/s is named twice: a run has one point a rate", i,
                                    scenario->rates_per_s[i]);
        }
    }
    return TG_OK;
}

int tg_record_begin(struct tg_record *record, struct tg_store *store, const char *kind,
                    const struct tg_scenario *scenario, struct tg_error *err)
{
    struct kept kept;
    *record = (struct tg_record){.store = store, .scenario = scenario};
    int rc = check_rates(scenario, err);
    if (rc)
        return rc;
    rc = keep(&kept, scenario, err);
    rc = rc ? rc : begin_run(record, kind, &kept, err);
    release_kept(&kept);
    return rc;
}

static const char *rule_for(const struct tg_workload *workload)
{
    return workload->client == TG_CLIENT_OPEN
               ? "highest reply rate sustained: at least 98 % of requests replied"
               : "highest reply rate sustained: at least 98 % of the nominal rate offered and replied";
}

int tg_record_curve(struct tg_record *record, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct tg_run_curve row = {
        .technique = curve->technique->name,
        .title = curve->technique->title,
        .saturation_per_s =
            curve->saturation_per_s.n ? to_stored(curve->saturation_per_s) : TG_RUN_NO_ESTIMATE,
        .saturation_rule = curve->saturation_per_s.n ? rule_for(&record->scenario->workload) : NULL,
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
    struct tg_run_drop drops[TG_LOSSES_MAX];
    struct tg_run_spent spent[TG_PATH_COSTS_MAX];
    struct tg_run_cpu_time cpu_times[TG_CLASS_COUNT];
    struct tg_run_toll tolls[TG_PATH_COSTS_MAX + TG_WAITS_MAX];
};

static void fill_lists(const struct tg_path *path, const struct tg_result *r, struct lists *lists,
                       struct tg_run_replication *row)
{
    double replied = (double)r->replied;
    for (unsigned i = 0; i < path->loss_count; i++) {
        const char *name = tg_path_loss_name(path, i);
        if (r->lost[i])
            lists->losses[row->loss_count++] = (struct tg_run_loss){name, r->lost[i]};
        if (r->dropped[i])
            lists->drops[row->drop_count++] = (struct tg_run_drop){name, r->dropped[i]};
    }
    for (uint32_t i = 0; i < path->cost_count; i++) {
        if (r->spent_ps[i])
            lists->spent[row->spent_count++] = (struct tg_run_spent){path->costs[i], r->spent_ps[i]};
    }
    for (int i = 0; i < TG_CLASS_COUNT; i++)
        lists->cpu_times[i] = (struct tg_run_cpu_time){tg_class_names[i], 0, r->busy_ps[i]};
    for (uint32_t i = 0; i < path->cost_count; i++)
        lists->tolls[i] =
            (struct tg_run_toll){path->costs[i], "service", {(double)r->paid_ps[i] / replied, NAN, NAN}};
    for (unsigned i = 0; i < path->wait_count; i++)
        lists->tolls[path->cost_count + i] = (struct tg_run_toll){
            tg_path_wait_name(path, i), "wait", {(double)r->waited_ps[i] / replied, NAN, NAN}};
    row->losses = lists->losses;
    row->drops = lists->drops;
    row->spent = lists->spent;
    row->cpu_times = lists->cpu_times;
    row->cpu_time_count = TG_CLASS_COUNT;
    row->tolls = lists->tolls;
    row->toll_count = r->replied ? path->cost_count + path->wait_count : 0;
}

/* Of the requests that are counted; the client was out of descriptors or ports for the others. */
static int64_t count_sent(const struct tg_result *r)
{
    return r->offered - r->lost[TG_LOSS_DESCRIPTORS] - r->lost[TG_LOSS_PORTS];
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
        .sent = count_sent(result),
        .replied = result->replied,
        .still_open = result->still_open,
        .packets_in = result->packets_in,
        .packets_out = result->packets_out,
        .interrupts = result->interrupts,
        .wakeups = result->wakeups,
        .switches = result->switches,
        .crashed_ps = result->crashed_ps,
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

/* Those that are not all zero. */
static size_t fill_shares(const struct tg_path *path, const struct tg_estimate *ratios,
                          struct tg_run_share *shares)
{
    size_t count = 0;
    for (unsigned i = 0; i < path->loss_count; i++) {
        if (ratios[i].mean > 0)
            shares[count++] = (struct tg_run_share){tg_path_loss_name(path, i), to_stored(ratios[i])};
    }
    return count;
}

int tg_record_point(struct tg_record *record, const struct tg_sweep_curve *curve,
                    const struct tg_sweep_point *point, struct tg_error *err)
{
    struct tg_run_toll tolls[TG_PATH_COSTS_MAX + TG_WAITS_MAX];
    struct tg_run_share losses[TG_LOSSES_MAX], drops[TG_LOSSES_MAX];
    const struct tg_path *path = curve->path;
    struct tg_run_point row = {.offered_per_s = point->offered_per_s,
                               .status = TG_RUN_DONE,
                               .replication_count = (int64_t)point->replications,
                               .tolls = tolls,
                               .losses = losses,
                               .drops = drops};
    row.loss_count = fill_shares(path, point->lost_ratio, losses);
    row.drop_count = fill_shares(path, point->dropped_ratio, drops);
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

int tg_record_toll(struct tg_record *record, const struct tg_sweep_toll *toll, struct tg_error *err)
{
    const struct tg_run_estimate parts[TG_RUN_PARTS] = {
        [TG_RUN_PART_PLAIN] = to_stored(toll->plain_ps),
        [TG_RUN_PART_ISOLATION] = to_stored(toll->isolation_ps),
        [TG_RUN_PART_WORK] = to_stored(toll->work_ps),
        [TG_RUN_PART_WAIT] = to_stored(toll->wait_ps),
    };
    return tg_run_set_toll_parts(record->store, record->point_id, parts, err);
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
