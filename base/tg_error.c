#include "tg_error.h"

#include <stdio.h>
#include <string.h>

int tg_error_set(struct tg_error *err, enum tg_code code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    return code;
}

int tg_error_wrap(struct tg_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    char inner[sizeof err->text];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, ": %s", inner);
    err->code = (enum tg_code)code;
    return code;
}

int tg_error_exit_status(int code)
{
    static const int status[] = {
        [TG_OK] = 0,     [TG_ECHECK] = 1, [TG_EUSAGE] = 2, [TG_EINPUT] = 3,         [TG_EENV] = 4,
        [TG_ELIMIT] = 3, [TG_ENOMEM] = 4, [TG_EBUG] = 70,  [TG_EINTERRUPTED] = 130,
    };
    if (code < 0 || (size_t)code >= sizeof status / sizeof *status)
        return 70;
    return status[code];
}
