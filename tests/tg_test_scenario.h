/* A scenario for tests, from the texts of its models: constant prices, no jitter. */
#ifndef TG_TEST_SCENARIO_H
#define TG_TEST_SCENARIO_H

#include <stdio.h>
#include <stdlib.h>

#include "tg_scenario.h"
#include "tg_test.h"

#define COST(name, law) "\"" name "\": {\"law\": " law ", \"provenance\": \"assumed\", \"source\": \"test\"}"
#define US(name, us) COST(name, "\"" us " us\"")

/* `technique` holds keys beside format, version, name and title, "" none; `keys` those of the scenario beside
 * server and techniques; both as ", "key": value, ...". */
static inline void tg_test_scenario_read(struct tg_scenario *scenario, const char *profile,
                                         const char *server, const char *technique, const char *keys)
{
    struct tg_error err;
    char *text = NULL;
    ck_assert_int_gt(asprintf(&text,
                              "{\"format\": \"tollgate scenario\", \"version\": 1, \"jitter\": false, "
                              "\"server\": {\"format\": \"tollgate server\", \"version\": 1, \"name\": "
                              "\"s\"%s}, \"techniques\": [{\"format\": \"tollgate technique\", \"version\": "
                              "1, \"name\": \"t\", \"title\": \"T\"%s}]%s}",
                              server, *technique ? technique : ", \"rules\": []", keys),
                     0);
    ck_assert_tg_ok(tg_scenario_read_printed(text, profile, "test", scenario, &err), err);
    free(text);
}

#endif
