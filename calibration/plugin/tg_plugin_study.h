/* tg_plugin_study: this machine's plugin costs beside those of the study that the prototype follows.
 *
 * Study P is Ganev, Eisenhauer and Schwan, "Kernel Plugins: When a VM Is Too Much" (USENIX VM'04): a Pentium
 * III at 866 MHz, plugins at ring 1 in segments of the kernel's address space.
 */
#ifndef TG_PLUGIN_STUDY_H
#define TG_PLUGIN_STUDY_H

#include <stddef.h>

#include "tg_plugin_timer.h"

/* What the study measured of one kind of operation, ns; equal bounds for a single figure, 0 where it printed
 * none. */
struct tg_plugin_published {
    const char *what;
    double least_ns, most_ns;
};

struct tg_plugin_row {
    enum tg_plugin_operation operation;
    unsigned arguments;
    const struct tg_plugin_published *published;
    char *skipped; /* the reason why there are no figures, owned by the row; NULL where there are */
    unsigned samples;
    unsigned ops_per_sample;
    /* ns an operation; the interval is that of the median, 95 %, from order statistics. */
    double median_ns, median_low_ns, median_high_ns, mean_ns, fastest_decile_mean_ns;
};

/* Measures all operations, those with arguments with none and with the most. At most `samples` samples each,
 * and a second. Rows are malloc'd; free with tg_plugin_study_release. An operation that cannot run here
 * becomes a row with its reason. `interrupted` may be NULL. */
int tg_plugin_study(unsigned samples, int (*interrupted)(void), struct tg_plugin_row **rows, size_t *count,
                    struct tg_error *err);
void tg_plugin_study_release(struct tg_plugin_row *rows, size_t count);

#endif
