#include "tg_extension.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tg_kernel.h"

int tg_extension_prepare(struct bpf_program *program, int target_fd, const char *function,
                         struct tg_error *err)
{
    int rc = bpf_program__set_type(program, BPF_PROG_TYPE_EXT);
    if (!rc) /* an XDP section has left its own */
        rc = bpf_program__set_expected_attach_type(program, 0);
    if (!rc)
        rc = bpf_program__set_attach_target(program, target_fd, function);
    return rc ? tg_error_set(err, TG_EENV, "function '%s' cannot be replaced: %s", function, strerror(-rc))
              : TG_OK;
}

static int function_id(int program_fd, const char *function)
{
    struct bpf_prog_info info = {0};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
        return -1;
    struct btf *types = btf__load_from_kernel_by_id(info.btf_id);
    int id = types ? btf__find_by_name_kind(types, function, BTF_KIND_FUNC) : -1;
    btf__free(types);
    return id;
}

int tg_extension_link(int program_fd, int target_fd, const char *function, int *link_fd, struct tg_error *err)
{
    LIBBPF_OPTS(bpf_link_create_opts, options);
    int id = function_id(target_fd, function);
    if (id < 0)
        return tg_error_set(err, TG_EENV, "the program has no function '%s'", function);
    options.target_btf_id = (__u32)id;
    *link_fd = bpf_link_create(program_fd, target_fd, 0, &options);
    if (*link_fd >= 0)
        return TG_OK;
    if (errno == EBUSY)
        return tg_error_set(err, TG_EINPUT, "function '%s' is replaced already", function);
    return tg_error_set(err, TG_EENV, "cannot replace function '%s': %s", function, strerror(errno));
}

int tg_extension_is(int program_fd)
{
    struct bpf_prog_info info = {0};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(program_fd, &info, &size) == 0 && info.type == BPF_PROG_TYPE_EXT;
}

int tg_extension_load_null(int host_fd, struct bpf_object **object, struct tg_error *err)
{
    struct bpf_program *program;
    *object = NULL;
    int rc = tg_kernel_open(tg_bpf_call(), "call", object, err);
    if (rc)
        return rc;
    bpf_object__for_each_program(program, *object)
    {
        bool chosen = strcmp(bpf_program__name(program), "null_plugin") == 0;
        bpf_program__set_autoload(program, chosen);
        if (chosen)
            rc = tg_extension_prepare(program, host_fd, "replaceable", err);
    }
    if (!rc && tg_kernel_load(*object, NULL))
        rc = tg_error_set(err, TG_EENV,
                          "the kernel does not let a program replace a function of another (freplace): %s",
                          strerror(errno));
    return rc;
}

int tg_extension_available(struct tg_error *why)
{
    struct bpf_object *host = NULL, *extension = NULL;
    int rc = tg_kernel_available(why);
    if (!rc)
        rc = tg_kernel_open(tg_bpf_call(), "call", &host, why);
    if (!rc)
        rc = tg_kernel_load(host, why);
    if (!rc)
        rc = tg_extension_load_null(tg_kernel_program(host, "replaced_host"), &extension, why);
    bpf_object__close(extension);
    bpf_object__close(host);
    return rc;
}
