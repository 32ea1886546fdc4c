#include "tg_serving.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tg_file.h"

static const struct {
    tg_serving_start_function *start;
    tg_serving_stop_function *stop;
} kinds[TG_SERVERS] = {
    [TG_SERVER_RESPONDER] = {tg_serving_start_responder, tg_serving_stop_responder},
    [TG_SERVER_XDP] = {tg_serving_start_xdp, tg_serving_stop_xdp},
    [TG_SERVER_BIND] = {tg_serving_start_bind, tg_serving_stop_process},
    [TG_SERVER_LIGHTTPD] = {tg_serving_start_lighttpd, tg_serving_stop_process},
    [TG_SERVER_APACHE] = {tg_serving_start_apache, tg_serving_stop_process},
};

int tg_serving_start(struct tg_serving *serving, struct tg_error *err)
{
    serving->root = 0;
    serving->process = (struct tg_process){.output = -1};
    return kinds[serving->system->server].start(serving, err);
}

void tg_serving_stop(struct tg_serving *serving)
{
    kinds[serving->system->server].stop(serving);
    serving->root = 0;
}

void tg_serving_stop_process(struct tg_serving *serving)
{
    tg_process_stop(&serving->process);
}

int tg_serving_check(struct tg_serving *serving, struct tg_error *err)
{
    enum { LINE_MAX_BYTES = 300 };
    if (serving->process.pid <= 0 || tg_process_runs(&serving->process))
        return TG_OK;
    const char *said = serving->process.said.data ? serving->process.said.data : "";
    size_t length = strlen(said);
    return tg_error_set(err, TG_EENV, "%s ended by itself: %.*s", serving->system->program[0],
                        (int)(length < LINE_MAX_BYTES ? strcspn(said, "\n") : LINE_MAX_BYTES),
                        length < LINE_MAX_BYTES ? said : said + length - LINE_MAX_BYTES);
}

int tg_serving_write(const struct tg_serving *serving, const char *name, const char *text,
                     struct tg_error *err)
{
    char *path = tg_file_join(serving->folder, name);
    int rc =
        path ? tg_file_write(path, text, strlen(text), err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    /* Whatever this process's mask: some servers read it as another user. */
    if (!rc && chmod(path, 0644))
        rc = tg_error_set(err, TG_EENV, "cannot let others read '%s': %s", path, strerror(errno));
    free(path);
    return rc;
}
