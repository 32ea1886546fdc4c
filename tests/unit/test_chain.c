#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

#include "tg_chain.h"
#include "tg_rng.h"
#include "tg_test.h"

static double rates[TG_CHAIN_MAX * TG_CHAIN_MAX], exits[TG_CHAIN_MAX];

/* A chain with rates over six decades, about a third of them zero, and a ring that connects all states. */
static void make_chain(size_t n, uint64_t seed)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, n, "chain");
    for (size_t i = 0; i < n * n; i++) {
        double rate = exp(14 * (tg_rng_unit(&rng) - 0.5));
        rates[i] = tg_rng_below(&rng, 3) ? rate : 0;
    }
    for (size_t i = 0; i < n; i++) {
        double off = 0;
        rates[i * n + (i + 1) % n] += n > 1;
        exits[i] = i % 2 ? 0 : 0.5;
        for (size_t j = 0; j < n; j++)
            off += i == j ? 0 : rates[i * n + j];
        rates[i * n + i] = -(off + exits[i]);
    }
}

START_TEST(a_birth_death_chain_has_its_known_law)
{
    enum { N = 40 };
    struct tg_error err = {0};
    double probabilities[N], total = 0;
    memset(rates, 0, sizeof rates);
    for (size_t i = 0; i + 1 < N; i++) {
        rates[i * N + i + 1] = 0.7;
        rates[(i + 1) * N + i] = 1;
    }
    ck_assert_tg_ok(tg_chain_stationary(rates, N, probabilities, &err), err);
    for (size_t i = 0; i < N; i++)
        total += pow(0.7, i);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq_tol(probabilities[i] * total / pow(0.7, i), 1, 1e-14);
}
END_TEST

START_TEST(stationary_probabilities_balance)
{
    for (size_t n = 1; n <= TG_CHAIN_MAX; n += 9) {
        struct tg_error err = {0};
        double p[TG_CHAIN_MAX];
        make_chain(n, 1);
        ck_assert_tg_ok(tg_chain_stationary(rates, n, p, &err), err);
        for (size_t j = 0; j < n; j++) {
            double in = 0, out = 0;
            for (size_t i = 0; i < n; i++) {
                in += i == j ? 0 : p[i] * rates[i * n + j];
                out += i == j ? 0 : p[j] * rates[j * n + i];
            }
            ck_assert_double_eq_tol(in, out, 1e-12 * out + 1e-300);
        }
    }
}
END_TEST

/* Against GSL's LU decomposition: (-generator) total = reward. */
START_TEST(rewards_solve_the_linear_system)
{
    for (size_t n = 1; n <= TG_CHAIN_MAX; n += 7) {
        struct tg_error err = {0};
        double reward[TG_CHAIN_MAX], total[TG_CHAIN_MAX];
        make_chain(n, 2);
        for (size_t i = 0; i < n; i++)
            reward[i] = (double)(i % 3);
        ck_assert_tg_ok(tg_chain_reward(rates, exits, n, reward, total, &err), err);
        gsl_matrix *a = gsl_matrix_alloc(n, n);
        gsl_vector *x = gsl_vector_alloc(n);
        gsl_permutation *order = gsl_permutation_alloc(n);
        int sign;
        for (size_t i = 0; i < n * n; i++)
            gsl_matrix_set(a, i / n, i % n, -rates[i]);
        gsl_vector_view right = gsl_vector_view_array(reward, n);
        gsl_linalg_LU_decomp(a, order, &sign);
        gsl_linalg_LU_solve(a, order, &right.vector, x);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(total[i], gsl_vector_get(x, i), 1e-9 * (1 + total[i]));
        gsl_permutation_free(order);
        gsl_vector_free(x);
        gsl_matrix_free(a);
    }
}
END_TEST

START_TEST(transient_probabilities_are_the_matrix_exponential)
{
    static const double times[] = {0, 1e-6, 0.3, 2, 50};
    static double mine[TG_CHAIN_MAX * TG_CHAIN_MAX];
    for (size_t n = 1; n <= 20; n += 6) {
        for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
            make_chain(n, 3);
            double time = times[k] / 100;
            tg_chain_transient(rates, n, time, mine);
            gsl_matrix *a = gsl_matrix_alloc(n, n), *power = gsl_matrix_alloc(n, n);
            for (size_t i = 0; i < n * n; i++)
                gsl_matrix_set(a, i / n, i % n, rates[i] * time);
            gsl_linalg_exponential_ss(a, power, GSL_PREC_DOUBLE);
            for (size_t i = 0; i < n * n; i++)
                ck_assert_double_eq_tol(mine[i], gsl_matrix_get(power, i / n, i % n), 1e-9);
            gsl_matrix_free(power);
            gsl_matrix_free(a);
        }
    }
}
END_TEST

START_TEST(faulty_chains_are_refused)
{
    static const double split[] = {0, 0, 1, 0}, negative[] = {0, -1, 1, 0}, none[] = {0, 0};
    struct tg_error err = {0};
    double out[2];
    ck_assert_int_eq(tg_chain_stationary(split, 2, out, &err), TG_EINPUT);
    ck_assert(strstr(err.text, "cannot be reached"));
    ck_assert_int_eq(tg_chain_stationary(negative, 2, out, &err), TG_EINPUT);
    ck_assert(strstr(err.text, "from state 1 to state 2 is -1"));
    ck_assert_int_eq(tg_chain_reward(split, none, 2, none, out, &err), TG_EINPUT);
    ck_assert(strstr(err.text, "never reaches absorption"));
    ck_assert_int_eq(tg_chain_stationary(split, TG_CHAIN_MAX + 1, out, &err), TG_ELIMIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tcase = tcase_create("chain");
    tcase_add_test(tcase, a_birth_death_chain_has_its_known_law);
    tcase_add_test(tcase, stationary_probabilities_balance);
    tcase_add_test(tcase, rewards_solve_the_linear_system);
    tcase_add_test(tcase, transient_probabilities_are_the_matrix_exponential);
    tcase_add_test(tcase, faulty_chains_are_refused);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
