/* tg_world: one simulated server under load: clients, link, adapter, kernel, server, memory and jitter.
 *
 * A world is built once for a scenario and a technique, and runs any number of replications one after
 * another, each at an offered rate. Streams depend only on (seed, replication, name): two worlds of one
 * scenario see the same arrivals. A run allocates nothing. One world belongs to one thread.
 *
 * The flow. The client sends: by its own clock, by its window, or when its users have thought. A packet
 * reaches the adapter's ring after the link, or is lost where the ring is full. The first packet raises an
 * interrupt (class hard_irq); packets are then taken from the ring one by one in the soft interrupt until the
 * ring is empty and interrupts are on again. After `budget` packets in a row the polling goes on in a thread
 * of its own, which shares the core with the server by time slices: it no longer starves it. With interrupts
 * "each", every packet raises its own interrupt, which moves it to the backlog, and the soft interrupt works
 * on the backlog without ever giving way: past saturation the server starves (receive livelock; Mogul and
 * Ramakrishnan 1996). A server inside the kernel handles the request there and then; another has it put into
 * its queue, a worker is woken if it sleeps, and handles requests one by one; where its replies are sent
 * together, they leave when no request waits, or after so many. By TCP each request has a connection of its
 * own, whose every packet goes the same way. docs/model.md tells it all.
 *
 * Invariants are checked at the end of every run, and a breach is TG_EBUG: each request ends in exactly one
 * way; the parts of the toll add up to the latency; Little's law holds at every queue to the picosecond.
 */
#ifndef TG_WORLD_H
#define TG_WORLD_H

#include "tg_result.h"

struct tg_world;

/* What one rate hands on to the next where the workload has a pause: ports in TIME_WAIT, memory not yet
 * reclaimed. Belongs to one path's kind of client; made zeroed, that is, with nothing handed on. */
struct tg_carry;
int tg_carry_new(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_carry **carry,
                 struct tg_error *err);
void tg_carry_free(struct tg_carry *carry);

/* The world keeps pointers into scenario and path. */
int tg_world_new(const struct tg_scenario *scenario, const struct tg_path *path, struct tg_world **world,
                 struct tg_error *err);
void tg_world_free(struct tg_world *world);

/* One replication: requests arrive up to the horizon, and the run ends when all have ended, or at the latest
 * as long after the horizon as the workload says. Resets result first. carry: what the rate before handed on,
 * and where to put what this one does; NULL: nothing. */
int tg_world_run(struct tg_world *world, double offered_per_s, uint64_t replication, struct tg_carry *carry,
                 struct tg_result *result, struct tg_error *err);

/* What the mean prices say the server can do at most, requests a second: where to look for saturation. */
double tg_world_capacity_per_s(const struct tg_scenario *scenario, const struct tg_path *path);

#endif
