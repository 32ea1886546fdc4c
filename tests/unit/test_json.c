#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_test.h"

START_TEST(numbers_survive_printing_to_the_bit)
{
    struct tg_error err = {0};
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double value = (double)(state >> 11) * (i % 2 ? 1e-9 : 1e3) / 7;
        cJSON *json = cJSON_CreateObject(), *again;
        tg_json_add_number(json, "x", value);
        char *text = tg_json_print(json);
        ck_assert_tg_ok(tg_json_read_text(text, "text", &again, &err), err);
        ck_assert_msg(cJSON_GetObjectItem(again, "x")->valuedouble == value, "%.17g came back from %s", value,
                      text);
        free(text);
        cJSON_Delete(json);
        cJSON_Delete(again);
    }
}
END_TEST

START_TEST(what_is_not_finite_is_null)
{
    cJSON *json = cJSON_CreateObject();
    tg_json_add_number(json, "x", NAN);
    tg_json_add_number(json, "y", INFINITY);
    char *text = tg_json_print(json);
    ck_assert_str_eq(text, "{\n\t\"x\":\tnull,\n\t\"y\":\tnull\n}");
    free(text);
    cJSON_Delete(json);
}
END_TEST

struct sample {
    char *name;
    int64_t count;
    double share;
    tg_ps span;
    bool on;
    int color;
    struct tg_strings tags;
};

static const char *const colors[] = {"red", "green", NULL};

static const struct tg_field fields[] = {
    {.name = "name", .kind = TG_STRING, .offset = offsetof(struct sample, name), .flags = TG_REQUIRED},
    {.name = "count",
     .kind = TG_INTEGER,
     .offset = offsetof(struct sample, count),
     .fallback = "3",
     .min = 1,
     .max = 10},
    {.name = "share", .kind = TG_NUMBER, .offset = offsetof(struct sample, share), .flags = TG_NONNEGATIVE},
    {.name = "span", .kind = TG_TIME, .offset = offsetof(struct sample, span)},
    {.name = "on", .kind = TG_FLAG, .offset = offsetof(struct sample, on)},
    {.name = "color", .kind = TG_CHOICE, .offset = offsetof(struct sample, color), .choices = colors},
    {.name = "tags", .kind = TG_STRINGS, .offset = offsetof(struct sample, tags)},
};

static int read_sample(const char *text, struct sample *sample, struct tg_error *err)
{
    cJSON *json;
    *sample = (struct sample){0};
    int rc = tg_json_read_text(text, "text", &json, err);
    if (rc)
        return rc;
    rc = tg_json_read_object(json, "", fields, TG_COUNT(fields), sample, err);
    cJSON_Delete(json);
    return rc;
}

START_TEST(an_object_fills_its_struct)
{
    struct tg_error err = {0};
    struct sample s;
    ck_assert_tg_ok(
        read_sample("{\"name\": \"n\", \"comment\": [1], \"share\": 0.25, \"span\": \"20 us\", \"on\": true,"
                    " \"color\": \"green\", \"tags\": [\"a\", \"b\"]}",
                    &s, &err),
        err);
    ck_assert_str_eq(s.name, "n");
    ck_assert_int_eq(s.count, 3);
    ck_assert_double_eq(s.share, 0.25);
    ck_assert_int_eq(s.span, 20 * TG_PS_PER_US);
    ck_assert(s.on);
    ck_assert_int_eq(s.color, 1);
    ck_assert_uint_eq(s.tags.count, 2);
    tg_field_release(fields, TG_COUNT(fields), &s);
}
END_TEST

static const struct {
    const char *text, *message;
} bad[] = {
    {"{}", "name: required key is missing"},
    {"{\"name\": 1}", "name: expected a text"},
    {"{\"name\": \"n\", \"cuont\": 1}", "cuont: unknown key; did you mean 'count'?"},
    {"{\"name\": \"n\", \"zzzzzzzz\": 1}", "zzzzzzzz: unknown key"},
    {"{\"name\": \"n\", \"count\": 11}", "count: 11 is outside 1 to 10"},
    {"{\"name\": \"n\", \"count\": 1.5}", "count: 1.5 is not a whole number"},
    {"{\"name\": \"n\", \"count\": \"2\"}", "count: expected a whole number"},
    {"{\"name\": \"n\", \"share\": -1}", "share: -1 must not be negative"},
    {"{\"name\": \"n\", \"span\": 5}", "span: expected a time with its unit, like \"20 us\""},
    {"{\"name\": \"n\", \"on\": 1}", "on: expected true or false"},
    {"{\"name\": \"n\", \"color\": \"blue\"}", "color: 'blue' is none of: red, green"},
    {"{\"name\": \"n\", \"tags\": [1]}", "tags: expected a list of texts"},
    {"{\"name\": \"n\", \"name\": \"m\"}", "name: key given twice"},
    {"{\"name\": \"n\"", "text: line 1, column 13: JSON ends too early"},
    {"{\n\"name\" \"n\"}", "text: line 2, column 8: not valid JSON here"},
    {"[]", "text: line 1, column 1: expected a JSON object, '{...}'"},
};

START_TEST(faults_are_named_by_their_place)
{
    struct tg_error err = {0};
    struct sample s;
    ck_assert_int_eq(read_sample(bad[_i].text, &s, &err), TG_EINPUT);
    ck_assert_str_eq(err.text, bad[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tc = tcase_create("json");
    tcase_add_test(tc, numbers_survive_printing_to_the_bit);
    tcase_add_test(tc, what_is_not_finite_is_null);
    tcase_add_test(tc, an_object_fills_its_struct);
    tcase_add_loop_test(tc, faults_are_named_by_their_place, 0, TG_COUNT(bad));
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
