/* Every technique with every server on every machine: it runs, or one sentence says why not, with all the
 * prices that are missing. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_catalog.h"
#include "tg_json.h"
#include "tg_runs_on.h"
#include "tg_test.h"
#include "tg_world.h"

static struct tg_error err;
static struct tg_strings profiles, servers, techniques;

static cJSON *profile_json(const char *profile)
{
    char *file = NULL;
    cJSON *json;
    ck_assert_tg_ok(tg_catalog_find(TG_CATALOG_HARDWARE, profile, NULL, &file, &err), err);
    ck_assert_tg_ok(tg_json_read_file(file, &json, &err), err);
    free(file);
    return json;
}

/* `profile` by name or path. */
static void read_scenario(struct tg_scenario *scenario, const char *profile, const char *server,
                          const char *technique)
{
    char text[512];
    snprintf(text, sizeof text,
             "{\"format\": \"tollgate scenario\", \"version\": 1, \"profile\": \"%s\", \"server\": "
             "\"%s\", \"techniques\": [\"%s\"], \"horizon\": \"20 ms\", \"warm_up\": \"0 s\"}",
             profile, server, technique);
    cJSON *json = cJSON_Parse(text);
    ck_assert_tg_ok(tg_scenario_read_json(json, "test", NULL, scenario, &err), err);
    cJSON_Delete(json);
}

static int build(const struct tg_scenario *s, struct tg_server *server, struct tg_path *path)
{
    ck_assert_tg_ok(tg_server_copy(server, &s->server, &err), err);
    int rc = tg_technique_apply(&s->techniques[0], server, &err);
    return rc ? rc : tg_path_build(path, s, &s->techniques[0], server, &err);
}

/* A run checks itself: conservation, the toll, Little's law. */
static void run(const char *profile, const char *server, const char *technique)
{
    struct tg_scenario scenario;
    struct tg_server rewritten;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
    read_scenario(&scenario, profile, server, technique);
    ck_assert_tg_ok(build(&scenario, &rewritten, &path), err);
    ck_assert_tg_ok(tg_world_new(&scenario, &path, &world, &err), err);
    ck_assert_tg_ok(tg_result_init(&result, &err), err);
    ck_assert_tg_ok(tg_world_run(world, 500, 0, NULL, &result, &err), err);
    ck_assert_msg(result.replied > 0, "%s, %s on %s: nothing is replied", technique, server, profile);
    tg_result_release(&result);
    tg_world_free(world);
    tg_server_release(&rewritten);
    tg_scenario_release(&scenario);
}

/* Adds a price for each primitive that the sentence names, none of which has one; how many. */
static int add_named(cJSON *costs, const char *sentence)
{
    int added = 0;
    char name[64];
    const char *at = strstr(sentence, "no price for ");
    for (; at && (at = strchr(at, '\'')) && sscanf(at, "'%63[^']'", name) == 1; at += strlen(name) + 2) {
        if (strstr(sentence, "paid at") && added)
            break; /* the last name is a point's */
        ck_assert_msg(!cJSON_HasObjectItem(costs, name), "%s: '%s' has a price", sentence, name);
        cJSON *price = cJSON_AddObjectToObject(costs, name);
        cJSON_AddStringToObject(price, "law", "1 us");
        cJSON_AddStringToObject(price, "provenance", "assumed");
        cJSON_AddStringToObject(price, "source", "this test");
        added++;
    }
    return added;
}

/* With what is named it runs. */
static void check_missing(const char *profile, const char *server, const char *technique, const char *why)
{
    struct tg_scenario scenario;
    struct tg_server rewritten;
    struct tg_path path;
    cJSON *json = profile_json(profile);
    ck_assert_msg(add_named(cJSON_GetObjectItem(json, "costs"), why) > 0, "%s, %s on %s: %s", technique,
                  server, profile, why);
    char file[] = "/tmp/test_runs_on.XXXXXX";
    char *text = cJSON_PrintUnformatted(json);
    int handle = mkstemp(file);
    ck_assert_int_ge(handle, 0);
    ck_assert_int_eq((int)write(handle, text, strlen(text)), (int)strlen(text));
    close(handle);
    read_scenario(&scenario, file, server, technique);
    unlink(file);
    ck_assert_tg_ok(build(&scenario, &rewritten, &path), err);
    tg_server_release(&rewritten);
    tg_scenario_release(&scenario);
    cJSON_free(text);
    cJSON_Delete(json);
}

/* What has no meaning: connections for what sees packets only; a technique whose primitives a server of the
 * testbed lacks, as its steps are those of one machine; a kernel's soft interrupt on the sender's core. */
static bool is_without_meaning(const char *server, const char *why)
{
    bool of_testbed = strncmp(server, "testbed-", 8) == 0;
    return strstr(why, " is for datagrams, and server ") || (of_testbed && strstr(why, "' to rewrite")) ||
           strstr(why, "a server in the soft interrupt would run on the sender's core");
}

static int check_one(const char *profile, const char *server, const char *technique)
{
    struct tg_runs_on answer;
    ck_assert_tg_ok(tg_runs_on_check(profile, server, technique, &answer, &err), err);
    if (answer.runs)
        run(profile, server, technique);
    else if (!is_without_meaning(server, answer.why_not.text))
        check_missing(profile, server, technique, answer.why_not.text);
    return answer.runs;
}

START_TEST(each_runs_or_says_all_that_is_missing)
{
    int ran = 0;
    ck_assert_tg_ok(tg_catalog_list(TG_CATALOG_HARDWARE, &profiles, &err), err);
    ck_assert_tg_ok(tg_catalog_list(TG_CATALOG_SERVERS, &servers, &err), err);
    ck_assert_tg_ok(tg_catalog_list(TG_CATALOG_TECHNIQUES, &techniques, &err), err);
    for (size_t p = 0; p < profiles.count; p++)
        for (size_t s = 0; s < servers.count; s++)
            for (size_t t = 0; t < techniques.count; t++)
                ran += check_one(profiles.items[p], servers.items[s], techniques.items[t]);
    ck_assert_int_gt(ran, 200);
    tg_strings_release(&profiles);
    tg_strings_release(&servers);
    tg_strings_release(&techniques);
}
END_TEST

/* On the machine that has the prices of connections, what runs inside the kernel serves them there. */
START_TEST(the_kernel_serves_connections_without_calls)
{
    static const char *const inside[] = {"kernel-service", "kernel-plugin", "plugin-chain", "signal-upcall",
                                         "pipe-handover"};
    static const char *const stays_out[] = {"syscall", "page_fault", "wakeup"};
    struct tg_scenario scenario;
    struct tg_server rewritten;
    struct tg_path path;
    read_scenario(&scenario, "pentium3-866", "apache-1.3", inside[_i]);
    ck_assert_tg_ok(build(&scenario, &rewritten, &path), err);
    ck_assert_int_eq(path.runs_in, TG_CLASS_SOFT_IRQ);
    for (uint32_t i = 0; i < path.cost_count; i++)
        for (size_t k = 0; k < TG_COUNT(stays_out); k++)
            ck_assert_str_ne(path.costs[i], stays_out[k]);
    tg_server_release(&rewritten);
    tg_scenario_release(&scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runs_on");
    TCase *tcase = tcase_create("runs_on");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, each_runs_or_says_all_that_is_missing);
    tcase_add_loop_test(tcase, the_kernel_serves_connections_without_calls, 0, 5);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
