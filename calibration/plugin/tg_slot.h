/* tg_slot: the extension slot of a service: which plugins it calls for each request, and in what order.
 *
 * A slot has TG_SLOT_POSITIONS positions. Each request calls them in order until a plugin returns a verdict
 * other than "continue". A change is one word written in the kernel: a request that is under way meets the
 * plugin or not, and none is lost.
 */
#ifndef TG_SLOT_H
#define TG_SLOT_H

#include "tg_error.h"
#include "tg_xdp_service.h"

enum { TG_SLOT_FIRST_FREE = -1 };

/* Links a loaded plugin at a position, replacing what is there. *placed may be NULL. */
int tg_slot_link(struct tg_xdp_service *service, const char *plugin, int position, unsigned *placed,
                 struct tg_error *err);

/* Empties a position; TG_EINPUT if it is empty. */
int tg_slot_unlink(struct tg_xdp_service *service, unsigned position, struct tg_error *err);

/* The kernel's number of the program at each position, 0 where there is none. */
int tg_slot_read(struct tg_xdp_service *service, unsigned program_ids[TG_SLOT_POSITIONS],
                 struct tg_error *err);

#endif
