/* What stands in for the kernel half of the prototype where libbpf or clang was missing when it was built. */
#include "tg_kernel.h"
#include "tg_timer_kind.h"

int tg_kernel_available(struct tg_error *err)
{
    return tg_error_set(err, TG_EENV, "built without libbpf or clang: no plugins in the kernel");
}

static int open_none(void **state, unsigned arguments, struct tg_error *err)
{
    (void)state, (void)arguments;
    return tg_kernel_available(err);
}

#define ABSENT(kind, trace_name)        \
    const struct tg_timer_kind kind = { \
        .name = trace_name, .available = tg_kernel_available, .open = open_none}

ABSENT(tg_timer_kernel_call, "plugin_call");
ABSENT(tg_timer_kernel_callback, "plugin_callback");
ABSENT(tg_timer_kernel_codegen, "plugin_codegen");
ABSENT(tg_timer_kernel_link, "plugin_link");
ABSENT(tg_timer_kernel_unlink, "plugin_unlink");
ABSENT(tg_timer_kernel_fixed_call, "plugin_fixed_call");
ABSENT(tg_timer_kernel_fixed_link, "plugin_fixed_link");
ABSENT(tg_timer_kernel_fixed_unlink, "plugin_fixed_unlink");
