#include "tg_remote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void serve(struct tg_peer *peer)
{
    struct tg_remote *remote = peer->argument;
    struct tg_error err = {0};
    void *state = NULL;
    uint64_t ops, begin;
    peer->page->code = remote->prepare ? remote->prepare(remote->argument, &state, &err) : TG_OK;
    snprintf(peer->page->text, sizeof peer->page->text, "%s", err.text);
    char byte = 0;
    while (write(peer->from[1], &byte, 1) == 1 && !peer->page->code) {
        if (read(peer->to[0], &ops, sizeof ops) != (ssize_t)sizeof ops)
            break;
        peer->page->cost_ns = tg_time_body(remote->clock, remote->body, state, ops, &begin);
        peer->page->stamp = begin;
    }
}

static int await(struct tg_remote *remote, struct tg_error *err)
{
    char byte;
    if (read(remote->peer.from[0], &byte, 1) != 1)
        return tg_error_set(err, TG_EENV, "the process that measures has ended early");
    if (remote->peer.page->code)
        return tg_error_set(err, (enum tg_code)remote->peer.page->code, "%s", remote->peer.page->text);
    return TG_OK;
}

int tg_remote_start(struct tg_remote *remote, const struct tg_clock *clock, tg_remote_prepare prepare,
                    tg_body body, void *argument, struct tg_error *err)
{
    *remote = (struct tg_remote){.clock = clock, .prepare = prepare, .body = body, .argument = argument};
    int rc = tg_peer_start(&remote->peer, -1, serve, remote, err);
    return rc ? rc : await(remote, err);
}

int tg_remote_time(struct tg_remote *remote, uint64_t ops, uint64_t *begin, double *cost_ns,
                   struct tg_error *err)
{
    if (write(remote->peer.to[1], &ops, sizeof ops) != (ssize_t)sizeof ops)
        return tg_error_set(err, TG_EENV, "the process that measures is gone: %s", strerror(errno));
    int rc = await(remote, err);
    *begin = remote->peer.page->stamp;
    *cost_ns = remote->peer.page->cost_ns;
    return rc;
}

int tg_remote_resolve(struct tg_remote *remote, uint64_t *ops, struct tg_error *err)
{
    enum { SAMPLES = 11, OPS_MAX = 1 << 20 };
    double costs[SAMPLES];
    uint64_t begin;
    for (*ops = 1; *ops < OPS_MAX; *ops *= 2) {
        for (int i = 0; i < SAMPLES; i++) {
            int rc = tg_remote_time(remote, *ops, &begin, &costs[i], err);
            if (rc)
                return rc;
        }
        if (tg_median(costs, SAMPLES) >= TG_STEPS_WANTED * remote->clock->resolution_ns)
            break;
    }
    return TG_OK;
}

void tg_remote_stop(struct tg_remote *remote)
{
    tg_peer_stop(&remote->peer);
}
