#include <string.h>

#include "tg_json.h"
#include "tg_test.h"
#include "tg_uncertain.h"

struct sample {
    double share;
    int64_t count;
    tg_ps span;
    char *name;
};

static const struct tg_field fields[] = {
    {.name = "share", .kind = TG_NUMBER, .offset = offsetof(struct sample, share), .max = 100},
    {.name = "count", .kind = TG_INTEGER, .offset = offsetof(struct sample, count)},
    {.name = "span", .kind = TG_TIME, .offset = offsetof(struct sample, span)},
    {.name = "name", .kind = TG_STRING, .offset = offsetof(struct sample, name)},
};

static int read_sample(const char *text, struct sample *sample, struct tg_error *err)
{
    cJSON *json = NULL;
    *sample = (struct sample){0};
    ck_assert_tg_ok(tg_json_read_text(text, "text", &json, err), *err);
    int rc = tg_json_read_object(json, "", fields, TG_COUNT(fields), sample, err);
    cJSON_Delete(json);
    return rc;
}

START_TEST(the_value_is_taken_where_a_number_may_be_uncertain)
{
    struct tg_error err = {0};
    struct sample sample;
    const char *text =
        "{\"share\": {\"value\": 2.5, \"low\": 1, \"high\": 4, \"source\": \"a book\", \"tag\": "
        "\"published\"},"
        " \"count\": {\"value\": 6.6, \"low\": 4, \"high\": 8, \"source\": \"a guess\"},"
        " \"span\": {\"value\": \"5 us\", \"low\": \"3000 ns\", \"high\": \"0.01 ms\", \"source\": \"x\"}}";
    ck_assert_tg_ok(read_sample(text, &sample, &err), err);
    ck_assert_double_eq(sample.share, 2.5);
    ck_assert_int_eq(sample.count, 7);
    ck_assert_int_eq(sample.span, 5 * TG_PS_PER_US);
}
END_TEST

START_TEST(a_fitted_value_needs_no_range)
{
    struct tg_error err = {0};
    struct sample sample;
    ck_assert_tg_ok(read_sample("{\"share\": {\"value\": 3, \"tag\": \"fitted\"}}", &sample, &err), err);
    ck_assert_double_eq(sample.share, 3);
}
END_TEST

static const struct {
    const char *text, *says;
} faults[] = {
    {"{\"share\": {\"value\": 5, \"low\": 6, \"high\": 7, \"source\": \"x\"}}",
     "share: 'value' must lie between 'low' and 'high'"},
    {"{\"share\": {\"value\": 5, \"low\": 1, \"source\": \"x\"}}", "share.high: required key is missing"},
    {"{\"share\": {\"value\": 5, \"low\": 1, \"high\": 7}}",
     "share.source: required key is missing (a range needs one)"},
    {"{\"span\": {\"value\": \"5 us\", \"low\": 1, \"high\": \"7 us\", \"source\": \"x\"}}",
     "span.low: of another kind than 'value'"},
    {"{\"span\": {\"value\": \"5 us\", \"low\": \"1 B\", \"high\": \"7 us\", \"source\": \"x\"}}",
     "span.low: of another kind than 'value'"},
    {"{\"span\": {\"value\": \"5 B\", \"low\": \"1 B\", \"high\": \"7 B\", \"source\": \"x\"}}",
     "span.value: '5 B': unknown unit"},
    {"{\"share\": {\"value\": 5, \"hihg\": 7, \"tag\": \"assumed\"}}", "share.hihg: unknown key"},
    {"{\"share\": {\"value\": 5, \"tag\": \"guessed\"}}", "share.tag: 'guessed' is none of: published"},
    {"{\"share\": {\"value\": 500, \"tag\": \"fitted\"}}", "share.value: 500 is outside"},
    {"{\"share\": {\"value\": true, \"tag\": \"fitted\"}}", "share.value: expected a number"},
    {"{\"name\": {\"value\": \"x\", \"tag\": \"fitted\"}}", "name: expected a text"},
};

START_TEST(faults_are_named_by_key_path)
{
    struct tg_error err = {0};
    struct sample sample;
    ck_assert_int_eq(read_sample(faults[_i].text, &sample, &err), TG_EINPUT);
    ck_assert_msg(strncmp(err.text, faults[_i].says, strlen(faults[_i].says)) == 0, "said '%s'", err.text);
}
END_TEST

START_TEST(another_value_keeps_the_form)
{
    struct tg_error err = {0};
    struct sample sample;
    cJSON *json = NULL;
    ck_assert_tg_ok(
        tg_json_read_text("{\"share\": {\"value\": 2, \"low\": 1, \"high\": 4, \"source\": \"x\"},"
                          " \"span\": {\"value\": \"5 us\", \"low\": \"1 us\", \"high\": \"9 us\","
                          " \"source\": \"x\"}}",
                          "text", &json, &err),
        err);
    ck_assert_tg_ok(tg_uncertain_put(cJSON_GetObjectItem(json, "share"), 3, &err), err);
    ck_assert_tg_ok(tg_uncertain_put(cJSON_GetObjectItem(json, "span"), 7e-6, &err), err);
    ck_assert_tg_ok(tg_json_read_object(json, "", fields, TG_COUNT(fields), &sample, &err), err);
    ck_assert_double_eq(sample.share, 3);
    ck_assert_int_eq(sample.span, 7 * TG_PS_PER_US);
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uncertain");
    TCase *tests = tcase_create("uncertain");
    tcase_add_test(tests, the_value_is_taken_where_a_number_may_be_uncertain);
    tcase_add_test(tests, a_fitted_value_needs_no_range);
    tcase_add_loop_test(tests, faults_are_named_by_key_path, 0, TG_COUNT(faults));
    tcase_add_test(tests, another_value_keeps_the_form);
    suite_add_tcase(suite, tests);
    return tg_test_run(suite);
}
