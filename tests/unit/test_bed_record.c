#include "tg_bed_record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_test.h"

static char folder[] = "/tmp/tg-bed-record-XXXXXX";

static struct tg_measured measured(void)
{
    struct tg_measured m = {
        .system = tg_bed_system_find("udp"), .searched_per_s = 1000, .passes = 2, .complete = true};
    m.points = calloc(4, sizeof *m.points);
    for (int i = 0; i < 4; i++) {
        struct tg_bed_point p = tg_bed_point_unknown();
        p.repetition = 1 + i / 2;
        p.wanted_per_s = p.offered_per_s = p.sent_per_s = i % 2 ? 2000 : 500;
        p.reply_per_s = i % 2 ? 1000.5 : 500;
        p.answered_fraction = p.reply_per_s / p.offered_per_s;
        p.latency_p50_ns = 12345.678;
        p.server_run_share = 1;
        p.limited_by = tg_bed_point_limit(&p, true);
        m.points[m.count++] = p;
    }
    tg_saturation_of(m.points, m.count, &m.saturation, NULL);
    return m;
}

START_TEST(what_is_written_is_read)
{
    struct tg_bed_record record = {0}, again;
    struct tg_error err = {0};
    struct tg_measured m = measured(), skipped = {.system = tg_bed_system_find("bind")};
    struct tg_campaign campaign = tg_campaign_quick();
    struct tg_bed_settings settings = tg_bed_settings_usual();
    strcpy(skipped.skipped, "needs something");
    record.tool = strdup("tollgate test");
    record.settings = tg_bed_record_settings(&campaign, &settings);
    ck_assert_tg_ok(tg_host_read(&record.host, &err), err);
    ck_assert_tg_ok(tg_bed_record_add(&record, &m, &err), err);
    ck_assert_tg_ok(tg_bed_record_add(&record, &skipped, &err), err);
    ck_assert_tg_ok(tg_bed_record_write(&record, folder, &err), err);
    ck_assert_tg_ok(tg_bed_record_read(&again, folder, &err), err);
    ck_assert_uint_eq(again.count, 2);
    ck_assert_str_eq(again.tool, "tollgate test");
    ck_assert_str_eq(again.host.cpu_model, record.host.cpu_model);
    ck_assert_str_eq(tg_bed_record_find(&again, "bind")->skipped, "needs something");
    const struct tg_measured *a = tg_bed_record_find(&record, "udp"), *b = tg_bed_record_find(&again, "udp");
    ck_assert_uint_eq(b->count, a->count);
    ck_assert(b->complete);
    ck_assert_uint_eq(b->passes, 2);
    for (size_t i = 0; i < a->count; i++) {
        for (const struct tg_bed_point_field *f = tg_bed_point_fields; f->name; f++) {
            double x = *(const double *)((const char *)&a->points[i] + f->offset);
            double y = *(const double *)((const char *)&b->points[i] + f->offset);
            ck_assert_msg(x == y || (isnan(x) && isnan(y)), "%s: %g, but %g", f->name, x, y);
        }
        ck_assert_int_eq(a->points[i].limited_by, b->points[i].limited_by);
    }
    ck_assert_double_eq(a->saturation.per_s, b->saturation.per_s);
    ck_assert_double_eq(a->saturation.high, b->saturation.high);
    ck_assert_ptr_null(tg_bed_record_find(&again, "apache"));
    tg_bed_record_release(&record);
    tg_bed_record_release(&again);
}
END_TEST

START_TEST(a_pass_that_was_cut_short_does_not_count)
{
    struct tg_bed_record record = {0}, again;
    struct tg_error err = {0};
    struct tg_measured m = measured();
    m.count = 3;
    m.complete = false;
    ck_assert_tg_ok(tg_host_read(&record.host, &err), err);
    ck_assert_tg_ok(tg_bed_record_add(&record, &m, &err), err);
    ck_assert_tg_ok(tg_bed_record_write(&record, folder, &err), err);
    ck_assert_tg_ok(tg_bed_record_read(&again, folder, &err), err);
    ck_assert_uint_eq(again.systems[0].passes, 1);
    ck_assert_uint_eq(again.systems[0].count, 3);
    tg_bed_record_release(&record);
    tg_bed_record_release(&again);
}
END_TEST

START_TEST(the_curve_lies_beside)
{
    struct tg_curve curve;
    struct tg_error err = {0};
    struct tg_bed_record record = {0};
    struct tg_measured m = measured();
    ck_assert_tg_ok(tg_bed_record_add(&record, &m, &err), err);
    ck_assert_tg_ok(tg_bed_record_write(&record, folder, &err), err);
    char *path = tg_file_join(folder, "udp.csv");
    ck_assert_tg_ok(tg_curve_read(&curve, path, &err), err);
    ck_assert_uint_eq(curve.count, 4);
    ck_assert_double_eq(curve.points[0].values[TG_CURVE_OFFERED], 500);
    ck_assert_double_eq(curve.points[3].values[TG_CURVE_REPLY], 1000.5);
    tg_curve_release(&curve);
    tg_bed_record_release(&record);
    free(path);
}
END_TEST

/* A document with the facts of this host and these systems. */
static void refuse(int schema, const char *systems, const char *sentence)
{
    struct tg_bed_record record;
    struct tg_host host;
    struct tg_error err = {0};
    char *path = tg_file_join(folder, "testbed.json"), *text = NULL;
    ck_assert_tg_ok(tg_host_read(&host, &err), err);
    cJSON *facts = tg_host_to_json(&host);
    char *printed = cJSON_Print(facts);
    ck_assert_int_gt(
        asprintf(&text, "{\"schema\": %d, \"host\": %s, \"systems\": %s}", schema, printed, systems), 0);
    ck_assert_tg_ok(tg_file_write(path, text, strlen(text), &err), err);
    ck_assert_int_eq(tg_bed_record_read(&record, folder, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, sentence) && strstr(err.text, path), "%s", err.text);
    free(text);
    free(path);
    cJSON_free(printed);
    cJSON_Delete(facts);
    tg_host_release(&host);
}

START_TEST(faults_are_named)
{
    refuse(2, "[]", "schema: is not 1");
    refuse(1, "[{\"name\": \"ump\"}]", "systems[0]: there is no system 'ump'");
    refuse(1, "[{\"name\": \"udp\", \"points\": [{\"reply_per_s\": 3}]}]", "udp: points[0]: offered_per_s");
    refuse(1,
           "[{\"name\": \"udp\", \"points\": [{\"reply_per_s\": 3, \"offered_per_s\": 3, "
           "\"answered_fraction\": 1, \"limited_by\": \"moon\"}]}]",
           "points[0]: 'moon' is no limit");
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    Suite *suite = suite_create("bed_record");
    TCase *tc = tcase_create("bed_record");
    tcase_add_test(tc, what_is_written_is_read);
    tcase_add_test(tc, a_pass_that_was_cut_short_does_not_count);
    tcase_add_test(tc, the_curve_lies_beside);
    tcase_add_test(tc, faults_are_named);
    suite_add_tcase(suite, tc);
    int status = tg_test_run(suite);
    static const char *const files[] = {"testbed.json", "udp.csv"};
    for (int i = 0; i < 2; i++) {
        char *path = tg_file_join(folder, files[i]);
        unlink(path);
        free(path);
    }
    rmdir(folder);
    return status;
}
