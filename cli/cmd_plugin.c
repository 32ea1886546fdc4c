#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_plugin_verbs.h"
#include "tg_text.h"

#define AT(member) offsetof(struct tg_plugin_options, member)

static const struct tg_field fields[] = {
    {.name = "service",
     .kind = TG_STRING,
     .offset = AT(service),
     .metavar = "NAME",
     .fallback = "default",
     .help = "which service, 1 to 8 letters and digits"},
    {.name = "interface",
     .kind = TG_STRING,
     .offset = AT(interface),
     .metavar = "IF",
     .help = "start: serve on this interface; without it a pair of namespaces is made to serve in"},
    {.name = "netns",
     .kind = TG_STRING,
     .offset = AT(netns),
     .metavar = "NAME",
     .help = "start: the network namespace of that interface"},
    {.name = "record",
     .kind = TG_STRINGS,
     .offset = AT(records),
     .metavar = "NAME=ADDRESS",
     .help = "start: a name to answer for; may be repeated (default www.example.org=192.0.2.1)"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = AT(name),
     .metavar = "NAME",
     .help = "load: what to call the plugin (default: its kind)"},
    {.name = "work",
     .kind = TG_INTEGER,
     .offset = AT(work),
     .metavar = "N",
     .fallback = "100",
     .max = 8388608,
     .help = "load compute: rounds a request"},
    {.name = "arguments",
     .kind = TG_INTEGER,
     .offset = AT(arguments),
     .metavar = "N",
     .fallback = "0",
     .max = 16,
     .help = "load null-arguments: words of the request to read"},
    {.name = "deny",
     .kind = TG_STRINGS,
     .offset = AT(denied),
     .metavar = "NAME",
     .help = "load filter: a name to refuse; may be repeated"},
    {.name = "replace",
     .kind = TG_FLAG,
     .offset = AT(replace),
     .help = "load: make it a plugin that takes the place of the whole slot (freplace), where the kernel "
             "permits"},
    {.name = "position",
     .kind = TG_INTEGER,
     .offset = AT(position),
     .metavar = "N",
     .fallback = "-1",
     .min = -1,
     .max = 31,
     .help = "link: position in the slot, replacing what is there; -1 takes the first free one"},
    {.name = "count",
     .letter = 'n',
     .kind = TG_INTEGER,
     .offset = AT(count),
     .metavar = "N",
     .fallback = "1",
     .min = 1,
     .max = 1e9,
     .help = "call: how many queries"},
    {.name = "rate",
     .kind = TG_RATE,
     .offset = AT(rate_per_s),
     .metavar = "RATE",
     .fallback = "1000/s",
     .flags = TG_POSITIVE,
     .help = "call: how fast"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = AT(samples),
     .metavar = "N",
     .fallback = "1000",
     .min = 20,
     .max = 1000000,
     .help = "measure: samples of each operation, within a second each"},
    {.name = "json", .kind = TG_FLAG, .offset = AT(json), .help = "print as JSON"},
};

static const struct {
    const char *name;
    size_t least, most; /* operands */
    const char *usage;
    tg_plugin_verb *run;
} verbs[] = {
    {"start", 0, 0, "start", tg_plugin_start},
    {"stop", 0, 0, "stop", tg_plugin_stop},
    {"load", 1, 1, "load KIND", tg_plugin_load},
    {"unload", 1, 1, "unload NAME", tg_plugin_unload},
    {"link", 1, 1, "link NAME", tg_plugin_link},
    {"unlink", 1, 1, "unlink POSITION", tg_plugin_unlink},
    {"call", 0, 1, "call [DNS-NAME]", tg_plugin_call},
    {"list", 0, 0, "list", tg_plugin_list},
    {"run", 1, 9, "run EXPRESSION [ARGUMENT]...", tg_plugin_run},
    {"measure", 0, 0, "measure", tg_plugin_measure},
};

cJSON *tg_plugin_document(void)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    return document;
}

int tg_plugin_print(cJSON *document, struct tg_error *err)
{
    char *text = document ? tg_json_print(document) : NULL;
    if (text)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return text ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int unknown_verb(const char *name, struct tg_error *err)
{
    const char *names[TG_COUNT(verbs) + 1] = {NULL};
    for (size_t i = 0; i < TG_COUNT(verbs); i++)
        names[i] = verbs[i].name;
    const char *near = tg_text_nearest(name, names);
    if (near)
        return tg_error_set(err, TG_EUSAGE, "plugin: there is no '%s'; did you mean '%s'?", name, near);
    return tg_error_set(err, TG_EUSAGE,
                        "plugin: there is no '%s'; 'tollgate plugin --help' tells what there is", name);
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct tg_plugin_options *options = opaque;
    if (!operands->count)
        return tg_error_set(err, TG_EUSAGE, "plugin: what to do is missing; 'tollgate plugin --help' tells");
    for (size_t i = 0; i < TG_COUNT(verbs); i++) {
        const struct tg_strings rest = {operands->items + 1, operands->count - 1};
        if (strcmp(verbs[i].name, operands->items[0]) != 0)
            continue;
        if (rest.count < verbs[i].least || rest.count > verbs[i].most)
            return tg_error_set(err, TG_EUSAGE, "plugin: usage: tollgate plugin %s", verbs[i].usage);
        return verbs[i].run(options, &rest, err);
    }
    return unknown_verb(operands->items[0], err);
}

const struct tg_command tg_command_plugin = {
    .name = "plugin",
    .summary = "drive the kernel-plugin prototype by hand, and time it",
    .operands = "start | load | link | call | unlink | unload | list | stop | run | measure ...",
    .help =
        "A DNS service inside the kernel, and plugins for it:\n"
        "  start             start the service on --interface, or in a pair of network namespaces of its "
        "own\n"
        "  load KIND         verify and compile a plugin: null, null-arguments, counter, filter, compute, "
        "the\n"
        "                    misbehaving out-of-bounds, unbounded-loop, forbidden-helper, wild-pointer "
        "(which\n"
        "                    the kernel refuses: exit status 1), or an eBPF object file of your own\n"
        "  link NAME         put it into the service's slot, where it is called once per request\n"
        "  call [DNS-NAME]   ask the service, through the pair's wire if it has one, and check every answer\n"
        "  unlink POSITION   take a plugin out of the slot (a plugin's name takes it out wherever it is)\n"
        "  unload NAME       forget it\n"
        "  list              services, what they did, and their plugins\n"
        "  stop              remove the service, its plugins and its namespaces\n\n"
        "A plugin in segments of its own, in this process:\n"
        "  run EXPRESSION [ARGUMENT]...   generate code, link, call, unlink; a plugin that leaves its "
        "segments\n"
        "                    is killed (exit status 1)\n\n"
        "Both:\n"
        "  measure           time call, callback, code generation, link and unlink beside the figures of "
        "the\n"
        "                    study the prototype follows\n\n"
        "The kernel half needs root. docs/plugin.md tells the whole story.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct tg_plugin_options),
    .run = run,
};
