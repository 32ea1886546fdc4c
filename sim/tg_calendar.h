/* tg_calendar: the pending events of one simulation, earliest first.
 *
 * Order. Events fire by time; at one time by priority, 0 first; at one time and priority in the order in
 * which they were scheduled. The order is total, and the same on every machine.
 *
 * Limits. The caller chooses the largest number pending (at most TG_CALENDAR_MAX); scheduling one more gives
 * the handle 0. No call allocates after tg_calendar_init(). Times never decrease: an event scheduled before
 * the one last taken is a bug and asserted against.
 *
 * Handles. A handle names one scheduling of one event. It goes stale when the event fires or is cancelled;
 * stale handles are recognised and refused, for four thousand million uses of one slot.
 *
 * Method. Since times are integers and never decrease, the queue is monotone, and its far part is a radix
 * structure (Ahuja, Mehlhorn, Orlin and Tarjan 1990, "Faster algorithms for the shortest path problem"; the
 * form with wide digits is the multi-level bucket of Denardo and Fox 1979): an event waits in the bucket
 * (level, digit) of the highest base-64 digit in which its time differs from the base, so that the earliest
 * bucket is found by two bit scans. It is opened only when everything before it is gone: a small bucket is
 * sorted into the near part, a short ascending array from which events are taken, and so are the next ones
 * while there is little in them; a large one is dealt over the level below. Small sorts count ranks instead
 * of branching (D. E. Knuth, volume 3, algorithm 5.2C). Nothing is tuned to the gaps seen so far, so no
 * pattern of gaps can make it collapse: each event moves at most once a level. While few events are pending,
 * the near part holds them all.
 *
 * Cancelling leaves a tombstone, skipped when it comes up; when tombstones outnumber the living, they are
 * swept out, so that the cost stays constant on average and memory bounded.
 */
#ifndef TG_CALENDAR_H
#define TG_CALENDAR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_units.h"

struct tg_sim;
typedef void tg_event_fn(struct tg_sim *sim, void *object);
typedef uint64_t tg_event; /* handle; 0 is none */

enum {
    TG_CALENDAR_MAX = (1 << 23) - 1, /* events pending */
    TG_PRIORITY_MAX = 15,
};

/* Where an event stands in the order. `order` is priority (4 bits), scheduling number (36), slot (24). */
struct tg_calendar_key {
    uint64_t time_ps;
    uint64_t order;
};

struct tg_calendar_slot {
    uint64_t order; /* of the scheduling that holds the slot; 0: cancelled */
    tg_event_fn *fn;
    void *object;
    uint64_t link; /* generation (high half), next free slot (low half) */
};

enum { TG_CALENDAR_BLOCK = 15, TG_CALENDAR_LEVELS = 11, TG_CALENDAR_DIGITS = 64 };

struct tg_calendar_block {
    uint32_t next;
    uint32_t count;
    uint64_t padding;
    struct tg_calendar_key keys[TG_CALENDAR_BLOCK];
};

struct tg_calendar_bucket {
    uint32_t first; /* block index, 0: none */
    uint32_t count; /* keys in all blocks */
};

struct tg_calendar {
    /* The near part: keys [head, tail) ascend, and all of them lie before near_end_ps. An insertion at tail
     * == limit takes the slow way, which moves the keys to the front of the array or spills. */
    struct tg_calendar_key *head, *tail, *limit;
    struct tg_calendar_key *near, *near_end;
    uint64_t near_end_ps;

    struct tg_calendar_slot *slots;
    uint64_t free_slot;
    uint64_t next_number; /* scheduling number, shifted into place */
    uint64_t now_ps;
    uint32_t capacity;

    /* The far part. */
    uint32_t dead; /* tombstones, near and far */
    uint32_t far_count;
    uint64_t base_ps;
    uint32_t level_mask;
    uint64_t digit_mask[TG_CALENDAR_LEVELS];
    struct tg_calendar_bucket buckets[TG_CALENDAR_LEVELS][TG_CALENDAR_DIGITS];
    struct tg_calendar_block *blocks;
    uint32_t free_block;
};

int tg_calendar_init(struct tg_calendar *calendar, size_t capacity, struct tg_error *err);
void tg_calendar_release(struct tg_calendar *calendar);

/* Empties the calendar and sets its clock to zero, keeping its memory. */
void tg_calendar_reset(struct tg_calendar *calendar);

/* Parts of the inline functions below that are rarely taken. */
void tg_calendar_insert_slow(struct tg_calendar *calendar, struct tg_calendar_key key);
bool tg_calendar_refill(struct tg_calendar *calendar);
void tg_calendar_sweep(struct tg_calendar *calendar);
void tg_calendar_renumber(struct tg_calendar *calendar);

static inline size_t tg_calendar_count(const struct tg_calendar *c)
{
    return (size_t)(c->tail - c->head) + c->far_count - c->dead;
}

static inline tg_ps tg_calendar_now(const struct tg_calendar *calendar)
{
    return (tg_ps)calendar->now_ps;
}

#define TG_CALENDAR_SLOT_BITS 24
#define TG_CALENDAR_SLOT_MASK ((UINT64_C(1) << TG_CALENDAR_SLOT_BITS) - 1)
#define TG_CALENDAR_NUMBER_END (UINT64_C(1) << 60)
#define TG_CALENDAR_NEAR_FULL 48
/* Renumbering is thought of on the slow ways alone, one of which is taken at least once in NEAR_FULL
 * insertions. */
#define TG_CALENDAR_NUMBER_LAST \
    (TG_CALENDAR_NUMBER_END - ((UINT64_C(2) * TG_CALENDAR_NEAR_FULL) << TG_CALENDAR_SLOT_BITS))

/* As one number, so that comparing takes one branch. */
static inline unsigned __int128 tg_calendar_rank(struct tg_calendar_key key)
{
    return (unsigned __int128)key.time_ps << 64 | key.order;
}

static inline bool tg_calendar_before(struct tg_calendar_key a, struct tg_calendar_key b)
{
    return tg_calendar_rank(a) < tg_calendar_rank(b);
}

/* In two halves, as keys are read: a processor that reads all of what it has just written in halves must wait
 * until that is in its cache. The barrier keeps the compiler from joining the halves. */
static inline void tg_calendar_put(struct tg_calendar_key *at, struct tg_calendar_key key)
{
    at->time_ps = key.time_ps;
    __asm__ volatile("" ::: "memory");
    at->order = key.order;
}

static inline void tg_calendar_insert(struct tg_calendar *c, struct tg_calendar_key key)
{
    if (__builtin_expect(key.time_ps >= c->near_end_ps || c->tail >= c->limit, 0)) {
        tg_calendar_insert_slow(c, key);
        return;
    }
    struct tg_calendar_key *at = c->tail++, *head = c->head;
    for (; at > head && tg_calendar_before(key, at[-1]); at--)
        tg_calendar_put(at, at[-1]);
    tg_calendar_put(at, key);
}

/* Schedules fn(sim, object) at a time not before now. Returns its handle, or 0 when the calendar is full. */
static inline tg_event tg_calendar_schedule(struct tg_calendar *c, tg_ps when, unsigned priority,
                                            tg_event_fn *fn, void *object)
{
    assert((uint64_t)when >= c->now_ps);
    assert(priority <= TG_PRIORITY_MAX);
    uint64_t slot = c->free_slot;
    if (__builtin_expect(!slot, 0))
        return 0;
    struct tg_calendar_slot *s = &c->slots[slot];
    uint64_t order = (uint64_t)priority << 60 | c->next_number | slot;
    tg_event event = (s->link & ~(uint64_t)UINT32_MAX) | slot;
    c->free_slot = (uint32_t)s->link;
    c->next_number += UINT64_C(1) << TG_CALENDAR_SLOT_BITS;
    s->order = order;
    s->fn = fn;
    s->object = object;
    tg_calendar_insert(c, (struct tg_calendar_key){(uint64_t)when, order});
    return event;
}

/* Puts a slot back and makes its handle stale: one generation on. */
static inline void tg_calendar_free_slot(struct tg_calendar *c, uint64_t slot)
{
    struct tg_calendar_slot *s = &c->slots[slot];
    s->link = (((s->link >> 32) + 1) << 32) | c->free_slot;
    c->free_slot = slot;
}

/* The generation of a free slot has not been given to anyone yet. */
static inline bool tg_calendar_pending(const struct tg_calendar *c, tg_event event)
{
    uint32_t slot = (uint32_t)event;
    return slot && c->slots[slot].link >> 32 == event >> 32;
}

/* Cancels a pending event; false where the handle is stale. */
static inline bool tg_calendar_cancel(struct tg_calendar *c, tg_event event)
{
    if (!tg_calendar_pending(c, event))
        return false;
    c->slots[(uint32_t)event].order = 0;
    tg_calendar_free_slot(c, (uint32_t)event);
    c->dead++;
    if (c->dead > tg_calendar_count(c) + 64)
        tg_calendar_sweep(c);
    return true;
}

/* Moves a pending event to another time, as if it were cancelled and scheduled anew with its priority.
 * Returns the new handle, or 0 where the old one is stale. */
static inline tg_event tg_calendar_reschedule(struct tg_calendar *c, tg_event event, tg_ps when)
{
    if (!tg_calendar_pending(c, event))
        return 0;
    struct tg_calendar_slot s = c->slots[(uint32_t)event];
    tg_calendar_cancel(c, event);
    return tg_calendar_schedule(c, when, (unsigned)(s.order >> 60), s.fn, s.object);
}

/* What is due next. */
struct tg_due {
    tg_ps time;
    tg_event_fn *fn;
    void *object;
};

/* Takes the earliest event not after `until` and moves the clock to it; false where there is none (the
 * clock then stays). */
static inline bool tg_calendar_take(struct tg_calendar *c, tg_ps until, struct tg_due *due)
{
    for (;;) {
        if (__builtin_expect(c->head == c->tail, 0)) {
            if (!tg_calendar_refill(c))
                return false;
        }
        struct tg_calendar_key key = *c->head;
        uint64_t slot = key.order & TG_CALENDAR_SLOT_MASK;
        struct tg_calendar_slot *s = &c->slots[slot];
        if (__builtin_expect(s->order != key.order, 0)) {
            c->head++;
            c->dead--;
            continue;
        }
        if (__builtin_expect(key.time_ps > (uint64_t)until, 0))
            return false;
        c->head++;
        c->now_ps = key.time_ps;
        *due = (struct tg_due){(tg_ps)key.time_ps, s->fn, s->object};
        tg_calendar_free_slot(c, slot);
        return true;
    }
}

#endif
