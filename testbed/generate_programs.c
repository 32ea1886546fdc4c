/* Load generators of others: dnsperf, and httperf with a connection a request. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_generating.h"
#include "tg_import.h"
#include "tg_process.h"

enum { OUTSTANDING = 100, CLIENT_FILES = 4096 };

static double whole_seconds(const struct tg_bed_load *load)
{
    return fmax(1, ceil(load->window_s));
}

/* What one left behind. */
struct said {
    char *text; /* all that it printed; owned */
    double sleeps;
    struct tg_usage used; /* by the server meanwhile */
};

/* Runs one, and reads its result as a point of a curve. */
static int run(const struct tg_generating *g, const char *const *arguments, double timeout_s,
               const char *format, struct tg_curve_point *found, struct said *said, struct tg_error *err)
{
    const struct tg_process_setup setup = {.arguments = arguments,
                                           .netns = g->net->client_namespace,
                                           .cpu = g->client_cpu,
                                           .files = CLIENT_FILES};
    const struct tg_import_options options = {.format = format, .samples_max = 1};
    struct tg_process process;
    struct tg_import import = {0};
    struct tg_usage readings[2];
    int status;
    *said = (struct said){0};
    tg_usage_read(g->server, g->server_cpu, &readings[0]);
    int rc = tg_process_start(&process, &setup, err);
    if (rc)
        return rc;
    rc = tg_process_wait(&process, timeout_s, g->interrupted, &status, err);
    tg_usage_read(g->server, g->server_cpu, &readings[1]);
    if (rc == TG_ELIMIT)
        rc = tg_error_wrap(err, TG_EENV, "%s", arguments[0]);
    if (!rc && (!process.said.data || process.said.failed))
        rc = tg_error_set(err, TG_EENV, "%s said nothing and ended with status %d", arguments[0], status);
    if (!rc)
        rc = tg_import_text(&import, &options, process.said.data, process.said.length, arguments[0], err);
    if (!rc && import.curve.count != 1)
        rc = tg_error_set(err, TG_EENV, "%s: no result, status %d", arguments[0], status);
    if (!rc) {
        *found = import.curve.points[0];
        *said =
            (struct said){process.said.data, process.sleeps, tg_usage_between(&readings[0], &readings[1])};
        process.said.data = NULL;
    }
    tg_import_release(&import);
    tg_process_stop(&process);
    return rc;
}

/* The number behind a label, or NaN. */
static double number_after(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    return at ? strtod(at + strlen(label), NULL) : NAN;
}

static void take(const struct tg_curve_point *found, struct tg_bed_point *point)
{
    point->reply_per_s = found->values[TG_CURVE_REPLY];
    point->latency_mean_ns = found->values[TG_CURVE_LATENCY_MEAN];
    point->latency_sd_ns = found->values[TG_CURVE_LATENCY_SD];
    point->latency_max_ns = found->values[TG_CURVE_LATENCY_MAX];
    point->lost_fraction = found->values[TG_CURVE_LOST];
}

/* Of the replies only so many were right. */
static void take_only(double right_per_s, struct tg_bed_point *point)
{
    right_per_s = isfinite(right_per_s) ? fmin(right_per_s, point->reply_per_s) : 0;
    point->wrong_per_s = point->reply_per_s - right_per_s;
    point->reply_per_s = right_per_s;
}

/* dnsperf keeps at most so many queries outstanding, so that it sends less instead of losing more, and counts
 * latency from the sending. */
int tg_generate_dnsperf(const struct tg_generating *g, const struct tg_bed_load *load,
                        struct tg_bed_point *point, struct tg_error *err)
{
    static const char query[] = TG_SERVING_NAME " A\n";
    const double slack_s = 5;
    char *queries = tg_file_join(g->folder, "queries");
    char seconds[16], rate[32], outstanding[16];
    struct tg_curve_point found;
    struct said said;
    if (!queries)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    snprintf(seconds, sizeof seconds, "%.0f", whole_seconds(load));
    snprintf(rate, sizeof rate, "%.0f", fmax(1, load->rate_per_s));
    snprintf(outstanding, sizeof outstanding, "%d", OUTSTANDING);
    const char *const arguments[] = {"dnsperf", "-s", g->net->target, "-d", queries, "-l", seconds, "-Q",
                                     rate,      "-q", outstanding,    "-t", "1",     "-c", "1",     "-T",
                                     "1",       NULL};
    int rc = tg_file_write(queries, query, sizeof query - 1, err);
    if (!rc)
        rc = run(g, arguments, whole_seconds(load) + slack_s, "dnsperf", &found, &said, err);
    free(queries);
    if (rc)
        return rc;
    take(&found, point);
    point->window_s = number_after(said.text, "Run time (s):");
    point->sent_per_s = number_after(said.text, "Queries sent:") / point->window_s;
    take_only(number_after(said.text, "NOERROR ") / point->window_s, point);
    point->client_sleeps_per_s = said.sleeps / point->window_s;
    tg_generating_account(&said.used, point);
    free(said.text);
    return TG_OK;
}

/* Without --hog: that has httperf look for free ports by trying, which costs it more the fewer there are; the
 * kernel has 64,512 of them to give here. What it could not open it says: descriptors beyond the 1,024 of
 * select(), and ports. */
int tg_generate_httperf(const struct tg_generating *g, const struct tg_bed_load *load,
                        struct tg_bed_point *point, struct tg_error *err)
{
    const double slack_s = 10;
    char rate[32], connections[32];
    struct tg_curve_point found;
    struct said said;
    snprintf(rate, sizeof rate, "%.3f", load->rate_per_s);
    snprintf(connections, sizeof connections, "%.0f", fmax(1, round(load->rate_per_s * whole_seconds(load))));
    const char *const arguments[] = {
        "httperf", "--server", g->net->target, "--port",    "80",          "--uri", TG_SERVING_PAGE,
        "--rate",  rate,       "--num-conns",  connections, "--num-calls", "1",     "--timeout",
        "2",       NULL};
    int rc = run(g, arguments, whole_seconds(load) + slack_s, "httperf", &found, &said, err);
    if (rc)
        return rc;
    take(&found, point);
    point->window_s = number_after(said.text, "test-duration ");
    point->sent_per_s = number_after(said.text, " requests ") / point->window_s;
    double refused = number_after(said.text, "fd-unavail ") + number_after(said.text, "addrunavail ") +
                     number_after(said.text, "ftab-full ");
    point->refused_per_s = refused / point->window_s;
    take_only(number_after(said.text, " 2xx=") / point->window_s, point);
    point->client_sleeps_per_s = said.sleeps / point->window_s;
    tg_generating_account(&said.used, point);
    free(said.text);
    return TG_OK;
}
