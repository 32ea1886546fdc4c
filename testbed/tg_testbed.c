#include "tg_testbed.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tg_generating.h"
#include "tg_serving.h"
#include "tg_xdp_service.h"

#define ROOT "/run/tollgate-testbed"
enum { PATH_BYTES = 64, TAG_DIGITS = 6 };

struct tg_bed {
    struct tg_bed_settings settings;
    char tag[TG_BED_TAG_MAX + 1];
    char folder[PATH_BYTES];
    int lock;
    bool net_is_up;
    struct tg_bed_net net;
    struct tg_serving serving;
    const struct tg_bed_system *system; /* NULL: none is started */
};

struct tg_bed_settings tg_bed_settings_usual(void)
{
    return (struct tg_bed_settings){.server_cpu = 0, .client_cpu = 1};
}

struct tg_bed_load tg_bed_load_usual(double rate_per_s)
{
    return (struct tg_bed_load){
        .rate_per_s = rate_per_s, .window_s = 0.5, .warmup_s = 0.1, .seed = 1, .batch_max = 8};
}

/* "tb" and the process number in six hexadecimal digits. */
static void make_tag(char tag[TG_BED_TAG_MAX + 1], pid_t owner)
{
    snprintf(tag, TG_BED_TAG_MAX + 1, "tb%06x", (unsigned)owner & 0xffffff);
}

static bool is_tag(const char *text)
{
    if (strncmp(text, "tb", 2) != 0)
        return false;
    for (int i = 2; i < 2 + TAG_DIGITS; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* A folder that all may read, whatever this process's mask: the web servers' workers are not root. */
static int make_folder(const char *path)
{
    return (mkdir(path, 0755) && errno != EEXIST) || chmod(path, 0755);
}

static void lock_path(char path[PATH_BYTES], const char *tag)
{
    snprintf(path, PATH_BYTES, ROOT "/%.8s.lock", tag);
}

/* The lock dies with the process, and is not inherited. -1 where another process has it. A lock on a file
 * that its last owner has just removed is none. */
static int take_lock(const char *tag)
{
    char path[PATH_BYTES];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat about;
    lock_path(path, tag);
    for (;;) {
        make_folder(ROOT);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        /* The last owner of another bed may have removed the folder in between. */
        if (fd < 0 && errno == ENOENT)
            continue;
        if (fd < 0)
            return -1;
        if (fcntl(fd, F_SETLK, &whole) != 0) {
            close(fd);
            return -1;
        }
        if (fstat(fd, &about) == 0 && about.st_nlink > 0)
            return fd;
        close(fd);
    }
}

static void drop_lock(const char *tag, int fd)
{
    char path[PATH_BYTES];
    lock_path(path, tag);
    unlink(path);
    close(fd);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* Everything under a tag, whoever made it. */
static int clear(const char *tag, struct tg_error *err)
{
    enum { OPEN_FOLDERS = 8 };
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, ROOT "/%.8s", tag);
    tg_xdp_service_stop(tag, NULL);
    int rc = tg_bed_net_down(tag, err);
    if (nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) && errno != ENOENT && !rc)
        rc = tg_error_set(err, TG_EENV, "cannot remove '%s': %s", folder, strerror(errno));
    return rc;
}

/* If no process owns it, it is removed; this process's own is left alone, because to close its lock file
 * would be to lose the lock. */
static int clear_if_orphaned(const char *tag, unsigned *removed, struct tg_error *err)
{
    char own[TG_BED_TAG_MAX + 1];
    make_tag(own, getpid());
    if (strcmp(tag, own) == 0)
        return TG_OK;
    int lock = take_lock(tag);
    if (lock < 0)
        return TG_OK;
    int rc = clear(tag, err);
    drop_lock(tag, lock);
    *removed += !rc;
    return rc;
}

/* The tags found in a folder, in names that begin with `before`. */
static int sweep_folder(const char *path, const char *before, unsigned *removed, struct tg_error *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort), rc = TG_OK;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char tag[TG_BED_TAG_MAX + 1];
        if (!rc && strncmp(name, before, strlen(before)) == 0 && is_tag(name + strlen(before))) {
            snprintf(tag, sizeof tag, "%s", name + strlen(before));
            rc = clear_if_orphaned(tag, removed, err);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return rc;
}

static int make_root(struct tg_error *err)
{
    if (geteuid() != 0)
        return tg_error_set(err, TG_EENV, "the testbed needs root, to make network name spaces");
    if (make_folder(ROOT))
        return tg_error_set(err, TG_EENV, "cannot make '%s': %s", ROOT, strerror(errno));
    return TG_OK;
}

int tg_bed_sweep(unsigned *removed, struct tg_error *err)
{
    *removed = 0;
    int rc = make_root(err);
    if (!rc)
        rc = sweep_folder(ROOT, "", removed, err);
    if (!rc)
        rc = sweep_folder("/run/netns", "tollgate-", removed, err);
    if (!rc)
        rc = sweep_folder("/sys/fs/bpf/tollgate", "", removed, err);
    rmdir(ROOT);
    return rc;
}

int tg_bed_open(struct tg_bed **bed, const struct tg_bed_settings *settings, struct tg_error *err)
{
    unsigned removed;
    *bed = NULL;
    int rc = tg_bed_sweep(&removed, err);
    if (!rc)
        rc = make_root(err);
    if (rc)
        return rc;
    struct tg_bed *made = calloc(1, sizeof *made);
    if (!made)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    made->settings = *settings;
    make_tag(made->tag, getpid());
    snprintf(made->folder, sizeof made->folder, ROOT "/%s", made->tag);
    made->lock = take_lock(made->tag);
    if (made->lock < 0 || make_folder(made->folder)) {
        rc = tg_error_set(err, TG_EENV, "cannot make '%s': %s", made->folder, strerror(errno));
        if (made->lock >= 0)
            drop_lock(made->tag, made->lock);
        free(made);
        return rc;
    }
    *bed = made;
    return TG_OK;
}

static struct tg_generating generating(const struct tg_bed *bed)
{
    return (struct tg_generating){
        .net = &bed->net,
        .folder = bed->folder,
        .server = bed->serving.root,
        .server_cpu = bed->settings.server_cpu,
        .client_cpu = bed->settings.client_cpu,
        .interrupted = bed->settings.interrupted,
    };
}

static int bring_up(struct tg_bed *bed, const struct tg_bed_system *system, struct tg_error *err)
{
    const double patience_s = 10;
    int rc = tg_bed_net_up(&bed->net, bed->tag, system->path, err);
    if (rc)
        return rc;
    bed->net_is_up = true;
    bed->serving = (struct tg_serving){
        .system = system, .net = &bed->net, .folder = bed->folder, .cpu = bed->settings.server_cpu};
    bed->system = system;
    rc = tg_serving_start(&bed->serving, err);
    if (rc)
        return rc;
    struct tg_generating g = generating(bed);
    rc = tg_generating_await(system->generator, &g, patience_s, err);
    /* Why it does not answer is worth more than that it does not. */
    return rc && rc != TG_EINTERRUPTED && tg_serving_check(&bed->serving, err) ? TG_EENV : rc;
}

int tg_bed_start(struct tg_bed *bed, const struct tg_bed_system *system, struct tg_error *err)
{
    enum { TRIES = 2 };
    int rc = tg_bed_stop(bed, err);
    if (!rc)
        rc = tg_bed_system_available(system, err);
    if (rc)
        return tg_error_wrap(err, rc, "%s", system->name);
    for (int i = 0; i < TRIES; i++) {
        rc = bring_up(bed, system, err);
        if (!rc)
            return TG_OK;
        tg_bed_stop(bed, NULL);
        /* A terminal's Ctrl-C also ends the programs that make the network. */
        if (rc == TG_EINTERRUPTED || (bed->settings.interrupted && bed->settings.interrupted()))
            return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
    }
    return tg_error_wrap(err, rc, "%s", system->name);
}

int tg_bed_point(struct tg_bed *bed, const struct tg_bed_load *load, struct tg_bed_point *point,
                 struct tg_error *err)
{
    struct tg_generating g = generating(bed);
    if (!bed->system)
        return tg_error_set(err, TG_EBUG, "a point was asked for, but no system is started");
    int rc = tg_generate(bed->system->generator, &g, load, point, err);
    if (!rc)
        rc = tg_serving_check(&bed->serving, err);
    return rc && rc != TG_EINTERRUPTED ? tg_error_wrap(err, rc, "%s", bed->system->name) : rc;
}

int tg_bed_stop(struct tg_bed *bed, struct tg_error *err)
{
    if (bed->system)
        tg_serving_stop(&bed->serving);
    bed->system = NULL;
    if (!bed->net_is_up)
        return TG_OK;
    bed->net_is_up = false;
    return tg_bed_net_down(bed->tag, err);
}

void tg_bed_close(struct tg_bed *bed)
{
    if (!bed)
        return;
    tg_bed_stop(bed, NULL);
    clear(bed->tag, NULL);
    drop_lock(bed->tag, bed->lock);
    rmdir(ROOT);
    free(bed);
}

int tg_bed_stand(enum tg_bed_path path, struct tg_bed_net *net, struct tg_error *err)
{
    unsigned removed;
    int rc = tg_bed_sweep(&removed, err);
    return rc ? rc : tg_bed_net_up(net, TG_BED_STANDING, path, err);
}

int tg_bed_fell(struct tg_error *err)
{
    return tg_bed_net_down(TG_BED_STANDING, err);
}
