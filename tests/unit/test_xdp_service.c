#include "tg_xdp_service.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tg_kernel_plugin.h"
#include "tg_plugin_timer.h"
#include "tg_slot.h"
#include "tg_test.h"

enum { SKIPPED = 77, TX = 3, PASS = 2 };

static char name[9];
static struct tg_xdp_service *service;

static void start(void)
{
    struct tg_error err = {0};
    tg_xdp_service_stop(name, NULL); /* where a failed test left it */
    ck_assert_tg_ok(tg_xdp_service_start(name, NULL, NULL, &err), err);
    ck_assert_tg_ok(tg_xdp_service_open(&service, name, &err), err);
    ck_assert_tg_ok(tg_xdp_service_add_record(service, "www.Example.org", "192.0.2.7", 300, &err), err);
    ck_assert_tg_ok(tg_xdp_service_add_record(service, "b.example.org.", "192.0.2.8", 5, &err), err);
}

static void stop(void)
{
    struct tg_error err = {0};
    tg_xdp_service_close(service);
    ck_assert_tg_ok(tg_xdp_service_stop(name, &err), err);
}

static struct tg_dns_reply ask(const char *what, uint16_t type)
{
    struct tg_error err = {0};
    struct tg_dns_reply reply = {0};
    int answered;
    ck_assert_tg_ok(tg_xdp_service_ask(service, what, type, &answered, &reply, &err), err);
    ck_assert(answered);
    return reply;
}

static unsigned load(const char *kind, const char *as)
{
    struct tg_error err = {0};
    struct tg_kernel_plugin_about about;
    const char *denied[] = {"b.example.org"};
    const struct tg_kernel_plugin_setup setup = {.kind = kind,
                                                 .name = as,
                                                 .work = 100,
                                                 .arguments = 4,
                                                 .denied = denied,
                                                 .denied_count = strcmp(kind, "filter") == 0};
    ck_assert_tg_ok(tg_kernel_plugin_load(service, &setup, &about, &err), err);
    ck_assert_uint_gt(about.machine_code_bytes, 0);
    ck_assert_int_gt(about.load_ns, 0);
    return about.program_id;
}

static int link_first(const char *as)
{
    struct tg_error err = {0};
    int placed;
    ck_assert_tg_ok(tg_slot_link(service, as, TG_SLOT_FIRST_FREE, &placed, &err), err);
    return placed;
}

static struct tg_plugin_state state_of(const char *as)
{
    struct tg_error err = {0};
    struct tg_plugin_state state;
    ck_assert_tg_ok(tg_kernel_plugin_state(service, as, &state, &err), err);
    return state;
}

static struct tg_service_counts counts(void)
{
    struct tg_error err = {0};
    struct tg_service_counts total;
    ck_assert_tg_ok(tg_xdp_service_count(service, &total, &err), err);
    return total;
}

START_TEST(known_names_are_answered_with_authority)
{
    struct tg_dns_reply reply = ask("WWW.example.ORG", TG_DNS_TYPE_A);
    ck_assert_int_eq(reply.rcode, TG_DNS_NO_ERROR);
    ck_assert(reply.authoritative);
    ck_assert_uint_eq(reply.answers, 1);
    ck_assert_uint_eq(reply.address, inet_addr("192.0.2.7"));
    ck_assert_uint_eq(reply.ttl_s, 300);
    ck_assert_uint_eq(ask("b.example.org", TG_DNS_TYPE_A).address, inet_addr("192.0.2.8"));
    reply = ask("b.example.org", TG_DNS_TYPE_AAAA);
    ck_assert_int_eq(reply.rcode, TG_DNS_NO_ERROR);
    ck_assert_uint_eq(reply.answers, 0);
    reply = ask("c.example.org", TG_DNS_TYPE_A);
    ck_assert_int_eq(reply.rcode, TG_DNS_NO_SUCH_NAME);
    ck_assert_uint_eq(reply.answers, 0);
    struct tg_service_counts total = counts();
    ck_assert_uint_eq(total.requests, 4);
    ck_assert_uint_eq(total.answered, 2);
    ck_assert_uint_eq(total.empty, 1);
    ck_assert_uint_eq(total.unknown, 1);
}
END_TEST

START_TEST(names_may_be_as_long_as_the_limit_says)
{
    struct tg_error err = {0};
    char text[160] = "";
    for (int i = 0; i < 63; i++)
        strcat(text, i < 62 ? "a." : "a"); /* 2 bytes a label, and the final zero: 127 */
    ck_assert_tg_ok(tg_xdp_service_add_record(service, text, "192.0.2.9", 1, &err), err);
    ck_assert_uint_eq(ask(text, TG_DNS_TYPE_A).address, inet_addr("192.0.2.9"));
    text[124] = 'b';
    ck_assert_int_eq(ask(text, TG_DNS_TYPE_A).rcode, TG_DNS_NO_SUCH_NAME);
    memset(text, 'x', 126);
    text[63] = '.';
    text[126] = '\0';
    ck_assert_tg_ok(tg_xdp_service_add_record(service, text, "192.0.2.10", 1, &err), err);
    ck_assert_uint_eq(ask(text, TG_DNS_TYPE_A).address, inet_addr("192.0.2.10"));
    strcat(text, "y");
    ck_assert_int_eq(tg_xdp_service_add_record(service, text, "192.0.2.10", 1, &err), TG_EINPUT);
}
END_TEST

/* A frame whose byte `at` is changed, and what the service does with it. */
static unsigned run_changed(size_t at, uint8_t value, size_t cut, enum tg_dns_rcode *rcode)
{
    struct tg_error err = {0};
    uint8_t message[TG_DNS_MESSAGE_MAX], in[TG_DNS_FRAME_MAX], out[TG_DNS_FRAME_MAX];
    struct tg_dns_key key;
    size_t name_bytes, out_bytes;
    unsigned action;
    ck_assert_tg_ok(tg_dns_name("www.example.org", &key, &name_bytes, &err), err);
    size_t bytes = tg_dns_frame(in, message, tg_dns_query(message, 1, &key, name_bytes, TG_DNS_TYPE_A));
    in[at] = value;
    ck_assert_tg_ok(tg_xdp_service_run(service, in, bytes - cut, &action, out, &out_bytes, &err), err);
    *rcode = action == TX ? (enum tg_dns_rcode)(out[14 + 20 + 8 + 3] & 15) : 0;
    return action;
}

START_TEST(what_is_no_request_passes_and_what_is_malformed_is_told_so)
{
    enum {
        ETHERTYPE = 12,
        PROTOCOL = 23,
        FRAGMENT = 20,
        PORT = 37,
        UDP_LENGTH = 39,
        DNS = 42,
        QUESTION = 54
    };
    static const struct {
        size_t at;
        uint8_t value;
        size_t cut;
        unsigned action;
        enum tg_dns_rcode rcode;
    } cases[] = {
        {0, 2, 0, TX, TG_DNS_NO_ERROR}, /* unchanged */
        {ETHERTYPE, 0x86, 0, PASS, 0},
        {PROTOCOL, 6, 0, PASS, 0},
        {FRAGMENT, 0x20, 0, PASS, 0},
        {PORT, 54, 0, PASS, 0},
        {DNS + 2, 0x80, 0, PASS, 0},                    /* a response */
        {DNS + 2, 0x10, 0, TX, TG_DNS_NOT_IMPLEMENTED}, /* a status request */
        {DNS + 5, 0, 0, TX, TG_DNS_FORMAT_ERROR},       /* no question */
        {DNS + 5, 2, 0, TX, TG_DNS_FORMAT_ERROR},       /* two */
        {QUESTION, 64, 0, TX, TG_DNS_FORMAT_ERROR},     /* a label too long */
        {QUESTION, 0xc0, 0, TX, TG_DNS_FORMAT_ERROR},   /* a reference */
        {QUESTION, 60, 0, TX, TG_DNS_FORMAT_ERROR},     /* a label that runs off the message */
        {UDP_LENGTH, 8, 0, TX, TG_DNS_FORMAT_ERROR},    /* a length shorter than the header */
        {UDP_LENGTH, 255, 0, TX, TG_DNS_FORMAT_ERROR},  /* and one longer than the packet */
        {0, 2, 4, TX, TG_DNS_FORMAT_ERROR},             /* a packet cut short */
        {QUESTION + 17 + 3, 3, 0, TX, TG_DNS_REFUSED},  /* class CHAOS */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum tg_dns_rcode rcode;
        unsigned action = run_changed(cases[i].at, cases[i].value, cases[i].cut, &rcode);
        ck_assert_msg(action == cases[i].action && rcode == cases[i].rcode, "case %zu: action %u, rcode %d",
                      i, action, (int)rcode);
    }
    struct tg_service_counts total = counts();
    ck_assert_uint_eq(total.requests, total.answered + total.empty + total.unknown + total.refused +
                                          total.dropped + total.malformed);
}
END_TEST

/* The reply's IP header must add up, its addresses and ports must be turned round, and its lengths agree. */
START_TEST(replies_are_well_formed_packets)
{
    struct tg_error err = {0};
    uint8_t message[TG_DNS_MESSAGE_MAX], in[TG_DNS_FRAME_MAX], out[TG_DNS_FRAME_MAX];
    struct tg_dns_key key;
    size_t name_bytes, bytes;
    unsigned action;
    ck_assert_tg_ok(tg_dns_name("www.example.org", &key, &name_bytes, &err), err);
    bytes = tg_dns_frame(in, message, tg_dns_query(message, 1, &key, name_bytes, TG_DNS_TYPE_A));
    ck_assert_tg_ok(tg_xdp_service_run(service, in, bytes, &action, out, &bytes, &err), err);
    ck_assert_mem_eq(out, in + 6, 6);
    ck_assert_mem_eq(out + 6, in, 6);
    ck_assert_mem_eq(out + 26, in + 30, 4);
    ck_assert_mem_eq(out + 30, in + 26, 4);
    ck_assert_mem_eq(out + 34, in + 36, 2);
    ck_assert_mem_eq(out + 36, in + 34, 2);
    uint32_t sum = 0;
    for (int i = 14; i < 34; i += 2)
        sum += (uint32_t)(out[i] << 8 | out[i + 1]);
    ck_assert_uint_eq((sum & 0xffff) + (sum >> 16), 0xffff);
    ck_assert_uint_eq((unsigned)(out[16] << 8 | out[17]), bytes - 14);
    ck_assert_uint_eq((unsigned)(out[38] << 8 | out[39]), bytes - 34);
}
END_TEST

START_TEST(plugins_are_linked_chained_replaced_and_unlinked)
{
    struct tg_error err = {0};
    load("counter", "first");
    load("filter", "guard");
    load("counter", "last");
    ck_assert_int_eq(link_first("first"), 0);
    ck_assert_int_eq(link_first("guard"), 1);
    ck_assert_int_eq(link_first("last"), 2);
    ck_assert_int_eq(ask("www.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_NO_ERROR);
    ck_assert_int_eq(ask("B.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_REFUSED);
    ck_assert_uint_eq(state_of("first").calls, 2);
    ck_assert_uint_eq(state_of("guard").matched, 1);
    ck_assert_uint_eq(state_of("last").calls, 1); /* the guard's verdict ended the second request's chain */
    load("null", "harmless");
    ck_assert_tg_ok(tg_slot_link(service, "harmless", 1, NULL, &err), err);
    ck_assert_int_eq(ask("b.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_NO_ERROR);
    ck_assert_tg_ok(tg_slot_unlink(service, 0, &err), err);
    ck_assert_int_eq(tg_slot_unlink(service, 0, &err), TG_EINPUT);
    ask("www.example.org", TG_DNS_TYPE_A);
    ck_assert_uint_eq(state_of("first").calls, 3);
    ck_assert_uint_eq(state_of("last").calls, 3);
    ck_assert_int_eq(tg_kernel_plugin_unload(service, "last", &err), TG_EINPUT);
    ck_assert_tg_ok(tg_slot_unlink(service, 2, &err), err);
    ck_assert_tg_ok(tg_kernel_plugin_unload(service, "last", &err), err);
    ck_assert_int_eq(tg_kernel_plugin_unload(service, "last", &err), TG_EINPUT);
}
END_TEST

START_TEST(every_position_of_a_full_slot_is_called)
{
    struct tg_error err = {0};
    load("counter", "c");
    for (int i = 0; i < TG_SLOT_POSITIONS; i++)
        ck_assert_int_eq(link_first("c"), i);
    ck_assert_int_eq(tg_slot_link(service, "c", TG_SLOT_FIRST_FREE, NULL, &err), TG_ELIMIT);
    ck_assert_int_eq(tg_slot_link(service, "c", TG_SLOT_POSITIONS, NULL, &err), TG_EINPUT);
    ask("www.example.org", TG_DNS_TYPE_A);
    ck_assert_uint_eq(state_of("c").calls, TG_SLOT_POSITIONS);
}
END_TEST

START_TEST(a_compute_plugin_computes_what_it_is_set_to)
{
    struct tg_error err = {0};
    load("compute", "work");
    load("null-arguments", "reader");
    link_first("reader");
    link_first("work");
    ask("www.example.org", TG_DNS_TYPE_A);
    uint64_t x = 1;
    for (uint64_t i = 0; i < 100; i++)
        x = x * UINT64_C(6364136223846793005) + i;
    ck_assert_uint_eq(state_of("work").result, x);
    const struct tg_plugin_settings none = {0};
    ck_assert_tg_ok(tg_kernel_plugin_set(service, "work", &none, &err), err);
    ck_assert_int_eq(tg_kernel_plugin_set(service, "nobody", &none, &err), TG_EINPUT);
}
END_TEST

static const struct {
    const char *kind, *verdict;
} rogues[] = {
    {"out-of-bounds", "outside of the packet"},
    {"unbounded-loop", "infinite loop"},
    {"forbidden-helper", "bpf_override_return"},
    {"wild-pointer", "invalid mem access"},
};

START_TEST(misbehaving_plugins_are_refused_with_the_verdict)
{
    struct tg_error err = {0};
    struct tg_kernel_plugin_about about;
    const struct tg_kernel_plugin_setup setup = {.kind = rogues[_i].kind, .name = "rogue"};
    ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_ECHECK);
    ck_assert_msg(strstr(err.text, rogues[_i].verdict) != NULL, "%s", err.text);
    ck_assert_int_eq(tg_slot_link(service, "rogue", TG_SLOT_FIRST_FREE, NULL, &err), TG_EINPUT);
    ck_assert_int_eq(ask("www.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_NO_ERROR);
}
END_TEST

/* Where the kernel permits it, a plugin takes the place of the whole slot and gives it back. Elsewhere the
 * refusal is told, and nothing changes. */
START_TEST(a_plugin_replaces_the_slot_where_it_may)
{
    struct tg_error err = {0};
    struct tg_kernel_plugin_about about;
    const char *denied[] = {"b.example.org"};
    const struct tg_kernel_plugin_setup setup = {
        .kind = "filter", .name = "whole", .replace = 1, .denied = denied, .denied_count = 1};
    load("counter", "c");
    link_first("c");
    if (tg_kernel_plugin_load(service, &setup, &about, &err)) {
        printf("not replaced: %s\n", err.text);
        ck_assert_ptr_nonnull(strstr(err.text, "plugin 'whole'"));
        ck_assert_uint_eq(tg_slot_replaced_by(service), 0);
        ck_assert_int_eq(tg_slot_restore(service, &err), TG_EINPUT);
        return;
    }
    for (unsigned round = 0; round < 2; round++) {
        int placed = 0;
        unsigned long long counted = state_of("c").calls, filtered = state_of("whole").calls;
        ck_assert_tg_ok(tg_slot_link(service, "whole", TG_SLOT_FIRST_FREE, &placed, &err), err);
        ck_assert_int_eq(placed, TG_SLOT_WHOLE);
        ck_assert_uint_eq(tg_slot_replaced_by(service), about.program_id);
        ck_assert_int_eq(tg_slot_link(service, "whole", TG_SLOT_FIRST_FREE, NULL, &err), TG_EINPUT);
        ck_assert_int_eq(tg_kernel_plugin_unload(service, "whole", &err), TG_EINPUT);
        ck_assert_int_eq(ask("b.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_REFUSED);
        ck_assert_int_eq(ask("www.example.org", TG_DNS_TYPE_A).rcode, TG_DNS_NO_ERROR);
        ck_assert_uint_eq(state_of("whole").calls, filtered + 2);
        ck_assert_uint_eq(state_of("c").calls, counted);
        ck_assert_tg_ok(tg_slot_restore(service, &err), err);
        /* The kernel takes away a link that nothing names in its own time. */
        for (int i = 0; i < 1000 && ask("b.example.org", TG_DNS_TYPE_A).rcode == TG_DNS_REFUSED; i++)
            usleep(10000);
        ck_assert_uint_gt(state_of("c").calls, counted);
    }
    ck_assert_tg_ok(tg_kernel_plugin_unload(service, "whole", &err), err);
}
END_TEST

START_TEST(mistakes_are_told)
{
    struct tg_error err = {0};
    struct tg_xdp_service *other;
    struct tg_kernel_plugin_about about;
    struct tg_kernel_plugin_setup setup = {.kind = "counterr", .name = "x"};
    ck_assert_int_eq(tg_xdp_service_start(name, NULL, NULL, &err), TG_EINPUT);
    ck_assert_int_eq(tg_xdp_service_start("no/where", NULL, NULL, &err), TG_EINPUT);
    ck_assert_int_eq(tg_xdp_service_open(&other, "absent", &err), TG_EINPUT);
    ck_assert_int_eq(tg_xdp_service_add_record(service, "a..b", "192.0.2.1", 1, &err), TG_EINPUT);
    ck_assert_int_eq(tg_xdp_service_add_record(service, "a.b", "192.0.2", 1, &err), TG_EINPUT);
    ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean 'counter'"));
    setup.kind = "/etc/passwd";
    ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_EINPUT);
    setup.kind = "./absent.o";
    ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_EINPUT);
    setup.name = "../x";
    ck_assert_int_eq(tg_kernel_plugin_load(service, &setup, &about, &err), TG_EINPUT);
    ck_assert_int_eq(tg_slot_link(service, "absent", TG_SLOT_FIRST_FREE, NULL, &err), TG_EINPUT);
}
END_TEST

START_TEST(a_failed_start_leaves_nothing_behind)
{
    struct tg_error err = {0};
    struct tg_xdp_service *other;
    char second[9];
    snprintf(second, sizeof second, "u%06x", (unsigned)getpid() & 0xffffff);
    ck_assert_int_eq(tg_xdp_service_start(second, "no-such-if", NULL, &err), TG_EENV);
    ck_assert_ptr_nonnull(strstr(err.text, "no-such-if"));
    ck_assert_int_eq(tg_xdp_service_open(&other, second, &err), TG_EINPUT);
    ck_assert_int_eq(tg_xdp_service_start(second, NULL, "no-such-netns", &err), TG_OK);
    ck_assert_tg_ok(tg_xdp_service_stop(second, &err), err);
}
END_TEST

int main(void)
{
    struct tg_error why = {0};
    snprintf(name, sizeof name, "t%06x", (unsigned)getpid() & 0xffffff);
    if (tg_plugin_available(TG_PLUGIN_KERNEL_CALL, &why) || tg_xdp_service_start(name, NULL, NULL, &why)) {
        printf("skipped: %s\n", why.text);
        return SKIPPED;
    }
    tg_xdp_service_stop(name, NULL);
    Suite *suite = suite_create("xdp_service");
    TCase *tc = tcase_create("xdp_service");
    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, known_names_are_answered_with_authority);
    tcase_add_test(tc, names_may_be_as_long_as_the_limit_says);
    tcase_add_test(tc, what_is_no_request_passes_and_what_is_malformed_is_told_so);
    tcase_add_test(tc, replies_are_well_formed_packets);
    tcase_add_test(tc, plugins_are_linked_chained_replaced_and_unlinked);
    tcase_add_test(tc, every_position_of_a_full_slot_is_called);
    tcase_add_test(tc, a_compute_plugin_computes_what_it_is_set_to);
    tcase_add_loop_test(tc, misbehaving_plugins_are_refused_with_the_verdict, 0,
                        sizeof rogues / sizeof *rogues);
    tcase_add_test(tc, a_plugin_replaces_the_slot_where_it_may);
    tcase_add_test(tc, mistakes_are_told);
    tcase_add_test(tc, a_failed_start_leaves_nothing_behind);
    suite_add_tcase(suite, tc);
    int status = tg_test_run(suite);
    tg_xdp_service_stop(name, NULL);
    return status;
}
