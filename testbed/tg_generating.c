#include "tg_generating.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tg_load.h"
#include "tg_netns.h"

static const struct {
    tg_generate_function *run;
    bool over_tcp, open_loop;
} kinds[TG_GENERATORS] = {
    [TG_GENERATOR_OPEN] = {tg_generate_open, false, true},
    [TG_GENERATOR_DNSPERF] = {tg_generate_dnsperf, false, false},
    [TG_GENERATOR_HTTPERF] = {tg_generate_httperf, true, false},
};

int tg_generate(enum tg_bed_generator generator, const struct tg_generating *g,
                const struct tg_bed_load *load, struct tg_bed_point *point, struct tg_error *err)
{
    *point = tg_bed_point_unknown();
    point->wanted_per_s = point->offered_per_s = load->rate_per_s;
    int rc = kinds[generator].run(g, load, point, err);
    if (rc)
        return rc;
    point->answered_fraction = fmin(1, point->reply_per_s / point->offered_per_s);
    point->limited_by = tg_bed_point_limit(point, kinds[generator].open_loop);
    return TG_OK;
}

void tg_generating_account(const struct tg_usage *used, struct tg_bed_point *point)
{
    double window_ns = point->window_s * 1e9, core_s = used->core_s > 0 ? used->core_s : NAN;
    point->server_run_share = used->run_ns / window_ns;
    point->server_waited_share = used->waited_ns / window_ns;
    point->server_ns_per_reply = used->run_ns / (point->reply_per_s * point->window_s);
    point->sleeps_per_s = used->sleeps / point->window_s;
    point->core_busy_share = 1 - used->core_idle_s / core_s;
    point->core_irq_share = used->core_irq_s / core_s;
    point->core_stolen_share = used->core_stolen_s / core_s;
}

/* One connection, if it comes about at once. */
static int connect_once(const struct tg_generating *g)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(TG_SERVING_HTTP_PORT)};
    int back;
    inet_pton(AF_INET, g->net->target, &to.sin_addr);
    if (tg_netns_enter(g->net->client_namespace, &back, NULL))
        return 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    tg_netns_leave(back);
    int connected = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    if (fd >= 0)
        close(fd);
    return connected;
}

static int await_connection(const struct tg_generating *g, double timeout_s, struct tg_error *err)
{
    enum { WAIT_MS = 20 };
    struct timespec begun, now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    while (!connect_once(g)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((double)(now.tv_sec - begun.tv_sec) > timeout_s)
            return tg_error_set(err, TG_EENV, "the server takes no connection within %.3g s", timeout_s);
        if (g->interrupted && g->interrupted())
            return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
        poll(NULL, 0, WAIT_MS);
    }
    return TG_OK;
}

int tg_generating_await(enum tg_bed_generator generator, const struct tg_generating *g, double timeout_s,
                        struct tg_error *err)
{
    const struct tg_load query = {.netns = g->net->client_namespace,
                                  .target = g->net->target,
                                  .port = TG_SERVING_DNS_PORT,
                                  .name = TG_SERVING_NAME,
                                  .interrupted = g->interrupted};
    return kinds[generator].over_tcp ? await_connection(g, timeout_s, err)
                                     : tg_load_await(&query, timeout_s, err);
}
