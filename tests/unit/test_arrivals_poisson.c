/* The laws of the processes that are Poisson at heart. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "tg_arrivals.h"
#include "tg_goodness.h"
#include "tg_test.h"

enum { N = 200000 };
static double sample[N];

static void start(struct tg_arrivals *arrivals, double rate_per_s)
{
    struct tg_rng rng;
    struct tg_error err = {0};
    tg_rng_seed(&rng, 52, 0, "arrivals");
    ck_assert_tg_ok(tg_arrivals_start(arrivals, rate_per_s, &rng, &err), err);
}

static double unit_exponential_cdf(double x, const void *law)
{
    (void)law;
    return gsl_cdf_exponential_P(x, 1);
}

/* The gaps between the values of an increasing function at the arrivals are exponential of mean 1, and
 * neighbours are uncorrelated. False alarm 1e-6 and 1e-8 (6 standard deviations). */
static void check_unit_poisson(struct tg_arrivals *arrivals, double (*integrated)(double t_s))
{
    double last = 0, product = 0;
    for (int i = 0; i < N; i++) {
        double now = integrated(tg_s_from_ps(tg_arrivals_next(arrivals)));
        sample[i] = now - last;
        last = now;
    }
    for (int i = 1; i < N; i++)
        product += (sample[i] - 1) * (sample[i - 1] - 1);
    ck_assert_double_le(fabs(product / N), 6 / sqrt(N));
    ck_assert_double_lt(tg_goodness_ks(sample, N, unit_exponential_cdf, NULL), tg_goodness_ks_limit(1e-6));
}

static double constant_rate(double t_s)
{
    return 5e4 * t_s;
}

START_TEST(poisson_gaps_are_exponential)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_poisson(&arrivals, 7, &err), err);
    start(&arrivals, 5e4);
    check_unit_poisson(&arrivals, constant_rate);
    tg_arrivals_release(&arrivals);
}
END_TEST

/* One second of: a ramp up, a step, silence, a ramp down to nothing. 1,650 arrivals a period. */
static const struct tg_arrivals_segment day[] = {
    {TG_PS_PER_S / 4, 1000, 5000},
    {TG_PS_PER_S / 4, 3000, 3000},
    {TG_PS_PER_S / 4, 0, 0},
    {TG_PS_PER_S / 4, 1200, 0},
};

static double day_integrated(double t_s)
{
    double days = floor(t_s), t = t_s - days, sum = 1650 * days;
    double up = fmin(t, 0.25), level = fmin(fmax(t - 0.25, 0), 0.25), down = fmax(t - 0.75, 0);
    return sum + (1000 + 8000 * up) * up + 3000 * level + (1200 - 2400 * down) * down;
}

START_TEST(a_schedule_gives_its_integrated_rate)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_schedule(&arrivals, day, 4, true, &err), err);
    ck_assert_double_eq_tol(arrivals.own_per_s, 1650, 1e-9);
    start(&arrivals, 0);
    check_unit_poisson(&arrivals, day_integrated);
    start(&arrivals, 0);
    for (int i = 0; i < 100000; i++) {
        double t = tg_s_from_ps(tg_arrivals_next(&arrivals)), phase = t - floor(t);
        ck_assert(phase <= 0.5 || phase >= 0.75);
    }
    tg_arrivals_release(&arrivals);
}
END_TEST

static double sparse_integrated(double t_s)
{
    return day_integrated(t_s) * 0.01 / 1650;
}

/* A hundred periods pass from one arrival to the next. */
START_TEST(a_sparse_schedule_skips_periods)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_schedule(&arrivals, day, 4, true, &err), err);
    start(&arrivals, 0.01);
    double last = 0;
    for (int i = 0; i < 50000; i++) { /* 5e6 of the 9.2e6 seconds there are */
        double now = sparse_integrated(tg_s_from_ps(tg_arrivals_next(&arrivals)));
        sample[i] = now - last;
        last = now;
    }
    ck_assert_double_lt(tg_goodness_ks(sample, 50000, unit_exponential_cdf, NULL),
                        tg_goodness_ks_limit(1e-6));
    tg_arrivals_release(&arrivals);
}
END_TEST

/* An interrupted Poisson process, on and off, is a renewal process with hyperexponential gaps (Kuczura, "The
 * interrupted Poisson process as an overflow process", Bell System Technical Journal 52, 1973). */
static const double on_off[] = {0, 200, 50, 0}; /* on ends at 200/s, off at 50/s */
static const double on_rate_per_s = 3000;

static double interrupted_cdf(double x, const void *law)
{
    (void)law;
    double sum = on_rate_per_s + 200 + 50, root = sqrt(sum * sum - 4 * on_rate_per_s * 50);
    double fast = (sum + root) / 2, slow = (sum - root) / 2, weight = (on_rate_per_s - slow) / (fast - slow);
    return 1 - weight * exp(-fast * x) - (1 - weight) * exp(-slow * x);
}

START_TEST(an_interrupted_poisson_process_has_hyperexponential_gaps)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_mmpp(&arrivals, on_off, (const double[]){1000, 0}, 2, &err), err);
    ck_assert_double_eq_tol(arrivals.own_per_s, 200, 1e-9);
    start(&arrivals, 600); /* triples the rate when on */
    tg_ps last = tg_arrivals_next(&arrivals);
    for (int i = 0; i < N; i++) {
        tg_ps now = tg_arrivals_next(&arrivals);
        sample[i] = tg_s_from_ps(now - last);
        last = now;
    }
    ck_assert_double_lt(tg_goodness_ks(sample, N, interrupted_cdf, NULL), tg_goodness_ks_limit(1e-6));
    tg_arrivals_release(&arrivals);
}
END_TEST

/* Two states: the variance of counts over their mean, in windows far longer than the states last, tends to
 * 1 + 2 a b (x - y)^2 / ((a + b)^2 (x b + y a)) for rates x and y left at a and b (Fischer and
 * Meier-Hellstern, "The Markov-modulated Poisson process cookbook", Performance Evaluation 18, 1993); a
 * window of length w still lacks the share 1 / ((a + b) w). Over 4,000 windows the ratio has a standard error
 * of 2.3 %: the limit is 6 of them (1e-8). */
START_TEST(two_states_give_their_index_of_dispersion)
{
    enum { WINDOWS = 4000 };
    const double a = 300, b = 700, x = 2e4, y = 5e3, window_s = 0.1;
    double limit = 1 + 2 * a * b * (x - y) * (x - y) / ((a + b) * (a + b) * (x * b + y * a));
    double expected = 1 + (limit - 1) * (1 - 1 / ((a + b) * window_s));
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(
        tg_arrivals_init_mmpp(&arrivals, (const double[]){-a, a, b, -b}, (const double[]){x, y}, 2, &err),
        err);
    ck_assert_double_eq_tol(arrivals.own_per_s, 0.7 * x + 0.3 * y, 1e-9);
    start(&arrivals, 0);
    double sum = 0, square = 0;
    tg_ps t = tg_arrivals_next(&arrivals);
    for (int i = 1; i <= WINDOWS; i++) {
        double count = 0;
        for (; t < tg_ps_from_s(i * window_s); t = tg_arrivals_next(&arrivals))
            count++;
        sum += count;
        square += count * count;
    }
    double mean = sum / WINDOWS, variance = square / WINDOWS - mean * mean;
    ck_assert_double_eq_tol(variance / mean / expected, 1, 0.14);
    tg_arrivals_release(&arrivals);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrivals_poisson");
    TCase *tcase = tcase_create("arrivals_poisson");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, poisson_gaps_are_exponential);
    tcase_add_test(tcase, a_schedule_gives_its_integrated_rate);
    tcase_add_test(tcase, a_sparse_schedule_skips_periods);
    tcase_add_test(tcase, an_interrupted_poisson_process_has_hyperexponential_gaps);
    tcase_add_test(tcase, two_states_give_their_index_of_dispersion);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
