#include "tg_bed_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_ip.h"
#include "tg_netlink.h"
#include "tg_netns.h"
#include "tg_nft.h"

enum { MAC_BYTES = 6, PREFIX_BITS = 24, TRIAL_PORT = 7878 };

/* The server's net is 10.78.0.0/24, on which the bridge that routes is .1; the net outside is 10.78.1.0/24.
 */
#define NEAR_CLIENT "10.78.0.1"
#define SERVER "10.78.0.2"
#define BRIDGE "10.78.0.1"
#define OUTSIDE "10.78.1.1"
#define FAR_CLIENT "10.78.1.2"
static const uint8_t client_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 1, 1},
                     server_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 1, 2},
                     outside_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 1, 3},
                     bridge_mac[MAC_BYTES] = {0x02, 0x74, 0x67, 0, 1, 4};

/* What a container engine sets up for published ports. */
static const char rules[] =
    "table ip tollgate {\n"
    " chain before { type nat hook prerouting priority -100;\n"
    "  meta l4proto { tcp, udp } th dport { 53, 80, 7878 } dnat to " SERVER "; }\n"
    " chain after { type nat hook postrouting priority 100;\n"
    "  ip saddr 10.78.0.0/24 oifname != \"tgb\" masquerade; }\n"
    " chain through { type filter hook forward priority 0; policy drop;\n"
    "  ct state established,related accept;\n"
    "  ip daddr " SERVER " meta l4proto { tcp, udp } th dport { 53, 80, 7878 } accept; }\n"
    "}\n";

static const char *const ends[] = {"server", "client", "middle"};
enum { ENDS = sizeof ends / sizeof *ends };

static void name_space(char name[32], const char *tag, const char *end)
{
    snprintf(name, 32, "tollgate-%s-%s", tag, end);
}

void tg_bed_net_name(struct tg_bed_net *net, const char *tag, enum tg_bed_path path)
{
    bool direct = path == TG_BED_DIRECT;
    *net = (struct tg_bed_net){.path = path};
    snprintf(net->tag, sizeof net->tag, "%s", tag);
    name_space(net->server_namespace, tag, "server");
    name_space(net->client_namespace, tag, "client");
    name_space(net->middle_namespace, tag, "middle");
    /* The kernel names the thread that receives for it after it, within 15 characters. */
    snprintf(net->server_interface, sizeof net->server_interface, "%ss", tag);
    net->peer_namespace = direct ? net->client_namespace : net->middle_namespace;
    net->peer_interface = direct ? "tgc" : "tgy";
    net->server_address = SERVER;
    net->target = direct ? SERVER : OUTSIDE;
}

static int exists(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/run/netns/%s", name);
    return access(path, F_OK) == 0;
}

int tg_bed_net_down(const char *tag, struct tg_error *err)
{
    int rc = TG_OK;
    for (int i = 0; i < ENDS; i++) {
        char name[32];
        name_space(name, tag, ends[i]);
        if (!exists(name))
            continue;
        int failed = TG_IP(rc ? NULL : err, TG_WORD("netns"), TG_WORD("del"), name);
        rc = rc ? rc : failed;
    }
    return rc;
}

/* Without effect where the kernel lacks the setting. */
static void set(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, value, strlen(value));
    (void)written;
    close(fd);
}

static int add_namespace(char *name, struct tg_error *err)
{
    int back;
    int rc = TG_IP(err, TG_WORD("netns"), TG_WORD("add"), name);
    if (!rc)
        rc = tg_netns_enter(name, &back, err);
    if (rc)
        return rc;
    set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    set("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
    tg_netns_leave(back);
    return TG_OK;
}

/* One interface: up, with an address and one neighbour; NULL for none. */
struct interface {
    const char *name;
    const uint8_t *mac;
    const char *bridge, *address, *neighbour;
    const uint8_t *neighbour_mac;
};

static uint32_t number(const char *address)
{
    struct in_addr in = {0};
    inet_pton(AF_INET, address, &in);
    return in.s_addr;
}

static int set_up(int nl, const struct interface *i, struct tg_error *err)
{
    struct tg_netlink_change change = {.up = 1, .mac = i->mac, .bridge = i->bridge};
    int rc = tg_netlink_change(nl, i->name, &change, err);
    if (!rc && i->address)
        rc = tg_netlink_add_address(nl, i->name, number(i->address), PREFIX_BITS, err);
    if (!rc && i->neighbour)
        rc = tg_netlink_add_neighbour(nl, i->name, number(i->neighbour), i->neighbour_mac, err);
    return rc;
}

static int set_up_all(const char *netns, const struct interface *interfaces, size_t count,
                      const char *gateway, struct tg_error *err)
{
    int back;
    int rc = tg_netns_enter(netns, &back, err);
    if (rc)
        return rc;
    int nl = tg_netlink_open(err);
    rc = nl < 0 ? TG_EENV : TG_OK;
    for (size_t i = 0; i < count && !rc; i++)
        rc = set_up(nl, &interfaces[i], err);
    if (!rc && gateway)
        rc = tg_netlink_add_default_route(nl, number(gateway), err);
    if (nl >= 0)
        close(nl);
    tg_netns_leave(back);
    return rc;
}

/* A veth pair with one end in each of two name spaces. */
static int join(const char *netns, const char *name, const char *peer_netns, const char *peer,
                struct tg_error *err)
{
    char path[64];
    int back;
    snprintf(path, sizeof path, "/run/netns/%s", peer_netns);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (there < 0)
        return tg_error_set(err, TG_EENV, "cannot open '%s': %s", path, strerror(errno));
    int rc = tg_netns_enter(netns, &back, err);
    if (!rc) {
        int nl = tg_netlink_open(err);
        rc = nl < 0 ? TG_EENV : tg_netlink_add_veth(nl, name, peer, there, err);
        if (nl >= 0)
            close(nl);
        tg_netns_leave(back);
    }
    close(there);
    return rc;
}

static int build_direct(struct tg_bed_net *net, struct tg_error *err)
{
    const struct interface server[] = {{.name = "lo"},
                                       {.name = net->server_interface,
                                        .mac = server_mac,
                                        .address = SERVER,
                                        .neighbour = NEAR_CLIENT,
                                        .neighbour_mac = client_mac}};
    const struct interface client[] = {{.name = "lo"},
                                       {.name = "tgc",
                                        .mac = client_mac,
                                        .address = NEAR_CLIENT,
                                        .neighbour = SERVER,
                                        .neighbour_mac = server_mac}};
    int rc = join(net->client_namespace, "tgc", net->server_namespace, net->server_interface, err);
    if (!rc)
        rc = set_up_all(net->server_namespace, server, 2, NULL, err);
    return rc ? rc : set_up_all(net->client_namespace, client, 2, NULL, err);
}

static int set_up_middle(const struct tg_bed_net *net, struct tg_error *err)
{
    static const struct interface interfaces[] = {{.name = "tgb",
                                                   .mac = bridge_mac,
                                                   .address = BRIDGE,
                                                   .neighbour = SERVER,
                                                   .neighbour_mac = server_mac},
                                                  {.name = "tgy", .bridge = "tgb"},
                                                  {.name = "tgx",
                                                   .mac = outside_mac,
                                                   .address = OUTSIDE,
                                                   .neighbour = FAR_CLIENT,
                                                   .neighbour_mac = client_mac}};
    int back;
    int rc = tg_netns_enter(net->middle_namespace, &back, err);
    if (rc)
        return rc;
    int nl = tg_netlink_open(err);
    rc = nl < 0 ? TG_EENV : tg_netlink_add_link(nl, "tgb", "bridge", err);
    for (int i = 0; i < 3 && !rc; i++)
        rc = set_up(nl, &interfaces[i], err);
    set("/proc/sys/net/ipv4/ip_forward", "1");
    if (!rc)
        rc = tg_nft_load(rules, err);
    if (nl >= 0)
        close(nl);
    tg_netns_leave(back);
    return rc;
}

static int build_container(struct tg_bed_net *net, struct tg_error *err)
{
    const struct interface server[] = {{.name = "lo"},
                                       {.name = net->server_interface,
                                        .mac = server_mac,
                                        .address = SERVER,
                                        .neighbour = BRIDGE,
                                        .neighbour_mac = bridge_mac}};
    const struct interface client[] = {{.name = "lo"},
                                       {.name = "tgc",
                                        .mac = client_mac,
                                        .address = FAR_CLIENT,
                                        .neighbour = OUTSIDE,
                                        .neighbour_mac = outside_mac}};
    int rc = add_namespace(net->middle_namespace, err);
    if (!rc)
        rc = join(net->middle_namespace, "tgx", net->client_namespace, "tgc", err);
    if (!rc)
        rc = join(net->middle_namespace, "tgy", net->server_namespace, net->server_interface, err);
    if (!rc)
        rc = set_up_middle(net, err);
    if (!rc)
        rc = set_up_all(net->server_namespace, server, 2, BRIDGE, err);
    return rc ? rc : set_up_all(net->client_namespace, client, 2, NULL, err);
}

static int open_socket(const char *netns, struct tg_error *err)
{
    int back;
    if (tg_netns_enter(netns, &back, err))
        return -1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        tg_error_set(err, TG_EENV, "cannot open a socket: %s", strerror(errno));
    tg_netns_leave(back);
    return fd;
}

/* One byte there and back, if it gets through at once. */
static bool ping(int client, int server, const struct sockaddr_in *target)
{
    enum { WAIT_MS = 5 };
    char byte = 0;
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct pollfd there = {.fd = server, .events = POLLIN}, here = {.fd = client, .events = POLLIN};
    sendto(client, &byte, 1, 0, (const struct sockaddr *)target, sizeof *target);
    if (poll(&there, 1, WAIT_MS) != 1 || recvfrom(server, &byte, 1, 0, (struct sockaddr *)&from, &size) != 1)
        return false;
    sendto(server, &byte, 1, 0, (struct sockaddr *)&from, size);
    return poll(&here, 1, WAIT_MS) == 1 && recv(client, &byte, 1, 0) == 1;
}

/* The kernel puts devices into service a while after they are up; until then packets are lost without a word.
 */
static int await_flow(const struct tg_bed_net *net, struct tg_error *err)
{
    enum { TRIES = 400 };
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_port = htons(TRIAL_PORT),
                              .sin_addr.s_addr = number(net->server_address)},
                       target = own;
    target.sin_addr.s_addr = number(net->target);
    int server = open_socket(net->server_namespace, err);
    int client = server < 0 ? -1 : open_socket(net->client_namespace, err);
    bool through = false;
    int rc = client < 0 ? TG_EENV : TG_OK;
    if (!rc && bind(server, (struct sockaddr *)&own, sizeof own))
        rc = tg_error_set(err, TG_EENV, "cannot bind a socket: %s", strerror(errno));
    for (int i = 0; i < TRIES && !rc && !through; i++)
        through = ping(client, server, &target);
    if (!rc && !through)
        rc = tg_error_set(err, TG_EENV, "no packet gets through the testbed's network");
    if (client >= 0)
        close(client);
    if (server >= 0)
        close(server);
    return rc;
}

int tg_bed_net_up(struct tg_bed_net *net, const char *tag, enum tg_bed_path path, struct tg_error *err)
{
    tg_bed_net_name(net, tag, path);
    if (exists(net->server_namespace) || exists(net->client_namespace))
        return tg_error_set(err, TG_EENV, "the network name space '%s' or '%s' exists already",
                            net->server_namespace, net->client_namespace);
    int rc = add_namespace(net->server_namespace, err);
    if (!rc)
        rc = add_namespace(net->client_namespace, err);
    if (!rc)
        rc = path == TG_BED_DIRECT ? build_direct(net, err) : build_container(net, err);
    if (!rc)
        rc = await_flow(net, err);
    if (rc)
        tg_bed_net_down(tag, NULL);
    return rc;
}
