#include "tg_expression.h"

#include <stdio.h>
#include <string.h>

#include "tg_segment.h"
#include "tg_test.h"

enum { CODE_BYTES = 32768 };

static uint8_t code[CODE_BYTES];

static int compile(const char *text, size_t *size, struct tg_error *err)
{
    struct tg_i386 out = {.code = code, .capacity = sizeof code};
    int rc = tg_expression_compile(text, &out, err);
    *size = out.size;
    return rc;
}

START_TEST(faults_are_named_by_column)
{
    static const struct {
        const char *text, *needle;
    } bad[] = {
        {"", "column 1: the program is empty"},
        {"1 +", "column 4: expected a value"},
        {"(1", "column 3: expected ')'"},
        {"x", "column 1: the variable has no value yet"},
        {"a8", "column 1: the last argument is a7"},
        {"1 $ 2", "column 3: an unknown character"},
        {"08x", "column 1: not a number"},
        {"4294967296", "column 1: the number does not fit"},
        {"1 2", "column 3: expected ';' or an operator"},
        {"while (1) 2", "column 11: expected '{'"},
        {"mem = 3", "column 1: the name is taken"},
        {"a_name_of_more_than_thirty_one_characters = 1", "longer than 31"},
        {"}", "column 1: expected ';'"},
        {"if (1) { 2 ", "expected '}'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tg_error err = {0};
        size_t size;
        ck_assert_int_eq(compile(bad[i].text, &size, &err), TG_EINPUT);
        ck_assert_msg(strstr(err.text, bad[i].needle) != NULL, "'%s': %s", bad[i].text, err.text);
    }
}
END_TEST

START_TEST(limits_are_told)
{
    struct tg_error err = {0};
    size_t size;
    static char deep[2 * TG_EXPRESSION_DEPTH_MAX + 2];
    memset(deep, '(', sizeof deep - 1);
    ck_assert_int_eq(compile(deep, &size, &err), TG_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "nested too deeply"));
    struct tg_i386 small = {.code = code, .capacity = 16};
    ck_assert_int_eq(tg_expression_compile("1+2", &small, &err), TG_ELIMIT);
    ck_assert_uint_le(small.size, 16);
}
END_TEST

/* Random expressions, written as text and evaluated by C at the same time. */
struct writer {
    char text[8192];
    size_t length;
    uint64_t state;
    const int32_t *arguments;
};

static unsigned draw(struct writer *w, unsigned bound)
{
    w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(w->state >> 33) % bound;
}

static void write_text(struct writer *w, const char *text)
{
    size_t length = strlen(text);
    ck_assert_uint_lt(w->length + length, sizeof w->text);
    memcpy(w->text + w->length, text, length + 1);
    w->length += length;
}

static int32_t write_leaf(struct writer *w)
{
    char text[16];
    if (draw(w, 2)) {
        unsigned argument = draw(w, TG_EXPRESSION_ARGUMENTS_MAX);
        snprintf(text, sizeof text, "a%u", argument);
        write_text(w, text);
        return w->arguments[argument];
    }
    uint32_t number = draw(w, 4) ? draw(w, 100) : draw(w, 1u << 30) * 4u + draw(w, 4);
    snprintf(text, sizeof text, draw(w, 2) ? "%u" : "0x%x", number);
    write_text(w, text);
    return (int32_t)number;
}

static int32_t evaluate(unsigned operation, int32_t a, int32_t b)
{
    uint32_t ua = (uint32_t)a, ub = (uint32_t)b;
    switch (operation) {
    case 0:
        return (int32_t)(ua + ub);
    case 1:
        return (int32_t)(ua - ub);
    case 2:
        return (int32_t)(ua * ub);
    case 3:
        return a & b;
    case 4:
        return a | b;
    case 5:
        return a ^ b;
    case 6:
        return a == b;
    case 7:
        return a != b;
    case 8:
        return a < b;
    case 9:
        return a <= b;
    case 10:
        return a > b;
    case 11:
        return a >= b;
    case 12:
        return a && b;
    default:
        return a || b;
    }
}

static int32_t write_expression(struct writer *w, int depth)
{
    static const char *const operators[] = {
        "+", "-", "*", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||"};
    if (depth == 0 || draw(w, 8) == 0)
        return write_leaf(w);
    unsigned operation = draw(w, 18);
    if (operation >= 14) {
        static const char *const forms[] = {"-(", "~(", "!(", "host("};
        write_text(w, forms[operation - 14]);
        int32_t value = write_expression(w, depth - 1);
        write_text(w, ")");
        const int32_t results[] = {(int32_t) - (uint32_t)value, ~value, !value, value};
        return results[operation - 14];
    }
    write_text(w, "(");
    int32_t left = write_expression(w, depth - 1);
    write_text(w, ")");
    write_text(w, operators[operation]);
    write_text(w, "(");
    int32_t right = write_expression(w, depth - 1);
    write_text(w, ")");
    return evaluate(operation, left, right);
}

static struct tg_segment *open_segment(void)
{
    static const struct tg_segment_sizes sizes = {CODE_BYTES + TG_STUB_BYTES, 64, 8192};
    struct tg_error err = {0};
    struct tg_segment *segment;
    ck_assert_tg_ok(tg_segment_open(&segment, &sizes, &err), err);
    return segment;
}

static int32_t run(struct tg_segment *segment, const char *text, const int32_t *arguments)
{
    struct tg_error err = {0};
    size_t size;
    int32_t result;
    ck_assert_msg(compile(text, &size, &err) == TG_OK, "'%s': %s", text, err.text);
    ck_assert_tg_ok(tg_segment_link(segment, code, size, &err), err);
    ck_assert_tg_ok(tg_segment_call(segment, arguments, TG_EXPRESSION_ARGUMENTS_MAX, &result, &err), err);
    return result;
}

START_TEST(random_expressions_agree_with_c)
{
    enum { EXPRESSIONS = 2000 };
    static const int32_t arguments[8] = {0, 1, -1, 7, -1000, INT32_MAX, INT32_MIN, 123456};
    struct writer w = {.state = 20040506, .arguments = arguments};
    struct tg_segment *segment = open_segment();
    for (int i = 0; i < EXPRESSIONS; i++) {
        w.length = 0;
        int32_t expected = write_expression(&w, 6);
        int32_t got = run(segment, w.text, arguments);
        ck_assert_msg(got == expected, "'%s' gave %d, not %d", w.text, got, expected);
    }
    tg_segment_close(segment);
}
END_TEST

START_TEST(precedence_and_statements_are_those_of_c)
{
    static const int32_t a[8] = {10, 3, 0, 0, 0, 0, 0, 0};
    const int32_t a0 = a[0], a1 = a[1];
    const struct {
        const char *text;
        int32_t value;
    } programs[] = {
        {"a0 - a1 - 1", a0 - a1 - 1},
        {"a0 / a1 * 2 + a0 % a1", a0 / a1 * 2 + a0 % a1},
        {"-a0 / a1", -a0 / a1},
        {"-a0 % a1", -a0 % a1},
        {"1 + 2 << a1 - 1 == 12", 1},
        {"a0 & 6 | a1 ^ 5", (a0 & 6) | (a1 ^ 5)},
        {"1 | 0 && 0", 0},
        {"1 || 0 && 0", 1},
        {"-a0 >> 1", -5},
        {"- - ~!0", ~1},
        {"a2 && 1 / a2", 0},
        {"a0 || 1 / a2", 1},
        {"a0 = a0 + 1; a0", 11},
        {"n = a0; f = 1; while (n > 1) { f = f * n; n = n - 1 }; f", 3628800},
        {"if (a0 > 5) { 1 } else { 2 }", 1},
        {"if (a0 < 5) { 1 } else { 2 }", 2},
        {"x = 0; i = 0; while (i < 10) { if (i % 2) { x = x + i }; i = i + 1 }; x", 25},
        {"mem[mem[4] + 4] = 5; mem[0] = 8; mem[mem[0] - 4]", 5},
        {"mem[8] == 0", 1},
        {";; 4 ;", 4},
    };
    struct tg_segment *segment = open_segment();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        int32_t got = run(segment, programs[i].text, a);
        ck_assert_msg(got == programs[i].value, "'%s' gave %d, not %d", programs[i].text, got,
                      programs[i].value);
    }
    tg_segment_close(segment);
}
END_TEST

int main(void)
{
    struct tg_error why = {0};
    Suite *suite = suite_create("expression");
    TCase *tc = tcase_create("expression");
    tcase_add_test(tc, faults_are_named_by_column);
    tcase_add_test(tc, limits_are_told);
    if (tg_segment_available(&why) == TG_OK) {
        tcase_add_test(tc, random_expressions_agree_with_c);
        tcase_add_test(tc, precedence_and_statements_are_those_of_c);
    } else {
        printf("generated code is not run: %s\n", why.text);
    }
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
