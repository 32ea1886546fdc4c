#include "tg_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tg_dns.h"
#include "tg_netns.h"
#include "tg_order.h"

enum { IDS = 65536, RECEIVED_MAX = 32, MESSAGE_BYTES = 256 };

struct run {
    const struct tg_load *load;
    struct tg_load_tally *tally;
    int socket;
    size_t requests, first, next; /* all; the first of the window; the next to send */
    int64_t start_ns, begin_ns, end_ns;
    int64_t *due_ns;    /* of each request, from start_ns */
    double *latency_ns; /* of each request; 0: not answered */
    double *late_ns;    /* of each request; below 0: not sent */
    uint32_t *by_id;    /* the last request sent with each identifier, plus 1 */
    uint64_t batches, under_way;
    uint8_t query[MESSAGE_BYTES];
    size_t query_bytes;
    struct mmsghdr outgoing[TG_LOAD_BATCH_MAX], incoming[RECEIVED_MAX];
    struct iovec out_parts[TG_LOAD_BATCH_MAX], in_parts[RECEIVED_MAX];
    uint8_t out[TG_LOAD_BATCH_MAX][MESSAGE_BYTES], in[RECEIVED_MAX][MESSAGE_BYTES];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): plenty for gaps between packets. */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static int plan(struct run *r, struct tg_error *err)
{
    const struct tg_load *load = r->load;
    double all_s = load->warmup_s + load->window_s, gap_s = 1 / load->rate_per_s, t_s = 0;
    double likely = all_s * load->rate_per_s;
    size_t room = (size_t)(likely + 10 * sqrt(likely) + 16);
    if (!(likely < TG_LOAD_REQUESTS_MAX))
        return tg_error_set(err, TG_ELIMIT, "%.3g requests are more than a run can hold (%d)", likely,
                            TG_LOAD_REQUESTS_MAX);
    r->due_ns = malloc(room * sizeof *r->due_ns);
    r->latency_ns = calloc(room, sizeof *r->latency_ns);
    r->late_ns = malloc(room * sizeof *r->late_ns);
    r->by_id = calloc(IDS, sizeof *r->by_id);
    if (!r->due_ns || !r->latency_ns || !r->late_ns || !r->by_id)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    uint64_t state = load->seed;
    while (r->requests < room) {
        t_s += load->even ? gap_s : -gap_s * log1p(-uniform(&state));
        if (t_s >= all_s)
            break;
        if (t_s < load->warmup_s)
            r->first = r->requests + 1;
        r->due_ns[r->requests] = (int64_t)(t_s * 1e9);
        r->late_ns[r->requests++] = -1;
    }
    return TG_OK;
}

/* A socket stays in the name space it was made in. Its buffer is large, so that the client loses nothing. */
static int open_socket(struct run *r, struct tg_error *err)
{
    enum { BUFFER_BYTES = 8 << 20 };
    const struct tg_load *load = r->load;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(load->port)};
    int back, size = BUFFER_BYTES;
    if (inet_pton(AF_INET, load->target, &to.sin_addr) != 1)
        return tg_error_set(err, TG_EINPUT, "'%s' is not an IPv4 address", load->target);
    int rc = tg_netns_enter(load->netns, &back, err);
    if (rc)
        return rc;
    r->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int failed = r->socket < 0 || connect(r->socket, (struct sockaddr *)&to, sizeof to), cause = errno;
    tg_netns_leave(back);
    if (failed)
        return tg_error_set(err, TG_EENV, "cannot reach %s: %s", load->target, strerror(cause));
    setsockopt(r->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return TG_OK;
}

static int write_query(struct run *r, struct tg_error *err)
{
    struct tg_dns_key key;
    size_t name_bytes;
    uint8_t message[TG_DNS_MESSAGE_MAX];
    int rc = tg_dns_name(r->load->name, &key, &name_bytes, err);
    if (rc)
        return rc;
    r->query_bytes = tg_dns_query(message, 0, &key, name_bytes, TG_DNS_TYPE_A);
    memcpy(r->query, message, r->query_bytes < MESSAGE_BYTES ? r->query_bytes : MESSAGE_BYTES);
    for (int i = 0; i < TG_LOAD_BATCH_MAX; i++) {
        memcpy(r->out[i], r->query, r->query_bytes);
        r->out_parts[i] = (struct iovec){r->out[i], r->query_bytes};
        r->outgoing[i].msg_hdr = (struct msghdr){.msg_iov = &r->out_parts[i], .msg_iovlen = 1};
    }
    for (int i = 0; i < RECEIVED_MAX; i++) {
        r->in_parts[i] = (struct iovec){r->in[i], MESSAGE_BYTES};
        r->incoming[i].msg_hdr = (struct msghdr){.msg_iov = &r->in_parts[i], .msg_iovlen = 1};
    }
    return TG_OK;
}

/* Sends what is due, as much as one call may take. */
static int send_due(struct run *r, int64_t now, struct tg_error *err)
{
    unsigned count = 0;
    while (count < r->load->batch_max && r->next + count < r->requests &&
           r->due_ns[r->next + count] <= now - r->start_ns) {
        size_t id = (r->next + count) % IDS;
        r->out[count][0] = (uint8_t)(id >> 8);
        r->out[count][1] = (uint8_t)id;
        count++;
    }
    if (!count)
        return TG_OK;
    /* Before the call: on these networks the answer may be there when it returns. */
    for (unsigned i = 0; i < count; i++)
        r->by_id[(r->next + i) % IDS] = (uint32_t)(r->next + i) + 1;
    int sent = sendmmsg(r->socket, r->outgoing, count, 0);
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED)
        return tg_error_set(err, TG_EENV, "cannot send to %s: %s", r->load->target, strerror(errno));
    for (int i = 0; i < sent; i++)
        r->late_ns[r->next + (size_t)i] = (double)(now - r->start_ns - r->due_ns[r->next + (size_t)i]);
    if (sent <= 0)
        return TG_OK;
    if (r->next >= r->first) {
        r->batches++;
        if (sent > r->tally->batch_max)
            r->tally->batch_max = sent;
    }
    r->next += (size_t)sent;
    r->under_way += (uint64_t)sent;
    return TG_OK;
}

static void take_reply(struct run *r, const uint8_t *message, size_t bytes, int64_t now)
{
    enum { HEADER_BYTES = 12, RESPONSE = 0x80, CODE = 0x0f };
    uint32_t which = bytes >= HEADER_BYTES ? r->by_id[message[0] << 8 | message[1]] : 0;
    if (!which || r->latency_ns[which - 1] != 0) {
        r->tally->stray++;
        return;
    }
    r->under_way -= r->under_way > 0;
    if (!(message[2] & RESPONSE) || (message[3] & CODE) || !(message[6] | message[7])) {
        r->tally->wrong++;
        return;
    }
    r->latency_ns[which - 1] = (double)(now - r->start_ns - r->due_ns[which - 1]);
    if (now >= r->begin_ns && now < r->end_ns)
        r->tally->in_time++;
}

static void receive(struct run *r)
{
    int got = recvmmsg(r->socket, r->incoming, RECEIVED_MAX, MSG_DONTWAIT, NULL);
    int64_t now = got > 0 ? now_ns() : 0;
    for (int i = 0; i < got; i++)
        take_reply(r, r->in[i], r->incoming[i].msg_len, now);
}

static void mark(struct run *r, enum tg_load_mark which)
{
    if (r->load->mark)
        r->load->mark(which, r->load->context);
}

/* What the caller does at the window's beginning keeps the client from sending for a moment, which must be
 * over by then. */
static int drive(struct run *r, struct tg_error *err)
{
    const int64_t ahead_ns = 1000000;
    const struct tg_load *load = r->load;
    bool begun = false;
    int rc = TG_OK;
    r->start_ns = now_ns();
    r->begin_ns = r->start_ns + (int64_t)(load->warmup_s * 1e9);
    r->end_ns = r->begin_ns + (int64_t)(load->window_s * 1e9);
    for (int64_t now = r->start_ns; now < r->end_ns && !rc; now = now_ns()) {
        if (!begun && now >= r->begin_ns - ahead_ns) {
            mark(r, TG_LOAD_WINDOW_BEGINS);
            begun = true;
        }
        rc = send_due(r, now, err);
        receive(r);
        if (load->interrupted && load->interrupted())
            return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
    }
    /* Other work may have kept this thread from its core all the while. */
    if (!begun)
        mark(r, TG_LOAD_WINDOW_BEGINS);
    mark(r, TG_LOAD_WINDOW_ENDS);
    int64_t patience = now_ns() + (int64_t)(load->timeout_s * 1e9);
    while (!rc && r->under_way && now_ns() < patience) {
        struct pollfd ready = {.fd = r->socket, .events = POLLIN};
        poll(&ready, 1, 1);
        receive(r);
    }
    return rc;
}

static void sum_up_lateness(struct run *r)
{
    struct tg_load_tally *tally = r->tally;
    double sum = 0;
    /* Those sent are the first ones, so their lateness stands without gaps. */
    double *late_ns = r->late_ns + r->first;
    size_t sent = r->next > r->first ? r->next - r->first : 0;
    tg_order_sort(late_ns, sent);
    for (size_t i = 0; i < sent; i++)
        sum += late_ns[i];
    tally->sent = sent;
    tally->late_mean_ns = sent ? sum / (double)sent : 0;
    tally->late_p99_ns = sent ? tg_order_quantile(late_ns, sent, 0.99) : 0;
    tally->late_max_ns = sent ? late_ns[sent - 1] : 0;
    tally->batch_mean = r->batches ? (double)sent / (double)r->batches : 0;
}

static void sum_up(struct run *r)
{
    struct tg_load_tally *tally = r->tally;
    tally->due = r->requests - r->first;
    tally->window_s = r->load->window_s;
    sum_up_lateness(r);
    for (size_t i = r->first; i < r->next; i++) {
        if (r->latency_ns[i] != 0)
            r->latency_ns[tally->answered++] = r->latency_ns[i];
    }
    tally->latency_ns = r->latency_ns;
    r->latency_ns = NULL;
    tg_order_sort(tally->latency_ns, tally->answered);
}

static void release(struct run *r)
{
    if (r->socket >= 0)
        close(r->socket);
    free(r->due_ns);
    free(r->latency_ns);
    free(r->late_ns);
    free(r->by_id);
    free(r);
}

static int open_run(struct run **run, const struct tg_load *load, struct tg_load_tally *tally,
                    struct tg_error *err)
{
    struct run *r = *run = calloc(1, sizeof *r);
    *tally = (struct tg_load_tally){0};
    if (!r)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    r->load = load;
    r->tally = tally;
    r->socket = -1;
    int rc = write_query(r, err);
    return rc ? rc : open_socket(r, err);
}

int tg_load_run(const struct tg_load *load, struct tg_load_tally *tally, struct tg_error *err)
{
    struct run *r;
    cpu_set_t before, wanted;
    int rc = open_run(&r, load, tally, err);
    if (!rc)
        rc = plan(r, err);
    CPU_ZERO(&wanted);
    CPU_SET(load->cpu < 0 ? 0 : load->cpu, &wanted);
    bool moved = !rc && load->cpu >= 0 && sched_getaffinity(0, sizeof before, &before) == 0;
    if (moved && sched_setaffinity(0, sizeof wanted, &wanted))
        rc = tg_error_set(err, TG_EENV, "the client cannot run on CPU %d: %s", load->cpu, strerror(errno));
    if (!rc)
        rc = drive(r, err);
    if (moved)
        sched_setaffinity(0, sizeof before, &before);
    if (!rc)
        sum_up(r);
    if (r)
        release(r);
    return rc;
}

int tg_load_await(const struct tg_load *load, double timeout_s, struct tg_error *err)
{
    enum { WAIT_MS = 10 };
    struct tg_load_tally tally;
    struct run *r;
    int rc = open_run(&r, load, &tally, err);
    int64_t until = now_ns() + (int64_t)(timeout_s * 1e9);
    bool answered = false;
    while (!rc && !answered) {
        struct pollfd ready = {.fd = r->socket, .events = POLLIN};
        send(r->socket, r->query, r->query_bytes, 0);
        if (poll(&ready, 1, WAIT_MS) == 1)
            answered = recv(r->socket, r->in[0], MESSAGE_BYTES, 0) > 0;
        if (!answered && now_ns() > until)
            rc = tg_error_set(err, TG_EENV, "the server does not answer within %.3g s", timeout_s);
        if (!rc && load->interrupted && load->interrupted())
            rc = tg_error_set(err, TG_EINTERRUPTED, "interrupted");
    }
    if (r)
        release(r);
    return rc;
}

void tg_load_tally_release(struct tg_load_tally *tally)
{
    free(tally->latency_ns);
    *tally = (struct tg_load_tally){0};
}
