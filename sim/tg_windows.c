#include "tg_windows.h"

void tg_windows_init(struct tg_windows *w, tg_ps start, tg_ps width)
{
    assert(width > 0);
    *w = (struct tg_windows){.width = width, .end = start + width};
}

/* Any number of equal samples in one step: a long silence costs no more than a short one. */
static void add_silent(struct tg_windows *w, int64_t windows)
{
    struct tg_welford silent = {.count = (uint64_t)windows};
    tg_welford_merge(&w->rates_per_s, &silent);
    w->end += windows * w->width;
}

void tg_windows_advance(struct tg_windows *w, tg_ps now)
{
    if (now < w->end)
        return;
    tg_welford_add(&w->rates_per_s, (double)w->count / tg_s_from_ps(w->width));
    w->count = 0;
    w->end += w->width;
    if (now >= w->end)
        add_silent(w, (now - w->end) / w->width + 1);
}
