#include "tg_fit_test.h"

#include <math.h>
#include <stdlib.h>

#include "tg_fit_distance.h"
#include "tg_rng.h"

enum { VALUES_MAX = 2000, REPLICATES = 99, ENOUGH = 20, FIRST = 19 };

static const double hopeless_ks = 2.2; /* beyond it p is below 0.001 for any law, fitted or not */

int tg_fit_test_part(const struct tg_sample *sample, size_t most, const char *stream, struct tg_sample *part,
                     struct tg_error *err)
{
    struct tg_rng rng;
    size_t kept = 0;
    double share = fmin(1, (double)most / sample->total);
    tg_rng_seed(&rng, 1, 0, stream);
    int rc = tg_sample_init(part, sample->n, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < sample->n; i++) {
        double want = share * sample->w[i];
        if (sample->w[i] < 0.5)
            continue;
        if (want >= 1 || share >= 1 || tg_rng_unit(&rng) < want) {
            part->x[kept] = sample->x[i];
            part->w[kept++] = 1;
        }
    }
    part->n = kept;
    tg_sample_sum(part);
    return TG_OK;
}

static int statistics(const struct tg_fit *fit, const struct tg_sample *s, double *p, double *ks, double *ad,
                      struct tg_error *err)
{
    struct tg_dist dist;
    int rc = tg_fit_dist(fit, &dist, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < s->n; i++)
        p[i] = tg_dist_cdf(&dist, s->x[i]);
    *ks = tg_fit_distance_ks(p, NULL, s->n, (double)s->n);
    *ad = tg_fit_distance_ad(p, NULL, s->n, (double)s->n);
    tg_dist_release(&dist);
    return TG_OK;
}

struct counts {
    int ks, ad, drawn;
};

static int replicate(const struct tg_fit *fit, const struct tg_dist *dist, const struct tg_fit_test *test,
                     struct tg_sample *s, double *p, struct tg_rng *rng, struct counts *counts,
                     struct tg_error *err)
{
    struct tg_fit again;
    double ks, ad;
    tg_dist_sample_many(dist, rng, s->x, s->n);
    tg_sample_sort(s->x, p, s->n);
    int rc = tg_fit_again(fit, s, &again, err);
    if (rc)
        return TG_OK; /* no fit at all: as far as can be, but rare enough to leave out */
    rc = statistics(&again, s, p, &ks, &ad, err);
    if (rc)
        return rc;
    counts->ks += ks >= test->ks;
    counts->ad += ad >= test->ad;
    counts->drawn++;
    return TG_OK;
}

/* None as far among the first 19 is a test at the level of 5 % by itself. */
static bool undecided(const struct counts *counts)
{
    if (counts->drawn >= FIRST && (counts->ks == 0 || counts->ad == 0))
        return false;
    return counts->ks < ENOUGH || counts->ad < ENOUGH;
}

static int bootstrap(const struct tg_fit *fit, struct tg_sample *s, double *p, const char *stream,
                     struct tg_fit_test *test, struct tg_error *err)
{
    struct tg_dist dist;
    struct tg_rng rng;
    struct counts counts = {0};
    tg_rng_seed(&rng, 2, 0, stream);
    int rc = tg_fit_dist(fit, &dist, err);
    if (rc)
        return rc;
    for (int r = 0; !rc && r < REPLICATES && undecided(&counts); r++)
        rc = replicate(fit, &dist, test, s, p, &rng, &counts, err);
    test->ks_p = (counts.ks + 1.0) / (counts.drawn + 1.0);
    test->ad_p = (counts.ad + 1.0) / (counts.drawn + 1.0);
    tg_dist_release(&dist);
    return rc;
}

int tg_fit_test(const struct tg_fit *fit, const struct tg_sample *sample, const char *stream,
                struct tg_fit_test *test, struct tg_error *err)
{
    struct tg_sample part;
    struct tg_fit own;
    *test = (struct tg_fit_test){.ks_p = 1.0 / (REPLICATES + 1), .ad_p = 1.0 / (REPLICATES + 1)};
    int rc = tg_fit_test_part(sample, VALUES_MAX, stream, &part, err);
    if (rc)
        return rc;
    double *p = malloc((part.n + 1) * sizeof *p);
    if (!p)
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc && part.n >= 3 && tg_fit_again(fit, &part, &own, err) == TG_OK) {
        test->samples = part.n;
        rc = statistics(&own, &part, p, &test->ks, &test->ad, err);
        bool atom = tg_sample_largest_atom(&part) * sqrt((double)part.n) > 2 * hopeless_ks;
        if (!rc && test->ks <= hopeless_ks && !atom)
            rc = bootstrap(&own, &part, p, stream, test, err);
    }
    test->passes = test->ks_p > 0.05 && test->ad_p > 0.05;
    free(p);
    tg_sample_release(&part);
    return rc;
}
