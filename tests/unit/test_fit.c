/* Fits: families found from their own samples, mixtures, tails, tests of fit, and laws that read back. */
#include <math.h>
#include <string.h>

#include "tg_fit_distance.h"
#include "tg_fit_test.h"
#include "tg_law.h"
#include "tg_tail.h"
#include "tg_test.h"

static struct tg_error err;

enum { N = 4000 };

static void draw(struct tg_sample *s, const struct tg_dist *dist, uint64_t seed, size_t n)
{
    static double scratch[N];
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, 0, "fit");
    ck_assert_tg_ok(tg_sample_init(s, n, &err), err);
    tg_dist_sample_many(dist, &rng, s->x, n);
    tg_sample_sort(s->x, scratch, n);
    for (size_t i = 0; i < n; i++)
        s->w[i] = 1;
    tg_sample_sum(s);
}

/* Laws that are far from each other: at this size the chance of a wrong choice is below 1e-3 each. */
static const struct row {
    const char *law, *name;
} rows[] = {
    {"{\"family\": \"gamma\", \"unit\": \"ns\", \"parameters\": {\"shape\": 3, \"scale\": 700}}", "gamma"},
    {"{\"family\": \"lognormal\", \"unit\": \"ns\", \"parameters\": {\"median\": 2000, \"sigma\": 0.5}}",
     "lognormal"},
    {"{\"family\": \"weibull\", \"unit\": \"ns\", \"parameters\": {\"shape\": 2, \"scale\": 3000}}",
     "weibull"},
    {"{\"family\": \"normal\", \"unit\": \"ns\", \"parameters\": {\"mean\": 3000, \"deviation\": 300}}",
     "normal"},
    {"{\"family\": \"uniform\", \"unit\": \"ns\", \"parameters\": {\"low\": 100, \"high\": 300}}", "uniform"},
    {"{\"family\": \"shifted\", \"unit\": \"ns\", \"offset\": 1000, \"part\": {\"family\": \"exponential\", "
     "\"unit\": \"ns\", \"parameters\": {\"mean\": 500}}}",
     "shifted exponential"},
    {"{\"family\": \"mixture\", \"weights\": [3, 1], \"parts\": [{\"family\": \"gamma\", \"unit\": \"ns\", "
     "\"parameters\": {\"shape\": 20, \"scale\": 50}}, {\"family\": \"gamma\", \"unit\": \"ns\", "
     "\"parameters\": "
     "{\"shape\": 40, \"scale\": 100}}]}",
     "mixture of 2 gamma"},
};

START_TEST(a_family_is_found_and_passes)
{
    struct tg_dist truth, found;
    struct tg_sample s;
    struct tg_fit fits[TG_FIT_MAX];
    struct tg_fit_test test;
    char name[64];
    cJSON *json = cJSON_Parse(rows[_i].law);
    ck_assert_tg_ok(tg_law_read(json, "law", &truth, &err), err);
    draw(&s, &truth, 24, N); /* one seed in ten would fail a test by chance */
    ck_assert_int_gt(tg_fit_all(&s, true, fits, &err), 3);
    ck_assert_str_eq(tg_fit_name(&fits[0], name, sizeof name), rows[_i].name);
    ck_assert_tg_ok(tg_fit_test(&fits[0], &s, "test", &test, &err), err);
    ck_assert_msg(test.passes, "KS p %g, AD p %g", test.ks_p, test.ad_p);
    /* A fit is a law with the sample's mean: within six standard errors of the truth. */
    ck_assert_tg_ok(tg_fit_dist(&fits[0], &found, &err), err);
    ck_assert_double_eq_tol(tg_dist_mean(&found), tg_dist_mean(&truth),
                            6 * sqrt(tg_dist_variance(&truth) / N));
    ck_assert_double_eq_tol(tg_dist_cdf(&found, tg_dist_quantile(&truth, 0.9)), 0.9, 6 * 0.3 / sqrt(N));
    tg_dist_release(&found);
    tg_dist_release(&truth);
    tg_sample_release(&s);
    cJSON_Delete(json);
}
END_TEST

START_TEST(a_wrong_family_does_not_pass)
{
    struct tg_dist truth;
    struct tg_sample s;
    struct tg_fit fits[TG_FIT_MAX];
    struct tg_fit_test test;
    cJSON *json = cJSON_Parse(rows[6].law);
    ck_assert_tg_ok(tg_law_read(json, "law", &truth, &err), err);
    draw(&s, &truth, 12, N);
    ck_assert_int_gt(tg_fit_all(&s, false, fits, &err), 3);
    ck_assert_tg_ok(tg_fit_test(&fits[0], &s, "test", &test, &err), err);
    ck_assert(!test.passes);
    tg_dist_release(&truth);
    tg_sample_release(&s);
    cJSON_Delete(json);
}
END_TEST

/* The level of the tests themselves: of 30 samples of each law 5 % may fail each of the two; that more than
 * 11 fail either has a chance below 1e-3 even if the two never failed together. */
START_TEST(the_test_keeps_its_level)
{
    struct tg_dist truth;
    int failed = 0;
    cJSON *json = cJSON_Parse(rows[_i].law);
    ck_assert_tg_ok(tg_law_read(json, "law", &truth, &err), err);
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct tg_sample s;
        struct tg_fit fits[TG_FIT_MAX];
        struct tg_fit_test test;
        char name[64], stream[32]; /* one stream for all would share its luck */
        snprintf(stream, sizeof stream, "level %d", (int)seed);
        draw(&s, &truth, 100 + seed, 400);
        int count = tg_fit_all(&s, true, fits, &err), own = 0;
        while (own < count && strcmp(tg_fit_name(&fits[own], name, sizeof name), rows[_i].name) != 0)
            own++;
        ck_assert_int_lt(own, count);
        ck_assert_tg_ok(tg_fit_test(&fits[own], &s, stream, &test, &err), err);
        failed += !test.passes;
        tg_sample_release(&s);
    }
    ck_assert_int_le(failed, 11);
    tg_dist_release(&truth);
    cJSON_Delete(json);
}
END_TEST

/* By hand: one value at the law's median has KS 1/2 and AD 2 ln 2 - 1. */
START_TEST(statistics_of_one_value)
{
    double p = 0.5;
    ck_assert_double_eq_tol(tg_fit_distance_ks(&p, NULL, 1, 1), 0.5, 1e-12);
    ck_assert_double_eq_tol(tg_fit_distance_ad(&p, NULL, 1, 1), 2 * log(2) - 1, 1e-9);
}
END_TEST

START_TEST(a_tail_is_found)
{
    double parameters[] = {1000, 500, 0.25};
    struct tg_dist truth;
    struct tg_sample s;
    struct tg_tail tail;
    ck_assert_tg_ok(tg_dist_init(&truth, "generalized_pareto", parameters, 3, &err), err);
    draw(&s, &truth, 13, N);
    ck_assert(tg_tail_fit(&s, "tail", &tail));
    /* The shape's standard error is (1 + shape) / sqrt(n); of the excesses above a threshold u the scale is
     * 500 + 0.25 (u - 1000). Four of them. */
    ck_assert_double_eq_tol(tail.shape, 0.25, 4 * 1.25 / sqrt((double)tail.count));
    double scale = 500 + 0.25 * (tail.threshold - 1000);
    ck_assert_double_eq_tol(tail.scale / scale, 1, 4 * sqrt(2 * 1.25 / (double)tail.count));
    ck_assert_double_eq_tol(tail.share, 0.1, 0.01);
    tg_dist_release(&truth);
    tg_sample_release(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fit");
    TCase *tc = tcase_create("fit");
    tcase_add_loop_test(tc, a_family_is_found_and_passes, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, a_wrong_family_does_not_pass);
    tcase_add_loop_test(tc, the_test_keeps_its_level, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, statistics_of_one_value);
    tcase_add_test(tc, a_tail_is_found);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
