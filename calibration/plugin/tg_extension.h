/* tg_extension: programs that take the place of a function of a loaded program (freplace), where the kernel
 * lets them. Inner header of the folder; only built where libbpf is.
 */
#ifndef TG_EXTENSION_H
#define TG_EXTENSION_H

#include "tg_error.h"

struct bpf_object;
struct bpf_program;

/* TG_EENV with the reason where the kernel refuses such programs. */
int tg_extension_available(struct tg_error *why);

/* Makes a program that is not yet loaded one to replace `function` of the loaded program `target_fd`. */
int tg_extension_prepare(struct bpf_program *program, int target_fd, const char *function,
                         struct tg_error *err);

/* Puts a loaded one in place. It stays until *link_fd, and what it was pinned to, is gone. */
int tg_extension_link(int program_fd, int target_fd, const char *function, int *link_fd,
                      struct tg_error *err);

/* Loads the null plugin of the timed calls as one, to replace the function that `host_fd` calls. The caller
 * closes the object, also after a failure. */
int tg_extension_load_null(int host_fd, struct bpf_object **object, struct tg_error *err);

/* Whether a loaded program is one. */
int tg_extension_is(int program_fd);

#endif
