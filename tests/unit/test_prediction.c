/* Predictions: closed forms with constant prices, the same bits in any number of threads, JSON. */
#include "tg_prediction.h"

#include <stddef.h>

#include "tg_saturation.h"
#include "tg_test_bed.h"

/* Short, and few: each draw simulates some ten thousands of requests. */
static struct tg_prediction_settings brief(size_t draws, unsigned threads)
{
    return (struct tg_prediction_settings){
        .draws = draws, .window_s = 0.05, .warmup_s = 0.01, .seed = 7, .threads = threads};
}

static void predict(const char *const *names, size_t count, const cJSON *profile,
                    const struct tg_prediction_settings *settings, struct tg_prediction *out)
{
    const struct tg_bed_system *systems[8];
    struct tg_error err = {0};
    for (size_t i = 0; i < count; i++)
        ck_assert_ptr_nonnull(systems[i] = tg_bed_system_find(names[i]));
    ck_assert_tg_ok(tg_predict(systems, count, profile, settings, out, &err), err);
    ck_assert_uint_eq(out->count, count);
}

static char *text_of(const struct tg_prediction *prediction)
{
    cJSON *json = tg_prediction_to_json(prediction);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    ck_assert_ptr_nonnull(text);
    return text;
}

/* Beyond saturation the server never sleeps, so that a request takes it the sum of its prices. A count of a
 * window of 50 ms is at most one off at either end. */
START_TEST(a_responder_saturates_at_one_over_the_sum_of_its_prices)
{
    static const char *const names[] = {"udp",          "udp-syscall-10", "udp-syscall-40",
                                        "udp-signal-2", "udp-vm_exit-5",  "udp-pipe_handover-2"};
    enum { COUNT = sizeof names / sizeof *names };
    const struct tg_prediction_settings settings = brief(2, 1);
    const double bound = 2 / settings.window_s, wakeup_ns = test_price_ns("wakeup_remote");
    struct tg_prediction prediction;
    cJSON *profile = test_profile(0);
    predict(names, COUNT, profile, &settings, &prediction);
    for (int i = 0; i < COUNT; i++) {
        const struct tg_predicted *p = &prediction.systems[i];
        double ns = test_request_ns(p->system), per_s = 1e9 / ns;
        ck_assert_str_eq(p->skipped, "");
        ck_assert_msg(fabs(p->saturation_per_s.mid - per_s) <= bound, "%s: %.1f/s, not %.1f/s", names[i],
                      p->saturation_per_s.mid, per_s);
        ck_assert_double_le(p->saturation_per_s.high - p->saturation_per_s.low, 2 * bound);
        ck_assert_int_eq(p->limited_by, TG_LIMIT_SERVER);
        /* At the lowest loads nothing waits: a sleeper's wake-up and the request, and some delivery. */
        double p50_ns = p->points[0].p50_ns.mid;
        ck_assert_msg(p50_ns >= wakeup_ns + ns && p50_ns <= wakeup_ns + ns * 1.06 + 500, "%s: %.0f ns",
                      names[i], p50_ns);
        /* Half as much again is offered as can be answered, less what a queue of 256 and the server take in;
         * arrivals are Poisson: six standard deviations. */
        const struct tg_predicted_point *last = &p->points[p->point_count - 1];
        double lost = 1 - per_s / last->offered_per_s, offers = last->offered_per_s * settings.window_s;
        ck_assert_msg(last->lost_fraction.mid <= lost + 6 / sqrt(offers) &&
                          last->lost_fraction.mid >= lost - 258 / offers - 6 / sqrt(offers),
                      "%s: %.3f of %.3f lost", names[i], last->lost_fraction.mid, lost);
    }
    tg_prediction_release(&prediction);
    cJSON_Delete(profile);
}
END_TEST

/* The time of one more, from two systems' saturations. Each is off by at most 2 requests in a window; with
 * T the time a request, N = window / T in a window, that is 2 T / N = 2 T^2 / window. */
START_TEST(a_crossing_adds_its_price)
{
    static const struct {
        const char *few, *many;
        double more, price_ns;
    } pairs[] = {{"udp-syscall-10", "udp-syscall-40", 30, 200},
                 {"udp-vm_exit-1", "udp-vm_exit-5", 4, 7000},
                 {"udp-pipe_handover-1", "udp-pipe_handover-4", 3, 5000}};
    const struct tg_prediction_settings settings = brief(1, 1);
    cJSON *profile = test_profile(0);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *const names[] = {pairs[i].few, pairs[i].many};
        struct tg_prediction p;
        predict(names, 2, profile, &settings, &p);
        double slope = (1e9 / p.systems[1].saturation_per_s.mid - 1e9 / p.systems[0].saturation_per_s.mid) /
                       pairs[i].more;
        double slowest_ns = test_request_ns(p.systems[1].system);
        double off = 2 * slowest_ns * slowest_ns / (settings.window_s * 1e9);
        ck_assert_msg(fabs(slope - pairs[i].price_ns) <= 2 * off / pairs[i].more, "%s: %.2f ns, not %.0f ns",
                      names[1], slope, pairs[i].price_ns);
        tg_prediction_release(&p);
    }
    cJSON_Delete(profile);
}
END_TEST

START_TEST(threads_change_nothing_but_the_seed_does)
{
    static const char *const names[] = {"udp", "udp-vm_exit-5", "udp-signal-5"};
    struct tg_prediction one, three, other;
    struct tg_prediction_settings settings = brief(3, 1);
    cJSON *profile = test_profile(0.1);
    predict(names, 3, profile, &settings, &one);
    settings.threads = 3;
    predict(names, 3, profile, &settings, &three);
    settings.seed++;
    predict(names, 3, profile, &settings, &other);
    char *a = text_of(&one), *b = text_of(&three), *c = text_of(&other);
    ck_assert_str_eq(a, b);
    ck_assert_str_ne(a, c);
    /* A system is predicted as it is by itself. */
    struct tg_prediction alone;
    settings = brief(3, 2);
    predict(names + 1, 1, profile, &settings, &alone);
    ck_assert_mem_eq(alone.systems[0].draws_per_s, one.systems[1].draws_per_s, 3 * sizeof(double));
    free(a);
    free(b);
    free(c);
    tg_prediction_release(&one);
    tg_prediction_release(&three);
    tg_prediction_release(&other);
    tg_prediction_release(&alone);
    cJSON_Delete(profile);
}
END_TEST

/* Prices known to a tenth: draws differ, none by more than all prices together could. */
START_TEST(an_interval_of_prices_becomes_one_of_saturation)
{
    static const char *const names[] = {"udp-vm_exit-5"};
    const struct tg_prediction_settings settings = brief(8, 2);
    struct tg_prediction p;
    cJSON *profile = test_profile(0.1);
    predict(names, 1, profile, &settings, &p);
    const struct tg_span *s = &p.systems[0].saturation_per_s;
    const double exact = 1e9 / test_request_ns(p.systems[0].system), off = 2 / settings.window_s;
    ck_assert(s->low < s->mid && s->mid < s->high);
    ck_assert_double_ge(s->low, exact / 1.1 - off);
    ck_assert_double_le(s->high, exact / 0.9 + off);
    ck_assert_double_gt(s->high - s->low, 0.02 * exact);
    ck_assert_uint_eq(p.systems[0].draw_count, 8);
    tg_prediction_release(&p);
    cJSON_Delete(profile);
}
END_TEST

START_TEST(a_missing_price_is_said_and_the_others_go_on)
{
    static const char *const names[] = {"udp-syscall-40", "udp-page_fault-5", "udp-container"};
    const struct tg_prediction_settings settings = brief(1, 1);
    struct tg_prediction p;
    cJSON *profile = test_profile(0);
    test_drop_price(profile, "page_fault");
    predict(names, 3, profile, &settings, &p);
    ck_assert_str_eq(p.systems[0].skipped, "");
    ck_assert_msg(strstr(p.systems[1].skipped, "page_fault") != NULL, "%s", p.systems[1].skipped);
    ck_assert_msg(strstr(p.systems[2].skipped, "container_reply") != NULL, "%s", p.systems[2].skipped);
    ck_assert_ptr_eq(tg_prediction_find(&p, "udp-container"), &p.systems[2]);
    ck_assert_ptr_null(tg_prediction_find(&p, "udp"));
    tg_prediction_release(&p);
    cJSON_Delete(profile);
}
END_TEST

START_TEST(too_many_draws_are_refused)
{
    struct tg_prediction p;
    struct tg_error err = {0};
    cJSON *profile = test_profile(0);
    struct tg_prediction_settings settings = brief(TG_PREDICTION_DRAWS_MAX + 1, 1);
    ck_assert_int_eq(tg_predict(NULL, 0, profile, &settings, &p, &err), TG_EUSAGE);
    ck_assert_msg(strstr(err.text, "65") != NULL, "%s", err.text);
    settings.draws = 0;
    ck_assert_int_eq(tg_predict(NULL, 0, profile, &settings, &p, &err), TG_EUSAGE);
    cJSON_Delete(profile);
}
END_TEST

static bool stop(void *context)
{
    (void)context;
    return true;
}

START_TEST(an_interrupt_ends_it)
{
    const struct tg_bed_system *systems[] = {tg_bed_system_find("udp")};
    struct tg_prediction p;
    struct tg_error err = {0};
    cJSON *profile = test_profile(0);
    struct tg_prediction_settings settings = brief(2, 1);
    settings.interrupted = stop;
    ck_assert_int_eq(tg_predict(systems, 1, profile, &settings, &p, &err), TG_EINTERRUPTED);
    ck_assert_ptr_null(p.systems);
    cJSON_Delete(profile);
}
END_TEST

START_TEST(between_two_loads_it_is_a_line)
{
    struct tg_predicted p = {.saturation_per_s = {1000, 990, 1010}, .point_count = 3};
    for (size_t i = 0; i < 3; i++) {
        p.points[i].offered_per_s = 500 * (double)(i + 1);
        p.points[i].p50_ns = (struct tg_span){100. * (double)i, 90. * (double)i, 200. * (double)i};
    }
    const size_t p50 = offsetof(struct tg_predicted_point, p50_ns);
    struct tg_span s = tg_predicted_at(&p, 0.75, p50);
    ck_assert_double_eq_tol(s.mid, 50, 1e-12);
    ck_assert_double_eq_tol(s.low, 45, 1e-12);
    ck_assert_double_eq_tol(s.high, 100, 1e-12);
    ck_assert_double_eq(tg_predicted_at(&p, 0.5, p50).mid, 0);
    ck_assert_double_eq(tg_predicted_at(&p, 1, p50).mid, 100);
    ck_assert_double_eq(tg_predicted_at(&p, 1.5, p50).mid, 200);
    ck_assert(isnan(tg_predicted_at(&p, 0.49, p50).mid));
    ck_assert(isnan(tg_predicted_at(&p, 1.51, p50).mid));
}
END_TEST

START_TEST(json_holds_every_bit)
{
    struct tg_predicted systems[2] = {{.system = tg_bed_system_find("udp"),
                                       .saturation_per_s = {1e6 / 3, NAN, 1e6 / 2.9},
                                       .limited_by = TG_LIMIT_CLIENT,
                                       .point_count = 2,
                                       .draws_per_s = {1 / 3., 0.1 + 0.2},
                                       .draw_count = 2},
                                      {.system = tg_bed_system_find("bind"), .skipped = "no price"}};
    for (int i = 0; i < 2; i++) {
        struct tg_predicted_point *p = &systems[0].points[i];
        p->offered_per_s = 1e5 / 7 * (i + 1);
        p->reply_per_s = p->mean_ns = (struct tg_span){1 / 7., 2 / 7., 3 / 7.};
        p->p50_ns = p->p99_ns = (struct tg_span){NAN, NAN, NAN};
        p->lost_fraction = (struct tg_span){0, 5e-324, 1};
    }
    const struct tg_prediction prediction = {systems, 2};
    struct tg_prediction again;
    struct tg_error err = {0};
    char *text = text_of(&prediction);
    cJSON *json = cJSON_Parse(text);
    ck_assert_tg_ok(tg_prediction_from_json(json, &again, &err), err);
    char *text_again = text_of(&again);
    ck_assert_str_eq(text, text_again);
    ck_assert_uint_eq(again.count, 2);
    ck_assert_str_eq(again.systems[1].skipped, "no price");
    ck_assert_int_eq(again.systems[0].limited_by, TG_LIMIT_CLIENT);
    ck_assert_double_eq(again.systems[0].draws_per_s[1], 0.1 + 0.2);
    ck_assert_double_eq(again.systems[0].points[1].offered_per_s, systems[0].points[1].offered_per_s);
    ck_assert(isnan(again.systems[0].saturation_per_s.low) && isnan(again.systems[0].points[0].p50_ns.mid));
    free(text);
    free(text_again);
    cJSON_Delete(json);
    tg_prediction_release(&again);
}
END_TEST

START_TEST(bad_json_is_refused_by_its_place)
{
    static const struct {
        const char *text, *said;
    } bad[] = {{"{}", "systems: expected a list"},
               {"[{\"name\": \"udp\", \"skipped\": \"x\"}, {\"name\": \"ump\"}]",
                "systems[1]: the testbed has no system 'ump'"},
               {"[{}]", "systems[0]: the testbed has no system ''"},
               {"[{\"name\": \"udp\", \"limited_by\": \"moon\"}]", "systems[0]: 'moon' is no limit"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_prediction p;
        struct tg_error err = {0};
        cJSON *json = cJSON_Parse(bad[i].text);
        ck_assert_int_eq(tg_prediction_from_json(json, &p, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].said) != NULL, "%s", err.text);
        ck_assert_ptr_null(p.systems);
        cJSON_Delete(json);
    }
}
END_TEST

/* Each draw takes the jitter of one watch, and the first look that of all: here none, and stalls that come to
 * three quarters of the time in every second watch. */
START_TEST(draws_take_the_watches_in_turn)
{
    static const char *const names[] = {"udp"};
    static const char watches[] = "[[], [{\"name\": \"stalls\", \"arrivals\": \"periodic\", \"rate\": "
                                  "\"1000/s\", \"provenance\": \"measured\","
                                  " \"source\": \"test\", \"length\": \"750 us\"}]]";
    const struct tg_prediction_settings settings = brief(4, 1);
    struct tg_prediction prediction;
    cJSON *profile = test_profile(0);
    ck_assert(cJSON_AddItemToObject(profile, "watches", cJSON_Parse(watches)));
    if (!cJSON_GetObjectItemCaseSensitive(profile, "jitter"))
        cJSON_AddArrayToObject(profile, "jitter");
    predict(names, 1, profile, &settings, &prediction);
    const struct tg_predicted *p = &prediction.systems[0];
    ck_assert_double_eq_tol(p->draws_per_s[1] / p->draws_per_s[0], 0.25, 0.02);
    ck_assert_double_eq_tol(p->draws_per_s[2] / p->draws_per_s[0], 1, 0.01);
    ck_assert_double_eq_tol(p->draws_per_s[3] / p->draws_per_s[1], 1, 0.05);
    tg_prediction_release(&prediction);
    cJSON_Delete(profile);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prediction");
    TCase *tc = tcase_create("prediction");
    tcase_add_test(tc, a_responder_saturates_at_one_over_the_sum_of_its_prices);
    tcase_add_test(tc, a_crossing_adds_its_price);
    tcase_add_test(tc, threads_change_nothing_but_the_seed_does);
    tcase_add_test(tc, an_interval_of_prices_becomes_one_of_saturation);
    tcase_add_test(tc, a_missing_price_is_said_and_the_others_go_on);
    tcase_add_test(tc, too_many_draws_are_refused);
    tcase_add_test(tc, an_interrupt_ends_it);
    tcase_add_test(tc, between_two_loads_it_is_a_line);
    tcase_add_test(tc, json_holds_every_bit);
    tcase_add_test(tc, bad_json_is_refused_by_its_place);
    tcase_add_test(tc, draws_take_the_watches_in_turn);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
