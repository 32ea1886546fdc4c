#include "tg_pins.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define FILE_SYSTEM "/sys/fs/bpf"
#define ROOT FILE_SYSTEM "/tollgate"
#define MOUNTED_BY_US FILE_SYSTEM "/tollgate-mounted"

char *tg_pins_path(char path[TG_PIN_PATH_MAX], const char *service, const char *item)
{
    if (item)
        snprintf(path, TG_PIN_PATH_MAX, ROOT "/%s/%s", service, item);
    else
        snprintf(path, TG_PIN_PATH_MAX, ROOT "/%s", service);
    return path;
}

static int well_formed(const char *name, size_t longest, const char *besides)
{
    size_t length = strlen(name);
    if (length < 1 || length > longest)
        return 0;
    for (const char *c = name; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(besides, *c))
            return 0;
    }
    return 1;
}

int tg_pins_check_service_name(const char *name, struct tg_error *err)
{
    enum { LONGEST = 8 }; /* the names of interfaces are made of it */
    if (well_formed(name, LONGEST, ""))
        return TG_OK;
    return tg_error_set(err, TG_EINPUT, "'%s' cannot name a service: 1 to 8 letters and digits can", name);
}

int tg_pins_check_plugin_name(const char *name, struct tg_error *err)
{
    enum { LONGEST = 31 };
    if (well_formed(name, LONGEST, "-_"))
        return TG_OK;
    return tg_error_set(err, TG_EINPUT, "'%s' cannot name a plugin: 1 to 31 letters, digits, '-' and '_' can",
                        name);
}

static int ensure_mounted(struct tg_error *err)
{
    struct statfs about;
    if (statfs(FILE_SYSTEM, &about) == 0 && about.f_type == BPF_FS_MAGIC)
        return TG_OK;
    if (mount("bpf", FILE_SYSTEM, "bpf", 0, "mode=0700"))
        return tg_error_set(err, TG_EENV, "cannot mount the BPF file system at " FILE_SYSTEM ": %s",
                            strerror(errno));
    mkdir(MOUNTED_BY_US, 0700);
    return TG_OK;
}

static int make_folder(const char *path, struct tg_error *err)
{
    if (mkdir(path, 0700) == 0)
        return TG_OK;
    return tg_error_set(err, TG_EENV, "cannot make '%s': %s", path, strerror(errno));
}

int tg_pins_make(const char *service, struct tg_error *err)
{
    char path[TG_PIN_PATH_MAX];
    int rc = tg_pins_check_service_name(service, err);
    if (!rc)
        rc = ensure_mounted(err);
    if (rc)
        return rc;
    if (tg_pins_exist(service, NULL))
        return tg_error_set(err, TG_EINPUT, "a service named '%s' is running already", service);
    if (access(ROOT, F_OK) && (rc = make_folder(ROOT, err)) != TG_OK)
        return rc;
    return make_folder(tg_pins_path(path, service, NULL), err);
}

int tg_pins_make_folder(const char *service, const char *item, struct tg_error *err)
{
    char path[TG_PIN_PATH_MAX];
    tg_pins_path(path, service, item);
    return access(path, F_OK) ? make_folder(path, err) : TG_OK;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* The last to leave takes the file system down, if we put it up. */
static void tidy_up(void)
{
    if (rmdir(ROOT) == 0 && rmdir(MOUNTED_BY_US) == 0)
        umount(FILE_SYSTEM);
}

int tg_pins_remove(const char *service, const char *item, struct tg_error *err)
{
    enum { OPEN_MAX_FOLDERS = 8 };
    char path[TG_PIN_PATH_MAX];
    tg_pins_path(path, service, item);
    if (nftw(path, remove_one, OPEN_MAX_FOLDERS, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
        return tg_error_set(err, TG_EENV, "cannot remove '%s': %s", path, strerror(errno));
    if (!item)
        tidy_up();
    return TG_OK;
}

int tg_pins_exist(const char *service, const char *item)
{
    char path[TG_PIN_PATH_MAX];
    return access(tg_pins_path(path, service, item), F_OK) == 0;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int tg_pins_each(const char *service, const char *item, int (*visit)(const char *name, void *context),
                 void *context)
{
    char path[TG_PIN_PATH_MAX] = ROOT;
    struct dirent **entries;
    if (service)
        tg_pins_path(path, service, item);
    int count = scandir(path, &entries, not_hidden, alphasort), rc = 0;
    if (count < 0)
        return 0;
    for (int i = 0; i < count; i++) {
        if (!rc)
            rc = visit(entries[i]->d_name, context);
        free(entries[i]);
    }
    free(entries);
    return rc;
}
