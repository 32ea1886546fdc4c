/* Memory: faults and copies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tg_probe_kind.h"
#include "tg_timing.h"

enum { PAGES = 512 }; /* that are given back together */

struct region {
    volatile char *start;
    size_t page_bytes, page_count, next;
};

static int region_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    (void)probe, (void)bench, (void)argument;
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

static void region_teardown(void *state)
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

/* Every page has been touched, so that each is there to be given back. */
static int page_return(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                       struct tg_error *err)
{
    struct region *region = state;
    for (size_t i = 0; i < region->page_count; i++)
        region->start[i * region->page_bytes] = 1;
    sample->begin = tg_clock_begin();
    int failed = madvise((void *)region->start, region->page_bytes * region->page_count, MADV_DONTNEED);
    sample->cost_ns = tg_clock_cost_ns(&bench->clock, sample->begin, tg_clock_end());
    sample->ops = (double)region->page_count;
    return failed ? tg_error_set(err, TG_EENV, "cannot give pages back: %s", strerror(errno)) : TG_OK;
}

/* Where in a page the two places lie decides, on many processors, whether a load seems to hit a store before
 * it: it is fixed here, half a page apart. */
enum { PAGE_BYTES = 4096, APART_BYTES = 2048 };

struct copy {
    size_t size_bytes;
    char *block; /* holds both places */
    char *from, *to;
    uint64_t copies;
};

static void copy_body(void *state, uint64_t ops)
{
    const struct copy *c = state;
    for (uint64_t i = 0; i < ops; i++) {
        memcpy(c->to, c->from, c->size_bytes);
        __asm__ volatile("" ::"r"(c->to) : "memory");
    }
}

static void copy_teardown(void *state)
{
    struct copy *c = state;
    free(c->block);
    free(c);
}

static int copy_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                      void **state, struct tg_error *err)
{
    struct copy *c = calloc(1, sizeof *c);
    (void)probe;
    if (!c)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = c;
    c->size_bytes = (size_t)argument;
    size_t pages = (c->size_bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    c->block = aligned_alloc(PAGE_BYTES, (2 * pages + 1) * PAGE_BYTES);
    if (!c->block)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    c->from = c->block;
    c->to = c->block + pages * PAGE_BYTES + APART_BYTES;
    memset(c->from, 1, c->size_bytes);
    memset(c->to, 2, c->size_bytes);
    c->copies = tg_time_resolve(&bench->clock, copy_body, c);
    return TG_OK;
}

static int copy_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                       struct tg_error *err)
{
    struct copy *c = state;
    (void)err;
    sample->cost_ns = tg_time_body(&bench->clock, copy_body, c, c->copies, &sample->begin);
    sample->ops = (double)c->copies * (double)c->size_bytes;
    return TG_OK;
}

static const double copy_sizes[] = {64, 1500, 4096, 65536, 1048576};

static const struct tg_probe probes[] = {
    {.name = "page_fault",
     .what = "the first touch of a private anonymous page of the smallest size, its zeroing included",
     .setup = region_setup,
     .sample = page_fault,
     .teardown = region_teardown},
    {.name = "page_return",
     .what = "giving back a page that was touched, one of 512 in a call of madvise",
     .setup = region_setup,
     .sample = page_return,
     .teardown = region_teardown},
    {.name = "copy_byte",
     .what = "copying one byte from memory to memory, by the size of the piece, both places in the cache if "
             "they fit",
     .argument_name = "size_bytes",
     .arguments = copy_sizes,
     .argument_count = TG_COUNT(copy_sizes),
     .setup = copy_setup,
     .sample = copy_sample,
     .teardown = copy_teardown},
};

const struct tg_probe_family tg_probes_memory = {.probes = probes, .count = TG_COUNT(probes)};
