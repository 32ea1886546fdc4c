#include "tg_bed_point.h"

#include <math.h>
#include <string.h>

static const double sustained_fraction = 0.98, busy_share = 0.9, disturbed_client = 0.1;

#define FIELD(member)                                  \
    {                                                  \
#member, offsetof(struct tg_bed_point, member) \
    }
const struct tg_bed_point_field tg_bed_point_fields[] = {
    FIELD(repetition),        FIELD(wanted_per_s),        FIELD(offered_per_s),
    FIELD(sent_per_s),        FIELD(reply_per_s),         FIELD(answered_fraction),
    FIELD(lost_fraction),     FIELD(latency_mean_ns),     FIELD(latency_sd_ns),
    FIELD(latency_p50_ns),    FIELD(latency_p90_ns),      FIELD(latency_p99_ns),
    FIELD(latency_p999_ns),   FIELD(latency_max_ns),      FIELD(window_s),
    FIELD(server_run_share),  FIELD(server_waited_share), FIELD(server_ns_per_reply),
    FIELD(sleeps_per_s),      FIELD(core_busy_share),     FIELD(core_irq_share),
    FIELD(core_stolen_share), FIELD(client_waited_share), FIELD(client_sleeps_per_s),
    FIELD(late_p99_ns),       FIELD(batch_mean),          FIELD(batch_max),
    FIELD(refused_per_s),     FIELD(wrong_per_s),         {NULL, 0},
};

static const char *const limits[] = {
    [TG_LIMIT_NONE] = "none",
    [TG_LIMIT_SERVER] = "server",
    [TG_LIMIT_CLIENT] = "client",
    [TG_LIMIT_UNCLEAR] = "unclear",
};

struct tg_bed_point tg_bed_point_unknown(void)
{
    struct tg_bed_point point = {.limited_by = TG_LIMIT_NONE};
    for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++)
        *(double *)((char *)&point + f->offset) = NAN;
    point.repetition = 0;
    return point;
}

const char *tg_limit_name(enum tg_limit limit)
{
    return limits[limit];
}

int tg_limit_parse(const char *name, enum tg_limit *limit, struct tg_error *err)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (strcmp(limits[i], name) == 0) {
            *limit = (enum tg_limit)i;
            return TG_OK;
        }
    }
    return tg_error_set(err, TG_EINPUT, "'%s' is no limit: none, server, client or unclear is", name);
}

bool tg_bed_point_sustained(const struct tg_bed_point *point)
{
    return point->answered_fraction >= sustained_fraction;
}

static double known(double value, double fallback)
{
    return isnan(value) ? fallback : value;
}

/* Threads that wait for one another count as waiting too, but the core was then busy with one of them. */
static double server_disturbed(const struct tg_bed_point *point)
{
    double others = known(point->core_busy_share, 1) - known(point->server_run_share, 0);
    return fmax(0, fmin(others, known(point->server_waited_share, 0)));
}

double tg_bed_point_disturbed(const struct tg_bed_point *point)
{
    return fmax(server_disturbed(point), known(point->client_waited_share, 0));
}

enum tg_limit tg_bed_point_limit(const struct tg_bed_point *point, bool open_loop)
{
    bool held_back = point->sent_per_s < sustained_fraction * point->offered_per_s;
    if (tg_bed_point_sustained(point))
        return TG_LIMIT_NONE;
    /* A client that other work kept from its core is no evidence. */
    if (known(point->client_waited_share, 0) > disturbed_client)
        held_back = false;
    if (open_loop && held_back && point->lost_fraction <= 1 - sustained_fraction)
        return TG_LIMIT_CLIENT;
    if (point->server_run_share + server_disturbed(point) >= busy_share)
        return TG_LIMIT_SERVER;
    if (held_back || point->refused_per_s > 0)
        return TG_LIMIT_CLIENT;
    return TG_LIMIT_UNCLEAR;
}

struct tg_curve_point tg_bed_point_to_curve(const struct tg_bed_point *point)
{
    return (struct tg_curve_point){.values = {
                                       [TG_CURVE_OFFERED] = point->offered_per_s,
                                       [TG_CURVE_REPLY] = point->reply_per_s,
                                       [TG_CURVE_LATENCY_MEAN] = point->latency_mean_ns,
                                       [TG_CURVE_LATENCY_SD] = point->latency_sd_ns,
                                       [TG_CURVE_LATENCY_P50] = point->latency_p50_ns,
                                       [TG_CURVE_LATENCY_P90] = point->latency_p90_ns,
                                       [TG_CURVE_LATENCY_P99] = point->latency_p99_ns,
                                       [TG_CURVE_LATENCY_MAX] = point->latency_max_ns,
                                       [TG_CURVE_LOST] = point->lost_fraction,
                                   }};
}

int tg_bed_point_price(const struct tg_bed_point *a, const struct tg_bed_point *b, double *request_ns,
                       double *wakeup_ns, struct tg_error *err)
{
    /* Per reply: the time, and the share of a wake-up that comes with it. */
    double ta = a->server_ns_per_reply, tb = b->server_ns_per_reply;
    double wa = a->sleeps_per_s / a->reply_per_s, wb = b->sleeps_per_s / b->reply_per_s;
    const double apart = 0.02;
    if (!isfinite(ta + tb + wa + wb) || fabs(wa - wb) < apart)
        return tg_error_set(
            err, TG_ECHECK,
            "two points with %.3g and %.3g wake-ups a reply do not tell the price of a request "
            "from that of a wake-up",
            wa, wb);
    double wakeup = (ta - tb) / (wa - wb), request = ta - wa * wakeup;
    if (wakeup < 0 || request < 0)
        return tg_error_set(err, TG_ECHECK,
                            "the two points give a price below zero: %.3g ns a request, %.3g a wake-up",
                            request, wakeup);
    *wakeup_ns = wakeup;
    *request_ns = request;
    return TG_OK;
}
