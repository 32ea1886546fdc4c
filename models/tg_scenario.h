/* tg_scenario: what is to be simulated: a server under one or several techniques, its load, and when to stop.
 *
 * Read from JSON; docs/scenario.md documents every key. A scenario refers to model files by name or path, or
 * holds them in full; they are read with it, so that a scenario in memory needs no file any more, and is
 * printed with all of them, so that what was stored can be run again. Read only once made.
 */
#ifndef TG_SCENARIO_H
#define TG_SCENARIO_H

#include <cjson/cJSON.h>

#include "tg_profile.h"
#include "tg_server.h"
#include "tg_system.h"
#include "tg_technique.h"
#include "tg_workload.h"

struct tg_scenario {
    char *title;
    cJSON *system; /* the part of the settings that is its own */
    struct tg_workload workload;
    bool jitter;
    double *rates_per_s; /* empty: chosen automatically around saturation */
    size_t rate_count;
    tg_ps horizon_ps; /* requests arrive from time 0 to here */
    tg_ps warm_up_ps; /* what is not counted at the start */
    int64_t replications;
    int64_t seed;

    struct tg_profile profile;
    struct tg_profile client; /* the client's machine; name NULL: one that pays nothing */
    const tg_ps *log_ps;      /* times of the arrival log, set by whoever read it; borrowed */
    size_t log_count;
    struct tg_server server;
    struct tg_technique *techniques;
    size_t technique_count;
};

/* Reads a scenario and the model files it names. profile: a path or name that takes the place of the
 * scenario's, or NULL. */
int tg_scenario_read_json(const cJSON *json, const char *name, const char *profile,
                          struct tg_scenario *scenario, struct tg_error *err);
int tg_scenario_read_file(const char *path, const char *profile, struct tg_scenario *scenario,
                          struct tg_error *err);
/* Reads back what tg_scenario_print() gave, with the text of its profile; no file is read. `name` is what
 * messages call the scenario. */
int tg_scenario_read_printed(const char *text, const char *profile_text, const char *name,
                             struct tg_scenario *scenario, struct tg_error *err);
void tg_scenario_release(struct tg_scenario *scenario);

/* The scenario as resolved, all defaults filled in and all model files but the profile included, as JSON
 * text; malloc'd, NULL when memory ran out. */
char *tg_scenario_print(const struct tg_scenario *scenario);

extern const struct tg_field tg_scenario_fields[];
extern const size_t tg_scenario_field_count;

#endif
