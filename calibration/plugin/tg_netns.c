#include "tg_netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tg_netns_enter_fd(int netns, int *back, struct tg_error *err)
{
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    *back = -1;
    if (here < 0 || setns(netns, CLONE_NEWNET)) {
        int cause = errno;
        if (here >= 0)
            close(here);
        return tg_error_set(err, TG_EENV, "cannot enter the network namespace: %s", strerror(cause));
    }
    *back = here;
    return TG_OK;
}

int tg_netns_enter(const char *name, int *back, struct tg_error *err)
{
    char path[160];
    *back = -1;
    if (!name || !*name)
        return TG_OK;
    snprintf(path, sizeof path, "/run/netns/%s", name);
    int target = open(path, O_RDONLY | O_CLOEXEC);
    if (target < 0)
        return tg_error_set(err, TG_EENV, "there is no network namespace '%s': %s", name, strerror(errno));
    int rc = tg_netns_enter_fd(target, back, err);
    close(target);
    return rc ? tg_error_wrap(err, rc, "'%s'", name) : TG_OK;
}

void tg_netns_leave(int back)
{
    if (back < 0)
        return;
    /* To go on in the wrong namespace would do things to the wrong network. */
    if (setns(back, CLONE_NEWNET))
        abort();
    close(back);
}
