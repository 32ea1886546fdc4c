#include "tg_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_timing.h"

int tg_pair_lost(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "the second process is gone: %s", strerror(errno));
}

static void transfer(void *state, uint64_t ops)
{
    const struct tg_pair *pair = state;
    char byte = 0;
    for (uint64_t i = 0; i < ops; i++) {
        if (write(pair->own[1], &byte, 1) != 1 || read(pair->own[0], &byte, 1) != 1)
            abort();
    }
}

static double median_write(const struct tg_bench *bench, const struct tg_pair *pair)
{
    double costs[TG_BASELINE_SAMPLES];
    char byte = 0;
    for (int i = 0; i < TG_BASELINE_SAMPLES; i++) {
        uint64_t begin = tg_clock_begin();
        ssize_t sent = write(pair->own[1], &byte, 1);
        costs[i] = tg_clock_cost_ns(&bench->clock, begin, tg_clock_end());
        if (sent != 1 || read(pair->own[0], &byte, 1) != 1)
            abort();
    }
    return tg_median(costs, TG_BASELINE_SAMPLES);
}

int tg_pair_open(struct tg_pair **pair, const struct tg_bench *bench, int cpu, tg_peer_loop loop,
                 void *argument, struct tg_error *err)
{
    struct tg_pair *p = calloc(1, sizeof *p);
    *pair = NULL;
    if (!p)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    if (pipe(p->own) != 0) {
        free(p);
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    }
    *pair = p;
    p->transfer_ns = tg_time_per_op_ns(&bench->clock, transfer, p);
    p->write_ns = median_write(bench, p);
    return tg_peer_start(&p->peer, cpu, loop, argument, err);
}

void tg_pair_close(void *pair)
{
    struct tg_pair *p = pair;
    tg_peer_stop(&p->peer);
    close(p->own[0]);
    close(p->own[1]);
    free(p);
}

void tg_pair_echo(struct tg_peer *peer)
{
    char byte;
    while (read(peer->to[0], &byte, 1) == 1) {
        if (write(peer->from[1], &byte, 1) != 1)
            break;
    }
}

int tg_pair_round_trip(const struct tg_bench *bench, struct tg_pair *pair, uint64_t *begin, double *cost_ns,
                       struct tg_error *err)
{
    char byte = 0;
    *begin = tg_clock_begin();
    if (write(pair->peer.to[1], &byte, 1) != 1 || read(pair->peer.from[0], &byte, 1) != 1)
        return tg_pair_lost(err);
    *cost_ns = tg_clock_cost_ns(&bench->clock, *begin, tg_clock_end());
    return TG_OK;
}
