/* tg_kernel_plugin: plugins for a service in the kernel: loaded (verified and compiled to machine code by the
 * kernel), held ready under a name, unloaded. tg_slot links them.
 *
 * Kinds that come with the prototype: null; null-arguments, which reads words of the request; counter;
 * filter, which refuses names; compute, which does an adjustable amount of work; and four that misbehave and
 * that the kernel must refuse: out-of-bounds, unbounded-loop, forbidden-helper, wild-pointer. A kind with a
 * '/' or ending in ".o" is an eBPF object file of the user's own with one XDP program in it, which follows
 * bpf/service.h.
 */
#ifndef TG_KERNEL_PLUGIN_H
#define TG_KERNEL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_xdp_service.h"

struct tg_kernel_plugin_kind {
    const char *name;
    const char *summary;
    const char *program; /* its function in the eBPF object */
    int misbehaves;
};

/* Ended by a row without name. */
extern const struct tg_kernel_plugin_kind tg_kernel_plugin_kinds[];

struct tg_kernel_plugin_setup {
    const char *kind;
    const char *name;          /* what to call it */
    unsigned work;             /* compute: rounds a request */
    unsigned arguments;        /* null-arguments: words a request */
    int replace;               /* to take the place of the whole slot, where the kernel permits it */
    const char *const *denied; /* filter: names */
    size_t denied_count;
};

struct tg_kernel_plugin_about {
    unsigned program_id;
    unsigned bytecode_bytes, machine_code_bytes;
    int64_t load_ns; /* to read, verify and compile; 0 when looked up later */
};

/* Loads a plugin for a service. TG_ECHECK where the kernel's verifier refuses it, with its verdict; TG_EINPUT
 * for an unknown kind or a name that is taken. */
int tg_kernel_plugin_load(struct tg_xdp_service *service, const struct tg_kernel_plugin_setup *setup,
                          struct tg_kernel_plugin_about *about, struct tg_error *err);

/* Forgets a plugin. TG_EINPUT if it is linked, or not there. */
int tg_kernel_plugin_unload(struct tg_xdp_service *service, const char *name, struct tg_error *err);

int tg_kernel_plugin_about(struct tg_xdp_service *service, const char *name,
                           struct tg_kernel_plugin_about *about, struct tg_error *err);

/* What a plugin remembers, all CPUs together (result: of any one). Zeroes for a user's own. */
int tg_kernel_plugin_state(struct tg_xdp_service *service, const char *name, struct tg_plugin_state *total,
                           struct tg_error *err);

/* Changes a plugin's settings while it is linked. */
int tg_kernel_plugin_set(struct tg_xdp_service *service, const char *name,
                         const struct tg_plugin_settings *settings, struct tg_error *err);

/* The names of a service's plugins, through `visit`, until it returns non-zero. */
int tg_kernel_plugin_each(struct tg_xdp_service *service, int (*visit)(const char *name, void *context),
                          void *context);

#endif
