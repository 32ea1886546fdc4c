#include <stdio.h>

#include "tg_guest.h"
#include "tg_test.h"

START_TEST(every_guest_takes_its_turns)
{
    static const enum tg_guest_operation operations[] = {TG_GUEST_NOTHING, TG_GUEST_CPUID, TG_GUEST_LOOP};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        struct tg_guest guest;
        struct tg_error err = {0};
        ck_assert_tg_ok(tg_guest_open(&guest, operations[i], 10, &err), err);
        for (int turn = 0; turn < 100; turn++)
            ck_assert_int_eq(tg_guest_run(&guest), 0);
        tg_guest_close(&guest);
        tg_guest_close(&guest);
    }
}
END_TEST

int main(void)
{
    char reason[256];
    struct tg_guest guest;
    struct tg_error err = {0};
    if (!tg_guest_available(reason, sizeof reason)) {
        printf("skipped: %s\n", reason);
        return 77;
    }
    if (tg_guest_open(&guest, TG_GUEST_NOTHING, 0, &err)) {
        printf("skipped: %s\n", err.text);
        return 77;
    }
    tg_guest_close(&guest);
    Suite *suite = suite_create("guest");
    TCase *tc = tcase_create("guest");
    tcase_add_test(tc, every_guest_takes_its_turns);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
