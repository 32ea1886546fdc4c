#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_test.h"
#include "tg_trace.h"

static int read_text(struct tg_trace *trace, const char *text, struct tg_error *err)
{
    return tg_trace_read_text(trace, text, strlen(text), "syscall", "syscall.csv", err);
}

START_TEST(columns_are_read_in_any_order)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    ck_assert_tg_ok(read_text(&trace, "size_bytes,cost_ns,t_ns,ops\n64,10.5,1,4\r\n128,20,1,8\n", &err), err);
    ck_assert_uint_eq(trace.count, 2);
    ck_assert_str_eq(trace.argument_name, "size_bytes");
    ck_assert_double_eq(trace.argument[1], 128);
    ck_assert_double_eq(trace.cost_ns[0], 10.5);
    ck_assert_double_eq(trace.t_ns[1], 1);
    ck_assert_double_eq(tg_trace_cost_per_op_ns(&trace, 1), 2.5);
    tg_trace_release(&trace);
}
END_TEST

START_TEST(absent_columns_are_null)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    ck_assert_tg_ok(read_text(&trace, "t_ns,cost_ns\n1,2\n", &err), err);
    ck_assert_ptr_null(trace.ops);
    ck_assert_ptr_null(trace.argument);
    ck_assert_double_eq(tg_trace_cost_per_op_ns(&trace, 0), 2);
    tg_trace_release(&trace);
}
END_TEST

START_TEST(jitter_may_have_no_gap)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    const char *text = "t_ns,stolen_ns\n";
    ck_assert_tg_ok(tg_trace_read_text(&trace, text, strlen(text), "jitter", "jitter.csv", &err), err);
    ck_assert(trace.is_jitter);
    ck_assert_uint_eq(trace.count, 0);
    tg_trace_release(&trace);
}
END_TEST

START_TEST(faults_name_line_column_and_cause)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        {"", "syscall.csv: the file is empty: a trace starts with a header row"},
        {"t_ns,cost_ns", "syscall.csv: line 1: the header row has no line end: the file is cut short"},
        {"t_ns,cost_ns\n", "syscall.csv: line 2: no samples after the header row"},
        {"t_ns,cost_ns\n1,2\n3,abc\n", "syscall.csv: line 3, column 3: cost_ns: 'abc' is not a number"},
        {"t_ns,cost_ns\n1,2\n3,4",
         "syscall.csv: line 3, column 4: the last line is cut short (it has no line end)"},
        {"t_ns,cost_ns\n1,2\n3",
         "syscall.csv: line 3, column 2: the last line is cut short (it has no line end)"},
        {"t_ns,cost_ns\n1,2\n3\n", "syscall.csv: line 3, column 2: the line ends before column 'cost_ns'"},
        {"t_ns,cost_ns\n1,2,3\n", "syscall.csv: line 2, column 4: more values than the header's 2 columns"},
        {"t_ns,cost_ns\n1,\n", "syscall.csv: line 2, column 3: cost_ns: no value"},
        {"t_ns,cost_ns\n1,2x\n", "syscall.csv: line 2, column 3: cost_ns: '2x' is not a number"},
        {"t_ns,cost_ns\n1,-2\n", "syscall.csv: line 2, column 3: cost_ns: '-2' is negative"},
        {"t_ns,cost_ns\n1,nan\n", "syscall.csv: line 2, column 3: cost_ns: 'nan' is not a number"},
        {"t_ns,cost_ns\n5,1\n4,1\n",
         "syscall.csv: line 3, column 1: t_ns: '4' is earlier than the row above: time must not go back"},
        {"t_ns,cost_ns\n1,2\n\n3,4\n", "syscall.csv: line 3, column 1: an empty line"},
        {"cost_ns\n1\n", "syscall.csv: line 1: column 't_ns' is missing"},
        {"t_ns,ops\n1,1\n", "syscall.csv: line 1: column 'cost_ns' is missing"},
        {"t_ns,cost\n1,1\n",
         "syscall.csv: line 1, column 6: column 'cost' has no unit in its name, 'cost_ns'"},
        {"t_ns,cost_ns,size\n",
         "syscall.csv: line 1, column 14: column 'size' has no unit in its name, as 'size_bytes' has"},
        {"t_ns,cost_ns,t_ns\n", "syscall.csv: line 1, column 14: column 't_ns' is there twice"},
        {"t_ns,cost_ns,a_bytes,b_bytes\n",
         "syscall.csv: line 1, column 22: 'b_bytes' is a second argument after 'a_bytes': a trace has one"},
        {"t_ns,cost_ns,ops\n1,1,0.5\n",
         "syscall.csv: line 2, column 5: ops: '0.5' is not a whole number from 1"},
        {"t_ns,,cost_ns\n", "syscall.csv: line 1, column 6: a column without a name"},
        {"t_ns, cost_ns\n",
         "syscall.csv: line 1, column 6: ' cost_ns' cannot name a column: a-z, 0-9 and '_', a letter first"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_trace trace;
        struct tg_error err = {0};
        ck_assert_int_eq(read_text(&trace, bad[i].text, &err), TG_EINPUT);
        ck_assert_str_eq(err.text, bad[i].sentence);
    }
}
END_TEST

START_TEST(a_trace_survives_its_file)
{
    char folder[] = "/tmp/tg_trace_XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/copy_byte.csv", folder);
    struct tg_trace out, in;
    struct tg_error err = {0};
    enum { SAMPLES = 20000 };
    ck_assert_tg_ok(tg_trace_init(&out, "copy_byte", "size_bytes", true, &err), err);
    ck_assert_tg_ok(tg_trace_reserve(&out, SAMPLES, &err), err);
    for (int i = 0; i < SAMPLES; i++)
        tg_trace_append(&out, i * 1000.5, (i * 7919 % 1000) / 3.0, 1 + i % 5, 64 << i % 8);
    ck_assert_tg_ok(tg_trace_write(&out, path, &err), err);
    ck_assert_tg_ok(tg_trace_read(&in, path, &err), err);
    ck_assert_str_eq(in.name, "copy_byte");
    ck_assert_str_eq(in.sha256, out.sha256);
    ck_assert_uint_eq(in.count, SAMPLES);
    ck_assert_mem_eq(in.t_ns, out.t_ns, SAMPLES * sizeof(double));
    ck_assert_mem_eq(in.cost_ns, out.cost_ns, SAMPLES * sizeof(double));
    ck_assert_mem_eq(in.ops, out.ops, SAMPLES * sizeof(double));
    ck_assert_mem_eq(in.argument, out.argument, SAMPLES * sizeof(double));
    tg_trace_release(&in);
    tg_trace_release(&out);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_written)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_trace_init(&trace, "syscall", NULL, false, &err), err);
    tg_trace_append(&trace, 1, -1, 1, 0);
    ck_assert_int_eq(tg_trace_write(&trace, "/nonexistent/syscall.csv", &err), TG_EBUG);
    ck_assert_str_eq(err.text, "trace 'syscall': sample 1 has a cost that is negative or no number");
    trace.cost_ns[0] = 1;
    ck_assert_int_eq(tg_trace_write(&trace, "/nonexistent/syscall.csv", &err), TG_EENV);
    tg_trace_release(&trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tc = tcase_create("trace");
    tcase_add_test(tc, columns_are_read_in_any_order);
    tcase_add_test(tc, absent_columns_are_null);
    tcase_add_test(tc, jitter_may_have_no_gap);
    tcase_add_test(tc, faults_name_line_column_and_cause);
    tcase_add_test(tc, a_trace_survives_its_file);
    tcase_add_test(tc, what_cannot_be_read_is_not_written);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
