#include "tg_xdp_service.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_kernel.h"
#include "tg_netns.h"
#include "tg_pins.h"
#include "tg_xdp_service_handle.h"

static const char *const map_names[TG_XDP_SERVICE_MAPS] = {
    [TG_MAP_SLOT] = "slot",       [TG_MAP_CHAIN] = "chain",   [TG_MAP_RECORDS] = "records",
    [TG_MAP_REQUEST] = "request", [TG_MAP_COUNTS] = "counts",
};

static int pin(int fd, const char *service, const char *item, struct tg_error *err)
{
    char path[TG_PIN_PATH_MAX];
    if (bpf_obj_pin(fd, tg_pins_path(path, service, item)))
        return tg_error_set(err, TG_EENV, "cannot keep '%s': %s", path, strerror(errno));
    return TG_OK;
}

int tg_xdp_attach(int program_fd, const char *interface, int *link_fd, struct tg_error *err)
{
    unsigned index = if_nametoindex(interface);
    *link_fd = -1;
    if (index) {
        LIBBPF_OPTS(bpf_link_create_opts, in_driver, .flags = XDP_FLAGS_DRV_MODE);
        LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
        *link_fd = bpf_link_create(program_fd, (int)index, BPF_XDP, &in_driver);
        if (*link_fd < 0 && errno == EOPNOTSUPP)
            *link_fd = bpf_link_create(program_fd, (int)index, BPF_XDP, &generic);
    }
    if (*link_fd >= 0)
        return TG_OK;
    return tg_error_set(err, TG_EENV, "cannot attach to interface '%s': %s", interface, strerror(errno));
}

/* Attaches and keeps the link under `item`. */
static int attach(int program_fd, const char *service, const char *item, const char *interface,
                  const char *netns, struct tg_error *err)
{
    int back, link_fd;
    int rc = tg_netns_enter(netns, &back, err);
    if (rc)
        return rc;
    rc = tg_xdp_attach(program_fd, interface, &link_fd, err);
    tg_netns_leave(back);
    if (rc)
        return rc;
    rc = pin(link_fd, service, item, err);
    close(link_fd);
    return rc;
}

static int load_and_keep(const char *name, const char *interface, const char *netns,
                         struct bpf_object *object, struct tg_error *err)
{
    int rc = tg_kernel_load(object, err);
    for (int i = 0; i < TG_XDP_SERVICE_MAPS && !rc; i++)
        rc = pin(bpf_object__find_map_fd_by_name(object, map_names[i]), name, map_names[i], err);
    int program_fd = tg_kernel_program(object, "service");
    if (!rc)
        rc = pin(program_fd, name, "program", err);
    if (!rc)
        rc = tg_pins_make_folder(name, "plugins", err);
    if (!rc && interface)
        rc = attach(program_fd, name, "link", interface, netns, err);
    return rc;
}

int tg_xdp_service_start(const char *name, const char *interface, const char *netns, struct tg_error *err)
{
    struct bpf_object *object;
    int rc = tg_pins_make(name, err);
    if (rc)
        return rc;
    rc = tg_kernel_open(tg_bpf_service(), "service", &object, err);
    if (!rc) {
        rc = load_and_keep(name, interface, netns, object, err);
        bpf_object__close(object);
    }
    if (rc)
        tg_pins_remove(name, NULL, NULL);
    return rc;
}

int tg_xdp_load_verdict(enum xdp_action verdict, int *program_fd, struct tg_error *err)
{
    const struct bpf_insn always[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (int)verdict},
        {.code = BPF_JMP | BPF_EXIT},
    };
    *program_fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tg_verdict", "GPL", always, 2, NULL);
    if (*program_fd < 0)
        return tg_error_set(err, TG_EENV, "cannot load the client's program: %s", strerror(errno));
    return TG_OK;
}

int tg_xdp_service_attach_peer(const char *name, const char *interface, const char *netns,
                               struct tg_error *err)
{
    int fd;
    int rc = tg_xdp_load_verdict(XDP_PASS, &fd, err);
    if (rc)
        return rc;
    rc = attach(fd, name, "peer", interface, netns, err);
    close(fd);
    return rc;
}

int tg_xdp_service_stop(const char *name, struct tg_error *err)
{
    int rc = tg_pins_check_service_name(name, err);
    return rc ? rc : tg_pins_remove(name, NULL, err);
}

static int open_pins(struct tg_xdp_service *service, struct tg_error *err)
{
    char path[TG_PIN_PATH_MAX];
    service->program_fd = bpf_obj_get(tg_pins_path(path, service->name, "program"));
    for (int i = 0; i < TG_XDP_SERVICE_MAPS; i++)
        service->map_fds[i] = bpf_obj_get(tg_pins_path(path, service->name, map_names[i]));
    int missing = service->program_fd < 0;
    for (int i = 0; i < TG_XDP_SERVICE_MAPS; i++)
        missing |= service->map_fds[i] < 0;
    if (missing)
        return tg_error_set(err, TG_EENV, "cannot reach service '%s' in the kernel: %s", service->name,
                            strerror(errno));
    return TG_OK;
}

int tg_xdp_service_open(struct tg_xdp_service **service, const char *name, struct tg_error *err)
{
    *service = NULL;
    int rc = tg_pins_check_service_name(name, err);
    if (rc)
        return rc;
    if (!tg_pins_exist(name, "program"))
        return tg_error_set(err, TG_EINPUT,
                            "no service named '%s' is running; 'tollgate plugin start' starts one", name);
    struct tg_xdp_service *made = malloc(sizeof *made);
    if (!made)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    made->cpus = libbpf_num_possible_cpus();
    strcpy(made->name, name);
    rc = open_pins(made, err);
    if (rc) {
        tg_xdp_service_close(made);
        return rc;
    }
    *service = made;
    return TG_OK;
}

void tg_xdp_service_close(struct tg_xdp_service *service)
{
    if (!service)
        return;
    if (service->program_fd >= 0)
        close(service->program_fd);
    for (int i = 0; i < TG_XDP_SERVICE_MAPS; i++) {
        if (service->map_fds[i] >= 0)
            close(service->map_fds[i]);
    }
    free(service);
}

const char *tg_xdp_service_name(const struct tg_xdp_service *service)
{
    return service->name;
}

int tg_xdp_put_record(int records_fd, const char *name, const char *address, uint32_t ttl_s,
                      struct tg_error *err)
{
    struct tg_dns_key key;
    struct tg_dns_record record = {.ttl_s = ttl_s};
    size_t bytes;
    int rc = tg_dns_name(name, &key, &bytes, err);
    if (rc)
        return rc;
    if (inet_pton(AF_INET, address, &record.address) != 1)
        return tg_error_set(err, TG_EINPUT, "'%s' is not an IPv4 address", address);
    if (bpf_map_update_elem(records_fd, &key, &record, BPF_ANY))
        return tg_error_set(err, TG_EENV, "cannot add a record for '%s': %s", name, strerror(errno));
    return TG_OK;
}

int tg_xdp_service_add_record(struct tg_xdp_service *service, const char *name, const char *address,
                              uint32_t ttl_s, struct tg_error *err)
{
    return tg_xdp_put_record(service->map_fds[TG_MAP_RECORDS], name, address, ttl_s, err);
}

int tg_xdp_service_count(struct tg_xdp_service *service, struct tg_service_counts *total,
                         struct tg_error *err)
{
    return tg_kernel_sum_per_cpu(service->map_fds[TG_MAP_COUNTS], service->cpus, total, sizeof *total, err);
}

int tg_xdp_service_run(struct tg_xdp_service *service, const uint8_t *in, size_t in_bytes, unsigned *action,
                       uint8_t *out, size_t *out_bytes, struct tg_error *err)
{
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = in, .data_size_in = (__u32)in_bytes, .data_out = out,
                .data_size_out = TG_DNS_FRAME_MAX, .repeat = 1);
    if (bpf_prog_test_run_opts(service->program_fd, &options))
        return tg_error_set(err, TG_EENV, "the kernel's test run failed: %s", strerror(errno));
    *action = options.retval;
    *out_bytes = options.data_size_out;
    return TG_OK;
}

int tg_xdp_service_ask(struct tg_xdp_service *service, const char *name, uint16_t type, int *answered,
                       struct tg_dns_reply *reply, struct tg_error *err)
{
    enum { ID = 4711, HEADERS = TG_DNS_FRAME_MAX - TG_DNS_MESSAGE_MAX };
    uint8_t message[TG_DNS_MESSAGE_MAX], in[TG_DNS_FRAME_MAX], out[TG_DNS_FRAME_MAX];
    struct tg_dns_key key;
    size_t name_bytes, out_bytes = 0;
    unsigned action = 0;
    int rc = tg_dns_name(name, &key, &name_bytes, err);
    if (rc)
        return rc;
    size_t bytes = tg_dns_query(message, ID, &key, name_bytes, type);
    bytes = tg_dns_frame(in, message, bytes);
    rc = tg_xdp_service_run(service, in, bytes, &action, out, &out_bytes, err);
    if (rc)
        return rc;
    *answered = action == XDP_TX;
    if (!*answered)
        return TG_OK;
    if (out_bytes < HEADERS)
        return tg_error_set(err, TG_ECHECK, "the reply has only %zu bytes", out_bytes);
    return tg_dns_read_reply(out + HEADERS, out_bytes - HEADERS, &key, name_bytes, type, reply, err);
}

int tg_xdp_service_each(int (*visit)(const char *name, void *context), void *context)
{
    return tg_pins_each(NULL, NULL, visit, context);
}
