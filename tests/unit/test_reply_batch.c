/* Replies that a server sends together: when each leaves, what its wait is booked as, and what becomes of
 * those that are given up or held when the run ends. Each request is 10 us of work, and each reply as much as
 * the case says, so that every time is known to the picosecond. */
#include <string.h>

#include "tg_test_world.h"

static const char profile_text[] =
    "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", \"costs\": {\"work\": {\"law\": "
    "\"10 us\", \"provenance\": \"assumed\", \"source\": \"test\"}, \"out\": {\"law\": \"1 us\", "
    "\"provenance\": "
    "\"assumed\", \"source\": \"test\"}}}";

static const char technique_text[] = "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", "
                                     "\"title\": \"T\", \"rules\": []}";

static const tg_ps arrivals_ps[] = {100000000, 101000000, 102000000, 103000000,
                                    104000000, 200000000, 205000000, 230000000};
enum { REQUESTS = sizeof arrivals_ps / sizeof *arrivals_ps };

/* The first `count` of those requests; `server` holds keys of the server, `workload` of the workload. The log
 * would start over after its last arrival: the horizon lies just behind it. */
static void build(struct tg_test_world *w, const char *server, const char *workload, size_t count)
{
    struct tg_error err;
    char text[1024], keys[512];
    snprintf(text, sizeof text,
             "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"sleeps\": false, "
             "\"request\": [{\"cost\": \"work\"}]%s}",
             server);
    snprintf(keys, sizeof keys,
             ", \"jitter\": false, \"workload\": {\"gaps\": \"deterministic\"%s}, \"horizon\": \"1 ms\", "
             "\"warm_up\": \"0 s\"",
             workload);
    tg_test_world_build(w, profile_text, text, technique_text, keys);
    tg_world_free(w->world);
    w->scenario.workload.gaps = TG_GAPS_LOG;
    w->scenario.log_ps = arrivals_ps;
    w->scenario.log_count = count;
    w->scenario.horizon_ps = arrivals_ps[count - 1] + 1;
    ck_assert_tg_ok(tg_world_new(&w->scenario, &w->path, &w->world, &err), err);
}

static void run(struct tg_test_world *w)
{
    tg_test_world_run(w, 0, 0);
}

static tg_ps waited_ps(const struct tg_test_world *w, const char *place)
{
    for (unsigned i = 0; i < w->result.wait_count; i++)
        if (strcmp(tg_path_wait_name(&w->path, i), place) == 0)
            return w->result.waited_ps[i];
    return -1;
}

/* Requests from the k-th on are counted: the difference to the next sum is the k-th latency, exactly. */
static void find_departures(struct tg_test_world *w, tg_ps departures_ps[REQUESTS])
{
    tg_ps sums_ps[REQUESTS + 1] = {0};
    for (size_t k = 0; k < REQUESTS; k++) {
        w->scenario.warm_up_ps = arrivals_ps[k];
        run(w);
        ck_assert_int_eq(w->result.replied, (int64_t)(REQUESTS - k));
        sums_ps[k] = (tg_ps)w->result.latency.sum;
    }
    for (size_t k = 0; k < REQUESTS; k++)
        departures_ps[k] = arrivals_ps[k] + sums_ps[k] - sums_ps[k + 1];
    w->scenario.warm_up_ps = 0;
    run(w);
}

/* A reply takes 4 us, or 30 us. */
#define REPLY_4US ", \"reply\": [{\"cost\": \"out\", \"count\": 3}], \"packet_out\": [{\"cost\": \"out\"}]"
#define REPLY_30US ", \"reply\": [{\"cost\": \"out\", \"count\": 30}]"
#define SOFT_IRQ ", \"runs_in\": \"soft_irq\""
#define EACH ", \"system\": {\"adapter\": {\"interrupts\": \"each\"}}"

static const struct {
    const char *keys;
    tg_ps departures_us[REQUESTS];
    tg_ps batch_us; /* all waits for a batch together; -1: there is no such place */
} cases[] = {
    {"", {110, 120, 130, 140, 150, 210, 220, 240}, -1},
    {", \"reply_batch\": 1", {110, 120, 130, 140, 150, 210, 220, 240}, -1},
    {", \"reply_batch\": 2", {120, 120, 140, 140, 150, 220, 220, 240}, 30},
    {", \"reply_batch\": 3", {130, 130, 130, 150, 150, 220, 220, 240}, 50},
    {", \"reply_batch\": 5", {150, 150, 150, 150, 150, 220, 220, 240}, 110},
    {", \"reply_batch\": 1000000", {150, 150, 150, 150, 150, 220, 220, 240}, 110},
    /* Wherever it runs, and by whichever way requests come to it. */
    {", \"reply_batch\": 3, \"runs_in\": \"kernel\"", {130, 130, 130, 150, 150, 220, 220, 240}, 50},
    {", \"reply_batch\": 3, \"runs_in\": \"soft_irq\"", {130, 130, 130, 150, 150, 220, 220, 240}, 50},
    {", \"reply_batch\": 3, \"runs_in\": \"soft_irq\", \"system\": {\"adapter\": {\"interrupts\": \"each\"}}",
     {130, 130, 130, 150, 150, 220, 220, 240},
     50},
    {", \"reply_batch\": 3, \"runs_in\": \"kernel\", \"system\": {\"adapter\": {\"core\": \"sender\"}}",
     {130, 130, 130, 150, 150, 220, 220, 240},
     50},
    /* Two workers in turn on one core, each with a batch of its own, for which it waits until the other is
     * done with a request. */
    {", \"reply_batch\": 2, \"workers\": 2, \"runs_in\": \"kernel\"",
     {140, 140, 140, 140, 150, 220, 220, 240},
     50},
    /* Replies that take time leave in turn; what comes meanwhile waits. */
    {REPLY_4US, {114, 128, 142, 156, 170, 214, 228, 244}, -1},
    {REPLY_4US ", \"reply_batch\": 2", {124, 128, 152, 156, 170, 224, 228, 244}, 42},
    {REPLY_4US ", \"reply_batch\": 3", {134, 138, 142, 166, 170, 224, 228, 244}, 70},
    {REPLY_4US ", \"reply_batch\": 64", {154, 158, 162, 166, 170, 224, 228, 244}, 154},
    {REPLY_30US ", \"reply_batch\": 64", {180, 210, 240, 270, 300, 360, 390, 420}, 520},
    {REPLY_4US SOFT_IRQ ", \"reply_batch\": 3", {134, 138, 142, 166, 170, 224, 228, 244}, 70},
    {REPLY_30US SOFT_IRQ ", \"reply_batch\": 64", {180, 210, 240, 270, 300, 360, 390, 420}, 520},
    {REPLY_30US SOFT_IRQ EACH ", \"reply_batch\": 64", {180, 210, 240, 270, 300, 360, 390, 420}, 520},
};

static tg_ps busy_ps(const struct tg_test_world *w)
{
    tg_ps sum = 0;
    for (unsigned k = 0; k < TG_CLASS_COUNT; k++)
        sum += w->result.busy_ps[k];
    return sum;
}

START_TEST(replies_leave_when_nothing_waits_or_after_so_many)
{
    struct tg_test_world w;
    tg_ps departures_ps[REQUESTS];
    build(&w, cases[_i].keys, "", REQUESTS);
    find_departures(&w, departures_ps);
    for (size_t k = 0; k < REQUESTS; k++)
        ck_assert_msg(departures_ps[k] == cases[_i].departures_us[k] * TG_PS_PER_US,
                      "case %d: request %zu leaves at %lld ps", _i, k, (long long)departures_ps[k]);
    tg_ps batch_us = cases[_i].batch_us;
    ck_assert_int_eq(waited_ps(&w, "reply batch"), batch_us < 0 ? -1 : batch_us * TG_PS_PER_US);
    ck_assert_int_eq(w.result.packets_out, REQUESTS);
    tg_test_world_destroy(&w);
}
END_TEST

/* At the end of a busy period the core has worked as long, in batches or not: of the first seven here. */
START_TEST(a_batch_saves_and_adds_no_work)
{
    static const char *const keys[] = {"", ", \"reply_batch\": 2", ", \"reply_batch\": 64"};
    for (size_t i = 0; i < TG_COUNT(keys); i++) {
        struct tg_test_world w;
        char server[256];
        snprintf(server, sizeof server, REPLY_4US "%s", keys[i]);
        build(&w, server, "", REQUESTS);
        run(&w);
        ck_assert_int_eq(busy_ps(&w), 7 * 14 * TG_PS_PER_US + 1);
        ck_assert_int_eq((int64_t)w.result.packets_out, REQUESTS);
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* 28.5 us after their times: the first two, served at 110 and 120 us, wait for the third until 130. */
START_TEST(who_gives_up_meanwhile_has_timed_out)
{
    static const char *const keys[] = {"", ", \"reply_batch\": 64"};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        build(&w, keys[i], ", \"timeout\": \"28.5 us\"", 3);
        run(&w);
        ck_assert_int_eq(w.result.lost[TG_LOSS_TIMEOUT], i ? 2 : 0);
        ck_assert_int_eq(w.result.replied, i ? 1 : 3);
        ck_assert_int_eq(w.result.still_open, 0);
        if (i)
            ck_assert_int_eq((int64_t)w.result.latency.sum, 28 * TG_PS_PER_US);
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* At 122 us two have been served. What the run leaves behind is not there in the next. */
START_TEST(a_batch_is_open_when_the_run_ends)
{
    static const char *const keys[] = {"", ", \"reply_batch\": 64"};
    for (int i = 0; i < 2; i++) {
        struct tg_test_world w;
        build(&w, keys[i], ", \"drain\": \"20 us\"", 3);
        for (int again = 0; again < 2; again++) {
            run(&w);
            ck_assert_int_eq(w.result.replied, i ? 0 : 2);
            ck_assert_int_eq(w.result.still_open, i ? 3 : 1);
            ck_assert_int_eq(w.result.packets_out, i ? 0 : 2);
        }
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* At 140 us two of three have left, which were done at 110, 120 and 130 us. */
START_TEST(in_the_middle_of_a_batch_the_run_ends)
{
    static const char *const keys[] = {REPLY_4US ", \"reply_batch\": 64",
                                       REPLY_4US SOFT_IRQ ", \"reply_batch\": 64"};
    for (size_t i = 0; i < TG_COUNT(keys); i++) {
        struct tg_test_world w;
        build(&w, keys[i], ", \"drain\": \"38 us\"", 3);
        for (int again = 0; again < 2; again++) {
            run(&w);
            ck_assert_int_eq(w.result.replied, 2);
            ck_assert_int_eq(w.result.still_open, 1);
            ck_assert_int_eq(w.result.packets_out, 2);
        }
        tg_test_world_destroy(&w);
    }
}
END_TEST

/* Who gives up while its own reply leaves, or those before it, has timed out; the reply is sent all the same.
 * The first five would be heard after 54, 57, 60, 63 and 66 us, the others after 24, 23 and 14. */
START_TEST(who_gives_up_while_replies_leave_has_timed_out)
{
    struct tg_test_world w;
    build(&w, REPLY_4US ", \"reply_batch\": 64", ", \"timeout\": \"58 us\"", REQUESTS);
    run(&w);
    ck_assert_int_eq(w.result.replied, 5);
    ck_assert_int_eq(w.result.lost[TG_LOSS_TIMEOUT], 3);
    ck_assert_int_eq(w.result.packets_out, REQUESTS);
    ck_assert_int_eq((int64_t)w.result.latency.sum, 172 * TG_PS_PER_US);
    tg_test_world_destroy(&w);
}
END_TEST

/* A batch into a hop that holds one: the first is taken up, the second waits, the third finds no room. */
START_TEST(a_batch_overruns_a_short_queue)
{
    static const char hop[] = "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", "
                              "\"title\": \"T\", \"rules\": [{\"hop\": {\"name\": \"out\", \"direction\": "
                              "\"transmit\", \"core\": \"driver_domain\", \"queue\": 1, \"packet\": "
                              "[{\"cost\": \"work\"}]}}]}";
    struct tg_error err;
    struct tg_test_world w;
    tg_test_world_build(&w, profile_text,
                        "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", \"reply_batch\": "
                        "3, \"request\": [{\"cost\": \"work\"}]}",
                        hop, ", \"jitter\": false, \"horizon\": \"1 ms\", \"warm_up\": \"0 s\"");
    tg_world_free(w.world);
    w.scenario.workload.gaps = TG_GAPS_LOG;
    w.scenario.log_ps = arrivals_ps;
    w.scenario.log_count = 3;
    w.scenario.horizon_ps = arrivals_ps[2] + 1;
    ck_assert_tg_ok(tg_world_new(&w.scenario, &w.path, &w.world, &err), err);
    run(&w);
    ck_assert_int_eq(w.result.replied + w.result.lost[TG_LOSS_FIXED], 3);
    ck_assert_int_ge(w.result.lost[TG_LOSS_FIXED], 1);
    ck_assert_str_eq(tg_path_wait_name(&w.path, TG_WAIT_FIXED), "out");
    ck_assert_str_eq(tg_path_wait_name(&w.path, TG_WAIT_FIXED + 1), "reply batch");
    tg_test_world_destroy(&w);
}
END_TEST

static const struct {
    const char *keys, *message; /* NULL: it is read */
} readings[] = {
    {"", NULL},
    {", \"reply_batch\": 64", NULL},
    {", \"protocol\": \"tcp\", \"reply_batch\": 1", NULL},
    {", \"reply_batch\": 0", "reply_batch"},
    {", \"reply_batch\": -1", "reply_batch"},
    {", \"reply_batch\": 1.5", "reply_batch"},
    {", \"reply_batch\": \"all\"", "reply_batch"},
    {", \"protocol\": \"tcp\", \"reply_batch\": 2", "reply_batch: replies over connections leave one by one"},
};

START_TEST(a_batch_is_a_whole_number_of_datagrams)
{
    struct tg_error err = {0};
    struct tg_server server;
    char text[512];
    snprintf(text, sizeof text, "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\"%s}",
             readings[_i].keys);
    cJSON *json = cJSON_Parse(text);
    int rc = tg_server_read_json(json, "a server", &server, &err);
    cJSON_Delete(json);
    if (!readings[_i].message) {
        ck_assert_tg_ok(rc, err);
        tg_server_release(&server);
        return;
    }
    ck_assert_int_eq(rc, TG_EINPUT);
    ck_assert_msg(strstr(err.text, readings[_i].message) && strstr(err.text, "a server"), "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reply_batch");
    TCase *tc = tcase_create("reply_batch");
    tcase_add_loop_test(tc, replies_leave_when_nothing_waits_or_after_so_many, 0, TG_COUNT(cases));
    tcase_add_test(tc, a_batch_saves_and_adds_no_work);
    tcase_add_test(tc, in_the_middle_of_a_batch_the_run_ends);
    tcase_add_test(tc, who_gives_up_meanwhile_has_timed_out);
    tcase_add_test(tc, who_gives_up_while_replies_leave_has_timed_out);
    tcase_add_test(tc, a_batch_is_open_when_the_run_ends);
    tcase_add_test(tc, a_batch_overruns_a_short_queue);
    tcase_add_loop_test(tc, a_batch_is_a_whole_number_of_datagrams, 0, TG_COUNT(readings));
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
