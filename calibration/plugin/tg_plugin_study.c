#include "tg_plugin_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_order.h"
#include "tg_stopwatch.h"

enum { WARM_UP = 20, SAMPLES_LEAST = 20 };

static const double budget_ns = 1e9;

static const struct tg_plugin_published call = {"null call", 450, 620};
static const struct tg_plugin_published callback = {"call back into the host", 0, 0};
static const struct tg_plugin_published computing = {"a round of computing", 0, 0};
static const struct tg_plugin_published codegen = {"code generation", 4e6, 4e6};
static const struct tg_plugin_published linking = {"link", 3100, 3100};
static const struct tg_plugin_published unlinking = {"unlink", 1600, 1600};

static const struct tg_plugin_published *const published[TG_PLUGIN_OPERATIONS] = {
    [TG_PLUGIN_KERNEL_CALL] = &call,
    [TG_PLUGIN_KERNEL_CALLBACK] = &callback,
    [TG_PLUGIN_KERNEL_ROUND] = &computing,
    [TG_PLUGIN_KERNEL_CODEGEN] = &codegen,
    [TG_PLUGIN_KERNEL_LINK] = &linking,
    [TG_PLUGIN_KERNEL_UNLINK] = &unlinking,
    [TG_PLUGIN_KERNEL_FIXED_CALL] = &call,
    [TG_PLUGIN_KERNEL_FIXED_LINK] = &linking,
    [TG_PLUGIN_KERNEL_FIXED_UNLINK] = &unlinking,
    [TG_PLUGIN_KERNEL_REPLACED_CALL] = &call,
    [TG_PLUGIN_KERNEL_REPLACED_LINK] = &linking,
    [TG_PLUGIN_KERNEL_REPLACED_UNLINK] = &unlinking,
    [TG_PLUGIN_SEGMENT_CALL] = &call,
    [TG_PLUGIN_SEGMENT_CALLBACK] = &callback,
    [TG_PLUGIN_SEGMENT_CODEGEN] = &codegen,
    [TG_PLUGIN_SEGMENT_LINK] = &linking,
    [TG_PLUGIN_SEGMENT_UNLINK] = &unlinking,
    [TG_PLUGIN_KEY_CALL] = &call,
};

static double mean(const double *values, unsigned count)
{
    double sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

/* The median's interval reaches from one order statistic to another: 1.96 standard deviations of the binomial
 * number of samples below it, to each side. */
static void summarize(struct tg_plugin_row *row, double *ns, unsigned count)
{
    unsigned middle = count / 2, reach = (unsigned)ceil(0.98 * sqrt(count));
    row->samples = count;
    row->mean_ns = mean(ns, count);
    tg_order_sort(ns, count);
    row->median_ns = count % 2 ? ns[middle] : (ns[middle - 1] + ns[middle]) / 2;
    row->median_low_ns = ns[middle > reach ? middle - reach : 0];
    row->median_high_ns = ns[middle + reach < count ? middle + reach : count - 1];
    row->fastest_decile_mean_ns = mean(ns, count / 10 ? count / 10 : 1);
}

static int take_samples(struct tg_plugin_timer *timer, struct tg_plugin_row *row, double *ns, unsigned most,
                        int (*interrupted)(void), struct tg_error *err)
{
    struct tg_plugin_sample sample;
    unsigned count = 0;
    int rc = TG_OK;
    for (unsigned i = 0; i < WARM_UP && !rc; i++)
        rc = tg_plugin_timer_sample(timer, &sample, err);
    int64_t begun_ns = tg_stopwatch_now_ns();
    while (!rc && count < most &&
           (count < SAMPLES_LEAST || (double)(tg_stopwatch_now_ns() - begun_ns) < budget_ns)) {
        rc = interrupted && interrupted() ? tg_error_set(err, TG_EINTERRUPTED, "interrupted")
                                          : tg_plugin_timer_sample(timer, &sample, err);
        if (!rc)
            ns[count++] = sample.cost_ns / sample.ops;
    }
    if (rc)
        return rc;
    row->ops_per_sample = sample.ops;
    summarize(row, ns, count);
    return TG_OK;
}

static int fill_row(struct tg_plugin_row *row, double *ns, unsigned samples, int (*interrupted)(void),
                    struct tg_error *err)
{
    struct tg_plugin_timer *timer = NULL;
    struct tg_error why = {0};
    if (tg_plugin_available(row->operation, &why)) {
        row->skipped = strdup(why.text);
        return row->skipped ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    int rc = tg_plugin_timer_open(&timer, row->operation, row->arguments, err);
    if (!rc)
        rc = take_samples(timer, row, ns, samples, interrupted, err);
    tg_plugin_timer_close(timer);
    return rc;
}

int tg_plugin_study(unsigned samples, int (*interrupted)(void), struct tg_plugin_row **rows, size_t *count,
                    struct tg_error *err)
{
    unsigned most = samples < SAMPLES_LEAST ? SAMPLES_LEAST : samples;
    struct tg_plugin_row *made = calloc(2 * TG_PLUGIN_OPERATIONS, sizeof *made);
    double *ns = calloc(most, sizeof *ns);
    size_t made_count = 0;
    int rc = made && ns ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (unsigned operation = 0; operation < TG_PLUGIN_OPERATIONS && !rc; operation++) {
        unsigned arguments_max = tg_plugin_operation_arguments_max(operation);
        for (unsigned arguments = 0; arguments <= arguments_max && !rc;
             arguments += arguments_max ? arguments_max : 1) {
            struct tg_plugin_row *row = &made[made_count++];
            row->operation = operation;
            row->arguments = arguments;
            row->published = published[operation];
            rc = fill_row(row, ns, most, interrupted, err);
        }
    }
    free(ns);
    if (rc) {
        tg_plugin_study_release(made, made_count);
        return rc;
    }
    *rows = made;
    *count = made_count;
    return TG_OK;
}

void tg_plugin_study_release(struct tg_plugin_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(rows[i].skipped);
    free(rows);
}
