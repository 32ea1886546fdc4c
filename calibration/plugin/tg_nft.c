#include "tg_nft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int tg_nft_load(const char *rules, struct tg_error *err)
{
    size_t length = strlen(rules);
    int pipes[2], status = -1;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return tg_error_set(err, TG_EENV, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(pipes[0], STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        execlp("nft", "nft", "-f", "-", (char *)NULL);
        execl("/usr/sbin/nft", "nft", "-f", "-", (char *)NULL);
        _exit(127);
    }
    close(pipes[0]);
    ssize_t written = child > 0 ? write(pipes[1], rules, length) : -1;
    close(pipes[1]);
    if (child > 0)
        waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return tg_error_set(err, TG_EENV, "needs the program nft (package nftables)");
    if (written != (ssize_t)length || status != 0)
        return tg_error_set(err, TG_EENV, "nft cannot set the rules of a container's path on this kernel");
    return TG_OK;
}
