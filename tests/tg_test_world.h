/* A world for tests, from the texts of its models. */
#ifndef TG_TEST_WORLD_H
#define TG_TEST_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "tg_test.h"
#include "tg_world.h"

struct tg_test_world {
    struct tg_scenario scenario;
    struct tg_server server;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
};

/* `keys` are those of the scenario beside profile, server and techniques, as ", "key": value, ...". */
static inline void tg_test_world_build(struct tg_test_world *w, const char *profile, const char *server,
                                       const char *technique, const char *keys)
{
    struct tg_error err;
    char *text = NULL;
    ck_assert_int_gt(asprintf(&text,
                              "{\"format\": \"tollgate scenario\", \"version\": 1, \"server\": %s, "
                              "\"techniques\": [%s]%s}",
                              server, technique, keys),
                     0);
    ck_assert_tg_ok(tg_scenario_read_printed(text, profile, "test", &w->scenario, &err), err);
    free(text);
    ck_assert_tg_ok(tg_server_copy(&w->server, &w->scenario.server, &err), err);
    ck_assert_tg_ok(tg_technique_apply(&w->scenario.techniques[0], &w->server, &err), err);
    ck_assert_tg_ok(tg_path_build(&w->path, &w->scenario, &w->scenario.techniques[0], &w->server, &err), err);
    ck_assert_tg_ok(tg_world_new(&w->scenario, &w->path, &w->world, &err), err);
    ck_assert_tg_ok(tg_result_init(&w->result, &err), err);
}

static inline void tg_test_world_run(struct tg_test_world *w, double rate, uint64_t replication)
{
    struct tg_error err;
    ck_assert_tg_ok(tg_world_run(w->world, rate, replication, NULL, &w->result, &err), err);
}

static inline void tg_test_world_destroy(struct tg_test_world *w)
{
    tg_world_free(w->world);
    tg_result_release(&w->result);
    tg_server_release(&w->server);
    tg_scenario_release(&w->scenario);
}

#endif
