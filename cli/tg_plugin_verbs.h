/* What the sources of `tollgate plugin` share: its options, and one function a verb. */
#ifndef TG_PLUGIN_VERBS_H
#define TG_PLUGIN_VERBS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "tg_error.h"
#include "tg_field.h"

struct tg_plugin_options {
    char *service;
    char *interface;
    char *netns;
    struct tg_strings records;
    char *name;
    int64_t work;
    int64_t arguments;
    struct tg_strings denied;
    bool replace;
    int64_t position;
    int64_t count;
    double rate_per_s;
    int64_t samples;
    bool json;
};

/* A verb is given the operands behind its name; there are as many as its row in the table allows. */
typedef int tg_plugin_verb(const struct tg_plugin_options *options, const struct tg_strings *operands,
                           struct tg_error *err);

tg_plugin_verb tg_plugin_start, tg_plugin_stop, tg_plugin_load, tg_plugin_unload, tg_plugin_link,
    tg_plugin_unlink, tg_plugin_call, tg_plugin_list, tg_plugin_run, tg_plugin_measure;

/* Prints a document and frees it. */
int tg_plugin_print(cJSON *document, struct tg_error *err);
cJSON *tg_plugin_document(void);

#endif
