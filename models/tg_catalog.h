/* tg_catalog: where model files are found by name.
 *
 * A reference with a '/' or ending in ".json" is a path, relative to the folder of the file that holds it.
 * Anything else is a name: NAME.json in the kind's folder of, in this order, $TOLLGATE_MODELS, the source
 * tree the program was built from, and the installed data.
 */
#ifndef TG_CATALOG_H
#define TG_CATALOG_H

#include "tg_error.h"
#include "tg_field.h"

enum tg_catalog_kind {
    TG_CATALOG_HARDWARE,
    TG_CATALOG_SERVERS,
    TG_CATALOG_TECHNIQUES,
    TG_CATALOG_WORKLOADS,
    TG_CATALOG_STUDIES,
    TG_CATALOG_KINDS
};

extern const char *const tg_catalog_folders[]; /* "hardware", ...; NULL-terminated */

/* *path is malloc'd. Unknown names are TG_EINPUT, with the nearest known one. */
int tg_catalog_find(enum tg_catalog_kind kind, const char *reference, const char *beside_file, char **path,
                    struct tg_error *err);

/* All names of a kind, sorted. */
int tg_catalog_list(enum tg_catalog_kind kind, struct tg_strings *names, struct tg_error *err);

#endif
