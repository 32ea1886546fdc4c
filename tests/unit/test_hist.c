#include <math.h>
#include <string.h>

#include "tg_hist.h"
#include "tg_test.h"

/* Deterministic samples over many orders of magnitude: a multiplicative congruence (Knuth's MMIX constants),
 * shifted by its own top bits. */
static int64_t sample(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)(*state >> (1 + (*state >> 58) % 50));
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static struct tg_hist made(unsigned bits)
{
    struct tg_hist h;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_hist_init(&h, bits, &err), err);
    return h;
}

START_TEST(every_value_falls_into_a_bucket_that_holds_it_and_is_narrow)
{
    for (unsigned bits = 0; bits <= TG_HIST_BITS_MAX; bits++) {
        struct tg_hist h = made(bits);
        uint64_t state = bits;
        for (int i = 0; i < 2000; i++) {
            int64_t v = i < 300 ? i : i < 362 ? INT64_MAX >> (i - 300) : sample(&state);
            tg_hist_reset(&h);
            tg_hist_record(&h, v);
            size_t at = 0;
            struct tg_hist_bucket b;
            ck_assert_int_eq(tg_hist_next(&h, &at, &b), 1);
            ck_assert_int_le(b.low, v);
            ck_assert_int_ge(b.high, v);
            ck_assert(b.high - b.low < b.low >> bits || b.high == b.low);
            ck_assert_int_eq((int64_t)(at - 1), (int64_t)tg_hist_index(bits, (uint64_t)v));
            ck_assert_int_eq(tg_hist_next(&h, &at, &b), 0);
        }
        ck_assert_uint_eq(tg_hist_index(bits, INT64_MAX), tg_hist_size(bits) - 1);
        tg_hist_release(&h);
    }
}
END_TEST

START_TEST(buckets_follow_each_other_without_gap)
{
    size_t last = 0;
    for (uint64_t v = 1; v < 100000; v++) {
        size_t i = tg_hist_index(7, v);
        ck_assert(i == last || i == last + 1);
        last = i;
    }
    ck_assert_uint_eq(tg_hist_index(7, 255) + 1, tg_hist_index(7, 256));
    ck_assert_uint_eq(tg_hist_index(7, 256), tg_hist_index(7, 257));
}
END_TEST

enum { MANY = 20000 };

START_TEST(quantiles_and_counts_keep_the_stated_error)
{
    static int64_t v[MANY];
    static const unsigned all_bits[] = {3, 7, 10};
    for (size_t k = 0; k < 3; k++) {
        struct tg_hist h = made(all_bits[k]);
        double bound = ldexp(1, -(int)all_bits[k]);
        uint64_t state = 7;
        for (size_t i = 0; i < MANY; i++)
            tg_hist_record(&h, v[i] = sample(&state));
        qsort(v, MANY, sizeof *v, by_value);
        for (int p = 1; p < 1000; p++) {
            double exact = (double)v[MANY * p / 1000 - 1];
            ck_assert_double_le(fabs(tg_hist_quantile(&h, p / 1000.0) - exact), bound * exact);
        }
        double sum = 0;
        for (int p = 1; p <= MANY; p++) {
            sum += (double)v[p - 1];
            if (p % 500)
                continue;
            double exact = sum / p, got = tg_hist_fastest_mean(&h, (double)p / MANY);
            ck_assert_double_le(fabs(got - exact), bound * exact);
            int64_t threshold = v[p - 1];
            uint64_t above = 0, mates = 0;
            for (size_t i = 0; i < MANY; i++) {
                above += v[i] > threshold;
                mates += tg_hist_index(h.bits, (uint64_t)v[i]) == tg_hist_index(h.bits, (uint64_t)threshold);
            }
            uint64_t counted = tg_hist_count_above(&h, threshold);
            ck_assert_uint_le(counted > above ? counted - above : above - counted, mates);
        }
        ck_assert_double_eq(tg_hist_quantile(&h, 0), (double)v[0]);
        ck_assert_double_eq(tg_hist_quantile(&h, 1), (double)v[MANY - 1]);
        tg_hist_release(&h);
    }
}
END_TEST

START_TEST(small_values_are_exact)
{
    struct tg_hist h = made(7);
    for (int v = 1; v <= 100; v++)
        tg_hist_record(&h, v);
    for (int p = 1; p <= 100; p++) {
        ck_assert_double_eq(tg_hist_quantile(&h, p / 100.0), p);
        ck_assert_uint_eq(tg_hist_count_above(&h, p), (uint64_t)(100 - p));
    }
    ck_assert_double_eq(tg_hist_fastest_mean(&h, 0.1), 5.5);
    ck_assert_double_eq(tg_hist_mean(&h), 50.5);
    ck_assert_double_eq_tol(tg_hist_variance(&h), 100 * 101 / 12.0, 1e-9);
    tg_hist_release(&h);
}
END_TEST

/* Values that differ by parts in 1e15, where a sum of squares in doubles would have no digit left. */
START_TEST(moments_do_not_cancel)
{
    struct tg_hist h = made(7);
    const int64_t base = INT64_C(4000000000000000000);
    for (int i = 0; i < 1000; i++)
        tg_hist_record(&h, base + i % 10);
    ck_assert_double_eq_tol(tg_hist_mean(&h) - (double)base, 4.5, 512.5); /* doubles there are 512 apart */
    ck_assert_double_eq_tol(tg_hist_variance(&h), 8.25 * 1000 / 999, 1e-9);
    tg_hist_reset(&h);
    tg_hist_record_many(&h, INT64_MAX, UINT64_C(1) << 62);
    tg_hist_record_many(&h, 0, UINT64_C(1) << 62);
    ck_assert_double_eq_tol(tg_hist_variance(&h) / ldexp(1, 124), 1, 1e-12);
    tg_hist_release(&h);
}
END_TEST

START_TEST(one_value_many_times_has_no_spread)
{
    struct tg_hist h = made(3);
    tg_hist_record_many(&h, 123456789, 1000000);
    ck_assert_double_eq(tg_hist_variance(&h), 0);
    for (int p = 0; p <= 10; p++)
        ck_assert_double_eq(tg_hist_quantile(&h, p / 10.0), 123456789);
    ck_assert_double_eq(tg_hist_fastest_mean(&h, 0.1), 123456789);
    ck_assert_uint_eq(tg_hist_count_above(&h, 123456788), 1000000);
    ck_assert_uint_eq(tg_hist_count_above(&h, 123456789), 0);
    tg_hist_release(&h);
}
END_TEST

START_TEST(an_empty_histogram_answers_zero)
{
    struct tg_hist h = made(7);
    struct tg_hist_bucket b;
    size_t at = 0;
    ck_assert_double_eq(tg_hist_mean(&h), 0);
    ck_assert_double_eq(tg_hist_stddev(&h), 0);
    ck_assert_double_eq(tg_hist_quantile(&h, 0.5), 0);
    ck_assert_double_eq(tg_hist_fastest_mean(&h, 0.1), 0);
    ck_assert_int_eq(tg_hist_min(&h), 0);
    ck_assert_uint_eq(tg_hist_count_above(&h, 0), 0);
    ck_assert_int_eq(tg_hist_next(&h, &at, &b), 0);
    tg_hist_release(&h);
    tg_hist_release(&h);
}
END_TEST

static void assert_same(const struct tg_hist *a, const struct tg_hist *b)
{
    ck_assert_uint_eq(a->bits, b->bits);
    ck_assert_uint_eq(a->count, b->count);
    ck_assert(a->sum == b->sum);
    ck_assert_int_eq(tg_wide_compare(a->squares, b->squares), 0);
    ck_assert_int_eq(a->min, b->min);
    ck_assert_int_eq(a->max, b->max);
    ck_assert_mem_eq(a->buckets, b->buckets, tg_hist_size(a->bits) * sizeof *a->buckets);
}

START_TEST(merging_equals_recording_together)
{
    struct tg_hist parts[3] = {made(7), made(7), made(7)}, whole = made(7), merged = made(7), other = made(6);
    struct tg_error err = {0};
    uint64_t state = 3;
    for (int i = 0; i < 3000; i++) {
        int64_t v = sample(&state);
        tg_hist_record(&whole, v);
        tg_hist_record(&parts[i % 2 ? 0 : 2], v);
    }
    static const int order[] = {2, 1, 0};
    for (int i = 0; i < 3; i++)
        ck_assert_tg_ok(tg_hist_merge(&merged, &parts[order[i]], &err), err);
    assert_same(&merged, &whole);
    ck_assert_int_eq(tg_hist_merge(&merged, &other, &err), TG_EUSAGE);
    assert_same(&merged, &whole);
    for (int i = 0; i < 3; i++)
        tg_hist_release(&parts[i]);
    tg_hist_release(&whole);
    tg_hist_release(&merged);
    tg_hist_release(&other);
}
END_TEST

static struct tg_hist with_samples(int count)
{
    struct tg_hist h = made(7);
    uint64_t state = 99;
    for (int i = 0; i < count; i++)
        tg_hist_record(&h, sample(&state));
    return h;
}

START_TEST(the_kept_form_gives_the_same_histogram_back)
{
    for (int count = 0; count < 3000; count += 733) {
        struct tg_hist h = with_samples(count), back;
        struct tg_error err = {0};
        uint8_t *bytes;
        size_t size;
        ck_assert_tg_ok(tg_hist_encode(&h, &bytes, &size, &err), err);
        ck_assert_tg_ok(tg_hist_decode(&back, bytes, size, &err), err);
        assert_same(&h, &back);
        free(bytes);
        tg_hist_release(&h);
        tg_hist_release(&back);
    }
}
END_TEST

START_TEST(the_kept_form_is_fixed)
{
    static const uint8_t golden[] = {
        'T',  'G',  'H',  1, 2, 3,                                     /* count */
        0xd9, 0x07, 0,    0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, /* 5 + 1000 + 1004 */
        0xe9, 0xa3, 0x1e, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0,
        0,    0,    0,    0, 0, 0, 0, 0, 5, 0xec, 0x07, /* 5, 1004 */
        5,    1,    29,   2};
    struct tg_hist h = made(2), back;
    struct tg_error err = {0};
    tg_hist_record(&h, 1004);
    tg_hist_record(&h, 5);
    tg_hist_record(&h, 1000);
    uint8_t *bytes;
    size_t size;
    ck_assert_tg_ok(tg_hist_encode(&h, &bytes, &size, &err), err);
    ck_assert_uint_eq(size, sizeof golden);
    ck_assert_mem_eq(bytes, golden, size);
    ck_assert_tg_ok(tg_hist_decode(&back, golden, sizeof golden, &err), err);
    assert_same(&h, &back);
    free(bytes);
    tg_hist_release(&h);
    tg_hist_release(&back);
}
END_TEST

/* Every truncation must be refused, and every change of one byte either refused or read as a histogram that
 * encodes to those very bytes. The bytes are copied to their exact size, so that a sanitizer sees overreads.
 */
START_TEST(a_damaged_form_is_refused)
{
    struct tg_hist h = with_samples(40), back;
    struct tg_error err = {0};
    uint8_t *bytes;
    size_t size;
    ck_assert_tg_ok(tg_hist_encode(&h, &bytes, &size, &err), err);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1);
        memcpy(copy, bytes, cut);
        ck_assert_int_eq(tg_hist_decode(&back, copy, cut, &err), TG_EINPUT);
        ck_assert_ptr_null(back.buckets);
        free(copy);
    }
    unsigned refused = 0;
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            int rc = tg_hist_decode(&back, bytes, size, &err);
            if (rc == TG_OK) {
                uint8_t *again;
                size_t again_size;
                ck_assert_tg_ok(tg_hist_encode(&back, &again, &again_size, &err), err);
                ck_assert_uint_eq(again_size, size);
                ck_assert_mem_eq(again, bytes, size);
                free(again);
            } else {
                ck_assert_int_eq(rc, TG_EINPUT);
                refused++;
            }
            tg_hist_release(&back);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
    ck_assert_uint_gt(refused, size * 4); /* most flips contradict something */
    free(bytes);
    tg_hist_release(&h);
}
END_TEST

START_TEST(limits_are_refused)
{
    struct tg_hist h;
    struct tg_error err = {0};
    ck_assert_int_eq(tg_hist_init(&h, TG_HIST_BITS_MAX + 1, &err), TG_EUSAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "15 bits"));
    static const uint8_t future[] = {'T', 'G', 'H', 2, 7}, wide[] = {'T', 'G', 'H', 1, 15};
    ck_assert_int_eq(tg_hist_decode(&h, future, sizeof future, &err), TG_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "version 2"));
    ck_assert_int_eq(tg_hist_decode(&h, wide, sizeof wide, &err), TG_EINPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hist");
    TCase *tc = tcase_create("hist");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, every_value_falls_into_a_bucket_that_holds_it_and_is_narrow);
    tcase_add_test(tc, buckets_follow_each_other_without_gap);
    tcase_add_test(tc, quantiles_and_counts_keep_the_stated_error);
    tcase_add_test(tc, small_values_are_exact);
    tcase_add_test(tc, moments_do_not_cancel);
    tcase_add_test(tc, one_value_many_times_has_no_spread);
    tcase_add_test(tc, an_empty_histogram_answers_zero);
    tcase_add_test(tc, merging_equals_recording_together);
    tcase_add_test(tc, the_kept_form_gives_the_same_histogram_back);
    tcase_add_test(tc, the_kept_form_is_fixed);
    tcase_add_test(tc, a_damaged_form_is_refused);
    tcase_add_test(tc, limits_are_refused);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
