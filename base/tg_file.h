/* tg_file: whole files, read and written so that nothing a user has is lost.
 *
 * Writing goes beside the target ("path.XXXXXX") and is renamed over it when complete; a failure leaves
 * the old file as it was and nothing half-written behind. Every error names the path and the cause.
 */
#ifndef TG_FILE_H
#define TG_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "tg_error.h"

/* Reads a whole file; *data is malloc'd, terminated with a zero byte not counted in *size. */
int tg_file_read(const char *path, char **data, size_t *size, struct tg_error *err);

/* An output under way. */
struct tg_file_writer {
    FILE *stream; /* write here; stream errors are found at commit */
    char *path;
    char *beside;
};

int tg_file_begin(struct tg_file_writer *writer, const char *path, struct tg_error *err);
int tg_file_commit(struct tg_file_writer *writer, struct tg_error *err);
/* Abandons the output; harmless after commit or on a zeroed writer. */
void tg_file_abort(struct tg_file_writer *writer);

/* Writes size bytes to path, beside and renamed. */
int tg_file_write(const char *path, const char *data, size_t size, struct tg_error *err);

/* Makes a folder and its parents; an existing folder is no error. */
int tg_file_make_folder(const char *path, struct tg_error *err);

/* "a" + "b" -> "a/b", malloc'd; NULL when memory ran out. */
char *tg_file_join(const char *folder, const char *name);

int tg_file_exists(const char *path);

#endif
