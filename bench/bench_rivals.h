/* bench_rivals: what a programmer would write by hand for the hold model, if he knew beforehand how many
 * events there will be and how far apart.
 *
 * Both keep a time and a 64-bit payload an event, and nothing else: no priorities, no order among equal
 * times, no cancelling, no limits. They are inline, as the engine is. min-scan   an array of times that is
 * searched for its least ideal      a calendar queue (Brown 1988) of fixed bucket width and number, sorted
 * lists in the buckets; the caller tries widths and keeps the best
 */
#ifndef BENCH_RIVALS_H
#define BENCH_RIVALS_H

#include <stdint.h>
#include <stdlib.h>

struct bench_scan {
    int64_t *times;
    uint64_t *payloads;
    size_t count;
    size_t taken;
};

/* The place of the least time. */
static inline size_t bench_scan_least(const struct bench_scan *s)
{
    size_t least = 0;
    int64_t time = s->times[0];
    for (size_t i = 1; i < s->count; i++) {
        int64_t t = s->times[i];
        least = t < time ? i : least;
        time = t < time ? t : time;
    }
    return least;
}

struct bench_node {
    int64_t time;
    uint64_t payload;
    struct bench_node *next;
};

struct bench_ideal {
    struct bench_node **buckets;
    struct bench_node *nodes;
    int64_t end;    /* of the current bucket */
    unsigned shift; /* the width is 2^shift */
    uint64_t mask, current;
};

static inline void bench_ideal_insert(struct bench_ideal *q, struct bench_node *node)
{
    struct bench_node **link = &q->buckets[((uint64_t)node->time >> q->shift) & q->mask];
    while (*link && (*link)->time <= node->time)
        link = &(*link)->next;
    node->next = *link;
    *link = node;
}

/* Takes the earliest. There must be one. */
static inline struct bench_node *bench_ideal_take(struct bench_ideal *q)
{
    for (uint64_t walked = 0;; walked++) {
        struct bench_node *node = q->buckets[q->current];
        if (node && node->time < q->end) {
            q->buckets[q->current] = node->next;
            return node;
        }
        q->current = (q->current + 1) & q->mask;
        q->end += INT64_C(1) << q->shift;
        if (walked > q->mask) { /* nothing within a year: go to the earliest */
            struct bench_node *least = NULL;
            for (uint64_t i = 0; i <= q->mask; i++) {
                if (q->buckets[i] && (!least || q->buckets[i]->time < least->time))
                    least = q->buckets[i];
            }
            q->current = ((uint64_t)least->time >> q->shift) & q->mask;
            q->end = (int64_t)((((uint64_t)least->time >> q->shift) + 1) << q->shift);
            walked = 0;
        }
    }
}

#endif
