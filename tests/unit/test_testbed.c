#include "tg_testbed.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_campaign.h"
#include "tg_test.h"

static void tag_of(char tag[16], pid_t owner)
{
    snprintf(tag, 16, "tb%06x", (unsigned)owner);
}

static int exists(const char *before, const char *tag, const char *after)
{
    char path[128];
    struct stat about;
    snprintf(path, sizeof path, "%s%s%s", before, tag, after);
    return stat(path, &about) == 0;
}

/* How much of a bed there is: network name spaces, service, folder, lock. */
static int left_of(pid_t owner)
{
    char tag[16];
    tag_of(tag, owner);
    return exists("/run/netns/tollgate-", tag, "-server") + exists("/run/netns/tollgate-", tag, "-client") +
           exists("/run/netns/tollgate-", tag, "-middle") + exists("/sys/fs/bpf/tollgate/", tag, "") +
           exists("/run/tollgate-testbed/", tag, "") + exists("/run/tollgate-testbed/", tag, ".lock");
}

static int can_run(const struct tg_bed_system *system)
{
    struct tg_error why = {0};
    if (tg_bed_system_available(system, &why) == TG_OK)
        return 1;
    printf("not checked: %s: %s\n", system->name, why.text);
    return 0;
}

/* One system of each server, way and generator, and of each crossing. */
static const char *const systems[] = {"udp",           "udp-pipe_handover-1", "udp-segment_call-10",
                                      "udp-container", "xdp-chain-8",         "xdp-container",
                                      "bind",          "bind-open",           "lighttpd",
                                      "apache"};

START_TEST(a_system_starts_answers_and_leaves_nothing)
{
    struct tg_bed *bed;
    struct tg_error err = {0};
    struct tg_bed_point point;
    const struct tg_bed_system *system = tg_bed_system_find(systems[_i]);
    struct tg_bed_settings settings = tg_bed_settings_usual();
    struct tg_bed_load load = tg_bed_load_usual(300);
    load.window_s = 0.3;
    /* Nobody else may read what this process writes, if it does not see to it. */
    umask(077);
    if (!can_run(system))
        return;
    ck_assert_tg_ok(tg_bed_open(&bed, &settings, &err), err);
    ck_assert_tg_ok(tg_bed_start(bed, system, &err), err);
    ck_assert_int_ge(left_of(getpid()), 4);
    /* Other work may keep the client from its core for a whole window. */
    point.reply_per_s = 0;
    for (int i = 0; i < 20 && !(point.reply_per_s > 0); i++)
        ck_assert_tg_ok(tg_bed_point(bed, &load, &point, &err), err);
    ck_assert_double_gt(point.reply_per_s, 0);
    ck_assert_double_gt(point.server_ns_per_reply, 0);
    ck_assert_double_gt(point.latency_mean_ns, 0);
    ck_assert(!(point.wrong_per_s > 0));
    tg_bed_close(bed);
    ck_assert_int_eq(left_of(getpid()), 0);
}
END_TEST

START_TEST(one_bed_serves_one_system_after_the_other)
{
    struct tg_bed *bed;
    struct tg_error err = {0};
    struct tg_bed_point point;
    struct tg_bed_settings settings = tg_bed_settings_usual();
    struct tg_bed_load load = tg_bed_load_usual(500);
    load.window_s = 0.1;
    ck_assert_tg_ok(tg_bed_open(&bed, &settings, &err), err);
    ck_assert_int_eq(tg_bed_point(bed, &load, &point, &err), TG_EBUG);
    ck_assert_tg_ok(tg_bed_start(bed, tg_bed_system_find("udp"), &err), err);
    ck_assert_tg_ok(tg_bed_start(bed, tg_bed_system_find("udp-syscall-10"), &err), err);
    ck_assert_tg_ok(tg_bed_point(bed, &load, &point, &err), err);
    ck_assert_tg_ok(tg_bed_stop(bed, &err), err);
    ck_assert_tg_ok(tg_bed_stop(bed, &err), err);
    tg_bed_close(bed);
    ck_assert_int_eq(left_of(getpid()), 0);
}
END_TEST

/* A process is killed while all stands. What it started dies with it; the rest goes when the next one begins,
 * and not before its own. */
START_TEST(after_a_kill_the_next_one_cleans_up)
{
    struct tg_error err = {0};
    struct tg_bed_settings settings = tg_bed_settings_usual();
    const char *name = can_run(tg_bed_system_find("xdp-container")) ? "xdp-container" : "udp";
    int ready[2];
    char byte;
    unsigned removed;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t owner = fork();
    if (owner == 0) {
        struct tg_bed *bed;
        if (tg_bed_open(&bed, &settings, &err) || tg_bed_start(bed, tg_bed_system_find(name), &err))
            printf("%s\n", err.text);
        else if (write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    int stood = left_of(owner);
    ck_assert_int_ge(stood, 4);
    ck_assert_tg_ok(tg_bed_sweep(&removed, &err), err);
    ck_assert_int_eq(left_of(owner), stood);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    /* What the owner started held the pipe too. */
    ck_assert_int_eq(read(ready[0], &byte, 1), 0);
    ck_assert_int_eq(left_of(owner), stood);
    ck_assert_tg_ok(tg_bed_sweep(&removed, &err), err);
    ck_assert_int_eq(left_of(owner), 0);
    close(ready[0]);
}
END_TEST

START_TEST(a_campaign_finds_a_saturation)
{
    struct tg_bed *bed;
    struct tg_error err = {0};
    struct tg_measured m;
    const double loads[] = {0.5, 1.5};
    struct tg_bed_settings settings = tg_bed_settings_usual();
    struct tg_campaign campaign = tg_campaign_quick();
    campaign.loads = loads;
    campaign.load_count = 2;
    campaign.repetitions = 2;
    campaign.window_s = 0.05;
    const char *name = can_run(tg_bed_system_find("udp-vm_exit-5")) ? "udp-vm_exit-5" : "udp";
    ck_assert_tg_ok(tg_bed_open(&bed, &settings, &err), err);
    ck_assert_tg_ok(tg_campaign_run(bed, tg_bed_system_find(name), &campaign, &m, &err), err);
    ck_assert(m.complete);
    ck_assert_uint_eq(m.count, 4);
    ck_assert_double_gt(m.searched_per_s, 0);
    ck_assert_double_gt(m.saturation.per_s, 0);
    ck_assert_uint_eq(m.saturation.repetitions, 2);
    ck_assert_double_eq(m.points[0].wanted_per_s, m.searched_per_s * 0.5);
    ck_assert_double_eq(m.points[3].repetition, 2);
    tg_measured_release(&m);
    tg_bed_close(bed);
}
END_TEST

int main(void)
{
    struct tg_error why;
    if (tg_bed_system_available(tg_bed_system_find("udp"), &why)) {
        printf("skipped: %s\n", why.text);
        return 77;
    }
    Suite *suite = suite_create("testbed");
    TCase *tc = tcase_create("testbed");
    tcase_add_loop_test(tc, a_system_starts_answers_and_leaves_nothing, 0, sizeof systems / sizeof *systems);
    tcase_add_test(tc, one_bed_serves_one_system_after_the_other);
    tcase_add_test(tc, after_a_kill_the_next_one_cleans_up);
    tcase_add_test(tc, a_campaign_finds_a_saturation);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
