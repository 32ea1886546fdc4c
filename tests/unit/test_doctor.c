#include <string.h>

#include "tg_doctor.h"
#include "tg_test.h"

START_TEST(every_topic_is_examined_and_faults_carry_advice)
{
    struct tg_findings findings;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_doctor(&findings, &err), err);
    ck_assert_uint_ge(findings.count, 12);
    for (size_t i = 0; i < findings.count; i++) {
        const struct tg_finding *f = &findings.items[i];
        ck_assert_msg(*f->found, "%s", f->topic);
        ck_assert_msg(f->state == TG_FINDING_GOOD || *f->advice, "%s: %s", f->topic, f->found);
        ck_assert_int_le(f->state, tg_findings_worst(&findings));
    }
    tg_findings_release(&findings);
}
END_TEST

START_TEST(a_missing_gnuplot_is_found_and_said)
{
    struct tg_findings findings;
    struct tg_error err = {0};
    setenv("PATH", "/nonexistent", 1);
    ck_assert_tg_ok(tg_doctor(&findings, &err), err);
    ck_assert_str_eq(findings.items[0].topic, "gnuplot");
    ck_assert_int_eq(findings.items[0].state, TG_FINDING_FAIR);
    ck_assert_str_eq(findings.items[0].advice, "apt-get install gnuplot-nox");
    tg_findings_release(&findings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor");
    TCase *tc = tcase_create("doctor");
    tcase_add_test(tc, every_topic_is_examined_and_faults_carry_advice);
    tcase_add_test(tc, a_missing_gnuplot_is_found_and_said);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
