/* tg_technique: an isolation technique as data: a list of rules that rewrite a server's request path.
 *
 * Rules are applied in order. Each is one of
 *   {"at": "request", "add": [costs]}     adds costs at a point of the path
 *   {"at": "wakeup", "clear": true}       makes a point free
 *   {"for": "udp_send", "use": [costs]}   puts costs in the place of each one of a primitive, at every point
 * or only where "at" says
 *   {"each": "irq", "add": [costs]}       adds costs beside each one of a primitive
 *   {"runs_in": "soft_irq", "sleeps": false}   moves the server
 *   {"hop": {...}}                        makes packets go through another place, outside all that are there
 * A rule that finds nothing to rewrite is refused, unless it is "optional"; one rule at least must.
 */
#ifndef TG_TECHNIQUE_H
#define TG_TECHNIQUE_H

#include "tg_server.h"

struct tg_rule {
    int at; /* enum tg_point, or -1 for all */
    bool clear;
    char *for_cost;  /* or NULL */
    char *each_cost; /* or NULL */
    struct tg_cost_list add, use;
    bool has_use;
    int runs_in;     /* or -1 */
    int sleeps;      /* 0, 1, or -1 */
    int64_t workers; /* or 0 */
    bool optional;
    struct tg_hop_settings hop; /* name NULL: none */
};

struct tg_technique {
    char *name;
    char *title;
    char *help;
    int protocol; /* the only one of servers that it is for, or -1 */
    struct tg_rule *rules;
    size_t rule_count;
    struct tg_price_list costs; /* prices of its own, which go before the server's and the profile's */
    struct tg_noise_list
        jitter; /* of its own, on the server\'s core: a guest\'s tick, its host\'s other work */
    struct tg_strings isolation; /* the primitives that isolation itself needs */
    cJSON *system;               /* the part of the settings that is its own, or NULL */
    cJSON *document;             /* as read */
};

/* From a document; `name` is what messages call it. Keeps a copy of the document. */
int tg_technique_read_json(const cJSON *json, const char *name, struct tg_technique *technique,
                           struct tg_error *err);
int tg_technique_read_file(const char *path, struct tg_technique *technique, struct tg_error *err);
void tg_technique_release(struct tg_technique *technique);

/* Rewrites the server's path. TG_EINPUT: a rule that finds nothing to rewrite, which would isolate nothing; a
 * server of another protocol. */
int tg_technique_apply(const struct tg_technique *technique, struct tg_server *server, struct tg_error *err);

extern const struct tg_field tg_technique_fields[], tg_rule_fields[];
extern const size_t tg_technique_field_count, tg_rule_field_count;

#endif
