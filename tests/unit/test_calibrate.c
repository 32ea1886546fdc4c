/* Calibration: jitter set aside, means within their intervals, profiles that read back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_calibrate.h"
#include "tg_intrinsic.h"
#include "tg_json.h"
#include "tg_rng.h"
#include "tg_test.h"

static struct tg_error err;

/* A trace of n exponential costs above 1 us, mean 1.5 us, of which jitter hits some: strokes of 20 us,
 * `per_s` a second of the time that the samples last. */
static struct tg_trace make_trace(struct tg_rng *rng, size_t n, double per_s, size_t *hit)
{
    struct tg_trace trace;
    double t = 0;
    *hit = 0;
    ck_assert_tg_ok(tg_trace_init(&trace, "syscall", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, n, &err), err);
    for (size_t i = 0; i < n; i++) {
        double cost = 1000 + 500 * -log(tg_rng_unit(rng));
        if (tg_rng_unit(rng) < per_s * cost * 1e-9) {
            cost += 20000;
            ++*hit;
        }
        tg_trace_append(&trace, t, cost, 1, 0);
        t += cost + 100;
    }
    return trace;
}

static struct tg_trace make_jitter(double per_s)
{
    struct tg_trace jitter;
    ck_assert_tg_ok(tg_trace_init(&jitter, "jitter", NULL, false, &err), err);
    jitter.is_jitter = true;
    jitter.observed_ns = 1e9;
    jitter.threshold_ns = 10000;
    ck_assert_tg_ok(tg_trace_reserve(&jitter, (size_t)per_s, &err), err);
    for (size_t i = 0; i < (size_t)per_s; i++)
        tg_trace_append(&jitter, (double)i * 1e9 / per_s, 20000, 1, 0);
    return jitter;
}

START_TEST(jitter_is_set_aside)
{
    enum { N = 20000 };
    const double per_s = 2000;
    struct tg_rng rng;
    struct tg_jitter jitter;
    struct tg_intrinsic in;
    size_t hit;
    tg_rng_seed(&rng, 1, 0, "calibrate");
    struct tg_trace trace = make_trace(&rng, N, per_s, &hit), gaps = make_jitter(per_s);
    ck_assert_uint_gt(hit, 20);
    ck_assert_tg_ok(tg_jitter_init(&jitter, &gaps, &err), err);
    ck_assert_tg_ok(tg_intrinsic_split(&trace, &jitter, &in, &err), err);
    /* Costs and strokes do not overlap: every hit is told. */
    ck_assert_double_eq_tol(in.hits, (double)hit, 1);
    /* The raw mean is 60 ns too high by jitter; what is left is within six standard errors of the truth. */
    ck_assert_double_gt(in.raw_mean_ns - 1500, 30);
    ck_assert_double_eq_tol(tg_sample_mean(&in.sample), 1500, 6 * 500 / sqrt(N));
    tg_intrinsic_release(&in);
    tg_jitter_release(&jitter);
    tg_trace_release(&trace);
    tg_trace_release(&gaps);
}
END_TEST

START_TEST(without_jitter_nothing_is_set_aside)
{
    struct tg_rng rng;
    struct tg_intrinsic in;
    size_t hit;
    tg_rng_seed(&rng, 2, 0, "calibrate");
    struct tg_trace trace = make_trace(&rng, 1000, 2000, &hit);
    ck_assert_tg_ok(tg_intrinsic_split(&trace, NULL, &in, &err), err);
    ck_assert_double_eq(in.sample.total, 1000);
    ck_assert_double_eq(in.hits, 0);
    tg_intrinsic_release(&in);
    tg_trace_release(&trace);
}
END_TEST

/* Over 200 traces the 95 % interval must hold the truth in 180 to 199: fewer or more has a chance below 0.003
 * for an interval that covers at its level. */
START_TEST(the_interval_of_the_mean_covers)
{
    int covered = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct tg_rng rng;
        size_t hit;
        struct tg_trace_set set = {0};
        cJSON *json;
        tg_rng_seed(&rng, seed, 0, "cover");
        struct tg_trace trace = make_trace(&rng, 1000, 0, &hit);
        ck_assert_tg_ok(tg_trace_set_add(&set, &trace, NULL, &err), err);
        ck_assert_tg_ok(tg_calibrate(&set, "set", NULL, &json, &err), err);
        const cJSON *price = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "costs"), "syscall");
        double low = cJSON_GetObjectItem(price, "low_ns")->valuedouble;
        double high = cJSON_GetObjectItem(price, "high_ns")->valuedouble;
        covered += low <= 1500 && 1500 <= high;
        cJSON_Delete(json);
        tg_trace_set_release(&set);
    }
    ck_assert_int_ge(covered, 180);
    ck_assert_int_le(covered, 199);
}
END_TEST

START_TEST(the_law_keeps_mean_and_quantiles)
{
    struct tg_rng rng;
    size_t hit;
    struct tg_trace_set set = {0};
    struct tg_profile profile;
    cJSON *json;
    tg_rng_seed(&rng, 3, 0, "law");
    struct tg_trace trace = make_trace(&rng, 20000, 0, &hit);
    ck_assert_tg_ok(tg_trace_set_add(&set, &trace, NULL, &err), err);
    ck_assert_tg_ok(tg_calibrate(&set, "set", NULL, &json, &err), err);
    char *text = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(text, "profile", &profile, &err), err);
    const struct tg_price *price = tg_profile_price(&profile, "syscall");
    ck_assert_str_eq(price->fit.family, "shifted exponential");
    ck_assert(price->fit.passes);
    /* Within six standard errors: of the mean 500 / sqrt(N), of the median's rank 0.5 / sqrt(N), and of the
     * fitted scale in the 99th percentile. */
    ck_assert_double_eq_tol(tg_dist_mean(&price->law), 1500, 6 * 500 / sqrt(20000));
    ck_assert_double_eq_tol(tg_dist_cdf(&price->law, price->median_ns), 0.5, 6 * 0.5 / sqrt(20000));
    ck_assert_double_eq_tol(tg_dist_quantile(&price->law, 0.99), 1000 + 500 * log(100),
                            6 * 500 * log(100) / sqrt(20000));
    ck_assert_double_eq_tol(tg_dist_quantile(&price->table, 0.5) / price->median_ns, 1, 0.001);
    ck_assert_double_eq_tol(tg_dist_quantile(&price->table, 0.99) / price->p99_ns, 1, 0.02);
    ck_assert_double_le(price->p99_low_ns, 1000 + 500 * log(100));
    ck_assert_double_ge(price->p99_high_ns, 1000 + 500 * log(100));
    ck_assert_int_eq(price->samples, 20000);
    ck_assert_int_eq(price->provenance, TG_MEASURED);
    free(text);
    cJSON_Delete(json);
    tg_profile_release(&profile);
    tg_trace_set_release(&set);
}
END_TEST

START_TEST(a_base_gives_what_is_missing)
{
    static const char base_text[] =
        "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"old\", \"costs\": {"
        "\"syscall\": {\"law\": \"9 us\", \"provenance\": \"assumed\", \"source\": \"x\"},"
        "\"vm_exit\": {\"law\": \"4 us\", \"provenance\": \"published\", \"source\": \"y\"}}}";
    struct tg_rng rng;
    size_t hit;
    struct tg_trace_set set = {0};
    struct tg_profile base, profile;
    cJSON *json;
    tg_rng_seed(&rng, 4, 0, "base");
    struct tg_trace trace = make_trace(&rng, 100, 0, &hit);
    ck_assert_tg_ok(tg_profile_read_text(base_text, "base", &base, &err), err);
    ck_assert_tg_ok(tg_trace_set_add(&set, &trace, NULL, &err), err);
    ck_assert_tg_ok(tg_calibrate(&set, "set", &base, &json, &err), err);
    char *text = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(text, "profile", &profile, &err), err);
    ck_assert_ptr_null(tg_profile_price(&profile, "syscall")->inherited_from);
    ck_assert_str_eq(tg_profile_price(&profile, "vm_exit")->inherited_from, "old");
    ck_assert_int_eq(tg_profile_price(&profile, "vm_exit")->provenance, TG_PUBLISHED);
    free(text);
    cJSON_Delete(json);
    tg_profile_release(&profile);
    tg_profile_release(&base);
    tg_trace_set_release(&set);
}
END_TEST

static cJSON *calibrated(struct tg_trace *trace)
{
    struct tg_trace_set set = {0};
    cJSON *json = NULL;
    ck_assert_tg_ok(tg_trace_set_add(&set, trace, NULL, &err), err);
    int rc = tg_calibrate(&set, "set", NULL, &json, &err);
    tg_trace_set_release(&set);
    return rc ? NULL : json;
}

static struct tg_trace plain_trace(size_t n, double (*cost)(size_t i))
{
    struct tg_trace trace;
    ck_assert_tg_ok(tg_trace_init(&trace, "syscall", NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, n, &err), err);
    for (size_t i = 0; i < n; i++)
        tg_trace_append(&trace, (double)i * 1e5, cost(i), 1, 0);
    return trace;
}

static double always_200(size_t i)
{
    (void)i;
    return 200;
}

static double rising(size_t i)
{
    return 1000 + 10 * (double)(i % 97);
}

START_TEST(equal_samples_are_a_constant)
{
    struct tg_trace trace = plain_trace(1000, always_200);
    cJSON *json = calibrated(&trace);
    ck_assert_msg(json, "%s", err.text);
    const cJSON *price = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "costs"), "syscall");
    const cJSON *law = cJSON_GetObjectItem(price, "law");
    ck_assert_str_eq(cJSON_GetObjectItem(law, "family")->valuestring, "constant");
    ck_assert_double_eq(cJSON_GetObjectItem(price, "mean_ns")->valuedouble, 200);
    ck_assert_double_eq(cJSON_GetObjectItem(price, "low_ns")->valuedouble, 200);
    ck_assert_double_eq(cJSON_GetObjectItem(price, "high_ns")->valuedouble, 200);
    ck_assert_ptr_null(cJSON_GetObjectItem(price, "fit"));
    cJSON_Delete(json);
}
END_TEST

/* Faults in one sample of a thousand, or in all. */
static const struct fault {
    size_t row;
    double t_ns, cost_ns, factor;
    const char *says;
} faults[] = {
    {500, 5e7, -3, 1, "set: syscall: sample 501: cost_ns is negative (-3)"},
    {500, 5e7, NAN, 1, "set: syscall: sample 501: cost_ns is not a number"},
    {500, 5e7, INFINITY, 1, "set: syscall: sample 501: cost_ns is not a number"},
    {500, 4.9e7, 1000, 1, "set: syscall: sample 501: the clock steps back, from 49900000 to 49000000 ns"},
    {0, 0, 1000, 1e3, "another unit than ns"},
    {0, 0, 1000, 1e-9, "its unit is not ns"},
};

START_TEST(what_cannot_be_is_refused)
{
    const struct fault *f = &faults[_i];
    struct tg_trace trace = plain_trace(1000, rising);
    trace.t_ns[f->row] = f->t_ns;
    trace.cost_ns[f->row] = f->cost_ns;
    for (size_t i = 0; i < trace.count; i++)
        trace.cost_ns[i] *= f->factor;
    ck_assert_ptr_null(calibrated(&trace));
    ck_assert_msg(strstr(err.text, f->says), "%s", err.text);
}
END_TEST

START_TEST(too_few_samples_are_no_price)
{
    struct tg_rng rng;
    size_t hit;
    struct tg_trace_set set = {0};
    cJSON *json;
    tg_rng_seed(&rng, 5, 0, "few");
    struct tg_trace few = make_trace(&rng, 2, 0, &hit), enough = make_trace(&rng, 20, 0, &hit);
    strcpy(enough.name, "signal");
    ck_assert_tg_ok(tg_trace_set_add(&set, &few, NULL, &err), err);
    ck_assert_int_eq(tg_calibrate(&set, "set", NULL, &json, &err), TG_EINPUT);
    ck_assert_str_eq(err.text, "set: no trace in it has the 20 samples that a price needs");
    ck_assert_tg_ok(tg_trace_set_add(&set, &enough, NULL, &err), err);
    ck_assert_tg_ok(tg_calibrate(&set, "set", NULL, &json, &err), err);
    ck_assert_str_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "left_out"), "syscall")->valuestring,
                     "2 samples are too few for a price (at least 20)");
    ck_assert_ptr_null(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "costs"), "syscall"));
    cJSON_Delete(json);
    tg_trace_set_release(&set);
}
END_TEST

/* Of exponential costs above 1 us, whose mean goes with the argument; not enough of the last. */
static struct tg_trace trace_by(const char *argument)
{
    static const double values[] = {10000, 50000, 200000, 400000};
    struct tg_rng rng;
    struct tg_trace trace;
    tg_rng_seed(&rng, 6, 0, "by");
    ck_assert_tg_ok(tg_trace_init(&trace, "wakeup_remote", argument, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, 6000, &err), err);
    for (size_t i = 0; i < 6000; i++) {
        size_t k = i < 10 ? 3 : i % 3;
        tg_trace_append(&trace, (double)i * 1e5, 1000 + 1000 * (double)(k + 1) * tg_rng_exponential(&rng), 1,
                        values[k]);
    }
    return trace;
}

START_TEST(each_idle_time_has_its_price)
{
    struct tg_profile profile;
    struct tg_trace trace = trace_by("idle_ns");
    cJSON *json = calibrated(&trace);
    ck_assert_msg(json, "%s", err.text);
    char *text = tg_json_print(json);
    ck_assert_tg_ok(tg_profile_read_text(text, "profile", &profile, &err), err);
    const struct tg_price *price = tg_profile_price(&profile, "wakeup_remote");
    const struct tg_by_argument *by = &price->by_argument;
    ck_assert_double_eq_tol(price->mean_ns, 2000, 6 * 1000 / sqrt(2000));
    ck_assert_str_eq(by->argument, "idle_ns");
    ck_assert_double_eq(by->from, 10000);
    ck_assert_uint_eq(by->count, 2);
    /* Six standard errors: once in 500 million seeds. */
    for (size_t i = 0; i < 2; i++) {
        const struct tg_law_at *m = &by->more[i];
        double mean_ns = 1000 * (double)(i + 3), sd_ns = 1000 * (double)(i + 2);
        ck_assert_double_eq(m->at, i ? 200000 : 50000);
        ck_assert_double_eq_tol(m->mean_ns, mean_ns, 6 * sd_ns / sqrt(1990));
        ck_assert_double_eq_tol(tg_dist_mean(&m->law), m->mean_ns, 0.02 * m->mean_ns);
        ck_assert(m->low_ns < m->mean_ns && m->mean_ns < m->high_ns);
        ck_assert_double_eq_tol(m->median_ns, 1000 + sd_ns * log(2), 6 * sd_ns / sqrt(1990));
        ck_assert_int_ge(m->samples, 1990);
    }
    free(text);
    cJSON_Delete(json);
    tg_profile_release(&profile);
}
END_TEST

/* The simulator does not know how much is copied: a law for each size would be of no use. */
START_TEST(other_arguments_have_their_slope_alone)
{
    struct tg_trace trace = trace_by("size_bytes");
    cJSON *json = calibrated(&trace);
    ck_assert_msg(json, "%s", err.text);
    const cJSON *price = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "costs"), "wakeup_remote");
    ck_assert_ptr_nonnull(cJSON_GetObjectItem(price, "slope"));
    ck_assert_ptr_null(cJSON_GetObjectItem(price, "by_argument"));
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calibrate");
    TCase *tc = tcase_create("calibrate");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, jitter_is_set_aside);
    tcase_add_test(tc, without_jitter_nothing_is_set_aside);
    tcase_add_test(tc, the_interval_of_the_mean_covers);
    tcase_add_test(tc, the_law_keeps_mean_and_quantiles);
    tcase_add_test(tc, a_base_gives_what_is_missing);
    tcase_add_test(tc, equal_samples_are_a_constant);
    tcase_add_loop_test(tc, what_cannot_be_is_refused, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tc, too_few_samples_are_no_price);
    tcase_add_test(tc, each_idle_time_has_its_price);
    tcase_add_test(tc, other_arguments_have_their_slope_alone);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
