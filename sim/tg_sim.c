#include "tg_sim.h"

#include <inttypes.h>
#include <string.h>

int tg_sim_init(struct tg_sim *sim, size_t capacity, struct tg_error *err)
{
    memset(sim, 0, sizeof *sim);
    return tg_calendar_init(&sim->calendar, capacity, err);
}

void tg_sim_release(struct tg_sim *sim)
{
    tg_calendar_release(&sim->calendar);
}

void tg_sim_reset(struct tg_sim *sim)
{
    tg_calendar_reset(&sim->calendar);
    sim->stopped = false;
    sim->failure.code = TG_OK;
}

int tg_sim_run(struct tg_sim *sim, tg_ps until, struct tg_error *err)
{
    struct tg_due due;
    sim->stopped = false;
    while (!sim->stopped && tg_calendar_take(&sim->calendar, until, &due))
        due.fn(sim, due.object);
    if (sim->failure.code != TG_OK) {
        if (err)
            *err = sim->failure;
        return (int)sim->failure.code;
    }
    return TG_OK;
}

void tg_sim_fail(struct tg_sim *sim, enum tg_code code, const char *what)
{
    sim->stopped = true;
    if (sim->failure.code == TG_OK)
        tg_error_set(&sim->failure, code, "at simulated time %.9f s: %s", tg_s_from_ps(tg_sim_now(sim)),
                     what);
}
