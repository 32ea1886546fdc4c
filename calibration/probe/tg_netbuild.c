#include "tg_netbuild.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_netlink.h"
#include "tg_nft.h"

enum { VOID_MTU_BYTES = 68, PREFIX_BITS = 24 };

/* Addresses. The server's net is 10.78.0.0/24, on which the bridge that routes is .1; the net outside is
 * 10.78.1.0/24. */
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
enum { MAC_BYTES = 6 };
static const uint32_t near_client = IP(10, 78, 0, 1), server_ip = IP(10, 78, 0, 2),
                      bridge_ip = IP(10, 78, 0, 1), outside_ip = IP(10, 78, 1, 1),
                      far_client = IP(10, 78, 1, 2), loopback_ip = IP(127, 0, 0, 1);
static const uint8_t client_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 0, 1};
static const uint8_t server_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 0, 2};
static const uint8_t outside_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 0, 3};
static const uint8_t bridge_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 0, 4};

/* What a container engine sets up for a published port, in nft's language. */
static const char rules[] =
    "table ip tollgate {\n"
    " chain before { type nat hook prerouting priority -100; meta l4proto { tcp, udp } th dport 7878 dnat to "
    "10.78.0.2:7878; }\n"
    " chain after { type nat hook postrouting priority 100; ip saddr 10.78.0.0/24 oifname != \"tgb\" "
    "masquerade; }\n"
    " chain through { type filter hook forward priority 0; policy drop; ct state established,related "
    "accept;\n"
    "  ip daddr 10.78.0.2 meta l4proto { tcp, udp } th dport 7878 accept; }\n"
    "}\n";

uint32_t tg_netbuild_own_address(enum tg_net_kind kind)
{
    return htonl(kind == TG_NET_LOOPBACK ? loopback_ip : server_ip);
}

uint32_t tg_netbuild_reached_address(enum tg_net_kind kind)
{
    return kind == TG_NET_CONTAINER ? htonl(outside_ip) : tg_netbuild_own_address(kind);
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Makes a user name space in which this process is root, where it is not root already. */
static int become_able(struct tg_error *err)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(CLONE_NEWNET) == 0)
        return TG_OK;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return tg_error_set(
            err, TG_EENV, "needs network name spaces: neither privilege nor user name spaces allow them (%s)",
            strerror(errno));
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    int bad = write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    bad |= write_text("/proc/self/gid_map", map);
    return bad ? tg_error_set(err, TG_EENV, "needs network name spaces: cannot map this user in its own")
               : TG_OK;
}

/* A new name space becomes this process's; its descriptor, or -1. */
static int enter_new(struct tg_error *err)
{
    if (unshare(CLONE_NEWNET) != 0) {
        tg_error_set(err, TG_EENV, "needs network name spaces: %s", strerror(errno));
        return -1;
    }
    write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        tg_error_set(err, TG_EENV, "cannot open the network name space: %s", strerror(errno));
    return fd;
}

int tg_netbuild_enter(int name_space, struct tg_error *err)
{
    if (setns(name_space, CLONE_NEWNET) == 0)
        return TG_OK;
    return tg_error_set(err, TG_EENV, "cannot enter a network name space: %s", strerror(errno));
}

/* One interface in this process's name space: up, with an address and one neighbour. Addresses in host order;
 * 0 for none. */
struct interface {
    const char *name;
    const uint8_t *mac;
    unsigned mtu_bytes;
    const char *bridge;
    uint32_t ip, neighbour_ip;
    const uint8_t *neighbour_mac;
};

static int set_up(int nl, const struct interface *i, struct tg_error *err)
{
    struct tg_netlink_change change = {
        .up = 1, .mac = i->mac, .mtu_bytes = i->mtu_bytes, .bridge = i->bridge};
    int rc = tg_netlink_change(nl, i->name, &change, err);
    if (!rc && i->ip)
        rc = tg_netlink_add_address(nl, i->name, htonl(i->ip), PREFIX_BITS, err);
    if (!rc && i->neighbour_ip)
        rc = tg_netlink_add_neighbour(nl, i->name, htonl(i->neighbour_ip), i->neighbour_mac, err);
    return rc;
}

/* The interface of one end, and a route to everything else where there is one. */
static int set_up_end(const struct interface *interface, uint32_t gateway, struct tg_error *err)
{
    const struct interface loopback = {.name = "lo"};
    int nl = tg_netlink_open(err);
    if (nl < 0)
        return TG_EENV;
    int rc = set_up(nl, &loopback, err);
    if (!rc)
        rc = set_up(nl, interface, err);
    if (!rc && gateway)
        rc = tg_netlink_add_default_route(nl, htonl(gateway), err);
    close(nl);
    return rc;
}

/* A name that no other process uses at the same time: the kernel names threads after interfaces. */
static const char *server_interface(void)
{
    static char name[16];
    snprintf(name, sizeof name, "tgs%x", (unsigned)getpid());
    return name;
}

static int join_directly(const struct tg_netbuild *b, struct tg_error *err)
{
    int nl = tg_netlink_open(err);
    if (nl < 0)
        return TG_EENV;
    int rc = tg_netlink_add_veth(nl, "tgc", server_interface(), b->server, err);
    close(nl);
    return rc;
}

/* In the name space in the middle: veth pairs to both sides, and a bridge. */
static int make_middle(const struct tg_netbuild *b, int nl, struct tg_error *err)
{
    int rc = tg_netlink_add_link(nl, "tgb", "bridge", err);
    if (!rc)
        rc = tg_netlink_add_veth(nl, "tgx", "tgc", b->client, err);
    if (!rc)
        rc = tg_netlink_add_veth(nl, "tgy", server_interface(), b->server, err);
    return rc;
}

static int join_by_bridge(const struct tg_netbuild *b, int nl, struct tg_error *err)
{
    static const struct interface interfaces[] = {
        {.name = "tgb"}, {.name = "tgx", .bridge = "tgb"}, {.name = "tgy", .bridge = "tgb"}};
    int rc = make_middle(b, nl, err);
    for (int i = 0; i < 3 && !rc; i++)
        rc = set_up(nl, &interfaces[i], err);
    return rc;
}

static int join_by_router(const struct tg_netbuild *b, int nl, struct tg_error *err)
{
    static const struct interface interfaces[] = {{.name = "tgb",
                                                   .mac = bridge_mac,
                                                   .ip = bridge_ip,
                                                   .neighbour_ip = server_ip,
                                                   .neighbour_mac = server_mac},
                                                  {.name = "tgy", .bridge = "tgb"},
                                                  {.name = "tgx",
                                                   .mac = outside_mac,
                                                   .ip = outside_ip,
                                                   .neighbour_ip = far_client,
                                                   .neighbour_mac = client_mac}};
    int rc = make_middle(b, nl, err);
    for (int i = 0; i < 3 && !rc; i++)
        rc = set_up(nl, &interfaces[i], err);
    if (!rc && write_text("/proc/sys/net/ipv4/ip_forward", "1") != 0)
        rc = tg_error_set(err, TG_EENV, "cannot let the name space in the middle route: %s", strerror(errno));
    return rc ? rc : tg_nft_load(rules, err);
}

static int join_by_middle(struct tg_netbuild *b, enum tg_net_kind kind, struct tg_error *err)
{
    b->middle = enter_new(err);
    int nl = b->middle >= 0 ? tg_netlink_open(err) : -1;
    int rc = nl < 0                  ? TG_EENV
             : kind == TG_NET_BRIDGE ? join_by_bridge(b, nl, err)
                                     : join_by_router(b, nl, err);
    if (nl >= 0)
        close(nl);
    return rc;
}

static int build_loopback(struct tg_error *err)
{
    const struct interface loopback = {.name = "lo"};
    int nl = tg_netlink_open(err);
    if (nl < 0)
        return TG_EENV;
    int rc = set_up(nl, &loopback, err);
    close(nl);
    return rc;
}

int tg_netbuild(struct tg_netbuild *build, enum tg_net_kind kind, struct tg_error *err)
{
    int routed = kind == TG_NET_CONTAINER;
    const struct interface server = {.name = server_interface(),
                                     .mac = server_mac,
                                     .mtu_bytes = kind == TG_NET_VOID ? VOID_MTU_BYTES : 0,
                                     .ip = server_ip,
                                     .neighbour_ip = routed ? bridge_ip : near_client,
                                     .neighbour_mac = routed ? bridge_mac : client_mac};
    const struct interface client = {.name = "tgc",
                                     .mac = client_mac,
                                     .ip = routed ? far_client : near_client,
                                     .neighbour_ip = routed ? outside_ip : server_ip,
                                     .neighbour_mac = routed ? outside_mac : server_mac};
    *build = (struct tg_netbuild){.client = -1, .server = -1, .middle = -1};
    int rc = become_able(err);
    if (rc)
        return rc;
    build->server = enter_new(err);
    if (build->server < 0)
        return TG_EENV;
    if (kind == TG_NET_LOOPBACK) {
        build->client = build->server;
        return build_loopback(err);
    }
    build->client = enter_new(err);
    if (build->client < 0)
        return TG_EENV;
    rc = kind == TG_NET_BRIDGE || routed ? join_by_middle(build, kind, err) : join_directly(build, err);
    if (!rc)
        rc = tg_netbuild_enter(build->server, err);
    if (!rc)
        rc = set_up_end(&server, routed ? bridge_ip : 0, err);
    if (!rc)
        rc = tg_netbuild_enter(build->client, err);
    return rc ? rc : set_up_end(&client, 0, err);
}
