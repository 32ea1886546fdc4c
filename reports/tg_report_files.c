#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tg_figure.h"
#include "tg_file.h"
#include "tg_gnuplot.h"
#include "tg_page.h"
#include "tg_report.h"
#include "tg_report_internal.h"
#include "tg_text.h"

/* A report under way: its files are made in a work folder inside the target, and moved when all are there. */
struct job {
    const struct tg_run *run;
    const char *folder;
    char *work;
    bool made_folder;
    struct tg_strings names; /* of the files to keep, in order */
    struct tg_error *err;
};

static int out_of_memory(struct tg_error *err)
{
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int open_job(struct job *job)
{
    job->made_folder = !tg_file_exists(job->folder);
    int rc = tg_file_make_folder(job->folder, job->err);
    if (rc)
        return rc;
    job->work = tg_file_join(job->folder, ".report-XXXXXX");
    if (!job->work)
        return out_of_memory(job->err);
    if (!mkdtemp(job->work)) {
        rc = tg_error_set(job->err, TG_EENV, "cannot write into '%s': %s", job->folder, strerror(errno));
        free(job->work);
        job->work = NULL;
    }
    return rc;
}

/* With whatever is still in it, gnuplot's unfinished files too. */
static void remove_work(const char *work)
{
    DIR *directory = opendir(work);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char *path = tg_file_join(work, entry->d_name);
        if (path && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(path);
        free(path);
    }
    if (directory)
        closedir(directory);
    rmdir(work);
}

static void close_job(struct job *job, int rc)
{
    if (job->work)
        remove_work(job->work);
    if (rc && job->made_folder)
        rmdir(job->folder);
    free(job->work);
    tg_strings_release(&job->names);
}

/* Makes one file in the work folder by a function that prints it. */
static int make_file(struct job *job, const char *name,
                     int (*print)(const struct job *, const void *, FILE *), const void *what)
{
    struct tg_file_writer writer;
    if (tg_strings_add(&job->names, name))
        return out_of_memory(job->err);
    char *path = tg_file_join(job->work, name);
    if (!path)
        return out_of_memory(job->err);
    int rc = tg_file_begin(&writer, path, job->err);
    free(path);
    if (rc)
        return rc;
    rc = print(job, what, writer.stream);
    if (!rc)
        return tg_file_commit(&writer, job->err);
    tg_file_abort(&writer);
    return rc;
}

static int print_script(const struct job *job, const void *figure, FILE *stream)
{
    tg_figure_write(figure, job->run, stream);
    return TG_OK;
}

static int print_text(const struct job *job, const void *unused, FILE *stream)
{
    (void)unused;
    return tg_report_print_text(job->run, stream, job->err);
}

static int print_page(const struct job *job, const void *unused, FILE *stream)
{
    (void)unused;
    return tg_page_write(job->run, job->work, stream, job->err);
}

/* gnuplot may end well and still have drawn nothing. */
static int expect_drawing(struct job *job, const char *name)
{
    struct stat st;
    char *path = tg_file_join(job->work, name);
    if (!path || tg_strings_add(&job->names, name)) {
        free(path);
        return out_of_memory(job->err);
    }
    bool drawn = stat(path, &st) == 0 && st.st_size > 0;
    free(path);
    return drawn ? TG_OK : tg_error_set(job->err, TG_EENV, "gnuplot did not draw '%s'", name);
}

static int draw(struct job *job, const struct tg_figure *figure)
{
    static const char *const kinds[] = {"svg", "png"};
    char name[64];
    snprintf(name, sizeof name, "%s.gp", figure->name);
    int rc = make_file(job, name, print_script, figure);
    if (!rc)
        rc = tg_gnuplot_run(job->work, name, job->err);
    for (size_t i = 0; !rc && i < TG_COUNT(kinds); i++) {
        snprintf(name, sizeof name, "%s.%s", figure->name, kinds[i]);
        rc = expect_drawing(job, name);
    }
    return rc;
}

static int draw_all(struct job *job)
{
    int rc = TG_OK;
    for (const struct tg_figure *const *f = tg_figures; !rc && *f; f++) {
        if ((*f)->applies(job->run))
            rc = draw(job, *f);
    }
    return rc;
}

static bool is_figure_file(const char *name)
{
    return strncmp(name, "report.", strlen("report.")) != 0;
}

static int keep(struct job *job, unsigned parts, struct tg_strings *written)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < job->names.count; i++) {
        if (is_figure_file(job->names.items[i]) && !(parts & TG_REPORT_FIGURES))
            continue; /* drawn for the page only */
        char *from = tg_file_join(job->work, job->names.items[i]);
        char *to = tg_file_join(job->folder, job->names.items[i]);
        if (!from || !to)
            rc = out_of_memory(job->err);
        else if (rename(from, to) != 0)
            rc = tg_error_set(job->err, TG_EENV, "cannot write '%s': %s", to, strerror(errno));
        else if (written && tg_strings_add(written, to))
            rc = out_of_memory(job->err);
        free(from);
        free(to);
    }
    return rc;
}

/* Whether a script is one that tg_figure_write made, for whatever run. */
static bool is_own_script(const char *path, const struct tg_figure *figure)
{
    char *text = NULL;
    if (tg_file_read(path, &text, NULL, NULL))
        return false;
    size_t title = strlen(figure->title);
    bool own = strncmp(text, "# ", 2) == 0 && strncmp(text + 2, figure->title, title) == 0 &&
               strncmp(text + 2 + title, ". Run ", strlen(". Run ")) == 0;
    free(text);
    return own;
}

/* A figure of another run, left by an earlier report, would pass for one of this run. */
static int remove_stale(const struct job *job, const struct tg_figure *figure)
{
    static const char *const kinds[] = {"svg", "png", "gp"};
    char name[64];
    snprintf(name, sizeof name, "%s.gp", figure->name);
    char *path = tg_file_join(job->folder, name);
    if (!path)
        return out_of_memory(job->err);
    bool own = is_own_script(path, figure);
    free(path);
    for (size_t i = 0; own && i < TG_COUNT(kinds); i++) {
        snprintf(name, sizeof name, "%s.%s", figure->name, kinds[i]);
        path = tg_file_join(job->folder, name);
        int failed = path && unlink(path) != 0 && errno != ENOENT;
        int rc = failed ? tg_error_set(job->err, TG_EENV, "cannot remove '%s', drawn for another run: %s",
                                       path, strerror(errno))
                 : path ? TG_OK
                        : out_of_memory(job->err);
        free(path);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int remove_all_stale(const struct job *job)
{
    int rc = TG_OK;
    for (const struct tg_figure *const *f = tg_figures; !rc && *f; f++) {
        if (!(*f)->applies(job->run))
            rc = remove_stale(job, *f);
    }
    return rc;
}

static int write_parts(struct job *job, unsigned parts, struct tg_strings *written)
{
    int rc = open_job(job);
    if (!rc && parts & TG_REPORT_TEXT)
        rc = make_file(job, "report.txt", print_text, NULL);
    if (!rc && parts & (TG_REPORT_FIGURES | TG_REPORT_PAGE))
        rc = draw_all(job);
    if (!rc && parts & TG_REPORT_PAGE)
        rc = make_file(job, "report.html", print_page, NULL);
    if (!rc)
        rc = keep(job, parts, written);
    if (!rc && parts & TG_REPORT_FIGURES)
        rc = remove_all_stale(job);
    close_job(job, rc);
    return rc;
}

int tg_report_write(struct tg_store *store, int64_t run_id, const char *folder, unsigned parts,
                    struct tg_strings *written, struct tg_error *err)
{
    struct tg_run run;
    int rc = tg_run_load(store, run_id, 0, &run, err);
    if (rc)
        return rc;
    struct job job = {.run = &run, .folder = folder, .err = err};
    if (parts & (TG_REPORT_FIGURES | TG_REPORT_PAGE))
        rc = tg_gnuplot_check(err);
    if (!rc)
        rc = write_parts(&job, parts, written);
    tg_run_release(&run);
    return rc;
}
