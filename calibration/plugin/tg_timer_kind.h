/* tg_timer_kind: what an operation supplies to be timed; inner header of the folder.
 *
 * `available` may be NULL (always). `open` makes the state that `sample` and `close` are given; `close` also
 * cleans up after an `open` that failed half way, if it set *state.
 */
#ifndef TG_TIMER_KIND_H
#define TG_TIMER_KIND_H

#include "tg_plugin_timer.h"

struct tg_timer_kind {
    const char *name;
    unsigned arguments_max;
    int (*available)(struct tg_error *why);
    int (*open)(void **state, unsigned arguments, struct tg_error *err);
    int (*sample)(void *state, struct tg_plugin_sample *sample, struct tg_error *err);
    void (*close)(void *state);
};

extern const struct tg_timer_kind tg_timer_kernel_call, tg_timer_kernel_callback, tg_timer_kernel_round,
    tg_timer_kernel_codegen, tg_timer_kernel_link, tg_timer_kernel_unlink, tg_timer_kernel_fixed_call,
    tg_timer_kernel_fixed_link, tg_timer_kernel_fixed_unlink;
extern const struct tg_timer_kind tg_timer_segment_call, tg_timer_segment_callback, tg_timer_segment_codegen,
    tg_timer_segment_link, tg_timer_segment_unlink;
extern const struct tg_timer_kind tg_timer_kernel_replaced_call, tg_timer_kernel_replaced_link,
    tg_timer_kernel_replaced_unlink, tg_timer_key_call;

#endif
