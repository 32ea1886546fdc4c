#include "tg_netpair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_netbuild.h"

enum { BACKLOG = 1024, BUFFER_BYTES = 1 << 20, DESCRIPTORS = 3, PATIENCE_S = 5 };

/* What the child answers: a code and sentence; descriptors come with it when the code is TG_OK. */
struct answer {
    int code;
    char text[512];
};

/* A packet that is lost must end a call, not hang it. */
static int open_client(int type, int *fd, struct tg_error *err)
{
    struct timeval limit = {.tv_sec = PATIENCE_S};
    *fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return tg_error_set(err, TG_EENV, "cannot open a socket: %s", strerror(errno));
    setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return TG_OK;
}

static int open_server(int type, uint32_t ip, int *fd, struct tg_error *err)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(TG_NET_PORT), .sin_addr.s_addr = ip};
    int yes = 1, buffer_bytes = BUFFER_BYTES;
    int rc = open_client(type, fd, err);
    if (rc)
        return rc;
    setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(*fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        (type == SOCK_STREAM && listen(*fd, BACKLOG) != 0))
        return tg_error_set(err, TG_EENV, "cannot bind a socket: %s", strerror(errno));
    return TG_OK;
}

static void clear(struct tg_netpair *pair, enum tg_net_kind kind)
{
    *pair = (struct tg_netpair){.client = -1,
                                .server = -1,
                                .middle = -1,
                                .server_address = {.sin_family = AF_INET,
                                                   .sin_port = htons(TG_NET_PORT),
                                                   .sin_addr.s_addr = tg_netbuild_reached_address(kind)}};
}

/* Opens the two sockets; the process ends in the client's name space. */
static int open_sockets(const struct tg_netbuild *build, struct tg_netpair *pair, enum tg_net_kind kind,
                        int type, struct tg_error *err)
{
    int rc = tg_netbuild_enter(build->server, err);
    if (!rc)
        rc = open_server(type, tg_netbuild_own_address(kind), &pair->server, err);
    if (!rc)
        rc = tg_netbuild_enter(build->client, err);
    return rc ? rc : open_client(type, &pair->client, err);
}

/* One byte there and back, if it gets through at once. */
static bool ping(const struct tg_netpair *pair)
{
    enum { WAIT_MS = 5 };
    char byte = 0;
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct pollfd there = {.fd = pair->server, .events = POLLIN},
                  back = {.fd = pair->client, .events = POLLIN};
    sendto(pair->client, &byte, 1, 0, (const struct sockaddr *)&pair->server_address,
           sizeof pair->server_address);
    if (poll(&there, 1, WAIT_MS) != 1 ||
        recvfrom(pair->server, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &size) != 1)
        return false;
    sendto(pair->server, &byte, 1, 0, (const struct sockaddr *)&from, size);
    return poll(&back, 1, WAIT_MS) == 1 && recv(pair->client, &byte, 1, MSG_DONTWAIT) == 1;
}

/* The kernel puts devices into service a while after they are up, and looks neighbours and flows up anew for
 * each pair of sockets: until then packets are lost without a word. Nothing is left waiting in the sockets.
 */
static int await_flow(const struct tg_netpair *pair, struct tg_error *err)
{
    enum { TRIES = 400 };
    char late[64];
    bool through = false;
    for (int i = 0; !through && i < TRIES; i++)
        through = ping(pair);
    while (recv(pair->server, late, sizeof late, MSG_DONTWAIT) >= 0) {
    }
    while (recv(pair->client, late, sizeof late, MSG_DONTWAIT) >= 0) {
    }
    return through ? TG_OK : tg_error_set(err, TG_ECHECK, "no packet gets through the test network");
}

/* With sockets of its own, since a stream's must not be touched. */
static int await_network(const struct tg_netbuild *build, enum tg_net_kind kind, struct tg_error *err)
{
    struct tg_netpair pair;
    clear(&pair, kind);
    int rc = open_sockets(build, &pair, kind, SOCK_DGRAM, err);
    if (!rc)
        rc = await_flow(&pair, err);
    tg_netpair_close(&pair);
    return rc;
}

static void close_build(struct tg_netbuild *build)
{
    if (build->client >= 0 && build->client != build->server)
        close(build->client);
    if (build->server >= 0)
        close(build->server);
    if (build->middle >= 0)
        close(build->middle);
}

static int try_enter(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err)
{
    struct tg_netbuild build;
    clear(pair, kind);
    int rc = tg_netbuild(&build, kind, err);
    if (!rc)
        rc = await_network(&build, kind, err);
    if (!rc)
        rc = open_sockets(&build, pair, kind, type, err);
    if (!rc && type == SOCK_DGRAM)
        rc = await_flow(pair, err);
    pair->middle = build.middle;
    build.middle = -1;
    close_build(&build);
    return rc;
}

/* On a busy machine a network now and then never comes into service, though all its parts were made without
 * an error; the next one does. */
int tg_netpair_enter(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err)
{
    enum { NETWORKS = 5 };
    int rc = try_enter(pair, kind, type, err);
    for (int i = 1; i < NETWORKS && rc == TG_ECHECK; i++) {
        tg_netpair_close(pair);
        rc = try_enter(pair, kind, type, err);
    }
    if (rc == TG_ECHECK && err)
        err->code = TG_EENV;
    return rc == TG_ECHECK ? TG_EENV : rc;
}

/* The last of the descriptors is sent only where there is one. */
static size_t size_of(const int fds[DESCRIPTORS])
{
    return (fds[DESCRIPTORS - 1] >= 0 ? DESCRIPTORS : DESCRIPTORS - 1) * sizeof(int);
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
        message.msg_controllen = CMSG_SPACE(size_of(fds));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(size_of(fds));
        memcpy(CMSG_DATA(c), fds, size_of(fds));
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
    int fds[DESCRIPTORS] = {-1, -1, -1};
    if (!c || (c->cmsg_len != CMSG_LEN(sizeof fds) && c->cmsg_len != CMSG_LEN(sizeof fds - sizeof *fds)))
        return tg_error_set(err, TG_EENV, "the test network's sockets did not arrive");
    memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    pair->client = fds[0];
    pair->server = fds[1];
    pair->middle = fds[2];
    return TG_OK;
}

__attribute__((noreturn)) static void run_child(int channel, enum tg_net_kind kind, int type)
{
    struct tg_error err = {0};
    struct tg_netpair pair;
    struct answer answer = {.code = tg_netpair_enter(&pair, kind, type, &err)};
    const int fds[DESCRIPTORS] = {pair.client, pair.server, pair.middle};
    snprintf(answer.text, sizeof answer.text, "%s", err.text);
    send_answer(channel, &answer, fds);
    _exit(0);
}

int tg_netpair_open(struct tg_netpair *pair, enum tg_net_kind kind, int type, struct tg_error *err)
{
    int channel[2];
    clear(pair, kind);
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
    if (pair->client >= 0)
        close(pair->client);
    if (pair->server >= 0)
        close(pair->server);
    if (pair->middle >= 0)
        close(pair->middle);
    pair->client = pair->server = pair->middle = -1;
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
