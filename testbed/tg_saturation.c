#include "tg_saturation.h"

#include <math.h>
#include <stdlib.h>

#include "tg_order.h"
#include "tg_span.h"

static const double plateau_spread = 0.1, plateau_drop = 0.1;

/* All points of one wanted rate: medians over the repetitions, and the most replies that any of them brought.
 */
struct offer {
    double wanted, reply, answered, best;
};

/* Room for as many of everything as there are points. */
struct work {
    const struct tg_bed_point *points;
    size_t count;
    struct offer *offers; /* rising */
    size_t offer_count;
    double *some;
};

/* The median of a member over the points of one wanted rate. */
static double median_of(struct work *w, double wanted, size_t offset)
{
    size_t found = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->points[i].wanted_per_s == wanted)
            w->some[found++] = *(const double *)((const char *)&w->points[i] + offset);
    }
    return tg_order_median(w->some, found);
}

static double best_of(const struct work *w, double wanted)
{
    double best = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->points[i].wanted_per_s == wanted)
            best = fmax(best, w->points[i].reply_per_s);
    }
    return best;
}

static void find_offers(struct work *w)
{
    for (size_t i = 0; i < w->count; i++)
        w->some[i] = w->points[i].wanted_per_s;
    tg_order_sort(w->some, w->count);
    for (size_t i = 0; i < w->count; i++) {
        if (i == 0 || w->some[i] != w->some[i - 1])
            w->offers[w->offer_count++].wanted = w->some[i];
    }
    for (size_t i = 0; i < w->offer_count; i++) {
        struct offer *o = &w->offers[i];
        o->reply = median_of(w, o->wanted, offsetof(struct tg_bed_point, reply_per_s));
        o->answered = median_of(w, o->wanted, offsetof(struct tg_bed_point, answered_fraction));
        o->best = best_of(w, o->wanted);
    }
}

/* The first of the highest offers that brought about the same, where they are a plateau; else `count`. */
static size_t find_plateau(const struct offer *offers, size_t count, size_t beyond)
{
    double low = INFINITY, high = 0, highest = 0;
    size_t first = count;
    for (size_t i = 0; i < count; i++)
        highest = fmax(highest, offers[i].best);
    for (size_t i = count; i-- > beyond;) {
        low = fmin(low, offers[i].best);
        high = fmax(high, offers[i].best);
        if (high - low > plateau_spread * high)
            break;
        first = i;
    }
    bool level = first + 2 <= count && offers[count - 1].best >= (1 - plateau_drop) * highest;
    return level ? first : count;
}

/* The median of the replies to an offer and to higher ones in one repetition; NaN where it has none. */
static double level_of(struct work *w, double repetition, double from_per_s)
{
    size_t found = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_bed_point *p = &w->points[i];
        if (p->repetition == repetition && p->wanted_per_s >= from_per_s)
            w->some[found++] = p->reply_per_s;
    }
    return tg_order_median(w->some, found);
}

static bool is_first_of_repetition(const struct work *w, size_t which)
{
    for (size_t i = 0; i < which; i++) {
        if (w->points[i].repetition == w->points[which].repetition)
            return false;
    }
    return true;
}

static int average_levels(struct work *w, struct tg_saturation *s, struct tg_error *err)
{
    size_t n = 0;
    double *levels = calloc(s->repetitions, sizeof *levels);
    if (!levels)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < w->count; i++) {
        double level =
            is_first_of_repetition(w, i) ? level_of(w, w->points[i].repetition, s->from_per_s) : NAN;
        if (!isnan(level))
            levels[n++] = level;
    }
    struct tg_span span = tg_span_student(levels, n);
    s->per_s = span.mid;
    s->low = span.low;
    s->high = span.high;
    free(levels);
    return TG_OK;
}

static void find_limit(const struct work *w, double beyond_per_s, struct tg_saturation *s)
{
    unsigned votes[TG_LIMIT_UNCLEAR + 1] = {0}, all = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_bed_point *p = &w->points[i];
        if (p->wanted_per_s <= beyond_per_s || tg_bed_point_sustained(p))
            continue;
        votes[p->limited_by]++;
        all++;
        s->disturbed_share += tg_bed_point_disturbed(p);
    }
    for (int i = 0; i <= TG_LIMIT_UNCLEAR; i++) {
        if (votes[i] > votes[s->limited_by])
            s->limited_by = (enum tg_limit)i;
    }
    s->disturbed_share = all ? s->disturbed_share / all : 0;
}

static int find(struct work *w, struct tg_saturation *s, struct tg_error *err)
{
    const double enough = 0.98;
    size_t beyond = 0; /* the first offer that was too much, and is followed by no other */
    find_offers(w);
    for (size_t i = 0; i < w->offer_count; i++) {
        if (w->offers[i].answered >= enough)
            beyond = i + 1;
    }
    double sustained = beyond ? w->offers[beyond - 1].reply : 0;
    double sustained_wanted = beyond ? w->offers[beyond - 1].wanted : 0;
    size_t plateau = find_plateau(w->offers, w->offer_count, beyond);
    s->reached = beyond < w->offer_count;
    s->plateau = plateau < w->offer_count;
    find_limit(w, sustained_wanted, s);
    if (!s->plateau) {
        s->per_s = beyond ? sustained : w->offers[0].reply;
        s->low = beyond ? sustained : 0;
        s->high = s->reached ? fmax(w->offers[beyond].wanted, s->per_s) : NAN;
        return TG_OK;
    }
    s->from_per_s = w->offers[plateau].wanted;
    return average_levels(w, s, err);
}

int tg_saturation_of(const struct tg_bed_point *points, size_t count, struct tg_saturation *saturation,
                     struct tg_error *err)
{
    struct work w = {.points = points, .count = count};
    *saturation = (struct tg_saturation){.per_s = NAN, .low = NAN, .high = NAN, .from_per_s = NAN};
    if (!count)
        return TG_OK;
    w.offers = calloc(count, sizeof *w.offers);
    w.some = calloc(count, sizeof *w.some);
    int rc = w.offers && w.some ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        saturation->repetitions += is_first_of_repetition(&w, i);
    rc = rc ? rc : find(&w, saturation, err);
    free(w.offers);
    free(w.some);
    return rc;
}

/* A repetition's points alone scatter too much to show a plateau that all together have. */
int tg_saturation_of_repetition(const struct tg_bed_point *points, size_t count, unsigned repetition,
                                const struct tg_saturation *all, double *per_s, struct tg_error *err)
{
    struct tg_saturation own;
    struct tg_bed_point *kept = calloc(count + 1, sizeof *kept);
    struct work w = {.points = kept, .some = calloc(count + 1, sizeof *w.some)};
    int rc = kept && w.some ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < count; i++) {
        if (points[i].repetition == repetition)
            kept[w.count++] = points[i];
    }
    if (!rc && all->plateau) {
        *per_s = level_of(&w, repetition, all->from_per_s);
    } else if (!rc) {
        rc = tg_saturation_of(kept, w.count, &own, err);
        *per_s = own.per_s;
    }
    free(kept);
    free(w.some);
    return rc;
}
