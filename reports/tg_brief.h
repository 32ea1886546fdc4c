/* tg_brief: what a run says in brief.
 *
 * Half load is the simulated point whose offered rate is nearest to half of a curve's saturation throughput,
 * among the points with latencies; it is a point that was simulated, never an interpolation, and whoever
 * shows it says its rate.
 */
#ifndef TG_BRIEF_H
#define TG_BRIEF_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_run.h"
#include "tg_text.h"

/* The point at half load; of a curve without saturation, its only point; else NULL. */
const struct tg_run_point *tg_brief_half_load(const struct tg_run_curve *curve);

/* What the rates of a run are called: "offered", or "nominal" where the clients wait for their replies, and
 * so may offer less. */
const char *tg_brief_rate_name(const struct tg_run *run);

bool tg_brief_has_saturation(const struct tg_run *run);

/* How the saturation of the curve at `index` was found, unless a curve before it says the same; else NULL. */
const char *tg_brief_new_rule(const struct tg_run *run, size_t index);

/* The question that a run answers, and its answer, each as a sentence in `out`. */
void tg_brief_question(const struct tg_run *run, struct tg_text *out);
void tg_brief_answer(const struct tg_run *run, struct tg_text *out);

#endif
