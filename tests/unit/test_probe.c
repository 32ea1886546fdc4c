#include <stdio.h>
#include <string.h>

#include "tg_file.h"
#include "tg_plugin_timer.h"
#include "tg_probe.h"
#include "tg_test.h"

START_TEST(every_probe_can_be_described)
{
    for (size_t i = 0; i < tg_probe_count(); i++) {
        struct tg_probe_info info, other;
        bool known;
        tg_probe_describe(i, &info);
        ck_assert_msg(tg_trace_name_ok(info.name), "%s", info.name);
        ck_assert_msg(strlen(info.what) > 20, "%s", info.name);
        ck_assert_msg(info.available || *info.reason, "%s", info.name);
        tg_probe_nearest(info.name, &known);
        ck_assert(known);
        for (size_t k = 0; k < i; k++) {
            tg_probe_describe(k, &other);
            ck_assert_str_ne(info.name, other.name);
        }
    }
}
END_TEST

START_TEST(every_probe_is_documented)
{
    struct tg_error err = {0};
    char *text;
    ck_assert_tg_ok(tg_file_read(TG_SOURCE_FOLDER "/docs/probes.md", &text, NULL, &err), err);
    for (size_t i = 0; i < tg_probe_count(); i++) {
        struct tg_probe_info info;
        char heading[128];
        tg_probe_describe(i, &info);
        snprintf(heading, sizeof heading, "\n### `%s`", info.name);
        ck_assert_msg(strstr(text, heading) != NULL, "docs/probes.md does not tell of '%s'", info.name);
    }
    free(text);
}
END_TEST

START_TEST(every_operation_of_plugins_is_measured)
{
    for (int i = 0; i < TG_PLUGIN_OPERATIONS; i++) {
        bool known;
        tg_probe_nearest(tg_plugin_operation_name((enum tg_plugin_operation)i), &known);
        ck_assert_msg(known, "%s", tg_plugin_operation_name((enum tg_plugin_operation)i));
    }
}
END_TEST

static struct tg_probe_settings small_session(struct tg_strings *names, const char *const *list)
{
    struct tg_probe_settings settings = tg_probe_settings_quick();
    for (; *list; list++)
        tg_strings_add(names, *list);
    settings.only = names;
    settings.budget_s = 2;
    settings.jitter_s = 0.05;
    settings.samples_min = 20;
    settings.samples_max = 101;
    return settings;
}

START_TEST(a_session_keeps_raw_samples_in_order)
{
    static const char *const list[] = {"function_call",  "syscall", "signal", "page_fault",
                                       "context_switch", "jitter",  NULL};
    struct tg_strings names = {0};
    struct tg_probe_settings settings = small_session(&names, list);
    struct tg_trace_set set;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_probe_session(&settings, &set, &err), err);
    for (int i = 0; list[i]; i++) {
        const struct tg_trace *trace = tg_trace_set_find(&set, list[i]);
        ck_assert_msg(trace != NULL, "%s", list[i]);
        for (size_t k = 0; k < trace->count; k++) {
            ck_assert(trace->cost_ns[k] >= 0);
            ck_assert(!k || trace->t_ns[k] >= trace->t_ns[k - 1]);
        }
        if (trace->is_jitter) {
            ck_assert_double_gt(trace->observed_ns, 0);
            ck_assert_double_gt(trace->threshold_ns, 0);
            continue;
        }
        size_t most = trace->argument ? 3 * 101 : 101;
        ck_assert_msg(trace->count >= 5 && trace->count <= most, "%s: %zu samples", list[i], trace->count);
    }
    ck_assert_ptr_null(set.skipped->child);
    tg_trace_set_release(&set);
    tg_strings_release(&names);
}
END_TEST

/* Those that need a second core, a network or rights may not be able to run here, and say why. */
START_TEST(a_probe_measures_or_says_why_not)
{
    static const char *const list[] = {"udp_receive_batch_remote",
                                       "udp_deliver_batch_remote",
                                       "udp_deliver_container_remote",
                                       "udp_reply_container_remote",
                                       "after_signal_udp",
                                       "after_page_fault_udp",
                                       "after_vm_exit_udp",
                                       "plugin_round",
                                       "xdp_answer",
                                       "xdp_answer_dropped",
                                       "xdp_answer_single",
                                       "udp_send_napi",
                                       "udp_send_napi_wake",
                                       NULL};
    struct tg_strings names = {0};
    struct tg_probe_settings settings = small_session(&names, list);
    struct tg_trace_set set;
    struct tg_error err = {0};
    int rc = tg_probe_session(&settings, &set, &err);
    if (rc == TG_EENV) {
        printf("not checked: %s\n", err.text);
        return;
    }
    ck_assert_tg_ok(rc, err);
    for (int i = 0; list[i]; i++) {
        const cJSON *reason = cJSON_GetObjectItem(set.skipped, list[i]);
        if (reason)
            printf("not checked: %s: %s\n", list[i], reason->valuestring);
        else
            ck_assert_msg(tg_trace_set_find(&set, list[i]) != NULL, "%s", list[i]);
    }
    tg_trace_set_release(&set);
    tg_strings_release(&names);
}
END_TEST

START_TEST(an_unknown_probe_is_refused_with_the_nearest)
{
    static const char *const list[] = {"sycall", NULL};
    struct tg_strings names = {0};
    struct tg_probe_settings settings = small_session(&names, list);
    struct tg_trace_set set;
    struct tg_error err = {0};
    ck_assert_int_eq(tg_probe_session(&settings, &set, &err), TG_EUSAGE);
    ck_assert_str_eq(err.text, "there is no probe 'sycall'; did you mean 'syscall'?");
    tg_strings_release(&names);
}
END_TEST

START_TEST(a_cpu_that_is_not_there_is_refused)
{
    static const char *const list[] = {"syscall", NULL};
    struct tg_strings names = {0};
    struct tg_probe_settings settings = small_session(&names, list);
    struct tg_trace_set set;
    struct tg_error err = {0};
    settings.cpu = 1023;
    ck_assert_int_eq(tg_probe_session(&settings, &set, &err), TG_EUSAGE);
    ck_assert_str_eq(err.text, "cannot measure on CPU 1023: there is none, or it is not allowed");
    tg_strings_release(&names);
}
END_TEST

static int stop_at_once(void)
{
    return 1;
}

START_TEST(an_interrupted_session_keeps_nothing)
{
    static const char *const list[] = {"syscall", "context_switch", NULL};
    struct tg_strings names = {0};
    struct tg_probe_settings settings = small_session(&names, list);
    struct tg_trace_set set;
    struct tg_error err = {0};
    settings.interrupted = stop_at_once;
    ck_assert_int_eq(tg_probe_session(&settings, &set, &err), TG_EINTERRUPTED);
    ck_assert_uint_eq(set.count, 0);
    tg_strings_release(&names);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe");
    TCase *tc = tcase_create("probe");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, every_probe_can_be_described);
    tcase_add_test(tc, every_probe_is_documented);
    tcase_add_test(tc, every_operation_of_plugins_is_measured);
    tcase_add_test(tc, a_session_keeps_raw_samples_in_order);
    tcase_add_test(tc, a_probe_measures_or_says_why_not);
    tcase_add_test(tc, an_unknown_probe_is_refused_with_the_nearest);
    tcase_add_test(tc, a_cpu_that_is_not_there_is_refused);
    tcase_add_test(tc, an_interrupted_session_keeps_nothing);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
