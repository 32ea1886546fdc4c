/* The link between client and server: it carries packets in order, takes time for each, and loses them where
 * too many wait. */
#include "tg_world_parts.h"

static double carried_bytes(const struct tg_world *world, enum tg_packet_kind kind)
{
    const struct tg_workload *w = &world->scenario->workload;
    double segment = world->path->system.tcp.segment_bytes;
    switch (kind) {
    case TG_PACKET_DATAGRAM:
    case TG_PACKET_REQUEST:
        return w->request_bytes;
    case TG_PACKET_REPLY:
        return w->reply_bytes;
    case TG_PACKET_DATA:
        return segment;
    case TG_PACKET_LAST_DATA:
        return w->reply_bytes - segment * (double)(world->segments - 1);
    default:
        return 0;
    }
}

/* When a packet sent at `at` arrives at the other end, or -1 where the queue is full. A queue of n packets is
 * one that holds n of this packet's size. */
static tg_ps cross(const struct tg_world *world, enum tg_packet_kind kind, tg_ps at, struct tg_lane *lane)
{
    const struct tg_link_settings *link = &world->path->system.link;
    if (!(link->rate_per_s > 0))
        return at + link->latency_ps;
    tg_ps takes = tg_ps_from_s((carried_bytes(world, kind) + link->framing_bytes) * 8 / link->rate_per_s);
    if (lane->free_ps - at > link->queue * takes)
        return -1;
    lane->free_ps = (at > lane->free_ps ? at : lane->free_ps) + takes;
    if (!link->stores)
        return lane->free_ps + link->latency_ps;
    /* A short packet behind a long one waits at the switch until that one has left. */
    lane->far_free_ps = (lane->free_ps > lane->far_free_ps ? lane->free_ps : lane->far_free_ps) + takes;
    return lane->far_free_ps + link->latency_ps;
}

static void arrive_at_server(struct tg_world *world, struct tg_packet *packet)
{
    world->result->packets_in++;
    if (world->service.dead)
        tg_packet_lost(world, packet, TG_LOSS_CRASH);
    else if (world->path->system.adapter.core == TG_ADAPTER_SENDER)
        world->adapter.next(world, NULL, packet);
    else
        tg_hop_receive(world->first_in, packet);
}

static void on_at_server(struct tg_sim *sim, void *object)
{
    arrive_at_server(world_of(sim), object);
}

void tg_wire_to_server(struct tg_world *world, struct tg_packet *packet, tg_ps at)
{
    if (!packet)
        return;
    tg_ps arrives = cross(world, (enum tg_packet_kind)packet->kind, at, &world->client.up);
    packet->sent_ps = at;
    if (arrives < 0) {
        tg_packet_lost(world, packet, TG_LOSS_LINK);
        return;
    }
    struct tg_request *ledger = tg_packet_ledger(packet);
    if (ledger)
        tg_request_book(ledger, arrives, TG_WAIT_LINK);
    if (arrives == world_now(world))
        arrive_at_server(world, packet);
    else
        tg_sim_schedule(&world->sim, arrives, PRIORITY_ARRIVAL, on_at_server, packet);
}

static void arrive_at_client(struct tg_world *world, struct tg_packet *packet)
{
    if (world->path->protocol == TG_TCP)
        tg_tcp_client_receive(world, packet);
    else
        tg_udp_client_receive(world, packet);
}

static void on_at_client(struct tg_sim *sim, void *object)
{
    arrive_at_client(world_of(sim), object);
}

void tg_wire_to_client(struct tg_world *world, struct tg_packet *packet)
{
    tg_ps now = world_now(world);
    tg_ps arrives = cross(world, (enum tg_packet_kind)packet->kind, now, &world->client.down);
    if (arrives < 0) {
        tg_packet_lost(world, packet, TG_LOSS_LINK);
        return;
    }
    struct tg_request *ledger = tg_packet_ledger(packet);
    if (ledger)
        tg_request_book(ledger, arrives, TG_WAIT_LINK);
    if (arrives == now)
        arrive_at_client(world, packet);
    else
        tg_sim_schedule(&world->sim, arrives, PRIORITY_ARRIVAL, on_at_client, packet);
}

void tg_server_send(struct tg_world *world, struct tg_request *request, enum tg_packet_kind kind)
{
    struct tg_packet *packet = tg_packet_new(world, request, kind);
    if (packet)
        tg_server_send_packet(world, packet);
}

void tg_server_send_packet(struct tg_world *world, struct tg_packet *packet)
{
    if (world->service.dead) {
        tg_packet_free(world, packet);
        return;
    }
    world->result->packets_out++;
    packet->sent_ps = world_now(world);
    if (world->first_out)
        tg_hop_receive(world->first_out, packet);
    else
        tg_wire_to_client(world, packet);
}

void tg_packet_lost(struct tg_world *world, struct tg_packet *packet, enum tg_loss cause)
{
    struct tg_request *r = packet->request;
    world->result->dropped[cause]++;
    if (world->path->protocol == TG_TCP) {
        tg_tcp_lost(world, packet);
        return;
    }
    /* A client that waits for a reply until its time-out does not know. */
    if (world->scenario->workload.timeout_ps) {
        r->doomed = true;
        r->doomed_by = (uint8_t)cause;
    } else if (!r->ended) {
        tg_client_failed(world, r, cause);
        tg_client_release_socket(world, r, world_now(world));
        tg_request_unref(world, r);
    }
    tg_packet_free(world, packet);
}
