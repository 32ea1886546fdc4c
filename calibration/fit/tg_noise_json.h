/* tg_noise_json: the jitter of one machine as a profile holds it. Private to fit/. */
#ifndef TG_NOISE_JSON_H
#define TG_NOISE_JSON_H

#include <cjson/cJSON.h>

#include "tg_jitter.h"

/* Appends its processes to the list. Ticks that do not come every period, or are sometimes too short to be
 * seen, are of length 0 in the missing part. source and sha256 (may be "") name the trace. */
int tg_noise_json(cJSON *list, const struct tg_jitter *jitter, const char *source, const char *sha256,
                  struct tg_error *err);

#endif
