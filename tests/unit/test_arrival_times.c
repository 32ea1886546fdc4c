#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_arrival_times.h"
#include "tg_file.h"
#include "tg_sweep.h"
#include "tg_test_scenario.h"

static const char profile[] = "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", "
                              "\"costs\": {" US("work", "100") "}}";

#define SERVER ", \"request\": [{\"cost\": \"work\"}]"
#define KEYS                                                                                                \
    ", \"horizon\": \"1 s\", \"warm_up\": \"0 s\", \"replications\": 2, \"workload\": {\"gaps\": \"log\", " \
    "\"log\": \"log.csv\"}"

static char folder[] = "/tmp/tollgate-test-XXXXXX";
static char scenario_file[64], log_file[64];
static struct tg_scenario scenario;
static struct tg_arrival_times times;
static struct tg_error err;

static void make(void)
{
    strcpy(folder, "/tmp/tollgate-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(scenario_file, sizeof scenario_file, "%s/scenario.json", folder);
    snprintf(log_file, sizeof log_file, "%s/log.csv", folder);
    tg_test_scenario_read(&scenario, profile, SERVER, "", KEYS);
}

static void unmake(void)
{
    remove(log_file);
    rmdir(folder);
    tg_arrival_times_release(&times);
    tg_scenario_release(&scenario);
}

static void write_log(const char *text)
{
    ck_assert_tg_ok(tg_file_write(log_file, text, strlen(text), &err), err);
}

START_TEST(a_log_is_read_beside_the_scenario)
{
    write_log("t_ns\n0\n1.5\n2000000\n");
    ck_assert_tg_ok(tg_arrival_times_read(&times, &scenario, scenario_file, &err), err);
    ck_assert_uint_eq(scenario.log_count, 3);
    ck_assert_int_eq(scenario.log_ps[1], 1500);
    ck_assert_int_eq(scenario.log_ps[2], 2 * TG_PS_PER_S / 1000);
    /* Three arrivals in 2 ms, stretched to 300 a second: the log takes 10 ms, over and over. */
    struct tg_sweep_point point;
    ck_assert_tg_ok(tg_sweep_run_point(&scenario, 0, 300, 1, NULL, &point, &err), err);
    ck_assert_double_eq_tol(point.metrics[TG_METRIC_REPLY_PER_S].mean, 300, 3);
    /* The second of a pair waits for the first. */
    ck_assert_double_gt(point.metrics[TG_METRIC_MAX_PS].mean, 190e6);
}
END_TEST

START_TEST(text_gives_the_same_times)
{
    static const char text[] = "[0,9007199254740993,9223372036854775807]";
    char sha256[TG_SHA256_HEX], again[TG_SHA256_HEX];
    ck_assert_tg_ok(tg_arrival_times_read_text(&times, &scenario, text, "log", &err), err);
    ck_assert_int_eq(scenario.log_ps[1], INT64_C(9007199254740993));
    char *printed = tg_arrival_times_print(&scenario, sha256);
    ck_assert_str_eq(printed, text);
    tg_sha256_bytes(text, strlen(text), again);
    ck_assert_str_eq(sha256, again);
    free(printed);
}
END_TEST

START_TEST(faults_are_named)
{
    static const struct {
        const char *log, *says;
    } files[] = {{"t_ns\n5\n4\n", "log.csv: line 3"},
                 {"t_ns\n-1\n", "log.csv: line 2: t_ns must be"},
                 {"t_ns\n1e300\n", "line 2"},
                 {"t_ns\n", "no arrivals"},
                 {"t_us\n1\n", "one column"}};
    static const char *const texts[] = {"",      "[]",      "[1,2",       "[2,1]",
                                        "[1,x]", "[1,2]  ", "{\"a\": 1}", "[99999999999999999999]"};
    ck_assert_int_ne(tg_arrival_times_read(&times, &scenario, scenario_file, &err), TG_OK);
    ck_assert_msg(strstr(err.text, log_file) != NULL, "%s", err.text);
    for (size_t i = 0; i < TG_COUNT(files); i++) {
        write_log(files[i].log);
        ck_assert_int_eq(tg_arrival_times_read(&times, &scenario, scenario_file, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, files[i].says) != NULL, "%s", err.text);
    }
    for (size_t i = 0; i < TG_COUNT(texts); i++) {
        ck_assert_int_eq(tg_arrival_times_read_text(&times, &scenario, texts[i], "the log", &err), TG_EINPUT);
        ck_assert_msg(strncmp(err.text, "the log: ", 9) == 0, "%s", err.text);
    }
    ck_assert_uint_eq(scenario.log_count, 0);
}
END_TEST

START_TEST(a_workload_without_a_log_reads_none)
{
    tg_scenario_release(&scenario);
    tg_test_scenario_read(&scenario, profile, SERVER, "", "");
    ck_assert_tg_ok(tg_arrival_times_read(&times, &scenario, scenario_file, &err), err);
    ck_assert_uint_eq(scenario.log_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arrival times");
    TCase *tc = tcase_create("arrival times");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_test(tc, a_log_is_read_beside_the_scenario);
    tcase_add_test(tc, text_gives_the_same_times);
    tcase_add_test(tc, faults_are_named);
    tcase_add_test(tc, a_workload_without_a_log_reads_none);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
