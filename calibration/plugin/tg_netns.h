/* tg_netns: the calling thread's visit to a named network namespace (as `ip netns` names them). */
#ifndef TG_NETNS_H
#define TG_NETNS_H

#include "tg_error.h"

/* Enters; *back is what tg_netns_leave needs to return. A NULL or empty name stays where it is. */
int tg_netns_enter(const char *name, int *back, struct tg_error *err);
/* The same for one behind a descriptor. */
int tg_netns_enter_fd(int netns, int *back, struct tg_error *err);
void tg_netns_leave(int back);

#endif
