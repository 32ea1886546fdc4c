/* Drawing allocates nothing, whatever the family or process. The linker sends the library's allocations here
 * (--wrap), where they are counted. */
#include "tg_arrivals.h"
#include "tg_dist.h"
#include "tg_test.h"

static long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

static const struct {
    const char *family;
    double p[6];
    size_t n;
} cases[] = {
    {"constant", {5}, 1},
    {"discrete", {3, 1, -1, 2, 10, 1}, 6},
    {"erlang", {4, 10}, 2},
    {"exponential", {250}, 1},
    {"gamma", {0.3, 100}, 2},
    {"generalized_pareto", {0, 2, 0.3}, 3},
    {"hyperexponential", {0.9, 1, 0.1, 50}, 4},
    {"lognormal", {12, 0.5}, 2},
    {"normal", {0, 2}, 2},
    {"pareto", {1.5, 2}, 2},
    {"phase_type", {0.5, 0.5, -5, 4, 4, -5}, 6},
    {"quantiles", {0, 1, 5}, 3},
    {"uniform", {1, 3}, 2},
    {"weibull", {0.7, 5}, 2},
};

static void draw_many(const struct tg_dist *dist)
{
    static double buffer[10000];
    struct tg_rng rng;
    tg_rng_seed(&rng, 61, 0, "draws");
    long before = allocations;
    for (int i = 0; i < 10000; i++)
        tg_dist_sample(dist, &rng);
    tg_dist_sample_many(dist, &rng, buffer, 10000);
    long after = allocations;
    ck_assert_int_eq(after, before);
}

START_TEST(the_count_counts)
{
    struct tg_dist dist;
    struct tg_error err = {0};
    long before = allocations;
    ck_assert_tg_ok(tg_dist_init(&dist, "quantiles", (const double[]){1, 2}, 2, &err), err);
    ck_assert_int_gt(allocations, before);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(families_allocate_nothing)
{
    struct tg_dist dist;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init(&dist, cases[_i].family, cases[_i].p, cases[_i].n, &err), err);
    draw_many(&dist);
    tg_dist_release(&dist);
}
END_TEST

START_TEST(compositions_allocate_nothing)
{
    struct tg_dist dist, parts[2], inner;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init(&inner, "normal", (const double[]){5, 5}, 2, &err), err);
    ck_assert_tg_ok(tg_dist_init_truncated(&parts[0], &inner, 0, 20, &err), err);
    ck_assert_tg_ok(tg_dist_init(&inner, "weibull", (const double[]){2, 5}, 2, &err), err);
    ck_assert_tg_ok(tg_dist_init_shifted(&parts[1], &inner, 1, 2, &err), err);
    ck_assert_tg_ok(tg_dist_init_mixture(&dist, (const double[]){1, 2}, parts, 2, &err), err);
    draw_many(&dist);
    tg_dist_release(&dist);
}
END_TEST

static void run_process(struct tg_arrivals *arrivals)
{
    struct tg_rng rng;
    struct tg_error err = {0};
    tg_rng_seed(&rng, 62, 0, "arrivals");
    long before = allocations;
    int rc = tg_arrivals_start(arrivals, 5000, &rng, &err);
    for (int i = 0; i < 10000 && rc == TG_OK; i++)
        tg_arrivals_next(arrivals);
    long after = allocations; /* Check allocates too */
    ck_assert_tg_ok(rc, err);
    ck_assert_int_eq(after, before);
    tg_arrivals_release(arrivals);
}

START_TEST(arrivals_allocate_nothing)
{
    static const double generator[] = {0, 100, 50, 0}, rates[] = {1e4, 0};
    static const struct tg_arrivals_segment segments[] = {{TG_PS_PER_MS, 100, 5000}, {TG_PS_PER_MS, 0, 0}};
    static const tg_ps times[] = {0, 1500};
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_arrivals_init_deterministic(&arrivals, 1, &err), err);
    run_process(&arrivals);
    ck_assert_tg_ok(tg_arrivals_init_poisson(&arrivals, 1, &err), err);
    run_process(&arrivals);
    ck_assert_tg_ok(tg_arrivals_init_mmpp(&arrivals, generator, rates, 2, &err), err);
    run_process(&arrivals);
    ck_assert_tg_ok(tg_arrivals_init_schedule(&arrivals, segments, 2, true, &err), err);
    run_process(&arrivals);
    ck_assert_tg_ok(tg_arrivals_init_log(&arrivals, times, 2, 0, true, &err), err);
    run_process(&arrivals);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draws_allocate_nothing");
    TCase *tcase = tcase_create("draws_allocate_nothing");
    tcase_add_test(tcase, the_count_counts);
    tcase_add_loop_test(tcase, families_allocate_nothing, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, compositions_allocate_nothing);
    tcase_add_test(tcase, arrivals_allocate_nothing);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
