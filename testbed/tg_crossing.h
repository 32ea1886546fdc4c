/* tg_crossing: boundaries that the bundled responder can be made to cross extra times in each request.
 *
 * Each kind is made of the primitives that the probes measure (docs/probes.md), so that its price can be
 * predicted; what one crossing takes besides them is said in `what`. A crossing belongs to the process that
 * opened it.
 */
#ifndef TG_CROSSING_H
#define TG_CROSSING_H

#include "tg_error.h"

enum { TG_CROSSING_PARTS = 2 };

struct tg_crossing_kind {
    const char *name;
    const char *what;
    struct {
        const char *primitive; /* as in a trace set; NULL ends */
        double count;
    } made_of[TG_CROSSING_PARTS];
    const char *after; /* the primitive that a request pays once, however many crossings: what its reply takes
                          longer after them; NULL for none */
    int (*available)(struct tg_error *why); /* NULL: everywhere */
    int (*open)(int cpu, void **state, struct tg_error *err);
    void (*cross)(void *state);
    void (*close)(void *state); /* also after a failure to open */
};

/* Ended by a row without name. */
extern const struct tg_crossing_kind tg_crossing_kinds[];

/* The kind of this name, or NULL. */
const struct tg_crossing_kind *tg_crossing_find(const char *name);

#endif
