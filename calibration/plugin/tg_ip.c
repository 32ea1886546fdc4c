#include "tg_ip.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

int tg_ip(char *const *arguments, struct tg_error *err)
{
    char said[200] = "";
    int status = run_command(arguments, said, sizeof said);
    if (status < 0)
        return tg_error_set(err, TG_EENV, "cannot run ip (Debian package iproute2): %s", strerror(errno));
    if (status)
        return tg_error_set(err, TG_EENV, "ip %s %s: %s", arguments[1], arguments[2], said);
    return TG_OK;
}
