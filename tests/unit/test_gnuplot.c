#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_file.h"
#include "tg_gnuplot.h"
#include "tg_test.h"

static char folder[] = "/tmp/tollgate-gnuplot-XXXXXX";

static void write_script(const char *text)
{
    char *path = tg_file_join(folder, "s.gp");
    ck_assert_int_eq(tg_file_write(path, text, strlen(text), NULL), TG_OK);
    free(path);
}

START_TEST(its_absence_is_one_sentence_that_says_how_to_install_it)
{
    struct tg_error err = {0};
    setenv("PATH", "/nowhere:/proc", 1);
    ck_assert_int_eq(tg_gnuplot_check(&err), TG_EENV);
    ck_assert_msg(strstr(err.text, "apt-get install") != NULL, "%s", err.text);
    ck_assert_int_eq(tg_gnuplot_run(folder, "s.gp", &err), TG_EENV);
}
END_TEST

START_TEST(it_draws_into_the_folder)
{
    struct tg_error err = {0};
    write_script("set terminal svg\nset output 'x.svg'\nplot x\n");
    ck_assert_tg_ok(tg_gnuplot_run(folder, "s.gp", &err), err);
    char *path = tg_file_join(folder, "x.svg");
    ck_assert(tg_file_exists(path));
    unlink(path);
    free(path);
}
END_TEST

START_TEST(a_faulty_script_is_told_in_gnuplots_words)
{
    struct tg_error err = {0};
    write_script("set terminal svg\nplto x\n");
    ck_assert_int_eq(tg_gnuplot_run(folder, "s.gp", &err), TG_EENV);
    ck_assert_msg(strstr(err.text, "line 2") != NULL, "%s", err.text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
}
END_TEST

int main(void)
{
    if (tg_gnuplot_check(NULL)) {
        puts("skipped: gnuplot is not installed");
        return 77;
    }
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    Suite *suite = suite_create("gnuplot");
    TCase *tc = tcase_create("gnuplot");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, its_absence_is_one_sentence_that_says_how_to_install_it);
    tcase_add_test(tc, it_draws_into_the_folder);
    tcase_add_test(tc, a_faulty_script_is_told_in_gnuplots_words);
    suite_add_tcase(suite, tc);
    int status = tg_test_run(suite);
    char *path = tg_file_join(folder, "s.gp");
    unlink(path);
    free(path);
    rmdir(folder);
    return status;
}
