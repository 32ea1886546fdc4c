#include <stdbool.h>
#include <stdio.h>

#include "tg_command.h"
#include "tg_version.h"

struct options {
    bool json;
};

static const struct tg_field fields[] = {
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    (void)operands, (void)err;
    if (options->json)
        printf("{\"schema\": 1, \"version\": \"%s\", \"commit\": \"%s\", \"compiler\": \"%s\"}\n", TG_VERSION,
               TG_COMMIT, TG_COMPILER);
    else
        printf("tollgate %s (%s, %s)\n", TG_VERSION, TG_COMMIT, TG_COMPILER);
    return TG_OK;
}

const struct tg_command tg_command_version = {
    .name = "version",
    .summary = "version, commit and compiler of this build",
    .operands = "",
    .help = "Prints the version, the commit it was built from, and the compiler.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
