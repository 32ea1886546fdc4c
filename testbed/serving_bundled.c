/* The two servers that come with the project. */
#include <stdio.h>

#include "tg_crossing.h"
#include "tg_kernel_plugin.h"
#include "tg_napi.h"
#include "tg_responder.h"
#include "tg_serving.h"
#include "tg_slot.h"
#include "tg_xdp_service.h"

int tg_serving_start_responder(struct tg_serving *serving, struct tg_error *err)
{
    const struct tg_bed_system *system = serving->system;
    const struct tg_responder_setup setup = {
        .netns = serving->net->server_namespace,
        .address = serving->net->server_address,
        .port = TG_SERVING_DNS_PORT,
        .cpu = serving->cpu,
        .crossing = system->crossing ? tg_crossing_find(system->crossing) : NULL,
        .crossings = system->crossings,
    };
    return tg_responder_start(&serving->root, &setup, err);
}

void tg_serving_stop_responder(struct tg_serving *serving)
{
    tg_responder_stop(serving->root);
}

static int load(struct tg_xdp_service *service, const char *kind, unsigned work, struct tg_error *err)
{
    struct tg_kernel_plugin_about about;
    const struct tg_kernel_plugin_setup setup = {.kind = kind, .name = kind, .work = work};
    return tg_kernel_plugin_load(service, &setup, &about, err);
}

/* As many positions of the slot as the system has crossings: the first may compute, the others do nothing. */
static int link_plugins(struct tg_xdp_service *service, const struct tg_bed_system *system,
                        struct tg_error *err)
{
    int rc = load(service, "null", 0, err);
    if (!rc && system->work)
        rc = load(service, "compute", system->work, err);
    for (unsigned i = 0; i < system->crossings && !rc; i++)
        rc =
            tg_slot_link(service, i == 0 && system->work ? "compute" : "null", TG_SLOT_FIRST_FREE, NULL, err);
    return rc;
}

static int fill(const struct tg_serving *serving, struct tg_error *err)
{
    const uint32_t ttl_s = 3600;
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, serving->net->tag, err);
    if (rc)
        return rc;
    rc = tg_xdp_service_add_record(service, TG_SERVING_NAME, TG_SERVING_ADDRESS, ttl_s, err);
    if (!rc && serving->system->crossings)
        rc = link_plugins(service, serving->system, err);
    tg_xdp_service_close(service);
    return rc;
}

/* The receiving thread comes last, because attaching a program makes the receive queues anew. The other end
 * has none: who sends the reply, the server's core, delivers it too, as with a server in user space. */
int tg_serving_start_xdp(struct tg_serving *serving, struct tg_error *err)
{
    const struct tg_bed_net *net = serving->net;
    int rc = tg_xdp_service_start(net->tag, net->server_interface, net->server_namespace, err);
    if (!rc)
        rc = tg_xdp_service_attach_peer(net->tag, net->peer_interface, net->peer_namespace, err);
    if (!rc)
        rc = fill(serving, err);
    return rc ? rc
              : tg_napi_thread(net->server_namespace, net->server_interface, serving->cpu, &serving->root,
                               err);
}

void tg_serving_stop_xdp(struct tg_serving *serving)
{
    tg_xdp_service_stop(serving->net->tag, NULL);
}
