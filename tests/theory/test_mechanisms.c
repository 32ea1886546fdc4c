/* What the two studies saw comes about by mechanisms: switch one off, and what it causes goes. The machines,
 * servers and techniques are those of models/; what is compared is one replication with another under common
 * random numbers, and the distances asked for are those of the phenomena, many times what chance makes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_test.h"
#include "tg_world.h"

static struct tg_error err;

struct bed {
    struct tg_scenario scenario;
    struct tg_server server;
    struct tg_path path;
    struct tg_world *world;
    struct tg_result result;
    double work_ns; /* Apache's own, in place of the model's; 0: the model's */
};

static void set_work(struct bed *b)
{
    for (size_t i = 0; i < b->server.costs.count; i++) {
        struct tg_price *price = &b->server.costs.items[i];
        if (strcmp(price->primitive, "apache_work") == 0) {
            tg_dist_release(&price->law);
            tg_dist_init_constant(&price->law, b->work_ns);
        }
    }
}

static void read_scenario(struct bed *b, const char *text)
{
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    ck_assert_tg_ok(tg_scenario_read_json(json, "test", NULL, &b->scenario, &err), err);
    cJSON_Delete(json);
}

static void build(struct bed *b)
{
    const struct tg_technique *technique = &b->scenario.techniques[0];
    ck_assert_tg_ok(tg_server_copy(&b->server, &b->scenario.server, &err), err);
    ck_assert_tg_ok(tg_technique_apply(technique, &b->server, &err), err);
    if (b->work_ns > 0)
        set_work(b);
    ck_assert_tg_ok(tg_path_build(&b->path, &b->scenario, technique, &b->server, &err), err);
    ck_assert_tg_ok(tg_world_new(&b->scenario, &b->path, &b->world, &err), err);
    ck_assert_tg_ok(tg_result_init(&b->result, &err), err);
}

static void release(struct bed *b)
{
    tg_world_free(b->world);
    tg_result_release(&b->result);
    tg_server_release(&b->server);
    tg_scenario_release(&b->scenario);
}

static const struct tg_result *run(struct bed *b, double rate)
{
    ck_assert_tg_ok(tg_world_run(b->world, rate, 0, NULL, &b->result, &err), err);
    return &b->result;
}

static double mean_ps(const struct tg_result *r)
{
    return tg_hist_mean(&r->latency);
}

#define HEAD "{\"format\": \"tollgate scenario\", \"version\": 1, \"seed\": 3, "

/* Apache in a paravirtual guest, made as slow as the study saw it: some 4,300 requests/s. */
static void build_apache(struct bed *b, const char *keys)
{
    char text[2048];
    snprintf(
        text, sizeof text,
        HEAD
        "\"profile\": \"r710\", \"client\": \"r710\", \"server\": \"apache-2.4\", \"techniques\": "
        "[\"xen-pv\"], \"workload\": {\"use\": \"httperf\", \"drain\": \"60 s\"}, \"horizon\": \"10 s\", "
        "\"warm_up\": \"0 s\"%s}",
        keys);
    read_scenario(b, text);
    b->work_ns = 140e3;
    build(b);
}

/* A test of 10 s at 5,000/s, beyond saturation. */
struct overload {
    double idle_ps, latency_ps, reply_per_s, sampled_per_s;
    int64_t drops;
};

static struct overload overload(const char *keys)
{
    struct bed b = {0};
    struct overload o;
    build_apache(&b, keys);
    o.idle_ps = mean_ps(run(&b, 1000));
    const struct tg_result *r = run(&b, 5000);
    o.latency_ps = mean_ps(r);
    o.reply_per_s = (double)r->replies_in_window / 10;
    o.sampled_per_s = r->reply_sampled_per_s;
    o.drops = r->dropped[TG_LOSS_ACCEPT_QUEUE];
    release(&b);
    return o;
}

/* O4b. The accept queue is full, SYNs are dropped and come again after seconds, when the load is gone. */
START_TEST(overload_collapses_by_dropped_syns)
{
    struct overload as_it_is = overload("");
    ck_assert_int_gt(as_it_is.drops, 1000);
    ck_assert_double_gt(as_it_is.latency_ps, 100 * as_it_is.idle_ps);
    ck_assert_double_lt(as_it_is.sampled_per_s, 0.7 * as_it_is.reply_per_s);
    /* Without a limit nothing is dropped: all wait, in one long queue, and the test ends when it is empty. */
    struct overload unlimited = overload(", \"tcp\": {\"accept_queue\": 1000000, \"syn_queue\": 1000000}");
    ck_assert_int_eq(unlimited.drops, 0);
    ck_assert_double_gt(unlimited.sampled_per_s, 0.85 * unlimited.reply_per_s);
    ck_assert_double_gt(unlimited.latency_ps, 100 * unlimited.idle_ps);
    /* Without retransmission what is dropped is gone, and no one waits for it. */
    struct overload no_retries = overload(", \"tcp\": {\"syn_retries\": []}");
    ck_assert_int_gt(no_retries.drops, 1000);
    ck_assert_double_gt(no_retries.sampled_per_s, 0.85 * no_retries.reply_per_s);
    ck_assert_double_lt(no_retries.latency_ps, 0.5 * as_it_is.latency_ps);
}
END_TEST

/* O4b, the other half: with an interrupt for every packet, and soft interrupts that never give way, a flood
 * takes the server's time; with polling that gives way it keeps a share. */
START_TEST(a_flood_takes_all_where_soft_interrupts_never_give_way)
{
    static const char *const adapters[] = {"each", "polled"};
    double replies[2];
    for (int i = 0; i < 2; i++) {
        struct bed b = {0};
        char text[1024];
        snprintf(
            text, sizeof text,
            HEAD
            "\"profile\": \"r710\", \"server\": \"apache-2.4\", \"techniques\": [\"process\"], \"workload\": "
            "{\"gaps\": \"deterministic\", \"descriptors\": 20000, \"drain\": \"0 s\"}, \"adapter\": "
            "{\"interrupts\": \"%s\"}, \"tcp\": {\"syn_retries\": []}, \"horizon\": \"1 s\", \"warm_up\": "
            "\"0 "
            "s\"}",
            adapters[i]);
        read_scenario(&b, text);
        build(&b);
        replies[i] = (double)run(&b, 1000000)->replies_in_window;
        release(&b);
    }
    ck_assert_double_lt(replies[0], 0.5 * replies[1]);
}
END_TEST

/* lighttpd on the unikernel, from 4,000 to 6,500/s, each rate a test of 10 s: requests that found no port,
 * and the mean latency of the last rate against the first. */
struct ports {
    int64_t none;
    double rise;
};

static struct ports ports(const char *workload, const char *keys)
{
    struct bed b = {0};
    struct ports p = {0};
    struct tg_carry *carry;
    char text[2048];
    double first_ps = 0;
    snprintf(text, sizeof text,
             HEAD
             "\"profile\": \"r710\", \"client\": \"r710\", \"server\": \"lighttpd\", \"techniques\": "
             "[\"osv-kvm\"], \"workload\": {\"use\": \"httperf\"%s}, \"horizon\": \"10 s\", \"warm_up\": \"0 "
             "s\"%s}",
             workload, keys);
    read_scenario(&b, text);
    build(&b);
    ck_assert_tg_ok(tg_carry_new(&b.scenario, &b.path, &carry, &err), err);
    for (double rate = 4000; rate <= 6500; rate += 500) {
        ck_assert_tg_ok(tg_world_run(b.world, rate, 0, carry, &b.result, &err), err);
        p.none += b.result.lost[TG_LOSS_PORTS];
        p.rise = mean_ps(&b.result);
        first_ps = rate == 4000 ? p.rise : first_ps;
    }
    p.rise /= first_ps;
    tg_carry_free(carry);
    release(&b);
    return p;
}

/* O4d. The client runs out of ports, not the server of capacity. */
START_TEST(latency_rises_when_the_client_runs_out_of_ports)
{
    struct ports as_it_is = ports("", "");
    ck_assert_int_gt(as_it_is.none, 1000);
    ck_assert_double_gt(as_it_is.rise, 2);
    struct ports short_wait = ports("", ", \"tcp\": {\"time_wait\": \"6 s\"}");
    ck_assert_int_eq(short_wait.none, 0);
    ck_assert_double_lt(short_wait.rise, 1.5);
    struct ports ten_addresses = ports(", \"addresses\": 10", "");
    ck_assert_int_eq(ten_addresses.none, 0);
    ck_assert_double_lt(ten_addresses.rise, 1.5);
}
END_TEST

/* O5c. */
START_TEST(the_unikernel_runs_out_of_memory_by_closed_connections)
{
    static const char *const limits[] = {"128 MB", "256 MB"};
    for (int i = 0; i < 2; i++) {
        struct bed b = {0};
        char text[2048];
        snprintf(text, sizeof text,
                 HEAD
                 "\"profile\": \"r710\", \"client\": \"r710\", \"server\": \"lighttpd\", \"techniques\": "
                 "[\"osv-kvm\"], \"workload\": {\"use\": \"httperf\"}, \"memory\": {\"limit\": \"%s\"}, "
                 "\"horizon\": \"10 s\", \"warm_up\": \"0 s\"}",
                 limits[i]);
        read_scenario(&b, text);
        build(&b);
        const struct tg_result *r = run(&b, 4000);
        if (i == 0)
            ck_assert_int_gt(r->crashed_ps, 0);
        else
            ck_assert_int_lt(r->crashed_ps, 0);
        release(&b);
    }
}
END_TEST

/* The web server inside the Pentium III's kernel. */
static void build_khttpd(struct bed *b, const char *technique, bool jitter)
{
    char text[2048];
    snprintf(
        text, sizeof text,
        HEAD
        "\"profile\": \"pentium3-866\", \"client\": \"pentium4-2200\", \"server\": \"khttpd\", "
        "\"techniques\": [\"%s\"], \"workload\": {\"use\": \"httperf\", \"reply_size\": \"3 kB\", \"drain\": "
        "\"0 s\"}, \"jitter\": %s, "
        "\"horizon\": \"4 s\", \"warm_up\": \"200 ms\"}",
        technique, jitter ? "true" : "false");
    read_scenario(b, text);
}

/* P7. Both estimators of what a plugin adds: the difference of the means, and of the means of the fastest
 * tenth. Without jitter they agree. */
START_TEST(without_jitter_both_estimators_agree)
{
    double means[2], fastest[2];
    static const char *const techniques[] = {"process", "kernel-plugin-segments"};
    for (int i = 0; i < 2; i++) {
        struct bed b = {0};
        build_khttpd(&b, techniques[i], false);
        b.scenario.horizon_ps = 40 * TG_PS_PER_S;
        build(&b);
        const struct tg_result *r = run(&b, 97);
        means[i] = mean_ps(r);
        fastest[i] = tg_hist_fastest_mean(&r->latency, 0.1);
        release(&b);
    }
    double by_mean = means[1] - means[0], by_fastest = fastest[1] - fastest[0];
    ck_assert_double_gt(by_mean, 0.3e6);
    ck_assert_double_lt(by_mean, 1e6);
    /* The plugin's own law has a spread, and the histogram a width. */
    ck_assert_double_eq_tol(by_fastest, by_mean, 0.5e6);
}
END_TEST

/* P8c. Spread in the guest, with and without jitter. */
START_TEST(spread_grows_with_jitter_and_exits)
{
    double stddev[2][2];
    static const char *const techniques[] = {"process", "vmware-hosted"};
    for (int i = 0; i < 4; i++) {
        struct bed b = {0};
        build_khttpd(&b, techniques[i / 2], i % 2);
        build(&b);
        stddev[i / 2][i % 2] = tg_hist_stddev(&run(&b, 500)->latency);
        release(&b);
    }
    ck_assert_double_gt(stddev[1][1], 1.2 * stddev[1][0]);
    ck_assert_double_gt(stddev[1][1], 1.5 * stddev[0][1]);
    ck_assert_double_gt(stddev[1][0], stddev[0][0]);
}
END_TEST

/* The highest rate, within 1 %, at which 98 % of the requests are replied. */
static double saturation(struct bed *b)
{
    double low = 50, high = 20000;
    while (high / low > 1.01) {
        double rate = sqrt(low * high);
        const struct tg_result *r = run(b, rate);
        if ((double)r->replied >= 0.98 * (double)r->offered)
            low = rate;
        else
            high = rate;
    }
    return low;
}

/* P8b. The monitor combines packets while they keep coming; if each crossed by itself, less than 0.35 of the
 * throughput would be left. */
START_TEST(the_guest_lives_by_combining_packets)
{
    double rates[3];
    for (int i = 0; i < 3; i++) {
        struct bed b = {0};
        build_khttpd(&b, i ? "vmware-hosted" : "process", true);
        struct tg_technique *t = &b.scenario.techniques[0];
        for (size_t k = 0; i == 2 && k < t->rule_count; k++)
            t->rules[k].hop.interrupts = TG_INTERRUPTS_EACH;
        build(&b);
        rates[i] = saturation(&b);
        release(&b);
    }
    printf("saturation: %.0f/s, in the guest %.0f/s, one packet a crossing %.0f/s\n", rates[0], rates[1],
           rates[2]);
    ck_assert_double_lt(rates[2], 0.35 * rates[0]);
    ck_assert_double_gt(rates[1], 1.2 * rates[2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mechanisms");
    TCase *tc = tcase_create("mechanisms");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, overload_collapses_by_dropped_syns);
    tcase_add_test(tc, a_flood_takes_all_where_soft_interrupts_never_give_way);
    tcase_add_test(tc, latency_rises_when_the_client_runs_out_of_ports);
    tcase_add_test(tc, the_unikernel_runs_out_of_memory_by_closed_connections);
    tcase_add_test(tc, without_jitter_both_estimators_agree);
    tcase_add_test(tc, spread_grows_with_jitter_and_exits);
    tcase_add_test(tc, the_guest_lives_by_combining_packets);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
