#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tg_netpair.h"
#include "tg_test.h"

static int sends(const struct tg_netpair *pair, size_t size)
{
    char payload[1024] = "?";
    return sendto(pair->client, payload, size, 0, (const struct sockaddr *)&pair->server_address,
                  sizeof pair->server_address) == (ssize_t)size;
}

/* What arrives within a moment; a packet on these networks is there when its sending call returns. */
static ssize_t arrives(const struct tg_netpair *pair, int wait_ms)
{
    char payload[1024];
    struct pollfd ready = {.fd = pair->server, .events = POLLIN};
    if (poll(&ready, 1, wait_ms) != 1)
        return -1;
    return recv(pair->server, payload, sizeof payload, 0);
}

static void check(enum tg_net_kind kind, size_t size, ssize_t expected)
{
    struct tg_netpair pair;
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_netpair_open(&pair, kind, SOCK_DGRAM, &err), err);
    ck_assert(sends(&pair, size));
    ck_assert_int_eq(arrives(&pair, expected < 0 ? 50 : 2000), expected);
    tg_netpair_close(&pair);
}

START_TEST(packets_cross_a_veth_pair)
{
    check(TG_NET_VETH, 64, 64);
}
END_TEST

START_TEST(packets_into_the_void_are_dropped_by_the_device)
{
    check(TG_NET_VOID, 64, -1);
    check(TG_NET_VOID, 16, 16);
}
END_TEST

START_TEST(packets_cross_loopback)
{
    check(TG_NET_LOOPBACK, 64, 64);
}
END_TEST

START_TEST(packets_cross_a_bridge)
{
    check(TG_NET_BRIDGE, 64, 64);
}
END_TEST

START_TEST(packets_reach_a_container)
{
    struct tg_netpair pair;
    struct tg_error err = {0};
    int rc = tg_netpair_open(&pair, TG_NET_CONTAINER, SOCK_DGRAM, &err);
    if (rc && strstr(err.text, "nft")) {
        printf("not checked: %s\n", err.text);
        return;
    }
    ck_assert_tg_ok(rc, err);
    tg_netpair_close(&pair);
    check(TG_NET_CONTAINER, 64, 64);
}
END_TEST

/* What nobody holds the kernel takes down within a tenth of a second. */
START_TEST(a_network_lasts_as_long_as_it_is_held)
{
    static const enum tg_net_kind kinds[] = {TG_NET_VETH, TG_NET_BRIDGE, TG_NET_CONTAINER};
    for (int i = 0; i < 3; i++) {
        struct tg_netpair pair;
        struct tg_error err = {0};
        int rc = tg_netpair_open(&pair, kinds[i], SOCK_DGRAM, &err);
        if (rc && strstr(err.text, "nft"))
            continue;
        ck_assert_tg_ok(rc, err);
        usleep(500000);
        ck_assert(sends(&pair, 64));
        ck_assert_msg(arrives(&pair, 2000) == 64, "kind %d does not last", (int)kinds[i]);
        tg_netpair_close(&pair);
    }
}
END_TEST

START_TEST(nothing_of_it_shows_in_this_name_space)
{
    struct tg_netpair pair;
    struct tg_error err = {0};
    char line[256];
    ck_assert_tg_ok(tg_netpair_open(&pair, TG_NET_VETH, SOCK_DGRAM, &err), err);
    FILE *devices = fopen("/proc/net/dev", "re");
    while (devices && fgets(line, sizeof line, devices))
        ck_assert_msg(!strstr(line, "tgc:") && !strstr(line, "tgs:"), "%s", line);
    if (devices)
        fclose(devices);
    tg_netpair_close(&pair);
}
END_TEST

int main(void)
{
    struct tg_error why;
    if (tg_netpair_available(&why)) {
        printf("skipped: %s\n", why.text);
        return 77;
    }
    Suite *suite = suite_create("netpair");
    TCase *tc = tcase_create("netpair");
    tcase_add_test(tc, packets_cross_a_veth_pair);
    tcase_add_test(tc, packets_into_the_void_are_dropped_by_the_device);
    tcase_add_test(tc, packets_cross_loopback);
    tcase_add_test(tc, packets_cross_a_bridge);
    tcase_add_test(tc, packets_reach_a_container);
    tcase_add_test(tc, a_network_lasts_as_long_as_it_is_held);
    tcase_add_test(tc, nothing_of_it_shows_in_this_name_space);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
