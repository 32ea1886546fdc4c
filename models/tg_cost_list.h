/* tg_cost_list: what one step of a request's path costs, in counts of primitives.
 *
 * As JSON: [{"cost": "syscall", "count": 2}, {"cost": "packet_send"}]. A count of n takes n draws of the
 * price; the fraction of a count is paid with that probability. Each draw is taken `times` times, and booked
 * under the name `as`: {"cost": "irq", "times": 0.75, "as": "binary_translation"}. Where a price goes by an
 * argument that the simulator knows, the item may say so: {"cost": "wakeup_remote", "argument": "idle"};
 * without it, and where the price has its smallest argument only, that counts.
 */
#ifndef TG_COST_LIST_H
#define TG_COST_LIST_H

#include <cjson/cJSON.h>

#include "tg_error.h"
#include "tg_field.h"

/* What a price may go by. */
enum tg_argument {
    TG_ARGUMENT_NONE,
    TG_ARGUMENT_IDLE, /* how long the server's core has had nothing to do */
    TG_ARGUMENT_COUNT
};
extern const char *const tg_argument_names[];                    /* NULL-terminated */
extern const char *const tg_argument_columns[TG_ARGUMENT_COUNT]; /* what traces call them; NULL: nothing */

struct tg_cost_item {
    char *cost;
    double count;
    double times;
    char *as;     /* NULL: the cost's own name */
    int argument; /* enum tg_argument */
};

struct tg_cost_list {
    struct tg_cost_item *items;
    size_t count;
};

extern const struct tg_field tg_cost_item_fields[];
extern const size_t tg_cost_item_field_count;

/* Has the form of tg_field.read. On failure the list holds what was read so far: release it all the same. */
int tg_cost_list_read(const cJSON *value, const char *path, void *list, struct tg_error *err);
void tg_cost_list_release(struct tg_cost_list *list);

/* Adds `count` of a primitive at the end. */
int tg_cost_list_add(struct tg_cost_list *list, const char *cost, double count, struct tg_error *err);
int tg_cost_list_append(struct tg_cost_list *list, const struct tg_cost_list *more, double times,
                        struct tg_error *err);

/* Puts `use`, as often and as many times as what is found, in the place of each item of the primitive. */
int tg_cost_list_replace(struct tg_cost_list *list, const char *cost, const struct tg_cost_list *use,
                         struct tg_error *err);

#endif
