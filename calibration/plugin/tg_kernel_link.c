/* Timed operations on a plugin in the kernel besides its call: code generation, link, unlink. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/call.h"
#include "tg_extension.h"
#include "tg_kernel.h"
#include "tg_stopwatch.h"
#include "tg_timer_kind.h"

struct kernel_link {
    struct bpf_object *object;
    int slot_fd, plugin_fd;
    struct bpf_object *extension; /* where a plugin replaces a function of host_fd */
    int host_fd;
    double empty_ns;
};

/* The host program is loaded too: it is what the kernel has to mend when a slot changes. */
static int open_with(void **state, struct tg_call_constants constants, struct tg_error *err)
{
    struct kernel_link *link = calloc(1, sizeof *link);
    if (!link)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = link;
    link->empty_ns = tg_stopwatch_empty_ns();
    int rc = tg_kernel_open(tg_bpf_call(), "call", &link->object, err);
    if (!rc)
        rc = tg_kernel_set_constants(link->object, &constants, sizeof constants, err);
    if (!rc)
        rc = tg_kernel_load(link->object, err);
    if (rc)
        return rc;
    link->slot_fd = bpf_object__find_map_fd_by_name(link->object, "slot");
    link->plugin_fd = tg_kernel_program(link->object, "null_plugin");
    return TG_OK;
}

static int open_link(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, (struct tg_call_constants){.arguments = arguments}, err);
}

static int open_fixed_link(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, (struct tg_call_constants){.arguments = arguments, .fixed = 1}, err);
}

static void close_link(void *state)
{
    struct kernel_link *link = state;
    bpf_object__close(link->extension);
    bpf_object__close(link->object);
    free(link);
}

static int sample_link(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct kernel_link *link = state;
    unsigned key = 0;
    bpf_map_delete_elem(link->slot_fd, &key);
    struct tg_stopwatch watch = tg_stopwatch_start();
    int rc = bpf_map_update_elem(link->slot_fd, &key, &link->plugin_fd, BPF_ANY);
    tg_stopwatch_stop(&watch, 1, link->empty_ns, sample);
    return rc ? tg_error_set(err, TG_EENV, "cannot link: %s", strerror(errno)) : TG_OK;
}

static int sample_unlink(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct kernel_link *link = state;
    unsigned key = 0;
    if (bpf_map_update_elem(link->slot_fd, &key, &link->plugin_fd, BPF_ANY))
        return tg_error_set(err, TG_EENV, "cannot link: %s", strerror(errno));
    struct tg_stopwatch watch = tg_stopwatch_start();
    int rc = bpf_map_delete_elem(link->slot_fd, &key);
    tg_stopwatch_stop(&watch, 1, link->empty_ns, sample);
    return rc ? tg_error_set(err, TG_EENV, "cannot unlink: %s", strerror(errno)) : TG_OK;
}

/* One system call verifies the null plugin's bytecode and compiles it to machine code. The program is dropped
 * outside the bracket. */
static int sample_codegen(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct kernel_link *link = state;
    struct bpf_program *program = bpf_object__find_program_by_name(link->object, "null_plugin");
    struct tg_stopwatch watch = tg_stopwatch_start();
    int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tg_codegen", "GPL", bpf_program__insns(program),
                           bpf_program__insn_cnt(program), NULL);
    tg_stopwatch_stop(&watch, 1, link->empty_ns, sample);
    if (fd < 0)
        return tg_error_set(err, TG_EENV, "cannot load: %s", strerror(errno));
    close(fd);
    return TG_OK;
}

/* A plugin that replaces a function. */
static int open_replaced(void **state, unsigned arguments, struct tg_error *err)
{
    int rc = open_link(state, arguments, err);
    if (rc)
        return rc;
    struct kernel_link *link = *state;
    link->host_fd = tg_kernel_program(link->object, "replaced_host");
    rc = tg_extension_load_null(link->host_fd, &link->extension, err);
    link->plugin_fd = rc ? -1 : tg_kernel_program(link->extension, "null_plugin");
    return rc;
}

static int sample_replaced(struct kernel_link *link, struct tg_plugin_sample *linking,
                           struct tg_plugin_sample *unlinking, struct tg_error *err)
{
    int fd;
    struct tg_stopwatch watch = tg_stopwatch_start();
    int rc = tg_extension_link(link->plugin_fd, link->host_fd, "replaceable", &fd, err);
    tg_stopwatch_stop(&watch, 1, link->empty_ns, linking);
    if (rc)
        return rc;
    watch = tg_stopwatch_start();
    close(fd);
    tg_stopwatch_stop(&watch, 1, link->empty_ns, unlinking);
    return TG_OK;
}

static int sample_replaced_link(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct tg_plugin_sample other;
    return sample_replaced(state, sample, &other, err);
}

static int sample_replaced_unlink(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct tg_plugin_sample other;
    return sample_replaced(state, &other, sample, err);
}

const struct tg_timer_kind tg_timer_kernel_codegen = {
    .name = "plugin_codegen",
    .available = tg_kernel_available,
    .open = open_link,
    .sample = sample_codegen,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_link = {
    .name = "plugin_link",
    .available = tg_kernel_available,
    .open = open_link,
    .sample = sample_link,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_unlink = {
    .name = "plugin_unlink",
    .available = tg_kernel_available,
    .open = open_link,
    .sample = sample_unlink,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_fixed_link = {
    .name = "plugin_fixed_link",
    .available = tg_kernel_available,
    .open = open_fixed_link,
    .sample = sample_link,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_fixed_unlink = {
    .name = "plugin_fixed_unlink",
    .available = tg_kernel_available,
    .open = open_fixed_link,
    .sample = sample_unlink,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_replaced_link = {
    .name = "plugin_replaced_link",
    .available = tg_extension_available,
    .open = open_replaced,
    .sample = sample_replaced_link,
    .close = close_link,
};
const struct tg_timer_kind tg_timer_kernel_replaced_unlink = {
    .name = "plugin_replaced_unlink",
    .available = tg_extension_available,
    .open = open_replaced,
    .sample = sample_replaced_unlink,
    .close = close_link,
};
