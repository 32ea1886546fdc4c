/* Queues with several servers or a finite room: M/M/c, M/M/1/K, M/M/c/c, M/G/c/c. */
#include "tg_closed_forms.h"
#include "tg_theory_queue.h"

static double offered(const struct tg_theory_queue *q)
{
    return q->load * q->servers;
}

static double mmc_mean(const struct tg_theory_queue *q)
{
    return 1 + tg_mmc_wait(offered(q), 1, q->servers);
}

static double mmc_delayed(const struct tg_theory_queue *q)
{
    return tg_erlang_c(offered(q), q->servers);
}

static const struct tg_theory_queue mmc = {
    .servers = 4,
    .load = 0.8,
    .services = {"exponential", {1}, 1},
    .warm_up = 20000,
    .customers = 200000,
    .measure = {tg_theory_mean, tg_theory_delayed},
    .expected = {mmc_mean, mmc_delayed},
};

const struct tg_theory_model tg_theory_mmc = {
    .name = "mmc",
    .title = "M/M/4 at load 0.8 (delayed: Erlang C)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &mmc,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

static double mm1k_lost(const struct tg_theory_queue *q)
{
    return tg_mm1k_loss(q->load, (unsigned)q->room);
}

/* By Little's law, of those admitted. */
static double mm1k_mean(const struct tg_theory_queue *q)
{
    unsigned room = (unsigned)q->room;
    return tg_mm1k_number(q->load, room) / (q->load * (1 - tg_mm1k_loss(q->load, room)));
}

static const struct tg_theory_queue mm1k = {
    .servers = 1,
    .room = 8,
    .load = 0.95,
    .services = {"exponential", {1}, 1},
    .warm_up = 10000,
    .customers = 200000,
    .measure = {tg_theory_mean, tg_theory_lost},
    .expected = {mm1k_mean, mm1k_lost},
};

const struct tg_theory_model tg_theory_mm1k = {
    .name = "mm1k",
    .title = "M/M/1/8 at load 0.95",
    .quantities = {{"sojourn_mean", "us"}, {"lost", ""}},
    .replications = 40,
    .parameters = &mm1k,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

static double erlang_b(const struct tg_theory_queue *q)
{
    return tg_erlang_b(offered(q), q->servers);
}

static const struct tg_theory_queue mmcc = {
    .servers = 10,
    .room = 10,
    .load = 0.8,
    .services = {"exponential", {1}, 1},
    .warm_up = 10000,
    .customers = 150000,
    .measure = {tg_theory_lost},
    .expected = {erlang_b},
};

const struct tg_theory_model tg_theory_mmcc = {
    .name = "mmcc",
    .title = "M/M/10/10 offered 8 erlangs (Erlang B)",
    .quantities = {{"lost", ""}},
    .replications = 40,
    .parameters = &mmcc,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

/* Erlang's loss does not depend on the law of services. */
static const struct tg_theory_queue mgcc = {
    .servers = 10,
    .room = 10,
    .load = 0.8,
    .services = {"hyperexponential", {0.9, 0.5, 0.1, 5.5}, 4},
    .warm_up = 10000,
    .customers = 150000,
    .measure = {tg_theory_lost},
    .expected = {erlang_b},
};

const struct tg_theory_model tg_theory_mgcc = {
    .name = "mgcc",
    .title = "M/G/10/10 offered 8 erlangs, hyperexponential services (Erlang B)",
    .quantities = {{"lost", ""}},
    .replications = 40,
    .parameters = &mgcc,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};
