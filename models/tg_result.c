#include "tg_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tg_result_init(struct tg_result *result, struct tg_error *err)
{
    *result = (struct tg_result){0};
    return tg_hist_init(&result->latency, TG_HIST_BITS, err);
}

void tg_result_reset(struct tg_result *result)
{
    struct tg_hist latency = result->latency;
    tg_hist_reset(&latency);
    *result = (struct tg_result){
        .latency = latency, .series_ps = result->series_ps, .series_room = result->series_room};
}

void tg_result_release(struct tg_result *result)
{
    tg_hist_release(&result->latency);
}

/* Numbers as text, since structs have padding. */
void tg_result_digest(const struct tg_result *r, char hex[TG_SHA256_HEX])
{
    char text[8192];
    size_t used = 0;
    char histogram[TG_SHA256_HEX] = "";
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (tg_hist_encode(&r->latency, &bytes, &size, NULL) == TG_OK)
        tg_sha256_bytes(bytes, size, histogram);
    free(bytes);
#define PUT(...) used += (size_t)snprintf(text + used, sizeof text - used, __VA_ARGS__)
    PUT("%.17g %lld %lld %lld %lld %s", r->offered_per_s, (long long)r->window_ps, (long long)r->offered,
        (long long)r->replied, (long long)r->still_open, histogram);
    for (unsigned i = 0; i < r->loss_count; i++)
        PUT(" %lld", (long long)r->lost[i]);
    if (r->response_ps)
        PUT(" response %lld", (long long)r->response_ps);
    for (uint32_t i = 0; i < r->cost_count; i++)
        PUT(" %lld", (long long)r->paid_ps[i]);
    for (unsigned i = 0; i < r->wait_count; i++)
        PUT(" %lld", (long long)r->waited_ps[i]);
    for (int i = 0; i < TG_CLASS_COUNT; i++)
        PUT(" %lld", (long long)r->busy_ps[i]);
    for (unsigned i = 0; i < r->loss_count; i++)
        PUT(" %lld", (long long)r->dropped[i]);
    for (uint32_t i = 0; i < r->cost_count; i++)
        PUT(" %lld", (long long)r->spent_ps[i]);
    const int64_t counts[] = {r->interrupts, r->wakeups,     r->switches,       r->sent,
                              r->packets_in, r->packets_out, r->client_busy_ps, r->descriptors_peak,
                              r->ports_peak, r->crashed_ps,  r->run_ps};
    for (size_t i = 0; i < TG_COUNT(counts); i++)
        PUT(" %lld", (long long)counts[i]);
    PUT(" %.17g %.17g %.17g %.17g", r->memory_peak_bytes, r->reply_stddev_per_s, r->reply_sampled_per_s,
        r->reply_sampled_stddev_per_s);
#undef PUT
    tg_sha256_bytes(text, used, hex);
}
