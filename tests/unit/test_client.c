/* A client whose machine cannot send all that is due: what is answered goes first, so that its capacity is
 * shared by sending and receiving however much is offered. With s and r what a request takes to send and a
 * reply to take in, and a server without limit, replies come at 1 / (s + r). */
#include "tg_test_world.h"

#define CONSTANT(name, time) \
    "\"" name "\": {\"law\": \"" time "\", \"provenance\": \"assumed\", \"source\": \"test\"}"

static const char profile[] = "{\"format\": \"tollgate profile\", \"version\": 1, \"name\": \"p\", "
                              "\"clock\": \"1 GHz\", \"costs\": {" CONSTANT("quick", "10 ns") "}}";
static const char server[] = "{\"format\": \"tollgate server\", \"version\": 1, \"name\": \"s\", "
                             "\"queue_limit\": 100000, \"request\": [{\"cost\": \"quick\"}]}";
static const char technique[] =
    "{\"format\": \"tollgate technique\", \"version\": 1, \"name\": \"t\", \"title\": \"t\", \"rules\": []}";
static const char keys[] =
    ", \"horizon\": \"110 ms\", \"warm_up\": \"10 ms\", \"workload\": {\"descriptors\": 100000, "
    "\"drain\": \"10 ms\", \"client_open\": [{\"cost\": \"sending\"}], "
    "\"client_reply\": [{\"cost\": \"taking\"}], "
    "\"costs\": {" CONSTANT("sending", "6 us") ", " CONSTANT("taking", "4 us") "}}";

static double reply_rate(struct tg_test_world *w, double offered_per_s)
{
    tg_test_world_run(w, offered_per_s, 0);
    return (double)w->result.replies_in_window / tg_s_from_ps(w->result.window_ps);
}

START_TEST(one_that_cannot_send_all_still_takes_what_is_answered)
{
    const double most_per_s = 1 / (6e-6 + 4e-6);
    struct tg_test_world w;
    tg_test_world_build(&w, profile, server, technique, keys);
    ck_assert_double_eq_tol(reply_rate(&w, 0.5 * most_per_s), 0.5 * most_per_s, 0.03 * most_per_s);
    ck_assert_double_eq_tol(reply_rate(&w, 1.2 * most_per_s), most_per_s, 0.01 * most_per_s);
    ck_assert_double_eq_tol(reply_rate(&w, 3 * most_per_s), most_per_s, 0.01 * most_per_s);
    tg_test_world_destroy(&w);
}
END_TEST

/* It waits for its turn in order, and what waits is no loss. */
START_TEST(what_is_not_sent_is_still_open)
{
    struct tg_test_world w;
    tg_test_world_build(&w, profile, server, technique, keys);
    reply_rate(&w, 2e5);
    const struct tg_result *r = &w.result;
    ck_assert_int_gt(r->still_open, 0);
    ck_assert_int_eq(r->offered, r->replied + r->still_open);
    ck_assert_int_lt(r->sent, r->offered);
    tg_test_world_destroy(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("client");
    TCase *tc = tcase_create("client");
    tcase_add_test(tc, one_that_cannot_send_all_still_takes_what_is_answered);
    tcase_add_test(tc, what_is_not_sent_is_still_open);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
