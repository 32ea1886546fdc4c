/* tg_theory_models: the rows of tg_theory's table. Private to experiments/. */
#ifndef TG_THEORY_MODELS_H
#define TG_THEORY_MODELS_H

#include "tg_theory.h"

extern const struct tg_theory_model tg_theory_mm1;
extern const struct tg_theory_model tg_theory_md1;
extern const struct tg_theory_model tg_theory_mg1_lognormal;
extern const struct tg_theory_model tg_theory_mg1_hyperexponential;
extern const struct tg_theory_model tg_theory_dm1;
extern const struct tg_theory_model tg_theory_gm1;
extern const struct tg_theory_model tg_theory_mmc;
extern const struct tg_theory_model tg_theory_mm1k;
extern const struct tg_theory_model tg_theory_mmcc;
extern const struct tg_theory_model tg_theory_mgcc;
extern const struct tg_theory_model tg_theory_mginf;
extern const struct tg_theory_model tg_theory_gg1_lindley;
extern const struct tg_theory_model tg_theory_preemptive;
extern const struct tg_theory_model tg_theory_mmpp_m1;
extern const struct tg_theory_model tg_theory_tandem;
extern const struct tg_theory_model tg_theory_jackson;

#endif
