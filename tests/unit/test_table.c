#include <stdio.h>
#include <string.h>

#include "tg_table.h"
#include "tg_test.h"

static char *printed(struct tg_table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(tg_table_print(table, stream, NULL), TG_OK);
    fclose(stream);
    tg_table_release(table);
    return text;
}

START_TEST(columns_line_up_whatever_the_alphabet)
{
    struct tg_table table;
    tg_table_begin(&table, "lrl");
    static const char *const cells[] = {"name", "value", "note", "café", "7", "", "a\tb", "12345678", "µs"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        tg_table_cell(&table, "%s", cells[i]);
    char *text = printed(&table);
    ck_assert_str_eq(text, "name     value  note\n"
                           "----  --------  ----\n"
                           "café         7\n"
                           "a b   12345678  µs\n");
    free(text);
}
END_TEST

START_TEST(a_heading_alone_is_a_table)
{
    struct tg_table table;
    tg_table_begin(&table, "l");
    tg_table_cell(&table, "none");
    char *text = printed(&table);
    ck_assert_str_eq(text, "none\n----\n");
    free(text);
}
END_TEST

START_TEST(a_table_grows)
{
    enum { ROWS = 500 };
    struct tg_table table;
    tg_table_begin(&table, "rr");
    for (int i = 0; i < 2 * ROWS; i++)
        tg_table_cell(&table, "%d", i);
    char *text = printed(&table);
    int lines = 0;
    for (char *p = text; *p; p++)
        lines += *p == '\n';
    ck_assert_int_eq(lines, ROWS + 1);
    ck_assert_ptr_nonnull(strstr(text, "998  999\n"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tc = tcase_create("table");
    tcase_add_test(tc, columns_line_up_whatever_the_alphabet);
    tcase_add_test(tc, a_heading_alone_is_a_table);
    tcase_add_test(tc, a_table_grows);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
