/* tg_napi: a kernel thread that receives for a network interface, instead of the core of whoever sends.
 *
 * Needs CAP_SYS_ADMIN and the ip command. Attaching an XDP program makes an interface's receive queues anew,
 * so this comes after it. The thread goes with the interface. */
#ifndef TG_NAPI_H
#define TG_NAPI_H

#include <sys/types.h>

#include "tg_error.h"

/* Switches threads on for an interface of a named network namespace and binds the one of its first queue to a
 * CPU. *thread is its process number; NULL is allowed. */
int tg_napi_thread(const char *netns, const char *interface, int cpu, pid_t *thread, struct tg_error *err);

/* The same in this thread's network namespace, which needs no name, and no ip command. */
int tg_napi_thread_here(const char *interface, int cpu, pid_t *thread, struct tg_error *err);

#endif
