#include "tg_stopwatch.h"

#include "tg_order.h"

double tg_stopwatch_quiet_mean(double *durations, unsigned count)
{
    unsigned kept = count - count / 10;
    double sum = 0;
    tg_order_sort(durations, count);
    for (unsigned i = 0; i < kept; i++)
        sum += durations[i];
    return sum / kept;
}

double tg_stopwatch_empty_ns(void)
{
    enum { READINGS = 1000 };
    double durations[READINGS];
    for (int i = 0; i < READINGS; i++) {
        struct tg_plugin_sample sample;
        struct tg_stopwatch watch = tg_stopwatch_start();
        tg_stopwatch_stop(&watch, 1, 0, &sample);
        durations[i] = sample.cost_ns;
    }
    return tg_stopwatch_quiet_mean(durations, READINGS);
}
