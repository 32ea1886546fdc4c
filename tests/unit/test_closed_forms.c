/* Closed forms against published values and against each other where they meet. */
#include "tg_closed_forms.h"

#include <math.h>

#include "tg_test.h"

static struct tg_error err;

START_TEST(erlang_is_that_of_the_tables)
{
    /* Offered 10 to 10 servers, 5 to 10, 1 to 1: blocking by the usual tables. */
    ck_assert_double_eq_tol(tg_erlang_b(10, 10), 0.21458, 1e-5);
    ck_assert_double_eq_tol(tg_erlang_b(5, 10), 0.018385, 1e-6);
    ck_assert_double_eq_tol(tg_erlang_b(1, 1), 0.5, 1e-15);
    /* One server: waits with the probability of the load. */
    ck_assert_double_eq_tol(tg_erlang_c(0.7, 1), 0.7, 1e-14);
    /* Two servers: 2 r^2 / (1 + r) with r the load of each. */
    ck_assert_double_eq_tol(tg_erlang_c(1.6, 2), 2 * 0.64 / 1.8, 1e-14);
}
END_TEST

START_TEST(forms_meet)
{
    ck_assert_double_eq_tol(tg_mmc_wait(0.8, 1, 1), tg_mg1_wait(0.8, 1, 1), 1e-12);
    ck_assert_double_eq_tol(tg_mm1k_loss(0.8, 1), tg_erlang_b(0.8, 1), 1e-14);
    ck_assert_double_eq_tol(tg_mm1k_number(0.5, 60), 1, 1e-12);
    ck_assert_double_eq_tol(tg_mm1k_loss(1, 4), 0.2, 1e-14);
    ck_assert_double_eq_tol(tg_preemptive_sojourn((double[]){0.8, 0}, (double[]){1, 1}, 0), 5, 1e-12);
    /* Equal services: the work is that of one queue, whoever goes first. */
    const double rates[] = {0.3, 0.4}, means[] = {1, 1};
    double number =
        0.3 * tg_preemptive_sojourn(rates, means, 0) + 0.4 * tg_preemptive_sojourn(rates, means, 1);
    ck_assert_double_eq_tol(number, 0.7 / 0.3, 1e-12);
}
END_TEST

static double poisson(double at, const void *law)
{
    const double *rate = law;
    return *rate / (*rate + at);
}

START_TEST(root_of_poisson_arrivals_is_the_load)
{
    static const double loads[] = {0.05, 0.5, 0.9, 0.99};
    for (int i = 0; i < 4; i++) {
        double root = 0, rate = loads[i] / 2;
        ck_assert_tg_ok(tg_gm1_root(poisson, &rate, 2, &root, &err), err);
        ck_assert_double_eq_tol(root, loads[i], 1e-9);
    }
}
END_TEST

START_TEST(mmpp_of_equal_rates_is_poisson)
{
    static const double generator[] = {0, 1, 3, 0}, equal[] = {0.8, 0.8}, bursts[] = {1.0667, 0};
    double sojourn, delayed, bursty;
    ck_assert_tg_ok(tg_mmpp_m1(generator, equal, 2, 1, &sojourn, &delayed, &err), err);
    ck_assert_double_eq_tol(sojourn, 5, 1e-9);
    ck_assert_double_eq_tol(delayed, 0.8, 1e-9);
    ck_assert_tg_ok(tg_mmpp_m1(generator, bursts, 2, 1, &bursty, &delayed, &err), err);
    ck_assert_double_gt(bursty, 5);
}
END_TEST

START_TEST(jackson_rates_solve_the_traffic_equations)
{
    static const double outside[] = {1, 0}, routing[] = {0, 1, 0.5, 0};
    double rates[2];
    ck_assert_tg_ok(tg_jackson_rates(outside, routing, 2, rates, &err), err);
    ck_assert_double_eq_tol(rates[0], 2, 1e-12);
    ck_assert_double_eq_tol(rates[1], 2, 1e-12);
    static const double closed[] = {0, 1, 1, 0};
    ck_assert_int_eq(tg_jackson_rates(outside, closed, 2, rates, &err), TG_EBUG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("closed_forms");
    TCase *tcase = tcase_create("closed_forms");
    tcase_add_test(tcase, erlang_is_that_of_the_tables);
    tcase_add_test(tcase, forms_meet);
    tcase_add_test(tcase, root_of_poisson_arrivals_is_the_load);
    tcase_add_test(tcase, mmpp_of_equal_rates_is_poisson);
    tcase_add_test(tcase, jackson_rates_solve_the_traffic_equations);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
