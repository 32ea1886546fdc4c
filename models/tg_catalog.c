#include "tg_catalog.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_text.h"

const char *const tg_catalog_folders[] = {"hardware", "servers", "techniques", "workloads", "studies", NULL};

/* The folders searched, in order; the variable is looked up at each call, so that tests can set it. */
static size_t roots(const char *out[3])
{
    size_t n = 0;
    const char *chosen = getenv("TOLLGATE_MODELS");
    if (chosen && *chosen)
        out[n++] = chosen;
    out[n++] = TG_MODELS_SOURCE;
    out[n++] = TG_MODELS_INSTALLED;
    return n;
}

static int ends_with_json(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static char *resolve_path(const char *reference, const char *beside_file)
{
    const char *slash = beside_file ? strrchr(beside_file, '/') : NULL;
    if (*reference == '/' || !slash)
        return strdup(reference);
    char *folder = strndup(beside_file, (size_t)(slash - beside_file));
    char *path = folder ? tg_file_join(folder, reference) : NULL;
    free(folder);
    return path;
}

static int refuse_name(enum tg_catalog_kind kind, const char *name, struct tg_error *err)
{
    struct tg_strings names = {0};
    const char *near = NULL;
    if (!tg_catalog_list(kind, &names, NULL) && !tg_strings_add(&names, "")) {
        free(names.items[names.count - 1]);
        names.items[--names.count] = NULL;
        near = tg_text_nearest(name, (const char *const *)names.items);
    }
    int rc =
        near ? tg_error_set(err, TG_EINPUT, "there is no '%s' among the %s; did you mean '%s'?", name,
                            tg_catalog_folders[kind], near)
             : tg_error_set(err, TG_EINPUT, "there is no '%s' among the %s; 'tollgate list %s' shows them",
                            name, tg_catalog_folders[kind], tg_catalog_folders[kind]);
    tg_strings_release(&names);
    return rc;
}

int tg_catalog_find(enum tg_catalog_kind kind, const char *reference, const char *beside_file, char **path,
                    struct tg_error *err)
{
    if (strchr(reference, '/') || ends_with_json(reference)) {
        *path = resolve_path(reference, beside_file);
        return *path ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    const char *root[3];
    size_t n = roots(root);
    for (size_t i = 0; i < n; i++) {
        char candidate[4096];
        snprintf(candidate, sizeof candidate, "%s/%s/%s.json", root[i], tg_catalog_folders[kind], reference);
        if (tg_file_exists(candidate)) {
            *path = strdup(candidate);
            return *path ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
        }
    }
    return refuse_name(kind, reference, err);
}

static int has(const struct tg_strings *names, const char *name, size_t length)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strncmp(names->items[i], name, length) == 0 && !names->items[i][length])
            return 1;
    }
    return 0;
}

static int add_folder(const char *folder, struct tg_strings *names)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int rc = TG_OK;
    while (dir && !rc && (entry = readdir(dir))) {
        size_t length = strlen(entry->d_name);
        if (!ends_with_json(entry->d_name) || has(names, entry->d_name, length - 5))
            continue;
        entry->d_name[length - 5] = '\0';
        rc = tg_strings_add(names, entry->d_name);
    }
    if (dir)
        closedir(dir);
    return rc;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int tg_catalog_list(enum tg_catalog_kind kind, struct tg_strings *names, struct tg_error *err)
{
    const char *root[3];
    size_t n = roots(root);
    for (size_t i = 0; i < n; i++) {
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/%s", root[i], tg_catalog_folders[kind]);
        if (add_folder(folder, names))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_texts);
    return TG_OK;
}
