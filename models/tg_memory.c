/* Memory of the server's machine: what it has at the start, and what connections hold. */
#include "tg_world_parts.h"

static double used_bytes(struct tg_world *world)
{
    const struct tg_memory_settings *m = &world->path->system.memory;
    struct tg_service *s = &world->service;
    int64_t closed =
        m->closed_bytes > 0 ? tg_lapse_alive(s->closed, world->carry->epoch_ps + world_now(world)) : 0;
    return m->system_bytes + m->server_bytes + (double)s->open * m->connection_bytes +
           (double)closed * m->closed_bytes;
}

bool tg_memory_take(struct tg_world *world)
{
    const struct tg_memory_settings *m = &world->path->system.memory;
    struct tg_service *s = &world->service;
    double used = used_bytes(world) + m->connection_bytes;
    if (m->limit_bytes > 0 && used > m->limit_bytes) {
        if (m->when_full == TG_CRASH && !s->dead) {
            s->dead = true;
            world->result->crashed_ps = world_now(world);
        }
        return false;
    }
    if (used > world->result->memory_peak_bytes)
        world->result->memory_peak_bytes = used;
    s->open++;
    return true;
}

void tg_memory_give_back(struct tg_world *world)
{
    world->service.open--;
    if (world->path->system.memory.closed_bytes > 0)
        tg_lapse_add(world->service.closed, world->carry->epoch_ps + world_now(world));
}
