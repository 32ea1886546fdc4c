#include "tg_dns.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 12, LABEL_MAX = 63, CLASS_IN = 1, ANSWER_BYTES = 16 };

static int add_label(struct tg_dns_key *key, size_t *at, const char *label, size_t length)
{
    if (length > LABEL_MAX || *at + 1 + length + 1 > TG_DNS_NAME_MAX)
        return -1;
    key->name[(*at)++] = (unsigned char)length;
    for (size_t i = 0; i < length; i++)
        key->name[(*at)++] = (unsigned char)tolower((unsigned char)label[i]);
    return 0;
}

int tg_dns_name(const char *text, struct tg_dns_key *key, size_t *bytes, struct tg_error *err)
{
    size_t at = 0;
    memset(key, 0, sizeof *key);
    if (!*text)
        return tg_error_set(err, TG_EINPUT, "an empty name");
    for (const char *label = text; *label;) {
        size_t length = strcspn(label, ".");
        if (!length)
            return tg_error_set(err, TG_EINPUT, "the name '%s' has an empty label", text);
        if (add_label(key, &at, label, length))
            return tg_error_set(err, TG_EINPUT, "the name '%.40s...' or one of its labels is too long", text);
        label += length;
        if (*label == '.')
            label++;
    }
    *bytes = at + 1;
    return TG_OK;
}

char *tg_dns_name_text(const struct tg_dns_key *key, char *text, size_t size)
{
    size_t out = 0, at = 0;
    assert(size > 0);
    while (at < TG_DNS_NAME_MAX && key->name[at]) {
        size_t length = key->name[at++];
        for (size_t i = 0; i < length && at < TG_DNS_NAME_MAX && out + 1 < size; i++)
            text[out++] = (char)key->name[at++];
        if (at < TG_DNS_NAME_MAX && key->name[at] && out + 1 < size)
            text[out++] = '.';
    }
    text[out] = '\0';
    return text;
}

static void put16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *from)
{
    return (unsigned)(from[0] << 8 | from[1]);
}

size_t tg_dns_query(uint8_t *message, uint16_t id, const struct tg_dns_key *key, size_t name_bytes,
                    uint16_t type)
{
    memset(message, 0, HEADER_BYTES);
    put16(message, id);
    put16(message + 4, 1); /* one question */
    memcpy(message + HEADER_BYTES, key->name, name_bytes);
    put16(message + HEADER_BYTES + name_bytes, type);
    put16(message + HEADER_BYTES + name_bytes + 2, CLASS_IN);
    return HEADER_BYTES + name_bytes + 4;
}

/* The question must come back as it was sent, whatever the case of its letters. */
static int same_question(const uint8_t *message, const struct tg_dns_key *key, size_t name_bytes,
                         uint16_t type)
{
    const uint8_t *question = message + HEADER_BYTES;
    for (size_t i = 0; i < name_bytes; i++) {
        if (tolower(question[i]) != key->name[i])
            return 0;
    }
    return get16(question + name_bytes) == type && get16(question + name_bytes + 2) == CLASS_IN;
}

static int read_answer(const uint8_t *answer, size_t bytes, struct tg_dns_reply *reply, struct tg_error *err)
{
    enum { TO_QUESTION = 0xc00c };
    if (bytes < ANSWER_BYTES || get16(answer) != TO_QUESTION || get16(answer + 2) != TG_DNS_TYPE_A ||
        get16(answer + 4) != CLASS_IN || get16(answer + 10) != 4)
        return tg_error_set(err, TG_ECHECK, "the reply's answer is not an address for the question");
    reply->ttl_s = (uint32_t)(get16(answer + 6) << 16 | get16(answer + 8));
    memcpy(&reply->address, answer + 12, sizeof reply->address);
    return TG_OK;
}

int tg_dns_read_reply(const uint8_t *message, size_t bytes, const struct tg_dns_key *key, size_t name_bytes,
                      uint16_t type, struct tg_dns_reply *reply, struct tg_error *err)
{
    enum { RESPONSE = 0x80, AUTHORITATIVE = 0x04, RCODE = 0x0f };
    size_t question_end = HEADER_BYTES + name_bytes + 4;
    if (bytes < HEADER_BYTES || !(message[2] & RESPONSE))
        return tg_error_set(err, TG_ECHECK, "%zu bytes that are not a DNS reply", bytes);
    *reply = (struct tg_dns_reply){
        .id = (uint16_t)get16(message),
        .rcode = message[3] & RCODE,
        .authoritative = (message[2] & AUTHORITATIVE) != 0,
        .answers = get16(message + 6),
    };
    if (get16(message + 4) == 0)
        return TG_OK; /* an error so early that the question was not read */
    if (bytes < question_end || !same_question(message, key, name_bytes, type))
        return tg_error_set(err, TG_ECHECK, "the reply is to another question");
    return reply->answers ? read_answer(message + question_end, bytes - question_end, reply, err) : TG_OK;
}

size_t tg_dns_frame(uint8_t *frame, const uint8_t *message, size_t bytes)
{
    static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    static const uint8_t addresses[8] = {192, 0, 2, 2, 192, 0, 2, 1}; /* for documentation (RFC 5737) */
    uint8_t *ip = frame + sizeof ethernet, *udp = ip + 20;
    assert(bytes <= TG_DNS_MESSAGE_MAX);
    memcpy(frame, ethernet, sizeof ethernet);
    memset(ip, 0, 20);
    ip[0] = 0x45; /* version 4, five words */
    put16(ip + 2, (unsigned)(20 + 8 + bytes));
    ip[8] = 64; /* hops */
    ip[9] = 17; /* UDP */
    memcpy(ip + 12, addresses, sizeof addresses);
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2)
        sum += get16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
    put16(udp, 40000);
    put16(udp + 2, TG_DNS_PORT);
    put16(udp + 4, (unsigned)(8 + bytes));
    put16(udp + 6, 0);
    memcpy(udp + 8, message, bytes);
    return sizeof ethernet + 20 + 8 + bytes;
}
