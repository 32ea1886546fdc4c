#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_gnuplot.h"
#include "tg_json.h"
#include "tg_report.h"
#include "tg_run.h"
#include "tg_sample_run.h"
#include "tg_store.h"
#include "tg_test.h"

static struct tg_store *store;
static char folder[64];
static int64_t id;

static void make_sample(void)
{
    struct tg_error err = {0};
    strcpy(folder, "/tmp/tollgate-report-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_tg_ok(tg_store_open(&store, ":memory:", TG_STORE_WRITE, &err), err);
    id = sample_run(store, "a <b>sample</b> & \"more\"", TG_RUN_DONE);
}

static void remove_sample(void)
{
    char command[96];
    tg_store_close(store);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void need_gnuplot(void)
{
    if (tg_gnuplot_check(NULL) == TG_OK)
        return;
    puts("skipped: gnuplot is not installed");
    exit(77);
}

static char *content(const char *name)
{
    struct tg_error err = {0};
    char *path = tg_file_join(folder, name), *text = NULL;
    ck_assert_tg_ok(tg_file_read(path, &text, NULL, &err), err);
    free(path);
    return text;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
        count++;
    return count;
}

/* Files in the folder, of which none may be a remnant of the work. */
static int files_in_folder(void)
{
    DIR *directory = opendir(folder);
    int count = 0;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ck_assert_msg(entry->d_name[0] != '.', "left behind: %s", entry->d_name);
        count++;
    }
    closedir(directory);
    return count;
}

static char *printed(int (*print)(struct tg_store *, int64_t, FILE *, struct tg_error *))
{
    struct tg_error err = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_tg_ok(print(store, id, stream, &err), err);
    fclose(stream);
    return text;
}

START_TEST(the_table_has_a_row_for_each_technique_with_intervals)
{
    char *text = printed(tg_report_table);
    ck_assert_ptr_nonnull(
        strstr(text, "user-space process in a VM  50.26 ± 0.60 k/s     20 k/s   23.02 ± 0.23 us"));
    ck_assert_ptr_nonnull(strstr(text, "kernel service               200.0 ± 2.4 k/s"));
    ck_assert_ptr_nonnull(strstr(text, "98 % of offers"));
    ck_assert_uint_eq(count_of(text, "98 % of offers"), 1);
    free(text);
}
END_TEST

START_TEST(the_text_adds_points_prices_and_provenance)
{
    char *text = printed(tg_report_text);
    ck_assert_uint_eq(count_of(text, "kernel service + plugin"), SAMPLE_RATES + 1);
    ck_assert_ptr_nonnull(strstr(text, "105.30 ± 0.50 ns"));
    ck_assert_ptr_nonnull(strstr(text, "profile 'another host': <no hypervisor> here"));
    const char *own = strstr(text, "Prices of the scenario's own, which go before");
    ck_assert_ptr_nonnull(own);
    const char *row = strstr(own, "service    500 ns, from 100 ns to 2 us");
    ck_assert_ptr_nonnull(row);
    ck_assert_uint_eq(count_of(row, "assumed   a table look-up"), 1);
    ck_assert(row < strstr(text, "Prices, by cost profile 'sample host'"));
    ck_assert_ptr_nonnull(strstr(text, "11400714819323198485"));
    free(text);
}
END_TEST

START_TEST(a_run_that_is_not_complete_says_so)
{
    id = sample_run(store, "cut short", TG_RUN_INTERRUPTED);
    char *text = printed(tg_report_table);
    ck_assert_ptr_nonnull(strstr(text, "not complete: its status is 'interrupted'"));
    free(text);
}
END_TEST

START_TEST(json_has_every_figure)
{
    struct tg_error err = {0};
    cJSON *document;
    ck_assert_tg_ok(tg_report_json(store, id, &document, &err), err);
    ck_assert_int_eq(cJSON_GetObjectItem(document, "schema")->valueint, 1);
    cJSON *curves = cJSON_GetObjectItem(document, "curves");
    ck_assert_int_eq(cJSON_GetArraySize(curves), SAMPLE_TECHNIQUES);
    cJSON *points = cJSON_GetObjectItem(cJSON_GetArrayItem(curves, 0), "points");
    ck_assert_int_eq(cJSON_GetArraySize(points), SAMPLE_RATES);
    cJSON *point = cJSON_GetArrayItem(points, 0);
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        ck_assert(cJSON_HasObjectItem(point, tg_run_figure_name((enum tg_run_figure)i)));
    ck_assert_double_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(point, "reply_per_s"), "value")->valuedouble,
                        20000);
    const cJSON *price = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "prices"), 0);
    ck_assert_str_eq(cJSON_GetObjectItem(price, "primitive")->valuestring, "service");
    ck_assert_str_eq(cJSON_GetObjectItem(price, "provenance")->valuestring, "assumed");
    ck_assert_double_eq(cJSON_GetObjectItem(price, "range_high_ns")->valuedouble, 2000);
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetObjectItem(price, "mean_ns"), "high")));
    ck_assert_str_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(document, "host"), "cpu_model")->valuestring,
                     "Sample CPU @ 2.50GHz");
    cJSON_Delete(document);
}
END_TEST

START_TEST(a_folder_gets_figures_text_and_page)
{
    need_gnuplot();
    struct tg_error err = {0};
    struct tg_strings written = {0};
    ck_assert_tg_ok(tg_report_write(store, id, folder, TG_REPORT_ALL, &written, &err), err);
    ck_assert_uint_eq(written.count, 14);
    ck_assert_int_eq(files_in_folder(), 14);
    for (size_t i = 0; i < written.count; i++)
        ck_assert(tg_file_exists(written.items[i]));
    tg_strings_release(&written);

    static const char *const figures[] = {"saturation", "latency", "tolls"};
    for (size_t i = 0; i < TG_COUNT(figures); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.svg", figures[i]);
        char *svg = content(name);
        for (int t = 0; t < SAMPLE_TECHNIQUES; t++)
            ck_assert_msg(strstr(svg, sample_techniques[t].title) != NULL, "%s lacks %s", name,
                          sample_techniques[t].title);
        ck_assert_ptr_nonnull(strstr(svg, "</svg>"));
        free(svg);
        snprintf(name, sizeof name, "%s.png", figures[i]);
        char *png = content(name);
        ck_assert_mem_eq(png, "\x89PNG\r\n", 6);
        free(png);
    }
    /* Every point is a mark of its technique's shape, and the legend has one more; gnuplot also puts a white
     * circle, the first technique's shape, under each. */
    char *svg = content("saturation.svg");
    static const char *const shapes[] = {"'#gpPt6'", "'#gpPt4'", "'#gpPt8'", "'#gpPt12'"};
    for (size_t i = 1; i < TG_COUNT(shapes); i++)
        ck_assert_uint_eq(count_of(svg, shapes[i]), SAMPLE_RATES + 1);
    ck_assert_uint_ge(count_of(svg, shapes[0]), SAMPLE_RATES + 1);
    free(svg);
}
END_TEST

START_TEST(the_page_is_well_formed_and_needs_nothing_from_outside)
{
    need_gnuplot();
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_report_write(store, id, folder, TG_REPORT_PAGE, NULL, &err), err);
    ck_assert_int_eq(files_in_folder(), 1);
    char *page = content("report.html");
    static const char *const foreign[] = {"<script", "<link",  "<img",    "<iframe",      "@import",
                                          "src=",    "onload", "onclick", "<b>sample</b>"};
    for (size_t i = 0; i < TG_COUNT(foreign); i++)
        ck_assert_msg(strstr(page, foreign[i]) == NULL, "the page has '%s'", foreign[i]);
    /* Namespaces are names, not addresses that a browser fetches; nothing else starts so. */
    ck_assert_uint_eq(count_of(page, "http://"), count_of(page, "http://www.w3.org/"));
    ck_assert_uint_eq(count_of(page, "https://"), 0);
    ck_assert_uint_eq(count_of(page, "<svg"), 4);
    ck_assert_ptr_nonnull(strstr(page, "a &lt;b&gt;sample&lt;/b&gt; &amp; &quot;more&quot;"));
    ck_assert_ptr_nonnull(strstr(page, "&lt;no hypervisor&gt;"));
    ck_assert_ptr_nonnull(strstr(page, "500 ns, from 100 ns to 2 µs"));
    ck_assert_ptr_nonnull(strstr(page, "a table look-up"));
    ck_assert_uint_eq(count_of(page, "98 % of offers"), 1);
    ck_assert_ptr_nonnull(strstr(page, "tollgate runs replay 1</code>"));
    ck_assert_ptr_nonnull(strstr(page, "200.0 ± 2.4 k/s"));
    free(page);
    /* It is written as XML too, so that a strict parser can check it, unique ids included. */
    char command[128];
    if (system("command -v xmllint >/dev/null 2>&1") == 0) {
        snprintf(command, sizeof command, "xmllint --noout '%s/report.html'", folder);
        ck_assert_int_eq(system(command), 0);
    }
}
END_TEST

static size_t ids_in(const char *page, char (*ids)[64], size_t limit)
{
    size_t count = 0;
    for (const char *p = strstr(page, " id="); p && count < limit; p = strstr(p + 1, " id=")) {
        size_t length = strcspn(p + 5, "\"'");
        snprintf(ids[count++], 64, "%.*s", (int)length, p + 5);
    }
    return count;
}

START_TEST(ids_are_unique_in_the_page_and_every_reference_has_its_target)
{
    need_gnuplot();
    struct tg_error err = {0};
    enum { IDS_MAX = 400 };
    static char ids[IDS_MAX][64];
    ck_assert_tg_ok(tg_report_write(store, id, folder, TG_REPORT_PAGE, NULL, &err), err);
    char *page = content("report.html");
    size_t count = ids_in(page, ids, IDS_MAX);
    ck_assert_uint_gt(count, 10);
    ck_assert_uint_lt(count, IDS_MAX);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(ids[i], ids[k]);
    }
    for (const char *p = strstr(page, "href='#"); p; p = strstr(p + 1, "href='#")) {
        char target[64];
        bool found = false;
        snprintf(target, sizeof target, "%.*s", (int)strcspn(p + 7, "'"), p + 7);
        for (size_t i = 0; i < count; i++)
            found |= strcmp(ids[i], target) == 0;
        ck_assert_msg(found, "no element has the id '%s'", target);
    }
    free(page);
}
END_TEST

START_TEST(without_gnuplot_nothing_is_written)
{
    struct tg_error err = {0};
    char *place = tg_file_join(folder, "new");
    setenv("PATH", "/nowhere", 1);
    ck_assert_int_eq(tg_report_write(store, id, place, TG_REPORT_ALL, NULL, &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "gnuplot") != NULL, "%s", err.text);
    ck_assert(!tg_file_exists(place));
    ck_assert_tg_ok(tg_report_write(store, id, place, TG_REPORT_TEXT, NULL, &err), err);
    setenv("PATH", "/usr/bin:/bin", 1);
    free(place);
}
END_TEST

START_TEST(a_figure_that_the_run_lacks_is_not_left_from_an_earlier_report)
{
    need_gnuplot();
    static const struct tg_run bare = {
        .kind = "sweep", .title = "x", .scenario_json = "{}", .tool_version = "0"};
    struct tg_error err = {0};
    int64_t empty;
    ck_assert_tg_ok(tg_run_begin(store, &bare, &empty, &err), err);
    ck_assert_tg_ok(tg_report_write(store, id, folder, TG_REPORT_ALL, NULL, &err), err);
    /* Files that only have the name of a figure are somebody's own. */
    char *own = tg_file_join(folder, "latency.gp");
    ck_assert_int_eq(tg_file_write(own, "plot x", 6, NULL), TG_OK);
    free(own);
    ck_assert_tg_ok(tg_report_write(store, empty, folder, TG_REPORT_ALL, NULL, &err), err);
    ck_assert_int_eq(files_in_folder(), 5);
    char *script = content("latency.gp");
    ck_assert_str_eq(script, "plot x");
    free(script);
}
END_TEST

/* A gnuplot that fails, and one that succeeds and draws nothing. */
static void use_gnuplot(const char *body)
{
    char *path = tg_file_join(folder, "gnuplot"), text[128], paths[128];
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
    ck_assert_int_eq(tg_file_write(path, text, strlen(text), NULL), TG_OK);
    char command[128];
    snprintf(command, sizeof command, "chmod +x '%s'", path);
    ck_assert_int_eq(system(command), 0);
    snprintf(paths, sizeof paths, "%s:/usr/bin:/bin", folder);
    setenv("PATH", paths, 1);
    free(path);
}

START_TEST(a_failure_midway_leaves_the_folder_as_it_was)
{
    static const char *const bodies[] = {"echo 'line 3: out of paper' >&2; exit 1", "exit 0",
                                         "touch saturation.svg saturation.png latency.svg; exit 0"};
    for (size_t i = 0; i < TG_COUNT(bodies); i++) {
        struct tg_error err = {0};
        use_gnuplot(bodies[i]);
        char *place = tg_file_join(folder, "new");
        ck_assert_int_eq(tg_report_write(store, id, place, TG_REPORT_ALL, NULL, &err), TG_EENV);
        ck_assert_msg(strstr(err.text, "gnuplot") != NULL, "%s", err.text);
        ck_assert(!tg_file_exists(place));
        free(place);
        ck_assert_int_eq(tg_report_write(store, id, folder, TG_REPORT_ALL, NULL, &err), TG_EENV);
        ck_assert_int_eq(files_in_folder(), 1);
    }
}
END_TEST

START_TEST(faults_are_named)
{
    struct tg_error err = {0};
    ck_assert_int_eq(tg_report_write(store, 99, folder, TG_REPORT_TEXT, NULL, &err), TG_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "no run 99"));
    ck_assert_int_eq(tg_report_write(store, id, "/proc/tollgate", TG_REPORT_TEXT, NULL, &err), TG_EENV);
    ck_assert_ptr_nonnull(strstr(err.text, "/proc/tollgate"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("report");
    tcase_add_checked_fixture(tc, make_sample, remove_sample);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_table_has_a_row_for_each_technique_with_intervals);
    tcase_add_test(tc, the_text_adds_points_prices_and_provenance);
    tcase_add_test(tc, a_run_that_is_not_complete_says_so);
    tcase_add_test(tc, json_has_every_figure);
    tcase_add_test(tc, a_folder_gets_figures_text_and_page);
    tcase_add_test(tc, the_page_is_well_formed_and_needs_nothing_from_outside);
    tcase_add_test(tc, ids_are_unique_in_the_page_and_every_reference_has_its_target);
    tcase_add_test(tc, without_gnuplot_nothing_is_written);
    tcase_add_test(tc, a_figure_that_the_run_lacks_is_not_left_from_an_earlier_report);
    tcase_add_test(tc, a_failure_midway_leaves_the_folder_as_it_was);
    tcase_add_test(tc, faults_are_named);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
