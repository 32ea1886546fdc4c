#include "tg_options.h"

#include <stdbool.h>
#include <string.h>

static const struct tg_field *find_letter(const struct tg_field *fields, size_t count, char letter)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].letter == letter)
            return &fields[i];
    }
    return NULL;
}

/* One argument under way: the row it names, how it was written, and its value where it carries one. */
struct given {
    const struct tg_field *field;
    char shown[72];
    const char *value;
};

static int find_long(const struct tg_field *fields, size_t count, const char *argument, struct given *given,
                     struct tg_error *err)
{
    char name[64];
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    if (length >= sizeof name)
        return tg_error_set(err, TG_EUSAGE, "unknown option '%s'", argument);
    memcpy(name, argument, length);
    name[length] = '\0';
    given->field = tg_field_find(fields, count, name + 2);
    given->value = equals ? equals + 1 : NULL;
    snprintf(given->shown, sizeof given->shown, "%s", name);
    if (given->field)
        return TG_OK;
    const char *near = tg_field_nearest(fields, count, name + 2);
    if (near)
        return tg_error_set(err, TG_EUSAGE, "unknown option '%s'; did you mean '--%s'?", name, near);
    return tg_error_set(err, TG_EUSAGE, "unknown option '%s'", name);
}

static int find_short(const struct tg_field *fields, size_t count, const char *argument, struct given *given,
                      struct tg_error *err)
{
    given->field = find_letter(fields, count, argument[1]);
    given->value = argument[2] ? argument + 2 : NULL;
    snprintf(given->shown, sizeof given->shown, "-%c", argument[1]);
    if (!given->field)
        return tg_error_set(err, TG_EUSAGE, "unknown option '%s'", argument);
    return TG_OK;
}

static int apply(struct given *given, const char *next, bool *took_next, void *out, struct tg_error *err)
{
    *took_next = false;
    if (given->field->kind == TG_FLAG) {
        if (given->value)
            return tg_error_set(err, TG_EUSAGE, "option '%s' takes no value", given->shown);
        *(bool *)((char *)out + given->field->offset) = true;
        return TG_OK;
    }
    if (!given->value) {
        if (!next)
            return tg_error_set(err, TG_EUSAGE, "option '%s' needs a value", given->shown);
        given->value = next;
        *took_next = true;
    }
    int rc = tg_field_set_text(given->field, out, given->value, err);
    return rc ? tg_error_wrap(err, rc == TG_EINPUT ? TG_EUSAGE : rc, "option '%s'", given->shown) : TG_OK;
}

int tg_options_parse(const struct tg_field *fields, size_t count, int argc, char **argv, void *out,
                     struct tg_strings *operands, struct tg_error *err)
{
    bool ended = false;
    int rc = tg_field_defaults(fields, count, out, err);
    for (int i = 0; !rc && i < argc; i++) {
        const char *argument = argv[i];
        if (!ended && strcmp(argument, "--") == 0) {
            ended = true;
            continue;
        }
        if (ended || argument[0] != '-' || !argument[1]) {
            rc = tg_strings_add(operands, argument);
            continue;
        }
        struct given given = {0};
        bool took_next = false;
        rc = argument[1] == '-' ? find_long(fields, count, argument, &given, err)
                                : find_short(fields, count, argument, &given, err);
        if (!rc)
            rc = apply(&given, i + 1 < argc ? argv[i + 1] : NULL, &took_next, out, err);
        i += took_next;
    }
    return rc;
}

static void print_wrapped(const char *text, int indent, int width, FILE *stream)
{
    int column = indent;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > indent && column + 1 + length > width) {
            fprintf(stream, "\n%*s", indent, "");
            column = indent;
        }
        if (column > indent) {
            fputc(' ', stream);
            column++;
        }
        fwrite(text, 1, (size_t)length, stream);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

void tg_options_print(const struct tg_field *fields, size_t count, FILE *stream)
{
    enum { INDENT = 28, WIDTH = 100 };
    for (size_t i = 0; i < count; i++) {
        const struct tg_field *f = &fields[i];
        char left[96], help[512];
        const char *metavar = f->kind == TG_FLAG ? "" : f->metavar ? f->metavar : "VALUE";
        if (f->letter)
            snprintf(left, sizeof left, "  -%c, --%s%s%s", f->letter, f->name, *metavar ? " " : "", metavar);
        else
            snprintf(left, sizeof left, "      --%s%s%s", f->name, *metavar ? " " : "", metavar);
        fprintf(stream, "%-*s", INDENT, left);
        if (strlen(left) >= INDENT)
            fprintf(stream, "\n%*s", INDENT, "");
        if (f->fallback && f->kind != TG_FLAG)
            snprintf(help, sizeof help, "%s [%s]", f->help, f->fallback);
        else
            snprintf(help, sizeof help, "%s", f->help);
        print_wrapped(help, INDENT, WIDTH, stream);
    }
}
