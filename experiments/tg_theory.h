/* tg_theory: the engine against queueing theory.
 *
 * A model is a queue of which theory knows some quantities. A check runs independent replications of the
 * model by the engine, each warmed up, and sets the mean of a quantity over them beside what theory says.
 *
 * Verdict. A check is met where the Student interval of TG_THEORY_FIRST_LEVEL over the first replications
 * holds the expected value; if not, a fresh sample of TG_THEORY_EXTENSION times as many replications is
 * taken, and its interval of TG_THEORY_SECOND_LEVEL decides. A right engine thus fails a check with
 * probability 1e-2 * 1e-4 = 1e-6, as far as replication means are normal. A check without chance (the engine
 * against Lindley's recursion) is met where the two are equal. The same seed gives the same results, whatever
 * the number of threads.
 */
#ifndef TG_THEORY_H
#define TG_THEORY_H

#include <stddef.h>
#include <stdint.h>

#include "tg_interval.h"
#include "tg_workers.h"

enum { TG_THEORY_QUANTITIES = 6, TG_THEORY_EXTENSION = 4 };

#define TG_THEORY_FIRST_LEVEL 0.99
#define TG_THEORY_SECOND_LEVEL 0.9999

struct tg_theory_model {
    const char *name, *title;
    struct tg_theory_quantity {
        const char *name, *unit;
    } quantities[TG_THEORY_QUANTITIES]; /* ended by a row without name */
    size_t replications;
    const void *parameters; /* of the two functions below */
    int (*expect)(const struct tg_theory_model *model, double *values, struct tg_error *err);
    int (*replicate)(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err);
};

/* All models, ended by NULL. */
extern const struct tg_theory_model *const tg_theory_models[];

struct tg_theory_check {
    const struct tg_theory_model *model;
    const struct tg_theory_quantity *quantity;
    double expected;
    struct tg_estimate estimate;
    double z; /* (estimate - expected) / standard error */
    bool extended, met;
};

const struct tg_theory_model *tg_theory_find(const char *name);

static inline size_t tg_theory_quantity_count(const struct tg_theory_model *model)
{
    size_t n = 0;
    while (n < TG_THEORY_QUANTITIES && model->quantities[n].name)
        n++;
    return n;
}

/* Runs all checks of a model, at most TG_THEORY_QUANTITIES. `workers` gives the threads and the interrupt. */
int tg_theory_run(const struct tg_theory_model *model, uint64_t seed, const struct tg_workers *workers,
                  struct tg_theory_check *checks, struct tg_error *err);

#endif
