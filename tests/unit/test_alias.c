#include <math.h>
#include <string.h>

#include "tg_alias.h"
#include "tg_test.h"

enum { MAX = 1000 };
static double weights[MAX], keep[MAX];
static uint32_t alias[MAX];

/* The probabilities that the table gives are those of the weights, exactly but for rounding. */
static void check_probabilities(size_t n)
{
    double total = 0, given[MAX] = {0};
    struct tg_error err = {0};
    for (size_t i = 0; i < n; i++)
        total += weights[i];
    ck_assert_tg_ok(tg_alias_build(weights, n, keep, alias, &err), err);
    for (size_t i = 0; i < n; i++) {
        given[i] += keep[i] / n;
        given[alias[i]] += (1 - keep[i]) / n;
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_double_eq_tol(given[i], weights[i] / total, 1e-13);
        if (weights[i] == 0)
            ck_assert(given[i] == 0);
    }
}

START_TEST(tables_give_their_weights)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 41, 0, "alias");
    for (size_t n = 1; n <= MAX; n = n * 3 / 2 + 1) {
        for (size_t i = 0; i < n; i++)
            weights[i] = i % 7 == 3 ? 0 : tg_rng_unit(&rng);
        check_probabilities(n);
        for (size_t i = 0; i < n; i++)
            weights[i] = i ? 1e-9 : 1;
        check_probabilities(n);
        for (size_t i = 0; i < n; i++)
            weights[i] = 0.1;
        check_probabilities(n);
    }
}
END_TEST

/* Chi-square with 3 degrees of freedom: above 38 with probability 3e-8. */
START_TEST(picks_follow_their_weights)
{
    static const double four[] = {5, 0, 1, 3, 1};
    enum { N = 1000000 };
    struct tg_rng rng;
    struct tg_error err = {0};
    double counts[5] = {0}, chi = 0;
    ck_assert_tg_ok(tg_alias_build(four, 5, keep, alias, &err), err);
    tg_rng_seed(&rng, 42, 0, "alias");
    for (int i = 0; i < N; i++)
        counts[tg_alias_pick(keep, alias, 5, &rng)]++;
    for (int i = 0; i < 5; i++) {
        double expected = four[i] / 10 * N;
        if (expected > 0)
            chi += (counts[i] - expected) * (counts[i] - expected) / expected;
        else
            ck_assert(counts[i] == 0);
    }
    ck_assert_double_lt(chi, 38);
}
END_TEST

START_TEST(faulty_weights_are_refused)
{
    static const struct {
        double weights[2];
        const char *needle;
    } bad[] = {
        {{1, -1}, "weight 2 is -1"},
        {{0, 0}, "add up to 0"},
        {{NAN, 1}, "weight 1 is"},
        {{HUGE_VAL, 1}, "weight 1 is inf"},
        {{1.7e308, 1.7e308}, "add up to inf"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_error err = {0};
        ck_assert_int_eq(tg_alias_build(bad[i].weights, 2, keep, alias, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle), "'%s' lacks '%s'", err.text, bad[i].needle);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alias");
    TCase *tcase = tcase_create("alias");
    tcase_add_test(tcase, tables_give_their_weights);
    tcase_add_test(tcase, picks_follow_their_weights);
    tcase_add_test(tcase, faulty_weights_are_refused);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
