#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tg_command.h"
#include "tg_record.h"
#include "tg_text.h"

/* Written by the handler, read by every worker thread: lock-free, so that both may. */
static atomic_int interrupted;

static void on_interrupt(int number)
{
    (void)number;
    atomic_store_explicit(&interrupted, 1, memory_order_relaxed);
}

int tg_command_interrupted(void)
{
    return atomic_load_explicit(&interrupted, memory_order_relaxed);
}

static void install_handlers(void)
{
    struct sigaction stop = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
}

static const struct tg_command *find_command(const char *name, struct tg_error *err)
{
    enum { COMMANDS_MAX = 64 };
    const char *names[COMMANDS_MAX + 1];
    size_t n = 0;
    for (const struct tg_command *const *c = tg_commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
        if (n < COMMANDS_MAX)
            names[n++] = (*c)->name;
    }
    names[n] = NULL;
    const char *near = tg_text_nearest(name, names);
    if (near)
        tg_error_set(err, TG_EUSAGE, "there is no command '%s'; did you mean '%s'?", name, near);
    else
        tg_error_set(err, TG_EUSAGE, "there is no command '%s'; 'tollgate help' lists them", name);
    return NULL;
}

/* Results that did not reach their reader are a failure, except down a pipe its reader closed. */
static int flush_results(struct tg_error *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TG_OK;
    return tg_error_set(err, TG_EENV, "cannot write results: %s", strerror(errno));
}

/* The command line as a shell would take it again: words with other than plain characters are quoted. */
static void note_command_line(int argc, char **argv, struct tg_text *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    tg_text_printf(text, "tollgate");
    for (int i = 1; i < argc; i++) {
        if (*argv[i] && strspn(argv[i], plain) == strlen(argv[i])) {
            tg_text_printf(text, " %s", argv[i]);
            continue;
        }
        tg_text_printf(text, " '");
        for (const char *p = argv[i]; *p; p++)
            tg_text_printf(text, *p == '\'' ? "'\\''" : "%c", *p);
        tg_text_printf(text, "'");
    }
    tg_record_command_line = text->failed ? NULL : text->data;
}

int main(int argc, char **argv)
{
    struct tg_error err = {0};
    struct tg_text command_line = {0};
    install_handlers();
    note_command_line(argc, argv, &command_line);
    /* Failures inside GSL come back as codes, not as an abort. */
    gsl_set_error_handler_off();
    const char *name = argc > 1 ? argv[1] : "help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const struct tg_command *command = find_command(name, &err);
    int rc = command ? tg_command_run(command, argc > 1 ? argc - 1 : 1, argc > 1 ? argv + 1 : argv, &err)
                     : TG_EUSAGE;
    if (!rc)
        rc = flush_results(&err);
    if (rc && rc != TG_ECHECK)
        fprintf(stderr, "tollgate: %s\n", err.text);
    tg_text_release(&command_line);
    return tg_error_exit_status(rc);
}
