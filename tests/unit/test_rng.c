#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "tg_rng.h"
#include "tg_test.h"

/* The vectors of the reference implementation (prng.di.unimi.it/xoshiro256plusplus.c) as other libraries
 * publish them, from the state 1, 2, 3, 4. */
START_TEST(xoshiro_gives_the_published_numbers)
{
    static const uint64_t expected[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    struct tg_rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert(tg_rng_u64(&rng) == expected[i]);
}
END_TEST

START_TEST(splitmix_gives_the_published_numbers)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),  UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821),
    };
    uint64_t state = 1234567;
    struct tg_rng rng;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert(tg_rng_splitmix_next(&state) == expected[i]);
    tg_rng_seed_splitmix(&rng, 1234567);
    for (size_t i = 0; i < 4; i++)
        ck_assert(rng.s[i] == expected[i]);
}
END_TEST

START_TEST(a_stream_depends_on_seed_replication_and_name)
{
    static const struct {
        uint64_t seed, replication;
        const char *name;
    } keys[] = {
        {1, 0, "arrivals"},
        {0, 1, "arrivals"},
        {1, 1, "arrivals"},
        {1, 0, "arrival"},
        {1, 0, ""},
        {0, 0, ""},
        {0, 0, "a"},
        {0, 'a', ""},
        {1, 0, "arrivalt"},
        {1, 0, "arrivals2"},
        {1, 0, "arrivals of two"},
        {UINT64_MAX, 0, "arrivals"},
    };
    enum { COUNT = sizeof keys / sizeof *keys };
    struct tg_rng streams[COUNT], again;
    for (size_t i = 0; i < COUNT; i++) {
        tg_rng_seed(&streams[i], keys[i].seed, keys[i].replication, keys[i].name);
        tg_rng_seed(&again, keys[i].seed, keys[i].replication, keys[i].name);
        ck_assert_mem_eq(&streams[i], &again, sizeof again);
        for (size_t j = 0; j < i; j++)
            for (size_t lane = 0; lane < 4; lane++)
                ck_assert(streams[i].s[lane] != streams[j].s[lane]);
    }
}
END_TEST

/* One changed bit of the key must change half the bits of the state. With 4096 changes of 256 bits the share
 * of changed bits has standard deviation 0.0005; the limits are 6 of them: false alarm below 1e-8. */
START_TEST(a_changed_bit_changes_half_the_state)
{
    uint64_t changed = 0, total = 0;
    for (uint64_t replication = 0; replication < 32; replication++) {
        for (int bit = 0; bit < 128; bit++) {
            struct tg_rng a, b;
            tg_rng_seed(&a, 7, replication, "jitter");
            tg_rng_seed(&b, bit < 64 ? 7 ^ (UINT64_C(1) << bit) : 7,
                        bit < 64 ? replication : replication ^ (UINT64_C(1) << (bit - 64)), "jitter");
            for (int lane = 0; lane < 4; lane++)
                changed += (uint64_t)__builtin_popcountll(a.s[lane] ^ b.s[lane]);
            total += 256;
        }
    }
    ck_assert_double_eq_tol((double)changed / total, 0.5, 0.003);
}
END_TEST

/* Neighbouring replications are the pairs a simulation uses: their first draws must be uncorrelated. r of
 * 100,000 pairs has standard deviation 0.0032; the limit is 6 of them: false alarm below 1e-8. */
START_TEST(neighbouring_streams_are_uncorrelated)
{
    enum { N = 100000 };
    double sum = 0;
    for (uint64_t i = 0; i < N; i++) {
        struct tg_rng a, b;
        tg_rng_seed(&a, 1, i, "arrivals");
        tg_rng_seed(&b, 1, i + 1, "arrivals");
        sum += (tg_rng_unit(&a) - 0.5) * (tg_rng_unit(&b) - 0.5) * 12;
    }
    ck_assert_double_lt(fabs(sum / N), 6 / sqrt(N));
}
END_TEST

START_TEST(a_unit_draw_is_inside_the_open_interval)
{
    /* The generator's output is rotl(s0 + s3, 23) + s0: these states give all zeros and all ones. */
    struct tg_rng zeros = {{0, 1, 1, 0}};
    struct tg_rng ones = {{0, 1, 1, UINT64_MAX}};
    ck_assert(tg_rng_unit(&zeros) == 0x1p-53);
    ck_assert(tg_rng_unit(&ones) == 1 - 0x1p-53);
}
END_TEST

/* Chi-square with 6 degrees of freedom: above 46.6 with probability below 2.5e-8. */
START_TEST(below_is_fair)
{
    enum { N = 700000, FACES = 7 };
    struct tg_rng rng;
    double counts[FACES] = {0}, chi = 0;
    tg_rng_seed(&rng, 3, 0, "dice");
    for (int i = 0; i < N; i++)
        counts[tg_rng_below(&rng, FACES)]++;
    for (int i = 0; i < FACES; i++)
        chi += (counts[i] - N / FACES) * (counts[i] - N / FACES) / (N / FACES);
    ck_assert_double_lt(chi, 46.6);
    /* A range just above half of 2^64 rejects nearly half the draws. */
    for (int i = 0; i < 1000; i++)
        ck_assert(tg_rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}
END_TEST

START_TEST(gsl_draws_from_a_stream)
{
    struct tg_rng rng, same;
    tg_rng_seed(&rng, 5, 0, "gsl");
    same = rng;
    gsl_rng view = tg_rng_gsl(&rng);
    ck_assert(gsl_rng_get(&view) == tg_rng_u64(&same));
    ck_assert(gsl_rng_uniform(&view) == (double)(tg_rng_u64(&same) >> 11) * 0x1p-53);
    ck_assert_double_gt(gsl_ran_gamma(&view, 2.5, 1), 0);

    gsl_rng *owned = gsl_rng_alloc(tg_rng_gsl_type);
    gsl_rng_set(owned, 1234567);
    struct tg_rng seeded;
    tg_rng_seed_splitmix(&seeded, 1234567);
    ck_assert(gsl_rng_get(owned) == tg_rng_u64(&seeded));
    gsl_rng_free(owned);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng");
    TCase *tcase = tcase_create("rng");
    tcase_add_test(tcase, xoshiro_gives_the_published_numbers);
    tcase_add_test(tcase, splitmix_gives_the_published_numbers);
    tcase_add_test(tcase, a_stream_depends_on_seed_replication_and_name);
    tcase_add_test(tcase, a_changed_bit_changes_half_the_state);
    tcase_add_test(tcase, neighbouring_streams_are_uncorrelated);
    tcase_add_test(tcase, a_unit_draw_is_inside_the_open_interval);
    tcase_add_test(tcase, below_is_fair);
    tcase_add_test(tcase, gsl_draws_from_a_stream);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
