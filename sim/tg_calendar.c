#include "tg_calendar.h"

#include <stdlib.h>
#include <string.h>

enum {
    DIGIT_BITS = 6,
    GATHER_MAX = 16, /* buckets are opened together up to so many keys */
    OPEN_MAX = 32,   /* a bucket with at most this many keys is sorted at once, larger ones are dealt */
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
    size_t near_size = keys + TG_CALENDAR_NEAR_FULL;
    c->near = malloc(near_size * sizeof *c->near);
    c->slots = malloc((capacity + 1) * sizeof *c->slots);
    c->blocks = aligned_alloc(64, (blocks + 1) * sizeof *c->blocks);
    if (!c->near || !c->slots || !c->blocks) {
        tg_calendar_release(c);
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu pending events", capacity);
    }
    c->near_end = c->near + near_size;
    for (size_t i = 1; i <= capacity; i++)
        c->slots[i].link = 0;
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

/* The near part is the first `count` keys of its array. */
static void near_is(struct tg_calendar *c, size_t count)
{
    c->head = c->near;
    c->tail = c->near + count;
    c->limit = c->near + TG_CALENDAR_NEAR_FULL;
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
        uint64_t generation = (c->slots[i].link >> 32) + 1;
        c->slots[i].link = generation << 32 | (i < c->capacity ? i + 1 : 0);
        c->slots[i].order = 0;
    }
    c->free_slot = 1;
    c->dead = c->far_count = 0;
    near_is(c, 0);
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
    struct tg_calendar_key *keep = c->head + (c->tail - c->head) / 2;
    while (keep < c->tail && keep->time_ps == keep[-1].time_ps)
        keep++;
    if (!c->far_count)
        c->base_ps = c->now_ps;
    if (keep == c->tail || keep->time_ps < c->base_ps)
        return;
    c->near_end_ps = keep->time_ps;
    for (struct tg_calendar_key *key = keep; key < c->tail; key++)
        far_insert(c, *key);
    c->tail = keep;
}

static void near_insert(struct tg_calendar *c, struct tg_calendar_key key)
{
    struct tg_calendar_key *low = c->head, *high = c->tail;
    while (low < high) {
        struct tg_calendar_key *middle = low + (high - low) / 2;
        if (tg_calendar_before(key, *middle))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(low + 1, low, (size_t)(c->tail - low) * sizeof *low);
    *low = key;
    c->tail++;
}

/* Makes room for one more key. What has been taken leaves room at the front of the array, to which the rest
 * is moved after so many insertions that it costs nothing a key and the array in use stays in the nearest
 * cache. */
static void near_make_room(struct tg_calendar *c)
{
    if (c->tail - c->head >= TG_CALENDAR_NEAR_FULL)
        spill(c);
    size_t count = (size_t)(c->tail - c->head), taken = (size_t)(c->head - c->near);
    if (taken >= 4 * TG_CALENDAR_NEAR_FULL + count || c->tail == c->near_end) {
        memmove(c->near, c->head, count * sizeof *c->near);
        near_is(c, count);
    } else {
        size_t ahead = (size_t)(c->near_end - c->head);
        c->limit = c->head + (ahead < TG_CALENDAR_NEAR_FULL ? ahead : TG_CALENDAR_NEAR_FULL);
    }
}

void tg_calendar_insert_slow(struct tg_calendar *c, struct tg_calendar_key key)
{
    if (key.time_ps < c->near_end_ps)
        near_make_room(c);
    if (key.time_ps < c->near_end_ps)
        near_insert(c, key);
    else
        far_insert(c, key);
    if (__builtin_expect(c->next_number >= TG_CALENDAR_NUMBER_LAST, 0))
        tg_calendar_renumber(c);
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

/* Each key goes where the number of keys before it says. It takes more comparisons than other ways, but none
 * of them is a branch, and no processor can guess the branches of a sort. */
static void rank_sort(const struct tg_calendar_key *from, struct tg_calendar_key *to, size_t n)
{
    uint8_t ranks[OPEN_MAX] = {0};
    for (size_t i = 1; i < n; i++) {
        unsigned __int128 key = tg_calendar_rank(from[i]);
        uint8_t later = 0;
        for (size_t j = 0; j < i; j++) {
            uint8_t before = key < tg_calendar_rank(from[j]);
            ranks[j] = (uint8_t)(ranks[j] + before);
            later = (uint8_t)(later + before);
        }
        ranks[i] = (uint8_t)(i - later);
    }
    for (size_t i = 0; i < n; i++)
        tg_calendar_put(&to[ranks[i]], from[i]);
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

/* Appends the keys of a detached bucket to the near part, in order. */
static void open_bucket(struct tg_calendar *c, uint32_t index, uint32_t size)
{
    struct tg_calendar_key few[OPEN_MAX], *keys = size > OPEN_MAX ? c->tail : few;
    size_t count = 0;
    while (index) {
        struct tg_calendar_block *block = &c->blocks[index];
        uint32_t next = block->next;
        for (uint32_t i = 0; i < block->count; i++) {
            keys[count++] = block->keys[i];
            __builtin_prefetch(&c->slots[block->keys[i].order & TG_CALENDAR_SLOT_MASK]);
        }
        block_give(c, index);
        index = next;
    }
    if (size > OPEN_MAX)
        heap_sort(keys, count);
    else
        rank_sort(keys, c->tail, count);
    c->tail += count;
}

/* Opens the next buckets of the level too while they hold few keys, so that a bucket of one or two is not
 * fetched by itself; the near part then reaches up to the next bucket that holds any, or to the end of the
 * level. */
static void open_more(struct tg_calendar *c, unsigned level)
{
    unsigned shift = level * DIGIT_BITS;
    uint64_t above = shift + DIGIT_BITS < 64 ? ~UINT64_C(0) << (shift + DIGIT_BITS) : 0;
    while (c->digit_mask[level]) {
        unsigned digit = (unsigned)__builtin_ctzll(c->digit_mask[level]);
        if ((size_t)(c->tail - c->head) + c->buckets[level][digit].count > GATHER_MAX) {
            c->near_end_ps = (c->base_ps & above) | (uint64_t)digit << shift;
            return;
        }
        uint32_t count, first = detach(c, level, digit, &count);
        open_bucket(c, first, count);
    }
    c->near_end_ps = above ? (c->base_ps | ~above) + 1 : UINT64_MAX;
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
    near_is(c, 0);
    if (__builtin_expect(c->next_number >= TG_CALENDAR_NUMBER_LAST, 0))
        tg_calendar_renumber(c);
    while (c->far_count) {
        unsigned level = (unsigned)__builtin_ctz(c->level_mask);
        unsigned digit = (unsigned)__builtin_ctzll(c->digit_mask[level]);
        unsigned shift = level * DIGIT_BITS;
        uint64_t above = shift + DIGIT_BITS < 64 ? ~UINT64_C(0) << (shift + DIGIT_BITS) : 0;
        uint32_t count, first = detach(c, level, digit, &count);
        c->base_ps = (c->base_ps & above) | (uint64_t)digit << shift;
        if (level == 0 || count <= OPEN_MAX) {
            open_bucket(c, first, count);
            open_more(c, level);
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
    struct tg_calendar_key *kept = c->head;
    for (struct tg_calendar_key *key = c->head; key < c->tail; key++) {
        if (is_dead(c, *key))
            c->dead--;
        else
            *kept++ = *key;
    }
    c->tail = kept;
    for (unsigned level = 0; level < TG_CALENDAR_LEVELS; level++) {
        uint64_t mask = c->digit_mask[level];
        for (; mask; mask &= mask - 1)
            sweep_bucket(c, level, (unsigned)__builtin_ctzll(mask));
    }
}

static uint32_t next_slot(const struct tg_calendar *c, uint32_t slot)
{
    return (uint32_t)c->slots[slot].link;
}

static void link_slot(uint64_t *link, uint32_t slot)
{
    *link = (*link & ~(uint64_t)UINT32_MAX) | slot;
}

/* Merges two lists of slots that ascend in order. */
static uint32_t merge(struct tg_calendar *c, uint32_t a, uint32_t b)
{
    uint64_t first = 0, *link = &first;
    while (a && b) {
        uint32_t *from = c->slots[a].order < c->slots[b].order ? &a : &b;
        link_slot(link, *from);
        link = &c->slots[*from].link;
        *from = (uint32_t)*link;
    }
    link_slot(link, a ? a : b);
    return (uint32_t)first;
}

/* All live slots in one list in their order; a bottom-up merge sort, whose piles double in length. */
static uint32_t sorted_slots(struct tg_calendar *c)
{
    uint32_t piles[32] = {0}, all = 0;
    for (uint32_t slot = (uint32_t)c->free_slot; slot; slot = next_slot(c, slot))
        c->slots[slot].order = 0;
    for (uint32_t slot = 1; slot <= c->capacity; slot++) {
        if (!c->slots[slot].order)
            continue;
        link_slot(&c->slots[slot].link, 0);
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
    for (uint32_t slot = sorted_slots(c); slot; slot = next_slot(c, slot)) {
        c->slots[slot].order = (c->slots[slot].order & priority_mask) | c->next_number | slot;
        c->next_number += UINT64_C(1) << TG_CALENDAR_SLOT_BITS;
    }
    for (struct tg_calendar_key *key = c->head; key < c->tail; key++)
        key->order = c->slots[key->order & TG_CALENDAR_SLOT_MASK].order;
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
