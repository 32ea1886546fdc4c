#include "tg_gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool is_executable(const char *folder, size_t length)
{
    char path[4096];
    int used = snprintf(path, sizeof path, "%.*s/gnuplot", (int)length, folder);
    return used > 0 && (size_t)used < sizeof path && access(path, X_OK) == 0;
}

int tg_gnuplot_check(struct tg_error *err)
{
    const char *path = getenv("PATH");
    for (const char *p = path ? path : "/usr/bin:/bin"; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL) {
        size_t length = strcspn(p, ":");
        if (length && is_executable(p, length))
            return TG_OK;
    }
    return tg_error_set(
        err, TG_EENV,
        "gnuplot, which draws the figures, is not on the PATH: install it (Debian: apt-get install "
        "gnuplot-nox), or ask for --format text");
}

/* The first line with a word in it; gnuplot prints a blank one and a pointer under the offending text. */
static void first_words(int fd, char *out, size_t size)
{
    char said[2048];
    lseek(fd, 0, SEEK_SET);
    ssize_t got = read(fd, said, sizeof said - 1);
    said[got > 0 ? got : 0] = '\0';
    snprintf(out, size, "it said nothing");
    char *rest = said;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (strstr(line, "line ") || strstr(line, "rror")) {
            snprintf(out, size, "%s", line);
            return;
        }
    }
}

static int wait_for(pid_t pid, int *status)
{
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return 0;
}

static int spawn(const char *folder, const char *script, int said_fd, pid_t *pid)
{
    char *const argv[] = {(char[]){"gnuplot"}, (char[]){"-d"}, strdup(script), NULL};
    if (!argv[2])
        return ENOMEM;
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (!rc) {
        rc = posix_spawn_file_actions_addchdir_np(&actions, folder);
        rc = rc ? rc : posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, said_fd, 1);
        rc = rc ? rc : posix_spawn_file_actions_adddup2(&actions, said_fd, 2);
        rc = rc ? rc : posix_spawnp(pid, "gnuplot", &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(argv[2]);
    return rc;
}

int tg_gnuplot_run(const char *folder, const char *script, struct tg_error *err)
{
    FILE *said = tmpfile();
    if (!said)
        return tg_error_set(err, TG_EENV, "cannot make a temporary file: %s", strerror(errno));
    pid_t pid;
    int status = 0, rc = spawn(folder, script, fileno(said), &pid);
    if (rc)
        rc = tg_error_set(err, TG_EENV, "cannot start gnuplot: %s", strerror(rc));
    else if (wait_for(pid, &status) < 0)
        rc = tg_error_set(err, TG_EENV, "cannot wait for gnuplot: %s", strerror(errno));
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char line[256];
        first_words(fileno(said), line, sizeof line);
        rc = tg_error_set(err, TG_EENV, "gnuplot failed on '%s': %s", script, line);
    }
    fclose(said);
    return rc;
}
