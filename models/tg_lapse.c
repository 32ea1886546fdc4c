#include "tg_lapse.h"

void tg_lapse_init(struct tg_lapse *lapse, tg_ps lifetime_ps)
{
    *lapse = (struct tg_lapse){.step_ps = (lifetime_ps + TG_LAPSE_STEPS - 1) / TG_LAPSE_STEPS};
}

/* Forgets the steps whose things have all had their lifetime at `now`. */
static void advance(struct tg_lapse *lapse, tg_ps now)
{
    int64_t first = now / lapse->step_ps - TG_LAPSE_STEPS;
    if (first - lapse->first > TG_LAPSE_SLOTS && lapse->alive == 0)
        lapse->first = first;
    while (lapse->first < first) {
        int32_t *count = &lapse->counts[lapse->first++ % TG_LAPSE_SLOTS];
        lapse->alive -= *count;
        *count = 0;
    }
}

void tg_lapse_add(struct tg_lapse *lapse, tg_ps at)
{
    int64_t step = at / lapse->step_ps;
    advance(lapse, at);
    if (step < lapse->first)
        return; /* already over */
    lapse->counts[step % TG_LAPSE_SLOTS]++;
    lapse->alive++;
}

int64_t tg_lapse_alive(struct tg_lapse *lapse, tg_ps now)
{
    advance(lapse, now);
    return lapse->alive;
}
