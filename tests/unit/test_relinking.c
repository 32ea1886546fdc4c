/* Plugins are linked, replaced and unlinked under dnsperf's load, between two network namespaces, and a
 * client of our own checks every answer to its queries. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tg_dns_client.h"
#include "tg_kernel_plugin.h"
#include "tg_plugin_timer.h"
#include "tg_slot.h"
#include "tg_test.h"
#include "tg_xdp_pair.h"
#include "tg_xdp_service.h"

enum { SKIPPED = 77, QUERIES_CHECKED = 2000, CHANGES_LEAST = 100 };

static char name[9], query_file[] = "/tmp/tollgate-queries-XXXXXX";
static struct tg_xdp_pair pair;
static struct tg_xdp_service *service;

static void clean_up(void)
{
    tg_xdp_service_stop(name, NULL);
    tg_xdp_pair_destroy(&pair);
}

static int set_up(struct tg_error *err)
{
    int last_cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
    int rc = tg_xdp_pair_create(&pair, err);
    if (!rc)
        rc = tg_xdp_service_start(name, pair.server_interface, pair.server_namespace, err);
    if (!rc)
        rc = tg_xdp_service_attach_peer(name, pair.client_interface, pair.client_namespace, err);
    if (!rc)
        rc = tg_xdp_pair_spread(&pair, last_cpu, 0, err);
    return rc;
}

static void open_service(void)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_xdp_service_open(&service, name, &err), err);
    ck_assert_tg_ok(tg_xdp_service_add_record(service, "www.example.org", "192.0.2.1", 300, &err), err);
    ck_assert_tg_ok(tg_xdp_service_add_record(service, "b.example.org", "192.0.2.2", 300, &err), err);
    ck_assert_tg_ok(tg_xdp_service_add_record(service, "c.d.example.org", "192.0.2.3", 300, &err), err);
}

static void load(const char *kind, const char *as)
{
    struct tg_error err = {0};
    struct tg_kernel_plugin_about about;
    const struct tg_kernel_plugin_setup setup = {.kind = kind, .name = as, .work = 20};
    ck_assert_tg_ok(tg_kernel_plugin_load(service, &setup, &about, &err), err);
}

struct perf {
    double sent, completed, lost, no_error, per_s;
};

static FILE *start_dnsperf(double seconds, double rate_per_s)
{
    char command[300], limit[40] = "";
    if (rate_per_s > 0)
        snprintf(limit, sizeof limit, "-Q %.0f", rate_per_s);
    snprintf(command, sizeof command,
             "ip netns exec %s taskset -c 0 dnsperf -s " TG_XDP_PAIR_SERVER_ADDRESS
             " -d %s -l %g -c 1 -T 1 -t 2 %s 2>&1",
             pair.client_namespace, query_file, seconds, limit);
    FILE *output = popen(command, "r");
    ck_assert_ptr_nonnull(output);
    return output;
}

static struct perf finish_dnsperf(FILE *output)
{
    static const char *const labels[] = {"Queries sent:", "Queries completed:", "Queries lost:",
                                         "Response codes:       NOERROR", "Queries per second:"};
    double found[5] = {-1, -1, -1, -1, -1};
    char line[256], all[4096] = "";
    while (fgets(line, sizeof line, output)) {
        for (int i = 0; i < 5; i++) {
            const char *at = strstr(line, labels[i]);
            if (at)
                found[i] = strtod(at + strlen(labels[i]), NULL);
        }
        strncat(all, line, sizeof all - strlen(all) - 1);
    }
    ck_assert_msg(pclose(output) == 0 && found[0] >= 0 && found[4] >= 0, "dnsperf failed:\n%s", all);
    return (struct perf){found[0], found[1], found[2], found[3], found[4]};
}

/* A client that checks. */
static void *check_answers(void *opaque)
{
    static const double rate_per_s = 2000, timeout_s = 2;
    struct tg_dns_tally *tally = opaque;
    struct tg_error err = {0};
    const struct tg_dns_question questions[] = {
        {"www.example.org", TG_DNS_NO_ERROR, inet_addr("192.0.2.1")},
        {"C.D.example.org", TG_DNS_NO_ERROR, inet_addr("192.0.2.3")},
        {"unknown.example.org", TG_DNS_NO_SUCH_NAME, 0},
        {"b.example.org", TG_DNS_NO_ERROR, inet_addr("192.0.2.2")},
    };
    const struct tg_dns_load what = {.server = TG_XDP_PAIR_SERVER_ADDRESS,
                                     .netns = pair.client_namespace,
                                     .questions = questions,
                                     .question_count = sizeof questions / sizeof *questions,
                                     .count = QUERIES_CHECKED,
                                     .rate_per_s = rate_per_s,
                                     .timeout_s = timeout_s};
    if (tg_dns_client_run(&what, tally, &err))
        snprintf(tally->fault, sizeof tally->fault, "%s", err.text);
    return NULL;
}

/* Links, chains, replaces and unlinks, one change a millisecond. */
static atomic_int stop_relinking;

static void *relink(void *opaque)
{
    unsigned *changes = opaque;
    struct tg_xdp_service *mine;
    struct tg_error err = {0};
    const struct timespec pause = {.tv_nsec = 1000000};
    int rc = tg_xdp_service_open(&mine, name, &err);
    for (unsigned step = 0; !rc && !atomic_load(&stop_relinking); step++) {
        switch (step % 5) {
        case 0:
            rc = tg_slot_link(mine, "null", 0, NULL, &err);
            break;
        case 1:
            rc = tg_slot_link(mine, "counter", 1, NULL, &err);
            break;
        case 2:
            rc = tg_slot_link(mine, "compute", 0, NULL, &err); /* replaces the null plugin */
            break;
        case 3:
            rc = tg_slot_unlink(mine, 0, &err);
            break;
        default:
            rc = tg_slot_unlink(mine, 1, &err);
        }
        ++*changes;
        nanosleep(&pause, NULL);
    }
    tg_xdp_service_close(mine);
    if (rc)
        *changes = 0;
    return NULL;
}

struct trial {
    struct perf perf;
    struct tg_dns_tally tally;
    struct tg_service_counts counts; /* of this trial alone */
    unsigned changes;
};

static struct tg_service_counts count(void)
{
    struct tg_error err = {0};
    struct tg_service_counts total;
    ck_assert_tg_ok(tg_xdp_service_count(service, &total, &err), err);
    return total;
}

static struct trial run_trial(double rate_per_s, int relinking)
{
    static const double seconds = 1.2;
    struct trial trial = {0};
    struct tg_service_counts before = count(), after;
    pthread_t checker, relinker;
    FILE *output = start_dnsperf(seconds, rate_per_s);
    ck_assert_int_eq(pthread_create(&checker, NULL, check_answers, &trial.tally), 0);
    atomic_store(&stop_relinking, 0);
    if (relinking)
        ck_assert_int_eq(pthread_create(&relinker, NULL, relink, &trial.changes), 0);
    trial.perf = finish_dnsperf(output);
    pthread_join(checker, NULL);
    atomic_store(&stop_relinking, 1);
    if (relinking)
        pthread_join(relinker, NULL);
    after = count();
    trial.counts.requests = after.requests - before.requests;
    trial.counts.answered = after.answered - before.answered;
    trial.counts.unknown = after.unknown - before.unknown;
    printf("%s: dnsperf %.0f sent, %.0f lost; checked %llu, wrong %llu, lost %llu; %u changes\n",
           relinking ? "relinking" : "at rest", trial.perf.sent, trial.perf.lost,
           (unsigned long long)trial.tally.sent, (unsigned long long)trial.tally.wrong,
           (unsigned long long)trial.tally.lost, trial.changes);
    return trial;
}

/* Whatever the machine is busy with, no answer may be wrong, and every request that reached the service must
 * have been answered. */
static void assert_sound(const struct trial *trial)
{
    ck_assert_msg(trial->tally.sent == QUERIES_CHECKED && trial->tally.wrong == 0, "%s", trial->tally.fault);
    ck_assert_double_eq(trial->perf.no_error, trial->perf.completed);
    ck_assert_uint_eq(trial->counts.requests, trial->counts.answered + trial->counts.unknown);
}

/* Queries can be lost outside the service too, when another process keeps a core for longer than a receive
 * queue lasts, with relinking or without. So the two kinds of trial are compared, and compared again if the
 * first or second comparison is spoilt: relinking itself, if it lost queries, would lose them every time. */
START_TEST(no_query_is_lost_to_relinking)
{
    enum { TRIALS = 3 };
    open_service();
    load("null", "null");
    load("counter", "counter");
    load("compute", "compute");
    struct perf saturated = finish_dnsperf(start_dnsperf(1, 0));
    printf("saturation: %.0f queries/s\n", saturated.per_s);
    int spared = 0;
    for (int i = 0; i < TRIALS && !spared; i++) {
        struct trial at_rest = run_trial(saturated.per_s / 2, 0);
        struct trial relinking = run_trial(saturated.per_s / 2, 1);
        assert_sound(&at_rest);
        assert_sound(&relinking);
        ck_assert_uint_ge(relinking.changes, CHANGES_LEAST);
        spared = relinking.perf.lost <= at_rest.perf.lost && relinking.tally.lost <= at_rest.tally.lost;
    }
    ck_assert_msg(spared, "queries were lost in every trial with relinking");
    struct tg_error err = {0};
    struct tg_plugin_state state;
    ck_assert_tg_ok(tg_kernel_plugin_state(service, "counter", &state, &err), err);
    ck_assert_uint_gt(state.calls, 0);
    ck_assert_uint_lt(state.calls, count().requests);
    tg_xdp_service_close(service);
}
END_TEST

/* What the verifier refuses does not disturb a service that is answering. */
START_TEST(refused_plugins_leave_the_service_answering)
{
    static const char *const kinds[] = {"out-of-bounds", "unbounded-loop", "forbidden-helper",
                                        "wild-pointer"};
    struct tg_dns_tally tally;
    struct tg_kernel_plugin_about about;
    pthread_t checker;
    open_service();
    struct tg_service_counts before = count();
    ck_assert_int_eq(pthread_create(&checker, NULL, check_answers, &tally), 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct tg_error err = {0};
        const struct tg_kernel_plugin_setup setup = {.kind = kinds[i], .name = "rogue"};
        ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_ECHECK);
        printf("refused: %s\n", err.text);
    }
    pthread_join(checker, NULL);
    ck_assert_msg(tally.sent == QUERIES_CHECKED && tally.wrong == 0, "%s", tally.fault);
    ck_assert_uint_gt(tally.right, 0);
    struct tg_service_counts after = count();
    ck_assert_uint_eq(after.requests - before.requests,
                      after.answered - before.answered + after.unknown - before.unknown);
    ck_assert_uint_le(tally.right, after.requests - before.requests);
    tg_xdp_service_close(service);
}
END_TEST

static int write_queries(void)
{
    int fd = mkstemp(query_file);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return -1;
    fprintf(file, "www.example.org A\nb.example.org A\nc.d.example.org A\n");
    return fclose(file);
}

int main(void)
{
    struct tg_error why = {0};
    snprintf(name, sizeof name, "r%06x", (unsigned)getpid() & 0xffffff);
    tg_xdp_pair_name(&pair, name);
    if (system("dnsperf -h >/dev/null 2>&1") == 127 * 256) {
        printf("skipped: dnsperf (Debian package dnsperf) is missing\n");
        return SKIPPED;
    }
    if (tg_plugin_available(TG_PLUGIN_KERNEL_CALL, &why) || set_up(&why)) {
        printf("skipped: %s\n", why.text);
        clean_up();
        return SKIPPED;
    }
    if (write_queries())
        return EXIT_FAILURE;
    Suite *suite = suite_create("relinking");
    TCase *tc = tcase_create("relinking");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, no_query_is_lost_to_relinking);
    tcase_add_test(tc, refused_plugins_leave_the_service_answering);
    suite_add_tcase(suite, tc);
    int status = tg_test_run(suite);
    clean_up();
    unlink(query_file);
    return status;
}
