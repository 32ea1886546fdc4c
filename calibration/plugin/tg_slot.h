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

enum { TG_SLOT_FIRST_FREE = -1, TG_SLOT_WHOLE = -2 };

/* The service's function that a plugin loaded to replace the slot takes the place of. */
#define TG_SLOT_FUNCTION "extension"

/* Links a loaded plugin at a position, replacing what is there. A plugin loaded to replace the slot takes the
 * place of all its positions, which are not called until it is unlinked; TG_EINPUT if another one has it.
 * *placed is the position or TG_SLOT_WHOLE, and may be NULL. */
int tg_slot_link(struct tg_xdp_service *service, const char *plugin, int position, int *placed,
                 struct tg_error *err);

/* Empties a position; TG_EINPUT if it is empty. */
int tg_slot_unlink(struct tg_xdp_service *service, unsigned position, struct tg_error *err);

/* Gives the positions their turn again; TG_EINPUT if no plugin has taken their place. */
int tg_slot_restore(struct tg_xdp_service *service, struct tg_error *err);

/* The kernel's number of the program that has taken the slot's place, or 0. */
unsigned tg_slot_replaced_by(struct tg_xdp_service *service);

/* The kernel's number of the program at each position, 0 where there is none. */
int tg_slot_read(struct tg_xdp_service *service, unsigned program_ids[TG_SLOT_POSITIONS],
                 struct tg_error *err);

#endif
