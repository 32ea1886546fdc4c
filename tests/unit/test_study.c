/* The mechanisms behind the studies' claims: each is switched off, and its effect must go. Runs are at the
 * best guesses and on fixed seeds, so that nothing here is left to chance. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "tg_json.h"
#include "tg_reproduce.h"
#include "tg_sweep.h"
#include "tg_test.h"

static struct tg_study study;
static struct tg_study_draw *draw;
static struct tg_error err;

static void open_study(const char *name)
{
    ck_assert_tg_ok(tg_study_read(name, &study, &err), err);
}

static void begin(void)
{
    ck_assert_tg_ok(tg_study_draw_new(&study, 1, TG_DRAW_BEST, &draw, &err), err);
}

static void close_study(void)
{
    tg_study_draw_free(draw);
    tg_study_release(&study);
    draw = NULL;
}

static double measured(const char *id)
{
    struct tg_measured m = {0};
    ck_assert_tg_ok(tg_measure_find(study.name, id)->measure(draw, &m, &err), err);
    return m.value;
}

static struct tg_sight sight(const char *system, const char *patch, double rate_per_s)
{
    struct tg_sight s;
    struct tg_case what = {.system = system, .patch = patch, .rate_per_s = rate_per_s};
    ck_assert_tg_ok(tg_study_draw_see(draw, &what, &s, &err), err);
    return s;
}

START_TEST(every_claim_of_a_study_is_measured_and_every_fit_has_its_keys)
{
    static const char *const names[] = {"plugins", "osv"};
    size_t claims = 0, must = 0, targets = 0;
    for (size_t i = 0; i < TG_COUNT(names); i++) {
        struct tg_priors priors = {0}, all = {0};
        open_study(names[i]);
        claims += study.claim_count;
        for (size_t c = 0; c < study.claim_count; c++) {
            ck_assert_msg(tg_measure_find(names[i], study.claims[c].id) != NULL, "%s", study.claims[c].id);
            must += study.claims[c].must;
            targets += study.claims[c].target;
            ck_assert(!(study.claims[c].must && study.claims[c].target));
        }
        ck_assert_uint_eq(study.fit_count, i == 0 ? 1 : 2);
        ck_assert_tg_ok(tg_study_priors(&study, &priors, &err), err);
        for (size_t m = 0; m < study.model_count; m++)
            ck_assert_tg_ok(tg_priors_list(study.models[m].document, study.models[m].name, &all, &err), err);
        size_t keys = 0;
        for (size_t f = 0; f < study.fit_count; f++)
            keys += study.fits[f].key_count;
        ck_assert_uint_eq(priors.count + keys, all.count);
        tg_priors_release(&priors);
        tg_priors_release(&all);
        close_study();
    }
    ck_assert_uint_eq(claims, 19);
    ck_assert_uint_eq(targets, 3);
    ck_assert_uint_eq(must, 8);
}
END_TEST

START_TEST(a_draw_is_the_same_bits_again_and_another_draw_is_not)
{
    double first, again, other;
    open_study("plugins");
    ck_assert_tg_ok(tg_study_draw_new(&study, 7, 3, &draw, &err), err);
    first = measured("P6a");
    tg_study_draw_free(draw);
    ck_assert_tg_ok(tg_study_draw_new(&study, 7, 3, &draw, &err), err);
    again = measured("P6a");
    tg_study_draw_free(draw);
    ck_assert_tg_ok(tg_study_draw_new(&study, 7, 4, &draw, &err), err);
    other = measured("P6a");
    ck_assert(first == again);
    ck_assert(first != other);
    close_study();
}
END_TEST

START_TEST(fits_bring_the_targets_to_their_values)
{
    double fitted[TG_STUDY_CLAIMS_MAX], wanted;
    open_study("plugins");
    ck_assert_tg_ok(tg_study_draw_new(&study, 2, 1, &draw, &err), err);
    ck_assert_tg_ok(tg_study_draw_target(draw, 0, &wanted, &err), err);
    double before = measured("P6a");
    ck_assert_tg_ok(tg_reproduce_fit(draw, fitted, &err), err);
    ck_assert_double_eq_tol(measured("P6a"), wanted, 0.01 * wanted);
    ck_assert_double_gt(fabs(before / wanted - 1), 0.01);
    close_study();
}
END_TEST

/* P8b, at the best guess of the reply's size. */
START_TEST(one_packet_a_world_switch_at_every_load_costs_the_vm_dear)
{
    open_study("plugins");
    cJSON *rules = cJSON_GetObjectItem(tg_study_model(&study, "vmware-hosted"), "rules"), *rule;
    begin();
    ck_assert_tg_ok(tg_study_draw_set(draw, "plugins/reply_size", 3000, &err), err);
    double combined = measured("P8b");
    tg_study_draw_free(draw);
    int hops = 0;
    cJSON_ArrayForEach(rule, rules)
    {
        cJSON *hop = cJSON_GetObjectItem(rule, "hop");
        if (hop)
            hops += cJSON_ReplaceItemInObject(hop, "interrupts", cJSON_CreateString("each")) != 0;
    }
    ck_assert_int_eq(hops, 2);
    begin();
    ck_assert_tg_ok(tg_study_draw_set(draw, "plugins/reply_size", 3000, &err), err);
    double each = measured("P8b");
    ck_assert_double_lt(each, 0.35);
    ck_assert_double_gt(combined, 1.2 * each);
    close_study();
}
END_TEST

/* P7. The means of two series of 2,000 latencies whose costs spread by 10 us differ by 0.3 us of chance. */
START_TEST(without_jitter_both_estimators_agree)
{
    struct tg_series_means with, without;
    open_study("plugins");
    begin();
    ck_assert_tg_ok(tg_measure_series(draw, 2000, 0, NULL, &with, &err), err);
    ck_assert_tg_ok(tg_measure_series(draw, 2000, 0, "{\"jitter\": false}", &without, &err), err);
    double mean = without.mean[1] - without.mean[0], fastest = without.fastest[1] - without.fastest[0];
    ck_assert_double_lt(fabs(mean - fastest), 1.2);
    ck_assert_double_lt(fabs(mean - 0.53), 1.2);
    ck_assert_double_gt(with.mean[0], without.mean[0]);
    close_study();
}
END_TEST

static double spread(const char *patch)
{
    return sight("khttpd-vm", patch, 1000).metrics[TG_METRIC_STDDEV_PS] * 1e-6;
}

/* P8c. */
START_TEST(the_spread_grows_with_the_vms_jitter_and_with_its_exits)
{
    open_study("plugins");
    begin();
    double base = sight("khttpd", NULL, 1000).metrics[TG_METRIC_STDDEV_PS] * 1e-6;
    double with = spread(NULL), without = spread("{\"jitter\": false}");
    ck_assert_tg_ok(tg_study_draw_set(draw, "pentium3-866/costs.world_switch", 12000, &err), err);
    ck_assert_tg_ok(tg_study_draw_set(draw, "pentium3-866/costs.host_process", 60000, &err), err);
    double exits = spread("{\"jitter\": false}");
    ck_assert_double_gt(with, 3 * base);
    ck_assert_double_gt(with, 1.3 * without);
    ck_assert_double_gt(exits, 1.5 * without);
    close_study();
}
END_TEST

struct collapse {
    double rise, fall, in_window_per_s;
};

static struct collapse collapse(const char *patch, double low)
{
    struct tg_sight s = sight("http-linux", patch, 4800);
    return (struct collapse){s.metrics[TG_METRIC_MEAN_PS] / low, 1 - s.httperf_per_s / 4000,
                             s.metrics[TG_METRIC_REPLY_PER_S]};
}

/* O4b. The reply rate is the one that httperf prints, which counts the time in which it waits for the last.
 */
START_TEST(the_collapse_needs_a_short_backlog_and_syn_retransmission)
{
    double fitted[TG_STUDY_CLAIMS_MAX];
    open_study("osv");
    begin();
    ck_assert_tg_ok(tg_reproduce_fit(draw, fitted, &err), err);
    double low = sight("http-linux", NULL, 1000).metrics[TG_METRIC_MEAN_PS];
    struct collapse whole = collapse(NULL, low);
    ck_assert_double_gt(whole.rise, 100);
    ck_assert_double_gt(whole.fall, 0.3);
    struct collapse queued = collapse("{\"tcp\": {\"accept_queue\": 1000000, \"syn_queue\": 1000000}}", low);
    ck_assert_double_lt(queued.fall, 0.1);
    struct collapse refused = collapse("{\"tcp\": {\"syn_retries\": []}}", low);
    ck_assert_double_lt(refused.fall, 0.1);
    ck_assert_double_lt(refused.rise, 0.5 * whole.rise);
    /* Livelock: packets outrank the server always, until the budget is spent, or not at all. */
    struct collapse livelock = collapse("{\"adapter\": {\"interrupts\": \"each\"}}", low);
    struct collapse polite = collapse("{\"adapter\": {\"budget\": 1}}", low);
    ck_assert_double_lt(livelock.in_window_per_s, 0.97 * whole.in_window_per_s);
    ck_assert_double_gt(livelock.fall, whole.fall);
    ck_assert_double_gt(polite.in_window_per_s, whole.in_window_per_s);
    close_study();
}
END_TEST

/* O4d. */
START_TEST(the_client_runs_out_of_ports)
{
    open_study("osv");
    begin();
    static const char SHORT[] = "{\"tcp\": {\"time_wait\": \"6 s\"}}";
    static const char TEN[] = "{\"workload\": {\"addresses\": 10}}";
    double before = sight("http-osv", NULL, 5000).metrics[TG_METRIC_MEAN_PS];
    struct tg_sight out = sight("http-osv", NULL, 6200);
    double with = out.metrics[TG_METRIC_MEAN_PS];
    ck_assert_double_gt(with, 10 * before);
    ck_assert_double_gt(out.no_port_ratio, 0);
    ck_assert_double_lt(sight("http-osv", SHORT, 6200).metrics[TG_METRIC_MEAN_PS], 1.5 * before);
    ck_assert_double_lt(sight("http-osv", TEN, 6200).metrics[TG_METRIC_MEAN_PS], 1.5 * before);
    close_study();
}
END_TEST

/* O5c. */
START_TEST(twice_the_memory_keeps_the_unikernel_alive)
{
    open_study("osv");
    begin();
    ck_assert(sight("http-osv", "{\"memory\": {\"limit\": \"128 MB\"}}", 4000).crashed);
    ck_assert(!sight("http-osv", "{\"memory\": {\"limit\": \"256 MB\"}}", 4000).crashed);
    close_study();
}
END_TEST

static const struct {
    const char *text, *says;
} faults[] = {
    {"{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"x\", \"title\": \"x\"}", "not a study"},
    {"{\"format\": \"tollgate study\", \"version\": 1, \"name\": \"x\", \"title\": \"x\", \"claims\": [], "
     "\"fits\": []}",
     "systems: required key is missing"},
    {"{\"format\": \"tollgate study\", \"version\": 1, \"name\": \"x\", \"title\": \"x\", \"systems\": [], "
     "\"claims\": [], \"fits\": [], \"sistems\": 1}",
     "sistems: unknown key; did you mean 'systems'?"},
    {"{\"format\": \"tollgate study\", \"version\": 1, \"name\": \"x\", \"title\": \"x\", \"systems\": [], "
     "\"claims\": [{\"id\": \"A\", \"claim\": \"a\", \"kind\": \"targit\"}], \"fits\": []}",
     "claims[0].kind: 'targit' is none of: target, predicted"},
    {"{\"format\": \"tollgate study\", \"version\": 1, \"name\": \"x\", \"title\": \"x\", \"systems\": [], "
     "\"claims\": [{\"id\": \"A\", \"claim\": \"a\", \"kind\": \"predicted\"}], \"fits\": [{\"target\": "
     "\"A\", \"at\": 1, \"keys\": []}]}",
     "fits[0].target: must name a claim that is a target"},
    {"{\"format\": \"tollgate study\", \"version\": 1, \"name\": \"x\", \"title\": \"x\", \"claims\": [], "
     "\"fits\": [], \"systems\": [{\"name\": \"s\", \"title\": \"s\", \"scenario\": {\"profile\": "
     "\"r701\"}}]}",
     "did you mean 'r710'"},
};

START_TEST(faults_of_a_study_are_named)
{
    char path[] = "/tmp/tollgate-study-XXXXXX.json";
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, faults[_i].text, strlen(faults[_i].text)), (int)strlen(faults[_i].text));
    close(fd);
    ck_assert_int_eq(tg_study_read(path, &study, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, faults[_i].says) != NULL, "said '%s'", err.text);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study");
    TCase *tests = tcase_create("study");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, every_claim_of_a_study_is_measured_and_every_fit_has_its_keys);
    tcase_add_test(tests, a_draw_is_the_same_bits_again_and_another_draw_is_not);
    tcase_add_test(tests, fits_bring_the_targets_to_their_values);
    tcase_add_test(tests, one_packet_a_world_switch_at_every_load_costs_the_vm_dear);
    tcase_add_test(tests, without_jitter_both_estimators_agree);
    tcase_add_test(tests, the_spread_grows_with_the_vms_jitter_and_with_its_exits);
    tcase_add_test(tests, the_collapse_needs_a_short_backlog_and_syn_retransmission);
    tcase_add_test(tests, the_client_runs_out_of_ports);
    tcase_add_test(tests, twice_the_memory_keeps_the_unikernel_alive);
    tcase_add_loop_test(tests, faults_of_a_study_are_named, 0, TG_COUNT(faults));
    suite_add_tcase(suite, tests);
    return tg_test_run(suite);
}
