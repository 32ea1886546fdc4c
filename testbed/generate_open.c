/* The testbed's own load. */
#include <math.h>

#include "tg_generating.h"
#include "tg_load.h"
#include "tg_order.h"

struct accounts {
    const struct tg_generating *g;
    struct tg_usage readings[2]; /* by enum tg_load_mark */
    double waited_ns[2];
};

static void read_accounts(enum tg_load_mark mark, void *context)
{
    struct accounts *a = context;
    tg_usage_read(a->g->server, a->g->server_cpu, &a->readings[mark]);
    a->waited_ns[mark] = tg_usage_own_waited_ns();
}

static void describe_latency(const struct tg_load_tally *t, struct tg_bed_point *point)
{
    double sum = 0, squares = 0, n = (double)t->answered;
    for (size_t i = 0; i < t->answered; i++)
        sum += t->latency_ns[i];
    double mean = sum / n;
    for (size_t i = 0; i < t->answered; i++)
        squares += (t->latency_ns[i] - mean) * (t->latency_ns[i] - mean);
    point->latency_mean_ns = mean;
    point->latency_sd_ns = n > 1 ? sqrt(squares / (n - 1)) : NAN;
    point->latency_p50_ns = tg_order_quantile(t->latency_ns, t->answered, 0.5);
    point->latency_p90_ns = tg_order_quantile(t->latency_ns, t->answered, 0.9);
    point->latency_p99_ns = tg_order_quantile(t->latency_ns, t->answered, 0.99);
    point->latency_p999_ns = tg_order_quantile(t->latency_ns, t->answered, 0.999);
    point->latency_max_ns = t->latency_ns[t->answered - 1];
}

/* The rate of replies is that of the window. What was offered is what was due, so that few requests of a
 * random number do not look like a loss. */
static void describe(const struct tg_load_tally *t, struct tg_bed_point *point)
{
    point->window_s = t->window_s;
    point->offered_per_s = (double)t->due / t->window_s;
    point->sent_per_s = (double)t->sent / t->window_s;
    point->reply_per_s = (double)t->in_time / t->window_s;
    point->lost_fraction = t->sent ? 1 - (double)t->answered / (double)t->sent : NAN;
    point->late_p99_ns = t->late_p99_ns;
    point->batch_mean = t->batch_mean;
    point->batch_max = t->batch_max;
    point->refused_per_s = 0;
    point->wrong_per_s = (double)t->wrong / t->window_s;
    if (t->answered)
        describe_latency(t, point);
}

/* The readings lie a little further apart than the window is long. */
static void describe_use(const struct accounts *a, struct tg_bed_point *point)
{
    struct tg_usage used =
        tg_usage_between(&a->readings[TG_LOAD_WINDOW_BEGINS], &a->readings[TG_LOAD_WINDOW_ENDS]);
    double part = point->window_s * 1e9 / (double)used.t_ns;
    used.run_ns *= part;
    used.waited_ns *= part;
    used.sleeps *= part;
    tg_generating_account(&used, point);
    point->client_waited_share = (a->waited_ns[TG_LOAD_WINDOW_ENDS] - a->waited_ns[TG_LOAD_WINDOW_BEGINS]) *
                                 1e-9 * part / point->window_s;
}

int tg_generate_open(const struct tg_generating *g, const struct tg_bed_load *load,
                     struct tg_bed_point *point, struct tg_error *err)
{
    const double timeout_s = 0.15;
    struct accounts accounts = {.g = g};
    struct tg_load_tally tally;
    const struct tg_load open = {
        .netns = g->net->client_namespace,
        .target = g->net->target,
        .port = TG_SERVING_DNS_PORT,
        .name = TG_SERVING_NAME,
        .rate_per_s = load->rate_per_s,
        .warmup_s = load->warmup_s,
        .window_s = load->window_s,
        .timeout_s = timeout_s,
        .even = load->even,
        .seed = load->seed,
        .batch_max = load->batch_max,
        .cpu = g->client_cpu,
        .mark = read_accounts,
        .context = &accounts,
        .interrupted = g->interrupted,
    };
    int rc = tg_load_run(&open, &tally, err);
    if (rc)
        return rc;
    if (!tally.due)
        rc = tg_error_set(err, TG_EINPUT, "%.3g requests a second are none in %.3g s", load->rate_per_s,
                          load->window_s);
    describe(&tally, point);
    describe_use(&accounts, point);
    tg_load_tally_release(&tally);
    return rc;
}
