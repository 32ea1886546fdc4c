/* tg_pins: where the kernel keeps what outlives the command that made it.
 *
 * A service and its plugins live in the kernel as long as a file in the BPF file system names them:
 * /sys/fs/bpf/tollgate/SERVICE/... The file system is mounted if it is not, and unmounted with the last
 * service if we mounted it. Names are 1 to 8 letters and digits for services and 1 to 31 letters, digits, '-'
 * and '_' for plugins. Inner header of the folder.
 */
#ifndef TG_PINS_H
#define TG_PINS_H

#include <stddef.h>

#include "tg_error.h"

enum { TG_PIN_PATH_MAX = 160 };

/* "/sys/fs/bpf/tollgate/SERVICE" + "/" + item; item may be NULL. Returns path. */
char *tg_pins_path(char path[TG_PIN_PATH_MAX], const char *service, const char *item);

int tg_pins_check_service_name(const char *name, struct tg_error *err);
int tg_pins_check_plugin_name(const char *name, struct tg_error *err);

/* Makes the folder of a new service, mounting first if need be. TG_EINPUT if there is one of that name. */
int tg_pins_make(const char *service, struct tg_error *err);

int tg_pins_make_folder(const char *service, const char *item, struct tg_error *err);

/* Removes a service's folder and all in it, or only what `item` names; nothing there is no error. */
int tg_pins_remove(const char *service, const char *item, struct tg_error *err);

int tg_pins_exist(const char *service, const char *item);

/* Calls visit with the name of each entry of a folder, in alphabetical order, until it returns non-zero. A
 * folder that is not there has no entries. service NULL: the services. */
int tg_pins_each(const char *service, const char *item, int (*visit)(const char *name, void *context),
                 void *context);

#endif
