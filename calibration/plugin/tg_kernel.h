/* tg_kernel: what everything that loads eBPF programs needs: whether the kernel lets us, the programs as
 * bytes, and libbpf's messages kept until an error sentence wants them.
 *
 * Inner header of the folder. Without libbpf at build time only tg_kernel_available() exists (in
 * tg_kernel_absent.c), and says so.
 */
#ifndef TG_KERNEL_H
#define TG_KERNEL_H

#include <stddef.h>

#include "tg_error.h"

/* Ready if this process may load eBPF programs now: built with libbpf, permitted, and compiled to machine
 * code by the kernel. TG_EENV with the reason where not. */
int tg_kernel_available(struct tg_error *err);

struct tg_bpf_bytes {
    const char *data;
    size_t size;
};

struct tg_bpf_bytes tg_bpf_call(void);
struct tg_bpf_bytes tg_bpf_service(void);
struct tg_bpf_bytes tg_bpf_plugins(void);
struct tg_bpf_bytes tg_bpf_rogues(void);

struct bpf_object;

/* Opens an embedded object; the caller closes it. Its programs are not yet loaded. */
int tg_kernel_open(struct tg_bpf_bytes bytes, const char *name, struct bpf_object **object,
                   struct tg_error *err);

/* Loads what was opened; the sentence carries errno's cause, which errno keeps, and the verifier's verdict.
 */
int tg_kernel_load(struct bpf_object *object, struct tg_error *err);

/* Whether the last object that failed to load on this thread was refused by the verifier, and its last word.
 */
int tg_kernel_has_verdict(void);
const char *tg_kernel_verdict(void);

/* Adds up, word by word, the values that the CPUs have under key 0 of a per-CPU array. A value consists of
 * unsigned long longs. */
int tg_kernel_sum_per_cpu(int map_fd, int cpus, void *total, size_t size, struct tg_error *err);

/* The descriptor of a program by name, or -1. */
int tg_kernel_program(struct bpf_object *object, const char *name);

/* Sets the constants (section .rodata) of an object that is open and not yet loaded. */
int tg_kernel_set_constants(struct bpf_object *object, const void *constants, size_t size,
                            struct tg_error *err);

/* Maps the variables (section .bss) of a loaded object; unmap with tg_kernel_unmap. */
int tg_kernel_map_variables(struct bpf_object *object, size_t size, void **variables, struct tg_error *err);
void tg_kernel_unmap(void *variables, size_t size);

#endif
