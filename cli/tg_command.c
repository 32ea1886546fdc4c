#include "tg_command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_options.h"

extern const struct tg_command tg_command_calibrate;
extern const struct tg_command tg_command_doctor;
extern const struct tg_command tg_command_help_row;
extern const struct tg_command tg_command_import;
extern const struct tg_command tg_command_list;
extern const struct tg_command tg_command_measure;
extern const struct tg_command tg_command_plugin;
extern const struct tg_command tg_command_query;
extern const struct tg_command tg_command_report;
extern const struct tg_command tg_command_reproduce;
extern const struct tg_command tg_command_runs;
extern const struct tg_command tg_command_simulate;
extern const struct tg_command tg_command_sweep;
extern const struct tg_command tg_command_testbed;
extern const struct tg_command tg_command_validate;
extern const struct tg_command tg_command_version;

const struct tg_command *const tg_commands[] = {
    &tg_command_measure,
    &tg_command_import,
    &tg_command_plugin,
    &tg_command_calibrate,
    &tg_command_simulate,
    &tg_command_sweep,
    &tg_command_runs,
    &tg_command_query,
    &tg_command_report,
    &tg_command_reproduce,
    &tg_command_testbed,
    &tg_command_validate,
    &tg_command_list,
    &tg_command_doctor,
    &tg_command_help_row,
    &tg_command_version,
    NULL,
};

void tg_command_help(const struct tg_command *command)
{
    printf("usage: tollgate %s%s%s%s\n\n%s\n", command->name, command->option_count ? " [options]" : "",
           *command->operands ? " " : "", command->operands, command->help);
    if (command->option_count) {
        printf("\noptions:\n");
        tg_options_print(command->options, command->option_count, stdout);
    }
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

int tg_command_run(const struct tg_command *command, int argc, char **argv, struct tg_error *err)
{
    if (wants_help(argc, argv)) {
        tg_command_help(command);
        return TG_OK;
    }
    void *options = calloc(1, command->option_size ? command->option_size : 1);
    struct tg_strings operands = {0};
    if (!options)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_options_parse(command->options, command->option_count, argc - 1, argv + 1, options, &operands,
                              err);
    if (!rc && operands.count && !*command->operands)
        rc = tg_error_set(err, TG_EUSAGE, "'%s' takes no operands, but '%s' was given", command->name,
                          operands.items[0]);
    if (rc == TG_EUSAGE)
        tg_error_wrap(err, rc, "%s", command->name);
    if (!rc)
        rc = command->run(options, &operands, err);
    tg_field_release(command->options, command->option_count, options);
    tg_strings_release(&operands);
    free(options);
    return rc;
}
