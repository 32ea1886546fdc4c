/* Writing a trace set: into a folder beside the target, which is then renamed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_json.h"
#include "tg_trace_set.h"

static bool is_own(const char *name)
{
    size_t n = strlen(name);
    return strcmp(name, "host.json") == 0 || (n > 4 && strcmp(name + n - 4, ".csv") == 0);
}

/* True where the folder holds a trace set's files and nothing else, so that replacing it loses nothing. */
static bool is_replaceable(const char *folder)
{
    DIR *dir = opendir(folder);
    bool ok = dir != NULL;
    struct dirent *entry;
    while (ok && (entry = readdir(dir)))
        ok = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_own(entry->d_name);
    if (dir)
        closedir(dir);
    return ok;
}

/* Removes a folder of ours: its files by name, then itself. */
static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (is_own(entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static cJSON *describe_trace(const struct tg_trace *trace, const char *what)
{
    cJSON *note = cJSON_CreateObject();
    if (what)
        cJSON_AddStringToObject(note, "what", what);
    cJSON_AddNumberToObject(note, "samples", (double)trace->count);
    if (trace->observed_ns > 0)
        cJSON_AddNumberToObject(note, "observed_ns", trace->observed_ns);
    if (trace->threshold_ns > 0)
        cJSON_AddNumberToObject(note, "threshold_ns", trace->threshold_ns);
    cJSON_AddStringToObject(note, "sha256", trace->sha256);
    return note;
}

static cJSON *describe_set(const struct tg_trace_set *set)
{
    cJSON *document = cJSON_CreateObject(), *facts = tg_host_to_json(&set->host);
    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddStringToObject(document, "tool", set->tool ? set->tool : "");
    while (facts && facts->child) {
        cJSON *fact = cJSON_DetachItemViaPointer(facts, facts->child);
        cJSON_AddItemToObject(document, fact->string, fact);
    }
    cJSON_Delete(facts);
    if (set->settings)
        cJSON_AddItemToObject(document, "settings", cJSON_Duplicate(set->settings, 1));
    cJSON *traces = cJSON_AddObjectToObject(document, "traces");
    for (size_t i = 0; i < set->count; i++)
        cJSON_AddItemToObject(traces, set->traces[i].name, describe_trace(&set->traces[i], set->what[i]));
    if (set->skipped)
        cJSON_AddItemToObject(document, "skipped", cJSON_Duplicate(set->skipped, 1));
    return document;
}

static int write_head(const struct tg_trace_set *set, const char *folder, struct tg_error *err)
{
    cJSON *document = describe_set(set);
    char *text = document ? tg_json_print(document) : NULL, *path = tg_file_join(folder, "host.json");
    int rc = text && path ? tg_file_write(path, text, strlen(text), err)
                          : tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_Delete(document);
    free(text);
    free(path);
    return rc;
}

static int write_files(struct tg_trace_set *set, const char *folder, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; i < set->count && !rc; i++) {
        char name[TG_TRACE_NAME_MAX + 8];
        snprintf(name, sizeof name, "%s.csv", set->traces[i].name);
        char *path = tg_file_join(folder, name);
        rc =
            path ? tg_trace_write(&set->traces[i], path, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
        free(path);
    }
    return rc ? rc : write_head(set, folder, err);
}

/* Puts the new folder in the place of the old one, in one step where the file system can. */
static int replace(const char *beside, const char *folder, struct tg_error *err)
{
    if (renameat2(AT_FDCWD, beside, AT_FDCWD, folder, RENAME_EXCHANGE) == 0) {
        remove_folder(beside);
        return TG_OK;
    }
    if (errno == ENOENT && rename(beside, folder) == 0)
        return TG_OK;
    if (errno == EINVAL || errno == ENOSYS) {
        remove_folder(folder);
        if (rename(beside, folder) == 0)
            return TG_OK;
    }
    return tg_error_set(err, TG_EENV, "cannot write '%s': %s", folder, strerror(errno));
}

static int make_parent(const char *folder, struct tg_error *err)
{
    char *parent = strdup(folder), *slash = parent ? strrchr(parent, '/') : NULL;
    int rc = TG_OK;
    if (slash && slash != parent) {
        *slash = '\0';
        rc = tg_file_make_folder(parent, err);
    }
    free(parent);
    return rc;
}

static int write_beside(struct tg_trace_set *set, const char *folder, char *beside, struct tg_error *err)
{
    if (!mkdtemp(beside))
        return tg_error_set(err, TG_EENV, "cannot write '%s': %s", folder, strerror(errno));
    mode_t mask = umask(0);
    umask(mask);
    chmod(beside, 0777 & ~mask);
    int rc = write_files(set, beside, err);
    if (!rc)
        rc = replace(beside, folder, err);
    if (rc)
        remove_folder(beside);
    return rc;
}

int tg_trace_set_write(struct tg_trace_set *set, const char *folder, struct tg_error *err)
{
    char *target = strdup(folder);
    if (!target)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t n = strlen(target); n > 1 && target[n - 1] == '/'; n--)
        target[n - 1] = '\0';
    char *beside = malloc(strlen(target) + 8);
    int rc = beside ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc && tg_file_exists(target) && !is_replaceable(target))
        rc = tg_error_set(err, TG_EENV, "'%s' exists and is no trace set: it would be lost", target);
    if (!rc)
        rc = make_parent(target, err);
    if (!rc) {
        snprintf(beside, strlen(target) + 8, "%s.XXXXXX", target);
        rc = write_beside(set, target, beside, err);
    }
    free(beside);
    free(target);
    return rc;
}
