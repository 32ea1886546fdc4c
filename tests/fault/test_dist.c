/* Distributions and arrival processes when memory runs out: the nth allocation fails, for every n until all
 * succeed. Each failure is TG_ENOMEM with a sentence, and nothing is left behind (the address sanitizer's run
 * looks for leaks). The linker sends the library's allocations here (--wrap). */
#include "tg_arrivals.h"
#include "tg_dist.h"
#include "tg_test.h"

static long until_failure = -1; /* allocations still to succeed; below 0: all do */

static int must_fail(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

/* Makes, copies and releases something; the code of the first failure. */

static int make_composition(struct tg_dist *dist, struct tg_error *err)
{
    static const double values[] = {0, 1, 50}, p[] = {0, 0.3, 1}, pairs[] = {1, 1, 2, 3, 4, 5};
    struct tg_dist parts[3] = {0}, inner;
    int rc = tg_dist_init_quantiles(&inner, values, p, 3, err);
    if (!rc)
        rc = tg_dist_init_shifted(&parts[0], &inner, 3, 10, err);
    if (!rc)
        rc = tg_dist_init(&inner, "hyperexponential", pairs, 4, err);
    if (!rc)
        rc = tg_dist_init_truncated(&parts[1], &inner, 0, 5, err);
    if (!rc)
        rc = tg_dist_init(&parts[2], "discrete", pairs, 6, err);
    if (!rc)
        return tg_dist_init_mixture(dist, (const double[]){1, 2, 3}, parts, 3, err);
    for (int i = 0; i < 3; i++)
        tg_dist_release(&parts[i]);
    return rc;
}

static int use_composition(struct tg_error *err)
{
    struct tg_dist dist, copy = {0};
    int rc = make_composition(&dist, err);
    if (rc)
        return rc;
    rc = tg_dist_copy(&copy, &dist, err);
    tg_dist_release(&copy);
    tg_dist_release(&dist);
    return rc;
}

static int use_phase_type(struct tg_error *err)
{
    static const double initial[] = {1, 0}, generator[] = {-2, 2, 0, -1};
    struct tg_dist dist;
    int rc = tg_dist_init_phase_type(&dist, initial, generator, 2, err);
    tg_dist_release(&dist);
    return rc;
}

static int copy_arrivals(int rc, struct tg_arrivals *arrivals, struct tg_error *err)
{
    struct tg_arrivals copy = {0};
    if (!rc)
        rc = tg_arrivals_copy(&copy, arrivals, err);
    tg_arrivals_release(&copy);
    tg_arrivals_release(arrivals);
    return rc;
}

static int use_mmpp(struct tg_error *err)
{
    static const double generator[] = {0, 100, 50, 0}, rates[] = {1e4, 0};
    struct tg_arrivals arrivals;
    return copy_arrivals(tg_arrivals_init_mmpp(&arrivals, generator, rates, 2, err), &arrivals, err);
}

static int use_schedule(struct tg_error *err)
{
    static const struct tg_arrivals_segment segment = {TG_PS_PER_MS, 100, 5000};
    struct tg_arrivals arrivals;
    return copy_arrivals(tg_arrivals_init_schedule(&arrivals, &segment, 1, true, err), &arrivals, err);
}

static int use_renewal(struct tg_error *err)
{
    struct tg_arrivals arrivals = {0};
    struct tg_dist gap;
    int rc = tg_dist_init(&gap, "quantiles", (const double[]){1, 2, 3}, 3, err);
    if (!rc)
        rc = tg_arrivals_init_renewal(&arrivals, &gap, 1000, err);
    return copy_arrivals(rc, &arrivals, err);
}

static const struct {
    int (*use)(struct tg_error *err);
    long allocations; /* how many must be able to fail */
} cases[] = {
    {use_composition, 23}, {use_phase_type, 2}, {use_mmpp, 2}, {use_schedule, 2}, {use_renewal, 2},
};

START_TEST(every_failure_is_reported_and_leaves_nothing)
{
    long n = 0;
    for (int rc = TG_ENOMEM; rc != TG_OK; n++) {
        struct tg_error err = {0};
        until_failure = n;
        rc = cases[_i].use(&err);
        until_failure = -1; /* Check allocates too */
        ck_assert_int_eq(rc, rc == TG_OK ? TG_OK : TG_ENOMEM);
        ck_assert_int_eq(rc != TG_OK, err.text[0] != 0);
        ck_assert_int_lt(n, 100);
    }
    ck_assert_int_eq(n - 1, cases[_i].allocations);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dist");
    TCase *tcase = tcase_create("dist");
    tcase_add_loop_test(tcase, every_failure_is_reported_and_leaves_nothing, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
