/* Memory: faults. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tg_probe_kind.h"

struct region {
    volatile char *start;
    size_t page_bytes, page_count, next;
};

static int page_fault_setup(const struct tg_bench *bench, double argument, void **state, struct tg_error *err)
{
    enum { PAGES = 1024 };
    (void)bench, (void)argument;
    struct region *region = calloc(1, sizeof *region);
    if (!region)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    region->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    region->page_count = PAGES;
    void *start =
        mmap(NULL, PAGES * region->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        free(region);
        return tg_error_set(err, TG_EENV, "cannot map memory: %s", strerror(errno));
    }
    madvise(start, PAGES * region->page_bytes, MADV_NOHUGEPAGE);
    region->start = start;
    *state = region;
    return TG_OK;
}

static void page_fault_teardown(void *state)
{
    struct region *region = state;
    munmap((void *)region->start, region->page_bytes * region->page_count);
    free(region);
}

static int page_fault(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                      struct tg_error *err)
{
    enum { FAULTS = 4 };
    struct region *region = state;
    (void)err;
    if (region->next + FAULTS > region->page_count) {
        madvise((void *)region->start, region->page_bytes * region->page_count, MADV_DONTNEED);
        region->next = 0;
    }
    volatile char *page = region->start + region->next * region->page_bytes;
    sample->begin = tg_clock_begin();
    for (int i = 0; i < FAULTS; i++)
        page[(size_t)i * region->page_bytes] = 1;
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->ops = FAULTS;
    region->next += FAULTS;
    return TG_OK;
}

static const struct tg_probe probes[] = {
    {.name = "page_fault",
     .what = "the first touch of a private anonymous page of the smallest size, its zeroing included",
     .setup = page_fault_setup,
     .sample = page_fault,
     .teardown = page_fault_teardown},
};

const struct tg_probe_family tg_probes_memory = {probes, TG_COUNT(probes)};
