#include <string.h>

#include "tg_batches.h"
#include "tg_test.h"

START_TEST(batches_double_when_memory_is_full)
{
    struct tg_batches b;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_batches_init(&b, 8, 5, &err), err);
    for (int i = 0; i < 39; i++)
        tg_batches_add(&b, i);
    ck_assert_uint_eq(b.count, 7);
    ck_assert_uint_eq(b.size, 5);
    ck_assert_double_eq(b.means[6], 32);
    tg_batches_add(&b, 39);
    ck_assert_uint_eq(b.count, 4);
    ck_assert_uint_eq(b.size, 10);
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq(b.means[i], 4.5 + 10 * (double)i);
    ck_assert_uint_eq(tg_batches_samples(&b), 40);
    tg_batches_release(&b);
}
END_TEST

START_TEST(a_long_stream_keeps_its_mean_in_bounded_memory)
{
    struct tg_batches b;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_batches_init(&b, 128, 1, &err), err);
    size_t most = 0;
    for (int i = 0; i < 1000000; i++) {
        tg_batches_add(&b, i % 1000);
        most = b.count > most ? b.count : most;
    }
    ck_assert_uint_eq(most, 127);
    ck_assert_uint_ge(b.count, 64);
    ck_assert_uint_eq(b.size, 8192);
    double mean = 0;
    uint64_t samples = tg_batches_samples(&b);
    for (size_t i = 0; i < b.count; i++)
        mean += b.means[i] / (double)b.count;
    double expected = 0;
    for (uint64_t i = 0; i < samples; i++)
        expected += (double)(i % 1000) / (double)samples;
    ck_assert_double_eq_tol(mean, expected, 1e-6);
    tg_batches_release(&b);
}
END_TEST

START_TEST(odd_memory_is_refused)
{
    struct tg_batches b;
    struct tg_error err = {0};
    ck_assert_int_eq(tg_batches_init(&b, 7, 1, &err), TG_EUSAGE);
    ck_assert_int_eq(tg_batches_init(&b, 2, 1, &err), TG_EUSAGE);
    ck_assert_int_eq(tg_batches_init(&b, 8, 0, &err), TG_EUSAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "8 batches of 0 samples"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batches");
    TCase *tc = tcase_create("batches");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, batches_double_when_memory_is_full);
    tcase_add_test(tc, a_long_stream_keeps_its_mean_in_bounded_memory);
    tcase_add_test(tc, odd_memory_is_refused);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
