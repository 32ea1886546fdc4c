/* The compiled eBPF programs, as bytes of the library. */
#include "tg_kernel.h"

#define EMBED(name)                                                                          \
    __asm__(".pushsection .rodata\n"                                                         \
            ".balign 16\n"                                                                   \
            "tg_bpf_" #name "_begin:\n"                                                      \
            ".incbin \"" TG_BPF_FOLDER "/" #name ".bpf.o\"\n"                                \
            "tg_bpf_" #name "_end:\n"                                                        \
            ".popsection\n");                                                                \
    extern const char tg_bpf_##name##_begin[], tg_bpf_##name##_end[];                        \
    struct tg_bpf_bytes tg_bpf_##name(void)                                                  \
    {                                                                                        \
        return (struct tg_bpf_bytes){tg_bpf_##name##_begin,                                  \
                                     (size_t)(tg_bpf_##name##_end - tg_bpf_##name##_begin)}; \
    }

EMBED(call)
EMBED(plugins)
EMBED(rogues)
EMBED(service)
