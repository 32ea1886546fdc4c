#include "tg_segment.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_expression.h"
#include "tg_test.h"

enum { SKIPPED = 77, CODE_BYTES = 8192 };

static const struct tg_segment_sizes sizes = {CODE_BYTES, 100, 4096};
static struct tg_segment *segment;

static void link_program(const char *text)
{
    struct tg_error err = {0};
    static uint8_t code[CODE_BYTES];
    struct tg_i386 out = {.code = code, .capacity = sizeof code};
    ck_assert_tg_ok(tg_expression_compile(text, &out, &err), err);
    ck_assert_tg_ok(tg_segment_link(segment, code, out.size, &err), err);
}

static int32_t call_program(const char *text, const int32_t *arguments, unsigned count)
{
    struct tg_error err = {0};
    int32_t result;
    link_program(text);
    ck_assert_tg_ok(tg_segment_call(segment, arguments, count, &result, &err), err);
    return result;
}

static void open_segment(void)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_segment_open(&segment, &sizes, &err), err);
}

static void close_segment(void)
{
    tg_segment_close(segment);
}

START_TEST(arguments_go_in_and_a_result_comes_out)
{
    int32_t arguments[8] = {1, -2, 3, 40, 500, 6000, 70000, INT32_MIN};
    ck_assert_int_eq(call_program("a0 + a1 * a2", arguments, 3), -5);
    ck_assert_int_eq(call_program("a0+a1+a2+a3+a4+a5+a6", arguments, 7), 76542);
    ck_assert_int_eq(call_program("a7", arguments, 8), INT32_MIN);
    ck_assert_int_eq(call_program("a7", arguments, 2), 0);
}
END_TEST

/* A call must look like any other call to the code around it: all that the C calling convention preserves
 * is preserved, which the compiler's own use of registers in this loop puts to the test. */
START_TEST(many_calls_leave_the_host_as_it_was)
{
    struct tg_error err = {0};
    double weight = 0.5;
    int64_t sum = 0, large = INT64_C(0x123456789abcdef);
    link_program("mem[0] = mem[0] + a0; mem[0]");
    for (int32_t i = 1; i <= 100000; i++) {
        int32_t result;
        ck_assert_int_eq(tg_segment_call(segment, &i, 1, &result, &err), TG_OK);
        sum += result;
        large ^= (int64_t)i << 32;
        weight += (double)i;
    }
    int64_t expected = 0, running = 0, expected_large = INT64_C(0x123456789abcdef);
    for (int32_t i = 1; i <= 100000; i++) {
        running += i;
        expected += (int32_t)running;
        expected_large ^= (int64_t)i << 32;
    }
    ck_assert_int_eq(sum, expected);
    ck_assert_int_eq(large, expected_large);
    ck_assert_double_eq(weight, 0.5 + 100000.0 * 100001 / 2);
}
END_TEST

START_TEST(data_is_shared_with_the_host)
{
    int32_t words[25], arguments[1] = {7};
    for (int i = 0; i < 25; i++)
        words[i] = i * i;
    link_program("i = 0; s = 0; while (i < 25) { s = s + mem[4*i]; mem[4*i] = s; i = i + 1 }; s");
    memcpy(tg_segment_data(segment), words, sizeof words);
    struct tg_error err = {0};
    int32_t result;
    ck_assert_tg_ok(tg_segment_call(segment, arguments, 1, &result, &err), err);
    ck_assert_int_eq(result, 4900);
    memcpy(words, tg_segment_data(segment), sizeof words);
    ck_assert_int_eq(words[2], 5);
    ck_assert_int_eq(words[24], 4900);
}
END_TEST

static int32_t remember(void *context, int32_t value)
{
    *(int64_t *)context += value;
    return -value;
}

START_TEST(a_plugin_calls_back_into_its_host)
{
    int64_t seen = 0;
    int32_t argument = 1000;
    tg_segment_set_callback(segment, remember, &seen);
    ck_assert_int_eq(call_program("x = host(a0); y = host(x + 1) + host(2) * 3; x * 100 + y", &argument, 1),
                     -100000 + 999 - 6);
    ck_assert_int_eq(seen, 1000 - 999 + 2);
    tg_segment_set_callback(segment, NULL, NULL);
    ck_assert_int_eq(call_program("host(a0) + 1", &argument, 1), 1001);
}
END_TEST

static const struct {
    const char *program, *reason;
} misbehaviours[] = {
    {"mem[97]", "data or code segment"}, /* the last byte of four is one too far */
    {"mem[100]", "data or code segment"},
    {"mem[0-1]", "data or code segment"},
    {"mem[0x10000000] = 1", "data or code segment"},
    {"i = 0; while (1) { mem[i] = i; i = i + 4 }", "data or code segment"},
    {"1 / a0", "divided by zero"},
    {"(0-0x7fffffff-1) % (0-1)", "overflowed a division"},
    {"while (1) { 0 }", "processor time"},
    {"while (1) { host(1) }", "processor time"},
};

START_TEST(a_misbehaving_plugin_is_killed_and_its_host_lives)
{
    struct tg_error err = {0};
    int32_t result, argument = 0;
    link_program(misbehaviours[_i].program);
    tg_segment_set_budget(segment, 20000000);
    ck_assert_int_eq(tg_segment_call(segment, &argument, 1, &result, &err), TG_ECHECK);
    ck_assert_msg(strstr(err.text, misbehaviours[_i].reason) != NULL, "%s", err.text);
    ck_assert_int_eq(tg_segment_call(segment, &argument, 1, &result, &err), TG_EUSAGE);
    argument = 20;
    ck_assert_int_eq(call_program("mem[96] = a0; mem[96] + 1", &argument, 1), 21);
}
END_TEST

START_TEST(a_plugin_that_overruns_its_stack_is_killed)
{
    char text[4096] = "";
    for (int i = 0; i < 300; i++)
        strcat(text, "1+(");
    strcat(text, "1");
    for (int i = 0; i < 300; i++)
        strcat(text, ")");
    ck_assert_int_eq(call_program(text, NULL, 0), 301);
    tg_segment_close(segment);
    struct tg_error err = {0};
    const struct tg_segment_sizes small = {CODE_BYTES, 100, 1024};
    ck_assert_tg_ok(tg_segment_open(&segment, &small, &err), err);
    link_program(text);
    int32_t result;
    ck_assert_int_eq(tg_segment_call(segment, NULL, 0, &result, &err), TG_ECHECK);
    ck_assert_msg(strstr(err.text, "stack segment") != NULL, "%s", err.text);
}
END_TEST

START_TEST(code_that_runs_off_its_segment_is_killed)
{
    struct tg_error err = {0};
    int32_t result;
    ck_assert_tg_ok(tg_segment_link(segment, (const uint8_t[]){0x90, 0x90}, 2, &err), err);
    ck_assert_int_eq(tg_segment_call(segment, NULL, 0, &result, &err), TG_ECHECK);
    ck_assert_msg(strstr(err.text, "offset 0x32 ") != NULL, "%s", err.text);
    ck_assert_tg_ok(tg_segment_link(segment, (const uint8_t[]){0x0f, 0x0b}, 2, &err), err);
    ck_assert_int_eq(tg_segment_call(segment, NULL, 0, &result, &err), TG_ECHECK);
    ck_assert_msg(strstr(err.text, "undefined instruction") != NULL, "%s", err.text);
}
END_TEST

/* The code segment may be executed only: reading through cs faults, whatever the offset. */
START_TEST(code_cannot_be_read)
{
    static const uint8_t read_code[] = {0x2e, 0xa1, 0x00, 0x00, 0x00, 0x00, 0xcb}; /* mov eax, cs:[0]; lret */
    struct tg_error err = {0};
    int32_t result;
    ck_assert_tg_ok(tg_segment_link(segment, read_code, sizeof read_code, &err), err);
    ck_assert_int_eq(tg_segment_call(segment, NULL, 0, &result, &err), TG_ECHECK);
}
END_TEST

START_TEST(the_hosts_own_faults_stay_its_own)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        tg_segment_close(segment);
        open_segment();
        volatile int *volatile nowhere = (volatile int *)(uintptr_t)8;
        *nowhere = 1;
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    /* By the signal, or by a sanitizer that reports it. */
    ck_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != 0);
}
END_TEST

START_TEST(two_plugins_cannot_touch_each_other)
{
    struct tg_error err = {0};
    struct tg_segment *mine = segment;
    int32_t result, argument = 77;
    ck_assert_int_eq(call_program("mem[0] = a0", &argument, 1), 77);
    open_segment();
    ck_assert_int_eq(call_program("mem[0]", NULL, 0), 0);
    link_program("i = 0; while (1) { mem[i] = 0; i = i + 4 }");
    ck_assert_int_eq(tg_segment_call(segment, NULL, 0, &result, &err), TG_ECHECK);
    tg_segment_close(segment);
    segment = mine;
    int32_t word;
    memcpy(&word, tg_segment_data(segment), sizeof word);
    ck_assert_int_eq(word, 77);
    ck_assert_tg_ok(tg_segment_call(segment, &argument, 1, &result, &err), err);
}
END_TEST

int main(void)
{
    struct tg_error why = {0};
    if (tg_segment_available(&why)) {
        printf("skipped: %s\n", why.text);
        return SKIPPED;
    }
    Suite *suite = suite_create("segment");
    TCase *tc = tcase_create("segment");
    tcase_add_checked_fixture(tc, open_segment, close_segment);
    tcase_add_test(tc, arguments_go_in_and_a_result_comes_out);
    tcase_add_test(tc, many_calls_leave_the_host_as_it_was);
    tcase_add_test(tc, data_is_shared_with_the_host);
    tcase_add_test(tc, a_plugin_calls_back_into_its_host);
    tcase_add_loop_test(tc, a_misbehaving_plugin_is_killed_and_its_host_lives, 0,
                        sizeof misbehaviours / sizeof *misbehaviours);
    tcase_add_test(tc, a_plugin_that_overruns_its_stack_is_killed);
    tcase_add_test(tc, code_that_runs_off_its_segment_is_killed);
    tcase_add_test(tc, code_cannot_be_read);
    tcase_add_test(tc, the_hosts_own_faults_stay_its_own);
    tcase_add_test(tc, two_plugins_cannot_touch_each_other);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
