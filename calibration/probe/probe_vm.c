/* Exits to a hypervisor. */
#include <stdio.h>

#include "tg_probe_kind.h"

#if defined __x86_64__
#include <cpuid.h>

static bool exit_available(char *reason, size_t size)
{
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 31)))
        return true;
    snprintf(reason, size, "no hypervisor: CPUID does not leave this machine's CPU");
    return false;
}

static void vm_exit(void *state, uint64_t ops)
{
    unsigned a, b, c, d;
    (void)state;
    for (uint64_t i = 0; i < ops; i++)
        __cpuid_count(0, 0, a, b, c, d);
    (void)a, (void)b, (void)c, (void)d;
}
#else
static bool exit_available(char *reason, size_t size)
{
    snprintf(reason, size, "needs an x86-64 CPU: the exit is taken by CPUID");
    return false;
}

static void vm_exit(void *state, uint64_t ops)
{
    (void)state, (void)ops;
}
#endif

static const struct tg_probe probes[] = {
    {.name = "vm_exit",
     .what =
         "an exit of this virtual machine to its hypervisor and back, by CPUID (whose own work is included)",
     .available = exit_available,
     .body = vm_exit},
};

const struct tg_probe_family tg_probes_vm = {probes, TG_COUNT(probes)};
