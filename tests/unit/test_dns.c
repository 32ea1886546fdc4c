#include "tg_dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "tg_test.h"

START_TEST(names_go_to_wire_form_and_back)
{
    struct tg_error err = {0};
    struct tg_dns_key key;
    char text[TG_DNS_NAME_MAX];
    size_t bytes;
    ck_assert_tg_ok(tg_dns_name("WwW.example.org", &key, &bytes, &err), err);
    ck_assert_uint_eq(bytes, 17);
    ck_assert_mem_eq(key.name, "\3www\7example\3org\0\0\0\0", 21);
    ck_assert_str_eq(tg_dns_name_text(&key, text, sizeof text), "www.example.org");
    ck_assert_str_eq(tg_dns_name_text(&key, text, 6), "www.e");
    ck_assert_tg_ok(tg_dns_name("example.org.", &key, &bytes, &err), err);
    ck_assert_uint_eq(bytes, 13);
    ck_assert_int_eq(tg_dns_name("", &key, &bytes, &err), TG_EINPUT);
    ck_assert_int_eq(tg_dns_name(".", &key, &bytes, &err), TG_EINPUT);
    ck_assert_int_eq(tg_dns_name("a..b", &key, &bytes, &err), TG_EINPUT);
    char label[66];
    memset(label, 'x', 64);
    label[64] = '\0';
    ck_assert_int_eq(tg_dns_name(label, &key, &bytes, &err), TG_EINPUT);
    label[63] = '\0';
    ck_assert_tg_ok(tg_dns_name(label, &key, &bytes, &err), err);
    ck_assert_uint_eq(bytes, 65);
}
END_TEST

/* A reply made by hand, and every way to spoil it. */
static size_t make_reply(uint8_t *message, const struct tg_dns_key *key, size_t name_bytes)
{
    static const uint8_t answer[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
    size_t bytes = tg_dns_query(message, 0x1234, key, name_bytes, TG_DNS_TYPE_A);
    message[2] |= 0x84;
    message[7] = 1;
    memcpy(message + bytes, answer, sizeof answer);
    return bytes + sizeof answer;
}

START_TEST(replies_are_read_and_faulty_ones_are_refused)
{
    struct tg_error err = {0};
    struct tg_dns_key key;
    struct tg_dns_reply reply;
    uint8_t message[TG_DNS_MESSAGE_MAX];
    size_t name_bytes;
    ck_assert_tg_ok(tg_dns_name("www.example.org", &key, &name_bytes, &err), err);
    size_t bytes = make_reply(message, &key, name_bytes);
    ck_assert_tg_ok(tg_dns_read_reply(message, bytes, &key, name_bytes, TG_DNS_TYPE_A, &reply, &err), err);
    ck_assert_uint_eq(reply.id, 0x1234);
    ck_assert_uint_eq(reply.address, inet_addr("192.0.2.1"));
    ck_assert_uint_eq(reply.ttl_s, 300);
    ck_assert(reply.authoritative);
    for (size_t cut = 1; cut <= bytes; cut++) {
        int rc = tg_dns_read_reply(message, bytes - cut, &key, name_bytes, TG_DNS_TYPE_A, &reply, &err);
        ck_assert_int_eq(rc, TG_ECHECK);
    }
    static const size_t spoilt[] = {13, 20, 30, 32, 33, 35, 37, 44};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        message[spoilt[i]] ^= 0x11;
        ck_assert_msg(tg_dns_read_reply(message, bytes, &key, name_bytes, TG_DNS_TYPE_A, &reply, &err) ==
                          TG_ECHECK,
                      "byte %zu changed", spoilt[i]);
        message[spoilt[i]] ^= 0x11;
    }
    ck_assert_int_eq(tg_dns_read_reply(message, bytes, &key, name_bytes, TG_DNS_TYPE_AAAA, &reply, &err),
                     TG_ECHECK);
    message[2] &= 0x7f;
    ck_assert_int_eq(tg_dns_read_reply(message, bytes, &key, name_bytes, TG_DNS_TYPE_A, &reply, &err),
                     TG_ECHECK);
}
END_TEST

START_TEST(frames_carry_a_valid_header)
{
    uint8_t message[100] = {1}, frame[TG_DNS_FRAME_MAX];
    size_t bytes = tg_dns_frame(frame, message, sizeof message);
    uint32_t sum = 0;
    ck_assert_uint_eq(bytes, 14 + 20 + 8 + sizeof message);
    for (int i = 14; i < 34; i += 2)
        sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
    ck_assert_uint_eq((sum & 0xffff) + (sum >> 16), 0xffff);
    ck_assert_uint_eq((unsigned)(frame[16] << 8 | frame[17]), bytes - 14);
    ck_assert_mem_eq(frame + 42, message, sizeof message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dns");
    TCase *tc = tcase_create("dns");
    tcase_add_test(tc, names_go_to_wire_form_and_back);
    tcase_add_test(tc, replies_are_read_and_faulty_ones_are_refused);
    tcase_add_test(tc, frames_carry_a_valid_header);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
