#include "tg_netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One request in the making. Attributes are appended; what does not fit is a bug. */
struct request {
    struct nlmsghdr header;
    char body[1000];
};

static void begin(struct request *r, int type, int flags)
{
    memset(r, 0, sizeof *r);
    r->header.nlmsg_len = NLMSG_HDRLEN;
    r->header.nlmsg_type = (uint16_t)type;
    r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

static void *append(struct request *r, size_t size)
{
    void *place = (char *)r + NLMSG_ALIGN(r->header.nlmsg_len);
    r->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->header.nlmsg_len) + size);
    return place;
}

static void add_attribute(struct request *r, unsigned short type, const void *data, size_t size)
{
    struct rtattr *attribute = append(r, RTA_LENGTH(size));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size)
        memcpy(RTA_DATA(attribute), data, size);
}

static void add_text(struct request *r, unsigned short type, const char *text)
{
    add_attribute(r, type, text, strlen(text) + 1);
}

static struct rtattr *open_nest(struct request *r, unsigned short type)
{
    struct rtattr *nest = append(r, RTA_LENGTH(0));
    nest->rta_type = type;
    return nest;
}

static void close_nest(struct request *r, struct rtattr *nest)
{
    nest->rta_len = (unsigned short)((char *)r + r->header.nlmsg_len - (char *)nest);
}

/* Sends, and waits for the kernel's answer; 0 or an errno. */
static int ask(int nl, struct request *r)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[2048];
    } answer;
    if (sendto(nl, r, r->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        return errno;
    ssize_t got = recv(nl, &answer, sizeof answer, 0);
    if (got < 0)
        return errno;
    return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

int tg_netlink_open(struct tg_error *err)
{
    int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (nl < 0)
        tg_error_set(err, TG_EENV, "cannot ask the kernel for network interfaces: %s", strerror(errno));
    return nl;
}

int tg_netlink_add_veth(int nl, const char *name, const char *peer, int peer_namespace, struct tg_error *err)
{
    struct request r;
    begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    memset(append(&r, sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
    add_text(&r, IFLA_IFNAME, name);
    struct rtattr *info = open_nest(&r, IFLA_LINKINFO);
    add_text(&r, IFLA_INFO_KIND, "veth");
    struct rtattr *data = open_nest(&r, IFLA_INFO_DATA);
    struct rtattr *other = open_nest(&r, VETH_INFO_PEER);
    memset(append(&r, sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
    add_text(&r, IFLA_IFNAME, peer);
    if (peer_namespace >= 0)
        add_attribute(&r, IFLA_NET_NS_FD, &peer_namespace, sizeof peer_namespace);
    close_nest(&r, other);
    close_nest(&r, data);
    close_nest(&r, info);
    int error = ask(nl, &r);
    return error ? tg_error_set(err, TG_EENV, "cannot make a veth pair: %s", strerror(error)) : TG_OK;
}

int tg_netlink_add_link(int nl, const char *name, const char *kind, struct tg_error *err)
{
    struct request r;
    begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    memset(append(&r, sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
    add_text(&r, IFLA_IFNAME, name);
    struct rtattr *info = open_nest(&r, IFLA_LINKINFO);
    add_text(&r, IFLA_INFO_KIND, kind);
    close_nest(&r, info);
    int error = ask(nl, &r);
    return error ? tg_error_set(err, TG_EENV, "cannot make a %s: %s", kind, strerror(error)) : TG_OK;
}

int tg_netlink_change(int nl, const char *name, const struct tg_netlink_change *change, struct tg_error *err)
{
    struct request r;
    struct ifinfomsg link = {.ifi_index = (int)if_nametoindex(name)};
    if (change->up)
        link.ifi_flags = link.ifi_change = IFF_UP;
    begin(&r, RTM_NEWLINK, 0);
    memcpy(append(&r, sizeof link), &link, sizeof link);
    if (change->mtu_bytes)
        add_attribute(&r, IFLA_MTU, &change->mtu_bytes, sizeof change->mtu_bytes);
    if (change->mac)
        add_attribute(&r, IFLA_ADDRESS, change->mac, 6);
    if (change->bridge) {
        unsigned bridge = if_nametoindex(change->bridge);
        add_attribute(&r, IFLA_MASTER, &bridge, sizeof bridge);
    }
    int error = link.ifi_index ? ask(nl, &r) : ENODEV;
    return error ? tg_error_set(err, TG_EENV, "cannot set up interface '%s': %s", name, strerror(error))
                 : TG_OK;
}

int tg_netlink_add_address(int nl, const char *name, uint32_t ipv4, unsigned prefix_bits,
                           struct tg_error *err)
{
    struct request r;
    struct ifaddrmsg address = {.ifa_family = AF_INET,
                                .ifa_prefixlen = (unsigned char)prefix_bits,
                                .ifa_index = if_nametoindex(name)};
    begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    memcpy(append(&r, sizeof address), &address, sizeof address);
    add_attribute(&r, IFA_LOCAL, &ipv4, sizeof ipv4);
    add_attribute(&r, IFA_ADDRESS, &ipv4, sizeof ipv4);
    int error = ask(nl, &r);
    return error ? tg_error_set(err, TG_EENV, "cannot give '%s' an address: %s", name, strerror(error))
                 : TG_OK;
}

int tg_netlink_add_neighbour(int nl, const char *name, uint32_t ipv4, const uint8_t mac[6],
                             struct tg_error *err)
{
    struct request r;
    struct ndmsg neighbour = {
        .ndm_family = AF_INET, .ndm_ifindex = (int)if_nametoindex(name), .ndm_state = NUD_PERMANENT};
    begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
    memcpy(append(&r, sizeof neighbour), &neighbour, sizeof neighbour);
    add_attribute(&r, NDA_DST, &ipv4, sizeof ipv4);
    add_attribute(&r, NDA_LLADDR, mac, 6);
    int error = ask(nl, &r);
    return error ? tg_error_set(err, TG_EENV, "cannot set a neighbour of '%s': %s", name, strerror(error))
                 : TG_OK;
}

int tg_netlink_add_default_route(int nl, uint32_t gateway, struct tg_error *err)
{
    struct request r;
    struct rtmsg route = {.rtm_family = AF_INET,
                          .rtm_table = RT_TABLE_MAIN,
                          .rtm_protocol = RTPROT_STATIC,
                          .rtm_scope = RT_SCOPE_UNIVERSE,
                          .rtm_type = RTN_UNICAST};
    begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    memcpy(append(&r, sizeof route), &route, sizeof route);
    add_attribute(&r, RTA_GATEWAY, &gateway, sizeof gateway);
    int error = ask(nl, &r);
    return error ? tg_error_set(err, TG_EENV, "cannot set a route: %s", strerror(error)) : TG_OK;
}
