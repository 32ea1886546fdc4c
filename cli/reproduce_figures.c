#include "reproduce_words.h"

int reproduce_draw_figures(const struct tg_reproduction *r, const char *folder, unsigned threads,
                           struct tg_error *err)
{
    (void)r, (void)folder, (void)threads, (void)err;
    return TG_OK;
}
