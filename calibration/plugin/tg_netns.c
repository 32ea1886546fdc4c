#include "tg_netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int rc = here < 0 ? -1 : setns(target, CLONE_NEWNET), cause = errno;
    close(target);
    if (rc) {
        if (here >= 0)
            close(here);
        return tg_error_set(err, TG_EENV, "cannot enter network namespace '%s': %s", name, strerror(cause));
    }
    *back = here;
    return TG_OK;
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
