/* tg_theory_queue: one station with renewal arrivals, as parameters of a model of tg_theory. Services last 1
 * us on average, so that times in us are in units of the mean service. Private to experiments/. */
#ifndef TG_THEORY_QUEUE_H
#define TG_THEORY_QUEUE_H

#include "tg_station.h"
#include "tg_theory_models.h"

struct tg_theory_law {
    const char *family;
    double parameters[6]; /* in us */
    size_t count;
};

struct tg_theory_queue {
    uint32_t servers;
    uint64_t room;             /* 0: infinite */
    double load;               /* offered, for each server */
    struct tg_theory_law gaps; /* family NULL: exponential; else stretched to the load */
    struct tg_theory_law services;
    uint64_t warm_up, customers; /* served before and while counting, in each replication */
    double (*transform)(double at,
                        const struct tg_theory_queue *queue); /* of the gaps, where expectations need it */
    /* The quantities, in the order of the model's row. */
    double (*measure[TG_THEORY_QUANTITIES])(const struct tg_station *station);
    double (*expected[TG_THEORY_QUANTITIES])(const struct tg_theory_queue *queue);
};

int tg_theory_queue_replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication,
                              double *values, struct tg_error *err);
int tg_theory_queue_expect(const struct tg_theory_model *model, double *values, struct tg_error *err);

/* A station whose work is of a law. */
int tg_theory_station(struct tg_station *station, struct tg_sim *sim, const struct tg_station_plan *plan,
                      const struct tg_theory_law *services, struct tg_error *err);

/* What can be measured. Times in us. */
double tg_theory_mean(const struct tg_station *station);
double tg_theory_deviation(const struct tg_station *station);
double tg_theory_p99(const struct tg_station *station);
double tg_theory_delayed(const struct tg_station *station); /* part of those served that had waited */
double tg_theory_lost(const struct tg_station *station);    /* part of those offered */

#endif
