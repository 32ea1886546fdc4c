/* tg_theory_models: the rows of tg_theory's table. Private to experiments/. */
#ifndef TG_THEORY_MODELS_H
#define TG_THEORY_MODELS_H

#include "tg_theory.h"

extern const struct tg_theory_model tg_theory_mm1;
extern const struct tg_theory_model tg_theory_md1;
extern const struct tg_theory_model tg_theory_mg1_lognormal;
extern const struct tg_theory_model tg_theory_mg1_hyperexponential;

#endif
