/* tg_gnuplot: runs gnuplot, an external program, on a script. */
#ifndef TG_GNUPLOT_H
#define TG_GNUPLOT_H

#include "tg_error.h"

/* TG_OK where gnuplot is on the PATH; else TG_EENV with a sentence that says how to install it. */
int tg_gnuplot_check(struct tg_error *err);

/* Runs the script file `script` inside `folder`, without the user's own settings. Fails with TG_EENV and the
 * first line that gnuplot said. */
int tg_gnuplot_run(const char *folder, const char *script, struct tg_error *err);

#endif
