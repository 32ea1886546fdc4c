#include "tg_noise_json.h"

#include <stdio.h>

#include "tg_price_json.h"
#include "tg_profile.h"

static cJSON *sometimes(cJSON *law, double presence)
{
    cJSON *mixture = cJSON_CreateObject(), *nothing = cJSON_CreateObject();
    cJSON_AddStringToObject(nothing, "family", "constant");
    cJSON_AddStringToObject(nothing, "unit", "ns");
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(nothing, "parameters"), "value", 0);
    cJSON_AddStringToObject(mixture, "family", "mixture");
    cJSON_AddItemToObject(mixture, "weights", cJSON_CreateDoubleArray((double[]){1 - presence, presence}, 2));
    cJSON *parts = cJSON_AddArrayToObject(mixture, "parts");
    cJSON_AddItemToArray(parts, nothing);
    cJSON_AddItemToArray(parts, law);
    return mixture;
}

static cJSON *length_law(const struct tg_jitter_process *process)
{
    cJSON *law;
    if (process->lengths.n == 1 || process->lengths.x[0] == process->lengths.x[process->lengths.n - 1]) {
        law = cJSON_CreateObject();
        cJSON_AddStringToObject(law, "family", "constant");
        cJSON_AddStringToObject(law, "unit", "ns");
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(law, "parameters"), "value", process->lengths.x[0]);
    } else {
        law = tg_price_json_table(&process->lengths);
    }
    return process->presence < 1 ? sometimes(law, process->presence) : law;
}

int tg_noise_json(cJSON *list, const struct tg_jitter *jitter, const char *source, const char *sha256,
                  struct tg_error *err)
{
    for (size_t i = 0; i < jitter->process_count; i++) {
        const struct tg_jitter_process *process = &jitter->processes[i];
        char rate[64], text[512];
        cJSON *noise = cJSON_CreateObject();
        if (!noise || !cJSON_AddItemToArray(list, noise)) {
            cJSON_Delete(noise);
            return tg_error_set(err, TG_ENOMEM, "out of memory");
        }
        snprintf(rate, sizeof rate, "%.9g/s", process->rate_per_s);
        snprintf(text, sizeof text, "%s, %zu of %zu gaps", source, process->lengths.n, jitter->count);
        cJSON_AddStringToObject(noise, "name", process->name);
        cJSON_AddStringToObject(noise, "arrivals", process->periodic ? "periodic" : "poisson");
        cJSON_AddStringToObject(noise, "rate", rate);
        cJSON_AddStringToObject(noise, "provenance", tg_provenance_names[TG_MEASURED]);
        cJSON_AddStringToObject(noise, "source", text);
        if (*sha256)
            cJSON_AddStringToObject(noise, "sha256", sha256);
        if (process->tail_shape == process->tail_shape)
            cJSON_AddNumberToObject(noise, "tail_shape", process->tail_shape);
        cJSON_AddItemToObject(noise, "length", length_law(process));
    }
    return TG_OK;
}
