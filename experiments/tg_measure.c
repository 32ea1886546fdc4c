#include "tg_measure.h"

#include <string.h>

const struct tg_measure *tg_measure_find(const char *study, const char *id)
{
    static const struct tg_measure *const tables[] = {tg_measures_plugins, tg_measures_osv};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct tg_measure *m = tables[t]; m->id; m++)
            if (strcmp(m->study, study) == 0 && strcmp(m->id, id) == 0)
                return m;
    return NULL;
}

void tg_measured_part(struct tg_measured *measured, const char *name, double value)
{
    if (measured->part_count == TG_MEASURE_PARTS_MAX)
        return;
    measured->parts[measured->part_count].name = name;
    measured->parts[measured->part_count++].value = value;
}
