/* Runs a fuzz target without a fuzzer: on every file of the folders named, and on so many mutations of each,
 * from a fixed seed. usage: replay MUTATIONS FOLDER... */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* One to four edits: another byte, a byte that means something in text formats, a piece cut out or doubled.
 */
static size_t mutate(uint8_t *data, size_t size, size_t room, uint64_t *state)
{
    static const char telling[] = ",\n\r.-+eE019{}[]\":_ \t";
    for (uint64_t edits = 1 + next_bits(state) % 4; edits && size; edits--) {
        size_t at = next_bits(state) % size, length = 1 + next_bits(state) % 8;
        switch (next_bits(state) % 4) {
        case 0:
            data[at] = (uint8_t)next_bits(state);
            break;
        case 1:
            data[at] = (uint8_t)telling[next_bits(state) % (sizeof telling - 1)];
            break;
        case 2:
            if (length > size - at)
                length = size - at;
            memmove(data + at, data + at + length, size - at - length);
            size -= length;
            break;
        default:
            if (size + length > room || at + length > size)
                break;
            memmove(data + at + length, data + at, size - at);
            size += length;
        }
    }
    return size;
}

static int replay_file(const char *path, long mutations, uint64_t *state)
{
    struct tg_error err = {0};
    char *original;
    size_t size;
    if (tg_file_read(path, &original, &size, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    size_t room = size + 64;
    uint8_t *copy = malloc(room);
    if (!copy)
        return 1;
    LLVMFuzzerTestOneInput((const uint8_t *)original, size);
    for (long i = 0; i < mutations; i++) {
        memcpy(copy, original, size);
        LLVMFuzzerTestOneInput(copy, mutate(copy, size, room, state));
    }
    free(copy);
    free(original);
    return 0;
}

static int replay_folder(const char *folder, long mutations, int *files)
{
    struct dirent **entries;
    uint64_t state = 1;
    int n = scandir(folder, &entries, NULL, alphasort), bad = n < 0;
    for (int i = 0; i < n; i++) {
        char *path = tg_file_join(folder, entries[i]->d_name);
        if (path && entries[i]->d_name[0] != '.') {
            bad |= replay_file(path, mutations, &state);
            ++*files;
        }
        free(path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0, files = 0;
    long mutations = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc; i++)
        bad |= replay_folder(argv[i], mutations, &files);
    printf("%d files, %ld mutations each\n", files, mutations);
    return bad || !files;
}
