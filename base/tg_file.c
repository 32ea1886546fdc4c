#include "tg_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int out_of_memory(struct tg_error *err)
{
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_file_read(const char *path, char **data, size_t *size, struct tg_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tg_error_set(err, errno == ENOENT ? TG_EINPUT : TG_EENV, "cannot open '%s': %s", path,
                            strerror(errno));
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return tg_error_set(err, TG_EINPUT, "cannot read '%s': it is a folder", path);
    }
    size_t capacity = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096, length = 0;
    char *buffer = malloc(capacity);
    ssize_t got = buffer ? 1 : 0;
    while (buffer && got > 0) {
        if (length + 1 >= capacity) {
            char *larger = realloc(buffer, capacity * 2);
            if (!larger) {
                free(buffer);
                buffer = NULL;
                break;
            }
            buffer = larger;
            capacity *= 2;
        }
        got = read(fd, buffer + length, capacity - length - 1);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            length += (size_t)got;
    }
    int saved = errno;
    close(fd);
    if (!buffer)
        return out_of_memory(err);
    if (got < 0) {
        free(buffer);
        return tg_error_set(err, TG_EENV, "cannot read '%s': %s", path, strerror(saved));
    }
    buffer[length] = '\0';
    *data = buffer;
    if (size)
        *size = length;
    return TG_OK;
}

int tg_file_begin(struct tg_file_writer *writer, const char *path, struct tg_error *err)
{
    *writer = (struct tg_file_writer){0};
    size_t length = strlen(path);
    writer->path = strdup(path);
    writer->beside = malloc(length + 8);
    if (!writer->path || !writer->beside) {
        tg_file_abort(writer);
        return out_of_memory(err);
    }
    memcpy(writer->beside, path, length);
    memcpy(writer->beside + length, ".XXXXXX", 8);
    int fd = mkostemp(writer->beside, O_CLOEXEC);
    if (fd < 0) {
        int saved = errno;
        free(writer->beside);
        writer->beside = NULL;
        tg_file_abort(writer);
        return tg_error_set(err, TG_EENV, "cannot write '%s': %s", path, strerror(saved));
    }
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    writer->stream = fdopen(fd, "w");
    if (!writer->stream) {
        close(fd);
        tg_file_abort(writer);
        return out_of_memory(err);
    }
    return TG_OK;
}

int tg_file_commit(struct tg_file_writer *writer, struct tg_error *err)
{
    int bad = ferror(writer->stream);
    bad |= fflush(writer->stream) != 0;
    int saved = errno;
    bad |= fclose(writer->stream) != 0;
    writer->stream = NULL;
    if (!bad && rename(writer->beside, writer->path) != 0) {
        bad = 1;
        saved = errno;
    }
    if (bad) {
        tg_error_set(err, TG_EENV, "cannot write '%s': %s", writer->path, strerror(saved));
        tg_file_abort(writer);
        return TG_EENV;
    }
    free(writer->beside);
    writer->beside = NULL;
    tg_file_abort(writer);
    return TG_OK;
}

void tg_file_abort(struct tg_file_writer *writer)
{
    if (writer->stream)
        fclose(writer->stream);
    if (writer->beside)
        unlink(writer->beside);
    free(writer->beside);
    free(writer->path);
    *writer = (struct tg_file_writer){0};
}

int tg_file_write(const char *path, const char *data, size_t size, struct tg_error *err)
{
    struct tg_file_writer writer;
    int rc = tg_file_begin(&writer, path, err);
    if (rc)
        return rc;
    fwrite(data, 1, size, writer.stream);
    return tg_file_commit(&writer, err);
}

int tg_file_make_folder(const char *path, struct tg_error *err)
{
    char *copy = strdup(path);
    if (!copy)
        return out_of_memory(err);
    for (char *p = copy + (*copy != '\0');; p++) {
        if (*p && *p != '/')
            continue;
        char saved = *p;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            int rc = tg_error_set(err, TG_EENV, "cannot make folder '%s': %s", copy, strerror(errno));
            free(copy);
            return rc;
        }
        if (!saved)
            break;
        *p = saved;
    }
    struct stat st;
    int is_folder = stat(copy, &st) == 0 && S_ISDIR(st.st_mode);
    free(copy);
    if (!is_folder)
        return tg_error_set(err, TG_EENV, "cannot make folder '%s': a file is in the way", path);
    return TG_OK;
}

char *tg_file_join(const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    char *joined = malloc(a + b + 2);
    if (!joined)
        return NULL;
    memcpy(joined, folder, a);
    joined[a] = '/';
    memcpy(joined + a + 1, name, b + 1);
    return joined;
}

int tg_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
