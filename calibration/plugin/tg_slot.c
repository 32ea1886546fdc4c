#include "tg_slot.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tg_extension.h"
#include "tg_pins.h"
#include "tg_xdp_service_handle.h"

int tg_slot_read(struct tg_xdp_service *service, unsigned program_ids[TG_SLOT_POSITIONS],
                 struct tg_error *err)
{
    for (unsigned position = 0; position < TG_SLOT_POSITIONS; position++) {
        program_ids[position] = 0;
        if (bpf_map_lookup_elem(service->map_fds[TG_MAP_SLOT], &position, &program_ids[position]) &&
            errno != ENOENT)
            return tg_error_set(err, TG_EENV, "cannot read the slot: %s", strerror(errno));
    }
    return TG_OK;
}

/* The service calls as many positions as there are up to the last one in use. Its length grows after a plugin
 * is put in place and shrinks after one is taken away, so that no state in between calls what is not there.
 */
static int set_length(struct tg_xdp_service *service, struct tg_error *err)
{
    unsigned ids[TG_SLOT_POSITIONS], key = 0;
    struct tg_chain chain = {0};
    int rc = tg_slot_read(service, ids, err);
    if (rc)
        return rc;
    for (unsigned position = 0; position < TG_SLOT_POSITIONS; position++) {
        if (ids[position])
            chain.length = position + 1;
    }
    if (bpf_map_update_elem(service->map_fds[TG_MAP_CHAIN], &key, &chain, BPF_ANY))
        return tg_error_set(err, TG_EENV, "cannot change the slot: %s", strerror(errno));
    return TG_OK;
}

static int first_free(struct tg_xdp_service *service, unsigned *position, struct tg_error *err)
{
    unsigned ids[TG_SLOT_POSITIONS];
    int rc = tg_slot_read(service, ids, err);
    if (rc)
        return rc;
    for (*position = 0; *position < TG_SLOT_POSITIONS; ++*position) {
        if (!ids[*position])
            return TG_OK;
    }
    return tg_error_set(err, TG_ELIMIT, "all %d positions of the slot are taken", TG_SLOT_POSITIONS);
}

static int open_plugin(struct tg_xdp_service *service, const char *plugin, int *fd, struct tg_error *err)
{
    char item[64], path[TG_PIN_PATH_MAX];
    int rc = tg_pins_check_plugin_name(plugin, err);
    if (rc)
        return rc;
    strcat(strcat(strcpy(item, "plugins/"), plugin), "/program");
    if (!tg_pins_exist(service->name, item))
        return tg_error_set(err, TG_EINPUT, "no plugin named '%s' is loaded", plugin);
    *fd = bpf_obj_get(tg_pins_path(path, service->name, item));
    return *fd < 0 ? tg_error_set(err, TG_EENV, "cannot reach plugin '%s': %s", plugin, strerror(errno))
                   : TG_OK;
}

/* The link that keeps the plugin in place of the slot is kept beside the service. */
#define REPLACEMENT "replacement"

static int replace_slot(struct tg_xdp_service *service, int plugin_fd, struct tg_error *err)
{
    char path[TG_PIN_PATH_MAX];
    int link_fd;
    if (tg_pins_exist(service->name, REPLACEMENT))
        return tg_error_set(err, TG_EINPUT,
                            "a plugin is linked in place of the slot already: unlink it first");
    int rc = tg_extension_link(plugin_fd, service->program_fd, TG_SLOT_FUNCTION, &link_fd, err);
    if (rc)
        return rc;
    if (bpf_obj_pin(link_fd, tg_pins_path(path, service->name, REPLACEMENT)))
        rc = tg_error_set(err, TG_EENV, "cannot keep '%s': %s", path, strerror(errno));
    close(link_fd);
    return rc;
}

static int fill_position(struct tg_xdp_service *service, int plugin_fd, unsigned position,
                         struct tg_error *err)
{
    if (bpf_map_update_elem(service->map_fds[TG_MAP_SLOT], &position, &plugin_fd, BPF_ANY))
        return tg_error_set(err, TG_EENV, "cannot fill position %u: %s", position, strerror(errno));
    return set_length(service, err);
}

int tg_slot_link(struct tg_xdp_service *service, const char *plugin, int position, int *placed,
                 struct tg_error *err)
{
    unsigned at = (unsigned)position;
    int fd = -1;
    if (position >= TG_SLOT_POSITIONS)
        return tg_error_set(err, TG_EINPUT, "the slot has positions 0 to %d, not %d", TG_SLOT_POSITIONS - 1,
                            position);
    int rc = open_plugin(service, plugin, &fd, err);
    if (rc)
        return rc;
    int replaces = tg_extension_is(fd);
    if (replaces)
        rc = replace_slot(service, fd, err);
    else if (position < 0)
        rc = first_free(service, &at, err);
    if (!rc && !replaces)
        rc = fill_position(service, fd, at, err);
    close(fd);
    if (!rc && placed)
        *placed = replaces ? TG_SLOT_WHOLE : (int)at;
    return rc ? tg_error_wrap(err, rc, "plugin '%s'", plugin) : TG_OK;
}

int tg_slot_restore(struct tg_xdp_service *service, struct tg_error *err)
{
    if (!tg_pins_exist(service->name, REPLACEMENT))
        return tg_error_set(err, TG_EINPUT, "no plugin is linked in place of the slot");
    return tg_pins_remove(service->name, REPLACEMENT, err);
}

unsigned tg_slot_replaced_by(struct tg_xdp_service *service)
{
    char path[TG_PIN_PATH_MAX];
    struct bpf_link_info info = {0};
    __u32 size = sizeof info;
    int fd = bpf_obj_get(tg_pins_path(path, service->name, REPLACEMENT));
    if (fd < 0)
        return 0;
    int rc = bpf_obj_get_info_by_fd(fd, &info, &size);
    close(fd);
    return rc ? 0 : info.prog_id;
}

int tg_slot_unlink(struct tg_xdp_service *service, unsigned position, struct tg_error *err)
{
    if (position >= TG_SLOT_POSITIONS)
        return tg_error_set(err, TG_EINPUT, "the slot has positions 0 to %d, not %u", TG_SLOT_POSITIONS - 1,
                            position);
    if (bpf_map_delete_elem(service->map_fds[TG_MAP_SLOT], &position)) {
        if (errno == ENOENT)
            return tg_error_set(err, TG_EINPUT, "no plugin is linked at position %u", position);
        return tg_error_set(err, TG_EENV, "cannot unlink position %u: %s", position, strerror(errno));
    }
    return set_length(service, err);
}
