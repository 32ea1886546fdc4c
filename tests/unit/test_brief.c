#include <math.h>
#include <string.h>

#include "tg_brief.h"
#include "tg_test.h"

static struct tg_run_point point_at(double offered_per_s, double p50_ps)
{
    struct tg_run_point point = {.offered_per_s = offered_per_s};
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        point.figures[i] = TG_RUN_NO_ESTIMATE;
    point.figures[TG_RUN_LATENCY_P50_PS].value = p50_ps;
    return point;
}

START_TEST(half_load_is_the_nearest_point_with_latencies)
{
    struct tg_run_point points[] = {point_at(10, 1), point_at(45, 1), point_at(52, NAN), point_at(80, 1)};
    struct tg_run_curve curve = {.saturation_per_s = {100, 90, 110}, .points = points, .point_count = 4};
    ck_assert_ptr_eq(tg_brief_half_load(&curve), &points[1]);
    curve.saturation_per_s.value = 130;
    ck_assert_ptr_eq(tg_brief_half_load(&curve), &points[3]);
    curve.point_count = 0;
    ck_assert_ptr_null(tg_brief_half_load(&curve));
}
END_TEST

START_TEST(without_a_saturation_only_an_only_point_will_do)
{
    struct tg_run_point points[] = {point_at(10, 1), point_at(20, 1)};
    struct tg_run_curve curve = {.saturation_per_s = {NAN, NAN, NAN}, .points = points, .point_count = 2};
    ck_assert_ptr_null(tg_brief_half_load(&curve));
    curve.point_count = 1;
    ck_assert_ptr_eq(tg_brief_half_load(&curve), &points[0]);
    points[0].figures[TG_RUN_LATENCY_P50_PS].value = NAN;
    ck_assert_ptr_null(tg_brief_half_load(&curve));
}
END_TEST

START_TEST(rates_of_clients_that_wait_are_nominal)
{
    static const struct {
        const char *scenario, *name;
    } cases[] = {{"{}", "offered"},
                 {"{\"workload\": {\"client\": \"open\"}}", "offered"},
                 {"{\"workload\": {\"client\": \"window\"}}", "nominal"},
                 {"{\"workload\": {\"client\": \"closed\"}}", "nominal"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tg_run run = {.scenario_json = cases[i].scenario};
        ck_assert_str_eq(tg_brief_rate_name(&run), cases[i].name);
    }
}
END_TEST

static const char *answer(const struct tg_run *run)
{
    static char text[512];
    struct tg_text out = {0};
    tg_brief_answer(run, &out);
    ck_assert_int_eq(out.failed, 0);
    strcpy(text, out.data);
    tg_text_release(&out);
    return text;
}

START_TEST(the_answer_names_the_most_the_least_and_what_cannot_be_told_apart)
{
    struct tg_run_curve curves[] = {
        {.title = "process", .saturation_per_s = {100e3, 98e3, 102e3}},
        {.title = "kernel", .saturation_per_s = {200e3, 197e3, 203e3}},
        {.title = "plugin", .saturation_per_s = {196e3, 193e3, 199e3}},
        {.title = "unknown", .saturation_per_s = {NAN, NAN, NAN}},
    };
    struct tg_run run = {.curves = curves, .curve_count = 4};
    ck_assert_str_eq(answer(&run),
                     "kernel sustains the most, 200.0 ± 3.0 k/s; process sustains the least, "
                     "100.0 ± 2.0 k/s, which is 50 % of that. The interval of plugin overlaps it.");
    run.curve_count = 1;
    ck_assert_str_eq(answer(&run), "process sustains 100.0 ± 2.0 k/s.");
    run.curves = &curves[3];
    ck_assert(!tg_brief_has_saturation(&run));
    ck_assert_ptr_nonnull(strstr(answer(&run), "No saturation"));
    run.curve_count = 0;
    ck_assert_ptr_nonnull(strstr(answer(&run), "No saturation"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("brief");
    TCase *tc = tcase_create("brief");
    tcase_add_test(tc, half_load_is_the_nearest_point_with_latencies);
    tcase_add_test(tc, without_a_saturation_only_an_only_point_will_do);
    tcase_add_test(tc, rates_of_clients_that_wait_are_nominal);
    tcase_add_test(tc, the_answer_names_the_most_the_least_and_what_cannot_be_told_apart);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
