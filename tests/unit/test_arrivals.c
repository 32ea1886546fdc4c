#include <math.h>
#include <string.h>

#include "tg_arrivals.h"
#include "tg_test.h"

static struct tg_rng rng;

static void setup(void)
{
    tg_rng_seed(&rng, 51, 0, "arrivals");
}

static void start(struct tg_arrivals *arrivals, double rate_per_s)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_start(arrivals, rate_per_s, &rng, &err), err);
}

START_TEST(deterministic_arrivals_never_drift)
{
    static const double rates[] = {1, 3, 7e5, 999999.7, 1e12 / 3, 0.1, 1e12, 12345.678};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct tg_arrivals arrivals;
        struct tg_error err = {0};
        ck_assert_tg_ok(tg_arrivals_init_deterministic(&arrivals, 1, &err), err);
        start(&arrivals, rates[i]);
        for (int k = 1; k <= 300000; k++) {
            long double truth = k * 1e12L / (long double)rates[i];
            tg_ps t = tg_arrivals_next(&arrivals);
            if (truth < 1e15L) /* long double still has a thousandth of a picosecond */
                ck_assert(fabsl((long double)t - truth) <= 0.501L);
            else if (truth < 9.2e18L)
                ck_assert(fabsl((long double)t / truth - 1) < 1e-15L);
            else
                ck_assert(t == TG_PS_MAX);
        }
        tg_arrivals_release(&arrivals);
    }
}
END_TEST

START_TEST(deterministic_arrivals_round_halves_up)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_deterministic(&arrivals, 1e12 / 4096 * 8192 / 5, &err), err);
    start(&arrivals, 4e11); /* every 2.5 ps */
    static const tg_ps expected[] = {3, 5, 8, 10, 13, 15};
    for (size_t i = 0; i < 6; i++)
        ck_assert_int_eq(tg_arrivals_next(&arrivals), expected[i]);
}
END_TEST

START_TEST(renewal_arrivals_are_the_exact_sum_of_their_gaps)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    struct tg_dist gap, same;
    ck_assert_tg_ok(tg_dist_init(&gap, "lognormal", (const double[]){0.7, 1}, 2, &err), err);
    ck_assert_tg_ok(tg_dist_copy(&same, &gap, &err), err);
    ck_assert_tg_ok(tg_arrivals_init_renewal(&arrivals, &gap, 1000, &err), err);
    start(&arrivals, 0);
    struct tg_rng stream = rng;
    long double sum = 0;
    for (int i = 0; i < 1000000; i++) {
        sum += tg_dist_sample(&same, &stream) * 1000;
        ck_assert(fabsl((long double)tg_arrivals_next(&arrivals) - sum) <= 0.501L);
    }
    tg_dist_release(&same);
    tg_arrivals_release(&arrivals);
}
END_TEST

START_TEST(a_new_rate_stretches_the_same_pattern)
{
    struct tg_arrivals arrivals, copy;
    struct tg_error err = {0};
    struct tg_dist gap;
    ck_assert_tg_ok(tg_dist_init(&gap, "weibull", (const double[]){0.6, 20}, 2, &err), err);
    ck_assert_tg_ok(tg_arrivals_init_renewal(&arrivals, &gap, 1e6, &err), err);
    ck_assert_tg_ok(tg_arrivals_copy(&copy, &arrivals, &err), err);
    start(&arrivals, 1000);
    start(&copy, 4000);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_le(llabs(tg_arrivals_next(&arrivals) - 4 * tg_arrivals_next(&copy)), 3);
    ck_assert_double_eq(copy.rate_per_s, 4000);
    tg_arrivals_release(&copy);
    tg_arrivals_release(&arrivals);
}
END_TEST

/* Makes one process of each kind. */
static const tg_ps log_times[] = {0, 1500, 1500, 2000000};

static void make_kind(int kind, struct tg_arrivals *arrivals)
{
    static const double generator[] = {0, 5000, 0, 0, 0, 2500, 1000, 0, 0}, rates[] = {1e4, 0, 2e3};
    static const struct tg_arrivals_segment segments[] = {
        {TG_PS_PER_MS, 100, 5000},
        {3 * TG_PS_PER_MS, 0, 0},
        {2 * TG_PS_PER_MS, 4e4, 0},
    };
    struct tg_error err = {0};
    int rc = TG_EBUG;
    switch (kind) {
    case 0:
        rc = tg_arrivals_init_deterministic(arrivals, 1234.5, &err);
        break;
    case 1:
        rc = tg_arrivals_init_poisson(arrivals, 1234.5, &err);
        break;
    case 2:
        rc = tg_arrivals_init_mmpp(arrivals, generator, rates, 3, &err);
        break;
    case 3:
        rc = tg_arrivals_init_schedule(arrivals, segments, 3, true, &err);
        break;
    case 4:
        rc = tg_arrivals_init_log(arrivals, log_times, 4, 0, true, &err);
        break;
    }
    ck_assert_tg_ok(rc, err);
}

enum { KINDS = 5 };

START_TEST(every_kind_repeats_itself_and_never_goes_back)
{
    struct tg_arrivals arrivals, copy;
    struct tg_error err = {0};
    static tg_ps first[20000];
    make_kind(_i, &arrivals);
    start(&arrivals, 0);
    for (size_t i = 0; i < 20000; i++) {
        first[i] = tg_arrivals_next(&arrivals);
        ck_assert(first[i] >= (i ? first[i - 1] : 0));
    }
    ck_assert_tg_ok(tg_arrivals_copy(&copy, &arrivals, &err), err);
    start(&arrivals, arrivals.own_per_s);
    for (size_t i = 0; i < 20000; i++)
        ck_assert_int_eq(first[i], tg_arrivals_next(&arrivals));
    for (size_t i = 0; i < 100; i++) /* a copy goes on from where it was taken */
        ck_assert_int_eq(tg_arrivals_next(&copy), tg_arrivals_next(&arrivals));
    tg_arrivals_release(&copy);
    tg_arrivals_release(&arrivals);
}
END_TEST

/* The rate measured over 400,000 arrivals. The processes' counts are at most 60 times as variable as a
 * Poisson process's (the MMPP's), so that the standard error is at most 1.2 %; the limit is 6 of them: false
 * alarm below 1e-6. */
START_TEST(every_kind_keeps_the_rate_it_was_given)
{
    enum { N = 400000 };
    struct tg_arrivals arrivals;
    tg_ps last = 0;
    make_kind(_i, &arrivals);
    start(&arrivals, 12 * arrivals.own_per_s);
    for (int i = 0; i < N; i++)
        last = tg_arrivals_next(&arrivals);
    ck_assert_double_eq_tol(N / tg_s_from_ps(last) / (12 * arrivals.own_per_s), 1, 0.072);
    tg_arrivals_release(&arrivals);
}
END_TEST

START_TEST(time_ends_once_and_for_all)
{
    static const struct tg_arrivals_segment short_one[] = {{TG_PS_PER_S, 5, 5}};
    static const tg_ps times[] = {10, 20};
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_log(&arrivals, times, 2, 0, false, &err), err);
    start(&arrivals, 0);
    ck_assert_int_eq(tg_arrivals_next(&arrivals), 10);
    ck_assert_int_eq(tg_arrivals_next(&arrivals), 20);
    for (int i = 0; i < 5; i++)
        ck_assert(tg_arrivals_next(&arrivals) == TG_PS_MAX);

    ck_assert_tg_ok(tg_arrivals_init_schedule(&arrivals, short_one, 1, false, &err), err);
    start(&arrivals, 0);
    for (int i = 0; i < 100; i++) { /* 100 arrivals of an expected 5 within the second: chance 1e-70 */
        tg_ps t = tg_arrivals_next(&arrivals);
        ck_assert(t <= TG_PS_PER_S || t == TG_PS_MAX);
    }
    ck_assert(tg_arrivals_next(&arrivals) == TG_PS_MAX);
    tg_arrivals_release(&arrivals);

    ck_assert_tg_ok(tg_arrivals_init_poisson(&arrivals, 1e-6, &err), err);
    start(&arrivals, 0);
    for (int i = 0; i < 100; i++) /* 100 gaps of an expected 1e6 s in 9.2e6 s: chance below 1e-60 */
        tg_arrivals_next(&arrivals);
    for (int i = 0; i < 5; i++)
        ck_assert(tg_arrivals_next(&arrivals) == TG_PS_MAX);
    tg_arrivals_release(&arrivals);
}
END_TEST

START_TEST(a_log_is_replayed_stretched_and_repeated)
{
    static const tg_ps times[] = {0, 3, 3, 7};
    static const tg_ps twice_as_slow[] = {0, 6, 6, 14, 20, 26, 26, 34, 40};
    static const tg_ps twice_as_fast[] = {0, 2, 2, 4, 5, 7, 7, 9, 10};
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_log(&arrivals, times, 4, 10, true, &err), err);
    ck_assert_double_eq_tol(arrivals.own_per_s, 4e11, 1);
    start(&arrivals, 0);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(tg_arrivals_next(&arrivals), times[i % 4] + 10 * (i / 4));
    start(&arrivals, arrivals.own_per_s / 2);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(tg_arrivals_next(&arrivals), twice_as_slow[i]);
    start(&arrivals, arrivals.own_per_s * 2);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(tg_arrivals_next(&arrivals), twice_as_fast[i]);
}
END_TEST

START_TEST(faulty_processes_are_named)
{
    static const tg_ps backwards[] = {5, 4}, early[] = {-1, 4}, fine[] = {1, 4};
    static const struct tg_arrivals_segment none = {0, 1, 1}, negative = {1, -1, 1}, silent = {1, 0, 0};
    static const double split[] = {0, 0, 1, 0}, ring[] = {0, 1, 1, 0}, rates[] = {1, 1}, zeros[] = {0, 0};
    struct tg_arrivals a;
    struct tg_error err = {0};
    struct tg_dist gap;
#define REFUSED(call, needle)                                                         \
    do {                                                                              \
        ck_assert_int_eq(call, TG_EINPUT);                                            \
        ck_assert_msg(strstr(err.text, needle), "'%s' lacks '%s'", err.text, needle); \
        tg_arrivals_release(&a);                                                      \
    } while (0)
    REFUSED(tg_arrivals_init_deterministic(&a, 0, &err), "the arrival rate is 0/s");
    REFUSED(tg_arrivals_init_deterministic(&a, NAN, &err), "from 1e-6/s to 1e12/s");
    REFUSED(tg_arrivals_init_poisson(&a, 2e12, &err), "the arrival rate is 2e+12/s");
    REFUSED(tg_arrivals_init_log(&a, backwards, 2, 0, false, &err), "arrival 2 of the log is earlier");
    REFUSED(tg_arrivals_init_log(&a, early, 2, 0, false, &err), "before the start");
    REFUSED(tg_arrivals_init_log(&a, fine, 0, 0, false, &err), "empty");
    REFUSED(tg_arrivals_init_log(&a, fine, 2, 3, false, &err), "but its last arrival is at");
    REFUSED(tg_arrivals_init_schedule(&a, &none, 1, false, &err), "must last longer than 0");
    REFUSED(tg_arrivals_init_schedule(&a, &negative, 1, false, &err), "segment 1 goes from -1/s");
    REFUSED(tg_arrivals_init_schedule(&a, &silent, 1, false, &err), "schedule: the arrival rate is 0/s");
    REFUSED(tg_arrivals_init_schedule(&a, &silent, 0, false, &err), "no segment");
    REFUSED(tg_arrivals_init_mmpp(&a, split, rates, 2, &err), "mmpp: some states");
    REFUSED(tg_arrivals_init_mmpp(&a, ring, zeros, 2, &err), "the arrival rate is 0/s");
    REFUSED(tg_arrivals_init_mmpp(&a, ring, (const double[]){1, -2}, 2, &err), "in state 2 is -2/s");
    ck_assert_tg_ok(tg_dist_init(&gap, "normal", (const double[]){5, 1}, 2, &err), err);
    REFUSED(tg_arrivals_init_renewal(&a, &gap, 1, &err), "must not be negative");
    ck_assert_tg_ok(tg_dist_init(&gap, "pareto", (const double[]){0.9, 1}, 2, &err), err);
    REFUSED(tg_arrivals_init_renewal(&a, &gap, 1, &err), "must be finite");
#undef REFUSED
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrivals");
    TCase *tcase = tcase_create("arrivals");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, deterministic_arrivals_never_drift);
    tcase_add_test(tcase, deterministic_arrivals_round_halves_up);
    tcase_add_test(tcase, renewal_arrivals_are_the_exact_sum_of_their_gaps);
    tcase_add_test(tcase, a_new_rate_stretches_the_same_pattern);
    tcase_add_loop_test(tcase, every_kind_repeats_itself_and_never_goes_back, 0, KINDS);
    tcase_add_loop_test(tcase, every_kind_keeps_the_rate_it_was_given, 0, KINDS);
    tcase_add_test(tcase, time_ends_once_and_for_all);
    tcase_add_test(tcase, a_log_is_replayed_stretched_and_repeated);
    tcase_add_test(tcase, faulty_processes_are_named);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
