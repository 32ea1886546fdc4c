#include "tg_mser.h"

#include "tg_welford.h"

/* From the end backwards, so that one pass gives the spread of every rest. */
size_t tg_mser_cut(const double *group_means, size_t count, int *settled)
{
    struct tg_welford rest = {0};
    size_t best = 0, latest = count / 2;
    double least = -1;
    for (size_t d = count; d-- > 0;) {
        tg_welford_add(&rest, group_means[d]);
        if (d > latest)
            continue;
        double n = (double)rest.count, statistic = rest.deviations / (n * n);
        if (least < 0 || statistic <= least) {
            least = statistic;
            best = d;
        }
    }
    if (settled)
        *settled = count > 1 && best < latest;
    return best;
}
