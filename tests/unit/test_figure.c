#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_figure.h"
#include "tg_run.h"
#include "tg_sample_run.h"
#include "tg_store.h"
#include "tg_test.h"

static struct tg_store *store;
static struct tg_run run;

static void load_sample(void)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_store_open(&store, ":memory:", TG_STORE_WRITE, &err), err);
    int64_t id = sample_run(store, "it's a\nsample", TG_RUN_DONE);
    ck_assert_tg_ok(tg_run_load(store, id, 0, &run, &err), err);
}

static void release_sample(void)
{
    tg_run_release(&run);
    tg_store_close(store);
}

static char *script_of(const struct tg_figure *figure, const struct tg_run *of)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    tg_figure_write(figure, of, stream);
    fclose(stream);
    return text;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
        count++;
    return count;
}

static const struct tg_figure *figure_named(const char *name)
{
    for (const struct tg_figure *const *f = tg_figures; *f; f++) {
        if (strcmp((*f)->name, name) == 0)
            return *f;
    }
    ck_abort_msg("no figure '%s'", name);
    return NULL;
}

/* The rows of a data block, without its heading. */
static size_t rows_of(const char *script, const char *block)
{
    const char *begin = strstr(script, block);
    ck_assert_ptr_nonnull(begin);
    const char *end = strstr(begin, "\nEND");
    size_t lines = 0;
    for (const char *p = begin; p < end; p++)
        lines += *p == '\n';
    return lines - 1;
}

START_TEST(every_figure_applies_names_each_technique_and_is_whole)
{
    for (const struct tg_figure *const *f = tg_figures; *f; f++) {
        ck_assert((*f)->applies(&run));
        char *script = script_of(*f, &run);
        for (size_t i = 0; i < run.curve_count; i++)
            ck_assert_msg(strstr(script, run.curves[i].title) != NULL, "%s lacks %s", (*f)->name,
                          run.curves[i].title);
        ck_assert_msg(strstr(script, "nan") == NULL && strstr(script, "inf") == NULL, "%s", (*f)->name);
        free(script);
    }
}
END_TEST

START_TEST(curves_hold_every_point)
{
    char *script = script_of(figure_named("saturation"), &run);
    ck_assert_uint_eq(rows_of(script, "$curve0 <<"), SAMPLE_RATES);
    ck_assert_uint_eq(rows_of(script, "$curve3 <<"), SAMPLE_RATES);
    /* The first rate of the first technique, as it was stored. */
    ck_assert_ptr_nonnull(strstr(script, "\n20000 20000 "));
    free(script);
}
END_TEST

START_TEST(segments_of_a_bar_follow_each_other_up_to_the_mean_latency)
{
    char *script = script_of(figure_named("tolls"), &run);
    size_t blocks = count_of(script, " << END");
    double end_of[SAMPLE_TECHNIQUES] = {0};
    for (size_t k = 0; k < blocks; k++) {
        char name[24];
        snprintf(name, sizeof name, "$toll%zu <<", k);
        ck_assert_uint_eq(rows_of(script, name), SAMPLE_TECHNIQUES);
        const char *row = strchr(strchr(strstr(script, name), '\n') + 1, '\n') + 1;
        for (int i = 0; i < SAMPLE_TECHNIQUES; i++) {
            double x, from, to;
            int y;
            ck_assert_int_eq(sscanf(row, "%lf %d %lf %lf", &x, &y, &from, &to), 4);
            ck_assert_int_eq(y, SAMPLE_TECHNIQUES - 1 - i);
            ck_assert_double_eq_tol(from, end_of[i], 1e-14);
            ck_assert_double_ge(to, from);
            end_of[i] = to;
            row = strchr(row, '\n') + 1;
        }
    }
    /* The user-space process at 60 k/s: 7.9 us of service at a load of 0.474. */
    ck_assert_double_eq_tol(end_of[0], 7.9e-6 / (1 - 0.474), 1e-10);
    free(script);
}
END_TEST

/* From left to right: the server itself, isolation, the rest as work and as waiting, savings. */
START_TEST(the_parts_of_a_toll_follow_each_other)
{
    static const struct {
        double parts_us[TG_RUN_PARTS], ends_us[5];
    } cases[] = {
        {{100, 10, 20, 30}, {100, 110, 130, 160, 160}}, {{100, 10, -20, 30}, {100, 110, 110, 120, 120}},
        {{100, 10, 20, -50}, {70, 80, 80, 80, 110}},    {{100, 0, -20, -30}, {50, 50, 50, 50, 100}},
        {{100, -10, 20, 0}, {90, 90, 110, 110, 120}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct tg_run_estimate parts[TG_RUN_PARTS];
        for (int i = 0; i < TG_RUN_PARTS; i++)
            parts[i] = (struct tg_run_estimate){cases[c].parts_us[i] * 1e6, NAN, NAN};
        struct tg_run_point point = {.offered_per_s = 1000, .toll_parts = parts};
        struct tg_run_curve curve = {.title = "one", .points = &point, .point_count = 1};
        struct tg_run one = {.title = "t", .curves = &curve, .curve_count = 1};
        char *script = script_of(figure_named("parts"), &one);
        double begin_us = 0;
        for (int k = 0; k < 5; k++) {
            char name[24];
            double x, from, to;
            int y;
            snprintf(name, sizeof name, "$part%d <<", k);
            const char *row = strchr(strchr(strstr(script, name), '\n') + 1, '\n') + 1;
            if (cases[c].ends_us[k] > begin_us) {
                ck_assert_int_eq(sscanf(row, "%lf %d %lf %lf", &x, &y, &from, &to), 4);
                ck_assert_double_eq_tol(from * 1e6, begin_us, 1e-9);
                ck_assert_double_eq_tol(to * 1e6, cases[c].ends_us[k], 1e-9);
                begin_us = cases[c].ends_us[k];
            } else {
                ck_assert(strncmp(row, "NaN", 3) == 0);
            }
        }
        free(script);
    }
}
END_TEST

START_TEST(many_kinds_of_tolls_end_in_one_segment)
{
    enum { KINDS = 40 };
    struct tg_run_toll tolls[KINDS];
    char names[KINDS][16];
    for (int i = 0; i < KINDS; i++) {
        snprintf(names[i], sizeof names[i], "primitive%d", i);
        tolls[i] = (struct tg_run_toll){names[i], "service", {1e6, 1e6, 1e6}};
    }
    struct tg_run_point point = {.offered_per_s = 100, .tolls = tolls, .toll_count = KINDS};
    point.figures[TG_RUN_LATENCY_P50_PS].value = 1e6;
    struct tg_run_curve curve = {
        .title = "x", .saturation_per_s = {200, 190, 210}, .points = &point, .point_count = 1};
    struct tg_run many = {.title = "x", .curves = &curve, .curve_count = 1};
    char *script = script_of(figure_named("tolls"), &many);
    ck_assert_ptr_nonnull(strstr(script, "title 'all others'"));
    ck_assert_uint_eq(count_of(script, " << END"), 12);
    ck_assert_ptr_nonnull(strstr(script, "4e-05")); /* 40 times 1 us: nothing is left out */
    free(script);
}
END_TEST

START_TEST(long_names_are_wrapped_and_legends_get_fewer_columns)
{
    static const char long_name[] =
        "a user-space process in a virtual machine with hosted IO andonewordthatislongerthanalineofalabel";
    struct tg_run_toll toll = {"a_primitive_with_a_name_that_fills_half_of_the_figure", "service", {1, 1, 1}};
    struct tg_run_point point = {.offered_per_s = 100, .tolls = &toll, .toll_count = 1};
    struct tg_run_curve curve = {
        .title = long_name, .saturation_per_s = {200, 190, 210}, .points = &point, .point_count = 1};
    struct tg_run wide = {.title = "x", .curves = &curve, .curve_count = 1};
    char *script = script_of(figure_named("saturation"), &run), *wider;
    ck_assert_ptr_nonnull(strstr(script, "maxcols 2"));
    free(script);
    script = script_of(figure_named("saturation"), &wide);
    ck_assert_ptr_nonnull(strstr(script, "maxcols 1"));
    free(script);
    script = script_of(figure_named("tolls"), &run);
    wider = script_of(figure_named("tolls"), &wide);
    /* Nine segments and three columns; one of each. */
    ck_assert_ptr_nonnull(strstr(script, "maxrows 3"));
    ck_assert_ptr_nonnull(strstr(wider, "maxrows 1"));
    ck_assert_ptr_nonnull(
        strstr(wider, "('a user-space process in a'.\"\\n\".'virtual machine with hosted IO'.\"\\n\"."
                      "'andonewordthatislongerthanalineofalabel'.\"\\n\".'at 100/s' 0)"));
    free(script);
    free(wider);
}
END_TEST

START_TEST(a_run_without_results_has_no_figures)
{
    struct tg_run empty = {.title = "x"};
    for (const struct tg_figure *const *f = tg_figures; *f; f++)
        ck_assert(!(*f)->applies(&empty));
}
END_TEST

START_TEST(names_cannot_break_out_of_the_script)
{
    struct tg_run_point point = {.offered_per_s = 100};
    struct tg_run_curve curve = {.title = "it's\n'; system('x')", .points = &point, .point_count = 1};
    struct tg_run nasty = {.title = "a\nsystem('x')", .curves = &curve, .curve_count = 1};
    char *script = script_of(figure_named("saturation"), &nasty);
    ck_assert_ptr_nonnull(strstr(script, "'it''s ''; system(''x'')'"));
    ck_assert_ptr_null(strstr(script, "\nsystem"));
    free(script);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figure");
    TCase *tc = tcase_create("figure");
    tcase_add_checked_fixture(tc, load_sample, release_sample);
    tcase_add_test(tc, every_figure_applies_names_each_technique_and_is_whole);
    tcase_add_test(tc, curves_hold_every_point);
    tcase_add_test(tc, segments_of_a_bar_follow_each_other_up_to_the_mean_latency);
    tcase_add_test(tc, the_parts_of_a_toll_follow_each_other);
    tcase_add_test(tc, many_kinds_of_tolls_end_in_one_segment);
    tcase_add_test(tc, long_names_are_wrapped_and_legends_get_fewer_columns);
    tcase_add_test(tc, a_run_without_results_has_no_figures);
    tcase_add_test(tc, names_cannot_break_out_of_the_script);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
