/* tg_json: reading JSON over cJSON, with faults named by place.
 *
 * Syntax errors are named by line and column; errors of meaning by key path ("server.queue.limit"). Keys
 * that no table knows are refused, with the nearest known name, as are keys given twice. A number or quantity
 * may be an uncertain one (tg_uncertain): then its "value" is taken, by a whole number the nearest one.
 */
#ifndef TG_JSON_H
#define TG_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "tg_error.h"
#include "tg_field.h"

enum { TG_PATH_MAX = 256 }; /* longest key path in a message; longer ones are cut */

/* Reads a document from a file or from text; the caller frees it with cJSON_Delete. `name` is what messages
 * call the text. A document must be an object. */
int tg_json_read_file(const char *path, cJSON **document, struct tg_error *err);
int tg_json_read_text(const char *text, const char *name, cJSON **document, struct tg_error *err);

/* Fills a struct from an object by its table: fallbacks first, then the keys given. `path` is the key path
 * of the object itself, "" at the top. On failure the strings already set are released. The key "comment"
 * is allowed in every object and ignored. */
int tg_json_read_object(const cJSON *object, const char *path, const struct tg_field *fields, size_t count,
                        void *out, struct tg_error *err);

/* Sets one member from one JSON value; `path` names the value. */
int tg_json_read_value(const cJSON *value, const char *path, const struct tg_field *field, void *out,
                       struct tg_error *err);

/* Appends a key to a path: "a" + "b" -> "a.b". Returns buf. */
char *tg_json_path(char buf[TG_PATH_MAX], const char *path, const char *key);

/* Prints a document as text, malloc'd, numbers at round-trip precision; NULL when memory ran out. */
char *tg_json_print(const cJSON *document);

/* Adds a number, or null where it is not finite: JSON has neither NaN nor infinity. */
void tg_json_add_number(cJSON *object, const char *key, double value);

#endif
