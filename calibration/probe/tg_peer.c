#include "tg_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int tg_peer_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

static void close_all(struct tg_peer *peer)
{
    int *ends[] = {&peer->to[0], &peer->to[1], &peer->from[0], &peer->from[1]};
    for (int i = 0; i < 4; i++) {
        if (*ends[i] >= 0)
            close(*ends[i]);
        *ends[i] = -1;
    }
}

__attribute__((noreturn)) static void run_child(struct tg_peer *peer, pid_t parent, int cpu,
                                                tg_peer_loop loop)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    close(peer->to[1]);
    close(peer->from[0]);
    if (cpu >= 0)
        tg_peer_pin(cpu);
    loop(peer);
    _exit(0);
}

int tg_peer_start(struct tg_peer *peer, int cpu, tg_peer_loop loop, void *argument, struct tg_error *err)
{
    *peer = (struct tg_peer){.pid = -1, .to = {-1, -1}, .from = {-1, -1}, .argument = argument};
    peer->page = mmap(NULL, sizeof *peer->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (peer->page == MAP_FAILED) {
        peer->page = NULL;
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    pid_t parent = getpid();
    if (pipe2(peer->to, O_CLOEXEC) != 0 || pipe2(peer->from, O_CLOEXEC) != 0 || (peer->pid = fork()) < 0) {
        int rc = tg_error_set(err, TG_EENV, "cannot start a second process: %s", strerror(errno));
        tg_peer_stop(peer);
        return rc;
    }
    if (peer->pid == 0)
        run_child(peer, parent, cpu, loop);
    close(peer->to[0]);
    close(peer->from[1]);
    peer->to[0] = peer->from[1] = -1;
    return TG_OK;
}

void tg_peer_stop(struct tg_peer *peer)
{
    if (!peer->page)
        return;
    close_all(peer);
    if (peer->pid > 0) {
        kill(peer->pid, SIGKILL);
        waitpid(peer->pid, NULL, 0);
    }
    peer->pid = -1;
    munmap(peer->page, sizeof *peer->page);
    peer->page = NULL;
}
