/* tg_fit_mixture: mixtures of one family by EM. Private to fit/. */
#ifndef TG_FIT_MIXTURE_H
#define TG_FIT_MIXTURE_H

#include "tg_fit.h"

/* fit names family and number of parts; `warm`: it also holds the parts to start from, else the logarithms
 * are cut where their variance within the pieces is least (Otsu, 1979), a fiftieth left out at
 * either end. False where a part shrinks below a
 * hundredth of the weight or to a single value. */
bool tg_fit_mixture(const struct tg_sample *sample, struct tg_fit *fit, bool warm, double *likelihood);

#endif
