/* tg_command: the commands of the tollgate program.
 *
 * One file a command, one row in the table of tg_command.c. A command parses its options by its table, calls
 * the library, prints results on stdout and talk on stderr, and returns a tg_code with the sentence in err:
 * only main prints errors.
 */
#ifndef TG_COMMAND_H
#define TG_COMMAND_H

#include <stddef.h>

#include "tg_error.h"
#include "tg_field.h"

struct tg_command {
    const char *name;
    const char *summary;  /* one line, for `tollgate help` */
    const char *operands; /* how usage shows what is not an option, or "" */
    const char *help;     /* a paragraph or two, for --help */
    const struct tg_field *options;
    size_t option_count;
    /* `options` is a zeroed struct of option_size bytes, filled by the table. */
    size_t option_size;
    int (*run)(void *options, const struct tg_strings *operands, struct tg_error *err);
};

/* The table, ended by a row without name. */
extern const struct tg_command *const tg_commands[];

/* Prints the help of one command on stdout. */
void tg_command_help(const struct tg_command *command);

/* Parses, runs, and releases. argv[0] is the command's name. */
int tg_command_run(const struct tg_command *command, int argc, char **argv, struct tg_error *err);

/* True once the user asked to stop (Ctrl-C, SIGTERM): long work finishes the piece in hand and returns
 * TG_EINTERRUPTED. */
int tg_command_interrupted(void);

#endif
