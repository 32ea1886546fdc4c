#include "tg_sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static void finish(struct sha256_ctx *ctx, char hex[TG_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t raw[SHA256_DIGEST_SIZE];
    sha256_digest(ctx, sizeof raw, raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[2 * sizeof raw] = '\0';
}

void tg_sha256_bytes(const void *data, size_t size, char hex[TG_SHA256_HEX])
{
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, size, data);
    finish(&ctx, hex);
}

int tg_sha256_file(const char *path, char hex[TG_SHA256_HEX], struct tg_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tg_error_set(err, errno == ENOENT ? TG_EINPUT : TG_EENV, "cannot open '%s': %s", path,
                            strerror(errno));
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    static _Thread_local uint8_t piece[1 << 16];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0)
            sha256_update(&ctx, (size_t)got, piece);
    }
    int saved = errno;
    close(fd);
    if (got < 0)
        return tg_error_set(err, TG_EENV, "cannot read '%s': %s", path, strerror(saved));
    finish(&ctx, hex);
    return TG_OK;
}
