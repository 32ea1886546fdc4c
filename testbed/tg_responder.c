#include "tg_responder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_netns.h"

/* What the child tells once: whether it is ready, or why not. */
struct report {
    int code;
    char text[256];
};

enum { HEADER_BYTES = 12, ANSWER_BYTES = 16 };

size_t tg_responder_answer(uint8_t *message, size_t bytes)
{
    /* The question's name by reference, type A, class IN, an hour, four bytes: 192.0.2.7. */
    static const uint8_t answer[ANSWER_BYTES] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 192, 0, 2, 7};
    enum { FLAGS = 2, ANSWERS = 6, RESPONSE = 0x80, AUTHORITATIVE = 4 };
    if (bytes < HEADER_BYTES || bytes + ANSWER_BYTES > TG_RESPONDER_MESSAGE_MAX)
        return bytes;
    message[FLAGS] |= RESPONSE | AUTHORITATIVE;
    message[FLAGS + 1] = 0;
    memset(message + ANSWERS, 0, HEADER_BYTES - ANSWERS);
    message[ANSWERS + 1] = 1;
    memcpy(message + bytes, answer, ANSWER_BYTES);
    return bytes + ANSWER_BYTES;
}

static int open_socket(const struct tg_responder_setup *setup, int *fd, struct tg_error *err)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(setup->port)};
    int back;
    int rc = tg_netns_enter(setup->netns, &back, err);
    if (rc)
        return rc;
    inet_pton(AF_INET, setup->address, &own.sin_addr);
    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&own, sizeof own))
        return tg_error_set(err, TG_EENV, "the responder cannot serve at %s: %s", setup->address,
                            strerror(errno));
    return TG_OK;
}

static int prepare(const struct tg_responder_setup *setup, int *fd, void **state, struct tg_error *err)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(setup->cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        return tg_error_set(err, TG_EENV, "the responder cannot run on CPU %d: %s", setup->cpu,
                            strerror(errno));
    int rc = open_socket(setup, fd, err);
    return rc || !setup->crossing ? rc : setup->crossing->open(setup->cpu, state, err);
}

__attribute__((noreturn)) static void serve(const struct tg_responder_setup *setup, int fd, void *state)
{
    uint8_t message[TG_RESPONDER_MESSAGE_MAX];
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&from, &size);
        if (got < 0)
            continue;
        for (unsigned i = 0; i < setup->crossings; i++)
            setup->crossing->cross(state);
        size_t bytes = tg_responder_answer(message, (size_t)got);
        sendto(fd, message, bytes, 0, (struct sockaddr *)&from, size);
    }
}

__attribute__((noreturn)) static void run_child(const struct tg_responder_setup *setup, pid_t parent,
                                                int channel)
{
    struct tg_error err = {0};
    struct report report;
    void *state = NULL;
    int fd = -1;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    memset(&report, 0, sizeof report);
    report.code = prepare(setup, &fd, &state, &err);
    snprintf(report.text, sizeof report.text, "%s", err.text);
    if (write(channel, &report, sizeof report) != sizeof report || report.code)
        _exit(1);
    close(channel);
    serve(setup, fd, state);
}

int tg_responder_start(pid_t *pid, const struct tg_responder_setup *setup, struct tg_error *err)
{
    int channel[2];
    struct report report;
    *pid = 0;
    if (pipe2(channel, O_CLOEXEC))
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(channel[0]);
        run_child(setup, parent, channel[1]);
    }
    close(channel[1]);
    ssize_t got = -1;
    while (child > 0 && (got = read(channel[0], &report, sizeof report)) < 0 && errno == EINTR) {
    }
    close(channel[0]);
    if (got == sizeof report && !report.code) {
        *pid = child;
        return TG_OK;
    }
    tg_responder_stop(child);
    if (got == sizeof report)
        return tg_error_set(err, (enum tg_code)report.code, "%s", report.text);
    return tg_error_set(err, TG_EENV, "the responder could not be started");
}

void tg_responder_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}
