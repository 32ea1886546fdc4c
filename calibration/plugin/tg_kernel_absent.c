/* What stands in for the kernel half of the prototype where libbpf or clang was missing when it was built. */
#include "tg_kernel.h"
#include "tg_kernel_plugin.h"
#include "tg_slot.h"
#include "tg_timer_kind.h"
#include "tg_xdp_lodger.h"
#include "tg_xdp_service.h"

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
ABSENT(tg_timer_kernel_round, "plugin_round");
ABSENT(tg_timer_kernel_codegen, "plugin_codegen");
ABSENT(tg_timer_kernel_link, "plugin_link");
ABSENT(tg_timer_kernel_unlink, "plugin_unlink");
ABSENT(tg_timer_kernel_fixed_call, "plugin_fixed_call");
ABSENT(tg_timer_kernel_fixed_link, "plugin_fixed_link");
ABSENT(tg_timer_kernel_fixed_unlink, "plugin_fixed_unlink");
ABSENT(tg_timer_kernel_replaced_call, "plugin_replaced_call");
ABSENT(tg_timer_kernel_replaced_link, "plugin_replaced_link");
ABSENT(tg_timer_kernel_replaced_unlink, "plugin_replaced_unlink");

/* No service can be running, so most of these are only reached by a caller that did not look. */

int tg_xdp_service_start(const char *name, const char *interface, const char *netns, struct tg_error *err)
{
    (void)name, (void)interface, (void)netns;
    return tg_kernel_available(err);
}

int tg_xdp_service_attach_peer(const char *name, const char *interface, const char *netns,
                               struct tg_error *err)
{
    (void)name, (void)interface, (void)netns;
    return tg_kernel_available(err);
}

int tg_xdp_service_stop(const char *name, struct tg_error *err)
{
    (void)name;
    return tg_kernel_available(err);
}

int tg_xdp_service_open(struct tg_xdp_service **service, const char *name, struct tg_error *err)
{
    (void)service, (void)name;
    return tg_kernel_available(err);
}

int tg_xdp_service_add_record(struct tg_xdp_service *service, const char *name, const char *address,
                              uint32_t ttl_s, struct tg_error *err)
{
    (void)service, (void)name, (void)address, (void)ttl_s;
    return tg_kernel_available(err);
}

int tg_xdp_service_count(struct tg_xdp_service *service, struct tg_service_counts *total,
                         struct tg_error *err)
{
    (void)service, (void)total;
    return tg_kernel_available(err);
}

int tg_xdp_service_ask(struct tg_xdp_service *service, const char *name, uint16_t type, int *answered,
                       struct tg_dns_reply *reply, struct tg_error *err)
{
    (void)service, (void)name, (void)type, (void)answered, (void)reply;
    return tg_kernel_available(err);
}

int tg_xdp_service_run(struct tg_xdp_service *service, const uint8_t *in, size_t in_bytes, unsigned *action,
                       uint8_t *out, size_t *out_bytes, struct tg_error *err)
{
    (void)service, (void)in, (void)in_bytes, (void)action, (void)out, (void)out_bytes;
    return tg_kernel_available(err);
}

int tg_xdp_service_each(int (*visit)(const char *name, void *context), void *context)
{
    (void)visit, (void)context;
    return 0;
}

int tg_slot_link(struct tg_xdp_service *service, const char *plugin, int position, int *placed,
                 struct tg_error *err)
{
    (void)service, (void)plugin, (void)position, (void)placed;
    return tg_kernel_available(err);
}

int tg_slot_unlink(struct tg_xdp_service *service, unsigned position, struct tg_error *err)
{
    (void)service, (void)position;
    return tg_kernel_available(err);
}

int tg_slot_read(struct tg_xdp_service *service, unsigned program_ids[TG_SLOT_POSITIONS],
                 struct tg_error *err)
{
    (void)service, (void)program_ids;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_load(struct tg_xdp_service *service, const struct tg_kernel_plugin_setup *setup,
                          struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    (void)service, (void)setup, (void)about;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_unload(struct tg_xdp_service *service, const char *name, struct tg_error *err)
{
    (void)service, (void)name;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_about(struct tg_xdp_service *service, const char *name,
                           struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    (void)service, (void)name, (void)about;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_state(struct tg_xdp_service *service, const char *name, struct tg_plugin_state *total,
                           struct tg_error *err)
{
    (void)service, (void)name, (void)total;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_set(struct tg_xdp_service *service, const char *name,
                         const struct tg_plugin_settings *settings, struct tg_error *err)
{
    (void)service, (void)name, (void)settings;
    return tg_kernel_available(err);
}

int tg_kernel_plugin_each(struct tg_xdp_service *service, int (*visit)(const char *name, void *context),
                          void *context)
{
    (void)service, (void)visit, (void)context;
    return 0;
}

int tg_slot_restore(struct tg_xdp_service *service, struct tg_error *err)
{
    (void)service;
    return tg_kernel_available(err);
}

unsigned tg_slot_replaced_by(struct tg_xdp_service *service)
{
    (void)service;
    return 0;
}

void tg_xdp_service_close(struct tg_xdp_service *service)
{
    (void)service;
}

const char *tg_xdp_service_name(const struct tg_xdp_service *service)
{
    (void)service;
    return "";
}

const struct tg_kernel_plugin_kind tg_kernel_plugin_kinds[] = {{NULL, NULL, NULL, 0}};

int tg_xdp_lodger_open(struct tg_xdp_lodger **lodger, const struct tg_xdp_lodging *lodging,
                       struct tg_error *err)
{
    (void)lodging;
    *lodger = NULL;
    return tg_kernel_available(err);
}

void tg_xdp_lodger_close(struct tg_xdp_lodger *lodger)
{
    (void)lodger;
}

int tg_xdp_lodger_drop_replies(struct tg_xdp_lodger *lodger, struct tg_error *err)
{
    (void)lodger;
    return tg_kernel_available(err);
}

int tg_xdp_lodger_answered(const struct tg_xdp_lodger *lodger, uint64_t *answered, struct tg_error *err)
{
    (void)lodger;
    *answered = 0;
    return tg_kernel_available(err);
}

pid_t tg_xdp_lodger_thread(const struct tg_xdp_lodger *lodger)
{
    (void)lodger;
    return 0;
}
