#include "tg_descriptor.h"

#include <asm/ldt.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_TABLE = 0, WRITE_ENTRY = 0x11, CONTENTS_DATA = 0, CONTENTS_CODE = 2 };

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/* The index of the first empty entry, or -1 with errno. The table reads as far as it was ever written. */
static long find_free(void)
{
    enum { LOOK_AT = 512 };
    uint64_t entries[LOOK_AT];
    long bytes = syscall(SYS_modify_ldt, READ_TABLE, entries, sizeof entries);
    if (bytes < 0)
        return -1;
    memset((char *)entries + bytes, 0, sizeof entries - (size_t)bytes);
    for (long i = 0; i < LOOK_AT; i++) {
        if (!entries[i])
            return i;
    }
    errno = ENOSPC;
    return -1;
}

static long write_entry(const struct user_desc *entry)
{
    /* The kernel returns 32 bits of an error, which the system call's wrapper takes for a success. */
    long rc = (int)syscall(SYS_modify_ldt, WRITE_ENTRY, entry, sizeof *entry);
    if (rc < 0 && rc != -1)
        errno = (int)-rc;
    return rc;
}

int tg_descriptor_take(enum tg_descriptor_kind kind, uint32_t base, size_t bytes, uint16_t *selector,
                       struct tg_error *err)
{
    assert(bytes > 0);
    assert(bytes <= TG_DESCRIPTOR_BYTES_MAX);
    pthread_mutex_lock(&table_lock);
    long index = find_free();
    struct user_desc entry = {
        .entry_number = (unsigned)index,
        .base_addr = base,
        .limit = (unsigned)(bytes - 1),
        .seg_32bit = 1,
        .contents = kind == TG_DESCRIPTOR_CODE ? CONTENTS_CODE : CONTENTS_DATA,
        .read_exec_only = kind == TG_DESCRIPTOR_CODE,
        .useable = 1,
    };
    long rc = index < 0 ? -1 : write_entry(&entry);
    int cause = errno;
    pthread_mutex_unlock(&table_lock);
    if (rc)
        return tg_error_set(err, TG_EENV, "the kernel gives this process no segment: modify_ldt: %s",
                            strerror(cause));
    *selector = (uint16_t)(index << 3 | 4 /* of the local table */ | 3 /* user mode */);
    return TG_OK;
}

void tg_descriptor_give_back(uint16_t selector)
{
    if (!selector)
        return;
    struct user_desc entry = {.entry_number = selector >> 3, .read_exec_only = 1, .seg_not_present = 1};
    pthread_mutex_lock(&table_lock);
    write_entry(&entry);
    pthread_mutex_unlock(&table_lock);
}
