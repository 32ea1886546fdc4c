/* What every Check program of the project shares: a main that runs its suites in this process order and
 * returns 0 or 1, with CK_FORK honoured by Check itself. */
#ifndef TG_TEST_H
#define TG_TEST_H

#include <check.h>
#include <stdlib.h>

#include "tg_error.h"

/* Fails with the error's sentence unless rc is TG_OK. */
#define ck_assert_tg_ok(rc, err) ck_assert_msg((rc) == TG_OK, "%s", (err).text)

static inline int tg_test_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
