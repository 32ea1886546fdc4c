#include "tg_calendar.h"

#include <stdlib.h>
#include <string.h>

enum {
    DIGIT_BITS = 6,
    OPEN_MAX = 32, /* a bucket with at most this many keys is sorted at once, larger ones are dealt */
};

int tg_calendar_init(struct tg_calendar *c, size_t capacity, struct tg_error *err)
{
    memset(c, 0, sizeof *c);
    if (capacity < 1 || capacity > TG_CALENDAR_MAX)
        return tg_error_set(err, TG_EINPUT, "a calendar holds 1 to %d events, not %zu", TG_CALENDAR_MAX,
                            capacity);
    /* Tombstones number at most live + 64, so twice the capacity bounds all keys; each bucket may leave one
     * block part-filled, and one key may be under way. */
    size_t keys = 2 * capacity + 128;
    size_t blocks = keys / TG_CALENDAR_BLOCK + TG_CALENDAR_LEVELS * TG_CALENDAR_DIGITS + 4;
    c->capacity = (uint32_t)capacity;
    c->near_size = keys + TG_CALENDAR_NEAR_FULL;
    c->near = malloc(c->near_size * sizeof *c->near);
    c->slots = malloc((capacity + 1) * sizeof *c->slots);
    c->blocks = aligned_alloc(64, (blocks + 1) * sizeof *c->blocks);
    if (!c->near || !c->slots || !c->blocks) {
        tg_calendar_release(c);
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu pending events", capacity);
    }
    for (size_t i = 1; i <= capacity; i++)
        c->slots[i].generation = 1;
    for (size_t i = 1; i <= blocks; i++)
        c->blocks[i].next = i < blocks ? (uint32_t)i + 1 : 0;
    c->free_block = 1;
    tg_calendar_reset(c);
    return TG_OK;
}

void tg_calendar_release(struct tg_calendar *c)
{
    free(c->near);
    free(c->slots);
    free(c->blocks);
    memset(c, 0, sizeof *c);
}

static uint32_t block_take(struct tg_calendar *c)
{
    uint32_t index = c->free_block;
    assert(index);
    c->free_block = c->blocks[index].next;
    return index;
}

static void block_give(struct tg_calendar *c, uint32_t index)
{
    c->blocks[index].next = c->free_block;
    c->free_block = index;
}

void tg_calendar_reset(struct tg_calendar *c)
{
    for (unsigned level = 0; level < TG_CALENDAR_LEVELS; level++) {
        for (unsigned digit = 0; digit < TG_CALENDAR_DIGITS; digit++) {
            uint32_t index = c->buckets[level][digit].first;
            while (index) {
                uint32_t next = c->blocks[index].next;
                block_give(c, index);
                index = next;
            }
            c->buckets[level][digit] = (struct tg_calendar_bucket){0, 0};
        }
        c->digit_mask[level] = 0;
    }
    for (uint32_t i = 1; i <= c->capacity; i++) {
        c->slots[i].order = 0;
        c->slots[i].generation++;
        c->slots[i].next_free = i < c->capacity ? i + 1 : 0;
    }
    c->free_slot = 1;
    c->live = c->dead = c->far_count = 0;
    c->head = c->tail = 0;
    c->near_end_ps = UINT64_MAX;
    c->next_number = 0;
    c->now_ps = c->base_ps = 0;
    c->level_mask = 0;
}

static void far_insert(struct tg_calendar *c, struct tg_calendar_key key)
{
    uint64_t differs = key.time_ps ^ c->base_ps;
    unsigned level = differs ? (63u - (unsigned)__builtin_clzll(differs)) / DIGIT_BITS : 0;
    unsigned digit = (unsigned)(key.time_ps >> (level * DIGIT_BITS)) % TG_CALENDAR_DIGITS;
    struct tg_calendar_bucket *bucket = &c->buckets[level][digit];
    struct tg_calendar_block *block = &c->blocks[bucket->first];
    if (!bucket->first || block->count == TG_CALENDAR_BLOCK) {
        uint32_t index = block_take(c);
        block = &c->blocks[index];
        block->next = bucket->first;
        block->count = 0;
        bucket->first = index;
        c->digit_mask[level] |= UINT64_C(1) << digit;
        c->level_mask |= 1u << level;
    }
    block->keys[block->count++] = key;
    bucket->count++;
    c->far_count++;
}

/* The near part is full: its later half goes back to the far part. Keys at one time stay together, so that
 * near_end_ps parts the two. Where all are at one time, or where the clock still stands before the bucket
 * opened last, nothing can be spilled and the array just grows. */
static void spill(struct tg_calendar *c)
{
    size_t keep = c->head + (c->tail - c->head) / 2;
    while (keep < c->tail && c->near[keep].time_ps == c->near[keep - 1].time_ps)
        keep++;
    if (!c->far_count)
        c->base_ps = c->now_ps;
    if (keep == c->tail || c->near[keep].time_ps < c->base_ps)
        return;
    c->near_end_ps = c->near[keep].time_ps;
    for (size_t i = keep; i < c->tail; i++)
        far_insert(c, c->near[i]);
    c->tail = keep;
}

static void near_insert(struct tg_calendar *c, struct tg_calendar_key key)
{
    if (c->tail == c->near_size) {
        memmove(c->near, c->near + c->head, (c->tail - c->head) * sizeof *c->near);
        c->tail -= c->head;
        c->head = 0;
    }
    size_t low = c->head, high = c->tail;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tg_calendar_before(key, c->near[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(c->near + low + 1, c->near + low, (c->tail - low) * sizeof *c->near);
    c->near[low] = key;
    c->tail++;
}

void tg_calendar_insert_slow(struct tg_calendar *c, struct tg_calendar_key key)
{
    if (key.time_ps < c->near_end_ps && c->tail - c->head >= TG_CALENDAR_NEAR_FULL)
        spill(c);
    if (key.time_ps < c->near_end_ps)
        near_insert(c, key);
    else
        far_insert(c, key);
}

static void sift_down(struct tg_calendar_key *keys, size_t i, size_t n)
{
    struct tg_calendar_key key = keys[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && tg_calendar_before(keys[child], keys[child + 1]))
            child++;
        if (!tg_calendar_before(key, keys[child]))
            break;
        keys[i] = keys[child];
    }
    keys[i] = key;
}

/* For the many keys of one picosecond. The C library's qsort would allocate. */
static void heap_sort(struct tg_calendar_key *keys, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(keys, i, n);
    while (n-- > 1) {
        struct tg_calendar_key largest = keys[0];
        keys[0] = keys[n];
        keys[n] = largest;
        sift_down(keys, 0, n);
    }
}

static void insertion_sort(struct tg_calendar_key *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct tg_calendar_key key = keys[i];
        size_t j = i;
        while (j > 0 && tg_calendar_before(key, keys[j - 1])) {
            keys[j] = keys[j - 1];
            j--;
        }
        keys[j] = key;
    }
}

/* Takes all blocks of a bucket out of the far part. */
static uint32_t detach(struct tg_calendar *c, unsigned level, unsigned digit, uint32_t *count)
{
    struct tg_calendar_bucket *bucket = &c->buckets[level][digit];
    uint32_t first = bucket->first;
    *count = bucket->count;
    c->far_count -= bucket->count;
    *bucket = (struct tg_calendar_bucket){0, 0};
    c->digit_mask[level] &= ~(UINT64_C(1) << digit);
    if (!c->digit_mask[level])
        c->level_mask &= ~(1u << level);
    return first;
}

static void open_bucket(struct tg_calendar *c, uint32_t index)
{
    c->head = c->tail = 0;
    while (index) {
        struct tg_calendar_block *block = &c->blocks[index];
        uint32_t next = block->next;
        for (uint32_t i = 0; i < block->count; i++) {
            c->near[c->tail++] = block->keys[i];
            __builtin_prefetch(&c->slots[block->keys[i].order & TG_CALENDAR_SLOT_MASK]);
        }
        block_give(c, index);
        index = next;
    }
    if (c->tail > 2 * OPEN_MAX)
        heap_sort(c->near, c->tail);
    else
        insertion_sort(c->near, c->tail);
}

static void deal_bucket(struct tg_calendar *c, uint32_t index)
{
    while (index) {
        struct tg_calendar_block *block = &c->blocks[index];
        uint32_t next = block->next;
        if (next)
            __builtin_prefetch(&c->blocks[next]);
        for (uint32_t i = 0; i < block->count; i++)
            far_insert(c, block->keys[i]);
        block_give(c, index);
        index = next;
    }
}

/* Called with an empty near part: opens the earliest bucket. False where nothing is pending. */
bool tg_calendar_refill(struct tg_calendar *c)
{
    c->head = c->tail = 0;
    while (c->far_count) {
        unsigned level = (unsigned)__builtin_ctz(c->level_mask);
        unsigned digit = (unsigned)__builtin_ctzll(c->digit_mask[level]);
        unsigned shift = level * DIGIT_BITS;
        uint64_t width = UINT64_C(1) << shift;
        uint64_t above = shift + DIGIT_BITS < 64 ? ~UINT64_C(0) << (shift + DIGIT_BITS) : 0;
        uint32_t count, first = detach(c, level, digit, &count);
        c->base_ps = (c->base_ps & above) | (uint64_t)digit << shift;
        if (level == 0 || count <= OPEN_MAX) {
            open_bucket(c, first);
            c->near_end_ps = c->base_ps + width;
            return true;
        }
        deal_bucket(c, first);
    }
    c->near_end_ps = UINT64_MAX;
    return false;
}

static bool is_dead(const struct tg_calendar *c, struct tg_calendar_key key)
{
    return c->slots[key.order & TG_CALENDAR_SLOT_MASK].order != key.order;
}

static void sweep_bucket(struct tg_calendar *c, unsigned level, unsigned digit)
{
    uint32_t count, index = detach(c, level, digit, &count);
    while (index) {
        struct tg_calendar_block *block = &c->blocks[index];
        uint32_t next = block->next;
        for (uint32_t i = 0; i < block->count; i++) {
            if (is_dead(c, block->keys[i]))
                c->dead--;
            else
                far_insert(c, block->keys[i]);
        }
        block_give(c, index);
        index = next;
    }
}

void tg_calendar_sweep(struct tg_calendar *c)
{
    size_t kept = c->head;
    for (size_t i = c->head; i < c->tail; i++) {
        if (is_dead(c, c->near[i]))
            c->dead--;
        else
            c->near[kept++] = c->near[i];
    }
    c->tail = kept;
    for (unsigned level = 0; level < TG_CALENDAR_LEVELS; level++) {
        uint64_t mask = c->digit_mask[level];
        for (; mask; mask &= mask - 1)
            sweep_bucket(c, level, (unsigned)__builtin_ctzll(mask));
    }
}

/* Merges two lists of slots that ascend in order, linked by next_free. */
static uint32_t merge(struct tg_calendar *c, uint32_t a, uint32_t b)
{
    uint32_t first = 0, *link = &first;
    while (a && b) {
        uint32_t *from = c->slots[a].order < c->slots[b].order ? &a : &b;
        *link = *from;
        link = &c->slots[*from].next_free;
        *from = *link;
    }
    *link = a ? a : b;
    return first;
}

/* All live slots in one list in their order; a bottom-up merge sort, whose piles double in length. */
static uint32_t sorted_slots(struct tg_calendar *c)
{
    uint32_t piles[32] = {0}, all = 0;
    for (uint32_t slot = 1; slot <= c->capacity; slot++) {
        if (!c->slots[slot].order)
            continue;
        c->slots[slot].next_free = 0;
        uint32_t carry = slot;
        unsigned i = 0;
        for (; piles[i]; i++) {
            carry = merge(c, piles[i], carry);
            piles[i] = 0;
        }
        piles[i] = carry;
    }
    for (unsigned i = 0; i < 32; i++)
        all = merge(c, piles[i], all);
    return all;
}

/* Scheduling numbers have run out, after 2^36 events: the pending ones get new numbers in the same order.
 * Handles do not hold numbers, so they stay good. */
void tg_calendar_renumber(struct tg_calendar *c)
{
    const uint64_t priority_mask = ~(TG_CALENDAR_NUMBER_END - 1);
    tg_calendar_sweep(c);
    c->next_number = 0;
    for (uint32_t slot = sorted_slots(c); slot; slot = c->slots[slot].next_free) {
        c->slots[slot].order = (c->slots[slot].order & priority_mask) | c->next_number | slot;
        c->next_number += UINT64_C(1) << TG_CALENDAR_SLOT_BITS;
    }
    for (size_t i = c->head; i < c->tail; i++)
        c->near[i].order = c->slots[c->near[i].order & TG_CALENDAR_SLOT_MASK].order;
    for (unsigned level = 0; level < TG_CALENDAR_LEVELS; level++) {
        for (uint64_t mask = c->digit_mask[level]; mask; mask &= mask - 1) {
            uint32_t index = c->buckets[level][__builtin_ctzll(mask)].first;
            for (; index; index = c->blocks[index].next) {
                struct tg_calendar_block *block = &c->blocks[index];
                for (uint32_t i = 0; i < block->count; i++)
                    block->keys[i].order = c->slots[block->keys[i].order & TG_CALENDAR_SLOT_MASK].order;
            }
        }
    }
}
