/* Predicted against measured, where both are made up and the truth is known. */
#include "tg_comparison.h"

#include "tg_test_bed.h"

enum { SYSTEMS = 8 };

/* A made-up prediction of a system whose saturation is `per_s`, in three draws. */
static struct tg_predicted predicted(const char *system, double per_s, double p50_ns, double p99_ns)
{
    static const double loads[] = {0.1, 0.5, 1, 2};
    struct tg_predicted p = {.system = tg_bed_system_find(system),
                             .saturation_per_s = {per_s, per_s * 0.99, per_s * 1.01},
                             .limited_by = TG_LIMIT_SERVER,
                             .point_count = 4,
                             .draws_per_s = {per_s * 0.99, per_s, per_s * 1.01},
                             .draw_count = 3};
    for (int i = 0; i < 4; i++) {
        double lost = loads[i] > 1 ? 1 - 1 / loads[i] : 0;
        p.points[i] = (struct tg_predicted_point){.offered_per_s = loads[i] * per_s,
                                                  .p50_ns = {p50_ns, p50_ns, p50_ns},
                                                  .p99_ns = {p99_ns, p99_ns, p99_ns},
                                                  .lost_fraction = {lost, lost, lost}};
    }
    return p;
}

struct world {
    struct tg_predicted systems[SYSTEMS];
    struct tg_prediction prediction;
    struct tg_bed_record measured;
    struct tg_comparison c;
};

/* Of each system what is measured; `factor` of it is predicted, in rate and latency. */
static void compare(struct world *w, const struct test_truth *truths, const double *factors, size_t count)
{
    struct tg_error err = {0};
    for (size_t i = 0; i < count; i++)
        w->systems[i] = predicted(truths[i].system, truths[i].per_s * factors[i],
                                  truths[i].p50_ns * factors[i], truths[i].p99_ns * factors[i]);
    w->prediction = (struct tg_prediction){w->systems, count};
    test_measure(&w->measured, truths, count);
    ck_assert_tg_ok(tg_compare(&w->prediction, &w->measured, &w->c, &err), err);
}

static void release(struct world *w)
{
    tg_bed_record_release(&w->measured);
    tg_comparison_release(&w->c);
}

static const struct tg_check *check_of(const struct tg_comparison *c, const char *words)
{
    for (size_t i = 0; i < c->check_count; i++) {
        if (strstr(c->checks[i].what, words))
            return &c->checks[i];
    }
    ck_abort_msg("there is no check of '%s'", words);
}

#define SERVER TG_LIMIT_SERVER

START_TEST(errors_are_predicted_over_measured)
{
    static const struct test_truth truths[] = {{"udp", 100000, 20000, 50000, SERVER},
                                               {"bind", 50000, 30000, 90000, SERVER}};
    struct world w;
    compare(&w, truths, (const double[]){1.04, 0.9}, 2);
    const struct tg_compared *udp = &w.c.rows[0], *bind = &w.c.rows[1];
    ck_assert_double_eq_tol(udp->error, 0.04, 1e-9);
    ck_assert_double_eq_tol(bind->error, -0.1, 1e-9);
    ck_assert_double_eq_tol(udp->measured_per_s.mid, 100000, 1e-6);
    ck_assert(udp->measured_per_s.low < 100000 && udp->measured_per_s.high > 100000);
    ck_assert_double_eq_tol(udp->p50_ns[1].load, 0.5, 1e-9);
    ck_assert_double_eq_tol(udp->p50_ns[1].error, 0.04, 1e-9);
    ck_assert_double_eq_tol(bind->p99_ns[2].error, -0.1, 1e-9);
    /* At the same fraction of either's own saturation the same part is lost; that of measurements wanders
     * with the repetitions, a percent apart, of which the middle one counts. */
    ck_assert_double_eq_tol(udp->lost_fraction[0].measured.mid, 1 - 1 / 1.2, 1e-9);
    ck_assert_double_eq_tol(udp->lost_fraction[0].predicted.mid, 0.5 * 0.2,
                            1e-9); /* a line to twice the load */
    ck_assert_double_eq_tol(udp->lost_fraction[0].error, 0.1 - (1 - 1 / 1.2), 1e-9);
    ck_assert_uint_eq(w.c.server_limited, 2);
    ck_assert_double_eq_tol(w.c.median_error, 0.07, 1e-9);
    ck_assert_double_eq_tol(w.c.worst_error, 0.1, 1e-9);
    release(&w);
}
END_TEST

START_TEST(what_the_client_limits_counts_apart)
{
    static const struct test_truth truths[] = {{"udp", 100000, 1, 1, SERVER},
                                               {"lighttpd", 7000, 1, 1, TG_LIMIT_CLIENT},
                                               {"udp-signal-1", 80000, 1, 1, TG_LIMIT_UNCLEAR},
                                               {"udp-signal-2", 50000, 1, 1, TG_LIMIT_CLIENT}};
    struct world w;
    compare(&w, truths, (const double[]){1.01, 1.7, 1.6, 1.5}, 4);
    ck_assert_uint_eq(w.c.server_limited, 1);
    ck_assert_uint_eq(w.c.client_limited, 2);
    ck_assert_uint_eq(w.c.unclear, 1);
    ck_assert_double_eq_tol(w.c.worst_error, 0.01, 1e-9);
    ck_assert_double_eq_tol(w.c.rows[1].error, 0.7, 1e-9);
    ck_assert_uint_eq(w.c.slope_count, 0);
    ck_assert(check_of(&w.c, "greatest error of saturation")->met);
    release(&w);
}
END_TEST

/* Times of 10 us and k crossings of 2 us, measured; of 3 us, predicted. */
START_TEST(a_slope_is_the_time_of_one_more)
{
    static const struct test_truth truths[] = {{"udp", 1e9 / 10000, 1, 1, SERVER},
                                               {"udp-vm_exit-1", 1e9 / 12000, 1, 1, SERVER},
                                               {"udp-vm_exit-2", 1e9 / 14000, 1, 1, SERVER},
                                               {"udp-vm_exit-5", 1e9 / 20000, 1, 1, SERVER}};
    const double factors[] = {1, 12 / 13., 14 / 16., 20 / 25.};
    struct world w;
    compare(&w, truths, factors, 4);
    ck_assert_uint_eq(w.c.slope_count, 1);
    const struct tg_compared_slope *s = &w.c.slopes[0];
    ck_assert_str_eq(s->name, "vm_exit");
    ck_assert_uint_eq(s->systems, 4);
    /* The repetitions are 2 % below to 2 % above in all systems at once: times of 1/0.98 to 1/1.02. */
    const double mean = (1 / 0.98 + 1 / 0.99 + 1 + 1 / 1.01 + 1 / 1.02) / 5;
    ck_assert_double_eq_tol(s->measured_ns.mid, 2000 * mean, 1e-6);
    ck_assert(s->measured_ns.low < 2000 && s->measured_ns.high > 2000);
    ck_assert_double_eq_tol(s->predicted_ns.mid, 3000, 1e-6);
    ck_assert_double_eq_tol(s->error, 1.5 / mean - 1, 1e-9);
    ck_assert(!s->met);
    ck_assert(!check_of(&w.c, "slopes")->met);
    release(&w);
    /* Rightly predicted. */
    compare(&w, truths, (const double[]){1, 1, 1, 1}, 4);
    ck_assert_double_eq_tol(w.c.slopes[0].predicted_ns.mid, 2000, 1e-6);
    ck_assert(w.c.slopes[0].met && check_of(&w.c, "slopes")->met);
    release(&w);
}
END_TEST

/* Where times do not lie on a line, weights of one over their squares decide: 1e-8, 1e-8/4 for times of 10
 * and 20 us make the sums of the normal equations that are worked out here by hand. */
START_TEST(long_times_weigh_less)
{
    /* counts 0, 1, 2; times 10, 20, 20 us: weights 4, 1, 1 (in units of 1/400 us^-2).
     * mean count (0*4 + 1 + 2)/6 = 0.5, mean time (40 + 20 + 20)/6 = 40/3;
     * sum w dx dy = 4*(-.5)(-10/3) + (.5)(20/3) + (1.5)(20/3) = 20, sum w dx^2 = 1 + .25 + 2.25 = 3.5. */
    static const struct test_truth truths[] = {
        {"udp", 1e5, 1, 1, SERVER}, {"udp-signal-1", 1e5, 1, 1, SERVER}, {"udp-signal-2", 1e5, 1, 1, SERVER}};
    struct world w;
    compare(&w, truths, (const double[]){1, 0.5, 0.5}, 3);
    ck_assert_double_eq_tol(w.c.slopes[0].predicted_ns.mid, 20 / 3.5 * 1000, 1e-6);
    ck_assert_double_eq_tol(w.c.slopes[0].measured_ns.mid, 0, 1e-6);
    release(&w);
}
END_TEST

/* The work is a family of its own; a container's systems are another. */
START_TEST(families_are_kept_apart)
{
    static const struct test_truth truths[] = {{"xdp-compute-500", 1e9 / 6000, 1, 1, SERVER},
                                               {"xdp-compute-1000", 1e9 / 11000, 1, 1, SERVER},
                                               {"xdp-compute-4000", 1e9 / 41000, 1, 1, SERVER},
                                               {"xdp-compute-500-chain-16", 1e9 / 6750, 1, 1, SERVER},
                                               {"xdp-compute-500-chain-32", 1e9 / 7550, 1, 1, SERVER},
                                               {"xdp-compute-4000-container", 1e9 / 50000, 1, 1, SERVER}};
    struct world w;
    compare(&w, truths, (const double[]){1, 1, 1, 1, 1, 1}, 6);
    ck_assert_uint_eq(w.c.slope_count, 2);
    for (int i = 0; i < 2; i++) {
        const struct tg_compared_slope *s = &w.c.slopes[i];
        bool rounds = strcmp(s->name, "plugin_round") == 0;
        ck_assert(rounds || strcmp(s->name, "plugin_call") == 0);
        ck_assert_uint_eq(s->systems, 3);
        ck_assert_double_eq_tol(s->predicted_ns.mid, rounds ? 10 : 50, 1e-6);
    }
    release(&w);
}
END_TEST

START_TEST(a_wrong_order_is_found_where_intervals_are_apart)
{
    /* The first two were measured apart, and are swapped; the last two are the same within their intervals.
     */
    static const struct test_truth truths[] = {{"udp", 100000, 1, 1, SERVER},
                                               {"bind-open", 90000, 1, 1, SERVER},
                                               {"udp-signal-1", 50000, 1, 1, SERVER},
                                               {"udp-container", 50010, 1, 1, SERVER}};
    struct world w;
    compare(&w, truths, (const double[]){0.93, 1.05, 1.02, 0.98}, 4);
    ck_assert_uint_eq(w.c.wrong_count, 1);
    ck_assert_str_eq(w.c.wrong[0].slower->system->name, "bind-open");
    ck_assert_str_eq(w.c.wrong[0].faster->system->name, "udp");
    ck_assert(!check_of(&w.c, "the other way round")->met);
    release(&w);
    compare(&w, truths, (const double[]){1, 1, 1, 1}, 4);
    ck_assert_uint_eq(w.c.wrong_count, 0);
    ck_assert(check_of(&w.c, "the other way round")->met);
    release(&w);
}
END_TEST

/* Each of the limits from either side. Rates and latencies are off by the same factor here. */
START_TEST(checks_are_met_and_missed)
{
    static const struct test_truth truths[] = {{"udp", 100000, 20000, 50000, SERVER},
                                               {"bind-open", 70000, 20000, 50000, SERVER},
                                               {"udp-container", 50000, 20000, 50000, SERVER}};
    static const struct {
        const char *words;
        double met, missed; /* factors of the prediction */
    } cases[] = {{"median error", 1.079, 1.081},     {"greatest error", 0.801, 0.799},
                 {"p50 at half load", 1.249, 1.251}, {"p50 at half load", 0.751, 0.749},
                 {"p99 at half load", 1.99, 2.01},   {"p99 at half load", 0.501, 0.499}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        const double met = cases[i].met, missed = cases[i].missed;
        compare(&w, truths, (const double[]){met, met, met}, 3);
        ck_assert_msg(check_of(&w.c, cases[i].words)->met, "%s at %g", cases[i].words, met);
        release(&w);
        compare(&w, truths, (const double[]){missed, missed, missed}, 3);
        ck_assert_msg(!check_of(&w.c, cases[i].words)->met, "%s at %g", cases[i].words, missed);
        release(&w);
    }
}
END_TEST

/* Measured are 20 % beyond 1 - 1/1.2 and so on; a prediction in which `more` is lost besides. */
START_TEST(losses_may_differ_by_ten_points)
{
    static const struct test_truth truths[] = {{"udp", 100000, 1, 1, SERVER}};
    for (int i = 0; i < 2; i++) {
        struct tg_error err = {0};
        struct tg_bed_record measured;
        struct tg_comparison c;
        struct tg_predicted p = predicted("udp", 100000, 1, 1);
        const struct tg_prediction prediction = {&p, 1};
        p.points[2].offered_per_s = 120000;
        p.points[3].offered_per_s = 150000;
        p.points[2].lost_fraction.mid = 1 - 1 / 1.2;
        p.points[3].lost_fraction.mid = 1 - 1 / 1.5 + (i ? 0.101 : 0.099);
        test_measure(&measured, truths, 1);
        ck_assert_tg_ok(tg_compare(&prediction, &measured, &c, &err), err);
        const struct tg_check *check = check_of(&c, "losses");
        ck_assert_double_eq_tol(check->found, i ? 10.1 : 9.9, 1e-9);
        ck_assert_int_eq(check->met, !i);
        tg_comparison_release(&c);
        tg_bed_record_release(&measured);
    }
}
END_TEST

START_TEST(what_is_not_compared_says_why)
{
    static const struct test_truth truths[] = {{"udp", 100000, 1, 1, SERVER}, {"bind", 50000, 1, 1, SERVER}};
    struct tg_error err = {0};
    struct tg_predicted systems[] = {predicted("udp", 1, 1, 1), predicted("bind", 1, 1, 1),
                                     predicted("apache", 1, 1, 1), predicted("lighttpd", 1, 1, 1)};
    struct tg_prediction prediction = {systems, 4};
    struct tg_measured skipped = {.system = tg_bed_system_find("lighttpd"), .skipped = "is not installed"};
    struct tg_bed_record measured;
    struct tg_comparison c;
    strcpy(systems[0].skipped, "no price of a thing");
    test_measure(&measured, truths, 2);
    measured.systems[1].saturation.reached = false;
    ck_assert_tg_ok(tg_bed_record_add(&measured, &skipped, &err), err);
    ck_assert_tg_ok(tg_compare(&prediction, &measured, &c, &err), err);
    ck_assert_str_eq(c.rows[0].left_out, "not predicted: no price of a thing");
    ck_assert_str_eq(c.rows[1].left_out, "not measured: no load was found that is too much");
    ck_assert_str_eq(c.rows[2].left_out, "not measured: the testbed did not run it");
    ck_assert_str_eq(c.rows[3].left_out, "not measured: is not installed");
    ck_assert_uint_eq(c.server_limited + c.client_limited + c.unclear, 0);
    ck_assert(isnan(c.median_error) && isnan(c.worst_error));
    /* Nothing was compared: nothing is shown to hold. */
    ck_assert(!check_of(&c, "median error")->met && !check_of(&c, "greatest error")->met);
    tg_comparison_release(&c);
    tg_bed_record_release(&measured);
}
END_TEST

START_TEST(json_says_the_same)
{
    static const struct test_truth truths[] = {{"udp", 100000, 20000, 50000, SERVER},
                                               {"udp-signal-2", 50000, 30000, 90000, SERVER}};
    struct tg_error err = {0};
    struct world w;
    compare(&w, truths, (const double[]){1.04, 0.9}, 2);
    cJSON *document = cJSON_CreateObject();
    ck_assert_tg_ok(tg_comparison_to_json(&w.c, document, &err), err);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "systems"), 1);
    ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(row, "name")), "udp-signal-2");
    ck_assert_double_eq(cJSON_GetObjectItem(row, "error")->valuedouble, w.c.rows[1].error);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(row, "latency_ns")), 2 * TG_COMPARED_LATENCIES);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(document, "slopes")), 1);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(document, "checks")), TG_CHECKS);
    ck_assert_double_eq(
        cJSON_GetObjectItem(cJSON_GetObjectItem(document, "summary"), "server_limited")->valuedouble, 2);
    cJSON_Delete(document);
    release(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("comparison");
    TCase *tc = tcase_create("comparison");
    tcase_add_test(tc, errors_are_predicted_over_measured);
    tcase_add_test(tc, what_the_client_limits_counts_apart);
    tcase_add_test(tc, a_slope_is_the_time_of_one_more);
    tcase_add_test(tc, long_times_weigh_less);
    tcase_add_test(tc, families_are_kept_apart);
    tcase_add_test(tc, a_wrong_order_is_found_where_intervals_are_apart);
    tcase_add_test(tc, checks_are_met_and_missed);
    tcase_add_test(tc, losses_may_differ_by_ten_points);
    tcase_add_test(tc, what_is_not_compared_says_why);
    tcase_add_test(tc, json_says_the_same);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
