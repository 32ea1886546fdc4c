#include "tg_batches.h"
#include "tg_mser.h"
#include "tg_rng.h"
#include "tg_test.h"
#include "tg_ziggurat.h"

enum { GROUPS = 400 };

START_TEST(a_flat_series_loses_nothing)
{
    double x[GROUPS];
    int settled;
    for (int i = 0; i < GROUPS; i++)
        x[i] = 4;
    ck_assert_uint_eq(tg_mser_cut(x, GROUPS, &settled), 0);
    ck_assert_int_eq(settled, 1);
}
END_TEST

START_TEST(a_step_is_cut_off_exactly)
{
    double x[GROUPS];
    int settled;
    for (int i = 0; i < GROUPS; i++)
        x[i] = (i < 60 ? 50 : 10) + i % 2;
    ck_assert_uint_eq(tg_mser_cut(x, GROUPS, &settled), 60);
    ck_assert_int_eq(settled, 1);
}
END_TEST

START_TEST(a_trend_never_settles)
{
    double x[GROUPS];
    int settled;
    for (int i = 0; i < GROUPS; i++)
        x[i] = i;
    ck_assert_uint_eq(tg_mser_cut(x, GROUPS, &settled), GROUPS / 2);
    ck_assert_int_eq(settled, 0);
    ck_assert_uint_eq(tg_mser_cut(x, 0, &settled), 0);
    ck_assert_int_eq(settled, 0);
}
END_TEST

/* A queue that starts with 30 standard deviations too much and forgets with a time constant of 50
 * observations, in noise of standard deviation 1: after 7 time constants 0.03 deviations are left, after 2
 * there are 4. Over 200 seeds every cut must lie between; the cut of a stationary start must stay below an
 * eighth in nine of ten. */
START_TEST(a_decaying_start_is_cut_where_it_drowns_in_noise)
{
    int short_cuts = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct tg_rng rng;
        struct tg_error err = {0};
        struct tg_batches decaying, stationary;
        tg_rng_seed(&rng, 5, seed, "noise");
        ck_assert_tg_ok(tg_batches_init(&decaying, 1024, TG_MSER_GROUP, &err), err);
        ck_assert_tg_ok(tg_batches_init(&stationary, 1024, TG_MSER_GROUP, &err), err);
        double excess = 30;
        for (int i = 0; i < TG_MSER_GROUP * GROUPS; i++) {
            tg_batches_add(&decaying, 100 + excess + tg_rng_normal(&rng));
            tg_batches_add(&stationary, 100 + tg_rng_normal(&rng));
            excess *= 1 - 1.0 / 50;
        }
        int settled;
        size_t cut = TG_MSER_GROUP * tg_mser_cut(decaying.means, decaying.count, &settled);
        ck_assert_int_eq(settled, 1);
        ck_assert_uint_ge(cut, 100);
        ck_assert_uint_le(cut, 800);
        short_cuts += tg_mser_cut(stationary.means, stationary.count, &settled) < GROUPS / 8;
        tg_batches_release(&decaying);
        tg_batches_release(&stationary);
    }
    ck_assert_int_ge(short_cuts, 140);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mser");
    TCase *tc = tcase_create("mser");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_flat_series_loses_nothing);
    tcase_add_test(tc, a_step_is_cut_off_exactly);
    tcase_add_test(tc, a_trend_never_settles);
    tcase_add_test(tc, a_decaying_start_is_cut_where_it_drowns_in_noise);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
