#include <stdio.h>
#include <string.h>

#include "tg_cpu.h"
#include "tg_test.h"

/* Finished jobs in order, as letters with times: "a@5 b@9". */
static char story[512];

static void finished(struct tg_sim *sim, struct tg_job *job)
{
    size_t used = strlen(story);
    snprintf(story + used, sizeof story - used, "%s%s@%lld", used ? " " : "", (const char *)job->owner,
             (long long)tg_sim_now(sim));
}

struct arrival {
    struct tg_cpu *cpu;
    struct tg_job job;
};

static void arrive(struct tg_sim *sim, void *object)
{
    struct arrival *a = object;
    (void)sim;
    tg_cpu_submit(a->cpu, &a->job);
}

struct given {
    const char *name;
    tg_ps when, service;
    int core;
    unsigned klass;
    uint32_t thread;
};

static tg_ps three(void *context, uint32_t from, uint32_t to)
{
    (void)context, (void)from, (void)to;
    return 3;
}

static struct arrival arrivals[16];

static void play(const struct given *given, size_t n, int cores, tg_ps slice, struct tg_cpu *cpu,
                 struct tg_sim *sim)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_sim_init(sim, 64, &err), err);
    ck_assert_tg_ok(tg_cpu_init(cpu, sim, cores, 1, &err), err);
    cpu->switch_cost = three;
    for (int k = 0; k < TG_CPU_CLASSES; k++)
        cpu->slice_ps[k] = slice;
    story[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        arrivals[i] = (struct arrival){.cpu = cpu,
                                       .job = {.service_ps = given[i].service,
                                               .done = finished,
                                               .owner = (void *)(uintptr_t)given[i].name,
                                               .core = given[i].core,
                                               .klass = given[i].klass,
                                               .thread = given[i].thread}};
        tg_sim_schedule(sim, given[i].when, 0, arrive, &arrivals[i]);
    }
    ck_assert_tg_ok(tg_sim_run(sim, TG_PS_MAX, &err), err);
}

static void close_down(struct tg_cpu *cpu, struct tg_sim *sim)
{
    tg_cpu_release(cpu);
    tg_sim_release(sim);
}

#define PLAY(cores, slice, ...)                        \
    static const struct given given[] = {__VA_ARGS__}; \
    struct tg_cpu cpu;                                 \
    struct tg_sim sim;                                 \
    play(given, sizeof given / sizeof *given, cores, slice, &cpu, &sim)

START_TEST(urgent_work_preempts_and_the_rest_resumes)
{
    PLAY(1, 0, {"user", 0, 100, 0, 4, 0}, {"irq", 10, 5, 0, 1, 0}, {"soft", 12, 20, 0, 2, 0},
         {"next", 1, 7, 0, 4, 0});
    ck_assert_str_eq(story, "irq@15 soft@35 user@125 next@132");
    ck_assert_int_eq(tg_cpu_busy(&cpu, 0, 4), 107);
    ck_assert_int_eq(tg_cpu_busy(&cpu, 0, 1), 5);
    ck_assert_int_eq(tg_job_waited(&arrivals[0].job, 125), 25);
    ck_assert_uint_eq(arrivals[0].job.preemptions, 1);
    close_down(&cpu, &sim);
}
END_TEST

START_TEST(equals_run_in_order_of_submission)
{
    PLAY(1, 0, {"a", 0, 10, 0, 2, 0}, {"b", 1, 10, 0, 2, 0}, {"c", 2, 0, 0, 2, 0}, {"d", 2, 1, 0, 2, 0});
    ck_assert_str_eq(story, "a@10 b@20 c@20 d@21");
    close_down(&cpu, &sim);
}
END_TEST

START_TEST(unpinned_jobs_find_idle_cores_then_the_least_urgent)
{
    PLAY(2, 0, {"a", 0, 100, -1, 3, 0}, {"b", 0, 100, -1, 4, 0}, {"c", 1, 10, -1, 1, 0},
         {"d", 2, 10, 0, 1, 0}, {"e", 3, 5, -1, 4, 0});
    ck_assert_str_eq(story, "c@11 d@12 b@110 a@110 e@115");
    close_down(&cpu, &sim);
}
END_TEST

START_TEST(threads_pay_to_switch_and_interrupts_do_not)
{
    PLAY(1, 0, {"a", 0, 10, 0, 4, 1}, {"irq", 2, 4, 0, 1, 0}, {"b", 3, 10, 0, 4, 2}, {"a2", 4, 10, 0, 4, 2});
    ck_assert_str_eq(story, "irq@6 a@14 b@27 a2@37");
    ck_assert_int_eq(arrivals[2].job.switch_ps, 3);
    ck_assert_int_eq(tg_job_waited(&arrivals[2].job, 27), 11);
    ck_assert_uint_eq(cpu.cores[0].switches, 1);
    close_down(&cpu, &sim);
}
END_TEST

START_TEST(time_slices_take_turns)
{
    PLAY(1, 10, {"a", 0, 25, 0, 4, 0}, {"b", 0, 15, 0, 4, 0}, {"c", 100, 25, 0, 4, 0});
    /* a 0-10, b 10-20, a 20-30, b 30-35, a 35-40; c is alone and never gives way. */
    ck_assert_str_eq(story, "b@35 a@40 c@125");
    close_down(&cpu, &sim);
}
END_TEST

/* Two threads with many short jobs each alternate by slices, not by jobs. */
static struct tg_cpu *shared_cpu;
static struct tg_job chains[2];
static int left[2];

static void next_in_chain(struct tg_sim *sim, struct tg_job *job)
{
    int i = (int)(job - chains);
    finished(sim, job);
    if (--left[i])
        tg_cpu_submit(shared_cpu, job);
}

START_TEST(a_thread_keeps_the_core_for_its_slice)
{
    struct tg_error err = {0};
    struct tg_sim sim;
    struct tg_cpu cpu;
    ck_assert_tg_ok(tg_sim_init(&sim, 64, &err), err);
    ck_assert_tg_ok(tg_cpu_init(&cpu, &sim, 1, 0, &err), err);
    cpu.slice_ps[4] = 30;
    shared_cpu = &cpu;
    story[0] = '\0';
    for (int i = 0; i < 2; i++) {
        left[i] = 4;
        chains[i] = (struct tg_job){.service_ps = 10,
                                    .done = next_in_chain,
                                    .owner = (void *)(uintptr_t)(i ? "b" : "a"),
                                    .klass = 4,
                                    .thread = (uint32_t)i + 1};
        tg_cpu_submit(&cpu, &chains[i]);
    }
    ck_assert_tg_ok(tg_sim_run(&sim, TG_PS_MAX, &err), err);
    ck_assert_str_eq(story, "a@10 a@20 a@30 b@40 b@50 b@60 a@70 b@80");
    close_down(&cpu, &sim);
}
END_TEST

START_TEST(work_is_conserved_under_random_load)
{
    enum { JOBS = 16 };
    uint64_t s = 12345;
    for (int round = 0; round < 300; round++) {
        struct given given[JOBS];
        tg_ps total = 0;
        for (int i = 0; i < JOBS; i++) {
            s = s * 6364136223846793005u + 1442695040888963407u;
            given[i] = (struct given){"x",
                                      (tg_ps)(s >> 33) % 200,
                                      (tg_ps)(s >> 40) % 50,
                                      (int)(s >> 50) % 4 - 1,
                                      (unsigned)(s >> 55) % 5,
                                      0};
            total += given[i].service;
        }
        struct tg_cpu cpu;
        struct tg_sim sim;
        play(given, JOBS, 3, round % 2 ? 7 : 0, &cpu, &sim);
        tg_ps busy = 0;
        for (int core = 0; core < 3; core++) {
            ck_assert_ptr_null(cpu.cores[core].running);
            for (unsigned k = 0; k < TG_CPU_CLASSES; k++)
                busy += tg_cpu_busy(&cpu, core, k);
        }
        ck_assert_int_eq(busy, total);
        for (int i = 0; i < JOBS; i++)
            ck_assert_int_eq(arrivals[i].job.left_ps, 0);
        close_down(&cpu, &sim);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu");
    TCase *tc = tcase_create("cpu");
    tcase_add_test(tc, urgent_work_preempts_and_the_rest_resumes);
    tcase_add_test(tc, equals_run_in_order_of_submission);
    tcase_add_test(tc, unpinned_jobs_find_idle_cores_then_the_least_urgent);
    tcase_add_test(tc, threads_pay_to_switch_and_interrupts_do_not);
    tcase_add_test(tc, time_slices_take_turns);
    tcase_add_test(tc, a_thread_keeps_the_core_for_its_slice);
    tcase_add_test(tc, work_is_conserved_under_random_load);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
