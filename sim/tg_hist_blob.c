/* The kept form of tg_hist. Layout, version 1:
 *   'T' 'G' 'H' version(1) bits(1) | varint count | sum, 16 bytes little-endian | sum of squares, 24 bytes
 *   little-endian | varint minimum | varint maximum | per non-empty bucket: varint gap, varint count
 * where gap is the bucket's index less the one after the last, and a varint holds 7 bits a byte, lowest
 * first, the top bit set on all but the last byte. An empty histogram ends after the squares. */
#include <stdlib.h>
#include <string.h>

#include "tg_hist.h"

enum { VERSION = 1, HEADER = 5, VARINT_MAX = 10, SUMS = 16 + 24 };

static uint8_t *put_varint(uint8_t *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *out++ = (uint8_t)(v | 0x80);
    *out++ = (uint8_t)v;
    return out;
}

static uint8_t *put_fixed(uint8_t *out, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        *out++ = (uint8_t)(v >> (8 * i));
    return out;
}

int tg_hist_encode(const struct tg_hist *h, uint8_t **bytes, size_t *size, struct tg_error *err)
{
    struct tg_hist_bucket b;
    size_t filled = 0;
    for (size_t at = 0; tg_hist_next(h, &at, &b);)
        filled++;
    uint8_t *start = malloc(HEADER + SUMS + (3 + 2 * filled) * VARINT_MAX);
    if (!start)
        return tg_error_set(err, TG_ENOMEM, "no memory to encode a histogram");
    memcpy(start, (const uint8_t[HEADER]){'T', 'G', 'H', VERSION, (uint8_t)h->bits}, HEADER);
    uint8_t *out = put_varint(start + HEADER, h->count);
    out = put_fixed(out, (uint64_t)h->sum);
    out = put_fixed(out, (uint64_t)(h->sum >> 64));
    out = put_fixed(out, (uint64_t)h->squares.low);
    out = put_fixed(out, (uint64_t)(h->squares.low >> 64));
    out = put_fixed(out, h->squares.high);
    if (h->count) {
        out = put_varint(out, (uint64_t)h->min);
        out = put_varint(out, (uint64_t)h->max);
    }
    size_t next = 0;
    for (size_t at = 0; tg_hist_next(h, &at, &b); next = at) {
        out = put_varint(out, at - 1 - next);
        out = put_varint(out, b.count);
    }
    *bytes = start;
    *size = (size_t)(out - start);
    return TG_OK;
}

/* Bytes still to read; a fault sets `bad` and makes all further reads give 0. */
struct reader {
    const uint8_t *at, *end;
    int bad;
};

static uint64_t get_varint(struct reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        int overflows = shift == 63 && byte > 1, padded = shift && !byte;
        if (overflows || padded)
            break;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return v;
    }
    r->bad = 1;
    r->at = r->end;
    return 0;
}

static uint64_t get_fixed(struct reader *r)
{
    if (r->end - r->at < 8) {
        r->bad = 1;
        r->at = r->end;
        return 0;
    }
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)*r->at++ << (8 * i);
    return v;
}

/* What the buckets alone allow the count and the sums to be. */
struct bounds {
    uint64_t count;
    tg_u128 sum_low, sum_high;
    struct tg_wide squares_low, squares_high;
};

static void widen(struct bounds *bounds, int64_t low, int64_t high, uint64_t count)
{
    tg_u128 l = (tg_u128)low, u = (tg_u128)high;
    bounds->sum_low += l * count;
    bounds->sum_high += u * count;
    tg_wide_add(&bounds->squares_low, tg_wide_product(l * l, count));
    tg_wide_add(&bounds->squares_high, tg_wide_product(u * u, count));
}

static const char *read_sums(struct tg_hist *h, struct reader *r)
{
    h->count = get_varint(r);
    h->sum = get_fixed(r);
    h->sum |= (tg_u128)get_fixed(r) << 64;
    h->squares.low = get_fixed(r);
    h->squares.low |= (tg_u128)get_fixed(r) << 64;
    h->squares.high = get_fixed(r);
    if (h->count) {
        uint64_t min = get_varint(r), max = get_varint(r);
        if (min > max || max > INT64_MAX)
            return "its extremes make no sense";
        h->min = (int64_t)min;
        h->max = (int64_t)max;
    }
    return r->bad ? "it ends too early" : NULL;
}

static const char *read_buckets(struct tg_hist *h, struct reader *r, uint64_t *total)
{
    size_t next = 0, size = tg_hist_size(h->bits);
    *total = 0;
    while (r->at < r->end) {
        uint64_t gap = get_varint(r), count = get_varint(r);
        if (r->bad)
            return "it ends inside a bucket";
        if (gap >= size - next)
            return "a bucket lies beyond the last";
        if (!count || count > h->count - *total)
            return "its buckets do not add up to its count";
        next += gap;
        h->buckets[next++] = count;
        *total += count;
    }
    return *total == h->count ? NULL : "its buckets do not add up to its count";
}

/* The first and last non-empty bucket must be those of the extremes. */
static const char *check_extremes(const struct tg_hist *h)
{
    if (!h->count)
        return NULL;
    uint64_t inside = 0;
    struct tg_hist_bucket b;
    for (size_t at = 0; tg_hist_next(h, &at, &b);)
        inside += b.count;
    int first = h->buckets[tg_hist_index(h->bits, (uint64_t)h->min)] != 0;
    int last = h->buckets[tg_hist_index(h->bits, (uint64_t)h->max)] != 0;
    return first && last && inside == h->count ? NULL : "its extremes contradict its buckets";
}

static const char *check_sums(const struct tg_hist *h)
{
    struct bounds bounds = {0};
    struct tg_hist_bucket b;
    for (size_t at = 0; tg_hist_next(h, &at, &b);)
        widen(&bounds, b.low, b.high, b.count);
    if (h->sum < bounds.sum_low || h->sum > bounds.sum_high)
        return "its sum contradicts its buckets";
    if (tg_wide_compare(h->squares, bounds.squares_low) < 0 ||
        tg_wide_compare(h->squares, bounds.squares_high) > 0)
        return "its sum of squares contradicts its buckets";
    if (tg_hist_variance(h) >
        0x1p125) /* Cauchy and Schwarz: beyond, the difference of the sums was negative */
        return "its sum of squares contradicts its sum";
    return NULL;
}

static const char *decode(struct tg_hist *h, struct reader *r)
{
    uint64_t total;
    const char *fault = read_sums(h, r);
    if (!fault)
        fault = read_buckets(h, r, &total);
    if (!fault)
        fault = check_extremes(h);
    return fault ? fault : check_sums(h);
}

int tg_hist_decode(struct tg_hist *h, const uint8_t *bytes, size_t size, struct tg_error *err)
{
    *h = (struct tg_hist){0};
    if (size < HEADER || memcmp(bytes, "TGH", 3) != 0)
        return tg_error_set(err, TG_EINPUT, "not a histogram: it does not start with 'TGH'");
    if (bytes[3] != VERSION)
        return tg_error_set(err, TG_EINPUT, "a histogram of version %u; this program reads version %d",
                            bytes[3], VERSION);
    if (bytes[4] > TG_HIST_BITS_MAX)
        return tg_error_set(err, TG_EINPUT, "a histogram of %u bits; the most is %d", bytes[4],
                            TG_HIST_BITS_MAX);
    int rc = tg_hist_init(h, bytes[4], err);
    if (rc)
        return rc;
    struct reader reader = {.at = bytes + HEADER, .end = bytes + size};
    const char *fault = decode(h, &reader);
    if (!fault)
        return TG_OK;
    tg_hist_release(h);
    return tg_error_set(err, TG_EINPUT, "a damaged histogram: %s", fault);
}
