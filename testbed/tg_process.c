#include "tg_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tg_netns.h"

enum { NOT_STARTED = 127, SIGNALLED = 128, SAID_MAX = 1 << 20 };

static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                      "/usr/bin",        "/sbin",          "/bin"};

static bool find(const char *program, char path[256])
{
    if (strchr(program, '/')) {
        snprintf(path, 256, "%s", program);
        return access(path, X_OK) == 0;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, 256, "%s/%s", folders[i], program);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

bool tg_process_exists(const char *program)
{
    char path[256];
    return find(program, path);
}

/* Debian confines some servers to the folders of their packages (AppArmor); what they may touch here is the
 * name spaces' to say. Without effect where nothing is confined. */
static void ask_not_to_be_confined(void)
{
    static const char wish[] = "exec unconfined";
    int fd = open("/proc/self/attr/apparmor/exec", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, wish, sizeof wish - 1);
    (void)written;
    close(fd);
}

/* In the child of the name space: becomes the program. */
__attribute__((noreturn)) static void become(const struct tg_process_setup *setup, const char *path,
                                             int output)
{
    int nothing = open("/dev/null", O_RDONLY);
    sigset_t none;
    struct rlimit files = {setup->files, setup->files};
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (setup->files)
        setrlimit(RLIMIT_NOFILE, &files);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    ask_not_to_be_confined();
    execv(path, (char *const *)setup->arguments);
    _exit(NOT_STARTED);
}

/* A fork that the C library does not hear of: its locks may be held by a thread that is not copied. */
static pid_t plain_fork(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* The first process of the name space, whose end is the end of all others: starts the program, and buries
 * what is orphaned. */
__attribute__((noreturn)) static void reign(const struct tg_process_setup *setup, const char *path,
                                            int output)
{
    int status, back;
    cpu_set_t set;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Out of the terminal's reach, but in its parent's scheduling group: the kernel may share out a core by
     * those. */
    setpgid(0, 0);
    CPU_ZERO(&set);
    CPU_SET(setup->cpu < 0 ? 0 : setup->cpu, &set);
    if (setup->cpu >= 0 && sched_setaffinity(0, sizeof set, &set))
        _exit(NOT_STARTED);
    if (tg_netns_enter(setup->netns, &back, NULL))
        _exit(NOT_STARTED);
    pid_t program = plain_fork(0);
    if (program == 0)
        become(setup, path, output);
    close(output);
    for (pid_t ended; (ended = wait(&status)) > 0 || errno == EINTR;) {
        if (ended == program)
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status));
    }
    _exit(NOT_STARTED);
}

int tg_process_start(struct tg_process *process, const struct tg_process_setup *setup, struct tg_error *err)
{
    char path[256];
    int pipes[2];
    *process = (struct tg_process){.output = -1};
    if (!find(setup->arguments[0], path))
        return tg_error_set(err, TG_EENV, "the program '%s' is not installed", setup->arguments[0]);
    if (pipe2(pipes, O_CLOEXEC))
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    pid_t pid = plain_fork(CLONE_NEWPID);
    if (pid == 0)
        reign(setup, path, pipes[1]);
    int cause = errno;
    close(pipes[1]);
    if (pid < 0) {
        close(pipes[0]);
        return tg_error_set(err, TG_EENV, "cannot start '%s' in a name space of its own: %s",
                            setup->arguments[0], strerror(cause));
    }
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    process->pid = pid;
    process->output = pipes[0];
    return TG_OK;
}

/* What it says beyond the limit is read and dropped, or it would wait for a reader. */
static void listen_to(struct tg_process *process)
{
    char piece[4096];
    for (ssize_t got; process->output >= 0 && (got = read(process->output, piece, sizeof piece)) > 0;) {
        if (process->said.length + (size_t)got <= SAID_MAX)
            tg_text_append(&process->said, piece, (size_t)got);
    }
}

static bool ended(struct tg_process *process, int *status)
{
    listen_to(process);
    if (process->pid <= 0)
        return true;
    struct rusage usage;
    if (wait4(process->pid, status, WNOHANG, &usage) != process->pid)
        return false;
    process->pid = 0;
    process->sleeps = (double)usage.ru_nvcsw;
    listen_to(process);
    return true;
}

bool tg_process_runs(struct tg_process *process)
{
    int status;
    return !ended(process, &status);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int tg_process_wait(struct tg_process *process, double timeout_s, int (*interrupted)(void), int *status,
                    struct tg_error *err)
{
    enum { LOOK_MS = 5 };
    double until_s = now_s() + timeout_s;
    int how = 0;
    while (!ended(process, &how)) {
        struct pollfd output = {.fd = process->output, .events = POLLIN};
        if (interrupted && interrupted())
            return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
        if (now_s() > until_s)
            return tg_error_set(err, TG_ELIMIT, "did not end within %.3g s", timeout_s);
        poll(&output, 1, LOOK_MS);
        /* A program that has closed its output would make this a busy loop. */
        if (output.revents & POLLHUP)
            poll(NULL, 0, LOOK_MS);
    }
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : SIGNALLED + WTERMSIG(how);
    return TG_OK;
}

void tg_process_stop(struct tg_process *process)
{
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
    }
    if (process->output > 0)
        close(process->output);
    tg_text_release(&process->said);
    *process = (struct tg_process){.output = -1};
}
