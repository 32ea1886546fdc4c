#include "tg_xdp_lodger.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/service.h"
#include "tg_kernel.h"
#include "tg_napi.h"
#include "tg_netns.h"
#include "tg_xdp_service_handle.h"

enum { TTL_S = 3600 };

struct tg_xdp_lodger {
    struct bpf_object *object;
    int service_link, peer_link, pass, counts;
    int cpus; /* that a per-CPU map has values for */
    struct tg_service_counts *of_cpus;
    pid_t thread;
};

/* The one interface of this thread's namespace beside the loopback device. */
static int find_interface(char name[IF_NAMESIZE], struct tg_error *err)
{
    struct if_nameindex *all = if_nameindex();
    *name = 0;
    for (struct if_nameindex *i = all; i && i->if_index; i++) {
        if (strcmp(i->if_name, "lo") != 0)
            memcpy(name, i->if_name, strlen(i->if_name) + 1);
    }
    if_freenameindex(all);
    return *name ? TG_OK : tg_error_set(err, TG_EENV, "the network name space has no interface");
}

static int attach_here(int program_fd, int *link_fd, struct tg_error *err)
{
    char interface[IF_NAMESIZE];
    int rc = find_interface(interface, err);
    return rc ? rc : tg_xdp_attach(program_fd, interface, link_fd, err);
}

static int attach(int netns, int program_fd, int *link_fd, struct tg_error *err)
{
    int back;
    int rc = tg_netns_enter_fd(netns, &back, err);
    if (rc)
        return rc;
    rc = attach_here(program_fd, link_fd, err);
    tg_netns_leave(back);
    return rc;
}

static int start_thread(struct tg_xdp_lodger *l, const struct tg_xdp_lodging *lodging, struct tg_error *err)
{
    char interface[IF_NAMESIZE];
    int back;
    int rc = tg_netns_enter_fd(lodging->server_netns, &back, err);
    if (rc)
        return rc;
    rc = find_interface(interface, err);
    if (!rc)
        rc = tg_napi_thread_here(interface, lodging->cpu, &l->thread, err);
    tg_netns_leave(back);
    return rc;
}

static int load(struct tg_xdp_lodger *l, const struct tg_xdp_lodging *lodging, struct tg_error *err)
{
    int rc = tg_kernel_open(tg_bpf_service(), "service", &l->object, err);
    if (!rc)
        rc = tg_kernel_load(l->object, err);
    if (!rc)
        rc = tg_xdp_load_verdict(XDP_PASS, &l->pass, err);
    l->counts = rc ? -1 : bpf_object__find_map_fd_by_name(l->object, "counts");
    return rc ? rc
              : tg_xdp_put_record(bpf_object__find_map_fd_by_name(l->object, "records"), lodging->name,
                                  lodging->address, TTL_S, err);
}

/* The thread comes last, because attaching a program makes the receive queues anew. */
int tg_xdp_lodger_open(struct tg_xdp_lodger **lodger, const struct tg_xdp_lodging *lodging,
                       struct tg_error *err)
{
    struct tg_xdp_lodger *l = *lodger = calloc(1, sizeof *l);
    if (!l)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    l->service_link = l->peer_link = l->pass = -1;
    l->cpus = libbpf_num_possible_cpus();
    l->of_cpus = l->cpus > 0 ? calloc((size_t)l->cpus, sizeof *l->of_cpus) : NULL;
    int rc = l->of_cpus ? load(l, lodging, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        rc = attach(lodging->server_netns, tg_kernel_program(l->object, "service"), &l->service_link, err);
    if (!rc)
        rc = attach(lodging->client_netns, l->pass, &l->peer_link, err);
    if (!rc)
        rc = start_thread(l, lodging, err);
    if (rc) {
        tg_xdp_lodger_close(l);
        *lodger = NULL;
    }
    return rc;
}

void tg_xdp_lodger_close(struct tg_xdp_lodger *lodger)
{
    if (!lodger)
        return;
    const int fds[] = {lodger->service_link, lodger->peer_link, lodger->pass};
    for (int i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    bpf_object__close(lodger->object);
    free(lodger->of_cpus);
    free(lodger);
}

/* The link takes the other program in place: the receive queues stay as they are. */
int tg_xdp_lodger_drop_replies(struct tg_xdp_lodger *lodger, struct tg_error *err)
{
    int drop;
    int rc = tg_xdp_load_verdict(XDP_DROP, &drop, err);
    if (rc)
        return rc;
    if (bpf_link_update(lodger->peer_link, drop, NULL))
        rc = tg_error_set(err, TG_EENV, "cannot have the client's end drop packets: %s", strerror(errno));
    close(drop);
    return rc;
}

int tg_xdp_lodger_answered(const struct tg_xdp_lodger *lodger, uint64_t *answered, struct tg_error *err)
{
    const uint32_t key = 0;
    if (bpf_map_lookup_elem(lodger->counts, &key, lodger->of_cpus))
        return tg_error_set(err, TG_EENV, "cannot read what the service has counted: %s", strerror(errno));
    *answered = 0;
    for (int i = 0; i < lodger->cpus; i++)
        *answered += lodger->of_cpus[i].answered;
    return TG_OK;
}

pid_t tg_xdp_lodger_thread(const struct tg_xdp_lodger *lodger)
{
    return lodger->thread;
}
