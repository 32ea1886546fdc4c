#include "tg_kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* libbpf talks to one function of the process; the verifier's verdict, or else the first warning, is kept per
 * thread for the next sentence. */
static _Thread_local char kept_message[256];
static _Thread_local int have_verdict;

static void keep_line(const char *line, size_t length)
{
    snprintf(kept_message, sizeof kept_message, "%.*s", (int)length, line);
}

/* The verifier's log ends with its verdict, perhaps the states of the program that led to it, and its
 * statistics ("processed 7 insns ..."). */
static void keep_verdict(const char *log)
{
    const char *line, *end = strstr(log, "\nprocessed ");
    if (!end)
        return;
    for (;;) {
        line = end;
        while (line > log && line[-1] != '\n')
            line--;
        int is_state = strncmp(line, "cur state:", 10) == 0 || strncmp(line, "old state:", 10) == 0;
        if (!is_state || line == log)
            break;
        end = line - 1;
    }
    keep_line(line, (size_t)(end - line));
    have_verdict = 1;
}

__attribute__((format(printf, 2, 0))) static int keep_message(enum libbpf_print_level level,
                                                              const char *format, va_list arguments)
{
    char *text;
    if (level != LIBBPF_WARN || have_verdict || vasprintf(&text, format, arguments) < 0)
        return 0;
    if (strstr(text, "-- BEGIN PROG LOAD LOG --"))
        keep_verdict(text);
    else if (!*kept_message && !strstr(text, "try raising 'ulimit"))
        keep_line(text, strcspn(text, "\n"));
    free(text);
    return 0;
}

static void listen_once(void)
{
    libbpf_set_print(keep_message);
}

static void listen_to_libbpf(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, listen_once);
    *kept_message = '\0';
    have_verdict = 0;
}

int tg_kernel_available(struct tg_error *err)
{
    static const struct bpf_insn accept_all[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_EXIT},
    };
    listen_to_libbpf();
    int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tg_trial", "GPL", accept_all, 2, NULL);
    if (fd < 0)
        return tg_error_set(err, TG_EENV, "the kernel does not let this process load an eBPF program: %s",
                            strerror(errno));
    struct bpf_prog_info info = {0};
    __u32 size = sizeof info;
    int rc = bpf_obj_get_info_by_fd(fd, &info, &size);
    int compiled = rc == 0 && info.jited_prog_len > 0;
    close(fd);
    if (!compiled)
        return tg_error_set(err, TG_EENV, "the kernel interprets eBPF instead of compiling it");
    return TG_OK;
}

int tg_kernel_open(struct tg_bpf_bytes bytes, const char *name, struct bpf_object **object,
                   struct tg_error *err)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);
    listen_to_libbpf();
    *object = bpf_object__open_mem(bytes.data, bytes.size, &options);
    if (!*object)
        return tg_error_set(err, TG_EBUG, "eBPF object '%s' is malformed: %s", name, strerror(errno));
    return TG_OK;
}

int tg_kernel_load(struct bpf_object *object, struct tg_error *err)
{
    listen_to_libbpf();
    int rc = bpf_object__load(object);
    if (!rc)
        return TG_OK;
    errno = -rc;
    return tg_error_set(err, TG_EENV, "eBPF object '%s' was refused: %s%s%s", bpf_object__name(object),
                        strerror(-rc), *kept_message ? ": " : "", kept_message);
}

int tg_kernel_program(struct bpf_object *object, const char *name)
{
    struct bpf_program *program = bpf_object__find_program_by_name(object, name);
    return program ? bpf_program__fd(program) : -1;
}

static struct bpf_map *find_section(struct bpf_object *object, const char *section)
{
    struct bpf_map *map;
    bpf_object__for_each_map(map, object)
    {
        const char *dot = strrchr(bpf_map__name(map), '.');
        if (dot && strcmp(dot, section) == 0)
            return map;
    }
    return NULL;
}

int tg_kernel_set_constants(struct bpf_object *object, const void *constants, size_t size,
                            struct tg_error *err)
{
    struct bpf_map *map = find_section(object, ".rodata");
    if (!map || bpf_map__set_initial_value(map, constants, size))
        return tg_error_set(err, TG_EBUG, "eBPF object '%s' has no %zu bytes of constants",
                            bpf_object__name(object), size);
    return TG_OK;
}

int tg_kernel_map_variables(struct bpf_object *object, size_t size, void **variables, struct tg_error *err)
{
    struct bpf_map *map = find_section(object, ".bss");
    if (!map || bpf_map__value_size(map) != size)
        return tg_error_set(err, TG_EBUG, "eBPF object '%s' has no %zu bytes of variables",
                            bpf_object__name(object), size);
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (mapped == MAP_FAILED)
        return tg_error_set(err, TG_EENV, "cannot map the variables of eBPF object '%s': %s",
                            bpf_object__name(object), strerror(errno));
    *variables = mapped;
    return TG_OK;
}

void tg_kernel_unmap(void *variables, size_t size)
{
    if (variables)
        munmap(variables, size);
}

int tg_kernel_has_verdict(void)
{
    return have_verdict;
}

const char *tg_kernel_verdict(void)
{
    return kept_message;
}

int tg_kernel_sum_per_cpu(int map_fd, int cpus, void *total, size_t size, struct tg_error *err)
{
    size_t words = size / sizeof(unsigned long long);
    unsigned long long *sums = total, *values = calloc((size_t)cpus, size);
    unsigned key = 0;
    if (!values)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = TG_OK;
    if (bpf_map_lookup_elem(map_fd, &key, values))
        rc = tg_error_set(err, TG_EENV, "cannot read counters in the kernel: %s", strerror(errno));
    memset(total, 0, size);
    for (size_t i = 0; i < words * (size_t)cpus; i++)
        sums[i % words] += values[i];
    free(values);
    return rc;
}
