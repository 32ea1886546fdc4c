#include "tg_work.h"

#include <math.h>

int tg_work_init(struct tg_work *work, struct tg_dist *law, double unit_ps, struct tg_error *err)
{
    double least = tg_dist_quantile(law, 0);
    int rc = TG_OK;
    *work = (struct tg_work){0};
    if (!(unit_ps > 0 && unit_ps < HUGE_VAL))
        rc = tg_error_set(err, TG_EINPUT, "the unit of work is %g ps, but must be above 0", unit_ps);
    else if (!(least >= 0))
        rc = tg_error_set(err, TG_EINPUT, "work can be as low as %g, but must not be negative", least);
    if (rc) {
        tg_dist_release(law);
        return rc;
    }
    work->law = *law;
    work->unit_ps = unit_ps;
    *law = (struct tg_dist){0};
    return TG_OK;
}

void tg_work_release(struct tg_work *work)
{
    tg_dist_release(&work->law);
    *work = (struct tg_work){0};
}
