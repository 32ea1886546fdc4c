#include "tg_plugin_timer.h"

#include <assert.h>
#include <stdlib.h>

#include "tg_timer_kind.h"

static const struct tg_timer_kind *const kinds[TG_PLUGIN_OPERATIONS] = {
    [TG_PLUGIN_KERNEL_CALL] = &tg_timer_kernel_call,
    [TG_PLUGIN_KERNEL_CALLBACK] = &tg_timer_kernel_callback,
    [TG_PLUGIN_KERNEL_ROUND] = &tg_timer_kernel_round,
    [TG_PLUGIN_KERNEL_CODEGEN] = &tg_timer_kernel_codegen,
    [TG_PLUGIN_KERNEL_LINK] = &tg_timer_kernel_link,
    [TG_PLUGIN_KERNEL_UNLINK] = &tg_timer_kernel_unlink,
    [TG_PLUGIN_KERNEL_FIXED_CALL] = &tg_timer_kernel_fixed_call,
    [TG_PLUGIN_KERNEL_FIXED_LINK] = &tg_timer_kernel_fixed_link,
    [TG_PLUGIN_KERNEL_FIXED_UNLINK] = &tg_timer_kernel_fixed_unlink,
    [TG_PLUGIN_KERNEL_REPLACED_CALL] = &tg_timer_kernel_replaced_call,
    [TG_PLUGIN_KERNEL_REPLACED_LINK] = &tg_timer_kernel_replaced_link,
    [TG_PLUGIN_KERNEL_REPLACED_UNLINK] = &tg_timer_kernel_replaced_unlink,
    [TG_PLUGIN_SEGMENT_CALL] = &tg_timer_segment_call,
    [TG_PLUGIN_SEGMENT_CALLBACK] = &tg_timer_segment_callback,
    [TG_PLUGIN_SEGMENT_CODEGEN] = &tg_timer_segment_codegen,
    [TG_PLUGIN_SEGMENT_LINK] = &tg_timer_segment_link,
    [TG_PLUGIN_SEGMENT_UNLINK] = &tg_timer_segment_unlink,
    [TG_PLUGIN_KEY_CALL] = &tg_timer_key_call,
};

struct tg_plugin_timer {
    const struct tg_timer_kind *kind;
    void *state;
};

const char *tg_plugin_operation_name(enum tg_plugin_operation operation)
{
    assert(operation < TG_PLUGIN_OPERATIONS);
    return kinds[operation]->name;
}

unsigned tg_plugin_operation_arguments_max(enum tg_plugin_operation operation)
{
    assert(operation < TG_PLUGIN_OPERATIONS);
    return kinds[operation]->arguments_max;
}

int tg_plugin_available(enum tg_plugin_operation operation, struct tg_error *why)
{
    assert(operation < TG_PLUGIN_OPERATIONS);
    return kinds[operation]->available ? kinds[operation]->available(why) : TG_OK;
}

int tg_plugin_timer_open(struct tg_plugin_timer **timer, enum tg_plugin_operation operation,
                         unsigned arguments, struct tg_error *err)
{
    assert(operation < TG_PLUGIN_OPERATIONS);
    const struct tg_timer_kind *kind = kinds[operation];
    *timer = NULL;
    if (arguments > kind->arguments_max)
        return tg_error_set(err, TG_EUSAGE, "%s takes at most %u arguments, not %u", kind->name,
                            kind->arguments_max, arguments);
    struct tg_plugin_timer *made = calloc(1, sizeof *made);
    if (!made)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    made->kind = kind;
    int rc = kind->open(&made->state, arguments, err);
    if (rc) {
        tg_plugin_timer_close(made);
        return tg_error_wrap(err, rc, "%s", kind->name);
    }
    *timer = made;
    return TG_OK;
}

int tg_plugin_timer_sample(struct tg_plugin_timer *timer, struct tg_plugin_sample *sample,
                           struct tg_error *err)
{
    int rc = timer->kind->sample(timer->state, sample, err);
    return rc ? tg_error_wrap(err, rc, "%s", timer->kind->name) : TG_OK;
}

void tg_plugin_timer_close(struct tg_plugin_timer *timer)
{
    if (!timer)
        return;
    if (timer->state)
        timer->kind->close(timer->state);
    free(timer);
}
