/* tg_arrivals_kind: what the files of arrival processes share. Private to sim/. */
#ifndef TG_ARRIVALS_KIND_H
#define TG_ARRIVALS_KIND_H

#include "tg_arrivals.h"

/* The process of a kind with its own mean rate; TG_EINPUT where the rate is out of range. */
int tg_arrivals_make(struct tg_arrivals *arrivals, const struct tg_arrivals_kind *kind, double own_per_s,
                     struct tg_error *err);

#endif
