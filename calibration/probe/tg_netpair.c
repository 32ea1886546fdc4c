#include "tg_netpair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_netlink.h"

enum { PORT = 7878, VOID_MTU_BYTES = 68, BACKLOG = 1024, DESCRIPTORS = 3 };

static const uint8_t client_mac[6] = {0x02, 0x74, 0x67, 0, 0, 1}, server_mac[6] = {0x02, 0x74, 0x67, 0, 0, 2};

static uint32_t client_ip(void)
{
    return htonl(0x0a4e0001);
}

static uint32_t server_ip(void)
{
    return htonl(0x0a4e0002);
}

/* What the child answers: a code and sentence; descriptors come with it when the code is TG_OK. */
struct answer {
    int code;
    char text[512];
};

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
        return tg_error_set(err, TG_EENV,
                            "needs network name spaces: neither root nor user name spaces allow them (%s)",
                            strerror(errno));
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    int bad = write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    bad |= write_text("/proc/self/gid_map", map);
    return bad ? tg_error_set(err, TG_EENV, "needs network name spaces: cannot map this user in its own")
               : TG_OK;
}

static int own_namespace(struct tg_error *err)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        tg_error_set(err, TG_EENV, "cannot open the network name space: %s", strerror(errno));
    return fd;
}

/* A new name space becomes this process's; its descriptor, or -1. */
static int enter_new_namespace(struct tg_error *err)
{
    if (unshare(CLONE_NEWNET) != 0) {
        tg_error_set(err, TG_EENV, "needs network name spaces: %s", strerror(errno));
        return -1;
    }
    write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    return own_namespace(err);
}

/* One end of the network, in this process's name space. */
static int set_up_end(const char *name, const uint8_t *mac, uint32_t ip, uint32_t other_ip,
                      const uint8_t *other_mac, unsigned mtu_bytes, struct tg_error *err)
{
    struct tg_netlink_change change = {.up = 1, .mac = mac, .mtu_bytes = mtu_bytes}, up = {.up = 1};
    int nl = tg_netlink_open(err);
    if (nl < 0)
        return TG_EENV;
    int rc = tg_netlink_change(nl, "lo", &up, err);
    if (!rc)
        rc = tg_netlink_change(nl, name, &change, err);
    if (!rc)
        rc = tg_netlink_add_address(nl, name, ip, 24, err);
    if (!rc)
        rc = tg_netlink_add_neighbour(nl, name, other_ip, other_mac, err);
    close(nl);
    return rc;
}

static int join_directly(int server_ns, struct tg_error *err)
{
    int nl = tg_netlink_open(err);
    if (nl < 0)
        return TG_EENV;
    int rc = tg_netlink_add_veth(nl, "tgc", "tgs", server_ns, err);
    close(nl);
    return rc;
}

/* In the name space in the middle: a bridge with a veth pair to either side. */
static int join_by_bridge(int client_ns, int server_ns, struct tg_error *err)
{
    struct tg_netlink_change port = {.up = 1, .bridge = "tgb"}, up = {.up = 1};
    int middle = enter_new_namespace(err);
    int nl = middle >= 0 ? tg_netlink_open(err) : -1;
    if (nl < 0)
        return TG_EENV;
    int rc = tg_netlink_add_link(nl, "tgb", "bridge", err);
    if (!rc)
        rc = tg_netlink_add_veth(nl, "tgx", "tgc", client_ns, err);
    if (!rc)
        rc = tg_netlink_add_veth(nl, "tgy", "tgs", server_ns, err);
    if (!rc)
        rc = tg_netlink_change(nl, "tgb", &up, err);
    if (!rc)
        rc = tg_netlink_change(nl, "tgx", &port, err);
    if (!rc)
        rc = tg_netlink_change(nl, "tgy", &port, err);
    close(nl);
    close(middle);
    return rc;
}

static int enter(int ns, struct tg_error *err)
{
    if (setns(ns, CLONE_NEWNET) == 0)
        return TG_OK;
    return tg_error_set(err, TG_EENV, "cannot enter a network name space: %s", strerror(errno));
}

static int open_socket(int type, bool is_server, uint32_t ip, int *fd, struct tg_error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = ip};
    int buffer_bytes = 1 << 20;
    *fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return tg_error_set(err, TG_EENV, "cannot open a socket: %s", strerror(errno));
    setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    if (!is_server)
        return TG_OK;
    int yes = 1;
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(*fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        (type == SOCK_STREAM && listen(*fd, BACKLOG) != 0))
        return tg_error_set(err, TG_EENV, "cannot bind a socket: %s", strerror(errno));
    return TG_OK;
}

/* The child's work. fds: client, server, client's name space. */
static int build(enum tg_net_kind kind, int type, int fds[DESCRIPTORS], struct tg_error *err)
{
    bool loopback = kind == TG_NET_LOOPBACK;
    unsigned server_mtu = kind == TG_NET_VOID ? VOID_MTU_BYTES : 0;
    int rc = become_able(err);
    if (rc)
        return rc;
    int server_ns = enter_new_namespace(err);
    int client_ns = server_ns < 0 ? -1 : loopback ? server_ns : enter_new_namespace(err);
    if (client_ns < 0)
        return TG_EENV;
    if (loopback) {
        struct tg_netlink_change up = {.up = 1};
        int nl = tg_netlink_open(err);
        rc = nl < 0 ? TG_EENV : tg_netlink_change(nl, "lo", &up, err);
    } else {
        rc =
            kind == TG_NET_BRIDGE ? join_by_bridge(client_ns, server_ns, err) : join_directly(server_ns, err);
        if (!rc)
            rc = enter(server_ns, err);
        if (!rc)
            rc = set_up_end("tgs", server_mac, server_ip(), client_ip(), client_mac, server_mtu, err);
    }
    if (!rc)
        rc = open_socket(type, true, loopback ? htonl(INADDR_LOOPBACK) : server_ip(), &fds[1], err);
    if (!rc)
        rc = enter(client_ns, err);
    if (!rc && !loopback)
        rc = set_up_end("tgc", client_mac, client_ip(), server_ip(), server_mac, 0, err);
    if (!rc)
        rc = open_socket(type, false, 0, &fds[0], err);
    fds[2] = client_ns;
    return rc;
}

static void send_answer(int channel, const struct answer *answer, const int fds[DESCRIPTORS])
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec text = {.iov_base = (void *)answer, .iov_len = sizeof *answer};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    if (answer->code == TG_OK) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(DESCRIPTORS * sizeof(int));
        memcpy(CMSG_DATA(c), fds, DESCRIPTORS * sizeof(int));
    }
    sendmsg(channel, &message, MSG_NOSIGNAL);
}

static int receive_answer(int channel, struct tg_netpair *pair, struct tg_error *err)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    struct answer answer;
    struct iovec text = {.iov_base = &answer, .iov_len = sizeof answer};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    ssize_t got;
    do
        got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof answer)
        return tg_error_set(err, TG_EENV, "the process that makes the test network ended early");
    if (answer.code)
        return tg_error_set(err, (enum tg_code)answer.code, "%s", answer.text);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int fds[DESCRIPTORS];
    if (!c || c->cmsg_len != CMSG_LEN(sizeof fds))
        return tg_error_set(err, TG_EENV, "the test network's sockets did not arrive");
    memcpy(fds, CMSG_DATA(c), sizeof fds);
    pair->client = fds[0];
    pair->server = fds[1];
    pair->client_namespace = fds[2];
    return TG_OK;
}

__attribute__((noreturn)) static void run_child(int channel, enum tg_net_kind kind, int type)
{
    struct tg_error err = {0};
    int fds[DESCRIPTORS] = {-1, -1, -1};
    struct answer answer = {.code = build(kind, type, fds, &err)};
    snprintf(answer.text, sizeof answer.text, "%s", err.text);
    send_answer(channel, &answer, fds);
    _exit(0);
}

int tg_netpair_open(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err)
{
    int channel[2];
    *pair = (struct tg_netpair){.client = -1, .server = -1, .client_namespace = -1};
    pair->server_address = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(PORT),
        .sin_addr.s_addr = kind == TG_NET_LOOPBACK ? htonl(INADDR_LOOPBACK) : server_ip()};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return tg_error_set(err, TG_EENV, "cannot make a socket pair: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        run_child(channel[1], kind, type);
    close(channel[1]);
    int rc = child < 0 ? tg_error_set(err, TG_EENV, "cannot start a process: %s", strerror(errno))
                       : receive_answer(channel[0], pair, err);
    close(channel[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return rc;
}

void tg_netpair_close(struct tg_netpair *pair)
{
    int *fds[] = {&pair->client, &pair->server, &pair->client_namespace};
    for (int i = 0; i < DESCRIPTORS; i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
}

int tg_netpair_available(struct tg_error *why)
{
    static int asked, code;
    static struct tg_error kept;
    if (!asked) {
        struct tg_netpair pair;
        code = tg_netpair_open(&pair, TG_NET_VETH, SOCK_DGRAM, &kept);
        tg_netpair_close(&pair);
        asked = 1;
    }
    return code ? tg_error_set(why, (enum tg_code)code, "%s", kept.text) : TG_OK;
}
