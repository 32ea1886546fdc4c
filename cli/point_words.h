/* point_words: a simulated point for people and programs: its figures, its losses, and its toll. */
#ifndef TG_POINT_WORDS_H
#define TG_POINT_WORDS_H

#include "tg_sweep.h"

/* What is told of a point. The names of primitives and places belong to the sweep, and are copied. */
struct tg_point_words {
    const struct tg_technique *technique;
    struct tg_sweep_point point;
    struct tg_strings costs, waits, losses;
    struct tg_sweep_toll toll;
    bool has_toll; /* the parts of the toll are known */
    bool closed;   /* the offered rate is a nominal one */
};

/* Of tg_sweep_listener.curve. */
int tg_point_words_take_names(struct tg_point_words *words, const struct tg_path *path, struct tg_error *err);
void tg_point_words_release(struct tg_point_words *words);

/* Figures and losses that are zero in all replications are left out; so are such tolls. */
void tg_point_words_print(const struct tg_point_words *words, bool with_toll);
int tg_point_words_print_json(const struct tg_point_words *words, struct tg_error *err);

#endif
