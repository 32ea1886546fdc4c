/* tg_text: small help with strings. */
#ifndef TG_TEXT_H
#define TG_TEXT_H

#include <stddef.h>

/* A growing text. Zero-initialize; release with tg_text_release. If memory runs out, `failed` is set and
 * further writes do nothing, so that one check at the end suffices. */
struct tg_text {
    char *data; /* always terminated once non-NULL */
    size_t length;
    size_t capacity;
    int failed;
};

void tg_text_append(struct tg_text *text, const char *data, size_t length);
void tg_text_printf(struct tg_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_text_release(struct tg_text *text);

/* The edit distance between two words (Damerau, restricted: insert, delete, replace, swap neighbours). */
size_t tg_text_distance(const char *a, const char *b);

/* The name nearest to word in a NULL-terminated list, or NULL where nothing is near enough to suggest. */
const char *tg_text_nearest(const char *word, const char *const *names);

#endif
