/* A prediction's folder: the same numbers again, and nothing that does not belong together. */
#include "tg_prediction_record.h"

#include <stdio.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_rng.h"
#include "tg_test_bed.h"

static char folder[] = "/tmp/tg-prediction-record-XXXXXX";
static struct tg_error err;

static char *path_of(const char *name)
{
    char *path = tg_file_join(folder, name);
    ck_assert_ptr_nonnull(path);
    return path;
}

/* Costs that wander a few percent about one value. */
static void add_trace(struct tg_trace_set *set, const char *name, double cost_ns)
{
    enum { N = 400 };
    struct tg_trace trace;
    struct tg_rng rng;
    tg_rng_seed(&rng, 1, 0, name);
    ck_assert_tg_ok(tg_trace_init(&trace, name, NULL, false, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&trace, N, &err), err);
    for (int i = 0; i < N; i++)
        tg_trace_append(&trace, i * 1e5, cost_ns * (0.97 + 0.06 * tg_rng_unit(&rng)), 1, 0);
    ck_assert_tg_ok(tg_trace_set_add(set, &trace, NULL, &err), err);
}

static void make_traces(struct tg_trace_set *set)
{
    struct tg_strings names = {0};
    *set = (struct tg_trace_set){0};
    ck_assert_tg_ok(tg_host_read(&set->host, &err), err);
    test_primitives(&names);
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(names.items[i], "udp_reply_container_remote") != 0)
            add_trace(set, names.items[i], test_price_ns(names.items[i]));
    }
    add_trace(set, "udp_reply_container_remote", test_price_ns("udp_deliver_remote") + 4000);
    tg_strings_release(&names);
    char *path = path_of("traces");
    ck_assert_tg_ok(tg_trace_set_write(set, path, &err), err);
    free(path);
}

static const struct tg_bed_system *const systems[] = {&tg_bed_systems[0], &tg_bed_systems[3]};

/* Makes a prediction and its folder. */
static void make(struct tg_prediction_record *record, struct tg_trace_set *traces)
{
    cJSON *profile;
    make_traces(traces);
    *record =
        (struct tg_prediction_record){.tool = strdup("tollgate test"), .made_at = "2026-01-02T03:04:05Z"};
    record->settings = (struct tg_prediction_settings){
        .draws = 2, .window_s = 0.02, .warmup_s = 0.005, .seed = 9, .threads = 1};
    record->low_loads[TG_SERVER_BIND][TG_GENERATOR_OPEN] = (struct tg_low_load){
        .guess_per_s = 1e5 / 3, .request_ns = {6400 / 3., 6000, 7000}, .wakeup_ns = {22000, 20000, 24000}};
    ck_assert_tg_ok(tg_prediction_record_profile(record, traces, &profile, &err), err);
    ck_assert_tg_ok(tg_predict(systems, 2, profile, &record->settings, &record->prediction, &err), err);
    ck_assert_tg_ok(tg_prediction_record_write(record, traces, folder, &err), err);
    cJSON_Delete(profile);
}

static void release(struct tg_prediction_record *record, struct tg_trace_set *traces)
{
    tg_prediction_record_release(record);
    tg_trace_set_release(traces);
}

static char *text_of(const struct tg_prediction *prediction)
{
    cJSON *json = tg_prediction_to_json(prediction);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    return text;
}

START_TEST(a_folder_gives_the_same_prediction_again)
{
    struct tg_prediction_record record, read;
    struct tg_trace_set traces, read_traces;
    struct tg_prediction again;
    cJSON *profile;
    make(&record, &traces);
    ck_assert_tg_ok(tg_prediction_record_read(&read, &read_traces, folder, &err), err);
    ck_assert_str_eq(read.tool, "tollgate test");
    ck_assert_str_eq(read.made_at, "2026-01-02T03:04:05Z");
    ck_assert_uint_eq(read.settings.draws, 2);
    ck_assert_uint_eq(read.settings.seed, 9);
    ck_assert_double_eq(read.settings.window_s, 0.02);
    ck_assert_double_eq(read.settings.warmup_s, 0.005);
    ck_assert_mem_eq(&read.low_loads[TG_SERVER_BIND][TG_GENERATOR_OPEN].request_ns,
                     &record.low_loads[TG_SERVER_BIND][TG_GENERATOR_OPEN].request_ns, sizeof(struct tg_span));
    ck_assert_double_eq(read.low_loads[TG_SERVER_BIND][TG_GENERATOR_OPEN].guess_per_s, 1e5 / 3);
    ck_assert_double_eq(read.low_loads[TG_SERVER_APACHE][TG_GENERATOR_HTTPERF].guess_per_s, 0);
    read.settings.threads = 2;
    ck_assert_tg_ok(tg_prediction_record_profile(&read, &read_traces, &profile, &err), err);
    ck_assert_tg_ok(tg_predict(systems, 2, profile, &read.settings, &again, &err), err);
    char *then = text_of(&record.prediction), *kept = text_of(&read.prediction), *now = text_of(&again);
    ck_assert_str_eq(then, kept);
    ck_assert_str_eq(then, now);
    free(then);
    free(kept);
    free(now);
    cJSON_Delete(profile);
    tg_prediction_release(&again);
    release(&record, &traces);
    release(&read, &read_traces);
}
END_TEST

START_TEST(the_profile_holds_what_was_measured_and_what_follows)
{
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    cJSON *profile;
    make(&record, &traces);
    ck_assert_tg_ok(tg_prediction_record_profile(&record, &traces, &profile, &err), err);
    const cJSON *costs = cJSON_GetObjectItem(profile, "costs");
    static const struct {
        const char *name;
        double ns, off; /* traces: 3 % about the value, of 400 samples */
    } prices[] = {{"bind_request", 6400 / 3., 1e-3},
                  {"bind_wakeup", 22000, 1e-3},
                  {"syscall", 200, 2},
                  {"container_reply", 4000, 40}};
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        const cJSON *mean = cJSON_GetObjectItem(cJSON_GetObjectItem(costs, prices[i].name), "mean_ns");
        ck_assert_msg(cJSON_IsNumber(mean), "no price of '%s'", prices[i].name);
        ck_assert_double_eq_tol(mean->valuedouble, prices[i].ns, prices[i].off);
    }
    ck_assert_ptr_null(cJSON_GetObjectItem(costs, "apache_request"));
    cJSON_Delete(profile);
    release(&record, &traces);
}
END_TEST

static void refuse(const char *said)
{
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    struct tg_error why = {0};
    ck_assert_int_eq(tg_prediction_record_read(&record, &traces, folder, &why), TG_EINPUT);
    ck_assert_msg(strstr(why.text, said) != NULL, "%s", why.text);
    ck_assert_ptr_null(strchr(why.text, '\n'));
    ck_assert_ptr_null(record.prediction.systems);
    ck_assert_ptr_null(traces.traces);
}

START_TEST(other_traces_are_refused)
{
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    make(&record, &traces);
    add_trace(&traces, "function_call", 20);
    char *path = path_of("traces");
    ck_assert_tg_ok(tg_trace_set_write(&traces, path, &err), err);
    refuse("the traces are not those that the prediction was made from");
    free(path);
    release(&record, &traces);
}
END_TEST

/* Replaces the first occurrence of `from` in predictions.json. */
static void damage(const char *from, const char *to)
{
    char *path = path_of("predictions.json"), *text = NULL, *changed = NULL;
    cJSON *document;
    ck_assert_tg_ok(tg_json_read_file(path, &document, &err), err);
    text = cJSON_PrintUnformatted(document);
    char *at = strstr(text, from);
    ck_assert_msg(at != NULL, "no %s in %s", from, text);
    *at = '\0';
    ck_assert_int_gt(asprintf(&changed, "%s%s%s", text, to, at + strlen(from)), 0);
    ck_assert_tg_ok(tg_file_write(path, changed, strlen(changed), &err), err);
    free(path);
    free(changed);
    free(text);
    cJSON_Delete(document);
}

START_TEST(faults_are_named)
{
    static const struct {
        const char *from, *to, *said;
    } faults[] = {
        {"\"draws\":2", "\"draws\":0", "settings: draws"},
        {"\"seed\":9", "\"seed\":\"nine\"", "settings: draws"},
        {"\"server\":\"bind\"", "\"server\":\"bond\"",
         "low_loads: the testbed has no server 'bond' under load 'open'"},
        {"\"wakeup_ns\":[22000,", "\"wakeup_ns\":[null,", "wakeup_ns: expected three numbers"},
        {"\"name\":\"udp-syscall-40\"", "\"name\":\"udp-syscall-41\"",
         "systems[1]: the testbed has no system"},
        {"\"systems\":[", "\"system\":[", "systems: expected a list"},
        {"\"limited_by\":\"", "\"limited_by\":\"x", "systems[0]"},
        {"\"settings\":{", "\"settings\" {", "predictions.json"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct tg_prediction_record record;
        struct tg_trace_set traces;
        make(&record, &traces);
        damage(faults[i].from, faults[i].to);
        refuse(faults[i].said);
        release(&record, &traces);
    }
}
END_TEST

START_TEST(a_folder_that_is_none_is_named)
{
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    struct tg_error why = {0};
    ck_assert_int_ne(tg_prediction_record_read(&record, &traces, "/nowhere", &why), TG_OK);
    ck_assert_msg(strstr(why.text, "/nowhere/predictions.json") != NULL, "%s", why.text);
}
END_TEST

static const char *provenance_of(const struct tg_prediction_record *record, const struct tg_trace_set *traces,
                                 const char *cost)
{
    static char said[32];
    cJSON *profile;
    ck_assert_tg_ok(tg_prediction_record_profile(record, traces, &profile, &err), err);
    const cJSON *price =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(profile, "costs"), cost);
    snprintf(said, sizeof said, "%s",
             cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(price, "provenance")));
    cJSON_Delete(profile);
    return said;
}

/* What two loads tell together nobody has measured by itself. */
START_TEST(prices_from_low_loads_say_what_they_are)
{
    struct tg_prediction_record record;
    struct tg_trace_set traces;
    make(&record, &traces);
    struct tg_low_load *low = &record.low_loads[TG_SERVER_BIND][TG_GENERATOR_OPEN];
    low->told_apart = true;
    ck_assert_str_eq(provenance_of(&record, &traces, "bind_request"), "fitted");
    ck_assert_str_eq(provenance_of(&record, &traces, "bind_wakeup"), "fitted");
    low->told_apart = false;
    ck_assert_str_eq(provenance_of(&record, &traces, "bind_request"), "measured");
    ck_assert_str_eq(provenance_of(&record, &traces, "bind_wakeup"), "assumed");
    tg_prediction_record_release(&record);
    tg_trace_set_release(&traces);
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    Suite *suite = suite_create("prediction_record");
    TCase *tc = tcase_create("prediction_record");
    tcase_add_test(tc, a_folder_gives_the_same_prediction_again);
    tcase_add_test(tc, the_profile_holds_what_was_measured_and_what_follows);
    tcase_add_test(tc, other_traces_are_refused);
    tcase_add_test(tc, faults_are_named);
    tcase_add_test(tc, a_folder_that_is_none_is_named);
    tcase_add_test(tc, prices_from_low_loads_say_what_they_are);
    suite_add_tcase(suite, tc);
    int status = tg_test_run(suite);
    char *command = NULL;
    if (asprintf(&command, "rm -r '%s'", folder) < 0 || system(command))
        return EXIT_FAILURE;
    free(command);
    return status;
}
