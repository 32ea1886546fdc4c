#include "tg_xdp_pair.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void tg_xdp_pair_name(struct tg_xdp_pair *pair, const char *service)
{
    snprintf(pair->server_namespace, sizeof pair->server_namespace, "tollgate-%s-server", service);
    snprintf(pair->client_namespace, sizeof pair->client_namespace, "tollgate-%s-client", service);
    snprintf(pair->server_interface, sizeof pair->server_interface, "tg%ss", service);
    snprintf(pair->client_interface, sizeof pair->client_interface, "tg%sc", service);
}

/* What the command said, first line, in `said`. Returns its exit status, or -1 with errno. */
static int run_command(char *const *arguments, char *said, size_t size)
{
    int output[2];
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe2(output, O_CLOEXEC))
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    size_t length = 0;
    for (ssize_t got; !failed && (got = read(output[0], said + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    said[length] = '\0';
    said[strcspn(said, "\n")] = '\0';
    close(output[0]);
    int status = 0;
    errno = failed;
    if (failed || waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int run_ip(char *const *arguments, struct tg_error *err)
{
    char said[200] = "";
    int status = run_command(arguments, said, sizeof said);
    if (status < 0)
        return tg_error_set(err, TG_EENV, "cannot run ip (Debian package iproute2): %s", strerror(errno));
    if (status)
        return tg_error_set(err, TG_EENV, "ip %s %s: %s", arguments[1], arguments[2], said);
    return TG_OK;
}

#define IP(err, ...) run_ip((char *const[]){(char[]){"ip"}, __VA_ARGS__, NULL}, err)
#define WORD(text) ((char[]){text})

static int configure_end(const char *namespace, const char *interface, const char *address,
                         struct tg_error *err)
{
    char space[32], device[16], with_prefix[32];
    snprintf(space, sizeof space, "%s", namespace);
    snprintf(device, sizeof device, "%s", interface);
    snprintf(with_prefix, sizeof with_prefix, "%s/24", address);
    int rc = IP(err, WORD("-n"), space, WORD("addr"), WORD("add"), with_prefix, WORD("dev"), device);
    if (!rc)
        rc = IP(err, WORD("-n"), space, WORD("link"), WORD("set"), device, WORD("up"));
    return rc;
}

static int create(struct tg_xdp_pair names, struct tg_error *err)
{
    int rc = IP(err, WORD("netns"), WORD("add"), names.server_namespace);
    if (!rc)
        rc = IP(err, WORD("netns"), WORD("add"), names.client_namespace);
    if (!rc)
        rc = IP(err, WORD("link"), WORD("add"), names.server_interface, WORD("netns"), names.server_namespace,
                WORD("type"), WORD("veth"), WORD("peer"), WORD("name"), names.client_interface, WORD("netns"),
                names.client_namespace);
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
        IP(NULL, WORD("netns"), WORD("del"), names.server_namespace);
    if (namespace_exists(names.client_namespace))
        IP(NULL, WORD("netns"), WORD("del"), names.client_namespace);
}

/* The thread that receives for an interface is called "napi/INTERFACE-NUMBER". */
static pid_t find_receiver(const char *interface)
{
    char prefix[32];
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    if (!processes)
        return 0;
    snprintf(prefix, sizeof prefix, "napi/%s-", interface);
    for (struct dirent *entry; !found && (entry = readdir(processes)) != NULL;) {
        char path[300], name[64] = "";
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read(fd, name, sizeof name - 1) > 0 && strncmp(name, prefix, strlen(prefix)) == 0)
            found = (pid_t)atoi(entry->d_name);
        if (fd >= 0)
            close(fd);
    }
    closedir(processes);
    return found;
}

/* The switch is a file of the namespace's own /sys, which `ip netns exec` mounts. */
static int thread_end(const char *namespace, const char *interface, int cpu, struct tg_error *err)
{
    char space[32], command[80];
    snprintf(space, sizeof space, "%s", namespace);
    snprintf(command, sizeof command, "echo 1 > /sys/class/net/%s/threaded", interface);
    int rc = IP(err, WORD("netns"), WORD("exec"), space, WORD("sh"), WORD("-c"), command);
    if (rc)
        return rc;
    pid_t receiver = find_receiver(interface);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (!receiver || sched_setaffinity(receiver, sizeof set, &set))
        return tg_error_set(err, TG_EENV, "cannot bind the receiving thread of '%s' to CPU %d: %s", interface,
                            cpu, receiver ? strerror(errno) : "it was not found");
    return TG_OK;
}

int tg_xdp_pair_spread(const struct tg_xdp_pair *pair, int server_cpu, int client_cpu, struct tg_error *err)
{
    int rc = thread_end(pair->server_namespace, pair->server_interface, server_cpu, err);
    return rc ? rc : thread_end(pair->client_namespace, pair->client_interface, client_cpu, err);
}
