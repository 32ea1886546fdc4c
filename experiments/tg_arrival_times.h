/* tg_arrival_times: the arrival log that a scenario replays: read from its file or from the text that the run
 * store keeps, and lent to the scenario.
 *
 * Times are whole picoseconds from the start of the log, ascending. A workload's `log` is
 * a path; a relative one begins in the folder of the scenario's file. As text they are a JSON list of whole
 * numbers; its SHA-256 is the log's identity. Times that go back, are negative, or beyond what picoseconds
 * can hold are TG_EINPUT.
 */
#ifndef TG_ARRIVAL_TIMES_H
#define TG_ARRIVAL_TIMES_H

#include "tg_scenario.h"
#include "tg_sha256.h"

struct tg_arrival_times {
    tg_ps *times_ps; /* owned; must outlive the scenario's runs */
    size_t count;
};

/* Reads the log that the scenario's workload names, and sets the scenario's; nothing to do where it names
 * none. scenario_file: the file that the scenario was read from. */
int tg_arrival_times_read(struct tg_arrival_times *times, struct tg_scenario *scenario,
                          const char *scenario_file, struct tg_error *err);

/* The same from text; `name` is what messages call it. */
int tg_arrival_times_read_text(struct tg_arrival_times *times, struct tg_scenario *scenario, const char *text,
                               const char *name, struct tg_error *err);

/* The times that a scenario replays as text, with its hash; malloc'd, NULL when memory ran out. */
char *tg_arrival_times_print(const struct tg_scenario *scenario, char sha256[TG_SHA256_HEX]);

void tg_arrival_times_release(struct tg_arrival_times *times);

#endif
