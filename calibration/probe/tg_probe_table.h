/* tg_probe_table: all the probes of all families, in the order they are run; inner header. */
#ifndef TG_PROBE_TABLE_H
#define TG_PROBE_TABLE_H

#include "tg_probe_kind.h"

/* The probe at an index below tg_probe_count(). */
const struct tg_probe *tg_probe_at(size_t index);

/* The family that it belongs to. */
const struct tg_probe_family *tg_probe_family_of(const struct tg_probe *probe);

#endif
