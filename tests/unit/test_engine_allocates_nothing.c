/* The engine allocates nothing after start: a run with every allocation failing goes on as if nothing were.
 * All that the linker resolves to the C library's allocator comes here (--wrap): once `forbidden` is set, it
 * gets NULL and is counted. */
#include <stdbool.h>

#include "tg_cpu.h"
#include "tg_sections.h"
#include "tg_sequential.h"
#include "tg_station.h"
#include "tg_test.h"

static bool forbidden;
static long refused;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    return forbidden ? refused++, NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return forbidden ? refused++, NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return forbidden ? refused++, NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return forbidden ? refused++, NULL : __real_aligned_alloc(alignment, size);
}

static struct tg_error err;

static struct tg_rng stream(const char *name)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 3, 0, name);
    return rng;
}

/* Nothing between the two may use Check, which allocates. */
static void forbid(void)
{
    refused = 0;
    forbidden = true;
}

static void check_allowed(int rc)
{
    forbidden = false;
    ck_assert_tg_ok(rc, err);
    ck_assert_int_eq(refused, 0);
}

START_TEST(the_ban_bans)
{
    struct tg_calendar c;
    forbid();
    int rc = tg_calendar_init(&c, 10, &err);
    forbidden = false;
    ck_assert_int_eq(rc, TG_ENOMEM);
    ck_assert_int_gt(refused, 0);
}
END_TEST

/* Hold, cancel, reschedule, fill and empty, at all sizes, through sweeps and renumbering. */
static void nothing(struct tg_sim *sim, void *object)
{
    (void)sim, (void)object;
}

static tg_ps gap(struct tg_rng *rng)
{
    uint64_t kind = tg_rng_below(rng, 16);
    if (kind == 0)
        return 0;
    return kind < 4 ? (tg_ps)tg_rng_below(rng, 1000) : (tg_ps)(1e9 * tg_rng_exponential(rng));
}

static uint64_t exercise(struct tg_calendar *c, tg_event *events, size_t n, struct tg_rng *rng)
{
    struct tg_due due = {0};
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        events[i] = tg_calendar_schedule(c, gap(rng), (unsigned)tg_rng_below(rng, 16), nothing, NULL);
    for (size_t i = 0; i < 4 * n + 1000; i++) {
        size_t k = tg_rng_below(rng, n);
        if (i % (n + 300) == 299)
            c->next_number = TG_CALENDAR_NUMBER_LAST;
        if (tg_calendar_pending(c, events[k]) && i % 2)
            events[k] = tg_calendar_reschedule(c, events[k], tg_calendar_now(c) + gap(rng));
        else if (tg_calendar_cancel(c, events[k]) || tg_calendar_take(c, TG_PS_MAX, &due))
            events[k] = tg_calendar_schedule(c, tg_calendar_now(c) + gap(rng), 3, nothing, NULL);
        sum += (uint64_t)due.time;
    }
    /* Most are cancelled, which sweeps; the rest are taken. */
    for (size_t i = 0; i < n; i++) {
        if (i % 8)
            tg_calendar_cancel(c, events[i]);
    }
    while (tg_calendar_take(c, TG_PS_MAX, &due))
        sum += (uint64_t)due.time;
    return sum;
}

START_TEST(calendars_allocate_nothing)
{
    static const size_t sizes[] = {1, 2, 10, 60, 1000, 20000, 200000};
    static tg_event events[200000];
    struct tg_calendar c;
    struct tg_rng rng = stream("gaps");
    size_t n = sizes[_i];
    ck_assert_tg_ok(tg_calendar_init(&c, n, &err), err);
    forbid();
    uint64_t sum = exercise(&c, events, n, &rng);
    tg_calendar_reset(&c);
    sum += exercise(&c, events, n, &rng);
    check_allowed(TG_OK);
    ck_assert_uint_gt(sum, 0);
    tg_calendar_release(&c);
}
END_TEST

static void make_work(struct tg_work *work, double mean_us)
{
    struct tg_dist law;
    ck_assert_tg_ok(tg_dist_init(&law, "exponential", &mean_us, 1, &err), err);
    ck_assert_tg_ok(tg_work_init(work, &law, (double)TG_PS_PER_US, &err), err);
}

static struct tg_sequential mean, quantile;

static void watch(struct tg_station *station, tg_ps arrived)
{
    tg_sequential_add(&mean, tg_sim_now(station->sim) - arrived);
    tg_sequential_add(&quantile, tg_sim_now(station->sim) - arrived);
}

static int run_station(struct tg_sim *sim, struct tg_station *station, struct tg_arrivals *arrivals)
{
    struct tg_rng gaps = stream("arrivals"), services = stream("services");
    tg_station_start(station, &services);
    int rc = tg_arrivals_start(arrivals, 0, &gaps, &err);
    if (rc)
        return rc;
    tg_station_feed(station, arrivals);
    station->stop_at = 10000;
    rc = tg_sim_run(sim, TG_PS_MAX, &err);
    tg_station_forget(station);
    station->stop_at = 300000;
    return rc ? rc : tg_sim_run(sim, TG_PS_MAX, &err);
}

START_TEST(stations_allocate_nothing)
{
    static const struct {
        uint32_t servers;
        uint64_t room;
        bool lossy, hooked;
    } cases[] = {
        {1, 100000, false, false}, {1, 100000, false, true}, {1, 4, true, false}, {300, 400, true, true}};
    struct tg_sim sim;
    struct tg_station station;
    struct tg_arrivals arrivals;
    struct tg_work work;
    struct tg_station_plan plan = {.servers = cases[_i].servers,
                                   .room = cases[_i].room,
                                   .lossy = cases[_i].lossy,
                                   .hooks = {.departed = cases[_i].hooked ? watch : NULL}};
    struct tg_sequential_plan mean_plan = {.relative_half_width = 0.05, .level = 0.95};
    struct tg_sequential_plan quantile_plan = {.relative_half_width = 0.05, .level = 0.95, .quantile = 0.9};
    make_work(&work, 0.9 * cases[_i].servers);
    ck_assert_tg_ok(tg_sim_init(&sim, cases[_i].servers + 1, &err), err);
    ck_assert_tg_ok(tg_station_init(&station, &sim, &plan, &work, &err), err);
    ck_assert_tg_ok(tg_arrivals_init_poisson(&arrivals, 1e6, &err), err);
    ck_assert_tg_ok(tg_sequential_init(&mean, &mean_plan, &err), err);
    ck_assert_tg_ok(tg_sequential_init(&quantile, &quantile_plan, &err), err);
    forbid();
    int rc = run_station(&sim, &station, &arrivals);
    check_allowed(rc);
    ck_assert_tg_ok(tg_station_check(&station, &err), err);
    tg_sequential_release(&mean);
    tg_sequential_release(&quantile);
    tg_arrivals_release(&arrivals);
    tg_station_release(&station);
    tg_sim_release(&sim);
}
END_TEST

/* Cores with classes, slices, switches and preemption, kept busy by jobs that come back. */
enum { JOBS = 64, CORES = 2 };
static struct tg_cpu cpu;
static struct tg_job jobs[JOBS];
static struct tg_rng services;
static unsigned finished;

static tg_ps switch_cost(void *context, uint32_t from, uint32_t to)
{
    (void)context, (void)from, (void)to;
    return 500;
}

static void submit_again(struct tg_sim *sim, void *object)
{
    struct tg_job *job = object;
    (void)sim;
    job->service_ps = (tg_ps)(1e6 * tg_rng_exponential(&services));
    tg_cpu_submit(&cpu, job);
}

static void on_done(struct tg_sim *sim, struct tg_job *job)
{
    finished++;
    tg_sim_after(sim, (tg_ps)(2e7 * tg_rng_exponential(&services)), 0, submit_again, job);
}

START_TEST(cpus_allocate_nothing)
{
    struct tg_sim sim;
    services = stream("services");
    ck_assert_tg_ok(tg_sim_init(&sim, JOBS + CORES + 1, &err), err);
    ck_assert_tg_ok(tg_cpu_init(&cpu, &sim, CORES, 4, &err), err);
    cpu.slice_ps[3] = TG_PS_PER_US / 2;
    cpu.switch_cost = switch_cost;
    finished = 0;
    forbid();
    for (unsigned i = 0; i < JOBS; i++) {
        jobs[i] = (struct tg_job){
            .done = on_done, .core = i % 3 ? TG_CORE_ANY : (int)(i % CORES), .klass = i % 4, .thread = i % 5};
        tg_sim_after(&sim, i, 0, submit_again, &jobs[i]);
    }
    int rc = tg_sim_run(&sim, TG_PS_PER_S / 10, &err);
    check_allowed(rc);
    ck_assert_uint_gt(finished, 100000);
    tg_cpu_release(&cpu);
    tg_sim_release(&sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine_allocates_nothing");
    TCase *tcase = tcase_create("engine_allocates_nothing");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_ban_bans);
    tcase_add_loop_test(tcase, calendars_allocate_nothing, 0, 7);
    tcase_add_loop_test(tcase, stations_allocate_nothing, 0, 4);
    tcase_add_test(tcase, cpus_allocate_nothing);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
