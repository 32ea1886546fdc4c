/* A testbed that was never run: measured systems of which the truth is known, and a profile of round prices.
 */
#ifndef TG_TEST_BED_H
#define TG_TEST_BED_H

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "tg_bed_model.h"
#include "tg_bed_record.h"
#include "tg_catalog.h"
#include "tg_crossing.h"
#include "tg_json.h"
#include "tg_test.h"

/* What primitives cost here, ns, all of it constant. The client's work is cheap enough not to limit anything;
 * what is not in the table costs a microsecond. */
struct test_price {
    const char *name;
    double ns;
};

static inline double test_price_ns(const char *name)
{
    static const struct test_price prices[] = {
        {"udp_deliver_batch_remote", 300},
        {"udp_receive_batch_remote", 100},
        {"clock_read", 10},
        {"wakeup_remote", 4000},
        {"udp_answer_remote", 8000},
        {"syscall", 200},
        {"vm_exit", 7000},
        {"signal", 1500},
        {"signal_send", 500},
        {"pipe_handover", 2500},
        {"after_syscall_udp", 150},
        {"after_vm_exit_udp", 250},
    };
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        if (strcmp(prices[i].name, name) == 0)
            return prices[i].ns;
    }
    return 1000;
}

/* The primitives of all the responder's systems. */
static inline void test_primitives(struct tg_strings *names)
{
    struct tg_error err = {0};
    for (const struct tg_bed_system *s = tg_bed_systems; s->name; s++) {
        if (s->server == TG_SERVER_RESPONDER)
            ck_assert_tg_ok(tg_bed_model_primitives(s, names, &err), err);
    }
}

static inline double test_sum_ns(const cJSON *costs)
{
    double sum = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, costs)
    {
        const cJSON *count = cJSON_GetObjectItem(item, "count");
        sum += test_price_ns(cJSON_GetStringValue(cJSON_GetObjectItem(item, "cost"))) *
               (count ? count->valuedouble : 1);
    }
    return sum;
}

/* What a request takes the responder's core when it does not sleep: its own steps, by its model file, and
 * what its crossings are made of. */
static inline double test_request_ns(const struct tg_bed_system *system)
{
    char *path;
    cJSON *server;
    struct tg_error err = {0};
    const struct tg_crossing_kind *kind = tg_crossing_find(system->crossing ? system->crossing : "");
    ck_assert_tg_ok(tg_catalog_find(TG_CATALOG_SERVERS, "testbed-responder", NULL, &path, &err), err);
    ck_assert_tg_ok(tg_json_read_file(path, &server, &err), err);
    double ns = test_sum_ns(cJSON_GetObjectItem(server, "request")) +
                test_sum_ns(cJSON_GetObjectItem(server, "reply"));
    for (int i = 0; kind && i < TG_CROSSING_PARTS && kind->made_of[i].primitive; i++)
        ns += test_price_ns(kind->made_of[i].primitive) * kind->made_of[i].count * system->crossings;
    if (kind && kind->after)
        ns += test_price_ns(kind->after);
    cJSON_Delete(server);
    free(path);
    return ns;
}

static inline void test_add_price(cJSON *profile, const char *name, double ns, double low, double high)
{
    struct tg_error err = {0};
    const struct tg_bed_price price = {.name = name,
                                       .mean_ns = ns,
                                       .low_ns = low,
                                       .high_ns = high,
                                       .provenance = "assumed",
                                       .source = "for a test"};
    ck_assert_tg_ok(tg_bed_model_add_price(profile, &price, &err), err);
}

/* spread: of every price's interval, relative; 0: they are exact. */
static inline cJSON *test_profile(double spread)
{
    struct tg_strings names = {0};
    cJSON *profile = cJSON_CreateObject();
    cJSON_AddStringToObject(profile, "format", "tollgate profile");
    cJSON_AddNumberToObject(profile, "version", 1);
    cJSON_AddStringToObject(profile, "name", "round");
    cJSON_AddObjectToObject(profile, "costs");
    test_primitives(&names);
    for (size_t i = 0; i < names.count; i++) {
        double ns = test_price_ns(names.items[i]);
        test_add_price(profile, names.items[i], ns, ns * (1 - spread), ns * (1 + spread));
    }
    tg_strings_release(&names);
    return profile;
}

static inline void test_drop_price(cJSON *profile, const char *name)
{
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(profile, "costs"), name);
}

/* A system that answers all up to `per_s`, and that much beyond; each repetition a percent apart, with half
 * of them below. Latencies and losses are as given at every load. */
struct test_truth {
    const char *system;
    double per_s, p50_ns, p99_ns;
    enum tg_limit limit;
};
enum { TEST_LOADS = 6, TEST_REPETITIONS = 5 };

static inline struct tg_measured test_measured(const struct test_truth *t)
{
    static const double loads[TEST_LOADS] = {0.2, 0.5, 0.8, 1.1, 1.2, 1.5};
    struct tg_measured m = {.system = tg_bed_system_find(t->system),
                            .searched_per_s = t->per_s,
                            .passes = TEST_REPETITIONS,
                            .complete = true};
    ck_assert_ptr_nonnull(m.system);
    m.points = calloc((size_t)TEST_LOADS * TEST_REPETITIONS, sizeof *m.points);
    for (int r = 0; r < TEST_REPETITIONS; r++) {
        double able_per_s = t->per_s * (1 + 0.01 * (r - (TEST_REPETITIONS - 1) / 2));
        for (int i = 0; i < TEST_LOADS; i++) {
            struct tg_bed_point p = tg_bed_point_unknown();
            p.repetition = 1 + r;
            p.wanted_per_s = p.offered_per_s = p.sent_per_s = loads[i] * t->per_s;
            p.reply_per_s = fmin(p.offered_per_s, able_per_s);
            p.answered_fraction = p.reply_per_s / p.offered_per_s;
            p.lost_fraction = 1 - p.answered_fraction;
            p.latency_p50_ns = t->p50_ns;
            p.latency_p99_ns = t->p99_ns;
            p.limited_by = p.answered_fraction >= 0.98 ? TG_LIMIT_NONE : t->limit;
            m.points[m.count++] = p;
        }
    }
    ck_assert_int_eq(tg_saturation_of(m.points, m.count, &m.saturation, NULL), TG_OK);
    return m;
}

static inline void test_measure(struct tg_bed_record *record, const struct test_truth *truths, size_t count)
{
    struct tg_error err = {0};
    *record = (struct tg_bed_record){0};
    for (size_t i = 0; i < count; i++) {
        struct tg_measured m = test_measured(&truths[i]);
        ck_assert_tg_ok(tg_bed_record_add(record, &m, &err), err);
    }
}

#endif
