#include <stdio.h>
#include <string.h>

#include "tg_command.h"
#include "tg_text.h"

static void print_overview(void)
{
    printf("usage: tollgate COMMAND [options]\n\n"
           "Tollgate measures what isolation costs on this machine, and simulates what it costs a server.\n\n"
           "commands:\n");
    for (const struct tg_command *const *c = tg_commands; *c; c++)
        printf("  %-12s %s\n", (*c)->name, (*c)->summary);
    printf("\n'tollgate COMMAND --help' tells more.\n");
}

static int run(void *options, const struct tg_strings *operands, struct tg_error *err)
{
    (void)options;
    if (!operands->count) {
        print_overview();
        return TG_OK;
    }
    for (const struct tg_command *const *c = tg_commands; *c; c++) {
        if (strcmp((*c)->name, operands->items[0]) == 0) {
            tg_command_help(*c);
            return TG_OK;
        }
    }
    return tg_error_set(err, TG_EUSAGE, "there is no command '%s'", operands->items[0]);
}

const struct tg_command tg_command_help_row = {
    .name = "help",
    .summary = "what each command does",
    .operands = "[COMMAND]",
    .help = "Lists the commands, or tells about one.",
    .run = run,
};
