#include "tg_xdp_pair.h"

#include <stdio.h>
#include <unistd.h>

#include "tg_ip.h"
#include "tg_napi.h"

void tg_xdp_pair_name(struct tg_xdp_pair *pair, const char *service)
{
    snprintf(pair->server_namespace, sizeof pair->server_namespace, "tollgate-%s-server", service);
    snprintf(pair->client_namespace, sizeof pair->client_namespace, "tollgate-%s-client", service);
    snprintf(pair->server_interface, sizeof pair->server_interface, "tg%ss", service);
    snprintf(pair->client_interface, sizeof pair->client_interface, "tg%sc", service);
}

static int configure_end(const char *namespace, const char *interface, const char *address,
                         struct tg_error *err)
{
    char space[32], device[16], with_prefix[32];
    snprintf(space, sizeof space, "%s", namespace);
    snprintf(device, sizeof device, "%s", interface);
    snprintf(with_prefix, sizeof with_prefix, "%s/24", address);
    int rc = TG_IP(err, TG_WORD("-n"), space, TG_WORD("addr"), TG_WORD("add"), with_prefix, TG_WORD("dev"),
                   device);
    if (!rc)
        rc = TG_IP(err, TG_WORD("-n"), space, TG_WORD("link"), TG_WORD("set"), device, TG_WORD("up"));
    return rc;
}

static int create(struct tg_xdp_pair names, struct tg_error *err)
{
    int rc = TG_IP(err, TG_WORD("netns"), TG_WORD("add"), names.server_namespace);
    if (!rc)
        rc = TG_IP(err, TG_WORD("netns"), TG_WORD("add"), names.client_namespace);
    if (!rc)
        rc = TG_IP(err, TG_WORD("link"), TG_WORD("add"), names.server_interface, TG_WORD("netns"),
                   names.server_namespace, TG_WORD("type"), TG_WORD("veth"), TG_WORD("peer"), TG_WORD("name"),
                   names.client_interface, TG_WORD("netns"), names.client_namespace);
    if (!rc)
        rc = configure_end(names.server_namespace, names.server_interface, TG_XDP_PAIR_SERVER_ADDRESS, err);
    if (!rc)
        rc = configure_end(names.client_namespace, names.client_interface, TG_XDP_PAIR_CLIENT_ADDRESS, err);
    return rc;
}

int tg_xdp_pair_create(const struct tg_xdp_pair *pair, struct tg_error *err)
{
    if (tg_xdp_pair_exists(pair))
        return tg_error_set(err, TG_EINPUT, "the network namespace '%s' or '%s' exists already",
                            pair->server_namespace, pair->client_namespace);
    int rc = create(*pair, err);
    if (rc)
        tg_xdp_pair_destroy(pair);
    return rc;
}

static int namespace_exists(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/run/netns/%s", name);
    return access(path, F_OK) == 0;
}

int tg_xdp_pair_exists(const struct tg_xdp_pair *pair)
{
    return namespace_exists(pair->server_namespace) || namespace_exists(pair->client_namespace);
}

void tg_xdp_pair_destroy(const struct tg_xdp_pair *pair)
{
    struct tg_xdp_pair names = *pair;
    if (namespace_exists(names.server_namespace))
        TG_IP(NULL, TG_WORD("netns"), TG_WORD("del"), names.server_namespace);
    if (namespace_exists(names.client_namespace))
        TG_IP(NULL, TG_WORD("netns"), TG_WORD("del"), names.client_namespace);
}

int tg_xdp_pair_spread(const struct tg_xdp_pair *pair, int server_cpu, int client_cpu, struct tg_error *err)
{
    int rc = tg_napi_thread(pair->server_namespace, pair->server_interface, server_cpu, NULL, err);
    return rc ? rc : tg_napi_thread(pair->client_namespace, pair->client_interface, client_cpu, NULL, err);
}
