#include "tg_kernel_plugin.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_extension.h"
#include "tg_field.h"
#include "tg_file.h"
#include "tg_kernel.h"
#include "tg_pins.h"
#include "tg_slot.h"
#include "tg_stopwatch.h"
#include "tg_text.h"
#include "tg_xdp_service_handle.h"

const struct tg_kernel_plugin_kind tg_kernel_plugin_kinds[] = {
    {"null", "does nothing", "null", 0},
    {"null-arguments", "reads words of the request", "null_arguments", 0},
    {"counter", "counts requests and bytes", "counter", 0},
    {"filter", "refuses names", "filter", 0},
    {"compute", "does an adjustable amount of work", "compute", 0},
    {"out-of-bounds", "reads behind the packet", "out_of_bounds", 1},
    {"unbounded-loop", "never ends", "unbounded_loop", 1},
    {"forbidden-helper", "calls what it may not", "forbidden_helper", 1},
    {"wild-pointer", "writes where it likes", "wild_pointer", 1},
    {NULL, NULL, NULL, 0},
};

enum { ITEM_MAX = 64 };

/* The maps a plugin may have, and the name under which each is kept. */
static const char *const kept_maps[] = {"state", "settings", "denied"};

static char *plugin_item(char item[ITEM_MAX], const char *plugin, const char *part)
{
    snprintf(item, ITEM_MAX, "plugins/%s%s%s", plugin, part ? "/" : "", part ? part : "");
    return item;
}

static int find_kind(const char *name, const struct tg_kernel_plugin_kind **kind, struct tg_error *err)
{
    const char *names[TG_COUNT(tg_kernel_plugin_kinds)];
    size_t i = 0;
    for (; tg_kernel_plugin_kinds[i].name; i++) {
        *kind = &tg_kernel_plugin_kinds[i];
        if (strcmp(name, (*kind)->name) == 0)
            return TG_OK;
        names[i] = (*kind)->name;
    }
    names[i] = NULL;
    const char *near = tg_text_nearest(name, names);
    return tg_error_set(err, TG_EINPUT, "there is no kind of plugin '%s'%s%s%s", name,
                        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int is_file(const char *kind)
{
    size_t length = strlen(kind);
    return strchr(kind, '/') || (length > 2 && strcmp(kind + length - 2, ".o") == 0);
}

/* Of the programs in an object only one is to be loaded. */
static int choose_program(struct bpf_object *object, const char *name, struct bpf_program **chosen,
                          struct tg_error *err)
{
    struct bpf_program *program;
    int count = 0;
    *chosen = NULL;
    bpf_object__for_each_program(program, object)
    {
        int wanted = !name || strcmp(bpf_program__name(program), name) == 0;
        bpf_program__set_autoload(program, wanted);
        if (wanted) {
            *chosen = program;
            count++;
        }
    }
    if (count != 1)
        return tg_error_set(err, TG_EINPUT, "the object holds %d programs instead of one", count);
    return TG_OK;
}

static int open_file(const char *path, struct bpf_object **object, struct tg_error *err)
{
    char *data;
    size_t size;
    int rc = tg_file_read(path, &data, &size, err);
    if (rc)
        return rc;
    rc = tg_kernel_open((struct tg_bpf_bytes){data, size}, "plugin", object, err);
    free(data);
    return rc ? tg_error_set(err, TG_EINPUT, "'%s' is not an eBPF object", path) : TG_OK;
}

static int open_plugin(const char *kind_name, struct bpf_object **object, struct bpf_program **program,
                       struct tg_error *err)
{
    const struct tg_kernel_plugin_kind *kind;
    if (is_file(kind_name)) {
        int rc = open_file(kind_name, object, err);
        return rc ? rc : choose_program(*object, NULL, program, err);
    }
    int rc = find_kind(kind_name, &kind, err);
    if (rc)
        return rc;
    rc = kind->misbehaves ? tg_kernel_open(tg_bpf_rogues(), "rogues", object, err)
                          : tg_kernel_open(tg_bpf_plugins(), "plugins", object, err);
    return rc ? rc : choose_program(*object, kind->program, program, err);
}

static int share_request(struct tg_xdp_service *service, struct bpf_object *object, struct tg_error *err)
{
    struct bpf_map *map = bpf_object__find_map_by_name(object, "request");
    if (map && bpf_map__reuse_fd(map, service->map_fds[TG_MAP_REQUEST]))
        return tg_error_set(err, TG_EINPUT, "the plugin's map 'request' is not like the service's: %s",
                            strerror(errno));
    return TG_OK;
}

static int deny(int map_fd, const char *name, struct tg_error *err)
{
    struct tg_dns_key key;
    size_t bytes;
    unsigned yes = 1;
    int rc = tg_dns_name(name, &key, &bytes, err);
    if (!rc && bpf_map_update_elem(map_fd, &key, &yes, BPF_ANY))
        rc = tg_error_set(err, TG_EENV, "cannot deny '%s': %s", name, strerror(errno));
    return rc;
}

static int apply_settings(struct bpf_object *object, const struct tg_kernel_plugin_setup *setup,
                          struct tg_error *err)
{
    const struct tg_plugin_settings settings = {.work = setup->work, .arguments = setup->arguments};
    unsigned key = 0;
    int settings_fd = bpf_object__find_map_fd_by_name(object, "settings");
    int denied_fd = bpf_object__find_map_fd_by_name(object, "denied"), rc = TG_OK;
    if (settings_fd >= 0 && bpf_map_update_elem(settings_fd, &key, &settings, BPF_ANY))
        rc = tg_error_set(err, TG_EENV, "cannot set the plugin up: %s", strerror(errno));
    for (size_t i = 0; i < setup->denied_count && !rc; i++)
        rc = denied_fd < 0 ? tg_error_set(err, TG_EINPUT, "the plugin denies no names")
                           : deny(denied_fd, setup->denied[i], err);
    return rc;
}

static int keep(struct tg_xdp_service *service, const char *name, struct bpf_object *object, int program_fd,
                struct tg_error *err)
{
    char item[ITEM_MAX], path[TG_PIN_PATH_MAX];
    int rc = tg_pins_make_folder(service->name, plugin_item(item, name, NULL), err);
    for (size_t i = 0; i < TG_COUNT(kept_maps) && !rc; i++) {
        int fd = bpf_object__find_map_fd_by_name(object, kept_maps[i]);
        tg_pins_path(path, service->name, plugin_item(item, name, kept_maps[i]));
        if (fd >= 0 && bpf_obj_pin(fd, path))
            rc = tg_error_set(err, TG_EENV, "cannot keep '%s': %s", path, strerror(errno));
    }
    tg_pins_path(path, service->name, plugin_item(item, name, "program"));
    if (!rc && bpf_obj_pin(program_fd, path))
        rc = tg_error_set(err, TG_EENV, "cannot keep '%s': %s", path, strerror(errno));
    if (rc)
        tg_pins_remove(service->name, plugin_item(item, name, NULL), NULL);
    return rc;
}

static int read_about(int program_fd, struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    struct bpf_prog_info info = {0};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
        return tg_error_set(err, TG_EENV, "the kernel tells nothing about the plugin: %s", strerror(errno));
    *about = (struct tg_kernel_plugin_about){.program_id = info.id,
                                             .bytecode_bytes = info.xlated_prog_len,
                                             .machine_code_bytes = info.jited_prog_len};
    return TG_OK;
}

static int load_opened(struct tg_xdp_service *service, const struct tg_kernel_plugin_setup *setup,
                       struct bpf_object *object, struct bpf_program *program,
                       struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    /* An XDP program whatever its section is called: all plugins go into one slot. */
    bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
    int rc = share_request(service, object, err);
    if (!rc && setup->replace)
        rc = tg_extension_prepare(program, service->program_fd, TG_SLOT_FUNCTION, err);
    if (rc)
        return rc;
    int64_t begun_ns = tg_stopwatch_now_ns();
    rc = tg_kernel_load(object, err);
    int64_t load_ns = tg_stopwatch_now_ns() - begun_ns;
    if (rc)
        return tg_kernel_has_verdict()
                   ? tg_error_set(err, TG_ECHECK, "the kernel's verifier refuses it: %s", tg_kernel_verdict())
                   : rc;
    int fd = bpf_program__fd(program);
    rc = apply_settings(object, setup, err);
    if (!rc)
        rc = read_about(fd, about, err);
    about->load_ns = load_ns;
    return rc ? rc : keep(service, setup->name, object, fd, err);
}

int tg_kernel_plugin_load(struct tg_xdp_service *service, const struct tg_kernel_plugin_setup *setup,
                          struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    char item[ITEM_MAX];
    struct bpf_object *object = NULL;
    struct bpf_program *program;
    int rc = tg_pins_check_plugin_name(setup->name, err);
    if (rc)
        return rc;
    if (tg_pins_exist(service->name, plugin_item(item, setup->name, NULL)))
        return tg_error_set(err, TG_EINPUT, "a plugin named '%s' is loaded already", setup->name);
    rc = open_plugin(setup->kind, &object, &program, err);
    if (!rc)
        rc = load_opened(service, setup, object, program, about, err);
    bpf_object__close(object);
    return rc ? tg_error_wrap(err, rc, "plugin '%s'", setup->name) : TG_OK;
}

static int open_part(struct tg_xdp_service *service, const char *name, const char *part, int *fd,
                     struct tg_error *err)
{
    char item[ITEM_MAX], path[TG_PIN_PATH_MAX];
    int rc = tg_pins_check_plugin_name(name, err);
    if (rc)
        return rc;
    if (!tg_pins_exist(service->name, plugin_item(item, name, NULL)))
        return tg_error_set(err, TG_EINPUT, "no plugin named '%s' is loaded", name);
    *fd = bpf_obj_get(tg_pins_path(path, service->name, plugin_item(item, name, part)));
    if (*fd < 0)
        return tg_error_set(err, TG_EENV, "plugin '%s' has no %s in the kernel: %s", name, part,
                            strerror(errno));
    return TG_OK;
}

int tg_kernel_plugin_about(struct tg_xdp_service *service, const char *name,
                           struct tg_kernel_plugin_about *about, struct tg_error *err)
{
    int fd;
    int rc = open_part(service, name, "program", &fd, err);
    if (rc)
        return rc;
    rc = read_about(fd, about, err);
    close(fd);
    return rc;
}

int tg_kernel_plugin_unload(struct tg_xdp_service *service, const char *name, struct tg_error *err)
{
    char item[ITEM_MAX];
    struct tg_kernel_plugin_about about = {0};
    unsigned ids[TG_SLOT_POSITIONS];
    int rc = tg_kernel_plugin_about(service, name, &about, err);
    if (!rc)
        rc = tg_slot_read(service, ids, err);
    if (!rc && tg_slot_replaced_by(service) == about.program_id)
        rc =
            tg_error_set(err, TG_EINPUT, "plugin '%s' is linked in place of the slot: unlink it first", name);
    for (unsigned position = 0; position < TG_SLOT_POSITIONS && !rc; position++) {
        if (ids[position] == about.program_id)
            rc = tg_error_set(err, TG_EINPUT, "plugin '%s' is linked at position %u: unlink it first", name,
                              position);
    }
    return rc ? rc : tg_pins_remove(service->name, plugin_item(item, name, NULL), err);
}

int tg_kernel_plugin_state(struct tg_xdp_service *service, const char *name, struct tg_plugin_state *total,
                           struct tg_error *err)
{
    char item[ITEM_MAX];
    int fd;
    memset(total, 0, sizeof *total);
    if (!tg_pins_exist(service->name, plugin_item(item, name, "state")))
        return TG_OK;
    int rc = open_part(service, name, "state", &fd, err);
    if (rc)
        return rc;
    rc = tg_kernel_sum_per_cpu(fd, service->cpus, total, sizeof *total, err);
    close(fd);
    return rc;
}

int tg_kernel_plugin_set(struct tg_xdp_service *service, const char *name,
                         const struct tg_plugin_settings *settings, struct tg_error *err)
{
    unsigned key = 0;
    int fd;
    int rc = open_part(service, name, "settings", &fd, err);
    if (rc)
        return rc;
    if (bpf_map_update_elem(fd, &key, settings, BPF_ANY))
        rc = tg_error_set(err, TG_EENV, "cannot set plugin '%s': %s", name, strerror(errno));
    close(fd);
    return rc;
}

int tg_kernel_plugin_each(struct tg_xdp_service *service, int (*visit)(const char *name, void *context),
                          void *context)
{
    return tg_pins_each(service->name, "plugins", visit, context);
}
