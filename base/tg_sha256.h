/* tg_sha256: the hash that ties a result to what it was computed from. Computed by Nettle. */
#ifndef TG_SHA256_H
#define TG_SHA256_H

#include <stddef.h>

#include "tg_error.h"

enum { TG_SHA256_HEX = 65 }; /* 64 hexadecimal digits and the terminator */

void tg_sha256_bytes(const void *data, size_t size, char hex[TG_SHA256_HEX]);

/* Hash of a file's bytes, read in pieces. */
int tg_sha256_file(const char *path, char hex[TG_SHA256_HEX], struct tg_error *err);

#endif
