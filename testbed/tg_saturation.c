#include "tg_saturation.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double plateau_spread = 0.1, plateau_drop = 0.1;

/* The points of one repetition: the highest rate that was sustained, and those offered more. */
struct repetition {
    double sustained, sustained_wanted;
    double beyond_sum, beyond_min, beyond_max;
    unsigned beyond;
};

static struct repetition look_at(const struct tg_point *points, size_t count, double which)
{
    struct repetition r = {.beyond_min = INFINITY};
    for (size_t i = 0; i < count; i++) {
        const struct tg_point *p = &points[i];
        if (p->repetition != which || !tg_point_sustained(p) || p->wanted_per_s < r.sustained_wanted)
            continue;
        r.sustained = p->reply_per_s;
        r.sustained_wanted = p->wanted_per_s;
    }
    for (size_t i = 0; i < count; i++) {
        const struct tg_point *p = &points[i];
        if (p->repetition != which || p->wanted_per_s <= r.sustained_wanted)
            continue;
        r.beyond++;
        r.beyond_sum += p->reply_per_s;
        r.beyond_min = fmin(r.beyond_min, p->reply_per_s);
        r.beyond_max = fmax(r.beyond_max, p->reply_per_s);
    }
    return r;
}

/* Whether the points beyond saturation are a plateau; *per_s is the repetition's value. */
static bool value_of(const struct repetition *r, double *per_s)
{
    double level = r->beyond ? r->beyond_sum / r->beyond : 0;
    bool plateau = r->beyond >= 2 && r->beyond_max - r->beyond_min <= plateau_spread * r->beyond_max &&
                   level >= (1 - plateau_drop) * r->sustained;
    /* Where nothing was sustained, the best is what there is. */
    *per_s = plateau ? level : r->sustained > 0 ? r->sustained : r->beyond_max;
    return plateau;
}

static void find_limit(const struct tg_point *points, size_t count, struct tg_saturation *s)
{
    unsigned votes[TG_LIMIT_UNCLEAR + 1] = {0}, all = 0;
    for (size_t i = 0; i < count; i++) {
        if (tg_point_sustained(&points[i]))
            continue;
        votes[points[i].limited_by]++;
        all++;
        s->disturbed_share += tg_point_disturbed(&points[i]);
    }
    for (int i = 0; i <= TG_LIMIT_UNCLEAR; i++) {
        if (votes[i] > votes[s->limited_by])
            s->limited_by = (enum tg_limit)i;
    }
    s->disturbed_share = all ? s->disturbed_share / all : 0;
}

struct tg_saturation tg_saturation_of(const struct tg_point *points, size_t count)
{
    struct tg_saturation s = {.per_s = NAN, .low = NAN, .high = NAN};
    double sum = 0, squares = 0, value;
    unsigned plateaus = 0, reached = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = points[k].repetition == points[i].repetition;
        if (seen)
            continue;
        struct repetition r = look_at(points, count, points[i].repetition);
        plateaus += value_of(&r, &value);
        reached += r.beyond > 0;
        sum += value;
        squares += value * value;
        s.repetitions++;
    }
    double n = s.repetitions;
    if (!s.repetitions)
        return s;
    s.per_s = sum / n;
    if (s.repetitions > 1) {
        double variance = fmax(0, squares - sum * sum / n) / (n - 1);
        double half = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(variance / n);
        s.low = s.per_s - half;
        s.high = s.per_s + half;
    }
    s.plateau = 2 * plateaus > s.repetitions;
    s.reached = 2 * reached > s.repetitions;
    find_limit(points, count, &s);
    return s;
}
