/* tg_low_load: the price of a request and of a wake-up of a server with work of its own, from low loads.
 *
 * What a request takes such a server cannot be told from primitives alone. A first run at a low rate gives an
 * upper bound of it, and so a guess of the saturation, which is made again from three tenths of itself until
 * it moves no more, and then from what a tenth and three tenths of it say that a request takes without
 * wake-ups, until that and the guess agree; then each repetition starts the server anew and measures it at a
 * tenth and at three tenths of that guess. A server sleeps and wakes more often, a request, the lower its
 * load: with the time and the wake-ups a request at both, the two prices follow (tg_bed_point_price). The
 * server is never brought near its saturation.
 */
#ifndef TG_LOW_LOAD_H
#define TG_LOW_LOAD_H

#include "tg_error.h"
#include "tg_prediction.h"
#include "tg_testbed.h"

enum { TG_LOW_LOAD_REPETITIONS_MAX = 32 };

struct tg_low_load_settings {
    unsigned repetitions;
    double window_s; /* of a point; programs of others take whole seconds */
};

struct tg_low_load {
    double guess_per_s;            /* of the saturation */
    struct tg_bed_point points[2]; /* means over the repetitions, at both loads */
    bool told_apart;               /* else all that a request takes at the higher load counts as its own */
    struct tg_span request_ns, wakeup_ns; /* with a 95 % interval over the repetitions */
};

/* The prices, and the points' means, from the points of each repetition at the lower and the higher load. */
void tg_low_load_price(const struct tg_bed_point (*pairs)[2], unsigned count, struct tg_low_load *out);

/* The system is started and stopped. */
int tg_low_load_measure(struct tg_bed *bed, const struct tg_bed_system *system,
                        const struct tg_low_load_settings *settings, struct tg_low_load *out,
                        struct tg_error *err);

/* Whether a server's work is priced in this way; the responder and the service in the kernel are made of
 * primitives. */
bool tg_low_load_needed(const struct tg_bed_system *system);

#endif
