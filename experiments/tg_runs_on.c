#include "tg_runs_on.h"

#include "tg_path.h"
#include "tg_scenario.h"

static cJSON *scenario_of(const char *profile, const char *server, const char *technique)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", "tollgate scenario");
    cJSON_AddNumberToObject(json, "version", 1);
    cJSON_AddStringToObject(json, "profile", profile);
    cJSON_AddStringToObject(json, "server", server);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "techniques"), cJSON_CreateString(technique));
    return json;
}

static int build(const struct tg_scenario *scenario, struct tg_error *err)
{
    struct tg_server rewritten;
    struct tg_path path;
    int rc = tg_server_copy(&rewritten, &scenario->server, err);
    rc = rc ? rc : tg_technique_apply(&scenario->techniques[0], &rewritten, err);
    rc = rc ? rc : tg_path_build(&path, scenario, &scenario->techniques[0], &rewritten, err);
    tg_server_release(&rewritten);
    return rc;
}

int tg_runs_on_check(const char *profile, const char *server, const char *technique,
                     struct tg_runs_on *answer, struct tg_error *err)
{
    struct tg_scenario scenario;
    *answer = (struct tg_runs_on){0};
    cJSON *json = scenario_of(profile, server, technique);
    int rc = tg_scenario_read_json(json, "list", NULL, &scenario, err);
    cJSON_Delete(json);
    if (rc)
        return rc;
    int built = build(&scenario, &answer->why_not);
    answer->runs = !built;
    tg_scenario_release(&scenario);
    if (built && built != TG_EINPUT && built != TG_ELIMIT) {
        *err = answer->why_not;
        return built;
    }
    return TG_OK;
}
