#include "tg_workers.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS_MAX = 256 };

struct shared {
    const struct tg_workers *workers;
    pthread_mutex_t lock;
    size_t next, count;
    int rc;
    struct tg_error err;
};

struct seat {
    struct shared *shared;
    unsigned worker;
};

static bool take(struct shared *s, size_t *index)
{
    const struct tg_workers *w = s->workers;
    pthread_mutex_lock(&s->lock);
    if (!s->rc && s->next < s->count && w->interrupted && w->interrupted(w->interrupted_context))
        s->rc = tg_error_set(&s->err, TG_EINTERRUPTED, "interrupted");
    bool more = !s->rc && s->next < s->count;
    if (more)
        *index = s->next++;
    pthread_mutex_unlock(&s->lock);
    return more;
}

static void *work(void *argument)
{
    struct seat *seat = argument;
    struct shared *s = seat->shared;
    size_t index;
    while (take(s, &index)) {
        struct tg_error err = {0};
        int rc = s->workers->job(s->workers->context, seat->worker, index, &err);
        if (!rc)
            continue;
        pthread_mutex_lock(&s->lock);
        if (!s->rc) {
            s->rc = rc;
            s->err = err;
        }
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

int tg_workers_run(const struct tg_workers *workers, size_t count, struct tg_error *err)
{
    struct shared shared = {.workers = workers, .lock = PTHREAD_MUTEX_INITIALIZER, .count = count};
    struct seat seats[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    unsigned wanted = workers->threads < THREADS_MAX ? workers->threads : THREADS_MAX, started = 1;
    for (; started < wanted; started++) {
        seats[started] = (struct seat){&shared, started};
        /* Fewer threads than wanted are enough: the results are the same. */
        if (pthread_create(&threads[started], NULL, work, &seats[started]) != 0)
            break;
    }
    seats[0] = (struct seat){&shared, 0};
    work(&seats[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&shared.lock);
    if (shared.rc && err)
        *err = shared.err;
    return shared.rc;
}

unsigned tg_workers_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}
