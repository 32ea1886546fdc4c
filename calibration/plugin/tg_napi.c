#include "tg_napi.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tg_ip.h"

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

static int bind_receiver(const char *interface, int cpu, pid_t *thread, struct tg_error *err)
{
    pid_t receiver = find_receiver(interface);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (!receiver || sched_setaffinity(receiver, sizeof set, &set))
        return tg_error_set(err, TG_EENV, "cannot bind the receiving thread of '%s' to CPU %d: %s", interface,
                            cpu, receiver ? strerror(errno) : "it was not found");
    if (thread)
        *thread = receiver;
    return TG_OK;
}

/* The switch is a file of the namespace's own /sys, which `ip netns exec` mounts. */
int tg_napi_thread(const char *netns, const char *interface, int cpu, pid_t *thread, struct tg_error *err)
{
    char space[64], command[80];
    snprintf(space, sizeof space, "%s", netns);
    snprintf(command, sizeof command, "echo 1 > /sys/class/net/%s/threaded", interface);
    int rc = TG_IP(err, TG_WORD("netns"), TG_WORD("exec"), space, TG_WORD("sh"), TG_WORD("-c"), command);
    return rc ? rc : bind_receiver(interface, cpu, thread, err);
}

/* In a mount namespace of this process's own: its /sys is made to show the network namespace it is in. */
static int switch_on(const char *interface)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/class/net/%s/threaded", interface);
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("sysfs", "/sys", "sysfs", 0, NULL))
        return errno;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return write(fd, "1", 1) == 1 ? 0 : errno;
}

int tg_napi_thread_here(const char *interface, int cpu, pid_t *thread, struct tg_error *err)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(switch_on(interface));
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return tg_error_set(err, TG_EENV, "cannot start a process: %s", strerror(errno));
    if (WEXITSTATUS(status))
        return tg_error_set(err, TG_EENV, "cannot give '%s' a thread that receives: %s", interface,
                            strerror(WEXITSTATUS(status)));
    return bind_receiver(interface, cpu, thread, err);
}
