#include "tg_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tg_store_internal.h"
#include "tg_text.h"

static bool is_in_memory(const struct tg_store *store)
{
    return strcmp(tg_store_path(store), ":memory:") == 0;
}

static struct flock byte_of(int64_t run_id, short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = run_id, .l_len = 1};
}

/* -1, with errno set, where it cannot be opened. */
static int open_file(const struct tg_store *store, int flags)
{
    struct tg_text path = {0};
    tg_text_printf(&path, "%s-running", tg_store_path(store));
    errno = ENOMEM;
    int fd = path.failed ? -1 : open(path.data, flags | O_CLOEXEC, 0666);
    int failure = errno;
    tg_text_release(&path);
    errno = failure;
    return fd;
}

int tg_claim_take(struct tg_store *store, int64_t run_id, struct tg_error *err)
{
    int *fd = tg_store_claims(store);
    if (is_in_memory(store))
        return TG_OK;
    if (*fd < 0)
        *fd = open_file(store, O_RDWR | O_CREAT);
    if (*fd < 0)
        return tg_error_set(err, TG_EENV, "store '%s': cannot open '%s-running' beside it: %s",
                            tg_store_path(store), tg_store_path(store), strerror(errno));
    struct flock lock = byte_of(run_id, F_WRLCK);
    if (fcntl(*fd, F_OFD_SETLK, &lock) == 0)
        return TG_OK;
    if (errno == EAGAIN || errno == EACCES)
        return tg_error_set(err, TG_EENV, "store '%s': run %lld is under way in another process",
                            tg_store_path(store), (long long)run_id);
    return tg_error_set(err, TG_EENV, "store '%s': cannot lock '%s-running' beside it: %s",
                        tg_store_path(store), tg_store_path(store), strerror(errno));
}

void tg_claim_drop(struct tg_store *store, int64_t run_id)
{
    struct flock lock = byte_of(run_id, F_UNLCK);
    if (*tg_store_claims(store) >= 0)
        fcntl(*tg_store_claims(store), F_OFD_SETLK, &lock);
}

/* Looks through a descriptor of its own: a lock does not stand in the way of whoever holds it. */
static bool is_free(const struct tg_store *store, int64_t run_id)
{
    struct flock lock = byte_of(run_id, F_WRLCK);
    int fd = open_file(store, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT;
    bool asked = fcntl(fd, F_OFD_GETLK, &lock) == 0;
    close(fd);
    return asked && lock.l_type == F_UNLCK;
}

static bool is_stored_as_running(struct tg_store *store, int64_t run_id)
{
    sqlite3_stmt *s;
    if (tg_store_prepare(store, "SELECT 1 FROM run WHERE id = ? AND status = 'running'", "read a run", &s,
                         NULL))
        return false;
    tg_store_bind(s, "i", run_id);
    bool running = sqlite3_step(s) == SQLITE_ROW;
    tg_store_done(s);
    return running;
}

bool tg_claim_is_abandoned(struct tg_store *store, int64_t run_id)
{
    return !is_in_memory(store) && is_free(store, run_id) && is_stored_as_running(store, run_id);
}
