/* tg_expression: plugins written in a small expression language, compiled at run time to i386 machine code.
 *
 *   program    statement { ";" statement }                    the last statement's value is the result
 *   statement  NAME "=" expression                            a variable of the plugin's own, zero at first
 *            | "mem" "[" expression "]" "=" expression        a 32-bit word of the data segment, by byte
 * offset | "while" "(" expression ")" "{" program "}" | "if" "(" expression ")" "{" program "}" [ "else" "{"
 * program "}" ] | expression expression C's operators || && | ^ & == != < <= > >= << >> + - * / % and unary -
 * ~ !, with C's precedence and meaning for 32-bit signed integers; overflow wraps; && and || skip their right
 * side primary    number (decimal or 0x), NAME, a0 ... a7 (the arguments), "mem" "[" expression "]", "host"
 * "(" expression ")" (a call back into the host), "(" expression ")"
 *
 * Nothing keeps a program from naming an offset outside its data segment, dividing by zero, overrunning its
 * stack or never ending: that the hardware catches, and tg_segment kills the plugin. What a program cannot
 * express is a jump out of itself or a change of segments.
 *
 * The code expects to stand at offset TG_STUB_BYTES of its segment, behind the stubs of tg_segment, and is
 * otherwise independent of where its segments lie. Compiling allocates nothing.
 */
#ifndef TG_EXPRESSION_H
#define TG_EXPRESSION_H

#include "tg_error.h"
#include "tg_i386.h"

enum {
    TG_EXPRESSION_ARGUMENTS_MAX = 8,
    TG_EXPRESSION_VARIABLES_MAX = 64,
    TG_EXPRESSION_DEPTH_MAX = 1000, /* nesting of parentheses, operators and blocks */
};

/* Where the stubs of every code segment lie (see tg_segment). */
enum { TG_STUB_ENTRY = 0, TG_STUB_HOST = 16, TG_STUB_BYTES = 48 };

/* Appends the code of a program. TG_EINPUT names the column of a fault; TG_ELIMIT a limit reached. */
int tg_expression_compile(const char *text, struct tg_i386 *out, struct tg_error *err);

#endif
