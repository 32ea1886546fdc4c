#include "tg_expression.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 32 };

enum token { END, NUMBER, NAME, SYMBOL };

struct compiler {
    const char *text;
    const char *at;    /* behind the current token */
    const char *begin; /* of the current token */
    enum token token;
    int32_t number;
    char word[NAME_MAX_BYTES]; /* a name, or a symbol of one or two characters */
    char variables[TG_EXPRESSION_VARIABLES_MAX][NAME_MAX_BYTES];
    unsigned variable_count;
    unsigned depth;
    struct tg_i386 *out;
    struct tg_error *err;
    int rc;
};

static void fail(struct compiler *c, int code, const char *what)
{
    if (!c->rc)
        c->rc = tg_error_set(c->err, code, "column %ld: %s", (long)(c->begin - c->text) + 1, what);
    c->token = END;
    c->at = c->begin + strlen(c->begin);
}

static void scan_number(struct compiler *c)
{
    char *end;
    errno = 0;
    bool hexadecimal = c->begin[0] == '0' && (c->begin[1] == 'x' || c->begin[1] == 'X');
    unsigned long long value = strtoull(c->begin, &end, hexadecimal ? 16 : 10);
    c->token = NUMBER;
    c->at = end;
    c->number = (int32_t)(uint32_t)value;
    if (errno || value > UINT32_MAX)
        fail(c, TG_EINPUT, "the number does not fit 32 bits");
    else if (isalnum((unsigned char)*end) || *end == '_' || *end == '.')
        fail(c, TG_EINPUT, "not a number");
}

static void scan_name(struct compiler *c)
{
    size_t length = 0;
    while (isalnum((unsigned char)c->begin[length]) || c->begin[length] == '_')
        length++;
    if (length >= NAME_MAX_BYTES) {
        fail(c, TG_EINPUT, "the name is longer than 31 characters");
        return;
    }
    memcpy(c->word, c->begin, length);
    c->word[length] = '\0';
    c->token = NAME;
    c->at = c->begin + length;
}

static void scan_symbol(struct compiler *c)
{
    static const char *const pairs[] = {"||", "&&", "==", "!=", "<=", ">=", "<<", ">>"};
    size_t length = 1;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strncmp(c->begin, pairs[i], 2) == 0)
            length = 2;
    }
    if (!strchr("|&^=!<>+-*/%~()[]{};", *c->begin)) {
        fail(c, TG_EINPUT, "an unknown character");
        return;
    }
    memcpy(c->word, c->begin, length);
    c->word[length] = '\0';
    c->token = SYMBOL;
    c->at = c->begin + length;
}

static void advance(struct compiler *c)
{
    while (isspace((unsigned char)*c->at))
        c->at++;
    c->begin = c->at;
    *c->word = '\0';
    if (!*c->begin)
        c->token = END;
    else if (isdigit((unsigned char)*c->begin))
        scan_number(c);
    else if (isalpha((unsigned char)*c->begin) || *c->begin == '_')
        scan_name(c);
    else
        scan_symbol(c);
}

static bool at_symbol(const struct compiler *c, const char *symbol)
{
    return c->token == SYMBOL && strcmp(c->word, symbol) == 0;
}

static bool at_name(const struct compiler *c, const char *name)
{
    return c->token == NAME && strcmp(c->word, name) == 0;
}

static void expect(struct compiler *c, const char *symbol)
{
    if (at_symbol(c, symbol)) {
        advance(c);
    } else {
        char what[32] = "expected '";
        strcat(strcat(what, symbol), "'");
        fail(c, TG_EINPUT, what);
    }
}

static bool go_deeper(struct compiler *c)
{
    if (++c->depth <= TG_EXPRESSION_DEPTH_MAX)
        return true;
    fail(c, TG_ELIMIT, "nested too deeply");
    return false;
}

/* The offset from ebp of an argument (above the saved ebp and the far return address) or a variable. A name
 * not yet seen becomes a variable if it may; otherwise it is a fault. */
static int32_t frame_offset(struct compiler *c, const char *name, bool may_define)
{
    if (name[0] == 'a' && isdigit((unsigned char)name[1]) && !name[2]) {
        unsigned argument = (unsigned)(name[1] - '0');
        if (argument >= TG_EXPRESSION_ARGUMENTS_MAX)
            fail(c, TG_EINPUT, "the last argument is a7");
        return 12 + 4 * (int32_t)argument;
    }
    for (unsigned i = 0; i < c->variable_count; i++) {
        if (strcmp(c->variables[i], name) == 0)
            return -4 - 4 * (int32_t)i;
    }
    if (!may_define) {
        fail(c, TG_EINPUT, "the variable has no value yet");
        return 0;
    }
    if (c->variable_count == TG_EXPRESSION_VARIABLES_MAX) {
        fail(c, TG_ELIMIT, "more than 64 variables");
        return 0;
    }
    strcpy(c->variables[c->variable_count], name);
    return -4 - 4 * (int32_t)c->variable_count++;
}

static void compile_expression(struct compiler *c, int level);

static void compile_bracketed(struct compiler *c, const char *open, const char *close)
{
    expect(c, open);
    compile_expression(c, 0);
    expect(c, close);
}

static void compile_primary(struct compiler *c)
{
    if (c->token == NUMBER) {
        tg_i386_constant(c->out, c->number);
        advance(c);
    } else if (at_symbol(c, "(")) {
        compile_bracketed(c, "(", ")");
    } else if (at_name(c, "mem")) {
        advance(c);
        compile_bracketed(c, "[", "]");
        tg_i386_load(c->out);
    } else if (at_name(c, "host")) {
        advance(c);
        compile_bracketed(c, "(", ")");
        tg_i386_call(c->out, TG_STUB_BYTES, TG_STUB_HOST);
    } else if (c->token == NAME) {
        tg_i386_load_frame(c->out, frame_offset(c, c->word, false));
        advance(c);
    } else {
        fail(c, TG_EINPUT, "expected a value");
    }
}

static void compile_unary(struct compiler *c)
{
    static const struct {
        const char *symbol;
        enum tg_i386_unary operation;
    } unary[] = {{"-", TG_I386_NEGATE}, {"~", TG_I386_INVERT}, {"!", TG_I386_NOT}};
    if (!go_deeper(c))
        return;
    size_t i = 0;
    while (i < sizeof unary / sizeof *unary && !at_symbol(c, unary[i].symbol))
        i++;
    if (i == sizeof unary / sizeof *unary) {
        compile_primary(c);
    } else {
        advance(c);
        compile_unary(c);
        tg_i386_unary(c->out, unary[i].operation);
    }
    c->depth--;
}

/* C's levels of precedence, the loosest first; the first two skip their right side. */
static const struct {
    const char *symbol;
    int level;
    enum tg_i386_operation operation;
} binary[] = {
    {"|", 2, TG_I386_OR},          {"^", 3, TG_I386_XOR},          {"&", 4, TG_I386_AND},
    {"==", 5, TG_I386_EQUAL},      {"!=", 5, TG_I386_UNEQUAL},     {"<", 6, TG_I386_LESS},
    {"<=", 6, TG_I386_LESS_EQUAL}, {">", 6, TG_I386_GREATER},      {">=", 6, TG_I386_GREATER_EQUAL},
    {"<<", 7, TG_I386_SHIFT_LEFT}, {">>", 7, TG_I386_SHIFT_RIGHT}, {"+", 8, TG_I386_ADD},
    {"-", 8, TG_I386_SUBTRACT},    {"*", 9, TG_I386_MULTIPLY},     {"/", 9, TG_I386_DIVIDE},
    {"%", 9, TG_I386_REMAINDER},
};
enum { OR_LEVEL = 0, AND_LEVEL = 1, UNARY_LEVEL = 10 };

static bool compile_operator(struct compiler *c, int level)
{
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        if (binary[i].level == level && at_symbol(c, binary[i].symbol)) {
            advance(c);
            tg_i386_push(c->out);
            compile_expression(c, level + 1);
            tg_i386_pop_left(c->out);
            tg_i386_binary(c->out, binary[i].operation);
            return true;
        }
    }
    return false;
}

/* a && b: b's truth if a is true, else 0. a || b: the same on the opposite, inverted at the end. */
static void compile_skipping(struct compiler *c, int level)
{
    const char *symbol = level == OR_LEVEL ? "||" : "&&";
    enum tg_i386_unary truth = level == OR_LEVEL ? TG_I386_NOT : TG_I386_BOOL;
    while (at_symbol(c, symbol)) {
        advance(c);
        tg_i386_unary(c->out, truth);
        size_t skip = tg_i386_jump_if_zero(c->out);
        compile_expression(c, level + 1);
        tg_i386_unary(c->out, truth);
        tg_i386_land(c->out, skip);
        if (level == OR_LEVEL)
            tg_i386_unary(c->out, TG_I386_NOT);
    }
}

static void compile_expression(struct compiler *c, int level)
{
    if (level == UNARY_LEVEL) {
        compile_unary(c);
        return;
    }
    if (level == 0 && !go_deeper(c))
        return;
    compile_expression(c, level + 1);
    if (level <= AND_LEVEL)
        compile_skipping(c, level);
    else
        while (compile_operator(c, level))
            ;
    if (level == 0)
        c->depth--;
}

static void compile_program(struct compiler *c);

static void compile_block(struct compiler *c)
{
    expect(c, "{");
    compile_program(c);
    expect(c, "}");
}

static void compile_while(struct compiler *c)
{
    size_t top = c->out->size;
    advance(c);
    compile_bracketed(c, "(", ")");
    size_t out = tg_i386_jump_if_zero(c->out);
    compile_block(c);
    tg_i386_jump_back(c->out, top);
    tg_i386_land(c->out, out);
}

static void compile_if(struct compiler *c)
{
    advance(c);
    compile_bracketed(c, "(", ")");
    size_t otherwise = tg_i386_jump_if_zero(c->out);
    compile_block(c);
    if (!at_name(c, "else")) {
        tg_i386_land(c->out, otherwise);
        return;
    }
    size_t end = tg_i386_jump(c->out);
    tg_i386_land(c->out, otherwise);
    advance(c);
    compile_block(c);
    tg_i386_land(c->out, end);
}

/* True if the current token is followed by a lone "=". */
static bool before_assignment(const struct compiler *c)
{
    const char *next = c->at;
    while (isspace((unsigned char)*next))
        next++;
    return next[0] == '=' && next[1] != '=';
}

static void compile_assignment(struct compiler *c)
{
    char name[NAME_MAX_BYTES];
    strcpy(name, c->word);
    if (strcmp(name, "mem") == 0 || strcmp(name, "host") == 0) {
        fail(c, TG_EINPUT, "the name is taken");
        return;
    }
    advance(c);
    advance(c);
    compile_expression(c, 0);
    tg_i386_store_frame(c->out, frame_offset(c, name, true));
}

/* An expression, or a store if it was a memory word followed by "=": the load just made is taken back. */
static void compile_memory_or_expression(struct compiler *c)
{
    struct compiler before = *c;
    size_t size = c->out->size;
    advance(c);
    compile_bracketed(c, "[", "]");
    if (c->rc)
        return;
    if (at_symbol(c, "=")) {
        advance(c);
        tg_i386_push(c->out);
        compile_expression(c, 0);
        tg_i386_pop_left(c->out);
        tg_i386_store(c->out);
        return;
    }
    *c = before;
    c->out->size = size;
    compile_expression(c, 0);
}

static void compile_statement(struct compiler *c)
{
    if (at_name(c, "while"))
        compile_while(c);
    else if (at_name(c, "if"))
        compile_if(c);
    else if (at_name(c, "mem") && !before_assignment(c))
        compile_memory_or_expression(c);
    else if (c->token == NAME && before_assignment(c))
        compile_assignment(c);
    else
        compile_expression(c, 0);
}

static void compile_program(struct compiler *c)
{
    if (!go_deeper(c))
        return;
    do {
        while (at_symbol(c, ";"))
            advance(c);
        if (c->token == END || at_symbol(c, "}"))
            break;
        compile_statement(c);
    } while (!c->rc && at_symbol(c, ";"));
    c->depth--;
}

int tg_expression_compile(const char *text, struct tg_i386 *out, struct tg_error *err)
{
    struct compiler c = {.text = text, .at = text, .begin = text, .out = out, .err = err};
    advance(&c);
    if (c.token == END)
        fail(&c, TG_EINPUT, "the program is empty");
    size_t frame = tg_i386_enter(out);
    compile_program(&c);
    if (!c.rc && c.token != END)
        fail(&c, TG_EINPUT, "expected ';' or an operator");
    tg_i386_set_frame(out, frame, c.variable_count);
    tg_i386_leave_far(out);
    if (c.rc)
        return c.rc;
    if (out->full)
        return tg_error_set(err, TG_ELIMIT, "the code does not fit %zu bytes", out->capacity);
    return TG_OK;
}
