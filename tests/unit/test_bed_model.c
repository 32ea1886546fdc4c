/* Systems of the testbed as models: what they are made of, and prices that are added or follow. */
#include "tg_bed_model.h"

#include "tg_test_bed.h"

static bool has(const struct tg_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return true;
    }
    return false;
}

static const cJSON *price_of(const cJSON *profile, const char *name)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(profile, "costs"), name);
}

static double number(const cJSON *price, const char *key)
{
    const cJSON *value = cJSON_GetObjectItem(price, key);
    ck_assert_msg(cJSON_IsNumber(value), "no number '%s'", key);
    return value->valuedouble;
}

START_TEST(every_system_is_made_of_its_servers_its_loads_and_its_crossings_primitives)
{
    for (const struct tg_bed_system *s = tg_bed_systems; s->name; s++) {
        struct tg_strings names = {0};
        struct tg_error err = {0};
        const struct tg_crossing_kind *kind = tg_crossing_find(s->crossing ? s->crossing : "");
        ck_assert_tg_ok(tg_bed_model_primitives(s, &names, &err), err);
        ck_assert_msg(has(&names, "wakeup_remote"), "%s never wakes", s->name);
        for (int i = 0; kind && i < TG_CROSSING_PARTS && kind->made_of[i].primitive; i++)
            ck_assert_msg(has(&names, kind->made_of[i].primitive), "%s lacks its crossing", s->name);
        ck_assert_int_eq(has(&names, "plugin_call"), s->server == TG_SERVER_XDP && s->crossing);
        ck_assert_int_eq(has(&names, "plugin_round"), s->work > 0);
        ck_assert_int_eq(has(&names, "udp_reply_container_remote"), s->path == TG_BED_CONTAINER);
        ck_assert_int_eq(has(&names, "udp_deliver_container_remote"), s->path == TG_BED_CONTAINER);
        ck_assert_int_eq(has(&names, "xdp_answer"), s->server == TG_SERVER_XDP);
        ck_assert_int_eq(has(&names, "xdp_answer_dropped"), s->server == TG_SERVER_XDP);
        ck_assert(!has(&names, "container_reply") && !has(&names, "container_request"));
        ck_assert(!has(&names, "xdp_deliver"));
        for (size_t i = 0; i < names.count; i++)
            for (size_t k = 0; k < i; k++)
                ck_assert_str_ne(names.items[i], names.items[k]);
        tg_strings_release(&names);
    }
}
END_TEST

START_TEST(a_price_replaces_one_of_its_name)
{
    cJSON *profile = test_profile(0);
    const int before = cJSON_GetArraySize(cJSON_GetObjectItem(profile, "costs"));
    test_add_price(profile, "syscall", 123.5, 120, 130);
    test_add_price(profile, "bind_request", 6500, 6400, 6600);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(profile, "costs")), before + 1);
    ck_assert_double_eq(number(price_of(profile, "syscall"), "mean_ns"), 123.5);
    ck_assert_double_eq(number(price_of(profile, "bind_request"), "high_ns"), 6600);
    cJSON_Delete(profile);
    struct tg_error err = {0};
    cJSON *empty = cJSON_CreateObject();
    const struct tg_bed_price price = {.name = "x", .provenance = "assumed", .source = "test"};
    ck_assert_int_eq(tg_bed_model_add_price(empty, &price, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "'costs'") != NULL, "%s", err.text);
    cJSON_Delete(empty);
}
END_TEST

/* 9,000 less 5,000; their intervals' widths, 600 and 800, together make 1,000. */
START_TEST(a_containers_reply_is_the_difference_of_two_prices)
{
    struct tg_error err = {0};
    cJSON *profile = test_profile(0);
    test_drop_price(profile, "udp_deliver_remote");
    ck_assert_tg_ok(tg_bed_model_derive(profile, &err), err);
    ck_assert_ptr_null(price_of(profile, "container_reply"));
    test_add_price(profile, "udp_reply_container_remote", 9000, 8700, 9300);
    test_add_price(profile, "udp_deliver_remote", 5000, 4600, 5400);
    ck_assert_tg_ok(tg_bed_model_derive(profile, &err), err);
    const cJSON *price = price_of(profile, "container_reply");
    ck_assert_double_eq_tol(number(price, "mean_ns"), 4000, 1e-9);
    ck_assert_double_eq_tol(number(price, "low_ns"), 3500, 1e-9);
    ck_assert_double_eq_tol(number(price, "high_ns"), 4500, 1e-9);
    /* A container that is faster than none is noise, and no price. */
    test_drop_price(profile, "container_reply");
    test_add_price(profile, "udp_reply_container_remote", 4000, 3700, 4300);
    ck_assert_tg_ok(tg_bed_model_derive(profile, &err), err);
    ck_assert_ptr_null(price_of(profile, "container_reply"));
    cJSON_Delete(profile);
}
END_TEST

/* 1,800 less 850, +- 50 (30 and 40 together). What the service takes with it and without the delivery is what
 * it takes in all. */
START_TEST(delivering_a_reply_is_the_difference_of_two_prices)
{
    struct tg_error err = {0};
    cJSON *profile = test_profile(0);
    test_add_price(profile, "xdp_answer", 1800, 1770, 1830);
    test_drop_price(profile, "xdp_answer_dropped");
    ck_assert_tg_ok(tg_bed_model_derive(profile, &err), err);
    ck_assert_ptr_null(price_of(profile, "xdp_deliver"));
    test_add_price(profile, "xdp_answer_dropped", 850, 810, 890);
    ck_assert_tg_ok(tg_bed_model_derive(profile, &err), err);
    const cJSON *price = price_of(profile, "xdp_deliver");
    ck_assert_double_eq_tol(number(price, "mean_ns"), 950, 1e-9);
    ck_assert_double_eq_tol(number(price, "low_ns"), 900, 1e-9);
    ck_assert_double_eq_tol(number(price, "high_ns"), 1000, 1e-9);
    ck_assert_str_eq(cJSON_GetObjectItem(price, "source")->valuestring, "xdp_answer less xdp_answer_dropped");
    cJSON_Delete(profile);
}
END_TEST

START_TEST(ranges_are_the_intervals_of_the_means)
{
    struct tg_error err = {0};
    cJSON *profile = test_profile(0.1);
    cJSON *own = cJSON_GetObjectItem(cJSON_GetObjectItem(profile, "costs"), "signal");
    cJSON_AddNumberToObject(own, "range_low_ns", 1);
    cJSON_AddNumberToObject(own, "range_high_ns", 2);
    cJSON *unknown = cJSON_GetObjectItem(cJSON_GetObjectItem(profile, "costs"), "vm_exit");
    cJSON_DeleteItemFromObject(unknown, "low_ns");
    ck_assert_tg_ok(tg_bed_model_open_ranges(profile, &err), err);
    ck_assert_double_eq_tol(number(price_of(profile, "syscall"), "range_low_ns"), 180, 1e-9);
    ck_assert_double_eq_tol(number(price_of(profile, "syscall"), "range_high_ns"), 220, 1e-9);
    ck_assert_double_eq(number(price_of(profile, "signal"), "range_high_ns"), 2);
    ck_assert(!cJSON_HasObjectItem(unknown, "range_low_ns"));
    cJSON_Delete(profile);
}
END_TEST

START_TEST(a_system_runs_at_a_rate)
{
    cJSON *profile = test_profile(0);
    char *text = tg_json_print(profile);
    const struct tg_bed_model_setup setup = {.system = tg_bed_system_find("udp-vm_exit-5"),
                                             .profile = text,
                                             .window_s = 0.1,
                                             .warmup_s = 0.02,
                                             .seed = 1};
    struct tg_rig rig;
    struct tg_sight sight;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_bed_model_open(&setup, &rig, &err), err);
    /* At a fifth of what can be answered all is, with a wake-up each or none. */
    const double ns = test_request_ns(setup.system), wakeup_ns = test_price_ns("wakeup_remote");
    ck_assert_tg_ok(tg_rig_run(&rig, 0.2e9 / ns, 0, NULL, &sight, &err), err);
    ck_assert_double_eq(sight.replied_ratio, 1);
    double busy = sight.metrics[TG_METRIC_UTILIZATION], rate = sight.metrics[TG_METRIC_REPLY_PER_S];
    ck_assert_double_ge(busy, rate * ns * 1e-9 * 0.99);
    ck_assert_double_le(busy, rate * (ns + wakeup_ns) * 1e-9 * 1.01);
    tg_rig_close(&rig);
    free(text);
    cJSON_Delete(profile);
}
END_TEST

START_TEST(a_missing_price_is_named)
{
    cJSON *profile = test_profile(0);
    test_drop_price(profile, "vm_exit");
    char *text = tg_json_print(profile);
    const struct tg_bed_model_setup setup = {
        .system = tg_bed_system_find("udp-vm_exit-1"), .profile = text, .window_s = 0.1, .seed = 1};
    struct tg_rig rig;
    struct tg_error err = {0};
    ck_assert_int_eq(tg_bed_model_open(&setup, &rig, &err), TG_EINPUT);
    ck_assert_msg(strstr(err.text, "'vm_exit'") != NULL, "%s", err.text);
    tg_rig_close(&rig);
    free(text);
    cJSON_Delete(profile);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bed_model");
    TCase *tc = tcase_create("bed_model");
    tcase_add_test(tc, every_system_is_made_of_its_servers_its_loads_and_its_crossings_primitives);
    tcase_add_test(tc, a_price_replaces_one_of_its_name);
    tcase_add_test(tc, a_containers_reply_is_the_difference_of_two_prices);
    tcase_add_test(tc, delivering_a_reply_is_the_difference_of_two_prices);
    tcase_add_test(tc, ranges_are_the_intervals_of_the_means);
    tcase_add_test(tc, a_system_runs_at_a_rate);
    tcase_add_test(tc, a_missing_price_is_named);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
