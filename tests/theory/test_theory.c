/* One model of tg_theory, by its name, on a fixed seed. A right engine fails here with probability 1e-6 for
 * each quantity: the sample is extended once, afresh, before a check may miss. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_theory.h"

enum { SEED = 20260101 };

static int report(const struct tg_theory_check *c)
{
    printf("%-24s %-18s expected %.6g, estimate %.6g (%.6g to %.6g), z %.2f%s: %s\n", c->model->name,
           c->quantity->name, c->expected, c->estimate.mean, c->estimate.low, c->estimate.high, c->z,
           c->extended ? ", extended" : "", c->met ? "met" : "missed");
    return c->met;
}

int main(int argc, char **argv)
{
    const struct tg_theory_model *model = argc == 2 ? tg_theory_find(argv[1]) : NULL;
    struct tg_theory_check checks[TG_THEORY_QUANTITIES];
    struct tg_workers workers = {.threads = 1};
    struct tg_error err = {0};
    int met = 1;
    if (!model) {
        fprintf(stderr, "usage: test_theory MODEL\n");
        return EXIT_FAILURE;
    }
    if (tg_theory_run(model, SEED, &workers, checks, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    for (size_t q = 0; q < tg_theory_quantity_count(model); q++)
        met &= report(&checks[q]);
    return met ? EXIT_SUCCESS : EXIT_FAILURE;
}
