/* tg_result: what one replication of a point gave.
 *
 * Counts are of the requests whose intended time lies in the window that is counted (after the warm-up,
 * before the horizon), each of which ends in exactly one of replied, failed for one reason, or still open.
 * Latency runs from the intended time of the request to the moment the client has its reply, so that a client
 * that falls behind does not hide it. The toll is the mean latency of the replied requests taken apart: what
 * was paid for each primitive while the request was served, and where it waited; the parts add up to the sum
 * of latencies to the picosecond.
 *
 * The response time of a request over a connection is what httperf prints as such (its manual page, "Reply
 * time"): from the first byte of the request that the client's program sends, to the first byte of the reply
 * that it reads. Setting the connection up and the rest of the reply are not in it. Datagrams have none.
 */
#ifndef TG_RESULT_H
#define TG_RESULT_H

#include "tg_hist.h"
#include "tg_path.h"

enum { TG_REPLY_WINDOWS_MAX = 256 };

struct tg_result {
    double offered_per_s; /* the rate asked for */
    tg_ps window_ps;
    int64_t offered, replied, still_open;
    int64_t lost[TG_LOSSES_MAX]; /* requests, by the reason they failed */
    int64_t replies_in_window;
    struct tg_hist latency;           /* ps */
    tg_ps response_ps;                /* sum of the response times, as the next two */
    tg_ps paid_ps[TG_PATH_COSTS_MAX]; /* sums over replied requests */
    tg_ps waited_ps[TG_WAITS_MAX];
    uint32_t cost_count;
    unsigned wait_count, loss_count;
    tg_ps busy_ps[TG_CLASS_COUNT];         /* of the server's core, over the window, as the next four */
    tg_ps driver_busy_ps;                  /* of the driver domain's core */
    tg_ps client_busy_ps;                  /* sum over clients, with what jitter took while they worked */
    tg_ps thought_ps;                      /* sum of the users' thinking */
    int64_t clients, users;                /* machines; users of a closed client, else 0 */
    int64_t interrupts, wakeups, switches; /* over the whole run, as all that follows */
    int64_t sent;                          /* requests that left the client, those of the warm-up too */
    int64_t packets_in, packets_out;       /* at the server's adapter */
    int64_t dropped[TG_LOSSES_MAX];        /* packets, by place */
    tg_ps spent_ps[TG_PATH_COSTS_MAX];     /* CPU time of server and client, whoever it was for */
    int64_t descriptors_peak, ports_peak;  /* of one client; ports with those in TIME_WAIT */
    double memory_peak_bytes;              /* of the server's machine */
    tg_ps crashed_ps;                      /* when the server ran out of memory and died, or negative */
    tg_ps run_ps;                          /* when the run ended */
    double reply_stddev_per_s;             /* spread of the reply rate over the windows of what is counted */
    /* As a load generator samples it that goes on until its last request has ended (httperf): the mean and
     * the spread over all whole windows of the run. */
    double reply_sampled_per_s, reply_sampled_stddev_per_s;
    bool samples; /* the workload says how long such a window is */
    int64_t replies_by_window[TG_REPLY_WINDOWS_MAX];
    int64_t reply_windows; /* those of what is counted */
    tg_ps reply_window_ps;
    /* A buffer of the caller's for the response times of the first requests that were replied to, in the
     * order of the replies; kept over resets. NULL: none. */
    tg_ps *series_ps;
    size_t series_room, series_count;
};

int tg_result_init(struct tg_result *result, struct tg_error *err);
void tg_result_reset(struct tg_result *result);
void tg_result_release(struct tg_result *result);

/* A hash of all the counts, sums and buckets: equal for runs that are the same to the bit. */
void tg_result_digest(const struct tg_result *result, char hex[TG_SHA256_HEX]);

#endif
