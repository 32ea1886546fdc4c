/* tg_doctor: how fit this machine is for measuring, as findings with advice.
 *
 * Looks and does not change anything. Good needs nothing; fair makes results noisier or leaves some out; poor
 * makes them misleading or impossible. One finding a topic, always in the same order.
 */
#ifndef TG_DOCTOR_H
#define TG_DOCTOR_H

#include <stddef.h>

#include "tg_error.h"

enum tg_finding_state { TG_FINDING_GOOD, TG_FINDING_FAIR, TG_FINDING_POOR };

struct tg_finding {
    const char *topic;
    enum tg_finding_state state;
    char found[512];
    char advice[512]; /* "" where there is nothing to change */
};

struct tg_findings {
    struct tg_finding *items; /* owned */
    size_t count;
};

int tg_doctor(struct tg_findings *findings, struct tg_error *err);
enum tg_finding_state tg_findings_worst(const struct tg_findings *findings);
void tg_findings_release(struct tg_findings *findings);

#endif
