#include "tg_xdp_bed.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tg_across.h"
#include "tg_plugin_timer.h"

#define SERVED_NAME "www.example.org"
#define SERVED_ADDRESS "192.0.2.7"

bool tg_xdp_bed_available(const struct tg_probe *probe, char *reason, size_t size)
{
    struct tg_error why;
    if (tg_plugin_available(TG_PLUGIN_KERNEL_LINK, &why)) {
        snprintf(reason, size, "%s", why.text);
        return false;
    }
    return tg_across_available(probe, reason, size);
}

static int lay_out(struct tg_xdp_bed *bed, struct tg_error *err)
{
    struct tg_dns_key key;
    size_t name_bytes;
    int rc = tg_dns_name(SERVED_NAME, &key, &name_bytes, err);
    if (rc)
        return rc;
    size_t bytes = tg_dns_query(bed->query, 1, &key, name_bytes, TG_DNS_TYPE_A);
    bed->query_part = (struct iovec){bed->query, bytes};
    for (int i = 0; i < TG_XDP_SEND_MAX; i++)
        bed->outgoing[i].msg_hdr = (struct msghdr){.msg_iov = &bed->query_part, .msg_iovlen = 1};
    for (int i = 0; i < TG_XDP_TAKE_MAX; i++) {
        bed->reply_parts[i] = (struct iovec){bed->replies[i], TG_XDP_REPLY_MAX};
        bed->incoming[i].msg_hdr = (struct msghdr){.msg_iov = &bed->reply_parts[i], .msg_iovlen = 1};
    }
    return TG_OK;
}

/* The name space a socket was made in. */
static int space_of(int socket, int *netns, struct tg_error *err)
{
    *netns = ioctl(socket, SIOCGSKNS);
    return *netns >= 0
               ? TG_OK
               : tg_error_set(err, TG_EENV, "cannot open a socket's network name space: %s", strerror(errno));
}

static int start_service(struct tg_xdp_bed *bed, int cpu, struct tg_error *err)
{
    struct tg_xdp_lodging lodging = {
        .server_netns = -1, .client_netns = -1, .name = SERVED_NAME, .address = SERVED_ADDRESS, .cpu = cpu};
    int rc = space_of(bed->pair.server, &lodging.server_netns, err);
    if (!rc)
        rc = space_of(bed->pair.client, &lodging.client_netns, err);
    if (!rc)
        rc = tg_xdp_lodger_open(&bed->service, &lodging, err);
    if (lodging.server_netns >= 0)
        close(lodging.server_netns);
    if (lodging.client_netns >= 0)
        close(lodging.client_netns);
    return rc;
}

/* Only the service answers here: nobody listens at this port. Large buffers, so that nothing is lost. */
static int connect_client(struct tg_xdp_bed *bed, struct tg_error *err)
{
    enum { BUFFER_BYTES = 8 << 20 };
    struct sockaddr_in to = bed->pair.server_address;
    int size = BUFFER_BYTES;
    to.sin_port = htons(TG_DNS_PORT);
    setsockopt(bed->pair.client, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (connect(bed->pair.client, (struct sockaddr *)&to, sizeof to))
        return tg_error_set(err, TG_EENV, "cannot use the test network: %s", strerror(errno));
    return TG_OK;
}

static int await_answer(struct tg_xdp_bed *bed, struct tg_error *err)
{
    enum { TRIES = 400, WAIT_MS = 5 };
    for (int i = 0; i < TRIES; i++) {
        struct pollfd ready = {.fd = bed->pair.client, .events = POLLIN};
        tg_xdp_bed_send(bed, 1);
        if (poll(&ready, 1, WAIT_MS) == 1 && tg_xdp_bed_take(bed))
            return TG_OK;
    }
    return tg_error_set(err, TG_EENV, "the service in the kernel does not answer on the test network");
}

int tg_xdp_bed_open(struct tg_xdp_bed *bed, int cpu, struct tg_error *err)
{
    *bed = (struct tg_xdp_bed){.pair = {.client = -1, .server = -1, .middle = -1}};
    int rc = lay_out(bed, err);
    if (!rc)
        rc = tg_netpair_open(&bed->pair, TG_NET_VETH, SOCK_DGRAM, err);
    if (!rc)
        rc = start_service(bed, cpu, err);
    if (!rc)
        rc = connect_client(bed, err);
    return rc ? rc : await_answer(bed, err);
}

void tg_xdp_bed_close(struct tg_xdp_bed *bed)
{
    tg_xdp_lodger_close(bed->service);
    tg_netpair_close(&bed->pair);
}

int tg_xdp_bed_send(struct tg_xdp_bed *bed, unsigned count)
{
    int sent = sendmmsg(bed->pair.client, bed->outgoing, count, MSG_DONTWAIT);
    return sent == (int)count ? 0 : sent < 0 ? errno : EIO;
}

static bool is_right(const uint8_t *reply, unsigned bytes)
{
    enum { HEADER_BYTES = 12, FLAGS = 2, ANSWERS = 7, RESPONSE = 0x80 };
    return bytes > HEADER_BYTES && (reply[FLAGS] & RESPONSE) && reply[ANSWERS] == 1;
}

unsigned tg_xdp_bed_take(struct tg_xdp_bed *bed)
{
    unsigned right = 0;
    int got = recvmmsg(bed->pair.client, bed->incoming, TG_XDP_TAKE_MAX, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++)
        right += is_right(bed->replies[i], bed->incoming[i].msg_len);
    return right;
}
