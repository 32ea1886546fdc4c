#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_test.h"
#include "tg_trace_set.h"

static char folder[64], set_folder[128];

static void make_folder(void)
{
    strcpy(folder, "/tmp/tg_set_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(set_folder, sizeof set_folder, "%s/deep/set", folder);
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void add_trace(struct tg_trace_set *set, const char *name, double cost_ns)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_trace_init(&trace, name, NULL, false, &err), err);
    tg_trace_append(&trace, 10, cost_ns, 1, 0);
    trace.observed_ns = 5e9;
    trace.threshold_ns = trace.is_jitter ? 300 : 0;
    ck_assert_tg_ok(tg_trace_set_add(set, &trace, "a test", &err), err);
}

static struct tg_trace_set make_set(void)
{
    struct tg_trace_set set = {0};
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_host_read(&set.host, &err), err);
    set.tool = strdup("tollgate test");
    set.skipped = cJSON_CreateObject();
    cJSON_AddStringToObject(set.skipped, "vm_exit", "no hypervisor");
    add_trace(&set, "syscall", 80);
    add_trace(&set, "jitter", 900);
    add_trace(&set, "signal", 700);
    return set;
}

static size_t entries_of(const char *path)
{
    DIR *dir = opendir(path);
    size_t n = 0;
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

START_TEST(a_set_survives_its_folder)
{
    struct tg_error err = {0};
    struct tg_trace_set out = make_set(), in;
    ck_assert_tg_ok(tg_trace_set_write(&out, set_folder, &err), err);
    ck_assert_tg_ok(tg_trace_set_write(&out, set_folder, &err), err);
    ck_assert_tg_ok(tg_trace_set_read(&in, set_folder, &err), err);
    ck_assert_uint_eq(in.count, 3);
    ck_assert_str_eq(in.traces[0].name, "jitter");
    ck_assert_double_eq(in.traces[0].observed_ns, 5e9);
    ck_assert_double_eq(in.traces[0].threshold_ns, 300);
    const struct tg_trace *trace = tg_trace_set_find(&in, "syscall");
    ck_assert_double_eq(trace->cost_ns[0], 80);
    ck_assert_uint_eq(strlen(trace->sha256), 64);
    ck_assert_str_eq(in.host.kernel, out.host.kernel);
    ck_assert_double_eq(in.host.tsc_hz, out.host.tsc_hz);
    ck_assert_uint_eq(in.host.mitigations.count, out.host.mitigations.count);
    ck_assert_str_eq(cJSON_GetObjectItem(in.skipped, "vm_exit")->valuestring, "no hypervisor");
    tg_trace_set_release(&in);
    tg_trace_set_release(&out);
}
END_TEST

START_TEST(writing_leaves_nothing_beside)
{
    struct tg_error err = {0};
    struct tg_trace_set set = make_set();
    char parent[128];
    ck_assert_tg_ok(tg_trace_set_write(&set, set_folder, &err), err);
    ck_assert_tg_ok(tg_trace_set_write(&set, set_folder, &err), err);
    snprintf(parent, sizeof parent, "%s/deep", folder);
    ck_assert_uint_eq(entries_of(parent), 3);
    set.traces[1].cost_ns[0] = -1;
    ck_assert_int_eq(tg_trace_set_write(&set, set_folder, &err), TG_EBUG);
    ck_assert_uint_eq(entries_of(parent), 3);
    tg_trace_set_release(&set);
    ck_assert_tg_ok(tg_trace_set_read(&set, set_folder, &err), err);
    tg_trace_set_release(&set);
}
END_TEST

START_TEST(a_folder_of_something_else_is_kept)
{
    struct tg_error err = {0};
    struct tg_trace_set set = make_set();
    char file[160];
    snprintf(file, sizeof file, "%s/thesis.tex", folder);
    ck_assert_tg_ok(tg_file_write(file, "x", 1, &err), err);
    ck_assert_int_eq(tg_trace_set_write(&set, folder, &err), TG_EENV);
    ck_assert(tg_file_exists(file));
    tg_trace_set_release(&set);
}
END_TEST

static void spoil(const char *name, const char *text)
{
    struct tg_error err = {0};
    char path[200];
    snprintf(path, sizeof path, "%s/%s", set_folder, name);
    if (text)
        ck_assert_tg_ok(tg_file_write(path, text, strlen(text), &err), err);
    else
        unlink(path);
}

START_TEST(spoiled_sets_are_refused_with_the_file_named)
{
    static const struct {
        const char *file, *text, *needle;
    } bad[] = {
        {"syscall.csv", "t_ns,cost_ns\n1,2\n3,",
         "/syscall.csv: line 3, column 3: the last line is cut short"},
        {"syscall.csv", "t_ns,cost_ns\n1,2\n3,4\n", "/syscall.csv: holds 2 samples, but host.json says 1"},
        {"syscall.csv", "t_ns,cost_ns\n1,2\n",
         "/syscall.csv: its SHA-256 is not the one that host.json gives"},
        {"signal.csv", NULL, "host.json lists a trace 'signal', but 'signal.csv' is not there"},
        {"host.json", NULL, "is no trace set: it has no host.json"},
        {"host.json", "{", "host.json: line 1, column 2: JSON ends too early"},
        {"host.json", "{\"schema\": 2}", "host.json: schema: expected 1"},
        {"host.json", "{\"schema\": 1, \"cpu_mode\": \"x\"}",
         "cpu_mode: unknown key; did you mean 'cpu_model'?"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_error err = {0};
        struct tg_trace_set set = make_set();
        ck_assert_tg_ok(tg_trace_set_write(&set, set_folder, &err), err);
        tg_trace_set_release(&set);
        spoil(bad[i].file, bad[i].text);
        ck_assert_int_eq(tg_trace_set_read(&set, set_folder, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle) != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(the_host_has_a_short_name)
{
    char slug[128];
    struct tg_host host = {.cpu_model = (char[]){"Intel(R) Xeon(R) CPU E5530 @ 2.40GHz"},
                           .cpu_signature = (char[]){"GenuineIntel 6-26-5"},
                           .kernel = (char[]){"3.13.0-24-generic"}};
    ck_assert_str_eq(tg_host_slug(&host, slug, sizeof slug), "xeon-e5530-6-26-linux-3.13");
    host.cpu_model = (char[]){"AMD EPYC"};
    host.cpu_signature = (char[]){"AuthenticAMD 26-2-1"};
    ck_assert_str_eq(tg_host_slug(&host, slug, sizeof slug), "epyc-26-2-linux-3.13");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace_set");
    TCase *tc = tcase_create("trace_set");
    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_add_test(tc, a_set_survives_its_folder);
    tcase_add_test(tc, writing_leaves_nothing_beside);
    tcase_add_test(tc, a_folder_of_something_else_is_kept);
    tcase_add_test(tc, spoiled_sets_are_refused_with_the_file_named);
    tcase_add_test(tc, the_host_has_a_short_name);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
